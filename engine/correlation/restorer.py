"""Restoration of a window of pictures: organise, run the network on whole sets, put every residual back where it belongs."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.correlation.model import CorrelationModel
from engine.correlation.organiser import TileSet, organise
from engine.correlation.search import WINDOW
from engine.correlation.windows import Sums, cut

TILE = 64          # luma pixels on a side of what one "restore or leave" bit stands for
WHITE = 255.75     # 1023 of 10 bit on the scale of 8 bit
Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Recorded:
    """Up to eight decoded pictures that follow each other: y `[H, W]`, u, v of half the size (rounded up), uint8 or uint16 or float32;
    `step`: grey steps of the quantiser; `factors`: what each picture's steps were multiplied by; `depth`: bits of a sample."""

    pictures: tuple[Planes, ...]
    step: float
    factors: tuple[float, ...]
    depth: int = 8


@dataclass(frozen=True, eq=False)
class Restored:
    """planes float32 in grey steps 0..255.75; `changed` bool `[H, W]`: which pixels the network had a hand in."""

    planes: Planes
    changed: np.ndarray


def tiles(height: int, width: int) -> tuple[int, int]:
    """(rows, columns) of the tiles that bits stand for."""
    return -(-height // TILE), -(-width // TILE)


def _padded(planes: Planes) -> Planes:
    """Even size, at least one window, repeating the edge."""
    h, w = planes[0].shape
    hh, ww = max(WINDOW, h + h % 2), max(WINDOW, w + w % 2)
    if (hh, ww) == (h, w):
        return tuple(np.ascontiguousarray(p) for p in planes)  # type: ignore[return-value]
    def to(p: np.ndarray, height: int, width: int) -> np.ndarray:
        return np.ascontiguousarray(np.pad(p, ((0, height - p.shape[0]), (0, width - p.shape[1])), mode="edge"))
    return to(planes[0], hh, ww), to(planes[1], hh // 2, ww // 2), to(planes[2], hh // 2, ww // 2)


def restore(recorded: Recorded, model: CorrelationModel, *, members: int = 8, only: Sequence[int] | None = None,
            box: tuple[int, int, int, int] | None = None, keep: np.ndarray | None = None,
            sets: list[TileSet] | None = None) -> dict[int, Restored]:
    """Restored pictures of the window by number.

    only: which are wanted (default all). box: (x0, y0, x1, y1) of what is wanted of them; the rest stays as it is. keep: bool
    `[T, rows, columns]`, False where a tile is to be left exactly as it is. sets: instead of what the organiser finds.
    """
    wanted = list(range(len(recorded.pictures))) if only is None else list(only)
    padded = [_padded(p) for p in recorded.pictures]
    height, width = padded[0][0].shape
    if sets is None:
        sets = organise([p[0] for p in padded], members, wanted, box)
    sums = {t: Sums(height, width) for t in wanted}
    scale = np.float32(2.0 ** (8 - recorded.depth))
    for size in sorted({len(s.members) for s in sets}):
        chosen = [s for s in sets if len(s.members) == size]
        where = np.concatenate([s.members for s in chosen])
        cells = np.empty((len(where), WINDOW // 4, WINDOW // 4, 24), np.float32)
        for k, (t, y, x) in enumerate(where.tolist()):
            cut(*padded[t], scale, y, x, cells[k])
        made = model.residuals(cells, recorded.step, np.array(recorded.factors, np.float32)[where[:, 0]], size)
        for k, (t, y, x) in enumerate(where.tolist()):
            if t in sums:
                sums[t].add(made[k], y, x)
    return {t: _finish(recorded.pictures[t], sums[t], float(scale), box, None if keep is None else keep[t]) for t in wanted}


def _finish(planes: Planes, sums: Sums, scale: float, box: tuple[int, int, int, int] | None, keep: np.ndarray | None) -> Restored:
    h, w = planes[0].shape
    use = sums.weight.repeat(2, 0).repeat(2, 1)[:h, :w] > 0
    if box is not None:
        inside = np.zeros((h, w), bool)
        inside[box[1]:box[3], box[0]:box[2]] = True
        use &= inside
    if keep is not None:
        use &= keep.repeat(TILE, 0).repeat(TILE, 1)[:h, :w]
    out = []
    for k, (plane, change) in enumerate(zip(planes, sums.mean(), strict=True)):
        mask = use if k == 0 else use[::2, ::2]
        value = plane.astype(np.float32) * np.float32(scale)
        value += change[:plane.shape[0], :plane.shape[1]] * mask
        out.append(np.clip(value, 0, WHITE, out=value))
    return Restored((out[0], out[1], out[2]), use)
