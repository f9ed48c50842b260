"""Little clips of every kind, made with PyAV, and what they hold when they are decoded the plain way."""
from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.api import Frame

SIZE = (64, 48)


def picture(i: int, width: int, height: int, bits: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, u, v of frame `i`: gradients, a moving bar and some noise, different in every frame."""
    rng = np.random.default_rng(i)
    top = (1 << bits) - 1
    yy, xx = np.mgrid[0:height, 0:width]
    y = (xx * 2 + yy * 3 + i * 5) % 180 + 30 + rng.integers(0, 4, (height, width))
    y[:, (i * 3) % width:(i * 3) % width + 6] = 220
    half = ((height + 1) // 2, (width + 1) // 2)
    u = np.full(half, 100 + i % 50) + np.arange(half[1]) % 20
    v = np.full(half, 160 - i % 40) - np.arange(half[0])[:, None] % 20
    kind = np.uint8 if bits == 8 else np.uint16
    scale = top / 255
    return tuple(np.ascontiguousarray(np.clip(p * scale, 0, top).astype(kind)) for p in (y, u, v))


def av_frame(i: int, width: int, height: int, fmt: str) -> av.VideoFrame:
    """Frame `i` in pixel format `fmt`; exact for yuv420p and yuv420p10le."""
    bits = 10 if "10" in fmt else 8
    frame = av.VideoFrame(width, height, "yuv420p10le" if bits == 10 else "yuv420p")
    for plane, samples in zip(frame.planes, picture(i, width, height, bits), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        rows[:, :samples.shape[1] * samples.dtype.itemsize] = samples.view(np.uint8)
    return frame if frame.format.name == fmt else frame.reformat(format=fmt)


def encode(path: Path, codec: str, *, frames: int = 40, size: tuple[int, int] = SIZE, fmt: str = "yuv420p", rate: int = 25,
           options: dict[str, str] | None = None, stamps: list[int] | None = None, time_base: Fraction | None = None,
           setup: Callable[[av.VideoStream], None] | None = None, container: str | None = None) -> Path:
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = fmt
        stream.codec_context.time_base = time_base or Fraction(1, rate)
        if setup is not None:
            setup(stream)
        for i in range(frames):
            frame = av_frame(i, *size, fmt)
            frame.pts, frame.time_base = stamps[i] if stamps else i, time_base or Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def y4m(path: Path, frames: int, size: tuple[int, int], bits: int = 8, rate: str = "25:1") -> Path:
    kind = "420jpeg" if bits == 8 else "420p10"
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{size[0]} H{size[1]} F{rate} Ip A1:1 C{kind}\n".encode())
        for i in range(frames):
            file.write(b"FRAME\n" + b"".join(p.tobytes() for p in picture(i, *size, bits)))
    return path


def with_edit_list(path: Path, skip: int) -> Path:
    """Make the edit list of an MP4 begin `skip` media ticks later."""
    data = bytearray(path.read_bytes())
    at = data.find(b"elst")
    version = data[at + 4]
    assert at > 0 and version == 0
    media_time = struct.unpack_from(">i", data, at + 16)[0]
    struct.pack_into(">i", data, at + 16, media_time + skip)
    path.write_bytes(data)
    return path


def digest(frame: Frame) -> str:
    return hashlib.sha256(b"".join(p.tobytes() for p in (frame.y, frame.u, frame.v))).hexdigest()


def decoded(path: Path) -> tuple[list[int | None], list[str]]:
    """Time stamps and digests of all frames of a 4:2:0 file, decoded from beginning to end in this process."""
    stamps: list[int | None] = []
    digests = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.format.name in ("yuv420p", "yuvj420p", "yuv420p10le")
            item = 2 if "10" in frame.format.name else 1
            planes = []
            for plane in frame.planes:
                rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
                planes.append(rows[:, :plane.width * item].tobytes())
            digests.append(hashlib.sha256(b"".join(planes)).hexdigest())
            stamps.append(frame.pts)
    return stamps, digests
