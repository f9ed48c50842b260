"""Small films made from numbers, and ordinary files to hold them."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np


def film(frames: int, width: int, height: int, cut_at: int | None = None) -> list[np.ndarray]:
    """RGB pictures `[H, W, 3]`: a pattern with edges and texture that moves by a pixel a frame; another one from `cut_at` on."""
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float64)
    pictures = []
    for n in range(frames):
        late = cut_at is not None and n >= cut_at
        x = xx + n
        base = 128 + 60 * np.sin(x / (5 if late else 9)) + 40 * np.cos((yy + n / 2) / 7)
        box = ((xx - 10 - n) % width < width / 4) & (np.abs(yy - height / 2) < height / 5)
        colours = ((230, base), (40, base * 0.8 + (60 if late else 0)), (60, 200 - base * 0.6))
        pictures.append(np.clip(np.stack([np.where(box, inside, outside) for inside, outside in colours], -1), 0, 255).astype(np.uint8))
    return pictures


def write_mp4(path: Path, pictures: Iterable[np.ndarray], rate: int = 25, sound: bool = False) -> Path:
    """An H.264 file by the ending of `path` (`.mp4`, `.mkv`); with `sound`, a tone beside it."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": "12", "preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        tone = out.add_stream("aac", rate=48000, layout="mono") if sound else None
        count = 0
        for picture in pictures:
            if count == 0:
                stream.height, stream.width = picture.shape[:2]
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                out.mux(packet)
            count += 1
        for packet in stream.encode():
            out.mux(packet)
        if tone is not None:
            total, at = int(48000 * count / rate), 0
            while at < total:
                samples = np.sin(np.arange(at, at + 1024) * 0.06).astype(np.float32)[None] * 0.3
                frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
                frame.sample_rate, frame.pts = 48000, at
                out.mux(tone.encode(frame))
                at += 1024
            out.mux(tone.encode())
    return path
