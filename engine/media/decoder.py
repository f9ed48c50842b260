"""Frame-exact decoding of one video file. Runs in the child process only: everything here may crash on a hostile file.

A frame is known by the ordinal of the packet it came from (carried through the decoder as the packet's opaque value) and by how
many frames that packet had given before. Reading frame i: seek to the nearest key packet whose frame is shown at or before i,
check by byte position that the demuxer really stands there, decode up to i. Sequential reads go on where the last one stopped.
"""
from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from engine.api import MediaError
from engine.media import convert, describe, packets
from engine.media.limits import DecodeLimits
from engine.media.opening import ERRORS, open_container, picture_stream, reason, segment_is_cut

NEAR = 8          # frames worth decoding on for, rather than seeking
HEAD_FRAMES = 6   # frames decoded at opening to check the list made from time stamps
TAIL_PACKETS = 120
HOLD = 20         # frames held back at most

Ident = tuple[int, int]  # (packet ordinal, how many frames it had given before)


class FileDecoder:
    """One open video. `facts` is JSON-able; `pts` the time stamps; `frame(i)` fills planes."""

    def __init__(self, path: str, limits: DecodeLimits, tick: Callable[[], None], threads: int = 0) -> None:
        self._path, self._limits, self._tick = path, limits, tick
        self._where = os.path.basename(path)
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._container: Any = None
        self._run: Iterator[tuple[Ident, Any]] | None = None
        self._last = -1
        self._held: dict[int, Any] = {}
        self._tainted: dict[int, str] = {}
        self._order: list[Ident] = []
        self._rank: dict[Ident, int] = {}
        self._open()
        self._list_packets()
        self._promised = self._count_promised()
        self._list_frames()

    # opening

    def _open(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container = open_container(self._path)
        self._stream = picture_stream(self._container, self._where)
        for stream in self._container.streams:
            if stream.index != self._stream.index:
                stream.discard = 48  # AVDISCARD_ALL: their packets need not be read
        context = self._stream.codec_context
        self._limits.check_size(max(1, context.width), max(1, context.height), self._where)
        context.options = {"max_pixels": str(self._limits.max_pixels)}
        context.copy_opaque = True
        context.thread_count = self._threads
        context.thread_type = "AUTO"

    def _list_packets(self) -> None:
        stream = self._stream
        codec = stream.codec_context.codec
        self._codec, self._intra = codec.name, bool(codec.intra_only)
        self.packets = packets.collect(self._container.demux(stream), self._codec, self._limits.max_packets, ERRORS, self._tick)
        if not len(self.packets):
            raise MediaError("there is not one whole frame in it", where=self._where, hint=self.packets.stop)
        places = self.packets.place
        self._at = {place: n for n, place in enumerate(places)}
        self._exact_places = len(self._at) == len(places) and all(pos is not None for pos, _ in places)

    def _list_frames(self) -> None:
        order = packets.display_order(self.packets, self._codec, self._intra)
        self._set_order([(n, 0) for n in order] if order is not None else [])
        if order is None or not self._agrees(order):
            self._set_order(self._decode_all())
        if not self._order:
            raise MediaError("not one frame of it can be decoded", where=self._where, hint=self.packets.stop)
        self.frames = len(self._order)
        self._describe()

    def _set_order(self, order: list[Ident]) -> None:
        self._order = order
        self._rank = {ident: i for i, ident in enumerate(order)}
        first = {n: i for (n, k), i in self._rank.items() if k == 0}
        self._keys = packets.KeyPoints(self.packets, self._codec, self._intra, first)
        self._run, self._last = None, -1
        self._held.clear()

    def _agrees(self, order: list[int]) -> bool:
        """Whether decoding the beginning, and the end of a file that is cut short, gives what the time stamps promise."""
        if not self._same(self._start(0), order[:HEAD_FRAMES]):
            return False
        if self._promised and self._promised == len(self.packets) and not self.packets.cut_short:
            return True
        start = self._keys.before(len(order) - 1)
        if len(self.packets) - start > TAIL_PACKETS:
            return True
        tail = order[self._rank.get((start, 0), 0):]
        return self._same(self._start(start), tail, whole=True)

    def _count_promised(self) -> int:
        """How many packets the file's own index lists; 0 where it has none that is read in advance."""
        return len(self._stream.index_entries) if self._container.format.name.startswith("mov") else 0

    def _same(self, run: Iterator[tuple[Ident, Any]], expected: list[int], whole: bool = False) -> bool:
        rest = list(expected)
        for (n, k), _ in run:
            if whole and k == 0 and n not in expected:
                continue  # a picture shown before the key it was decoded after
            if k or not rest or n != rest.pop(0):
                return False
            if not rest and not whole:
                return True
        return not rest

    def _decode_all(self) -> list[Ident]:
        """The frames in the order the decoder gives them: slow, and right for every file."""
        found = []
        for ident, _ in self._start(0):
            if ident[0] not in self._tainted:
                found.append(ident)
            self._tick()
        return found

    # decoding

    def _start(self, ordinal: int) -> Iterator[tuple[Ident, Any]]:
        """Frames from the decoder, started at packet `ordinal`. On the first damage of a file: again, on one thread, so that errors
        are told of the packet they belong to."""
        given: set[Ident] = set()
        while True:
            clean = self._tainted.copy()
            try:
                for item in self._decode_from(ordinal):
                    if item[0] not in given:
                        given.add(item[0])
                        yield item
                return
            except _Damage:
                self._tainted = clean
                self._threads = 1
                self._open()

    def _decode_from(self, ordinal: int) -> Iterator[tuple[Ident, Any]]:
        """Frames in the order of showing. One is held back until those decoded before it are out as well: only then is it known
        whether what it was built on is whole."""
        count: dict[int, int] = {}
        waiting: set[int] = set()
        held: deque[tuple[Ident, Any]] = deque()
        lead = self._rank.get((ordinal, 0), -1)  # what is shown before the start and decoded after it is not whole, and not damage
        for n, packet in self._packets_from(ordinal):
            early = n is None or self._rank.get((n, 0), lead) < lead
            if n is not None:
                packet.opaque = [n]
                if not early and self.packets.shown[n]:
                    waiting.add(n)
            for frame in self._decoded(packet, n, early):
                origin = frame.opaque[0] if frame.opaque else self._by_stamp(frame)
                waiting.discard(origin)
                if self._rank.get((origin, 0), lead) < lead:
                    continue
                if frame.is_corrupt:
                    if self._threads > 1:
                        raise _Damage
                    self._taint(origin, "its data is damaged")
                k = count.get(origin, 0)
                count[origin] = k + 1
                held.append(((origin, k), frame))
            if n is not None:
                waiting.difference_update([w for w in waiting if w < n - packets.MAX_REORDER or w in self._tainted])
            while held and (len(held) > HOLD or not any(w < held[0][0][0] for w in waiting)):
                yield held.popleft()
        yield from held

    def _decoded(self, packet: Any, n: int | None, early: bool) -> list[Any]:
        """The frames that come out when `packet` goes in; an error is remembered as damage."""
        try:
            return list(packet.decode())
        except MemoryError:
            raise MediaError("needs more memory than is allowed for one file", where=self._where) from None
        except EOFError:
            return []
        except ERRORS as error:
            if n is not None and not early:
                if self._threads > 1:
                    raise _Damage from None
                self._taint(n, reason(error))
            elif n is None and self._threads > 1:
                raise _Damage from None
            return []

    def _by_stamp(self, frame: Any) -> int:
        """The ordinal of a frame from a decoder that does not carry opaque values."""
        try:
            return self.packets.pts.index(frame.pts)
        except ValueError:
            return -1

    def _taint(self, ordinal: int, why: str) -> None:
        """Remember damage, also for what is decoded from it: everything up to the next key packet."""
        if ordinal in self._tainted:
            return
        for n in range(ordinal, min(self._keys.next_key(ordinal), len(self.packets))):
            self._tainted.setdefault(n, why if n == ordinal else "it is built on a damaged frame")

    def _packets_from(self, ordinal: int) -> Iterator[tuple[int | None, Any]]:
        """Packets from `ordinal` on with their ordinals, then the empty packet that flushes the decoder (None)."""
        run = self._sought(ordinal) if self._exact_places else None
        if run is None:
            self._open()
            run = self._numbered(self._container.demux(self._stream), 0, ordinal)
        return run

    def _sought(self, ordinal: int) -> Iterator[tuple[int | None, Any]] | None:
        for stamp in dict.fromkeys((self.packets.pts[ordinal], self.packets.dts[ordinal])):
            if stamp is None:
                continue
            try:
                self._container.seek(stamp, stream=self._stream, backward=True)
                run = self._container.demux(self._stream)
                for _ in range(64):
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

    def _numbered(self, run: Iterator[Any], at: int, start: int, first: Any = None) -> Iterator[tuple[int | None, Any]]:
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
        yield None, _Flush(self._stream.codec_context)

    # reading

    def picture(self, index: int) -> Any:
        """The decoded `av.VideoFrame` of display index `index`. MediaError naming the frame where it is lost."""
        ordinal = self._order[index][0]
        for attempt in range(3):
            if ordinal in self._tainted:
                break
            if attempt or not self._reachable(index):
                self._begin(self._keys.before(index, attempt))
            frame = self._advance(index)
            if frame is not None and ordinal not in self._tainted:
                return frame
            if self._keys.before(index, attempt) == 0:
                break
        why = self._tainted.get(ordinal, "")
        raise MediaError(f"frame {index} cannot be decoded: {why or 'its data is missing or damaged'}", where=self._where,
                         hint="the frames from the next key frame on may be whole")

    def _reachable(self, index: int) -> bool:
        if index in self._held:
            return True
        if self._run is None or index <= self._last:
            return False
        return index - self._last <= NEAR or self._keys.before(index) <= self._order[self._last][0]

    def _begin(self, ordinal: int) -> None:
        self._run, self._last = self._start(ordinal), -1
        self._held.clear()

    def _advance(self, index: int) -> Any:
        if index in self._held:
            self._last = index
            return self._held.pop(index)
        assert self._run is not None
        for ident, frame in self._run:
            self._tick()
            at = self._rank.get(ident)
            if at is None or at < index:
                continue
            self._last = at
            if at == index:
                return frame
            self._held = {at: frame}  # `index` did not come out; what came may be asked for next
            return None
        self._run = None
        return None

    def _describe(self) -> None:
        """The facts of the file, from its first whole frame."""
        for i in range(min(self.frames, 600)):
            try:
                frame = self.picture(i)
                break
            except MediaError:
                continue
        else:
            raise MediaError("not one frame of it can be decoded", where=self._where, hint=self.packets.stop)
        self._limits.check_size(frame.width, frame.height, self._where)
        self.depth, self._size, self._turn = convert.kind_of(frame).depth, (frame.width, frame.height), convert.orientation_of(frame)
        stamps = [self.packets.pts[n] for n, _ in self._order]
        self.pts, self.facts = describe.facts(frame, self._stream, self._container, self._codec, stamps, self._losses())

    def _losses(self) -> list[str]:
        """What is missing from the file, in words."""
        lost = []
        if self._tainted:
            lost.append(f"{len(self._tainted)} frames cannot be decoded")
        if self.packets.stop:
            lost.append(f"damaged after frame {self.frames - 1}: {self.packets.stop}")
        elif self.packets.cut_short or self._promised > len(self.packets) or segment_is_cut(self._path):
            recorded = f": {self._promised} frames were recorded" if self._promised > self.frames else ""
            lost.append(f"cut off after frame {self.frames - 1}{recorded}")
        return lost

    def fill(self, index: int, planes: convert.Planes) -> None:
        """Decode frame `index` into upright planes (arrays of the size and type in `facts`)."""
        frame = self.picture(index)
        if (frame.width, frame.height) != self._size:
            raise MediaError(f"frame {index} is {frame.width}x{frame.height}, the recording began with {self._size[0]}x{self._size[1]}",
                             where=self._where, hint="recordings that change their size can be read up to the change")
        for target, plane in zip(planes, convert.planes_of(frame, self.depth), strict=True):
            target[...] = convert.upright(plane, self._turn)

    def close(self) -> None:
        self._run = None
        self._held.clear()
        if self._container is not None:
            self._container.close()
            self._container = None


class _Damage(Exception):
    """The decoder met an error on several threads: its place is not certain."""


class _Flush:
    """The end of a stream whose demuxer stopped with an error: empties the decoder like the empty packet does."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def decode(self) -> list[Any]:
        return list(self._context.decode(None))
