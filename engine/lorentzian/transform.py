"""The fixed part of the autoencoder: orthonormal 8x8 (luma) and 4x4 (chroma) transforms, and the order of their channels.

A padded picture (height and width multiples of 16) becomes a tensor `[96, H/8, W/8]`: 64 luma, 16 U and 16 V coefficients per
8x8 luma block, ordered so that a prefix of the channels is a smaller picture:

    level 3  channels  0..2    1/8 size   Y(0,0) U(0,0) V(0,0)
    level 2  channels  3..5    1/4 size   Y up to 2x2
    level 1  channels  6..23   1/2 size   Y up to 4x4, U and V up to 2x2
    level 0  channels 24..95   full size  the rest

Channel order and the meaning of a level follow scaled JPEG decoding: the k x k lowest coefficients of an 8x8 block, divided by
8/k, are the k x k orthonormal transform of the block reduced by 8/k.
"""
from __future__ import annotations

import numpy as np

LEVELS = 4
CHANNELS = 96
LEVEL_END = (96, 24, 6, 3)  # channels known once a level is decoded


def dct_matrix(n: int) -> np.ndarray:
    """Orthonormal DCT-II, `[n, n]` float64, rows are basis functions."""
    k = np.arange(n)[:, None]
    m = np.sqrt(2 / n) * np.cos(np.pi * (2 * np.arange(n)[None] + 1) * k / (2 * n))
    m[0] /= np.sqrt(2)
    return m


def _level_of(plane: int, u: int, v: int) -> int:
    m = max(u, v)
    if plane == 0:
        return 3 if m == 0 else 2 if m < 2 else 1 if m < 4 else 0
    return 3 if m == 0 else 1 if m < 2 else 0


def _group_of(plane: int, u: int, v: int) -> int:
    level = _level_of(plane, u, v)
    if plane:
        return {3: 1, 1: 4, 0: 8}[level]
    if level:
        return {3: 0, 2: 2, 1: 3}[level]
    return 5 if v < 4 else 6 if u < 4 else 7


def _order() -> list[tuple[int, int, int]]:
    """(plane, vertical frequency, horizontal frequency) of each channel."""
    every = [(0, u, v) for u in range(8) for v in range(8)] + [(p, u, v) for p in (1, 2) for u in range(4) for v in range(4)]
    return sorted(every, key=lambda c: (-_level_of(*c), _group_of(*c), c[1] + c[2], c[0], c[1]))


ORDER = _order()
GROUPS = 9  # coefficients of one group share a "something here" flag per block
GROUP = np.array([_group_of(*c) for c in ORDER], np.int32)
GROUP_START = np.array([int(np.argmax(GROUP == g)) for g in range(GROUPS)] + [CHANNELS], np.int32)
# In-block neighbours of lower frequency: channels of (u-1, v), (u, v-1), (u-1, v-1), or CHANNELS (a channel that is always 0).
_where = {c: i for i, c in enumerate(ORDER)}
LOWER = np.array([[_where.get((p, u - 1, v), CHANNELS), _where.get((p, u, v - 1), CHANNELS), _where.get((p, u - 1, v - 1), CHANNELS)]
                  for p, u, v in ORDER], np.int32)
# Channels whose sign tells something of the sign here: two frequencies lower (luma), the same frequency of the other planes (chroma).
PARTNER = np.array([[_where.get((p, u - 2, v), CHANNELS), _where.get((p, u, v - 2), CHANNELS)] if p == 0 else
                    [_where[(0, u, v)], _where[(1, u, v)] if p == 2 else CHANNELS] for p, u, v in ORDER], np.int32)
IS_CHROMA = np.array([p > 0 for p, _, _ in ORDER])

_D8 = dct_matrix(8)
_D4 = dct_matrix(4)
_Y_IDX = np.array([_where[(0, u, v)] for u in range(8) for v in range(8)])
_U_IDX = np.array([_where[(1, u, v)] for u in range(4) for v in range(4)])
_V_IDX = np.array([_where[(2, u, v)] for u in range(4) for v in range(4)])


def basis(n: int) -> np.ndarray:
    """`[n*n, n*n]` float32: row u*n+v is the separable basis picture of frequency (u, v), flattened."""
    d = {8: _D8, 4: _D4}.get(n)
    d = dct_matrix(n) if d is None else d
    return np.einsum("ui,vj->uvij", d, d).reshape(n * n, n * n).astype(np.float32)


def plane_index(plane: int, size: int) -> np.ndarray:
    """Channel numbers of the `size` x `size` lowest coefficients of a plane (0 Y, 1 U, 2 V), row-major in (u, v)."""
    return np.array([_where[(plane, u, v)] for u in range(size) for v in range(size)])


def pad_size(width: int, height: int) -> tuple[int, int]:
    """Padded (width, height): multiples of 16, at least 16."""
    return max(16, -(-width // 16) * 16), max(16, -(-height // 16) * 16)
