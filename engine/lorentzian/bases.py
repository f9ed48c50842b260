"""Bases of luma for sharp, local things such as text: what a block of a key slice may be coded in instead of the 8x8 cosine transform.

Each is orthonormal, and its first n x n coefficients are again a picture reduced to n x n, as those of the cosine transform are: levels,
groups and networks stay as they are. A block in such a basis is coded as its difference from what was predicted before any symbol
(nothing, in a slice that starts anew) and turned back before the networks see it.

    FOUR   four 4x4 cosine transforms, their means as a Haar transform: what stands in one quarter leaves the others alone
    HAAR   Haar transform of rows and columns: edges of two sharp levels

Slot (u, v) of a basis is coded in the channel of frequency (u, v). The mean of a block is the same in all of them.

Lines and strokes go on from block to block: besides, such a block may be coded as its difference from what goes on from its **left**
neighbour (everything that is the same along a row) or from **above** (along a column), where that one has the same basis; and four 4x4
transforms from the quarter before. All of that is a rule between symbols, in integers (`beside.py`): who turns blocks back knows
nothing of it. `energy[..., BASIS]` of `symbols` is 0, or 1 + (basis - 1) + 2 * direction.
"""
from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.lorentzian.transform import CHANNELS, LOWER, ORDER, PARTNER, basis, dct_matrix

COSINE, FOUR, HAAR = range(3)
ALONE, LEFT, ABOVE = range(3)  # directions
COUNT = 3
WAYS = 1 + 2 * 3  # the usual one, and each other basis in each direction
GOES_ON, FROM_ABOVE = 1 + 2 * LEFT, 1 + 2 * ABOVE  # first ways that go on from another block, and from the one above
_where = {c: i for i, c in enumerate(ORDER)}
LUMA = np.array([i for i, c in enumerate(ORDER) if c[0] == 0][1:])  # channels that may be turned: all of luma but the mean
SPAN = {first: int(np.searchsorted(LUMA, first)) for first in (3, 6, 24)}  # place in LUMA of a level's first channel


def _haar(n: int) -> np.ndarray:
    h = np.eye(1)
    while len(h) < n:
        h = np.concatenate([np.kron(h, [1, 1]), np.kron(np.eye(len(h)), [1, -1])]) / np.sqrt(2)
    return h


def _four(n: int) -> np.ndarray:
    """`[n, n, n * n]`: by slot (2u + a, 2v + b) the frequency (u, v) of quarter (a, b)."""
    m = n // 2
    d, h = dct_matrix(m), _haar(2)
    out = np.zeros((n, n, n, n))
    for u in range(m):
        for v in range(m):
            for a in range(2):
                for b in range(2):
                    for c in range(2):
                        for e in range(2):
                            weight = h[a, c] * h[b, e] if u == v == 0 else float((a, b) == (c, e))
                            out[2 * u + a, 2 * v + b, c * m:c * m + m, e * m:e * m + m] += weight * np.outer(d[u], d[v])
    return out.reshape(n, n, n * n)


@lru_cache(maxsize=16)
def rotation(kind: int, size: int) -> Tensor:
    """From cosine coefficients of a `size` x `size` block to those of basis `kind`, both in the order of LUMA: orthonormal, square,
    `size ** 2 - 1` wide."""
    if kind == FOUR:
        rows = _four(size)
    else:
        h = _haar(size)
        rows = np.einsum("ui,vj->uvij", h, h).reshape(size, size, -1)
    slots = [ORDER[c][1:] for c in LUMA[:size * size - 1]]
    own = np.stack([rows[u, v] for u, v in slots])
    cosine = np.stack([basis(size).astype(np.float64)[u * size + v] for u, v in slots])
    return torch.from_numpy((own @ cosine.T).astype(np.float32))


