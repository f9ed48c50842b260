"""Blocks with a basis of their own that go on from the block to the left or above (`bases.py`): what is expected of their symbols, and the
coding of what differs from it.

Contexts lie where those of motion are in the sets of other blocks: blocks with a basis of their own have none.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian import tables as T
from engine.lorentzian.bases import FROM, FROM_ABOVE, GOES_ON, INNER
from engine.lorentzian.rangecoder import FLAGS, code_large, code_mixed, code_one

_CTX, _ROWS = T.CONTEXTS, T.ROWS
WAY = T.MV            # whether a block goes on from another; from which
SAME = WAY + 64       # as expected: frequency x how it was so far; size expected x direction, basis; energy around
GONE = SAME + 192     # else nothing at all: how it was so far x size expected; frequency x size expected
MORE = GONE + 96      # else which way, how far
SAME_ROW, GONE_ROW = 50, 51
UNARY = 14            # differences from here on have an exponent and a remainder
_SIZE = np.array([0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7], np.int64)


@njit(inline="always")
def same_basis(one, other):
    """Whether two ways, of which `other` is not the usual one, are of the same basis."""
    return one != 0 and (one + other) % 2 == 0


@njit(inline="always")
def expected(q, energy, k, i, j, c, basis, way):
    """What symbol c is expected to be in a block that goes on, of which all symbols before are known."""
    own = FROM[way, c]
    if INNER[way, c]:
        return np.int64(q[k, i, j, own])
    y, x = (i, j - 1) if way < FROM_ABOVE else (i - 1, j)
    there = np.int64(energy[k, y, x, basis])
    return np.int64(q[k, y, x, own]) if same_basis(there, way) else np.int64(0)


@njit(inline="always")
def same_contexts(ctx, way, along, kept, gone, size, around, be, idx):
    """Fill idx[0..3) for 'as expected'. kept, gone: how many of the block's were so, or were nothing; size: of what is expected."""
    base = ctx * _CTX + SAME
    idx[0] = base + along * 9 + min(kept, 2) * 3 + min(gone, 2)
    idx[1] = base + 72 + (way - GOES_ON) * 8 + _SIZE[min(size, 16)]
    idx[2] = base + 104 + (0 if around == 0 else 1 if around < 3 else 2 if around < 10 else 3) * 8 + (
        0 if be == 0 else 1 if be < 4 else 2 if be < 16 else 3) * 2 + (1 if way >= FROM_ABOVE else 0)


@njit(inline="always")
def gone_contexts(ctx, along, kept, gone, size, idx):
    """Fill idx[0..2) for 'nothing, though something was expected'."""
    base = ctx * _CTX + GONE
    some = min(size, 4) - 1
    idx[0] = base + (min(kept, 2) * 3 + min(gone, 2)) * 4 + some
    idx[1] = base + 40 + along * 4 + some


@njit(**FLAGS)
def code_difference(s, buf, value, want, ctx, way, along, kept, gone, around, be, must, prob, count, rate, idx, weight, stretch, squash):
    """A symbol of which `want`, not zero, is expected; `must` says that it is not that. Returns it."""
    size = abs(want)
    same_contexts(ctx, way, along, kept, gone, size, around, be, idx)
    row = ctx * _ROWS + SAME_ROW
    if not must and code_mixed(s, buf, 1 if value == want else 0, prob, count, rate, idx, 3, weight, row, stretch, squash):
        return want
    gone_contexts(ctx, along, kept, gone, size, idx)
    if code_mixed(s, buf, 1 if value == 0 else 0, prob, count, rate, idx, 2, weight, ctx * _ROWS + GONE_ROW, stretch, squash):
        return np.int64(0)
    base, sign = ctx * _CTX + MORE, 1 if want > 0 else -1
    more = (value - want) * sign  # above zero where it is larger than expected
    up = code_one(s, buf, 1 if more > 0 else 0, prob, count, base + min(size, 4), rate)
    more, n = abs(more), np.int64(1)
    while n < UNARY and code_one(s, buf, 1 if more > n else 0, prob, count, base + 5 + up * 16 + n, rate):
        n += 1
    if n == UNARY:
        n += code_large(s, buf, more - n + 1, prob, count, base + 40, base + 56, rate) - 1
    return want + (n if up else -n) * sign


@njit(inline="always")
def difference_bits(more):
    """Roughly what a difference of `more` costs, beyond being neither as expected nor nothing."""
    return np.float32(2) + np.float32(2) * np.log2(np.float32(more))


@njit(**FLAGS)
def code_way(s, buf, way, ctx, energy, k, i, j, basis, kind, prob, count, rate):
    """Whether and from where a block of basis `kind` goes on. Returns what `energy[..., basis]` holds."""
    left, top = np.int64(energy[k, i, j - 1, basis]), np.int64(energy[k, i - 1, j, basis])
    a = 0 if not same_basis(left, kind) else 1 if left < GOES_ON or left >= FROM_ABOVE else 2
    b = 0 if not same_basis(top, kind) else 1 if top < FROM_ABOVE else 2
    at = ctx * _CTX + WAY + (kind - 1) * 9 + a * 3 + b
    if code_one(s, buf, 1 if way >= GOES_ON else 0, prob, count, at, rate) == 0:
        return kind
    return kind + 2 + 2 * code_one(s, buf, 1 if way >= FROM_ABOVE else 0, prob, count, at + 18, rate)
