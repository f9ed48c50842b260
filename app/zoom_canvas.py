"""The pixels of one zoom request: finished tiles, and for every pixel the class it belongs to.

Sizes are whole device pixels of the area that the region fills. Classes are `Provenance` values; `UNKNOWN` where nothing came yet.
Where a tile borders on something of an earlier stage its edge is feathered into what lies under it, until the neighbour is there as well.
"""
from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage

from app import heat, theme
from app.convert import pack
from engine.api import Provenance, Roi, Stage, TileReady

UNKNOWN = 255
FEATHER = 8  # device pixels
_NOTHING = -1  # rank of what nothing came of yet
Edge = tuple[int, int, int, int]  # x, y, w, h of one side of a tile


def image_of(bgrx: np.ndarray) -> QImage:
    """A QImage over the array's own memory; the caller keeps the array alive as long as the image."""
    h, w = bgrx.shape[:2]
    return QImage(bgrx.data, w, h, bgrx.strides[0], QImage.Format.Format_RGB32)


class Tile:
    """A tile made ready for painting, on the engine thread."""

    __slots__ = ("id", "level", "pixels", "provenance", "rect", "stage", "uncertainty")

    def __init__(self, event: TileReady) -> None:
        self.id, self.stage, self.level = event.id, event.stage, event.level
        self.rect = event.rect
        self.pixels = pack(event.rgb)
        self.provenance = event.provenance
        self.uncertainty = event.uncertainty

    @property
    def rank(self) -> int:
        """The better the higher: a later stage, and in one stage a finer level."""
        return 64 * int(self.stage) + 32 - self.level


class Patch:
    """Pixels (premultiplied BGRA) on their way into a canvas; `since` is when the view began to fade them in."""

    __slots__ = ("image", "pixels", "rect", "since", "whole")

    def __init__(self, rect: QRect, pixels: np.ndarray, whole: bool) -> None:
        self.rect, self.pixels, self.whole, self.since = rect, pixels, whole, 0.0
        self.image = QImage(pixels.data, rect.width(), rect.height(), pixels.strides[0], QImage.Format.Format_ARGB32_Premultiplied)


def feather(height: int, width: int, open_sides: set[str]) -> np.ndarray:
    """`[height, width]` float32: 1 inside, falling towards each of the sides "left", "top", "right", "bottom" that is open."""
    def ramp(count: int, first: bool, last: bool) -> np.ndarray:
        out = np.ones(count, np.float32)
        slope = (np.arange(min(FEATHER, count), dtype=np.float32) + 0.5) / FEATHER
        if first:
            out[:slope.size] = slope
        if last:
            out[count - slope.size:] = np.minimum(out[count - slope.size:], slope[::-1])
        return out

    return ramp(height, "top" in open_sides, "bottom" in open_sides)[:, None] * ramp(width, "left" in open_sides, "right" in open_sides)


