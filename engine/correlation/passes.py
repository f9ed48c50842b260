"""What lies between the convolutions of the correlation network, in one loop over memory each. Arrays are `[members, places, channels]`, of
float32 or of uint16 that are bfloat16; sums within a loop are float32."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.correlation.given import CELL, GIVEN, LUMA
from engine.entropy.coder import FLAGS
from engine.short import kept, read

_FLAGS = {**FLAGS, "fastmath": True}
_ZERO = np.float32(0)


@njit(**_FLAGS)
def beside(x, size, out):
    """out `[M, places, 3 C]`: x rectified, of the member before, of the member itself and of the one after it; ends stand for those that
    are missing."""
    c = x.shape[2]
    for n in range(x.shape[0]):
        at = n % size
        for k in range(3):
            other = n + min(max(at + k - 1, 0), size - 1) - at
            for p in range(x.shape[1]):
                a, to = x[other, p], out[n, p, k * c:k * c + c]
                for i in range(c):
                    to[i] = kept(max(read(a[i]), _ZERO), to[i])


@njit(**_FLAGS)
def rectify(y, scale, shift):
    """y, scaled and shifted by member and channel, rectified in place."""
    for n in range(y.shape[0]):
        a, b = scale[n], shift[n]
        for p in range(y.shape[1]):
            to = y[n, p]
            for i in range(to.size):
                to[i] = kept(max(read(to[i]) * a[i] + b[i], _ZERO), to[i])


@njit(**_FLAGS)
def add(x, more):
    """x += more."""
    for n in range(x.shape[0]):
        a, to = more[n].reshape(-1), x[n].reshape(-1)
        for i in range(to.size):
            to[i] = kept(read(to[i]) + read(a[i]), to[i])


@njit(**_FLAGS)
def add_rectified(x, more):
    """What follows the last block of x: x + more, rectified, in place."""
    for n in range(x.shape[0]):
        a, to = more[n].reshape(-1), x[n].reshape(-1)
        for i in range(to.size):
            to[i] = kept(max(read(to[i]) + read(a[i]), _ZERO), to[i])


@njit(**_FLAGS)
def add_finer(fine, more, width, out):
    """fine += more `[M, places / 4, 4 C]`, four places of the finer grid (`width` places wide) in each; out: fine rectified."""
    c, half = fine.shape[2], width // 2
    for n in range(fine.shape[0]):
        for p in range(more.shape[1]):
            for k in range(4):
                at = (p // half * 2 + k // 2) * width + p % half * 2 + k % 2
                a, x, to = more[n, p, k * c:k * c + c], fine[n, at], out[n, at]
                for i in range(c):
                    v = read(x[i]) + read(a[i])
                    x[i], to[i] = kept(v, x[i]), kept(max(v, _ZERO), to[i])


@njit(**_FLAGS)
def add_told(fine, more, scale, shift, out):
    """fine += more, scaled, shifted and rectified; out: fine rectified."""
    for n in range(fine.shape[0]):
        a, b = scale[n], shift[n]
        for p in range(fine.shape[1]):
            m, x, to = more[n, p], fine[n, p], out[n, p]
            for i in range(x.size):
                v = read(x[i]) + max(read(m[i]) * a[i] + b[i], _ZERO)
                x[i], to[i] = kept(v, x[i]), kept(max(v, _ZERO), to[i])


@njit(**_FLAGS)
def add_held(fine, more):
    """fine += more rectified."""
    for n in range(fine.shape[0]):
        a, to = more[n].reshape(-1), fine[n].reshape(-1)
        for i in range(to.size):
            to[i] = kept(read(to[i]) + max(read(a[i]), _ZERO), to[i])


@njit(**_FLAGS, inline="always")
def _shape(m, at, s, more, first, end, out):
    """Channels first..end of one residual at one place, see `shaped`. Loops of known length over channels, each with the whole sum in it,
    are what the compiler makes quick."""
    for q in range(GIVEN):
        more[q] = read(m[at + CELL + (GIVEN if first else 0) + q])
    for i in range(first, end):
        v = read(m[at + i])
        for q in range(GIVEN):
            v += more[q] * read(s[CELL * (q + 1) + i])
        out[i - first] = v


@njit(**_FLAGS)
def shaped(made, seen, of, unit, out):
    """Residuals out float32 `[W, places, CELL]` of the last layer's made `[W, places, CELL + 2 * GIVEN]`: its own, and as much of every
    given pattern in seen `[M, places, (1 + GIVEN) * CELL]` as it says, for luma and for chroma, times unit `[W]`. of `[W]`: which members
    they are."""
    more = np.empty(GIVEN, np.float32)
    for n in range(made.shape[0]):
        for p in range(made.shape[1]):
            m, s, to = made[n, p], seen[of[n], p], out[n, p]
            _shape(m, 0, s, more, 0, LUMA, to)
            _shape(m, 0, s, more, LUMA, CELL, to[LUMA:])
            for i in range(CELL):
                to[i] *= unit[n]


@njit(**_FLAGS)
def patterns(made, seen, error, unit, luma, chroma):
    """All patterns, those that are given first, and behind them the error `[M, places, CELL]`, into luma `[M, patterns + 1, places, LUMA]`
    and chroma `[M, patterns + 1, places, CELL - LUMA]`, float32. made: `[M, places, learned * (CELL + 2 * GIVEN)]`; the rest as above."""
    more, last = np.empty(GIVEN, np.float32), luma.shape[1] - 1
    for n in range(seen.shape[0]):
        for p in range(seen.shape[1]):
            s = seen[n, p]
            for q in range(last):
                y, c = luma[n, q, p], chroma[n, q, p]
                if q < GIVEN:
                    for i in range(LUMA):
                        y[i] = read(s[CELL * (q + 1) + i])
                    for i in range(LUMA, CELL):
                        c[i - LUMA] = read(s[CELL * (q + 1) + i])
                else:
                    at = (q - GIVEN) * (CELL + 2 * GIVEN)
                    _shape(made[n, p], at, s, more, 0, LUMA, y)
                    _shape(made[n, p], at, s, more, LUMA, CELL, c)
                for i in range(LUMA):
                    y[i] *= unit[n]
                for i in range(CELL - LUMA):
                    c[i] *= unit[n]
            for i in range(LUMA):
                luma[n, last, p, i] = error[n, p, i]
            for i in range(LUMA, CELL):
                chroma[n, last, p, i - LUMA] = error[n, p, i]
