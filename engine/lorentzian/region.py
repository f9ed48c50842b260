"""Decoding of a part of a picture: only the tiles, slices and places that it depends on.

From the wanted slice back to the key chunk, the place that is needed of every slice follows from the motion of the slices that look at
it (`cells.reach`). Motion is in level 3 of the tiles, which is read first; then symbols of the tiles needed, then pictures, in coding
order. What must be right (`core`) needs what it is predicted from to be right, and beyond its edge, where networks look, nearly right
(`rim`): they look NET cells far and more, but an error RIM cells away moves their answer by 0.05 grey steps at most (one cell away it
was 0.7). So a core grows by motion and interpolation alone on its way back.
"""
from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
import torch

from engine.lorentzian import cells, fitted, motion
from engine.lorentzian.camera import Camera
from engine.lorentzian.cells import CELL, Box
from engine.lorentzian.codec import Loop, Planes
from engine.lorentzian.contents import Entry, path
from engine.lorentzian.model import CodecModel
from engine.lorentzian.schedule import CAMERA, Slice, slices
from engine.lorentzian.slices import Field
from engine.lorentzian.tracks import Fetch, Read, Run
from engine.lorentzian.transform import LEVEL_END
from engine.lorentzian.workers import WORKERS, map_slices
from engine.wanted import still_wanted

NET, RIM = 2, 2             # cells
KEEP_BYTES = 192 << 20      # of decoded parts of slices
KEEP_TILES = 48             # tiles whose symbols stay at hand
Place = tuple[int, int]     # (number of the chunk, time within it)
BEHIND = -1, 0              # place of the camera's picture


@dataclass(eq=False)
class Part:
    """Decoded boxes of one slice: planes over `box`, filled in `mask`, right in `core` (cells of the whole picture)."""

    box: Box
    core: np.ndarray
    mask: np.ndarray
    boxes: list[Box]
    planes: Planes
    level: int
    _ready: list[np.ndarray] = field(default_factory=list)
    filters: dict[int, np.ndarray] = field(default_factory=dict)  # weights of each tile it touches, for what is shown

    def cut(self, box: Box) -> Planes:
        """Views of the planes over `box`, which lies inside."""
        out = []
        for n, p in enumerate(self.planes):
            k = CELL >> (self.level if n == 0 else min(self.level + 1, 3))
            out.append(p[(box.top - self.box.top) * k:(box.bottom - self.box.top) * k,
                         (box.left - self.box.left) * k:(box.right - self.box.left) * k])
        return out

    def ready(self) -> list[np.ndarray]:
        """Prepared references over `box`; around every decoded box its edge is repeated, as around a picture."""
        if not self._ready:
            made = [(b, motion.prepare([np.ascontiguousarray(p) for p in self.cut(b)], self.level)) for b in self.boxes]
            self._ready = made[0][1] if len(made) == 1 else self._joined(made)
        return self._ready

    def _joined(self, made: list[tuple[Box, list[np.ndarray]]]) -> list[np.ndarray]:
        m = motion.MARGIN
        out = []
        for n, p in enumerate(self.planes):
            k = CELL >> (self.level if n == 0 else min(self.level + 1, 3))
            whole = np.full((made[0][1][n].shape[0], p.shape[0] + 2 * m, p.shape[1] + 2 * m), 128, np.float32)
            for inside in (False, True):  # borders first: one box's border may reach over another box
                for b, ready in made:
                    y, x, a = (b.top - self.box.top) * k, (b.left - self.box.left) * k, ready[n]
                    edge = [m if inside and at else 0 for at in (b.top > self.box.top, b.left > self.box.left,
                                                                 b.bottom < self.box.bottom, b.right < self.box.right)]
                    h, w = a.shape[1], a.shape[2]
                    whole[:, y + edge[0]:y + h - edge[2], x + edge[1]:x + w - edge[3]] = a[:, edge[0]:h - edge[2], edge[1]:w - edge[3]]
            out.append(whole)
        return out


@dataclass(frozen=True, eq=False)
class Task:
    """One slice of the way to the wanted one."""

    place: Place
    slice: Slice
    left: Place | None
    right: Place | None
    core: np.ndarray
    mask: np.ndarray
    tiles: list[int]
    field: Field
    count: int  # slices of the chunk up to this one


