"""Weights of the network's patterns: those that bring a window nearest to the source, for what they cost.

The error of a restored tile is a quadratic form of the weights. Its sums are gathered tile by tile; what remains is a choice among whole
numbers of 1/UNIT that looks at no pixel: weights that are best for all tiles, then for those that the last ones helped, for the others
will be left as they are. Luma has weights of its own, both chroma planes share theirs.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from engine.entropy import weights as entropy
from engine.entropy.coder import code_plain
from engine.entropy.weights import MOST, code_weight, refined

UNIT = 16        # a weight of one
LUMA, CHROMA = 0, 1
_CLEARLY = 1.1   # times what comes without the network must come with it: it takes five times as long
_ROUNDS = 4      # of choosing for those tiles that gain
_COUNT = 5       # bits that say how many weights follow


@dataclass(frozen=True, eq=False)
class Sums:
    """By tile and plane kind: error - 2 b.w + w.A.w is the squared error, in grey steps, under weights w. a float64 `[M, 2, K, K]`,
    b `[M, 2, K]`, error `[M, 2]`."""

    a: np.ndarray
    b: np.ndarray
    error: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[Sums]) -> Sums:
        return cls(*(np.concatenate(x) for x in ([p.a for p in parts], [p.b for p in parts], [p.error for p in parts])))

    def gains(self, weights: np.ndarray) -> np.ndarray:
        """What the squared error falls by under weights `[2, K]` (whole numbers), `[M, 2]`."""
        w = weights / UNIT
        return 2 * np.einsum("mpi,pi->mp", self.b, w) - np.einsum("pi,mpij,pj->mp", w, self.a, w, optimize=True)


def bits(weights: np.ndarray) -> float:
    """What one plane kind's weights `[K]` cost."""
    return _COUNT + entropy.bits(weights)


def choose(sums: Sums, price: float, least: float = 0.0, before: np.ndarray | None = None, cheap: int = 0) -> np.ndarray:
    """Weights int8 `[2, K]` at which error and bits are least, a bit at `price` of luma's squared error; nought where they gain less than
    `least` bits cost. before: weights that need no bits. cheap: so many patterns come first that take little time; the others must gain
    clearly more. Both planes of colour together weigh a third of luma, as in mean decibels."""
    total = sums.error.sum(0)
    worth = np.array([1.0, total[LUMA] / max(3 * total[CHROMA], 1e-9)])
    best, most = np.zeros(sums.b.shape[1:], np.int8), price * least
    for count in sorted({cheap, sums.b.shape[-1]} - {0}):
        for weights, gained in _tried(sums, price, worth, count, before):
            if gained > most * (_CLEARLY if weights[:, cheap:].any() and best.any() and not best[:, cheap:].any() else 1):
                best, most = weights, gained
    return best


def _tried(sums: Sums, price: float, worth: np.ndarray, count: int, before: np.ndarray | None) -> Iterator[tuple[np.ndarray, float]]:
    """(weights `[2, K]`, what they gain less what their bits cost), with weights on the first `count` patterns only."""
    if before is not None and not before[:, count:].any():
        gains = sums.gains(before)
        yield before, float((gains[gains.sum(1) > 0] @ worth).sum())
    helped = np.ones(len(sums.b), bool)
    for _ in range(_ROUNDS):
        a, b = sums.a[helped, :, :count, :count].sum(0) / UNIT**2, sums.b[helped, :, :count].sum(0) / UNIT
        weights = np.zeros(sums.b.shape[1:], np.int8)
        for p in (LUMA, CHROMA):
            weights[p, :count] = _choose(a[p], b[p], price / max(float(worth[p]), 1e-9))
        gains = sums.gains(weights)
        now = gains.sum(1) > 0
        yield weights, float((gains[now] @ worth).sum()) - price * sum(bits(w) for w in weights)
        if not now.any() or np.array_equal(now, helped):
            break
        helped = now


def _choose(a: np.ndarray, b: np.ndarray, price: float) -> np.ndarray:
    """Starts from rounded least squares of all patterns and of as many as help most, then moves one weight at a time."""
    count = len(b)
    scale = np.trace(a) / count
    best = np.zeros(count, np.int64)
    if not scale > 0:
        return best.astype(np.int8)

    def cost(z: np.ndarray) -> float:
        return float(z @ a @ z - 2 * b @ z) + price * bits(z)

    least, chosen = cost(best), list(range(count))
    while chosen:
        at = np.ix_(chosen, chosen)
        exact = np.linalg.solve(a[at] + 1e-6 * scale * np.eye(len(chosen)), b[chosen])
        other = np.zeros(count, np.int64)
        other[chosen] = np.clip(np.rint(exact), -MOST, MOST)
        if (c := cost(other)) < least:
            best, least = other, c
        loss = exact**2 / np.maximum(np.diag(np.linalg.pinv(a[at])), 1e-30)  # what the error grows by without one of them
        chosen.pop(int(loss.argmin()))
    return refined(best, cost, 3)


@njit(inline="always")
def code_run(s: np.ndarray, buf: np.ndarray, weights: np.ndarray) -> None:
    """Writes weights int64 `[K]`, or reads them into it; what is behind the last that is not nought takes nothing."""
    count = 0
    for n in range(weights.shape[0]):
        count = n + 1 if weights[n] != 0 else count
    count = min(code_plain(s, buf, count, _COUNT), weights.shape[0])
    for n in range(weights.shape[0]):
        weights[n] = 0 if n >= count else code_weight(s, buf, weights[n])


@njit(inline="always")
def code_weights(s: np.ndarray, buf: np.ndarray, weights: np.ndarray) -> None:
    """Writes weights int64 `[2, K]`, or reads them into it; a plane kind ends with its last that is not nought."""
    for p in range(2):
        code_run(s, buf, weights[p])