def _related() -> tuple[np.ndarray, np.ndarray]:
    """LOWER `[COUNT, 96, 3]` and PARTNER `[COUNT, 96, 2]` (see `transform`) by basis; every entry is coded before its channel."""
    lower, partner = np.stack([LOWER] * COUNT), np.stack([PARTNER] * COUNT)

    def at(u: int, v: int) -> int:
        return _where.get((0, u, v), CHANNELS)

    for c in LUMA:
        _, u, v = ORDER[c]
        lower[FOUR, c] = at(u - 2, v), at(u, v - 2), at(u - 2, v - 2)       # lower frequencies of the same quarter
        partner[FOUR, c] = at(u - u % 2, v) if u % 2 else CHANNELS, at(u, v - v % 2) if v % 2 else CHANNELS  # other quarters
        up, left = (u - 1 if u & (u - 1) else -1), (v - 1 if v & (v - 1) else -1)  # beside it, of the same size
        lower[HAAR, c] = at(up, v), at(u, left), at(u >> 1, v >> 1)
        partner[HAAR, c] = at(u >> 1, v) if u > 1 else CHANNELS, at(u, v >> 1) if v > 1 else CHANNELS  # twice as long
    return lower, partner


def of_way(way: Any) -> Any:
    """Basis of what `energy[..., BASIS]` holds, number or array."""
    return (way > 0) * (1 + (way - 1) % 2)


def _beside() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """int32 `[WAYS, 97]`: the channel that a channel goes on from (CHANNELS: none, a channel that is always zero); whether that is one of
    the block itself; and its frequency along what goes on, 1 to 7 (0: goes on from nothing)."""
    channel, own, along = np.full((WAYS, CHANNELS + 1), CHANNELS), np.zeros((WAYS, CHANNELS + 1)), np.zeros((WAYS, CHANNELS + 1))
    for c in LUMA:
        _, u, v = ORDER[c]
        for way in range(GOES_ON, WAYS):
            kind, direction = 1 + (way - 1) % 2, (way - 1) // 2
            on, across = (u, v) if direction == LEFT else (v, u)

            def at(on: int, across: int, direction: int = direction) -> int:
                return _where[(0, on, across) if direction == LEFT else (0, across, on)]

            if kind == FOUR and on > 1 and across < 2:  # the quarter before: the second one's own first, or the neighbour's second
                channel[way, c], own[way, c] = at(on, 1 - across), across
            elif across == 0:
                channel[way, c] = c
            if channel[way, c] < CHANNELS:
                along[way, c] = on
    return channel.astype(np.int32), own.astype(np.int32), along.astype(np.int32)


