"""Planes cut into blocks and put together again, as one loop over memory: torch copies eight numbers at a time much slower."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian.rangecoder import FLAGS, U


@njit(**FLAGS)
def cut(plane, size, first, out):
    """plane `[n, h * size, w * size]` -> the blocks' pixels, in out `[n, h, w, pixels]` from `first` on."""
    for n in range(out.shape[0]):
        for y in range(out.shape[1]):
            for i in range(size):
                for x in range(out.shape[2]):
                    for j in range(size):
                        out[U(n), U(y), U(x), U(first + i * size + j)] = plane[U(n), U(y * size + i), U(x * size + j)]


@njit(**FLAGS)
def join(pixels, size, first, least, most, out):
    """The way back; values are kept from `least` to `most`."""
    for n in range(pixels.shape[0]):
        for y in range(pixels.shape[1]):
            for i in range(size):
                for x in range(pixels.shape[2]):
                    for j in range(size):
                        v = pixels[U(n), U(y), U(x), U(first + i * size + j)]
                        out[U(n), U(y * size + i), U(x * size + j)] = min(max(v, least), most)


@njit(**FLAGS)
def heard(q, fine, out):
    """Symbols and bases int16 `[h, w, channels + 1]` -> symbols out float32 `[h, w, channels]`, the lowest three in `fine` parts of one;
    whether any block has a basis of its own."""
    turned = False
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            for c in range(out.shape[2]):
                out[U(y), U(x), U(c)] = q[U(y), U(x), U(c)]
            for c in range(3):
                out[U(y), U(x), U(c)] /= np.float32(fine)
            turned |= q[U(y), U(x), U(out.shape[2])] != 0
    return turned
