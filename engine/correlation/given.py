"""Patterns that nobody had to learn: how a tile differs from what it should be like, each difference held within a bound far smaller than
an edge. Held differences tell of the decoder's error what plain ones drown: mostly their sign.

    BESIDE   to the members before and after it in the set, at each bound
    OTHERS   to all the other members, finer ones counting more, at each bound
    AROUND   to the eight pixels around, at each bound
    RING     to the sixteen around these, at each bound

A pattern is from -1 to 1, the bound being 1. One compiled pass over the pixels; the network looks at the same patterns.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.coder import FLAGS

BESIDE = (0.03, 0.1, 0.4)   # bounds in steps of the slice's quantiser
OTHERS = (0.03, 0.1, 0.4)
AROUND = (0.02, 0.06, 0.2)
RING = (0.03, 0.2)
GIVEN = len(BESIDE) + len(OTHERS) + len(AROUND) + len(RING)
_MEMBER = np.array(BESIDE, np.float32)
_PIXELS = np.array(AROUND + RING, np.float32)
_NEAR = len(AROUND)
_FLAGS = {**FLAGS, "fastmath": True}


@njit(**_FLAGS)
def _rows(x: np.ndarray, first: int, size: int, slices: np.ndarray, share: np.ndarray, d: int, base: int, mix: np.ndarray,
          out: np.ndarray) -> None:
    """One plane `[S, S]` of every member of one set, `x` `[size, S, S]` in grey steps, into `out` `[M, 16, 16, GIVEN * 24]` at
    `first`; or, where `mix` `[GIVEN]` is not empty, their sum under it into `[M, 16, 16, 24]`."""
    side = x.shape[1]
    acc = np.empty((GIVEN, side), np.float32)
    row = np.empty(side + 4, np.float32)
    members = _MEMBER.size
    for m in range(size):
        total = np.float32(1e-9)
        for o in range(size):
            if o != m:
                total += share[first + o]
        before, after = max(m - 1, 0), min(m + 1, size - 1)
        for r in range(side):
            acc[:] = 0
            for o in range(size):
                if o == m:
                    continue
                part = share[first + o] / total
                for b in range(members):
                    limit = _MEMBER[b] * slices[first + m]
                    scale = part / limit
                    for j in range(side):
                        acc[members + b, j] += min(max(x[o, r, j] - x[m, r, j], -limit), limit) * scale
                    times = (np.float32(0.5) if o == before else np.float32(0)) + (np.float32(0.5) if o == after else np.float32(0))
                    if times > 0:
                        scale = times / limit
                        for j in range(side):
                            acc[b, j] += min(max(x[o, r, j] - x[m, r, j], -limit), limit) * scale
            for i in range(-2, 3):
                y = min(max(r + i, 0), side - 1)
                row[2:side + 2] = x[m, y]
                row[:2], row[side + 2:] = x[m, y, 0], x[m, y, side - 1]
                for k in range(5):
                    far = max(abs(i), abs(k - 2)) == 2
                    for b in range(_NEAR if far else 0, _PIXELS.size if far else _NEAR):
                        limit = _PIXELS[b] * slices[first + m]
                        scale = (np.float32(1 / 16) if far else np.float32(1 / 8)) / limit
                        for j in range(side):
                            acc[2 * members + b, j] += min(max(row[j + k] - x[m, r, j], -limit), limit) * scale
            if mix.size > 0:
                for j in range(side):
                    acc[0, j] *= mix[0]
                for q in range(1, GIVEN):
                    for j in range(side):
                        acc[0, j] += mix[q] * acc[q, j]
            for q in range(1 if mix.size > 0 else GIVEN):
                for j in range(side):
                    out[first + m, r // d, j // d, 24 * q + base + d * (r % d) + j % d] = acc[q, j]


@njit(**_FLAGS)
def _all(cells: np.ndarray, slices: np.ndarray, share: np.ndarray, size: int, mix: np.ndarray, out: np.ndarray) -> None:
    y, u, v = np.empty((size, 64, 64), np.float32), np.empty((size, 32, 32), np.float32), np.empty((size, 32, 32), np.float32)
    for first in range(0, cells.shape[0], size):
        for m in range(size):
            for r in range(16):
                for c in range(16):
                    for i in range(4):
                        for j in range(4):
                            y[m, 4 * r + i, 4 * c + j] = cells[first + m, r, c, 4 * i + j] * np.float32(32)
                    for i in range(2):
                        for j in range(2):
                            u[m, 2 * r + i, 2 * c + j] = cells[first + m, r, c, 16 + 2 * i + j] * np.float32(32)
                            v[m, 2 * r + i, 2 * c + j] = cells[first + m, r, c, 20 + 2 * i + j] * np.float32(32)
        _rows(y, first, size, slices, share, 4, 0, mix[0], out)
        _rows(u, first, size, slices, share, 2, 16, mix[1], out)
        _rows(v, first, size, slices, share, 2, 20, mix[1], out)


def given(cells: np.ndarray, step: float, factors: np.ndarray, members: int) -> np.ndarray:
    """float32 `[M, 16, 16, GIVEN * 24]`, -1 to 1, of windows `[M, 16, 16, 24]` float32 in network units, a set lying together. step: of
    the quantiser in grey steps, factors `[M]`: of the slice. What needs other members is nought in a set of one."""
    return _made(cells, step, factors, members, np.empty((2, 0), np.float32))


def weighed(cells: np.ndarray, step: float, factors: np.ndarray, members: int, weights: np.ndarray) -> np.ndarray:
    """float32 `[M, 16, 16, 24]`: the sum of what `given` makes, under weights float32 `[2, GIVEN]` (luma, chroma)."""
    return _made(cells, step, factors, members, weights)


def _made(cells: np.ndarray, step: float, factors: np.ndarray, members: int, mix: np.ndarray) -> np.ndarray:
    out = np.empty((*cells.shape[:3], 24 if mix.size else GIVEN * 24), np.float32)
    factors = factors.astype(np.float32)
    _all(np.ascontiguousarray(cells), factors * np.float32(step), 1 / factors**2, members, mix, out)
    return out
