"""The pixels of one zoom request: finished tiles, and for every pixel the class it belongs to.

Sizes are whole device pixels of the area that the region fills. Classes are `Provenance` values; `UNKNOWN` where nothing came yet.
"""
from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage

from app import heat, theme
from app.convert import pack
from engine.api import Provenance, Roi, Stage, TileReady

UNKNOWN = 255


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


class Patch:
    """Pixels on their way into a canvas; `since` is when the view began to fade them in."""

    __slots__ = ("image", "pixels", "rect", "since", "whole")

    def __init__(self, rect: QRect, pixels: np.ndarray, whole: bool) -> None:
        self.rect, self.pixels, self.whole, self.since = rect, pixels, whole, 0.0
        self.image = QImage(pixels.data, rect.width(), rect.height(), pixels.strides[0], QImage.Format.Format_ARGB32_Premultiplied)


class ZoomCanvas:
    """Collects the tiles of one request for region `roi` of `frame`; a later stage covers an earlier one."""

    def __init__(self, frame: int, roi: Roi, size: tuple[int, int], recorded_only: bool = False, seed: int = 0) -> None:
        self.frame, self.roi, self.size, self.recorded_only, self.seed = frame, roi, size, recorded_only, seed
        # pixels are put together in numpy: every QImage that PySide6 6.11 paints *on* drifts the reference count of None
        self.pixels = np.zeros((size[1], size[0], 4), np.uint8)
        self.image = QImage(self.pixels.data, size[0], size[1], self.pixels.strides[0], QImage.Format.Format_ARGB32_Premultiplied)
        self.provenance = np.full((size[1], size[0]), UNKNOWN, np.uint8)
        self.stage = np.full((size[1], size[0]), UNKNOWN, np.uint8)
        self.uncertainty: np.ndarray | None = None  # one sigma in grey steps, where samples were drawn; not a number elsewhere
        self.tiles: dict[Stage, int] = {}
        self.done = False

    def add(self, tile: Tile) -> Patch | None:
        """Notes the tile's classes at once and gives its visible pixels, to be `bake`d in (at once or after a fade).

        None when it does not fit or something better is there everywhere.
        """
        x, y, w, h = tile.rect
        if x < 0 or y < 0 or x + w > self.size[0] or y + h > self.size[1] or tile.pixels.shape[:2] != (h, w):
            return None
        self.tiles[tile.stage] = self.tiles.get(tile.stage, 0) + 1
        here = self.stage[y:y + h, x:x + w]
        better = (here == UNKNOWN) | (here <= tile.stage)
        if not better.any():
            return None
        # where something finer is already, pixels become clear and the painter leaves them alone
        whole = bool(better.all())
        pixels = tile.pixels if whole else tile.pixels * better[..., None].astype(np.uint8)
        np.copyto(here, np.uint8(tile.stage), where=better)
        if tile.uncertainty is not None:
            if self.uncertainty is None:
                self.uncertainty = np.full(self.stage.shape, np.nan, np.float32)
            np.copyto(self.uncertainty[y:y + h, x:x + w], tile.uncertainty, where=better)
        np.copyto(self.provenance[y:y + h, x:x + w], tile.provenance, where=better)
        return Patch(QRect(x, y, w, h), pixels, whole)

    def bake(self, patch: Patch) -> None:
        r = patch.rect
        part = self.pixels[r.y():r.y() + r.height(), r.x():r.x() + r.width()]
        if patch.whole:
            part[...] = patch.pixels
        else:
            np.copyto(part, patch.pixels, where=patch.pixels[..., 3:] != 0)

    def shares(self) -> dict[Provenance | None, float]:
        """Part of the area per class, 0 … 1; None is what is not known yet."""
        counts = np.bincount(self.provenance.ravel(), minlength=256) / self.provenance.size
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
