"""The lowest coefficients of a slice as those of a second transform: blocks of four by four means, where they hang together.

A mean of every 8x8 block is a small picture, and where the record is smooth (out of focus, sky, a dark room, a fade) its neighbours say
nearly the same. `WAVES` is a cosine transform of 4x4 means, `STAIRS` a Haar pyramid of two steps; at the edge of a tile units are
2 wide. Orthonormal, as integers of 14 bits: values come out in sixteenths of a step, the same on every machine.
Slices that start anew are better off with differences: there the synthesis mends errors of blocks that do not hang together.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.lorentzian import tables as T
from engine.lorentzian.rangecoder import FLAGS, code_large, code_mixed
from engine.lorentzian.symbols import _Q4, _Q5, _Q6, _WIDE, _cap, _sign
from engine.lorentzian.transform import dct_matrix

PLAIN, NEAR, STAIRS, WAVES = range(4)  # as they are; as differences of neighbours; transformed
UNIT = 4
FINE = 16        # values are in sixteenths of a step
LIMIT = 2047
_BITS = 14
_TAIL = 16       # sizes from here on have an exponent and a remainder


def _haar(n: int) -> np.ndarray:
    """`[n, n]`: means of pairs first, then differences of pairs."""
    m = np.zeros((n, n))
    for i in range(n // 2):
        m[i, 2 * i:2 * i + 2] = m[n // 2 + i, 2 * i:2 * i + 2] = np.sqrt(0.5)
        m[n // 2 + i, 2 * i + 1] *= -1
    return m


def matrix(mode: int, h: int, w: int) -> np.ndarray:
    """`[h * w, h * w]` float64: rows by frequency (u, v), columns by place (y, x); sides of 2 or 4."""
    if mode == WAVES:
        return np.einsum("uy,vx->uvyx", dct_matrix(h), dct_matrix(w)).reshape(h * w, h * w)
    first = np.einsum("uy,vx->uvyx", _haar(h), _haar(w)).reshape(h, w, h * w)
    out = first.copy()
    a, b = h // 2, w // 2
    second = np.einsum("uy,vx->uvyx", _haar(a) if a > 1 else np.eye(1), _haar(b) if b > 1 else np.eye(1))
    out[:a, :b] = np.einsum("uvyx,yxp->uvp", second, first[:a, :b])
    return out.reshape(h * w, h * w)


def _integers() -> np.ndarray:
    """int64 `[2 modes, 2 heights, 2 widths, 16, 16]`."""
    out = np.zeros((2, 2, 2, 16, 16), np.int64)
    for m in (0, 1):
        for h in (0, 1):
            for w in (0, 1):
                one = np.rint(matrix(STAIRS + m, 2 + 2 * h, 2 + 2 * w) * (1 << _BITS)).astype(np.int64)
                out[m, h, w, :one.shape[0], :one.shape[1]] = one
    return out


_MATRIX = _integers()
_ORDER = np.array(sorted(((u, v) for u in range(UNIT) for v in range(UNIT)), key=lambda p: (p[0] + p[1], p[0])), np.int64)
_S = 2 * 3 * 16  # mode x channel x frequency
# Contexts of this module, from tables.LW on.
_F0, _F1, _F2, _F3 = 0, 96, 144, 176
_Z0 = 208
_Z1 = _Z0 + _S * 5
_Z2 = _Z1 + _S * 6
_Z3 = _Z2 + _S * 5
_Z4 = _Z3 + _S * 3
_M0 = _Z4 + _S * 6
_M1 = _M0 + _S * 4
_N0 = _M1 + _S * 6
_N1 = _N0 + 12 * 16
_X0 = _N1 + 2 * 8 * 16
_X1 = _X0 + 2 * 14
_G0 = _X1 + 2 * 14
_G1 = _G0 + _S * 9
SIZE = _G1 + _S * 9
assert SIZE <= T.LW_SIZE


@njit(inline="always")
def _side(at, size):
    """Length of a unit that begins at `at`."""
    return UNIT if at + UNIT <= size else 2


@njit(**FLAGS)
def values(low, k, mode, out):
    """Symbols low int16 `[SLOTS, h, w, 3]` of slot k -> out int32 `[h, w, 3]`, sixteenths of a step."""
    h, w = out.shape[0], out.shape[1]
    for i in range(0, h, UNIT):
        n = _side(i, h)
        for j in range(0, w, UNIT):
            m = _side(j, w)
            mat = _MATRIX[mode - STAIRS, n // 2 - 1, m // 2 - 1]
            for c in range(3):
                for y in range(n):
                    for x in range(m):
                        s = np.int64(1 << (_BITS - 5))
                        for u in range(n):
                            for v in range(m):
                                s += mat[u * m + v, y * m + x] * low[k, i + u, j + v, c]
                        out[i + y, j + x, c] = max(-FINE * LIMIT, min(FINE * LIMIT, s >> (_BITS - 4)))


@njit(**FLAGS)
def spread(low, k, mode, out, q, energy):
    """What contexts of other coefficients look at: q and energy of slot k hold the nearest integers of `values`, which go to out."""
    values(low, k, mode, out)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for c in range(3):
                q[k, i + 1, j + 1, c] = (out[i, j, c] + FINE // 2) >> 4
            energy[k, i + 1, j + 1, 0] = min(abs(np.int64(q[k, i + 1, j + 1, 0])), 255)
            energy[k, i + 1, j + 1, 1] = min(abs(np.int64(q[k, i + 1, j + 1, 1])) + abs(np.int64(q[k, i + 1, j + 1, 2])), 255)


def analyse(mode: int, v: np.ndarray) -> np.ndarray:
    """float `[h, w, 3]` -> coefficients `[h, w, 3]`, each where its symbol goes; sides are multiples of 2."""
    out = np.empty(v.shape, np.float32)
    h, w = v.shape[:2]
    for y0, y1, n in ((0, h // UNIT * UNIT, UNIT), (h // UNIT * UNIT, h, 2)):
        for x0, x1, m in ((0, w // UNIT * UNIT, UNIT), (w // UNIT * UNIT, w, 2)):
            if y1 > y0 and x1 > x0:
                part = v[y0:y1, x0:x1].reshape((y1 - y0) // n, n, (x1 - x0) // m, m, 3)
                got = np.einsum("uvyx,aybxc->aubvc", matrix(mode, n, m).reshape(n, m, n, m).astype(np.float32), part)
                out[y0:y1, x0:x1] = got.reshape(y1 - y0, x1 - x0, 3)
    return out


@njit(**FLAGS)
def _size(s, buf, mag, first, nb, base, group, prob, count, rate, idx, weight, kind, stretch, squash):
    """A size of two or more. Returns it."""
    n = np.int64(2)
    t0 = base + _N0 + (group * 2 + (0 if first else 1)) * 16 - 2
    t1 = base + _N1 + ((0 if first else 1) * 8 + _WIDE[_cap(nb)]) * 16 - 2
    while n < _TAIL:
        idx[0], idx[1] = t0 + n, t1 + n
        if code_mixed(s, buf, 1 if mag > n else 0, prob, count, rate, idx, 2, weight, kind * T.ROWS + 66, stretch, squash) == 0:
            return n
        n += 1
    at = base + (0 if first else 14)
    extra = code_large(s, buf, mag - _TAIL + 1, prob, count, at + _X0, at + _X1, rate)
    return min(_TAIL + extra - 1, np.int64(2 * LIMIT))


@njit(**FLAGS)
def code_lowest(s, buf, k, kind, mode, a, b, motion, low, energy, prob, count, weight, rate, stretch, squash):
    """The symbols low int16 `[SLOTS, h, w, 3]` of slot k, read or written. a, b, motion, energy as in `symbols.code_latents`."""
    s, buf, motion, low, energy, prob = borrowed(s), borrowed(buf), borrowed(motion), borrowed(low), borrowed(energy), borrowed(prob)
    count, weight, rate, stretch, squash = borrowed(count), borrowed(weight), borrowed(rate), borrowed(stretch), borrowed(squash)
    h, w = low.shape[1], low.shape[2]
    idx = np.zeros(16, np.int64)
    base = kind * T.CONTEXTS + T.LW
    row = kind * T.ROWS
    for i in range(0, h, UNIT):
        n = _side(i, h)
        for j in range(0, w, UNIT):
            m = _side(j, w)
            moving = luma = tint = np.int64(0)  # and what the references hold here
            for y in range(i, i + n):
                for x in range(j, j + m):
                    if (y & 1) == 0 and (x & 1) == 0 and motion[y >> 1, x >> 1] > 0:
                        moving += 1
                    for r in (a, b):
                        if r >= 0:
                            luma += energy[r, y + 1, x + 1, 0]
                            tint += energy[r, y + 1, x + 1, 1]
            seen = np.int64(0)
            for c in range(3):
                group = (mode - STAIRS) * 3 + c
                ra = _Q6[_cap(tint if c else luma)]
                lefts = tops = np.int64(0)
                for y in range(n):
                    for x in range(m):
                        if j:
                            lefts += abs(np.int64(low[k, i + y, j - UNIT + x, c]))
                        if i:
                            tops += abs(np.int64(low[k, i - UNIT + y, j + x, c]))
                some = 0
                if s[5]:
                    for y in range(n):
                        for x in range(m):
                            if low[k, i + y, j + x, c] != 0:
                                some = 1
                idx[0] = base + _F0 + (group * 4 + _Q4[_cap(lefts)]) * 4 + _Q4[_cap(tops)]
                idx[1] = base + _F1 + group * 6 + ra
                idx[2] = base + _F2 + group * 4 + seen
                idx[3] = base + _F3 + group * 5 + moving
                some = code_mixed(s, buf, some, prob, count, rate, idx, 4, weight, row + 63, stretch, squash)
                if some == 0:
                    for y in range(n):
                        for x in range(m):
                            low[k, i + y, j + x, c] = 0
                    continue
                seen |= 1 << c if c < 2 else 0
                total, left_over = np.int64(0), n * m
                for p in range(UNIT * UNIT):
                    u, v = _ORDER[p, 0], _ORDER[p, 1]
                    if u >= n or v >= m:
                        continue
                    left_over -= 1
                    first = p == 0
                    l = np.int64(low[k, i + u, j - UNIT + v, c]) if j else np.int64(0)
                    t = np.int64(low[k, i - UNIT + u, j + v, c]) if i else np.int64(0)
                    nb = abs(l) + abs(t)
                    lo = np.int64(0)
                    if u:
                        lo += abs(np.int64(low[k, i + u - 1, j + v, c]))
                    if v:
                        lo += abs(np.int64(low[k, i + u, j + v - 1, c]))
                    part = np.int64(0)
                    if c:
                        part = abs(np.int64(low[k, i + u, j + v, 0])) + (abs(np.int64(low[k, i + u, j + v, 1])) if c == 2 else 0)
                    at = group * 16 + u * 4 + v
                    idx[0] = base + _Z0 + at * 5 + _Q5[_cap(nb)]
                    idx[1] = base + _Z1 + at * 6 + _Q6[_cap(total)]
                    idx[2] = base + _Z2 + at * 5 + _Q5[_cap(lo)]
                    idx[3] = base + _Z3 + at * 3 + min(part, 2)
                    idx[4] = base + _Z4 + at * 6 + ra
                    value = np.int64(low[k, i + u, j + v, c])
                    mag = abs(value)
                    if (left_over or total) and code_mixed(s, buf, 1 if mag else 0, prob, count, rate, idx, 5, weight, row + 64, stretch,
                                                           squash) == 0:
                        low[k, i + u, j + v, c] = 0
                        continue
                    idx[0] = base + _M0 + at * 4 + _Q4[_cap(nb)]
                    idx[1] = base + _M1 + at * 6 + _Q6[_cap(total + lo)]
                    size = np.int64(1)
                    if code_mixed(s, buf, 1 if mag > 1 else 0, prob, count, rate, idx, 2, weight, row + 65, stretch, squash):
                        size = _size(s, buf, mag, first, nb + lo, base, group, prob, count, rate, idx, weight, kind, stretch, squash)
                    idx[0] = base + _G0 + at * 9 + _sign(l) * 3 + _sign(t)
                    idx[1] = base + _G1 + at * 9
                    if c:
                        idx[1] += _sign(low[k, i + u, j + v, 0]) * 3 + (_sign(low[k, i + u, j + v, 1]) if c == 2 else 1)
                    minus = code_mixed(s, buf, 1 if value < 0 else 0, prob, count, rate, idx, 2, weight, row + 67, stretch, squash)
                    value = -size if minus else size
                    low[k, i + u, j + v, c] = max(-LIMIT, min(LIMIT, value))
                    total += size
