"""Where a tile's content lies in another picture: a coarse-to-fine search on reduced luma, compiled.

Windows are found at even pixels, so that chroma comes with them. All arithmetic is on float32 sums in a fixed order: the same pictures
give the same windows.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.lanes import ROWS, differ8, differ16, differ32

WINDOW = 64                # luma pixels on a side
COARSE, MIDDLE, FINE = 8, 4, 2   # how much smaller than the picture the three search pictures are
REACH = 4                  # steps of COARSE pixels on each side of where the search starts
_STILL = np.float32(0.97)  # a moved window must be this much better than the one where the search starts


@njit(cache=True, nogil=True)
def halve(plane: np.ndarray) -> np.ndarray:
    """2 x 2 area means, float32; a last odd row or column is left out."""
    h, w = plane.shape[0] // 2, plane.shape[1] // 2
    out = np.empty((h, w), np.float32)
    for r in range(h):
        for c in range(w):
            out[r, c] = (np.float32(plane[2 * r, 2 * c]) + np.float32(plane[2 * r, 2 * c + 1])
                         + np.float32(plane[2 * r + 1, 2 * c]) + np.float32(plane[2 * r + 1, 2 * c + 1])) * np.float32(0.25)
    return out


def pyramid(luma: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The search pictures of a luma plane `[H, W]`: at 1/2, 1/4 and 1/8."""
    fine = halve(luma)
    middle = halve(fine)
    return fine, middle, halve(middle)


@njit(inline="always")
def _cost(a: np.ndarray, ay: int, ax: int, b: np.ndarray, by: int, bx: int, size: int, limit: float) -> Any:
    """Absolute differences of windows of 8, 16 or, of every fourth row, 32 pixels; given up above `limit`."""
    one = np.float32(1)
    if size == WINDOW // COARSE:
        return differ8(a, ay, ax, one, (b, by, bx))
    if size == WINDOW // FINE:
        return differ32(a, ay, ax, one, (b, by, bx))
    total = differ16(a, ay, ax, one, (b, by, bx))
    return total if total >= limit else total + differ16(a, ay + ROWS, ax, one, (b, by + ROWS, bx))


@njit(cache=True, nogil=True, fastmath=True)
def _around(a: np.ndarray, ay: int, ax: int, b: np.ndarray, y: int, x: int, size: int, reach: int) -> tuple[int, int]:
    """The best place within `reach` of (y, x) for a[ay:, ax:] in b; (y, x) itself unless another is clearly better."""
    top, left = b.shape[0] - size, b.shape[1] - size
    y, x = min(max(y, 0), top), min(max(x, 0), left)
    best = _cost(a, ay, ax, b, y, x, size, np.float32(np.inf))
    limit, found_y, found_x = best * _STILL, y, x
    for v in range(max(y - reach, 0), min(y + reach, top) + 1):
        for u in range(max(x - reach, 0), min(x + reach, left) + 1):
            cost = _cost(a, ay, ax, b, v, u, size, limit)
            if cost < limit:
                limit, found_y, found_x = cost, v, u
    return found_y, found_x


@njit(cache=True, nogil=True)
def find(fine: np.ndarray, middle: np.ndarray, coarse: np.ndarray, source: int, y: int, x: int, target: int,
         start_y: int, start_x: int) -> tuple[int, int]:
    """The window of picture `target` that shows what (y, x) shows in `source`; search pictures `[T, h, w]`, places in luma pixels."""
    sy, sx = (y + COARSE // 2) // COARSE, (x + COARSE // 2) // COARSE
    size = WINDOW // COARSE
    sy, sx = min(sy, coarse.shape[1] - size), min(sx, coarse.shape[2] - size)
    cy, cx = _around(coarse[source], sy, sx, coarse[target], sy + (start_y - y) // COARSE, sx + (start_x - x) // COARSE, size, REACH)
    dy, dx = (cy - sy) * COARSE, (cx - sx) * COARSE
    if abs(dy - (start_y - y)) < COARSE and abs(dx - (start_x - x)) < COARSE:
        dy, dx = start_y - y, start_x - x  # what was known is finer than the coarse picture
    size = WINDOW // MIDDLE
    my, mx = min(y // MIDDLE, middle.shape[1] - size), min(x // MIDDLE, middle.shape[2] - size)
    gy, gx = _around(middle[source], my, mx, middle[target], my + dy // MIDDLE, mx + dx // MIDDLE, size, 1)
    size = WINDOW // FINE
    fy, fx = _around(fine[source], y // FINE, x // FINE, fine[target], y // FINE + (gy - my) * 2, x // FINE + (gx - mx) * 2, size, 1)
    return fy * FINE, fx * FINE


@njit(cache=True, nogil=True)
def track(fine: np.ndarray, middle: np.ndarray, coarse: np.ndarray, time: int, y: int, x: int, out: np.ndarray) -> None:
    """Fills `out` `[T, 2]` with the place of the window (y, x) of picture `time` in every picture; each search starts where the picture
    next to it had it."""
    out[time, 0], out[time, 1] = y, x
    for step in (-1, 1):
        sy, sx = y, x
        t = time + step
        while 0 <= t < len(out):
            sy, sx = find(fine, middle, coarse, time, y, x, t, sy, sx)
            out[t, 0], out[t, 1] = sy, sx
            t += step


@njit(cache=True, nogil=True, fastmath=True)
def correlate(fine: np.ndarray, members: np.ndarray, floor: float, out: np.ndarray) -> None:
    """Normalised cross-correlation `[N, N]` of windows (time, y, x), on every second row of the picture at 1/2 size; `floor` (grey steps
    squared) is added to variances and covariance, so that two flat windows are alike and noise does not decide."""
    n, size = len(members), WINDOW // FINE
    count = size * size // 2
    rows = np.empty((n, count), np.float32)
    energy = np.empty(n, np.float32)
    for k in range(n):
        t, y, x = members[k, 0], members[k, 1] // FINE, members[k, 2] // FINE
        total = np.float32(0)
        for r in range(0, size, 2):
            for c in range(size):
                value = fine[t, y + r, x + c]
                rows[k, r // 2 * size + c] = value
                total += value
        mean = total / np.float32(count)
        s = np.float32(0)
        for r in range(count):
            rows[k, r] -= mean
            s += rows[k, r] * rows[k, r]
        energy[k] = s / count + floor
    for a in range(n):
        for b in range(a, n):
            s = np.float32(0)
            for r in range(count):
                s += rows[a, r] * rows[b, r]
            value = (s / count + floor) / np.sqrt(energy[a] * energy[b])
            out[a, b] = value
            out[b, a] = value
