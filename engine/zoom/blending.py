"""Progressive rendering without pops: tiles of all stages put together, feathered against what lies under them, faded in over time.

No Qt and no clock of its own: a viewer asks for the picture at a time. Exports never pass through here.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.api import Provenance, Stage, TileReady

from .geometry import Rect

FADE_MS = 150.0
FEATHER = 8  # device pixels


def crossfade(old: np.ndarray, new: np.ndarray, share: float) -> np.ndarray:
    """`share` (0..1) of `new` over `old`, both `[h, w, 3]` uint8."""
    if share >= 1.0:
        return new
    weight = np.float32(max(share, 0.0))
    mixed = old * (1 - weight) + new * weight
    return (mixed + np.float32(0.5)).astype(np.uint8)


def feather_weights(height: int, width: int, margin: int, sides: tuple[bool, bool, bool, bool]) -> np.ndarray:
    """`[height, width]` float32: 1 inside, falling to 0 over `margin` pixels towards each of (left, top, right, bottom) that is True."""
    def ramp(count: int, first: bool, last: bool) -> np.ndarray:
        m = max(min(margin, count), 1)
        out = np.ones(count, np.float32)
        slope = (np.arange(m, dtype=np.float32) + 0.5) / m
        if first:
            out[:m] = np.minimum(out[:m], slope)
        if last:
            out[count - m:] = np.minimum(out[count - m:], slope[::-1])
        return out

    return ramp(height, sides[1], sides[3])[:, None] * ramp(width, sides[0], sides[2])[None, :]


@dataclass
class _Layer:
    rgb: np.ndarray
    stage: np.ndarray       # [h, w] int8 of Stage, -1 where nothing is known
    level: np.ndarray       # [h, w] int16


class Mosaic:
    """The picture of one request. `place` tiles in any order; a later stage (and in one stage, a deeper level) replaces an earlier one.

    Where a tile borders on pixels of an earlier stage, its edge is feathered into what lies under it, and cleared up when the
    neighbour arrives. Provenance follows the stage: a mixed pixel has the class further from the record.
    """

    def __init__(self, width: int, height: int, background: np.ndarray | None = None) -> None:
        self.width, self.height = width, height
        under = np.zeros((height, width, 3), np.uint8) if background is None else background
        self._sharp = _Layer(under.copy(), np.full((height, width), -1, np.int8), np.zeros((height, width), np.int16))
        self._under = under.copy()  # what stood at a place before its present stage
        self._since = np.full((height, width), -np.inf, np.float32)
        self.provenance = np.full((height, width), int(Provenance.INTERPOLATED), np.uint8)
        self._before = self.provenance.copy()
        self.uncertainty: np.ndarray | None = None
        self._tiles: list[tuple[Rect, Stage, int]] = []

    def place(self, tile: TileReady, now_ms: float = 0.0) -> None:
        """Takes a tile in. ValueError when its rectangle leaves the picture; an outdated tile changes nothing."""
        x, y, w, h = tile.rect
        if x < 0 or y < 0 or x + w > self.width or y + h > self.height or tile.rgb.shape != (h, w, 3):
            raise ValueError(f"tile {tile.rect} of shape {tile.rgb.shape} does not fit into {self.width}x{self.height}")
        place = (slice(y, y + h), slice(x, x + w))
        stage, level = self._sharp.stage[place], self._sharp.level[place]
        newer = (stage < tile.stage) | ((stage == tile.stage) & (level >= tile.level))
        if not newer.any():
            return
        self._under[place][newer] = self._sharp.rgb[place][newer]
        self._before[place][newer] = self.provenance[place][newer]
        self._sharp.rgb[place][newer] = tile.rgb[newer]
        self.provenance[place][newer] = tile.provenance[newer]
        self._since[place][newer] = now_ms
        stage[newer], level[newer] = int(tile.stage), tile.level
        if tile.uncertainty is not None:
            if self.uncertainty is None:
                self.uncertainty = np.zeros((self.height, self.width), np.float32)
            self.uncertainty[place][newer] = tile.uncertainty[newer]
        if tile.stage > Stage.COARSE:
            self._tiles = [t for t in self._tiles if t[0] != tile.rect] + [(tile.rect, tile.stage, tile.level)]

    def picture(self, now_ms: float | None = None, margin: int = FEATHER) -> np.ndarray:
        """`[height, width, 3]` uint8 as it looks at `now_ms`; None: without fading in time."""
        out = self._sharp.rgb.copy()
        for (x, y, w, h), stage, level in self._tiles:
            place = (slice(y, y + h), slice(x, x + w))
            sides = self._open_sides((x, y, w, h), stage, level)
            if any(sides):
                weight = feather_weights(h, w, margin, sides)[..., None]
                out[place] = (out[place] * weight + self._under[place] * (1 - weight) + np.float32(0.5)).astype(np.uint8)
        if now_ms is not None:
            share = np.clip((np.float32(now_ms) - self._since) / np.float32(FADE_MS), 0.0, 1.0)
            if share.min() < 1.0:
                out = (self._under * (1 - share[..., None]) + out * share[..., None] + np.float32(0.5)).astype(np.uint8)
        return out

    def _open_sides(self, rect: Rect, stage: Stage, level: int) -> tuple[bool, bool, bool, bool]:
        """Which sides border on something of an earlier stage (or a coarser level of this one)."""
        x, y, w, h = rect
        shown, depth = self._sharp.stage, self._sharp.level

        def behind(part: tuple[slice | int, slice | int]) -> bool:
            return bool(np.any((shown[part] < stage) | ((shown[part] == stage) & (depth[part] > level))))

        rows, cols = slice(y, y + h), slice(x, x + w)
        return (x > 0 and behind((rows, x - 1)), y > 0 and behind((y - 1, cols)),
                x + w < self.width and behind((rows, x + w)), y + h < self.height and behind((y + h, cols)))
