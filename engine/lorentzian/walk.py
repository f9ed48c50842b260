"""A decoder at a place in a recording, moving on chunk by chunk."""
from __future__ import annotations

from concurrent.futures import Future
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


class Walk:
    """A decoder at a place in the file; moves on chunk by chunk, or starts again at the key chunk that the one asked for builds on.

    Chunks that are only passed through need their last slice alone.
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
        self._open: Begun | None = None  # entered last, and not settled yet
        self.glimpsed: tuple[int, Reference, Planes] | None = None  # number of the chunk, its first slice, what is shown of it

    def _read(self, number: int, last_only: bool = False) -> Symbols:
        chunk, _ = self.source.coded(self.source.entries[number], self.level)
        return self.symbols.read(chunk, self.level, last_only, kinds=self.kinds)

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
        for n in way[:-1]:
            still_wanted()
            self._take(n, last_only=True)
        still_wanted()
        begun = self._take(number, lazily=lazily)
        following = number + 1
        if self.ahead and not lazily and following < len(entries) and entries[following].finest <= self.level \
                and entries[following].anchor in (None, self.key):
            self._coming = following, HELPERS.submit(self._begin, following)
        return begun

    def _begin(self, number: int, last_only: bool = False, lazily: bool = False) -> Begun:
        entry, left, self._open = self.source.entries[number], self._open, None
        if left is not None and not entry.key and (entry.anchor is None or left.symbols.key):
            self.pixels.settle(left)  # this one builds on it
        begun = self.pixels.enter(self._read(number, last_only), self.level)
        if self.glimpsed is not None and self.glimpsed[0] == number:
            begun.refs[0], begun.pictures[0] = self.glimpsed[1:]
        self.glimpsed = None
        if lazily:
            self._open = begun
        else:
            self.pixels.settle(begun)
        return begun

    def _take(self, number: int, last_only: bool = False, lazily: bool = False) -> Begun:
        try:
            begun = taken_back(self._coming[1], self._begin, number) if self._coming and self._coming[0] == number \
                else self._begin(number, last_only, lazily)
            self._coming = None
        except BaseException:
            self.at = self.key = -1
            raise
        self.at = number
        if self.source.entries[number].key:
            self.key = number
        return begun

    def close(self) -> bool:
        """False when the chunk that is decoded ahead does not come to an end."""
        ended = self._coming is None or settle([self._coming[1]])
        if ended:
            self.pixels.close()
        return ended

    def _drop(self) -> None:
        if self._coming is not None:
            if not self._coming[1].cancel():
                self._coming[1].exception()
            self._coming = None
            self.at = self.key = -1  # what was begun has moved the decoder on
