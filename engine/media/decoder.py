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
from engine.media.opening import ERRORS, reason, segment_is_cut, unread
from engine.media.reader import PacketReader

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
        self._reader = PacketReader(path, limits, tick, threads or min(4, os.cpu_count() or 1))
        self.packets, self._codec, self._intra = self._reader.packets, self._reader.codec, self._reader.intra
        self._run: Iterator[tuple[Ident, Any]] | None = None
        self._last = -1
        self._held: dict[int, Any] = {}
        self._tainted: dict[int, str] = {}
        self._order: list[Ident] = []
        self._rank: dict[Ident, int] = {}
        self._list_frames()

    # opening

    def _list_frames(self) -> None:
        order = packets.display_order(self.packets, self._codec, self._intra)
        self._set_order([(n, 0) for n in order] if order is not None else [])
        if order is None or not self._agrees(order):
            self._set_order(self._decode_all())
        if not self._order:
            raise MediaError("not one frame of it can be decoded", where=self._where, hint=unread(self._path) or self.packets.stop)
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
        if self._ends_well():
            return True
        start = self._keys.before(len(order) - 1)
        if len(self.packets) - start > TAIL_PACKETS:
            return True
        tail = order[self._rank.get((start, 0), 0):]
        return self._same(self._start(start), tail, whole=True)

    def _ends_well(self) -> bool:
        """Whether the container itself says that nothing is missing at its end."""
        if self.packets.cut_short:
            return False
        if self._reader.container.format.name.startswith("matroska"):
            return not segment_is_cut(self._path)
        return self._reader.promised == len(self.packets)

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
                self._reader.threads = 1
                self._reader.open()

    def _decode_from(self, ordinal: int) -> Iterator[tuple[Ident, Any]]:
        """Frames in the order of showing. One is held back until those decoded before it are out as well: only then is it known
        whether what it was built on is whole."""
        count: dict[int, int] = {}
        waiting: set[int] = set()
        held: deque[tuple[Ident, Any]] = deque()
        # what is shown before the start and decoded after it is not whole, and not damage either
        lead = self._rank.get((ordinal, 0), -1) if ordinal else -1
        for n, packet in self._reader.start(ordinal):
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
                    if self._reader.threads > 1:
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
                if self._reader.threads > 1:
                    raise _Damage from None
                self._taint(n, reason(error))
            elif n is None and self._reader.threads > 1:
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
        self.depth, self._size = convert.kind_of(frame).depth, (frame.width, frame.height)
        self._turn = convert.orientation_of(frame, self._path)
        stamps = [self.packets.pts[n] for n, _ in self._order]
        self.pts, self.facts = describe.facts(frame, self._reader.stream, self._reader.container, self._codec, stamps, self._losses(),
                                              self._turn)
        self.facts["keys"] = [] if self._intra else self._keys.frames()  # of what is all key frames nothing is to be told

    def _losses(self) -> list[str]:
        """What is missing from the file, in words."""
        lost = []
        if self._tainted:
            lost.append(f"{len(self._tainted)} frames cannot be decoded")
        if self.packets.stop:
            lost.append(f"damaged after frame {self.frames - 1}: {self.packets.stop}")
        elif self.packets.cut_short or self._reader.promised > len(self.packets) or segment_is_cut(self._path):
            recorded = f": {self._reader.promised} frames were recorded" if self._reader.promised > self.frames else ""
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
        self._reader.close()


class _Damage(Exception):
    """The decoder met an error on several threads: its place is not certain."""
