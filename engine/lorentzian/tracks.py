"""Entropy decoding of single tiles: from the key chunk on, each tile on its own, no further than asked for."""
from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.lorentzian import payload
from engine.lorentzian.contents import Entry
from engine.lorentzian.payload import TileState
from engine.lorentzian.schedule import Slice, slices
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import Tables
from engine.lorentzian.transform import LEVEL_END

Payloads = tuple[bytes, bytes, bytes, bytes]
Fetch = Callable[[int, int, int], tuple[bool, Payloads]]  # (number of the chunk, tile, level) -> (no colour, payloads down to that level)


def leading(order: tuple[Slice, ...], frames: int) -> int:
    """How many slices, in coding order, lead up to and with the last one of the chunk."""
    return next(n for n, s in enumerate(order) if s.time == frames - 1) + 1


@dataclass
class Read:
    """What is known of a tile in one chunk: of the first `count` slices in coding order, motion and (where asked for) symbols by time."""

    count: int
    grey: bool
    fields: dict[int, Field]
    symbols: dict[int, np.ndarray]
    filters: np.ndarray  # weights of the tile's filters, see `fitted.py`; all zero at coarser levels


class Run:
    """One tile over the chunks of a key interval (`first`, `second`, and on from there), down to `level`; without `keep` only motion is of
    interest."""

    def __init__(self, tile: int, height: int, width: int, first: int, second: int, entries: list[Entry], fetch: Fetch, quality: int,
                 tables: Tables, level: int, keep: bool, camera: bool = False) -> None:
        self.tile, self.height, self.width, self.level, self.keep = tile, height, width, level, keep
        self.first, self.second, self.camera = first, second, camera
        self.entries, self.fetch, self.quality, self.tables = entries, fetch, quality, tables
        self.done: dict[int, Read] = {}
        self._start()

    def _start(self) -> None:
        self._state = TileState.blank(self.height // 8, self.width // 8)
        self._before: TileState | None = None  # as it was before the chunk read last
        self._next = self.first
        self.done.clear()

    def read(self, number: int, count: int) -> Read:
        """At least the first `count` slices of chunk `number`. LzcError when a payload is damaged."""
        known = self.done.get(number)
        if known is not None and known.count >= count:
            return known
        if known is not None and self._next == self._after(number) and self._before is not None:
            self._state, self._next = self._before, number
            count = 8  # asked again: likely to be asked once more
        elif number < self._next:
            self._start()
        while self._next < number:
            self._advance(0)
        return self._advance(count)

    def _after(self, number: int) -> int:
        return self.second if number == self.first else number + 1

    def _advance(self, count: int) -> Read:
        number = self._next
        entry = self.entries[number]
        every = slices(entry.frames, entry.key, self.camera and not entry.camera)
        order = every[:max(count, leading(every, entry.frames))]
        self._before = copy.deepcopy(self._state) if count and len(order) < len(every) else None
        grey, data = self.fetch(number, self.tile, self.level)
        fields = {s.time: Field.empty(self.height, self.width) for s in order}
        for level in range(3, self.level - 1, -1):
            payload.read_level(data[level], level, order, self._state, fields, self.quality, self.tables)
        n = LEVEL_END[self.level]
        symbols = {s.time: payload.take(self._state, s, n) for s in order} if self.keep else {}
        self._state.advance(order, fields)
        self._next = self._after(number)
        self.done[number] = Read(len(order), grey, fields, symbols, self._state.filters)
        return self.done[number]


__all__ = ["Fetch", "Payloads", "Read", "Run", "leading"]
