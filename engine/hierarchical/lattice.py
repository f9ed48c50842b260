"""The order in which a lattice of samples is coded: coarse to fine, every finer sample between samples that are already known.

A lattice is `[Y, X]` samples (Y = 1 for a series), each with C channels. The coarsest level is every `2^k`-th sample in both
directions; each following step halves the distance along one axis. A level is a run of steps, so any prefix of levels leaves a
regular, coarser lattice. `Step.near` lists the neighbours that are known when a sample of this step is reached, nearest first.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAR = 10            # neighbours looked at, at most
LEVELS = 4           # stored levels of hierarchy
OUTER = 6            # the coarsest lattice of a series has a stride of 2^OUTER; of a picture 2^(OUTER - 2)


@dataclass(frozen=True)
class Step:
    """Samples (y0 + i * dy, x0 + j * dx). `kind`: 0 coarsest lattice, 1 between left and right, 2 between above and below."""

    kind: int
    stride: int
    y0: int
    dy: int
    x0: int
    dx: int
    near: tuple[tuple[int, int], ...]


def plan(height: int, width: int, depth: int | None = None) -> list[list[Step]]:
    """Steps of each level, coarsest level first; `depth` halvings (0: one level, in plain order)."""
    flat = height == 1
    if depth is None:
        depth = OUTER if flat else OUTER - 2
    while depth and (1 << depth) >= max(width, height):
        depth -= 1
    s = 1 << depth
    levels: list[list[Step]] = [[_first(s, flat)]]
    # the halvings are shared out so that the finest level is one halving and the coarser ones take the rest
    bounds = _bounds(depth)
    for low, high in bounds:
        steps = []
        for k in range(high, low, -1):
            s = 1 << k
            h = s >> 1
            if not flat:
                steps.append(Step(2, h, h, s, 0, s, ((-h, 0), (h, 0), (0, -s), (-h, -s), (h, s), (-h, s), (h, -s), (-s, 0),
                                                     (-3 * h, 0), (3 * h, 0))))
                steps.append(Step(1, h, 0, h, h, s, ((0, -h), (0, h), (-h, 0), (h, -h), (-h, h), (h, h), (-h, -h), (0, -s),
                                                     (0, -3 * h), (0, 3 * h))))
            else:
                steps.append(Step(1, h, 0, 1, h, s, ((0, -h), (0, h), (0, -s), (0, 3 * h), (0, -3 * h), (0, -2 * s), (0, 5 * h),
                                                     (0, -5 * h))))
        levels.append(steps)
    return levels


def _first(s: int, flat: bool) -> Step:
    near = tuple((0, -s * i) for i in range(1, 9)) if flat else (
        (0, -s), (-s, 0), (-s, -s), (-s, s), (0, -2 * s), (-2 * s, 0), (-2 * s, s), (-s, 2 * s), (-2 * s, -s), (-s, -2 * s))
    return Step(0, s, 0, 1 if flat else s, 0, s, near)


def _bounds(depth: int) -> list[tuple[int, int]]:
    """Halvings (low, high] of each finer level: the finest level one halving, the next one, the rest together."""
    if depth == 0:
        return []
    if depth == 1:
        return [(0, 1)]
    if depth == 2:
        return [(1, 2), (0, 1)]
    return [(2, depth), (1, 2), (0, 1)]


def as_arrays(steps: list[Step]) -> tuple[np.ndarray, np.ndarray]:
    """(`[n, 8]`: kind, log2 stride, y0, dy, x0, dx, neighbours, 0; `[n, NEAR, 2]`: dy, dx of each) for the compiled walk."""
    rows = np.zeros((len(steps), 8), np.int64)
    near = np.zeros((len(steps), NEAR, 2), np.int64)
    for i, t in enumerate(steps):
        rows[i] = t.kind, t.stride.bit_length() - 1, t.y0, t.dy, t.x0, t.dx, len(t.near), 0
        near[i, :len(t.near)] = t.near
    return rows, near
