"""What the writer, who knows the truth, says of windows: the weights of the network's patterns, and one bit per tile, restore or leave.

Payload, of 1 to 8 windows that follow each other: byte 0: how many. Then one run of the arithmetic coder, window by window: three plain
bits, frames - 1; one, whether anything is restored. If so: one, whether the weights are those of the last window that had any, else the
weights of luma and of chroma; one, whether every tile is restored, else a bit for each by picture, row and column. Their context: the
tile above, the one to the left, the same tile of the picture before (missing ones count as restored). A few bytes a window.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from engine.api import LzcError
from engine.correlation.model import CorrelationModel
from engine.correlation.organiser import TileSet
from engine.correlation.restorer import TILE, Recorded, Restored, fit, organised, restore, tiles
from engine.correlation.weights import bits, code_weights
from engine.entropy.coder import FLAGS, code_one, code_plain, finish, reader, writer
from engine.entropy.logistic import RATE

MOST_PICTURES = 8
MOST_WINDOWS = 8  # of one payload
BIT = 1.1         # of the squared step: squared error of luma for which the codec pays a bit, from the slope of its own curve
_MARGIN = 0.005   # share of a tile's error that restoration must win: another machine's rounding must not turn a gain into a loss
_SHARE = 3        # bytes of a window's share in what the container takes
_LONELY = 0.5     # bits that a tile costs for each of its six neighbours that is not like it
Said = tuple[np.ndarray, np.ndarray]  # (bool `[T, rows, columns]`: is the tile restored, weights int8 `[2, patterns]`) of a window
_LIMIT = 60       # decisions after which a context stops slowing down


@njit(**FLAGS)
def _code(s: np.ndarray, buf: np.ndarray, counts: np.ndarray, weights: np.ndarray, keep: np.ndarray, rate: np.ndarray) -> None:
    """counts int64 `[windows]`, weights int64 `[windows, 2, K]`, keep int64 `[8 * windows, rows, columns]`, the pictures that are there
    first: written, or read into."""
    prob, count = np.full(8, 52000, np.int64), np.zeros(8, np.int64)
    first, last = 0, -1
    for w in range(counts.shape[0]):
        counts[w] = 1 + code_plain(s, buf, counts[w] - 1, 3)
        part = keep[first:first + counts[w]]
        some = code_plain(s, buf, 1 if np.any(part) else 0, 1)
        if some:
            same = code_plain(s, buf, 1 if last >= 0 and np.all(weights[w] == weights[last]) else 0, 1)
            if same and last >= 0:
                weights[w] = weights[last]
            else:
                code_weights(s, buf, weights[w])
            last = w
        every = code_plain(s, buf, 1 if np.all(part) else 0, 1) if some else 0
        for t in range(first, first + counts[w]):
            for r in range(keep.shape[1]):
                for c in range(keep.shape[2]):
                    if not some or every:
                        keep[t, r, c] = every
                        continue
                    above = keep[t, r - 1, c] if r else 1
                    left = keep[t, r, c - 1] if c else 1
                    before = keep[t - 1, r, c] if t else 1
                    keep[t, r, c] = code_one(s, buf, keep[t, r, c], prob, count, above + 2 * left + 4 * before, _LIMIT, rate)
        first += counts[w]


def pack(windows: Sequence[Said]) -> bytes:
    """Bytes of 1 to 8 windows: each bool `[T, rows, columns]`, T 1..8, and weights int8 `[2, K]`, K at most 31."""
    counts, weights = np.array([len(k) for k, _ in windows], np.int64), np.stack([w for _, w in windows]).astype(np.int64)
    keep = np.concatenate([k & w.any() for k, w in windows]).astype(np.int64)
    s, buf = writer(256 + 4 * weights.size + keep.size)
    _code(s, buf, counts, weights, keep, RATE)
    return bytes([len(windows)]) + finish(s, buf)


def unpack(data: bytes, height: int, width: int, patterns: int) -> list[Said]:
    """(bits, weights int8 `[2, patterns]`) of every window, for pictures of a size. LzcError when the payload makes no sense."""
    count = data[0] if data else 0
    if not 1 <= count <= MOST_WINDOWS:
        raise LzcError("the bits that say which tiles to restore are damaged")
    counts, weights = np.zeros(count, np.int64), np.zeros((count, 2, patterns), np.int64)
    keep = np.zeros((MOST_PICTURES * count, *tiles(height, width)), np.int64)
    s, buf = reader(data[1:])
    _code(s, buf, counts, weights, keep, RATE)
    ends = np.cumsum(counts)
    return [(keep[e - n:e].astype(bool), w.astype(np.int8)) for e, n, w in zip(ends, counts, weights, strict=True)]


def errors(planes: tuple[np.ndarray, ...] | list[np.ndarray], truth: tuple[np.ndarray, ...] | list[np.ndarray], top: float) -> np.ndarray:
    """Sum of squared errors of each tile, luma and chroma together, in grey steps as they will be written (rounded, 0..top)."""
    h, w = planes[0].shape
    rows, columns = tiles(h, w)
    out = np.zeros((rows, columns))
    for k, (a, b) in enumerate(zip(planes, truth, strict=True)):
        size = TILE if k == 0 else TILE // 2
        d = (np.minimum(np.rint(a), top).astype(np.float32) - b) ** 2
        d = np.pad(d, ((0, rows * size - d.shape[0]), (0, columns * size - d.shape[1])))
        out += d.reshape(rows, size, columns, size).sum((1, 3), dtype=np.float64)
    return out


def decide(recorded: Recorded, model: CorrelationModel, truth: list[list[np.ndarray]], sets: list[TileSet] | None = None,
           before: np.ndarray | None = None, learned: bool = True) -> Said:
    """What the writer sends for a window whose source planes are `truth`: nought where restoration is not worth its bytes. before: weights
    that cost nothing, of the last window in the payload that has any. learned: see `restorer.fit`."""
    sets, price = organised(recorded) if sets is None else sets, BIT * recorded.step**2
    weights = fit(recorded, model, truth, price, sets, before, learned)
    nothing = np.zeros((len(truth), *tiles(*truth[0][0].shape)), bool)
    if not weights.any():
        return nothing, weights
    was, gain = _gains(recorded, restore(recorded, model, weights, sets=sets), truth)
    keep = _worth(was, gain, price)
    luma = sum(float(np.square(np.rint(p[0]) - t[0], dtype=np.float64).sum()) for p, t in zip(recorded.pictures, truth, strict=True))
    # colour counts a third of luma, so a share of all errors is worth four thirds of the same share of luma's
    gained = float(gain[keep].sum() / max(was.sum(), 1e-9)) * luma * 4 / 3 / float(1 << (recorded.depth - 8))**2
    free = before is not None and np.array_equal(before, weights)
    size = 8 * (len(pack([(keep, weights)])) + _SHARE) - (sum(bits(w) for w in weights) if free else 0)
    return (keep, weights) if gained > size * price else (nothing, np.zeros_like(weights))


def _gains(recorded: Recorded, restored: dict[int, Restored], truth: list[list[np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """(squared errors of tiles as decoded, what they fall by) `[T, rows, columns]` in grey steps."""
    scale, top = np.float32(1 << (recorded.depth - 8)), float((1 << recorded.depth) - 1)
    was = np.stack([errors([p.astype(np.float32) for p in recorded.pictures[t]], source, top) for t, source in enumerate(truth)])
    now = np.stack([errors([p * scale for p in restored[t].planes], source, top) for t, source in enumerate(truth)])
    return was / scale**2, (was - now) / scale**2


def _worth(was: np.ndarray, gain: np.ndarray, price: float) -> np.ndarray:
    """Which tiles to restore: those that gain surely, and more than their bits cost."""
    surely = gain > was * _MARGIN
    keep = surely
    for _ in range(2 if price > 0 else 0):
        around = np.pad(np.where(keep, 1, -1), 1)
        alike = sum(np.roll(around, by, axis)[1:-1, 1:-1, 1:-1] for axis in range(3) for by in (-1, 1))
        keep = surely & (gain > -price * _LONELY * alike)
    return keep


def helps(recorded: Recorded, restored: dict[int, Restored], truth: list[list[np.ndarray]], price: float = 0.0) -> np.ndarray:
    """bool `[T, rows, columns]`: which tiles restoration brings closer to `truth` (source planes, stored values of the same depth), by
    more than their bits cost at `price` of squared error in grey steps."""
    return _worth(*_gains(recorded, restored, truth), price)
