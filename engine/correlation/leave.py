"""One bit per tile: restore or leave. The encoder, who knows the truth, decides; coded with adaptive contexts, a few bytes a chunk.

Payload: byte 0: bits 0-3 pictures (1..8), bits 4-5 how (0 every tile is restored, 1 every tile is left, 2 bits follow), bits 6-7 are 0.
Then the bits by picture, row and column from one run of the arithmetic coder; context: the tile above, the one to the left, the same
tile of the picture before (missing ones count as restored).
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.api import LzcError
from engine.correlation.restorer import TILE, Recorded, Restored, tiles
from engine.entropy.coder import FLAGS, code_one, finish, reader, writer
from engine.entropy.logistic import RATE

ALL, NONE, SOME = 0, 1, 2
MOST_PICTURES = 8
_MARGIN = 0.005   # share of a tile's error that restoration must win: another machine's rounding must not turn a gain into a loss
_LIMIT = 60       # decisions after which a context stops slowing down


@njit(**FLAGS)
def _bits(s: np.ndarray, buf: np.ndarray, keep: np.ndarray, rate: np.ndarray) -> None:
    prob = np.full(8, 52000, np.int64)
    count = np.zeros(8, np.int64)
    for t in range(keep.shape[0]):
        for r in range(keep.shape[1]):
            for c in range(keep.shape[2]):
                above = keep[t, r - 1, c] if r else 1
                left = keep[t, r, c - 1] if c else 1
                before = keep[t - 1, r, c] if t else 1
                keep[t, r, c] = code_one(s, buf, keep[t, r, c], prob, count, above + 2 * left + 4 * before, _LIMIT, rate)


def pack(keep: np.ndarray) -> bytes:
    """Bytes of bool `[T, rows, columns]`, T 1..8."""
    if keep.all() or not keep.any():
        return bytes([len(keep) | (ALL if keep.all() else NONE) << 4])
    s, buf = writer(64 + keep.size)
    _bits(s, buf, keep.astype(np.int64), RATE)
    return bytes([len(keep) | SOME << 4]) + finish(s, buf)


def unpack(data: bytes, height: int, width: int) -> np.ndarray:
    """The bits for pictures of a size. LzcError when the payload makes no sense."""
    count, how = (data[0] & 15, data[0] >> 4) if data else (0, 0)
    if not 1 <= count <= MOST_PICTURES or how > SOME or (how != SOME and len(data) > 1):
        raise LzcError("the bits that say which tiles to restore are damaged")
    shape = (count, *tiles(height, width))
    if how != SOME:
        return np.full(shape, how == ALL)
    keep = np.zeros(shape, np.int64)
    s, buf = reader(data[1:])
    _bits(s, buf, keep, RATE)
    return keep.astype(bool)


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


def helps(recorded: Recorded, restored: dict[int, Restored], truth: list[list[np.ndarray]]) -> np.ndarray:
    """bool `[T, rows, columns]`: which tiles restoration brings closer to `truth` (source planes, stored values of the same depth)."""
    scale, top = np.float32(1 << (recorded.depth - 8)), float((1 << recorded.depth) - 1)
    out = []
    for t, source in enumerate(truth):
        before = errors([p.astype(np.float32) for p in recorded.pictures[t]], source, top)
        after = errors([p * scale for p in restored[t].planes], source, top)
        out.append(after < before * (1 - _MARGIN))
    return np.stack(out)
