"""Making planes smaller (and boxes larger) by area means: what a coarser level of the pyramid is compared with."""
from __future__ import annotations

from typing import Any

import numpy as np

from engine.api import Frame


def reduce2(plane: np.ndarray) -> np.ndarray:
    """Mean of 2x2 blocks, `[H, W]` to `[ceil(H/2), ceil(W/2)]`; an odd last row or column is repeated.

    Integers are rounded half up and keep their type, floats stay floats."""
    height, width = plane.shape
    if height % 2 or width % 2:
        plane = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    if np.issubdtype(plane.dtype, np.integer):
        wide: Any = np.uint16 if plane.dtype.itemsize == 1 else np.uint32
        rows = plane[0::2].astype(wide)
        rows += plane[1::2]
        total = rows[:, 0::2] + rows[:, 1::2]
        total += 2
        total >>= 2
        return total.astype(plane.dtype)
    return (plane[0::2, 0::2] + plane[0::2, 1::2] + plane[1::2, 0::2] + plane[1::2, 1::2]) * plane.dtype.type(0.25)


def resize_area(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """`plane` `[H, W]` or `[H, W, C]` to `height` x `width`: every result pixel is the mean of the area it covers.

    Any ratio; enlarging gives boxes with mixed borders. Integers are rounded to the nearest and keep their type."""
    if height < 1 or width < 1:
        raise ValueError(f"cannot resize to {width}x{height}")
    if plane.shape[:2] == (height, width):
        return plane.copy()
    work = plane.astype(np.float64 if plane.dtype == np.float64 else np.float32)
    if height != plane.shape[0]:
        work = _area_axis(work, height, 0)
    if width != plane.shape[1]:
        work = _area_axis(work, width, 1)
    if np.issubdtype(plane.dtype, np.integer):
        return np.rint(work).astype(plane.dtype)
    return work.astype(plane.dtype, copy=False)


def _area_axis(work: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Area means along one axis, from the integral of the samples (kept in float64: it grows with the length)."""
    length = work.shape[axis]
    if length % size == 0:
        shape = work.shape[:axis] + (size, length // size) + work.shape[axis + 1:]
        return work.reshape(shape).mean(axis=axis + 1)
    moved = np.moveaxis(work, axis, 0)
    total = np.zeros((length + 1, *moved.shape[1:]), np.float64)
    np.cumsum(moved, axis=0, out=total[1:], dtype=np.float64)
    edges = np.arange(size + 1, dtype=np.float64) * (length / size)
    low = np.minimum(edges.astype(np.int64), length - 1)
    part = (edges - low).reshape(-1, *([1] * (moved.ndim - 1)))
    at = total[low] + part * moved[low]
    means = np.diff(at, axis=0) * (size / length)
    return np.ascontiguousarray(np.moveaxis(means, 0, axis)).astype(work.dtype, copy=False)


def reduce_frame(frame: Frame, levels: int = 1) -> Frame:
    """A frame `levels` times halved: y `[ceil(H / 2^levels), ceil(W / 2^levels)]`, chroma again half of that."""
    y, u, v = frame.y, frame.u, frame.v
    for _ in range(levels):
        y, u, v = reduce2(y), reduce2(u), reduce2(v)
    return Frame(y, u, v, frame.index, frame.pts, frame.bit_depth)