def _adjacent() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What lies beside a coefficient in the picture: int32 `[COUNT, 2, 97]`, the channel to the left and above; whether that is in the
    block itself; and int32 `[COUNT, 97]` the quarter of the block that a coefficient is in (4: in none)."""
    channel = np.tile(np.arange(CHANNELS + 1), (COUNT, 2, 1))
    own, quarter = np.zeros((COUNT, 2, CHANNELS + 1)), np.full((COUNT, CHANNELS + 1), 4)
    for c in LUMA:
        u, v = ORDER[c][1:]
        if max(u, v) > 1:
            quarter[FOUR, c] = u % 2 * 2 + v % 2
            for side, last in ((0, v % 2), (1, u % 2)):
                channel[FOUR, side, c], own[FOUR, side, c] = _where[(0, u, v ^ 1) if side == 0 else (0, u ^ 1, v)], last
        if min(u, v) > 1:
            quarter[HAAR, c] = 2 * _second(u) + _second(v)
        for side, n in ((0, v), (1, u)):
            if n > 1:
                first = n & (n - 1) == 0  # of its size
                there = 2 * n - 1 if first else n - 1
                channel[HAAR, side, c], own[HAAR, side, c] = _where[(0, u, there) if side == 0 else (0, there, v)], not first
    return channel.astype(np.int32), own.astype(np.int32), quarter.astype(np.int32)


def _second(n: int) -> int:
    """Whether Haar function n lies in the second half."""
    return n >> (n.bit_length() - 2) & 1


RELATED = _related()
FROM, INNER, ALONG = _beside()
ADJACENT, ADJACENT_OWN, QUARTER = _adjacent()


class Turned:
    """The blocks of one slice that have a basis of their own, while a level after the other becomes known.

    kinds `[h, w]`: number of the basis; base `[1, known, h, w]`: prediction before any symbol, as `keynet` knows it.
    """

    def __init__(self, kinds: Tensor, base: Tensor) -> None:
        self.base = base
        colour = (torch.arange(kinds.shape[0], device=kinds.device)[:, None] + torch.arange(kinds.shape[1], device=kinds.device)) % 2
        flat, colour = kinds.reshape(-1), colour.reshape(-1)
        self.places = {(k, c): torch.nonzero((flat == k) & (colour == c))[:, 0] for k in (FOUR, HAAR) for c in (0, 1)}
        self.luma = torch.from_numpy(LUMA).to(kinds.device)
        self.known = {p: base.new_zeros(len(LUMA), len(where)) for p, where in self.places.items()}  # differences, in the basis

    def _part(self, first: int, end: int) -> tuple[slice, Tensor]:
        """(places in LUMA, channels) of a level's turned channels."""
        n = self.luma[(self.luma >= first) & (self.luma < end)]
        return slice(SPAN[first], SPAN[first] + len(n)), n

    def turn(self, mean: Tensor, first: int, end: int, which: int) -> Tensor:
        """mean `[1, end - first, h, w]` -> the same, with nothing for blocks of colour `which`: what networks make of sharp
        edges is no help in another basis (turned with the block it cost a fifth of the bits of text)."""
        _, n = self._part(first, end)
        out = mean.clone()
        for (_, colour), where in self.places.items():
            if which == colour and len(where):
                _at(out, n - first, where, out.new_zeros(len(n), len(where)))
        return out

    def back(self, value: Tensor, first: int, end: int, which: int) -> None:
        """value `[1, end - first, h, w]`: decoded differences of these blocks become coefficients, as far as they follow from this level
        and coarser ones; in place."""
        rows, n = self._part(first, end)
        for (kind, colour), where in self.places.items():
            if which == colour and len(where):
                known = self.known[kind, colour]
                known[rows] = _of(value, n - first, where)
                r = rotation(kind, 8).to(value.device)[:rows.stop, rows]
                _at(value, n - first, where, _of(self.base, n, where) + r.T @ known[:rows.stop])

    def finish(self, value: Tensor, level: int) -> None:
        """value `[1, known, h, w]`: all channels of the last level that is decoded; in place."""
        size = 8 >> level
        for (kind, colour), where in self.places.items():
            if size > 1 and len(where):
                count = size * size - 1
                r = rotation(kind, size).to(value.device)
                _at(value, self.luma[:count], where, _of(self.base, self.luma[:count], where) + r.T @ self.known[kind, colour][:count])

    def target(self, value: Tensor) -> Tensor:
        """Coefficients `[1, 96, h, w]` of the source -> what is to be coded: differences in their basis for these blocks."""
        out = value.clone()
        for (kind, _), where in self.places.items():
            if len(where):
                r = rotation(kind, 8).to(value.device)
                _at(out, self.luma, where, r @ (_of(value, self.luma, where) - _of(self.base, self.luma, where)))
        return out


def _of(x: Tensor, channels: Tensor, where: Tensor) -> Tensor:
    """`[channels, places]` of `[1, c, h, w]`."""
    h, w = x.shape[2:]
    return x[0][channels[:, None], where[None] // w, where[None] % w] if h else x.new_zeros(len(channels), len(where))


def _at(x: Tensor, channels: Tensor, where: Tensor, new: Tensor) -> None:
    w = x.shape[3]
    x[0][channels[:, None], where[None] // w, where[None] % w] = new
