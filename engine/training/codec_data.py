"""Training footage for the codec: clips decoded once into memory as uint8 planes, and random crops of them."""
from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from engine.api import MediaError

SUFFIXES = {".mp4", ".mkv", ".webm", ".264", ".mov", ".avi"}


@dataclass(frozen=True, eq=False)
class Clip:
    """y `[T, H, W]`, u, v `[T, H/2, W/2]` uint8."""

    name: str
    y: np.ndarray
    u: np.ndarray
    v: np.ndarray


def read_clip(path: Path, reduce: int, start: int, count: int) -> Clip | None:
    with av.open(str(path)) as c:
        s = c.streams.video[0]
        s.thread_type = "AUTO"
        w, h = s.codec_context.width // reduce // 16 * 16, s.codec_context.height // reduce // 16 * 16
        if w < 128 or h < 128:
            return None
        planes: list[np.ndarray] = []
        for n, f in enumerate(c.decode(s)):
            if n < start:
                continue
            planes.append(f.reformat(width=w, height=h, format="yuv420p", interpolation="AREA").to_ndarray().reshape(-1))
            if len(planes) >= count:
                break
    if len(planes) < 16:
        return None
    a = np.stack(planes)
    n = h * w
    t = len(a)
    return Clip(f"{path.name}/{reduce}@{start}", a[:, :n].reshape(t, h, w).copy(), a[:, n:n * 5 // 4].reshape(t, h // 2, w // 2).copy(),
                a[:, n * 5 // 4:].reshape(t, h // 2, w // 2).copy())


def load(folder: Path, frames: int = 48, skip: tuple[str, ...] = ("hdr",)) -> list[Clip]:
    """Every clip of `folder`, large ones reduced (compression noise shrinks with them), `frames` frames from two places."""
    out = []
    files = sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and not any(s in p.name for s in skip))
    if not files:
        raise MediaError("no video files to train on", where=str(folder), hint="give a folder with clips")
    for p in files:
        try:
            with av.open(str(p)) as c:
                s = c.streams.video[0]
                big, total = max(s.codec_context.width, s.codec_context.height), s.frames or 200
        except av.FFmpegError:
            continue
        plans = [(1, 0)] if big <= 1000 else [(2, 0)] if big <= 1300 else [(3, 0), (2, 0)]
        plans += [(plans[0][0], max(0, total // 2))] if total > 120 else []
        for reduce, start in plans:
            clip = read_clip(p, reduce, start, frames)
            if clip is not None:
                out.append(clip)
    return out


def crops(clips: list[Clip], size: int, length: int, rng: random.Random) -> Iterator[list[list[np.ndarray]]]:
    """Endless crops: a list over time of [y, u, v] float32, `size` pixels square; flips, reversed time, stride 1 to 3, exposure."""
    while True:
        c = rng.choice(clips)
        t, h, w = c.y.shape
        stride = rng.choice((1, 1, 1, 1, 2, 3))
        while stride > 1 and t < length * stride:
            stride -= 1
        if t < length * stride:
            continue
        t0 = rng.randrange(t - length * stride + 1)
        y0, x0 = rng.randrange(0, (h - size) // 2 + 1) * 2, rng.randrange(0, (w - size) // 2 + 1) * 2
        times = list(range(t0, t0 + length * stride, stride))
        if rng.random() < 0.3:
            times.reverse()
        flip = rng.random() < 0.5
        turn = rng.random() < 0.25
        scale = rng.choice((1.0, 1.0, 1.0, rng.uniform(0.5, 1.0)))
        out = []
        for k in times:
            planes = []
            for p, d in ((c.y, 1), (c.u, 2), (c.v, 2)):
                a = p[k, y0 // d:(y0 + size) // d, x0 // d:(x0 + size) // d].astype(np.float32)
                if scale != 1:
                    a = (a - (16 if d == 1 else 128)) * scale + (16 if d == 1 else 128)
                a = a[:, ::-1] if flip else a
                planes.append(np.ascontiguousarray(a.T if turn else a))
            out.append(planes)
        yield out
