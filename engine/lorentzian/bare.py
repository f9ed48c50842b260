"""A slice of a coarser level without networks: the mean of its aligned neighbours and what is coded, added where the pixels are.

No picture becomes blocks for that, and blocks without a symbol cost nothing.
"""
from __future__ import annotations

import numpy as np
from numba import njit
from torch import Tensor

from engine.lorentzian.planes import to_pixels
from engine.lorentzian.rangecoder import FLAGS, U


@njit(**FLAGS)
def _clear(both, top, end, out):
    for y in range(top, end):
        for x in range(out.shape[1]):
            out[U(y), U(x)] = (both[0, U(y), U(x)] + both[1, U(y), U(x)]) * np.float32(0.5)


@njit(**FLAGS)
def _add(pixels, first, size, top, left, out):
    for i in range(size):
        for j in range(size):
            out[U(top + i), U(left + j)] += pixels[U(first + i * size + j)]


@njit(**FLAGS)
def _hold(top, end, most, out):
    for y in range(top, end):
        for x in range(out.shape[1]):
            out[U(y), U(x)] = min(max(out[U(y), U(x)], np.float32(0)), most)


@njit(**FLAGS)
def _rebuild(ys, us, vs, q, rows, n, nc, most, y, u, v):
    """Planes y, u, v of aligned neighbours ys, us, vs `[2, h, w]` and symbols q int16 `[h8, w8, channels or more]`; rows `[channels,
    pixels of a block]`: what a symbol of one adds to them."""
    pixels = np.empty(rows.shape[1], np.float32)
    for by in range(q.shape[0]):
        _clear(ys, by * n, by * n + n, y)
        _clear(us, by * nc, by * nc + nc, u)
        _clear(vs, by * nc, by * nc + nc, v)
        for bx in range(q.shape[1]):
            some = False
            for c in range(rows.shape[0]):
                s = np.float32(q[U(by), U(bx), U(c)])
                if s != 0:
                    if not some:
                        pixels[:] = 0
                        some = True
                    for p in range(rows.shape[1]):
                        pixels[U(p)] += s * rows[U(c), U(p)]
            if some:
                _add(pixels, 0, n, by * n, bx * n, y)
                _add(pixels, n * n, nc, by * nc, bx * nc, u)
                _add(pixels, n * n + nc * nc, nc, by * nc, bx * nc, v)
        _hold(by * n, by * n + n, most, y)
        _hold(by * nc, by * nc + nc, most, u)
        _hold(by * nc, by * nc + nc, most, v)


class Bare:
    """In the place of networks, for one level and quantiser steps delta `[1, 96, 1, 1]`; the lowest three symbols come in `fine` parts of
    one."""

    def __init__(self, delta: Tensor, level: int, fine: int, most: float) -> None:
        rows, (self.size, self.colour) = to_pixels(level)
        self.rows = rows * delta.cpu().numpy()[0, :len(rows), 0]
        self.rows[:3] /= fine
        self.most = np.float32(most)

    def planes(self, both: list[np.ndarray], q: np.ndarray) -> list[np.ndarray]:
        """both: (Y, U, V), each `[2, h, w]`, aligned neighbours; q int16 `[h8, w8, channels or more]`."""
        out = [np.empty(p.shape[1:], np.float32) for p in both]
        _rebuild(*both, q, self.rows, self.size, self.colour, self.most, *out)
        return out
