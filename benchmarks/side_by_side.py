"""The same frame from the source, x265 and a `.lzc` of as many bytes: `python -m benchmarks.side_by_side [--out docs/pictures/codec.png]`.

The bundled scene's first 32 frames; quality of the `.lzc` given, x265's CRF chosen by bisection so that its file is no smaller.
"""
from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.zoom import png

BOX = (720, 470, 240, 170)  # x, y, width, height: car and gravel
FRAMES, SHOWN, ZOOM, QUALITY = 32, 21, 2, 14


def _encode(path: Path, frames: list[np.ndarray], codec: str, **options: str) -> int:
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=Fraction(25), options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in frames:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode())
    return path.stat().st_size


def _frame(path: Path, index: int) -> np.ndarray:
    with av.open(str(path)) as film:
        for n, frame in enumerate(film.decode(video=0)):
            if n == index:
                return frame.to_ndarray(format="rgb24")
    raise IndexError(index)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/codec.png"))
    out = parser.parse_args().out
    from assets.make_sample import render

    frames = [picture for _, picture in render(FRAMES)]
    lorentz = Path(sys.executable).with_name("lorentz")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, coded, restored = folder / "source.mkv", folder / "ours.lzc", folder / "ours.mkv"
        _encode(source, frames, "libx264", qp="0", preset="ultrafast")
        for command in (["compress", source, coded, "--quality", QUALITY], ["restore", coded, restored]):
            subprocess.run([lorentz, *map(str, command)], check=True, stdout=subprocess.DEVNULL)
        low, high = 10.0, 51.0  # the coarsest x265 that is no smaller than ours
        for _ in range(9):
            middle = (low + high) / 2
            peer = _encode(folder / "peer.mkv", frames, "libx265", crf=f"{middle:.2f}", preset="medium", tune="psnr",
                           **{"x265-params": "keyint=32:min-keyint=32:scenecut=0:log-level=none"})
            low, high = (middle, high) if peer >= coded.stat().st_size else (low, middle)
        peer = _encode(folder / "peer.mkv", frames, "libx265", crf=f"{low:.2f}", preset="medium", tune="psnr",
                       **{"x265-params": "keyint=32:min-keyint=32:scenecut=0:log-level=none"})
        x, y, w, h = BOX
        parts = []
        for path in (source, folder / "peer.mkv", restored):
            picture = _frame(path, SHOWN)
            error = np.mean((picture.astype(np.float32) - _frame(source, SHOWN)) ** 2)
            print(f"{path.name}: {10 * np.log10(255 ** 2 / max(error, 1e-3)):.2f} dB (rgb, this frame)")
            parts.append(picture[y:y + h, x:x + w].repeat(ZOOM, 0).repeat(ZOOM, 1))
        print(f"x265 {peer} bytes, lzc {coded.stat().st_size} bytes, {FRAMES} frames")
        out.write_bytes(png.encode(np.concatenate(parts, 1)))


if __name__ == "__main__":
    main()
