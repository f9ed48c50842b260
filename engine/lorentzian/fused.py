"""What lies between the convolutions of a residual block of `keynet`, in one loop over memory each instead of one for every step.

Arrays are `[rows, blocks of a row, channels]`. What a convolution reads and writes is float32, or bfloat16 as its upper sixteen bits
(uint16). `which` is a colour of the chessboard and `top` the number of the first row; halves `[rows, half of the blocks of a row,
channels]` hold the blocks of one colour.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.lorentzian.rangecoder import FLAGS, U
from engine.short import kept, read

_ZERO = np.float32(0)
OWN = ((0, 0), (0, 2), (1, 1), (2, 0), (2, 2))  # places of a 3 x 3 kernel that are of a block's own colour
OTHER = ((0, 1), (1, 0), (1, 2), (2, 1))
EVERY = tuple((y, x) for y in range(3) for x in range(3))
_OWN, _OTHER, _EVERY = (np.array(places, np.int64) - 1 for places in (OWN, OTHER, EVERY))


@njit(inline="always")
def _enter(x, more, y, j, k, scale, shift, out):
    for c in range(x.shape[2]):
        v = x[U(y), U(j), U(c)] + more[U(y), U(k), U(c)]
        x[U(y), U(j), U(c)] = v
        out[U(y), U(j), U(c)] = kept(max(shift[U(c)] + v * scale[U(c)], _ZERO), out[0, 0, 0])


@njit(**FLAGS)
def enter(x, own, other, which, top, scale, shift, out):
    """x += own on blocks of colour `which`, other on the rest (halves; -1: own on all blocks); out = what the first convolution of a
    residual block sees of x: scaled, shifted, rectified."""
    x, own, other, scale, shift, out = borrowed(x), borrowed(own), borrowed(other), borrowed(scale), borrowed(shift), borrowed(out)
    for y in range(x.shape[0]):
        for j in range(x.shape[1]):
            if which < 0:
                _enter(x, own, y, j, j, scale, shift, out)
            elif (top + y + j + which) & 1:
                _enter(x, other, y, j, j >> 1, scale, shift, out)
            else:
                _enter(x, own, y, j, j >> 1, scale, shift, out)


@njit(**FLAGS)
def start(x, scale, shift, out):
    """`enter` with nothing to add."""
    for y in range(x.shape[0]):
        for j in range(x.shape[1]):
            for c in range(x.shape[2]):
                out[U(y), U(j), U(c)] = kept(max(shift[U(c)] + x[U(y), U(j), U(c)] * scale[U(c)], _ZERO), out[0, 0, 0])


@njit(**FLAGS)
def middle(z, scale, shift):
    """What comes from the first convolution `[blocks, channels]` becomes what the second one sees, in place."""
    for i in range(z.shape[0]):
        for c in range(z.shape[1]):
            z[U(i), U(c)] = kept(max(shift[U(c)] + read(z[U(i), U(c)]) * scale[U(c)], _ZERO), z[0, 0])


@njit(**FLAGS)
def leave(x, z, which, top, out):
    """x += z, what comes from the second convolution; out `[2 colours, all rows, half, channels]` = x rectified, of colour `which` alone
    (-1: both, 2: none)."""
    for y in range(x.shape[0]):
        for j in range(x.shape[1]):
            k = (top + y + j) & 1
            for c in range(x.shape[2]):
                x[U(y), U(j), U(c)] += read(z[U(y), U(j), U(c)])
            if which < 0 or k == which:
                for c in range(x.shape[2]):
                    out[U(k), U(top + y), U(j >> 1), U(c)] = max(x[U(y), U(j), U(c)], _ZERO)


@njit(inline="always")
def _add(base, first, more, y, j, out):
    for c in range(out.shape[2]):
        out[U(y), U(j), U(c)] = base[U(y), U(j), U(first + c)] + more[U(y), U(j >> 1), U(c)]


@njit(**FLAGS)
def add_halves(base, first, even, odd, which, top, out):
    """out = base, channels from `first` on, + what was made for its blocks of each colour (halves); of `which` alone, -1: of both."""
    base, even, odd, out = borrowed(base), borrowed(even), borrowed(odd), borrowed(out)
    for y in range(out.shape[0]):
        for j in range(out.shape[1]):
            k = (top + y + j) & 1
            if which >= 0 and k != which:
                continue
            if k:
                _add(base, first, odd, y, j, out)
            else:
                _add(base, first, even, y, j, out)


@njit(**FLAGS)
def settle(mean, symbol, delta, which, first, symbols, values):
    """A part's blocks of colour `which` (-1: all) become known: symbol of all blocks -> symbols, mean + symbol * delta -> values, channels
    from `first` on."""
    for y in range(mean.shape[0]):
        for j in range(mean.shape[1]):
            if which < 0 or (y + j + which) & 1 == 0:
                for c in range(mean.shape[2]):
                    s = symbol[U(y), U(j), U(c)]
                    symbols[U(y), U(j), U(first + c)] = s
                    values[U(y), U(j), U(first + c)] = mean[U(y), U(j), U(c)] + s * delta[U(first + c)]


@njit(**FLAGS)
def hear(symbols, values, which, first, scale, near, heard):
    """What networks see of a part's blocks of colour `which` (halves; -1: of all), channels from `first` on: value * scale in `near`,
    symbol within six of zero in `heard`."""
    for y in range(values.shape[0]):
        for j in range(values.shape[1]):
            if which < 0 or (y + j + which) & 1 == 0:
                k = j if which < 0 else j >> 1
                for c in range(near.shape[2]):
                    near[U(y), U(k), U(c)] = values[U(y), U(j), U(first + c)] * scale[U(first + c)]
                    heard[U(y), U(k), U(c)] = min(max(symbols[U(y), U(j), U(first + c)], np.float32(-6)), np.float32(6))


@njit(inline="always")
def _around(near, y, j, places, width, half, out, row, k):
    """out[row, k] = near at `places` around block (y, j), one after the other, zero outside."""
    n = near.shape[2]
    for p in range(places.shape[0]):
        i, m = y + places[p, 0], j + places[p, 1]
        if i < 0 or i >= near.shape[0] or m < 0 or m >= width:
            for c in range(n):
                out[U(row), U(k), U(p * n + c)] = _ZERO
        else:
            m = m >> 1 if half else m
            for c in range(n):
                out[U(row), U(k), U(p * n + c)] = near[U(i), U(m), U(c)]


@njit(**FLAGS)
def surroundings(near, heard, which, top, width, own, other):
    """What a convolution of a part looks at, as rows of a matrix, for the rows of blocks from `top` on that own and other have.

    near, heard: halves of colour `which` (-1: all blocks). own `[rows, half, 5 + 1 times channels]` for blocks of that colour: their own
    colour around them, then what they hear; other `[rows, half, 4 times channels]` for the rest. -1: own `[rows, width, 9 + 1 times
    channels]` for all.
    """
    near, heard, own, other = borrowed(near), borrowed(heard), borrowed(own), borrowed(other)
    n = heard.shape[2]
    for y in range(own.shape[0]):
        for j in range(width):
            if which < 0:
                _around(near, top + y, j, _EVERY, width, False, own, y, j)
                for c in range(n):
                    own[U(y), U(j), U(_EVERY.shape[0] * n + c)] = heard[U(top + y), U(j), U(c)]
            elif (top + y + j + which) & 1:
                _around(near, top + y, j, _OTHER, width, True, other, y, j >> 1)
            else:
                _around(near, top + y, j, _OWN, width, True, own, y, j >> 1)
                for c in range(n):
                    own[U(y), U(j >> 1), U(_OWN.shape[0] * n + c)] = heard[U(top + y), U(j >> 1), U(c)]
