"""Windows out of pictures and residuals back into them: compiled loops over the cells that the network works on."""
from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit

from engine.correlation.search import WINDOW

_RAMP = 8    # luma pixels over which windows that overlap are blended
_SIDE = WINDOW // 4
_FLAGS = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}


@njit(**_FLAGS)
def cut(y: np.ndarray, u: np.ndarray, v: np.ndarray, scale: np.float32, top: int, left: int, out: np.ndarray) -> None:
    """One window of planes -> network units, `out` `[16, 16, 24]`; `scale` makes grey steps of stored values."""
    for r in range(_SIDE):
        for c in range(_SIDE):
            for i in range(4):
                for j in range(4):
                    out[r, c, 4 * i + j] = (y[top + 4 * r + i, left + 4 * c + j] * scale - np.float32(128)) / np.float32(32)
            a, b = top // 2 + 2 * r, left // 2 + 2 * c
            for i in range(2):
                for j in range(2):
                    out[r, c, 16 + 2 * i + j] = (u[a + i, b + j] * scale - np.float32(128)) / np.float32(32)
                    out[r, c, 20 + 2 * i + j] = (v[a + i, b + j] * scale - np.float32(128)) / np.float32(32)


@njit(**_FLAGS)
def paste(part: np.ndarray, weight_y: np.ndarray, weight_x: np.ndarray, top: int, left: int, y: np.ndarray, u: np.ndarray, v: np.ndarray,
          weight: np.ndarray) -> None:
    """Adds one window's residual `[16, 16, 24]` to sums of planes; `weight` `[H/2, W/2]` sums what each 2x2 square has had."""
    for r in range(_SIDE):
        for c in range(_SIDE):
            for i in range(2):
                for j in range(2):
                    k = weight_y[2 * r + i] * weight_x[2 * c + j]
                    a, b = top // 2 + 2 * r + i, left // 2 + 2 * c + j
                    weight[a, b] += k
                    u[a, b] += k * part[r, c, 16 + 2 * i + j]
                    v[a, b] += k * part[r, c, 20 + 2 * i + j]
                    for m in range(2):
                        for n in range(2):
                            y[2 * a + m, 2 * b + n] += k * part[r, c, 4 * (2 * i + m) + 2 * j + n]


@lru_cache
def _ramp(first: bool, last: bool) -> np.ndarray:
    rise = (np.arange(_RAMP // 2, dtype=np.float32) + 0.5) / (_RAMP // 2)
    out = np.ones(WINDOW // 2, np.float32)
    if not first:
        out[:_RAMP // 2] = rise
    if not last:
        out[-(_RAMP // 2):] = rise[::-1]
    return out


def ramp(at: int, size: int) -> np.ndarray:
    """Weight of each pair of pixels of a window along an axis of `size`: rises over its rim, but not where the picture ends."""
    return _ramp(at == 0, at + WINDOW >= size)


class Blend:
    """Residuals of one picture as they come in, and their weighted mean."""

    def __init__(self, height: int, width: int) -> None:
        half = height // 2, width // 2
        self.size = height, width
        self.y, self.u, self.v = np.zeros((height, width), np.float32), np.zeros(half, np.float32), np.zeros(half, np.float32)
        self.weight = np.zeros(half, np.float32)

    def add(self, part: np.ndarray, top: int, left: int) -> None:
        paste(part, ramp(top, self.size[0]), ramp(left, self.size[1]), top, left, self.y, self.u, self.v, self.weight)

    def mean(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Residual planes. Where windows overlap it is their mean; where the only window ends inside the picture it fades out."""
        share = 1 / np.maximum(self.weight, 1)
        return self.y * share.repeat(2, 0).repeat(2, 1), self.u * share, self.v * share
