"""The writer's side of `fitted`: which filters bring what is shown nearest to the source, for what they cost.

The error of a filtered picture is a quadratic form of the filter's weights. Its sums are gathered once, for a slice type of a chunk and a
tile; what remains is a choice among integers that looks at no pixel.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from engine.entropy.weights import MOST, refined
from engine.lorentzian import fitted
from engine.lorentzian.fitted import CHROMA, DOWN, LUMA, PARTS, RIGHT, TAPS, UNIT
from engine.lorentzian.patches import FAST
from engine.lorentzian.rangecoder import U
from engine.lorentzian.schedule import Slice, lagrangian
from engine.lorentzian.workers import map_slices

EVERY = (4, 2, 1)  # by depth of search: one row in so many is looked at
WORTH = 3.5        # lagrangian of what is shown over that of the base step: slices have coarser ones, and a filter goes on after its chunk
_RUN = 128         # pixels of a row at a time
Tile = tuple[int, int, int, int]


@dataclass
class Sums:
    """error - 2 b.t + t.A.t is the squared error under taps t: A float64 `[TAPS, TAPS]`, b `[TAPS]`."""

    a: np.ndarray
    b: np.ndarray
    error: float

    @classmethod
    def none(cls) -> Sums:
        return cls(np.zeros((TAPS, TAPS)), np.zeros(TAPS), 0.0)

    def add(self, other: Sums) -> None:
        self.a += other.a
        self.b += other.b
        self.error += other.error


@njit(**FAST)
def _gather(e, source, top, left, height, width, every, limit, sums):
    """sums float64 `[TAPS + 1, TAPS + 1]` += products of what each tap sees and of the error (last), over a rectangle of e `[H + 6, W + 6]`
    and of source `[H, W]`, every so many rows."""
    taps = sums.shape[0] - 1
    f = np.zeros((taps + 1, _RUN), np.float32)
    for i in range(top, top + height, every):
        y = i + 3
        for start in range(left, left + width, _RUN):
            run = min(_RUN, left + width - start)
            if run < _RUN:
                f[:] = 0
            for j in range(run):
                f[U(taps), U(j)] = source[U(i), U(start + j)] - e[U(y), U(start + 3 + j)]
            for n in range(taps // 2):
                down, right, back = DOWN[n], start + 3 + RIGHT[n], start + 3 - RIGHT[n]
                for j in range(run):
                    c = e[U(y), U(start + 3 + j)]
                    a, b = e[U(y + down), U(right + j)] - c, e[U(y - down), U(back + j)] - c
                    f[U(n), U(j)] = a + b
                    f[U(n + taps // 2), U(j)] = min(max(a, -limit), limit) + min(max(b, -limit), limit)
            for n in range(taps + 1):
                for m in range(n + 1):
                    total = np.float32(0)
                    for j in range(_RUN):
                        total += f[U(n), U(j)] * f[U(m), U(j)]
                    sums[n, m] += total


def gather(e: np.ndarray, source: np.ndarray, tile: Tile, limit: np.float32, every: int = 1) -> Sums:
    """Over a tile (y, x, h, w) of a decoded plane e `[H + 6, W + 6]` as `fitted.surrounded` makes it; what lies outside source `[h, w]`
    does not count."""
    y, x, h, w = tile
    h, w = min(h, source.shape[0] - y), min(w, source.shape[1] - x)
    sums = np.zeros((TAPS + 1, TAPS + 1))
    if h > 0 and w > 0:
        _gather(e, np.ascontiguousarray(source, np.float32), y, x, h, w, every, limit, sums)
    sums *= every
    whole = sums + np.tril(sums, -1).T
    return Sums(whole[:TAPS, :TAPS], whole[TAPS, :TAPS], float(sums[TAPS, TAPS]))


def choose(sums: Sums, patterns: np.ndarray, before: np.ndarray, price: float) -> np.ndarray:
    """Weights int8 `[PARTS]` at which error and bits, a bit at `price` of squared error, are least; `before`: those that cost nothing.

    Starts from the rounded least squares of as many patterns as pay, and moves one weight at a time to zero or next to where it is as long
    as that helps.
    """
    p = patterns.astype(np.float64) / (UNIT * fitted.SCALE)
    a, b = p @ sums.a @ p.T, p @ sums.b
    scale = np.trace(a) / len(a)
    if not scale > 0:
        return before  # no tap sees anything

    def cost(z: np.ndarray) -> float:
        return float(z @ a @ z - 2 * b @ z) + price * (1.0 if np.array_equal(z, before) else fitted.bits(z))

    best, least = before.astype(np.int64), cost(before)
    for n in range(PARTS + 1):
        other = np.zeros(PARTS, np.int64)
        other[:n] = np.clip(np.rint(np.linalg.solve(a[:n, :n] + 1e-6 * scale * np.eye(n), b[:n])), -MOST, MOST)
        if (c := cost(other)) < least:
            best, least = other, c
    if np.array_equal(best, before):
        return before
    return refined(best, cost, 2)


def fit(order: tuple[Slice, ...], frames: list[list[np.ndarray]], decoded: dict[int, list[np.ndarray]], tiles: list[Tile],
        before: list[np.ndarray], patterns: np.ndarray, limits: dict[int, np.float32], quality: int, depth: int) -> list[np.ndarray]:
    """Weights int8 `[TYPES, 2, PARTS]` of each tile for the slices of a chunk; `before`: those of the chunk before.

    frames and decoded (padded) planes (Y, U, V) by time; limits by slice type; depth of search 0 to 2.
    """
    def seen(s: Slice) -> list[list[Sums]]:
        out = [[Sums.none(), Sums.none()] for _ in tiles]
        for n, (plane, source) in enumerate(zip(decoded[s.time], frames[s.time], strict=True)):
            e, k = fitted.surrounded(plane), 1 if n == 0 else 2
            for sums, tile in zip(out, tiles, strict=True):
                y, x, h, w = (v // k for v in tile)
                sums[LUMA if n == 0 else CHROMA].add(gather(e, source, (y, x, h, w), limits[s.kind], EVERY[depth]))
        return out

    weights = [z.copy() for z in before]
    made = map_slices(seen, order)
    for kind in {s.kind for s in order}:
        for n, z in enumerate(weights):
            luma, chroma = Sums.none(), Sums.none()
            for s, sums in zip(order, made, strict=True):
                if s.kind == kind:
                    luma.add(sums[n][LUMA])
                    chroma.add(sums[n][CHROMA])
            price = WORTH * lagrangian(quality)
            z[kind, LUMA] = choose(luma, patterns[LUMA], z[kind, LUMA], price)
            # both planes of colour together weigh a third of luma in the mean decibels
            z[kind, CHROMA] = choose(chroma, patterns[CHROMA], z[kind, CHROMA], 3 * price * chroma.error / max(luma.error, 1e-9))
    return weights


__all__ = ["Sums", "choose", "fit", "gather"]
