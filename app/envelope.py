"""Long series at the width of a screen: least and largest value of every run of samples, ready at several lengths. No Qt.

A peak of one sample among millions stays on screen at every scale, and drawing costs the same whatever the length.
"""
from __future__ import annotations

import numpy as np

FACTOR = 4


class Envelope:
    """Of `values` `[n]` of any type; NaN are gaps."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self._levels: list[tuple[np.ndarray, np.ndarray]] = []
        low = high = values
        while len(low) > 128:
            low, high = _reduced(low, np.fmin), _reduced(high, np.fmax)
            self._levels.append((low, high))
        self.low, self.high = _range(low, high)

    def draw(self, a: int, b: int, most: int = 4000) -> tuple[np.ndarray, np.ndarray]:
        """(places, values) of a line through samples `a <= i < b` with at most about `2 * most` points: the samples themselves where
        they are few, else the least and the largest of each run, at its middle."""
        a, b = max(0, a), min(len(self.values), b)
        if b <= a:
            return np.zeros(0), np.zeros(0)
        k, size = 0, 1
        while k < len(self._levels) and (b - a) / size > most:
            k, size = k + 1, size * FACTOR
        if k == 0:
            return np.arange(a, b, dtype=np.float64), self.values[a:b].astype(np.float64)
        low, high = self._levels[k - 1]
        first, last = a // size, -(-b // size)
        places = np.minimum((np.arange(first, last) + 0.5) * size, len(self.values) - 1)
        values = np.empty(2 * len(places))
        values[0::2], values[1::2] = low[first:last], high[first:last]
        return np.repeat(places, 2), values


def _reduced(values: np.ndarray, take: np.ufunc) -> np.ndarray:
    return take.reduceat(values, np.arange(0, len(values), FACTOR))


def _range(low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """Of what is finite; (0, 0) when nothing is."""
    low, high = low[np.isfinite(low)], high[np.isfinite(high)]
    return (float(low.min()), float(high.max())) if len(low) and len(high) else (0.0, 0.0)
