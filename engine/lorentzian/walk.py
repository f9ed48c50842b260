"""A decoder at a place in a recording, moving on chunk by chunk."""
from __future__ import annotations

from concurrent.futures import Future
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.lorentzian.chunk import Symbols
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import Begun, ChunkDecoder, Planes
from engine.lorentzian.contents import path
from engine.lorentzian.schedule import TYPES
from engine.lorentzian.slices import Reference
from engine.lorentzian.workers import HELPERS, settle, taken_back
from engine.wanted import still_wanted

if TYPE_CHECKING:
    from engine.lorentzian.source import LzcSource


FEW = 2  # frames of a chunk whose symbols may lie about while the chunk before is begun: of more they would take much memory
Step = tuple[int, bool]  # number of a chunk, whether its last slice alone is wanted


class Walk:
    """A decoder at a place in the file; moves on chunk by chunk, or starts again at the key chunk that the one asked for builds on.

    Chunks that are only passed through need their last slice alone. Symbols depend on no picture: those of the chunk that comes next are
    read on another thread while networks work on the one before.
    """

    def __init__(self, source: LzcSource, level: int, kinds: int = TYPES) -> None:
        info = source.info
        self.source, self.level, self.kinds = source, level, kinds
        self.symbols = SymbolReader(info.width, info.height, source.quality, source.model, source.camera is not None)
        self.pixels = ChunkDecoder(info.width, info.height, source.quality, source.model)
        if source.camera is not None:
            self.pixels.camera = source.camera.reference
        self.at = self.key = -1  # chunk, and key chunk, decoded last
        self.ahead = False
        self._coming: tuple[int, Future[Begun]] | None = None
        self._waiting: tuple[Step, Future[Symbols]] | None = None  # read ahead of the chunk begun last; what comes next or is dropped
        self._open: Begun | None = None  # entered last, and not settled yet
        self.glimpsed: tuple[int, Reference, Planes] | None = None  # number of the chunk, its first slice, what is shown of it

    def _read(self, number: int, last_only: bool = False) -> Symbols:
        chunk, _ = self.source.coded(self.source.entries[number], self.level)
        return self.symbols.read(chunk, self.level, last_only, kinds=self.kinds)

    def _symbols(self, step: Step, then: Step | None) -> Symbols:
        """Of a chunk; those of `then` are begun on another thread."""
        waiting, self._waiting = self._waiting, None
        symbols = self._read(*step) if waiting is None else taken_back(waiting[1], self._read, *step)
        if then is not None:
            self._waiting = then, HELPERS.submit(self._read, *then)
        return symbols

    def _follows(self, number: int, key: int) -> bool:
        """Whether a chunk can be decoded after the one before it, `key` being the last key chunk."""
        entries = self.source.entries
        return number < len(entries) and entries[number].finest <= self.level and entries[number].anchor in (None, key)

    def glimpse(self, number: int) -> Planes | None:
        """What is shown of the first slice of a key chunk before anything else is read: the other slices' symbols would take as long as
        its picture. None once the walk has begun."""
        if self.at >= 0 or self._coming is not None or not self.source.entries[number].key:
            return None
        if self.glimpsed is None or self.glimpsed[0] != number:
            chunk, _ = self.source.coded(self.source.entries[number], self.level)
            begun = self.pixels.enter(self.symbols.read(chunk, self.level, first_only=True), self.level)
            shown = self.pixels.one(begun, 0)
            self.glimpsed = number, begun.refs[0], shown
        return self.glimpsed[2]

    def to(self, number: int, lazily: bool = False) -> Begun:
        """The chunk with its key slices decoded; `lazily`, when it is not being decoded already, with none."""
        entries = self.source.entries
        way = path(entries, number)
        if self._coming is not None and self._coming[0] not in way:
            self._drop()
        if self._coming is not None:
            way = way[way.index(self._coming[0]):]
        elif self.at in way[:-1]:
            way = way[way.index(self.at) + 1:]
        elif len(way) > 1 and way[0] == self.key and entries[way[1]].anchor is not None:
            way = way[1:]
        if self._coming is None and self._waiting is not None and self._waiting[0] not in ((way[0], False), (way[0], len(way) > 1)):
            self._drop()
            way = path(entries, number)
        steps = [(n, n != number) for n in way]
        for step, then in pairwise(steps):
            still_wanted()
            self._take(step, then)
        still_wanted()
        begun = self._take((number, False), lazily=lazily)
        if self.ahead and not lazily and self._follows(number + 1, self.key):
            key, step = number + 1 if entries[number + 1].key else self.key, (number + 1, False)
            few = number + 2 < len(entries) and (self.kinds < TYPES or entries[number + 2].frames <= FEW)
            further = (number + 2, False) if few and self._follows(number + 2, key) else None
            self._coming = number + 1, HELPERS.submit(self._begin, step, further)
        return begun

    def _begin(self, step: Step, then: Step | None = None, lazily: bool = False) -> Begun:
        number = step[0]
        entry, left, self._open = self.source.entries[number], self._open, None
        if left is not None and not entry.key and (entry.anchor is None or left.symbols.key):
            self.pixels.settle(left)  # this one builds on it
        begun = self.pixels.enter(self._symbols(step, then), self.level)
        if self.glimpsed is not None and self.glimpsed[0] == number:
            begun.refs[0], begun.pictures[0] = self.glimpsed[1:]
        self.glimpsed = None
        if lazily:
            self._open = begun
        else:
            self.pixels.settle(begun)
        return begun

    def _take(self, step: Step, then: Step | None = None, lazily: bool = False) -> Begun:
        number, coming, self._coming = step[0], self._coming, None
        try:
            begun = self._begin(step, then, lazily) if coming is None else taken_back(coming[1], self._begin, step, then)
        except BaseException:
            self._drop()
            raise
        self.at = number
        if self.source.entries[number].key:
            self.key = number
        return begun

    def close(self) -> bool:
        """False when the chunk that is decoded ahead does not come to an end."""
        ended = (self._coming is None or settle([self._coming[1]])) and (self._waiting is None or settle([self._waiting[1]]))
        if ended:
            self.pixels.close()
        return ended

    def _drop(self) -> None:
        """What was begun ahead is not wanted; it has moved the decoder on."""
        if self._coming is not None and not self._coming[1].cancel():
            self._coming[1].exception()
        if self._waiting is not None and not self._waiting[1].cancel():  # after the other, which may have begun it
            self._waiting[1].exception()
        self._coming = self._waiting = None
        self.at = self.key = -1
