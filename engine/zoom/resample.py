"""Separable resampling of a plane onto a device grid: area means where it shrinks, Catmull-Rom (chroma: linear) where it grows.

Every output value is a sum of a few products taken in a fixed order, with weights that depend only on where the device pixel lies on
the source. So a pixel has the same value in every tile and from every panning path; matrix products would not promise that.
Reference for the kernel: Keys 1981, a = -1/2. Area means keep group means: what is shown at a whole multiple averages to its source.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_STEPS = float(1 << 20)  # positions are rounded to this fraction of a data pixel, which removes rounding left over from a caller


@dataclass(frozen=True, eq=False)
class Taps:
    """For n outputs and K taps: data index and float32 weight `[n, K]`; indices lie in `lo <= index < hi`."""

    index: np.ndarray
    weight: np.ndarray
    lo: int
    hi: int


def _edges(edges: np.ndarray) -> np.ndarray:
    return np.rint(edges * _STEPS) / _STEPS


def taps(edges: np.ndarray, size: int, shrink: bool, linear: bool = False) -> Taps:
    """Taps for outputs that cover `edges[i]..edges[i+1]` (in data pixels) of a row of `size` data pixels; the edge pixel repeats outside.

    shrink: an output is at least one data pixel wide, so the area mean is taken; otherwise it is interpolated (cubic or linear).
    """
    edges = _edges(edges)
    a, b = edges[:-1], edges[1:]
    if shrink:
        index, weight = _area(a, b)
    else:
        index, weight = (_linear if linear else _cubic)((a + b) / 2 - 0.5)
    used = np.flatnonzero(np.any(weight != 0, axis=0))
    index, weight = np.clip(index[:, used], 0, size - 1), np.ascontiguousarray(weight[:, used], dtype=np.float32)
    return Taps(index, weight, int(index.min()), int(index.max()) + 1)


def _area(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first = np.floor(a).astype(np.int64)
    count = int(np.max(np.ceil(b).astype(np.int64) - first))
    index = first[:, None] + np.arange(max(count, 1))
    overlap = np.minimum(b[:, None], index + 1.0) - np.maximum(a[:, None], index)
    return index, np.maximum(overlap, 0.0) / (b - a)[:, None]


def _cubic(centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    base = np.floor(centre)
    t = centre - base
    weight = np.stack([((-0.5 * t + 1.0) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1.0,
                       ((-1.5 * t + 2.0) * t + 0.5) * t, (0.5 * t - 0.5) * t * t], axis=1)
    return base.astype(np.int64)[:, None] + np.arange(-1, 3), weight


def _linear(centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    base = np.floor(centre)
    t = centre - base
    return base.astype(np.int64)[:, None] + np.arange(2), np.stack([1.0 - t, t], axis=1)


def resample(plane: np.ndarray, rows: Taps, cols: Taps) -> np.ndarray:
    """`plane` is the part `rows.lo:rows.hi, cols.lo:cols.hi` of the data; returns float32 `[len(rows), len(cols)]`."""
    high = _weigh(plane, rows.index - rows.lo, rows.weight, 0)
    return _weigh(high, cols.index - cols.lo, cols.weight, 1)


def _weigh(plane: np.ndarray, index: np.ndarray, weight: np.ndarray, axis: int) -> np.ndarray:
    out: np.ndarray | None = None
    for k in range(index.shape[1]):
        part = np.take(plane, index[:, k], axis=axis)
        factor = weight[:, k, None] if axis == 0 else weight[None, :, k]
        if index.shape[1] == 1:
            return part.astype(np.float32, copy=False)  # one tap always has weight one
        part = part * factor
        out = part if out is None else np.add(out, part, out=out)
    assert out is not None
    return out
