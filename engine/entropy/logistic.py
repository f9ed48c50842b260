"""The logistic curve in whole numbers, so that every machine has the same one.

`SQUASH[x + 2048]` is 65536 / (1 + exp(-x / 256)) for -2048 <= x < 2048, made by interpolating 33 written-down points;
`STRETCH[p >> 4]` is its inverse, found by searching the first table. No floating point anywhere.
"""
from __future__ import annotations

import numpy as np

# 65536 / (1 + exp(-x / 256)) at x = -2048, -1920, ..., 2048, rounded; part of the format, never computed anew
_POINTS = (22, 36, 60, 98, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11954, 17625, 24743, 32768, 40793, 47911, 53582, 57724, 60565,
           62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438, 65476, 65500, 65514)


def _squash() -> np.ndarray:
    x = np.arange(4096)
    low, part = x >> 7, x & 127
    points = np.array(_POINTS, np.int64)
    return (points[low] * (128 - part) + points[low + 1] * part + 64) >> 7


def _stretch(squash: np.ndarray) -> np.ndarray:
    middle = np.arange(4096) * 16 + 8
    return np.clip(np.searchsorted(squash, middle), 1, 4095).astype(np.int64) - 2048


# as small as they go: together they stay in the fastest memory of a processor
SQUASH = _squash().astype(np.uint16)
STRETCH = _stretch(SQUASH).astype(np.int16)
# RATE[n] = 65536 / (n + 1.5): how far a context that has seen n decisions moves towards the next one
RATE = np.array([131072 // (2 * n + 3) for n in range(1024)], np.uint16)
