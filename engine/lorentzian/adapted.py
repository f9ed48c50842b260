"""`.lza` files: what was learnt of one camera, for recordings that are still to be made.

A safetensors file of three planes y, u, v (uint16, 1/256 grey steps of the 8-bit scale): the picture of the place, each pixel the median
over the frames looked at, so that what moves is not in it and its noise is averaged out. Recordings hold it coded (`camera.py`).
"""
from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import Frame, ModelError
from engine.lorentzian.camera import Camera, encode
from engine.lorentzian.codec import Planes
from engine.lorentzian.model import CodecModel
from engine.weights import Family

ENDING = ".lza"
LARGEST = 128 << 20        # bytes of a file
MOST_PIXELS = 40 << 20
MOST_FACTS = 1 << 16       # characters
STEADY, PER_DOUBLING = 18, 5.0  # frames from which on the picture is worth finer steps, qualities finer for each doubling of them
FINEST = 22                # qualities above that of the recording, at most
FAMILY = Family("of a camera", "make them again with lorentz models adapt", LARGEST, 3, "camera", "1")
PLANES = ("y", "u", "v")
ROWS = 16  # of which the median is made at a time: what stays near the processor


@dataclass(frozen=True, eq=False)
class Adapted:
    """planes: y, u, v uint16 in 1/256 grey steps; facts: what it was made from and what it was found to gain, for JSON."""

    planes: list[np.ndarray]
    facts: dict[str, Any]

    @property
    def width(self) -> int:
        return int(self.planes[0].shape[1])

    @property
    def height(self) -> int:
        return int(self.planes[0].shape[0])

    def picture(self) -> Planes:
        """The planes on the 0..255 scale."""
        return [p.astype(np.float32) / 256 for p in self.planes]

    def camera(self, quality: int, frames: int, model: CodecModel) -> Camera:
        """The picture coded for a recording of so many frames at this quality."""
        return encode(self.picture(), self.width, self.height, picture_quality(quality, frames), model)


def picture_quality(quality: int, frames: int) -> int:
    """Quality of the picture for a recording: the longer it is copied from, the finer it pays to be."""
    finer = PER_DOUBLING * np.log2(max(frames, 1) / STEADY)
    return min(63, quality + int(min(max(finer, 0), FINEST)))


def median(frames: Iterable[Frame]) -> list[np.ndarray]:
    """Planes of an `Adapted` from frames of one size and depth."""
    every = list(frames)
    stacks, depth = zip(*((f.y, f.u, f.v) for f in every), strict=True), every[0].bit_depth
    return [np.concatenate([_middle(np.stack([p[i:i + ROWS] for p in stack]), depth) for i in range(0, stack[0].shape[0], ROWS)])
            .astype(np.uint16) << (16 - depth) for stack in stacks]


def _middle(stack: np.ndarray, depth: int) -> np.ndarray:
    """Of each pixel of `stack` `[n, h, w]` the value with as many below as above, the lower of two: bit by bit, from the highest, several
    times as quick as sorting them."""
    least, rank = np.zeros(stack.shape[1:], stack.dtype), (len(stack) - 1) // 2
    for bit in range(depth - 1, -1, -1):
        tried = least | stack.dtype.type(1 << bit)
        below = (stack < tried).sum(0, dtype=np.uint8)
        least = np.where(below <= rank, tried, least)
    return least


def save(path: Path, adapted: Adapted) -> None:
    """Write it; nothing half-written ever has the name. OSError."""
    from safetensors.numpy import save as to_bytes

    meta = {"task": "camera", "version": "1", "facts": json.dumps(adapted.facts)}
    data = to_bytes({n: np.ascontiguousarray(p) for n, p in zip(PLANES, adapted.planes, strict=True)}, meta)
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_bytes(data)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def load(path: Path) -> Adapted:
    """ModelError with one line when the file is missing, damaged, of something else or over a limit."""
    file = FAMILY.load(path)
    arrays = file.arrays()
    if set(arrays) != set(PLANES) or any(a.dtype != np.uint16 or a.ndim != 2 or a.size > MOST_PIXELS for a in arrays.values()):
        file.refuse("do not hold the picture of a place")
    y, u, v = (arrays[n] for n in PLANES)
    if not y.size or u.shape != v.shape or u.shape != tuple((n + 1) // 2 for n in y.shape):
        file.refuse("hold a picture whose colour does not fit")
    text = file.meta.get("facts", "{}")
    try:
        facts = json.loads(text) if len(text) <= MOST_FACTS else None
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        file.refuse("say nothing sensible of themselves")
    return Adapted([y, u, v], facts)


__all__ = ["ENDING", "Adapted", "ModelError", "load", "median", "picture_quality", "save"]
