"""Which channel helps which: an order of coding and up to three parents each, from the measured correlation of their changes."""
from __future__ import annotations

import numpy as np

from engine.hierarchical.walk import PARENTS

_MANY = 48            # more channels than this are taken to be bands in order
_SAMPLE = 20000
_LEAST = 0.04         # below this a parent is noise to the least squares


def organise(q: np.ndarray, normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(order `[C]`: which channel is coded at each place; parents `[C, 3]`: earlier places or -1) of q `[C, Y, X]`."""
    channels = q.shape[0]
    if channels > _MANY:
        parents = np.arange(channels)[:, None] - 1 - np.arange(PARENTS)[None]
        return np.arange(channels), np.where(parents >= 0, parents, -1)
    close = correlation(q, normal)
    order = [int(np.argmax(close.sum(0)))]
    while len(order) < channels:
        left = [c for c in range(channels) if c not in order]
        order.append(max(left, key=lambda c: float(close[c, order].max())))
    parents = np.full((channels, PARENTS), -1, np.int64)
    for place in range(1, channels):
        tied = sorted(range(place), key=lambda p: -float(close[order[place], order[p]]))[:PARENTS]
        tied = [p for p in tied if close[order[place], order[p]] >= _LEAST]
        parents[place, :len(tied)] = tied
    return np.array(order), parents


def across(known: np.ndarray, q: np.ndarray, normal: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """`[C, 3]` parents of q `[C, Y, X]` (in coding order, with `parents` among itself) when the `known` ones stand in front of it."""
    many, channels = len(known), len(q)
    close = correlation(np.concatenate([known, q]), np.concatenate([np.ones(known.shape, bool), normal]))[many:]
    out = np.full((channels, PARENTS), -1, np.int64)
    for place in range(channels):
        own = {int(p) + many for p in parents[place] if p >= 0}
        tied = sorted({*own, *range(many)}, key=lambda p: -float(close[place, p]))
        tied = [p for p in tied if close[place, p] >= _LEAST][:PARENTS]
        out[place, :len(tied)] = tied
    return out


def correlation(q: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """`[C, C]` |correlation| of changes between neighbouring samples, over those present in both; 0 on the diagonal."""
    channels = q.shape[0]
    flat = q.reshape(channels, -1)
    there = normal.reshape(channels, -1)
    step = max(1, flat.shape[1] // _SAMPLE)
    pairs = np.arange(0, max(0, flat.shape[1] - 1), step)
    change = (flat[:, pairs + 1] - flat[:, pairs]).astype(np.float64) if len(pairs) else np.zeros((channels, 1))
    both = there[:, pairs + 1] & there[:, pairs] if len(pairs) else np.zeros((channels, 1), bool)
    change = np.where(both, np.clip(change, -2.0 ** 40, 2.0 ** 40), 0)
    size = np.sqrt((change ** 2).sum(1))
    close = np.abs(change @ change.T) / np.maximum(np.outer(size, size), 1e-9)
    np.fill_diagonal(close, 0)
    return close