class ZoomCanvas:
    """Collects the tiles of one request for region `roi` of `frame`; a later stage covers an earlier one."""

    def __init__(self, frame: int, roi: Roi, size: tuple[int, int], recorded_only: bool = False, seed: int = 0) -> None:
        self.frame, self.roi, self.size, self.recorded_only, self.seed = frame, roi, size, recorded_only, seed
        # pixels are put together in numpy: every QImage that PySide6 6.11 paints *on* drifts the reference count of None
        self.pixels = np.zeros((size[1], size[0], 4), np.uint8)
        self.image = QImage(self.pixels.data, size[0], size[1], self.pixels.strides[0], QImage.Format.Format_ARGB32_Premultiplied)
        self.provenance = np.full((size[1], size[0]), UNKNOWN, np.uint8)
        self.stage = np.full((size[1], size[0]), UNKNOWN, np.uint8)
        self._rank = np.full((size[1], size[0]), _NOTHING, np.int16)
        self._feathered: list[tuple[Tile, set[str]]] = []  # tiles with the sides that are still open
        self.uncertainty: np.ndarray | None = None  # one sigma in grey steps, where samples were drawn; not a number elsewhere
        self.tiles: dict[Stage, int] = {}
        self.done = False

    def add(self, tile: Tile) -> list[Patch]:
        """Notes the tile's classes at once and gives its visible pixels, and edges of its neighbours that it closes, to be `bake`d in this
        order (at once or after a fade). Nothing when it does not fit or something better is there everywhere."""
        x, y, w, h = tile.rect
        if x < 0 or y < 0 or x + w > self.size[0] or y + h > self.size[1] or tile.pixels.shape[:2] != (h, w):
            return []
        self.tiles[tile.stage] = self.tiles.get(tile.stage, 0) + 1
        place = np.s_[y:y + h, x:x + w]
        better = self._rank[place] <= tile.rank
        if not better.any():
            return []
        np.copyto(self._rank[place], np.int16(tile.rank), where=better)
        np.copyto(self.stage[place], np.uint8(tile.stage), where=better)
        if tile.uncertainty is not None:
            if self.uncertainty is None:
                self.uncertainty = np.full(self.stage.shape, np.nan, np.float32)
            np.copyto(self.uncertainty[place], tile.uncertainty, where=better)
        np.copyto(self.provenance[place], tile.provenance, where=better)
        sides = {name for name, edge in self._beyond(tile).items() if self._behind(edge, tile.rank)}
        # where something finer is already, pixels become clear and the painter leaves them alone
        patches = [self._patch(tile, tile.rect, feather(h, w, sides) if sides else None)]
        self._feathered = [(t, s) for t, s in self._feathered if t.rect != tile.rect]
        patches += self._closed()
        if sides:
            self._feathered.append((tile, sides))
        return patches

    def finish(self) -> list[Patch]:
        """All tiles are out: edges that are still feathered."""
        rest, self._feathered = self._feathered, []
        return [self._patch(tile, self._edge(tile, side)) for tile, sides in rest for side in sorted(sides)]

    def _beyond(self, tile: Tile) -> dict[str, Edge]:
        """The line of pixels beyond each side that does not lie on the border of the picture."""
        x, y, w, h = tile.rect
        lines = {"left": (x - 1, y, 1, h), "top": (x, y - 1, w, 1), "right": (x + w, y, 1, h), "bottom": (x, y + h, w, 1)}
        return {name: e for name, e in lines.items() if 0 <= e[0] < self.size[0] and 0 <= e[1] < self.size[1]}

    def _behind(self, edge: Edge, rank: int) -> bool:
        x, y, w, h = edge
        return bool((self._rank[y:y + h, x:x + w] < rank).any())

    @staticmethod
    def _edge(tile: Tile, side: str) -> Edge:
        """The feathered part of a tile along one side."""
        x, y, w, h = tile.rect
        a, b = min(FEATHER, w), min(FEATHER, h)
        return {"left": (x, y, a, h), "top": (x, y, w, b), "right": (x + w - a, y, a, h), "bottom": (x, y + h - b, w, b)}[side]

    def _closed(self) -> list[Patch]:
        """The sharp edges of tiles whose neighbours have come now. Where two sides of a tile meet, the open one stays feathered."""
        out: list[Patch] = []
        left: list[tuple[Tile, set[str]]] = []
        for tile, sides in self._feathered:
            x, y, w, h = tile.rect
            if not (self._rank[y:y + h, x:x + w] == tile.rank).any():
                continue  # something better covers all of it
            beyond = self._beyond(tile)
            still = {side for side in sides if self._behind(beyond[side], tile.rank)}
            for side in sorted(sides - still):
                x, y, w, h = self._edge(tile, side)
                weight = feather(tile.rect[3], tile.rect[2], still) if still else None
                part = np.s_[y - tile.rect[1]:y - tile.rect[1] + h, x - tile.rect[0]:x - tile.rect[0] + w]
                out.append(self._patch(tile, (x, y, w, h), None if weight is None else weight[part]))
            if still:
                left.append((tile, still))
        self._feathered = left
        return out

    def _patch(self, tile: Tile, rect: Edge, weight: np.ndarray | None = None) -> Patch:
        """A part of a tile, clear where something better is there, `weight` of it `[h, w]`."""
        x, y, w, h = rect
        pixels = tile.pixels[y - tile.rect[1]:y - tile.rect[1] + h, x - tile.rect[0]:x - tile.rect[0] + w]
        own = self._rank[y:y + h, x:x + w] == tile.rank
        if weight is None and own.all():
            return Patch(QRect(x, y, w, h), np.ascontiguousarray(pixels), True)
        share = own.astype(np.float32) if weight is None else np.where(own, weight, np.float32(0))
        return Patch(QRect(x, y, w, h), (pixels * share[..., None] + np.float32(0.5)).astype(np.uint8), False)

    def bake(self, patch: Patch) -> None:
        r = patch.rect
        part = self.pixels[r.y():r.y() + r.height(), r.x():r.x() + r.width()]
        if patch.whole:
            part[...] = patch.pixels
            return
        clear = np.uint16(255) - patch.pixels[..., 3:]
        part[...] = np.minimum(patch.pixels + (part * clear + np.uint16(127)) // np.uint16(255), 255).astype(np.uint8)

    def shares(self, columns: slice = slice(None)) -> dict[Provenance | None, float]:
        """Part of the area (of some columns) per class, 0 … 1; None is what is not known yet."""
        part = self.provenance[:, columns]
        counts = np.bincount(part.ravel(), minlength=256) / max(1, part.size)
        shares: dict[Provenance | None, float] = {p: float(counts[p]) for p in Provenance}
        shares[None] = float(counts[UNKNOWN])
        return shares

    def covered(self, stage: Stage) -> float:
        """Part of the area that has come at least to `stage`, 0 … 1."""
        return float(np.count_nonzero((self.stage != UNKNOWN) & (self.stage >= stage)) / self.stage.size)

    @property
    def unsure(self) -> np.ndarray:
        """Made pixels of whose uncertainty nothing is known yet."""
        made: np.ndarray = self.provenance == Provenance.SYNTHESISED
        return made if self.uncertainty is None else made & np.isnan(self.uncertainty)

    def heat(self) -> np.ndarray:
        """How uncertain each made pixel is, BGRX, in the colours of `app.heat`; recorded and interpolated pixels are left as they are."""
        out = self.pixels.copy()
        unsure = self.unsure
        out[unsure, :3] = heat.UNKNOWN
        if self.uncertainty is not None:
            known = (self.provenance == Provenance.SYNTHESISED) & ~unsure
            out[known, :3] = heat.colours(self.uncertainty[known])
        return out

    def overlay(self) -> QImage:
        """The classes as a translucent picture over this canvas' own memory."""
        w, h = self.size
        image = QImage(self.provenance.data, w, h, self.provenance.strides[0], QImage.Format.Format_Indexed8)
        table = [QColor(0, 0, 0, 120).rgba()] * 256
        for kind, colour in theme.TRUTH.items():
            table[kind] = QColor(colour.red(), colour.green(), colour.blue(), theme.TRUTH_ALPHA).rgba()
        image.setColorTable(table)
        return image
