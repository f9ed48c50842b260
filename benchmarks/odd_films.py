"""Footage that is unlike other footage, written without loss: very short, very slow, very fast, odd, upright, deep, huge, and very long."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.api import Frame

from . import corpus

MS = Fraction(1, 1000)


@dataclass(frozen=True)
class Odd:
    """What makes a film odd. stamps: of each frame, in units of `base`. cuts: frames at which a scene begins."""

    title: str
    size: tuple[int, int]
    stamps: tuple[int, ...]
    base: Fraction
    bits: int = 8
    cuts: tuple[int, ...] = ()
    effort: str = "normal"
    ending: str = "mkv"

    def frames(self) -> Iterator[Frame]:
        """Its pictures, made from numbers: a pan over a texture, over another one from each cut on."""
        w, h = self.size
        scene, luma = -1, corpus.pan(w, h, 20, frames=len(self.stamps))
        for n, pts in enumerate(self.stamps):
            now = sum(n >= c for c in self.cuts)
            if now != scene:
                scene = now
                luma = corpus.pan(w, h, 20 + scene, 1.25 if scene % 2 == 0 else 0.5, len(self.stamps))
            shade = luma(n)
            yield corpus.frame(n, 255 - shade if scene % 2 else shade, self.bits, pts=pts)


def even(count: int, step: int) -> tuple[int, ...]:
    return tuple(range(0, count * step, step))


def uneven(count: int, steps: Sequence[int]) -> tuple[int, ...]:
    """Time stamps that rise by `steps` in turn."""
    out = [0]
    for n in range(count - 1):
        out.append(out[-1] + steps[n % len(steps)])
    return tuple(out)


FILMS = (
    Odd("1 frame", (320, 180), (0,), MS),
    Odd("7 frames", (320, 180), even(7, 40), MS),
    Odd("321x179", (321, 179), even(25, 40), MS),
    Odd("2x2", (2, 2), even(9, 40), MS),
    Odd("portrait 202x360", (202, 360), even(25, 40), MS),
    Odd("10 bit", (320, 180), even(25, 40), MS, bits=10),
    Odd("10 bit 181x321 with a cut", (181, 321), even(25, 40), MS, bits=10, cuts=(11,)),
    Odd("1 frame a second", (320, 180), even(9, 12800), Fraction(1, 12800), ending="mp4"),
    Odd("120 frames a second", (320, 180), even(25, 128), Fraction(1, 15360), ending="mp4"),
    Odd("uneven times: 1 ms to 2 s", (320, 180), uneven(25, (1, 40, 33, 7, 2000, 41, 500)), MS),
    Odd("cuts before 13 and 21 and 30", (320, 180), even(40, 40), MS, cuts=(13, 21, 30)),
    Odd("3840x2160", (3840, 2160), even(6, 40), MS, effort="fast"),
)


def write(path: Path, film: Odd) -> Path:
    """Every sample and time stamp of `film` as it is: FFV1 in Matroska, or lossless H.264 in MP4, whose times are finer."""
    codec = "ffv1" if film.ending == "mkv" else "libx264"
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options={} if codec == "ffv1" else {"qp": "0", "preset": "ultrafast"})
        stream.width, stream.height = film.size
        stream.pix_fmt = "yuv420p" if film.bits == 8 else "yuv420p10le"
        stream.codec_context.time_base = film.base
        stream.time_base = film.base
        for f in film.frames():
            out.mux(stream.encode(picture(f, film.base)))
        out.mux(stream.encode())
    return path


def picture(f: Frame, base: Fraction) -> av.VideoFrame:
    out = av.VideoFrame(f.width, f.height, "yuv420p" if f.bit_depth == 8 else "yuv420p10le")
    for plane, samples in zip(out.planes, (f.y, f.u, f.v), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        rows[:, :samples.shape[1] * samples.dtype.itemsize] = samples.view(np.uint8)
    out.pts, out.time_base = f.pts, base
    return out


def long(path: Path, size: tuple[int, int], seconds: int, rate: int = 25) -> Path:
    """A camera on a stand for as long as wanted: one film of ten seconds is written, its packets are repeated."""
    w, h = size
    ground = corpus.texture(w, h, 31)
    once = path.with_suffix(".once.mp4")
    _h264(once, (corpus.frame(n, _passing(ground, n, 10 * rate)) for n in range(10 * rate)), size, rate)
    with av.open(str(once)) as source, av.open(str(path), "w") as out:
        given = source.streams.video[0]
        stream = out.add_stream_from_template(given)
        packets = [(p.pts, p.dts, p.is_keyframe, bytes(p)) for p in source.demux(given) if p.dts is not None]
        span = round(10 / given.time_base)
        for k in range(seconds // 10):
            for pts, dts, key, data in packets:
                p = av.Packet(data)
                p.stream, p.time_base, p.pts, p.dts, p.is_keyframe = stream, given.time_base, pts + k * span, dts + k * span, key
                out.mux(p)
    once.unlink()
    return path


def _passing(ground: np.ndarray, n: int, count: int) -> np.ndarray:
    """Somebody walks through the picture once."""
    out = ground.copy()
    h, w = out.shape
    x = int(n / count * w)
    out[h // 3:h * 2 // 3, x:x + w // 16] = 60 + 30 * np.sin(np.arange(h // 3, h * 2 // 3) / 3)[:, None]
    return out


def _h264(path: Path, frames: Iterable[Frame], size: tuple[int, int], rate: int) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": "18", "preset": "ultrafast"})
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        for f in frames:
            shot = picture(f, Fraction(1, rate))
            shot.pts = f.index
            out.mux(stream.encode(shot))
        out.mux(stream.encode())
