"""Synthesised levels as global grids of tiles.

A tile is a pure function of its key: it is always made in the same shape, from the same input region with the same halo, so it has
the same pixels from every panning path and in every order, and neighbours agree where they meet. Level -k+1 tiles are made from
the level above by the same step, without end.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from .cache import TileCache, TileKey
from .pictures import LevelPicture, Planes

TILE = 128  # luma pixels per side of a finished tile: small enough that stale work stops within one of them
# Luma input pixels of context on each side. A network may reach further in theory (its `halo`), but what lies beyond this moved its
# answer by less than 0.05 grey steps on unseen clips (12: 0.13, 10: 0.43), and a tile costs a third less than with 26.
REACH = 14


@runtime_checkable
class Synthesiser(Protocol):
    """What the zoom needs of the detail network (see `engine.diffusor`)."""

    hash: str
    scale: int
    halo: int

    def synthesise(self, y: np.ndarray, u: np.ndarray, v: np.ndarray, *, origin: tuple[int, int], key: tuple[str, int, int],
                   seed: int, sample: int = 0, stochastic: bool = True) -> Planes: ...


def context(model: Synthesiser) -> int:
    """Luma input pixels of context that a tile is given on each side (even, so that chroma lines up)."""
    reach = min(model.halo, REACH)
    return reach + reach % 2


class Pyramid:
    """The levels beyond the record of one frame, one seed and one sample, made on demand. Sample None is the expected detail, without
    noise: the same for every seed, and the one with the least distortion.

    check: called between tiles; raises Cancelled when nobody wants the result any more.
    measure: called with (milliseconds, tiles made) for the cost table.
    opened: names the file in the keys of tiles, where another one may have the same `digest`, of which the noise is made.
    limits: luma that a screen can show; what is made stays inside, or it would be clipped and contradict the record on screen.
    around: the same of neighbouring frames, mixed in at the first level where the recording stands still (`engine.diffusor.window`).
    """

    def __init__(self, base: LevelPicture, model: Synthesiser, cache: TileCache, digest: str, frame: int, seed: int, sample: int | None,
                 check: Callable[[], None] = lambda: None, measure: Callable[[float, int], None] = lambda ms, tiles: None,
                 around: tuple[Pyramid, ...] = (), limits: tuple[float, float] = (0.0, 255.0), opened: str = "") -> None:
        self.limits = limits
        self.base, self.model, self.cache = base, model, cache
        self.digest, self.frame, self.sample, self.opened = digest, frame, sample, opened or digest
        self.seed = 0 if sample is None else seed
        self.check, self.measure = check, measure
        self.halo = context(model)
        self.around = around

    def size(self, level: int) -> tuple[int, int]:
        """(width, height) in luma pixels at `level` <= 0."""
        return self.base.width << -level, self.base.height << -level

    def key(self, level: int, tx: int, ty: int) -> TileKey:
        options = (("sample", "expected" if self.sample is None else self.sample), ("size", TILE),
                   *(("with frame", other.frame) for other in self.around))
        return TileKey(self.opened, self.frame, level, (tx, ty), self.model.hash, self.seed, options)

    def cover(self, level: int, x0: int, y0: int, x1: int, y1: int) -> list[tuple[int, int]]:
        """Tiles that hold the region, row by row."""
        return [(tx, ty) for ty in range(y0 // TILE, (y1 - 1) // TILE + 1) for tx in range(x0 // TILE, (x1 - 1) // TILE + 1)]

    def region(self, level: int, x0: int, y0: int, x1: int, y1: int) -> Planes:
        """Planes of `level` in grey steps; even numbers inside the picture."""
        if level == 0:
            return self.base.region(x0, y0, x1, y1)
        y = np.empty((y1 - y0, x1 - x0), np.float32)
        u, v = np.empty(((y1 - y0) // 2, (x1 - x0) // 2), np.float32), np.empty(((y1 - y0) // 2, (x1 - x0) // 2), np.float32)
        for tx, ty in self.cover(level, x0, y0, x1, y1):
            tile = self.tile(level, tx, ty)
            left, top = max(x0, tx * TILE), max(y0, ty * TILE)
            right, bottom = min(x1, (tx + 1) * TILE), min(y1, (ty + 1) * TILE)
            for plane, data, half in ((y, tile[0], 1), (u, tile[1], 2), (v, tile[2], 2)):
                plane[(top - y0) // half:(bottom - y0) // half, (left - x0) // half:(right - x0) // half] = data[
                    (top - ty * TILE) // half:(bottom - ty * TILE) // half, (left - tx * TILE) // half:(right - tx * TILE) // half]
        return y, u, v

    def tile(self, level: int, tx: int, ty: int) -> Planes:
        """One tile of a level below 0, from the cache or made now (with whatever it needs of the levels above)."""
        key = self.key(level, tx, ty)
        found: Planes | None = self.cache.get(key)
        if found is not None:
            return found
        self.check()
        tile = self._alone(level, tx, ty) if level < -1 or not self.around else self._among(tx, ty)
        self.cache.put(key, tile, sum(p.nbytes for p in tile))
        return tile

    def _among(self, tx: int, ty: int) -> Planes:
        """A tile of the first level, mixed with those of the frames around."""
        from engine.diffusor.window import MARGIN, fused, stillness

        half = TILE // 2
        x0, y0 = tx * half, ty * half
        x1, y1 = min(x0 + half, self.base.width), min(y0 + half, self.base.height)
        box = max(x0 - MARGIN, 0), max(y0 - MARGIN, 0), min(x1 + MARGIN, self.base.width), min(y1 + MARGIN, self.base.height)
        pad = ((box[1] - y0 + MARGIN, y1 + MARGIN - box[3]), (box[0] - x0 + MARGIN, x1 + MARGIN - box[2]))
        here = np.pad(self.base.region(*box)[0], pad, mode="edge")
        others = [(other.tile(-1, tx, ty), stillness(here, np.pad(other.base.region(*box)[0], pad, mode="edge"))) for other in self.around]
        record = self.base.region(x0, y0, x1, y1)
        y, u, v = fused(self._alone(-1, tx, ty), others, record)
        return self._visible(y, record[0]), u, v

    def _visible(self, y: np.ndarray, above: np.ndarray) -> np.ndarray:
        low, high = self.limits
        if y.min() >= low and y.max() <= high:
            return y
        from engine.diffusor.consistency import visible

        return visible(y, above, low, high)

    def _alone(self, level: int, tx: int, ty: int) -> Planes:
        """A tile as the network makes it from the level above. Beyond the edge of the picture stands its mirror image: with nothing
        there, flat areas would not stay flat beside it."""
        width, height = self.size(level + 1)
        half, halo = TILE // 2, self.halo
        x0, y0 = tx * half, ty * half
        x1, y1 = min(x0 + half, width), min(y0 + half, height)
        left, top = x0 - halo, y0 - halo
        inside = max(left, 0), max(top, 0), min(x1 + halo, width), min(y1 + halo, height)
        beyond = (inside[1] - top, y1 + halo - inside[3]), (inside[0] - left, x1 + halo - inside[2])
        above: tuple[np.ndarray, ...] = self.region(level + 1, *inside)
        if any(map(any, beyond)):
            half_beyond = tuple((a // 2, b // 2) for a, b in beyond)
            above = tuple(np.pad(p, pad, mode="symmetric") for p, pad in zip(above, (beyond, half_beyond, half_beyond), strict=True))
        self.check()
        start = time.perf_counter()
        # The noise belongs to the place and not to the time: what stands still must not flicker from frame to frame
        made = self.model.synthesise(*(np.ascontiguousarray(p, np.float32) for p in above), origin=(left, top),
                                     key=(self.digest, 0, level + 1), seed=self.seed, sample=self.sample or 0,
                                     stochastic=self.sample is not None)
        self.measure((time.perf_counter() - start) * 1000.0, 1)
        sx, sy, w, h = 2 * halo, 2 * halo, 2 * (x1 - x0), 2 * (y1 - y0)
        y = np.ascontiguousarray(made[0][sy:sy + h, sx:sx + w], np.float32)
        return (self._visible(y, above[0][halo:halo + h // 2, halo:halo + w // 2]),
                np.ascontiguousarray(made[1][sy // 2:(sy + h) // 2, sx // 2:(sx + w) // 2], np.float32),
                np.ascontiguousarray(made[2][sy // 2:(sy + h) // 2, sx // 2:(sx + w) // 2], np.float32))

    def at(self, level: int) -> SynthesisedPicture:
        """One level as a picture."""
        return SynthesisedPicture(self, level)


class SynthesisedPicture:
    """A level beyond the record; its regions are made when they are asked for."""

    def __init__(self, pyramid: Pyramid, level: int) -> None:
        self.pyramid, self.level = pyramid, level
        self.width, self.height = pyramid.size(level)

    def region(self, x0: int, y0: int, x1: int, y1: int) -> Planes:
        return self.pyramid.region(self.level, x0, y0, x1, y1)
