"""Coding of quantised latents: one payload per chunk of time, level and tile, every decision an integer function of integers.

The model of a symbol looks at the same coefficient of neighbouring blocks, at lower frequencies of its own block, and at the same
place in the two slices it was predicted from. It never looks at a finer level, so coarse levels decode alone, and never outside
its tile, so tiles decode in any order. Reading and writing are one function.

Arrays of one tile (border of one block on each side, so neighbours need no tests):
    q      int16 [S, h+2, w+2, 97]   symbols; channel 96 stays zero; slot S-1 is the previous chunk's last slice
    energy uint8 [S, h+2, w+2, 11]   per group min(255, sum |q|), of blocks that go on from others what differs; 9 is 1 where the block is
                                     not skipped; 10 its basis and what it goes on from (`bases.py`)
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.lorentzian import bases
from engine.lorentzian import tables as T
from engine.lorentzian.beside import code_difference, code_way, expected
from engine.lorentzian.rangecoder import FLAGS, code_large, code_mixed, code_one
from engine.lorentzian.schedule import TYPES
from engine.lorentzian.transform import CHANNELS, GROUP_START

LIMIT = 4095     # largest symbol
LEVEL_GROUPS = np.array([[5, 9], [3, 5], [2, 3], [0, 2]], np.int32)

BASIS = 10       # place in energy
_LOWER, _PARTNER = (related[bases.of_way(np.arange(bases.WAYS))] for related in bases.RELATED)
_OF_WAY, _ALONG = bases.of_way(np.arange(bases.WAYS)), bases.ALONG
_BESIDE, _OWN, _QUARTER = (np.ascontiguousarray(a[_OF_WAY]) for a in (bases.ADJACENT, bases.ADJACENT_OWN, bases.QUARTER))
_CTX = T.CONTEXTS
_ROWS = T.ROWS
_Z0, _Z1, _Z2, _Z3, _Z4, _Z5 = T.Z0, T.Z1, T.Z2, T.Z3, T.Z4, T.Z5
_G0, _G1, _G2, _G3 = T.G0, T.G1, T.G2, T.G3
_F0, _F1, _F2, _F3 = T.F0, T.F1, T.F2, T.F3


def _classes(bounds: list[int], size: int = 512) -> np.ndarray:
    return np.searchsorted(np.array(bounds), np.arange(size), side="right").astype(np.int64)


_Q10 = _classes([1, 2, 3, 4, 5, 7, 10, 15, 25])
_Q8 = _classes([1, 2, 3, 5, 9, 17, 41])
_Q6 = _classes([1, 2, 4, 8, 20])
_Q5 = _classes([1, 2, 3, 5])
_Q4 = _classes([1, 3, 8])
_WIDE = _classes([2, 4, 8, 16, 32, 64, 128])
_FAR = _classes([1, 2, 4, 8, 16, 32, 64, 128, 256])
TAIL = 17        # sizes from here on have an exponent and a remainder


@njit(inline="always")
def _sign(x):
    return 2 if x > 0 else 0 if x < 0 else 1


@njit(inline="always")
def _cap(x):
    return x if x < 511 else 511


@njit(inline="always")
def _left(q, k, i, j, c, way):
    """The symbol that lies to the left of symbol c in the picture: of the block itself, or of the one beside it."""
    return np.int64(q[k, i, j - 1 + _OWN[way, 0, c], _BESIDE[way, 0, c]])


@njit(inline="always")
def _above(q, k, i, j, c, way):
    return np.int64(q[k, i - 1 + _OWN[way, 1, c], j, _BESIDE[way, 1, c]])


@njit(inline="always")
def local_sizes(q, k, i, j, way, first, local):
    """Fill local[0..5) with the sizes of the symbols before channel `first`, by quarters of the block."""
    local[:] = 0
    for c in range(3, first):
        local[_QUARTER[way, c]] += abs(np.int64(q[k, i, j, c]))


@njit(inline="always")
def flag_contexts(g, kind, energy, k, a, b, i, j, be, known, ahead, idx):
    """Fill idx[0..5) for 'something in group g of this block'; g = 9 is 'block not skipped'."""
    el, et = np.int64(energy[k, i, j - 1, g]), np.int64(energy[k, i - 1, j, g])
    etl, etr = np.int64(energy[k, i - 1, j - 1, g]), np.int64(energy[k, i - 1, j + 1, g])
    ra = np.int64(0)
    r3 = np.int64(0)
    refs = np.int64(0)
    for r in (a, b):
        if r >= 0:
            e = np.int64(energy[r, i, j, g])
            ra += e
            refs += 1 if e > 0 else 0
            r3 += (np.int64(energy[r, i - 1, j, g]) + energy[r, i + 1, j, g] + energy[r, i, j - 1, g] + energy[r, i, j + 1, g]) + e
    ge = 2 * el + 2 * et + etl + etr
    base = kind * _CTX
    around = (1 if el else 0) + (2 if et else 0) + (4 if etl else 0) + (8 if etr else 0)
    idx[0] = base + _F0 + g * 64 + around * 4 + refs
    idx[1] = base + _F1 + g * 64 + _Q8[_cap(ge)] * 8 + _Q8[_cap(ra)]
    idx[2] = base + _F2 + g * 64 + _Q8[_cap(be)] * 8 + min(known, 7)
    idx[3] = base + _F3 + g * 64 + _Q8[_cap(r3)] * 8 + _Q8[_cap(be + (ge >> 1))]
    idx[4] = base + T.F4 + g * 64 + _Q8[_cap(ahead)] * 8 + _Q8[_cap(be)]


@njit(inline="always")
def code_flag(s, buf, bit, g, kind, energy, k, a, b, i, j, be, known, ahead, prob, count, rate, idx, weight, stretch, squash):
    """'Something in group g of this block'; g = 9 is 'block not skipped'. Returns it."""
    flag_contexts(g, kind, energy, k, a, b, i, j, be, known, ahead, idx)
    return code_mixed(s, buf, bit, prob, count, rate, idx, 5, weight, kind * _ROWS + 40 + g, stretch, squash)


@njit(inline="always")
def value_contexts(c, g, kind, q, energy, k, a, b, i, j, be, ahead, nz, size, local, idx, more):
    """Fill idx[0..9) for 'not zero' and more[0..3) for 'larger than one' of a coefficient; local: size so far of its quarter of a block
    with a basis of its own, else -1. Returns the row of weights of the first, and where the contexts of the unary tail begin."""
    base = kind * _CTX
    way = energy[k, i, j, BASIS]
    lower, partner = _LOWER[way, c], _PARTNER[way, c]
    left, top = abs(_left(q, k, i, j, c, way)), abs(_above(q, k, i, j, c, way))
    nb = (2 * left + 2 * top + abs(np.int64(q[k, i - 1, j - 1, c])) + abs(np.int64(q[k, i - 1, j + 1, c])))
    low = abs(np.int64(q[k, i, j, lower[0]])) + abs(np.int64(q[k, i, j, lower[1]])) + abs(np.int64(q[k, i, j, lower[2]]))
    if c == 2:
        low = abs(np.int64(q[k, i, j, 1]))
    rf = np.int64(0)
    re = np.int64(0)
    r3 = np.int64(0)
    for r in (a, b):
        if r >= 0:
            rf += abs(np.int64(q[r, i, j, c]))
            e = np.int64(energy[r, i, j, g])
            re += e
            r3 += e + energy[r, i - 1, j, g] + energy[r, i + 1, j, g] + energy[r, i, j - 1, g] + energy[r, i, j + 1, g]
    ge = (2 * np.int64(energy[k, i, j - 1, g]) + 2 * np.int64(energy[k, i - 1, j, g])
          + energy[k, i - 1, j - 1, g] + energy[k, i - 1, j + 1, g])
    qbe = _Q8[_cap(be)]
    if local >= 0:
        re = local
    idx[0] = base + _Z0 + c * 10 + _Q10[_cap(nb)]
    idx[1] = base + _Z1 + c * 15 + _Q5[_cap(low)] * 3 + min(rf, 2)
    idx[2] = base + _Z2 + (g * 8 + qbe) * 40 + _Q8[_cap(ge >> 1)] * 5 + _Q5[_cap(nz)]
    idx[3] = base + _Z3 + c * 36 + _Q6[_cap(ge >> 1)] * 6 + _Q6[_cap(re)]
    idx[4] = base + _Z4 + c * 24 + _Q4[_cap(nz)] * 6 + _Q6[_cap(r3 >> 1)]
    idx[5] = base + _Z5 + c
    ml, mt = min(left, 2), min(top, 2)
    p0, p1 = min(abs(np.int64(q[k, i, j, partner[0]])), 2), min(abs(np.int64(q[k, i, j, partner[1]])), 2)
    idx[6] = base + T.Z6 + c * 27 + ml * 9 + mt * 3 + min(low, 2)
    idx[7] = base + T.Z7 + c * 36 + (p0 * 3 + p1) * 4 + _Q4[_cap(nb)]
    idx[8] = base + T.Z8 + ((g * 8 + _Q8[_cap(ahead)]) * 8 + qbe) * 4 + _Q4[_cap(ge >> 1)]
    more[0] = base + _G0 + c * 6 + _Q6[_cap(nb)]
    more[1] = base + _G1 + g * 64 + qbe * 8 + _Q8[_cap(size)]
    more[2] = base + _G2 + c * 6 + _Q6[_cap(low + rf)]
    return kind * _ROWS + g * 3 + (0 if be == 0 else 1 if be < 6 else 2), base + _G3 + g * 64 + _Q4[_cap(nb >> 1)]


@njit(**FLAGS)
def code_tail(s, buf, mag, c, g, kind, q, energy, k, i, j, be, tail, prob, count, rate, idx, weight, stretch, squash):
    """A size of two or more: in steps of one up to TAIL, then as an exponent and what remains. Returns it."""
    base = kind * _CTX
    way = energy[k, i, j, BASIS]
    lower, left, top = _LOWER[way, c], abs(_left(q, k, i, j, c, way)), abs(_above(q, k, i, j, c, way))
    nb = 2 * left + 2 * top + abs(np.int64(q[k, i - 1, j - 1, c])) + abs(np.int64(q[k, i - 1, j + 1, c]))
    low = abs(np.int64(q[k, i, j, lower[0]])) + abs(np.int64(q[k, i, j, lower[1]])) + abs(np.int64(q[k, i, j, lower[2]]))
    t1 = base + T.T1 + (_WIDE[_cap(nb)] * 8 + min(_FAR[_cap(low)], 7)) * 16 - 2
    t3 = base + T.T3 + (g * 10 + _FAR[_cap(be)]) * 16 - 2
    n = np.int64(2)
    while n < TAIL:
        idx[0] = tail + (n - 2) * 4
        idx[1] = t1 + n
        idx[2] = base + T.T2 + (n - 2) * 9 + (0 if n < left else 1 if n == left else 2) * 3 + (0 if n < top else 1 if n == top else 2)
        idx[3] = t3 + n
        if code_mixed(s, buf, 1 if mag > n else 0, prob, count, rate, idx, 4, weight, kind * _ROWS + 57 + min(n - 2, 5), stretch,
                      squash) == 0:
            return n
        n += 1
    extra = code_large(s, buf, mag - TAIL + 1, prob, count, base + T.EX + (g * 2 + (1 if nb >= 96 else 0)) * 14, base + T.EM + g * 14, rate)
    return min(TAIL + extra - 1, np.int64(LIMIT))


@njit(inline="always")
def code_value(s, buf, value, c, g, kind, q, energy, k, a, b, i, j, be, ahead, nz, size, local, must, prob, count, rate, idx, more,
               weight, stretch, squash):
    """One coefficient; `must` says that it cannot be zero. Returns it."""
    row, tail = value_contexts(c, g, kind, q, energy, k, a, b, i, j, be, ahead, nz, size, local, idx, more)
    mag = abs(np.int64(value))
    if not must and code_mixed(s, buf, 1 if mag else 0, prob, count, rate, idx, 9, weight, row, stretch, squash) == 0:
        return 0
    n = np.int64(1)
    if code_mixed(s, buf, 1 if mag > 1 else 0, prob, count, rate, more, 3, weight, kind * _ROWS + 28 + g, stretch, squash):
        n = code_tail(s, buf, mag, c, g, kind, q, energy, k, i, j, be, tail, prob, count, rate, idx, weight, stretch, squash)
    way = energy[k, i, j, BASIS]
    sl, st = _sign(_left(q, k, i, j, c, way)), _sign(_above(q, k, i, j, c, way))
    sa = _sign(q[a, i, j, c]) if a >= 0 else 1
    sb = _sign(q[b, i, j, c]) if b >= 0 else 1
    base = kind * _CTX
    partner = _PARTNER[way, c]
    idx[0] = base + T.SG + c * 9 + sl * 3 + st
    idx[1] = base + T.SH + c * 9 + sa * 3 + sb
    idx[2] = base + T.SI + c * 9 + _sign(q[k, i, j, partner[0]]) * 3 + _sign(q[k, i, j, partner[1]])
    minus = code_mixed(s, buf, 1 if value < 0 else 0, prob, count, rate, idx, 3, weight, kind * _ROWS + 37, stretch, squash)
    return -n if minus else n


@njit(inline="always")
def set_of(kind, basis):
    """Which contexts and weights a block is coded with."""
    return TYPES + kind if basis else kind


@njit(**FLAGS)
def code_basis(s, buf, kind, energy, k, a, i, j, prob, count, rate):
    """Basis of a block of a key slice, and what it goes on from."""
    way = np.int64(energy[k, i, j, BASIS])
    value = _OF_WAY[way]
    left, top, right = (_OF_WAY[energy[k, i, j - 1, BASIS]], _OF_WAY[energy[k, i - 1, j, BASIS]], _OF_WAY[energy[k, i - 1, j + 1, BASIS]])
    at = kind * _CTX + T.BS
    around = (1 if left else 0) + (2 if top else 0) + (4 if right else 0)
    if a >= 0 and energy[a, i, j, BASIS]:
        around += 8
    got = code_one(s, buf, 1 if value else 0, prob, count, at + around, rate)
    if got:
        more = (1 if left > 1 else 0) + (1 if top > 1 else 0) + (3 if left == 1 else 0) + (3 if top == 1 else 0)
        got += code_one(s, buf, 1 if value > 1 else 0, prob, count, at + 16 + more, rate)
        got = code_way(s, buf, way, set_of(kind, got), energy, k, i, j, BASIS, got, prob, count, rate)
    energy[k, i, j, BASIS] = got
    return got


@njit(**FLAGS)
def code_latents(s, buf, level, k, kind, turned, done, a, b, motion, q, energy, prob, count, weight, rate, stretch, squash):
    """One slice (slot k, predicted from slots a and b or -1) of one level: reads into, or writes from, q; fills energy.

    turned: whether any block has a basis of its own; done: the lowest coefficients are there already (`lowest.py`); motion int8
    `[h16, w16]`: `vectors.classes` of the slice's field: blocks that move strangely are rarely empty.
    """
    _code_latents(s, buf, level, k, kind, turned, done, a, b, motion, q, energy, prob, count, weight, rate, stretch, squash,
                  np.zeros(16, np.int64), np.zeros(4, np.int64))


@njit(**FLAGS)
def _code_latents(s, buf, level, k, kind, turned, done, a, b, motion, q, energy, prob, count, weight, rate, stretch, squash, idx, more):
    s, buf, motion, q, energy, prob = borrowed(s), borrowed(buf), borrowed(motion), borrowed(q), borrowed(energy), borrowed(prob)
    count, weight, rate, stretch, squash = borrowed(count), borrowed(weight), borrowed(rate), borrowed(stretch), borrowed(squash)
    idx, more = borrowed(idx), borrowed(more)
    h, w, local = q.shape[1] - 2, q.shape[2] - 2, np.zeros(5, np.int64)
    g0, g1 = LEVEL_GROUPS[level, 0], LEVEL_GROUPS[level, 1]
    writing = s[5] != 0
    for i in range(1, h + 1):
        for j in range(1, w + 1):
            if level == 3:
                live = 1
                own = code_basis(s, buf, kind, energy, k, a, i, j, prob, count, rate) if turned else 0
                if kind > 0 and not own:
                    if writing:
                        live = 0
                        for c in range(3 if done else 0, CHANNELS):
                            if q[k, i, j, c] != 0:
                                live = 1
                                break
                    moves = np.int64(motion[(i - 1) >> 1, (j - 1) >> 1])
                    size = np.int64(energy[k, i, j, 0]) + energy[k, i, j, 1] if done else np.int64(0)
                    live = code_flag(s, buf, live, 9, kind, energy, k, a, b, i, j, size, moves, 0, prob, count, rate, idx,
                                       weight, stretch, squash)
                energy[k, i, j, 9] = live
                if done:
                    continue
            if energy[k, i, j, 9] == 0:
                continue
            way = np.int64(energy[k, i, j, BASIS])
            ctx, goes_on = set_of(kind, way), way >= bases.GOES_ON
            be, kept, gone = np.int64(0), np.int64(0), np.int64(0)
            known = np.int64(0)
            ahead = np.int64(0)
            for g in range(g0):
                be += energy[k, i, j, g]
                ahead += np.int64(energy[k, i, j + 1, g]) + energy[k, i + 1, j, g]
                known += 1 if energy[k, i, j, g] else 0
            if way:
                local_sizes(q, k, i, j, way, GROUP_START[g0], local)
            for g in range(g0, g1):
                c0, c1 = GROUP_START[g], GROUP_START[g + 1]
                some = 1
                if c1 - c0 > 1:
                    if writing:
                        some = 0
                        for c in range(c0, c1):
                            if q[k, i, j, c] != (expected(q, energy, k, i, j, c, BASIS, way) if goes_on else 0):
                                some = 1
                                break
                    some = code_flag(s, buf, some, g, ctx, energy, k, a, b, i, j, be, known, ahead, prob, count, rate, idx, weight,
                                       stretch, squash)
                size = np.int64(0)
                if some:
                    nz = np.int64(0)
                    for c in range(c0, c1):
                        must = nz == 0 and c == c1 - 1 and c1 - c0 > 1
                        want = expected(q, energy, k, i, j, c, BASIS, way) if goes_on else np.int64(0)
                        if want:
                            around = np.int64(energy[k, i, j - 1, g]) + energy[k, i - 1, j, g]
                            v = code_difference(s, buf, np.int64(q[k, i, j, c]), want, ctx, way, _ALONG[way, c], kept, gone, around,
                                                be + size, must, prob, count, rate, idx, weight, stretch, squash)
                            v = max(-LIMIT, min(LIMIT, v))
                            kept += 1 if v == want else 0
                            gone += 1 if v == 0 else 0
                        else:
                            near = local[_QUARTER[way, c]] if way else np.int64(-1)
                            v = code_value(s, buf, q[k, i, j, c], c, g, ctx, q, energy, k, a, b, i, j, be + size, ahead, nz, size, near,
                                           must, prob, count, rate, idx, more, weight, stretch, squash)
                        q[k, i, j, c] = v
                        if way:
                            local[_QUARTER[way, c]] += abs(v)
                        if v != want:
                            nz += 1
                            size += abs(v - want)
                elif goes_on:
                    for c in range(c0, c1):
                        q[k, i, j, c] = expected(q, energy, k, i, j, c, BASIS, way)
                energy[k, i, j, g] = min(size, 255)
                be += min(size, 255)
                known += 1 if size else 0
    return


@njit(**FLAGS)
def dc_delta(q, k, sign, whole):
    """Replace the three lowest coefficients of slot k by their difference from what is expected (sign = 1), or undo it (sign = -1).

    whole: the slice starts anew, its mean is flat, and the median edge predictor expects. Else only what the blocks to the left and
    above have in common is expected: the smaller of the two where their signs agree."""
    h, w = q.shape[1] - 2, q.shape[2] - 2
    true = np.zeros((h + 1, w + 1), np.int64)
    for c in range(3):
        for i in range(h):
            for j in range(w):
                left, top, corner = true[i + 1, j], true[i, j + 1], true[i, j]
                if not whole:
                    pred = min(left, top) if left > 0 and top > 0 else max(left, top) if left < 0 and top < 0 else 0
                elif i == 0:
                    pred = left
                elif j == 0:
                    pred = top
                else:
                    lo, hi = min(left, top), max(left, top)
                    pred = lo if corner >= hi else hi if corner <= lo else left + top - corner
                v = np.int64(q[k, i + 1, j + 1, c])
                true[i + 1, j + 1] = v if sign > 0 else max(-LIMIT, min(LIMIT, v + pred))
                q[k, i + 1, j + 1, c] = max(-LIMIT, min(LIMIT, v - pred)) if sign > 0 else true[i + 1, j + 1]