class RegionDecoder(Loop):
    """Parts of pictures at one level. Keeps what it decoded last, so that the same place in the next frame costs little."""

    def __init__(self, width: int, height: int, quality: int, model: CodecModel, entries: list[Entry], fetch: Fetch,
                 level: int, camera: Camera | None = None) -> None:
        super().__init__(width, height, quality, model)
        self.entries, self.fetch, self.level = entries, fetch, level
        self.shape = self.ph // CELL, self.pw // CELL
        self._way = -1, -1  # the first two chunks of the key interval at hand
        self._runs: OrderedDict[tuple[int, bool], Run] = OrderedDict()
        self._parts: OrderedDict[Place, Part] = OrderedDict()
        self.camera = None if camera is None else camera.reference
        self._backdrop: Part | None = None

    def read(self, number: int, time: int, box: Box) -> Planes:
        """Planes of `box` of the slice `time` of chunk `number`: views, not to be written to. LzcError when a payload is damaged."""
        way = path(self.entries, number)
        start = way[0], way[1] if len(way) > 1 else way[0] + 1
        if start != self._way:
            self._way = start
            self._runs.clear()
            self._parts.clear()
        mask = np.zeros(self.shape, np.bool_)
        seen = box if self.level else box.grown(1, *self.shape)  # filters look at pixels around
        seen.of(mask)[:] = True
        for task in self._plan((number, time), mask):
            still_wanted()
            self._decode(task)
        part = self._parts[(number, time)]
        self._forget()
        return part.cut(box) if self.level else self._shown(number, time, part, box, seen)

    def _shown(self, number: int, time: int, part: Part, box: Box, seen: Box) -> Planes:
        """`box` of a decoded part at full size, filtered; the part holds `seen` around it."""
        e = self.entries[number]
        kind = next(s.kind for s in slices(e.frames, e.key, self.camera is not None and not e.camera) if s.time == time)
        top, left, bottom, right = (v * CELL for v in box)
        inside, weights = [], []
        for n, z in part.filters.items():
            y, x, h, w = self.tiles[n]
            t, lf, b, r = max(y, top), max(x, left), min(y + h, bottom), min(x + w, right)
            if t < b and lf < r:
                inside.append((t - top, lf - left, b - t, r - lf))
                weights.append(z[kind])
        around = []
        for k, p in zip(self._scales(), part.cut(seen), strict=True):
            y, x, (h, w) = (box.top - seen.top) * k, (box.left - seen.left) * k, box.shape
            around.append(fitted.surrounded(p)[y:y + h * k + 2 * fitted.REACH, x:x + w * k + 2 * fitted.REACH])
        return fitted.shown(part.cut(box), inside, weights, self.model.tables.patterns(self.quality),
                            fitted.bound(self.quality, kind, e.grain), around)

    # ------------------------------------------------------------ what is needed

    def _plan(self, place: Place, core: np.ndarray) -> list[Task]:
        """Slices to decode, in coding order, each with the cells needed of it."""
        need = {place: (core, core)}
        tasks: list[Task] = []
        for number in path(self.entries, place[0])[::-1]:
            e = self.entries[number]
            order = slices(e.frames, e.key, self.camera is not None and not e.camera)
            for at in range(len(order) - 1, -1, -1):
                s = order[at]
                if (number, s.time) not in need:
                    continue
                core, mask = need.pop((number, s.time))
                if not mask.any():  # a neighbour whose side no block here uses
                    continue
                if not core.any():  # only around the edge of what looks at it
                    core = mask
                known = self._parts.get((number, s.time))
                if known is not None and not (core & ~known.core).any() and not (mask & ~known.mask).any():
                    continue
                ring = cells.grown(core, RIM)
                tiles = self._touching(ring)
                mask = self._filled(mask & self._area(tiles))
                f = self._field(number, s, at + 1, tiles)
                left, right = self._place(number, s.left), self._place(number, s.right)
                tasks.append(Task((number, s.time), s, left, right, core, mask, tiles, f, at + 1))
                for side, other in enumerate((left, right)):
                    if other is not None:
                        more = cells.reach(f.mode, f.mv, side, core, self.level), cells.reach(f.mode, f.mv, side, ring, self.level)
                        before = need.get(other)
                        need[other] = more if before is None else (before[0] | more[0], before[1] | more[1])
        return tasks[::-1]

    def _filled(self, mask: np.ndarray) -> np.ndarray:
        out = np.zeros(self.shape, np.bool_)
        for b in cells.boxes(mask, NET):
            b.of(out)[:] = True
        return out

    def _area(self, tiles: list[int]) -> np.ndarray:
        out = np.zeros(self.shape, np.bool_)
        for n in tiles:
            y, x, h, w = self.tiles[n]
            out[y // CELL:(y + h) // CELL, x // CELL:(x + w) // CELL] = True
        return out

    def _place(self, number: int, time: int | None) -> Place | None:
        if time is None:
            return None
        if time >= 0:
            return number, time
        if time == CAMERA or self.entries[number].camera:
            return BEHIND
        anchor = self.entries[number].anchor
        before = number - 1 if anchor is None else anchor
        return before, self.entries[before].frames - 1

    def _touching(self, mask: np.ndarray) -> list[int]:
        return [n for n, (y, x, h, w) in enumerate(self.tiles)
                if mask[y // CELL:(y + h) // CELL, x // CELL:(x + w) // CELL].any()]

    def _read(self, number: int, count: int, tiles: list[int], keep: bool) -> list[Read]:
        runs = []
        for n in tiles:
            if (n, keep) not in self._runs:
                _, _, h, w = self.tiles[n]
                self._runs[(n, keep)] = Run(n, h, w, *self._way, self.entries, self.fetch, self.quality, self.model.tables,
                                            self.level if keep else 3, keep, self.camera is not None)
            self._runs.move_to_end((n, keep))
            runs.append(self._runs[(n, keep)])
        return map_slices(lambda run: run.read(number, count), runs)

    def _field(self, number: int, s: Slice, count: int, tiles: list[int]) -> Field:
        """Motion of a slice over the whole picture, right in `tiles`."""
        out = Field.empty(self.ph, self.pw)
        if s.left is not None:
            for n, got in zip(tiles, self._read(number, count, tiles, keep=False), strict=True):
                y, x, _, _ = self.tiles[n]
                out.paste(got.fields[s.time], y // 16, x // 16)
        return out

    # ------------------------------------------------------------ pictures

    def _decode(self, task: Task) -> None:
        boxes = cells.boxes(task.mask, NET)
        got = dict(zip(task.tiles, self._read(task.place[0], task.count, task.tiles, keep=True), strict=True))
        box = cells.around(task.mask)
        planes = [np.empty((box.shape[0] * k, box.shape[1] * k), np.float32) for k in self._scales()]
        filters = {n: read.filters for n, read in got.items()}
        part = Part(box, task.core, task.mask, boxes, planes, self.level, filters=filters)
        refs = [None if p is None else self._behind() if p == BEHIND else self._parts.get(p) for p in (task.left, task.right)]
        for ref in refs:
            if ref is not None:
                ref.ready()
        strips = [strip for b in boxes for strip in b.strips(WORKERS if len(boxes) < WORKERS else 1)]
        for strip, made in zip(strips, map_slices(lambda b: self._box(task, b, refs[0], refs[1], got), strips), strict=True):
            for target, p in zip(part.cut(strip), made, strict=True):
                target[:] = p
        self._parts[task.place] = part
        self._parts.move_to_end(task.place)

    def _behind(self) -> Part:
        """The camera's picture, decoded as a whole and kept."""
        if self._backdrop is None:
            assert self.camera is not None
            whole, everywhere, seen = Box(0, 0, *self.shape), np.ones(self.shape, np.bool_), self.camera(self.level)
            self._backdrop = Part(whole, everywhere, everywhere, [whole], seen.planes, self.level, seen.ready())
        return self._backdrop

    def _scales(self) -> tuple[int, int, int]:
        c = CELL >> min(self.level + 1, 3)
        return CELL >> self.level, c, c

    @torch.inference_mode()
    def _box(self, task: Task, box: Box, left: Part | None, right: Part | None, got: dict[int, Read]) -> Planes:
        net = box.grown(NET, *self.shape)
        h, w = net.shape
        f = task.field.crop(net.top, net.left, h, w)
        both = self._aligned(net, f, left, right, self.sides(task.slice.kind))
        q = self._symbols(task.slice.time, net, got)
        planes = self.rebuilt(task.slice.kind, both, q, self.level, any(read.grey for read in got.values()),
                              self.entries[task.place[0]].grain, f)
        return Part(net, task.core, task.mask, [net], planes, self.level).cut(box)

    def _aligned(self, net: Box, f: Field, left: Part | None, right: Part | None, sides: int) -> Planes:
        h, w = net.shape[0] * CELL, net.shape[1] * CELL
        left = left or right
        if left is None:
            return [np.full((sides, net.shape[0] * k, net.shape[1] * k), 128, np.float32) for k in self._scales()]
        right = right or left
        at = np.array([[(net.top - r.box.top) * CELL, (net.left - r.box.left) * CELL] for r in (left, right)], np.int64)
        return motion.predict_planes(left.ready(), right.ready(), f.mode, f.mv, h, w, self.level, at, f.light, f.straight, sides)

    def _symbols(self, time: int, net: Box, got: dict[int, Read]) -> np.ndarray:
        out = np.zeros((net.shape[0] * 2, net.shape[1] * 2, LEVEL_END[self.level] + 1), np.int16)
        for n, read in got.items():
            y, x, h, w = (v // CELL for v in self.tiles[n])
            t, lf, b, r = max(y, net.top), max(x, net.left), min(y + h, net.bottom), min(x + w, net.right)
            if t < b and lf < r:
                out[2 * (t - net.top):2 * (b - net.top), 2 * (lf - net.left):2 * (r - net.left)] = \
                    read.symbols[time][2 * (t - y):2 * (b - y), 2 * (lf - x):2 * (r - x)]
        return out

    def _forget(self) -> None:
        while len(self._runs) > 2 * KEEP_TILES:
            self._runs.popitem(last=False)
        size = sum(p.nbytes for part in self._parts.values() for p in (*part.planes, *part._ready))
        while size > KEEP_BYTES and len(self._parts) > 1:
            _, part = self._parts.popitem(last=False)
            size -= sum(p.nbytes for p in (*part.planes, *part._ready))
