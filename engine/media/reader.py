"""The packets of one file's pictures, from any of them on. Runs in the child process only.

A demuxer is asked to go to a time stamp; where it really stands is recognised by the byte position of what it gives next. Where that
does not work (streams without time stamps, formats without positions) the file is read again from its beginning, without decoding.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from engine.api import MediaError
from engine.media import packets
from engine.media.limits import DecodeLimits
from engine.media.opening import ERRORS, open_container, picture_stream

DISCARD_ALL = 48  # AVDISCARD_ALL
LOOK_FOR = 64     # packets looked through for one that is known, after a seek

Numbered = Iterator[tuple[int | None, Any]]


class PacketReader:
    """An open file. `packets` lists all of its picture packets; `promised` is how many its own index lists (0 where it has none that is
    read in advance). `threads` is used at the next `open`."""

    container: Any = None
    stream: Any = None

    def __init__(self, path: str, limits: DecodeLimits, tick: Callable[[], None], threads: int) -> None:
        self._path, self._limits, self._tick, self.threads = path, limits, tick, threads
        self._where = os.path.basename(path)
        self.open()
        codec = self.stream.codec_context.codec
        self.codec, self.intra = codec.name, bool(codec.intra_only)
        self.packets = packets.collect(self.container.demux(self.stream), self.codec, limits.max_packets, ERRORS, tick)
        if not len(self.packets):
            raise MediaError("there is not one whole frame in it", where=self._where, hint=self.packets.stop)
        self.promised = len(self.stream.index_entries) if self.container.format.name.startswith("mov") else 0
        places = self.packets.place
        self._at = {place: n for n, place in enumerate(places)}
        self._exact_places = len(self._at) == len(places) and all(pos is not None for pos, _ in places)

    def open(self) -> None:
        """Open the file (again), at its beginning, with a fresh decoder."""
        self.close()
        self.container = open_container(self._path)
        self.stream = picture_stream(self.container, self._where)
        for stream in self.container.streams:
            if stream.index != self.stream.index:
                stream.discard = DISCARD_ALL
        context = self.stream.codec_context
        self._limits.check_size(max(1, context.width), max(1, context.height), self._where)
        context.options = {"max_pixels": str(self._limits.max_pixels)}
        context.copy_opaque = True
        context.thread_count = self.threads
        context.thread_type = "AUTO"

    def close(self) -> None:
        if self.container is not None:
            self.container.close()
            self.container = None

    def start(self, ordinal: int) -> Numbered:
        """Packets from `ordinal` on with their ordinals, then the empty packet that flushes the decoder (None)."""
        run = self._sought(ordinal) if self._exact_places else None
        if run is None:
            self.open()
            run = self._numbered(self.container.demux(self.stream), 0, ordinal)
        return run

    def _sought(self, ordinal: int) -> Numbered | None:
        for stamp in dict.fromkeys((self.packets.pts[ordinal], self.packets.dts[ordinal])):
            if stamp is None:
                continue
            try:
                self.container.seek(stamp, stream=self.stream, backward=True)
                run = self.container.demux(self.stream)
                for _ in range(LOOK_FOR):
                    packet = next(run)
                    at = self._at.get((packet.pos, packet.size)) if packet.size else None
                    if at is not None:
                        if at <= ordinal:
                            return self._numbered(run, at, ordinal, packet)
                        break
            except StopIteration:
                continue
            except ERRORS:
                continue
        return None

    def _numbered(self, run: Iterator[Any], at: int, start: int, first: Any = None) -> Numbered:
        n = at
        if first is not None:
            if n >= start:
                yield n, first
            n += 1
        try:
            for packet in run:
                self._tick()
                if packet.size == 0:
                    yield None, packet
                    return
                if n >= len(self.packets):
                    break
                if n >= start:
                    yield n, packet
                n += 1
        except ERRORS:
            pass
        yield None, _Flush(self.stream.codec_context)


class _Flush:
    """The end of a stream whose demuxer stopped with an error: empties the decoder like the empty packet does."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def decode(self) -> list[Any]:
        return list(self._context.decode(None))
