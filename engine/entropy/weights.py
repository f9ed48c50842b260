"""Small whole numbers that weigh patterns: their code, what it costs, and the choice that is cheapest.

Filters of what is shown and patterns of restoration are both sums under weights that who writes a file has chosen.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from engine.entropy.coder import code_plain

MOST = 127   # largest weight
_ORDER = 2   # of the exponential Golomb code
_LONGEST = 5  # ones that its exponent has at most


@njit(inline="always")
def code_weight(s: np.ndarray, buf: np.ndarray, value: Any) -> Any:
    """Write or read a weight of -MOST to MOST: an exponential Golomb code of order two, and a sign."""
    size, more = abs(value) + (1 << _ORDER), 0
    while (size >> (more + _ORDER + 1)) > 0:
        more += 1
    got = 0
    while got < _LONGEST and code_plain(s, buf, 1 if got < more else 0, 1):
        got += 1
    size = min((1 << (got + _ORDER)) + code_plain(s, buf, size & ((1 << (got + _ORDER)) - 1), got + _ORDER) - (1 << _ORDER), MOST)
    return -size if size and code_plain(s, buf, 1 if value < 0 else 0, 1) else size


def bits(weights: np.ndarray) -> float:
    """What weights cost up to the last that is not nought; their count is not in it."""
    used = np.flatnonzero(weights)
    if not used.size:
        return 0.0
    size = np.abs(weights[:used[-1] + 1].astype(np.int64))
    return float((2 * np.floor(np.log2(size + (1 << _ORDER))) - 1 + (size > 0)).sum())


def refined(best: np.ndarray, cost: Callable[[np.ndarray], float], rounds: int) -> np.ndarray:
    """int8 weights that cost no more than `best` int64: one at a time goes to nought or next to where it is as long as that helps."""
    least = cost(best)
    for _ in range(rounds):
        for n in range(len(best))[::-1]:
            for to in {0, int(best[n]) - 1, int(best[n]) + 1} - {int(best[n])}:
                if abs(to) <= MOST:
                    other = best.copy()
                    other[n] = to
                    if (c := cost(other)) < least:
                        best, least = other, c
    return best.astype(np.int8)
