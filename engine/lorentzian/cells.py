"""Which parts of a picture are wanted, as masks of 16x16 cells: grown, followed back along motion to a reference, cut into boxes."""
from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit

from engine.lorentzian.rangecoder import FLAGS

CELL = 16  # luma pixels of the padded picture: one block of the motion field
# Pixels around a displaced block that interpolation reads (before, after), by level, where the vector is no whole number of the coarsest
# plane's pixels (third, in quarter pixels): taps, chroma, rounding down.
TAPS = ((4, 6, 8), (4, 8, 16), (8, 16, 32), (8, 16, 32))


class Box(NamedTuple):
    """Cells top <= row < bottom, left <= column < right."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left

    def grown(self, by: int, rows: int, columns: int) -> Box:
        """`by` cells more on every side, inside a picture of rows x columns cells."""
        return Box(max(self.top - by, 0), max(self.left - by, 0), min(self.bottom + by, rows), min(self.right + by, columns))

    def of(self, mask: np.ndarray) -> np.ndarray:
        """The part of an array over cells, a view."""
        return mask[self.top:self.bottom, self.left:self.right]

    def strips(self, parts: int) -> list[Box]:
        """Cut into up to `parts` strips along the longer side, each of at least 8 cells."""
        h, w = self.shape
        k = max(1, min(parts, max(h, w) // 8))
        cuts = [max(h, w) * i // k for i in range(k + 1)]
        if h >= w:
            return [Box(self.top + a, self.left, self.top + b, self.right) for a, b in pairwise(cuts)]
        return [Box(self.top, self.left + a, self.bottom, self.left + b) for a, b in pairwise(cuts)]


def around(mask: np.ndarray) -> Box:
    """The smallest box over all cells of a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def grown(mask: np.ndarray, by: int) -> np.ndarray:
    """The mask with all cells within `by` cells, diagonals included."""
    out = mask.copy()
    for _ in range(by):
        a = out.copy()
        a[1:] |= out[:-1]
        a[:-1] |= out[1:]
        out = a.copy()
        out[:, 1:] |= a[:, :-1]
        out[:, :-1] |= a[:, 1:]
    return out


def boxes(mask: np.ndarray, halo: int) -> list[Box]:
    """Boxes that cover all cells of the mask, `2 * halo` cells apart or more; joined where that costs less work, halo counted."""
    parts: list[Box] = []
    left = mask.copy()
    while left.any():
        seed = tuple(int(v) for v in np.argwhere(left)[0])
        box = Box(seed[0], seed[1], seed[0] + 1, seed[1] + 1)
        while True:  # everything that touches
            near = box.grown(2 * halo, *mask.shape)
            if not near.of(left).any():
                break
            inner = around(near.of(left))
            wide = Box(min(box.top, near.top + inner.top), min(box.left, near.left + inner.left),
                       max(box.bottom, near.top + inner.bottom), max(box.right, near.left + inner.right))
            if wide == box:
                break
            box = wide
        box.of(left)[:] = False
        parts.append(box)

    def work(b: Box) -> int:
        h, w = b.grown(halo, *mask.shape).shape
        return h * w

    joined = True
    while joined:
        joined = False
        for i in range(len(parts)):
            for j in range(i + 1, len(parts)):
                a, b = parts[i], parts[j]
                both = Box(min(a.top, b.top), min(a.left, b.left), max(a.bottom, b.bottom), max(a.right, b.right))
                if work(both) <= work(a) + work(b) or _near(a, b, 2 * halo):
                    parts[i] = both
                    del parts[j]
                    joined = True
                    break
            if joined:
                break
    return parts


def _near(a: Box, b: Box, by: int) -> bool:
    return a.top < b.bottom + by and b.top < a.bottom + by and a.left < b.right + by and b.left < a.right + by


@njit(**FLAGS)
def _mark(mode, mv, side, wanted, top, left, bottom, right, before, after, unit, out):
    rows, columns = wanted.shape
    h, w = rows * 16, columns * 16
    for bi in range(2 * top, 2 * bottom):
        for bj in range(2 * left, 2 * right):
            if mode[bi, bj] != 0 and mode[bi, bj] != side + 1:
                continue
            dy, dx = np.int64(mv[side, bi, bj, 0]), np.int64(mv[side, bi, bj, 1])
            up, down = (before, after) if dy % unit else (0, -1)
            back, on = (before, after) if dx % unit else (0, -1)
            dy, dx = dy >> 2, dx >> 2
            for di in range(-1, 2):  # a block reaches half a block into those around it
                i = bi + di
                if i < 0 or i >= 2 * rows:
                    continue
                y0 = 8 * bi - 4 if di < 0 else 8 * bi if di == 0 else 8 * bi + 8
                y1 = y0 + (8 if di == 0 else 4)
                t = min(max(y0 + dy - up, 0), h - 1) >> 4
                b = min(max(y1 + dy + down, 0), h - 1) >> 4
                for dj in range(-1, 2):
                    j = bj + dj
                    if j < 0 or j >= 2 * columns or not wanted[i >> 1, j >> 1]:
                        continue
                    x0 = 8 * bj - 4 if dj < 0 else 8 * bj if dj == 0 else 8 * bj + 8
                    x1 = x0 + (8 if dj == 0 else 4)
                    lf = min(max(x0 + dx - back, 0), w - 1) >> 4
                    rt = min(max(x1 + dx + on, 0), w - 1) >> 4
                    for r in range(t, b + 1):
                        for c in range(lf, rt + 1):
                            out[r, c] = True


def reach(mode: np.ndarray, mv: np.ndarray, side: int, wanted: np.ndarray, level: int) -> np.ndarray:
    """Cells of the neighbour on `side` (0 left, 1 right) that the cells `wanted` of a slice are predicted from, at `level`.

    mode, mv over the blocks of all cells, see `motion`; only those around `wanted` are looked at.
    """
    out = np.zeros(wanted.shape, np.bool_)
    if wanted.any():
        _mark(mode, mv, side, wanted, *around(wanted).grown(1, *wanted.shape), *TAPS[level], out)
    return out
