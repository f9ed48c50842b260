"""`.lzc` video as a `FrameSource`: frame-exact random access, stored levels, and what is lost where a file is damaged."""
from __future__ import annotations

import bisect
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from engine.api import Frame, LzcError, ModelError, SourceInfo
from engine.lorentzian import camera, packing
from engine.lorentzian.cells import CELL, Box
from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.codec import Begun, Planes
from engine.lorentzian.contents import Entry, read_contents
from engine.lorentzian.model import HINT, RULES, CodecModel, load_codec
from engine.lorentzian.payload import tile_grid
from engine.lorentzian.region import RegionDecoder
from engine.lorentzian.schedule import TYPES
from engine.lorentzian.tracks import Payloads
from engine.lorentzian.transform import LEVELS, pad_size
from engine.lorentzian.walk import Walk
from engine.lzc import ChunkKey, LzcReader, models_from

CACHE_BYTES = 256 << 20
MOST_OF = 3  # a region larger than the picture divided by this is cut from the whole picture
Rect = tuple[int, int, int, int]


class LzcSource:
    """Opens a `.lzc` video. Safe to use from several threads (one at a time inside). LzcError or ModelError when it cannot be opened."""

    def __init__(self, path: str | Path, model: CodecModel | None = None, threads: int | None = None) -> None:
        self._path = Path(path)
        self._file = LzcReader(self._path)
        try:
            video = next((n for n, s in enumerate(self._file.header.streams) if s.kind == "video"), None)
            if video is None or self._file.header.streams[video].codec != "lorentzian":
                raise LzcError("holds no video", where=str(path))
            self.model = model or load_codec()
            self._bind()
            self.quality = int(self._file.header.meta["codec"]["q"])
            if not 0 <= self.quality <= 63:
                raise LzcError("the header names an impossible quality", where=str(path))
            named = self._file.header.meta["codec"].get("camera")
            self._info, self.entries, self.damage = read_contents(self._file, self._file.header.streams[video], str(path),
                                                                  named is not None)
            self.camera = None if named is None else camera.read(self._file, named, self._info.width, self._info.height, self.model)
        except (KeyError, TypeError, ValueError) as error:
            self._file.close()
            raise LzcError("the header lacks what the video codec needs", where=str(path)) from error
        except BaseException:
            self._file.close()
            raise
        self._lock = threading.RLock()
        self._starts = [e.start for e in self.entries]
        self._readers: dict[int, Walk] = {}
        self._regions: dict[int, RegionDecoder] = {}
        self._cache: OrderedDict[tuple[int, int], Begun] = OrderedDict()
        self._seen: tuple[Begun | None, int] = None, -1  # chunk and time of the frame read last by itself
        self._lost: dict[tuple[int, int], LzcError] = {}
        self._closed = False
        # of a chunk: planes in float32, and the symbols of slices that may still be asked for; prepared references only of the newest
        chunk = (6 + 3) * self._info.width * self._info.height * 8
        self._keep = max(2, CACHE_BYTES // max(1, chunk))

    def _bind(self) -> None:
        bound = models_from(self._file.header.meta).get("codec")
        if bound is None:
            raise LzcError("names no codec model", where=str(self._path))
        if (bound.weights, bound.tables) != (self.model.weights_hash, self.model.tables_hash):
            raise ModelError(f"made with the codec model {bound.name!r} {bound.weights[:12]}, "
                             f"and the one here is {self.model.weights_hash[:12]}", where=str(self._path), hint=HINT)
        codec = self._file.header.meta.get("codec")
        rules = codec.get("rules", 1) if isinstance(codec, dict) else RULES  # without: refused for that
        if rules != RULES:
            raise ModelError(f"coded by rules {rules!s:.20} of the codec, and this program reads rules {RULES}", where=str(self._path),
                             hint="Read it with the version of the program that wrote it.")

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def digest(self) -> str:
        """SHA-256 of the `.lzc` file itself."""
        return self._file.digest

    def coded(self, entry: Entry, level: int = 0) -> tuple[CodedChunk, bytes]:
        """Payloads of a chunk down to `level`, and its picture signature."""
        def read(lv: int, tile: int) -> bytes:
            return self._file.read(ChunkKey(packing.TYPE, 0, lv, entry.start, tile))
        pw, ph = pad_size(self._info.width, self._info.height)
        chunk, sig = packing.unpack(read, len(tile_grid(ph, pw)), level)
        if (chunk.frames, chunk.key, chunk.anchored, chunk.camera) != (entry.frames, entry.key, entry.anchor is not None, entry.camera) \
                or (entry.begins and chunk.grain != entry.grain):
            raise LzcError("a chunk changed while the file was open", where=str(self._path))
        return chunk, sig

    def _number(self, index: int, level: int) -> int:
        if self._closed:
            raise LzcError("was closed while it was read", where=str(self._path))
        if not 0 <= index < self._info.frames:
            raise IndexError(f"frame {index} of {self._info.frames}")
        n = bisect.bisect_right(self._starts, index) - 1
        if n < 0 or index >= self.entries[n].end or self.entries[n].finest > level:
            raise LzcError(f"frame {index} is lost: its part of the file is damaged", where=str(self._path))
        return n

    def _walk(self, level: int) -> Walk:
        if level not in self._readers:
            self._readers[level] = Walk(self, level)
        return self._readers[level]

    def _begun(self, number: int, level: int, lazily: bool) -> Begun:
        """A chunk with its key slices decoded, `lazily` perhaps none. LzcError when it is lost."""
        key = (number, level)
        if key in self._lost:  # asked for frame by frame, a damaged chunk would be tried again for each
            raise self._lost[key].with_traceback(None)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        try:
            begun = self._walk(level).to(number, lazily)
        except LzcError as fault:
            self._lost[key] = fault
            raise
        self._cache[key] = begun
        while len(self._cache) > self._keep:
            self._cache.popitem(last=False)
        return begun

    def _chunk(self, number: int, level: int) -> dict[int, Planes]:
        begun, pixels = self._begun(number, level, False), self._walk(level).pixels
        planes = pixels.finish(begun)
        pixels.trim(begun)
        return planes

    def _one(self, index: int, number: int, level: int) -> Planes:
        """A frame by itself: of its chunk, what it looks at is decoded and no more. Of frames read in a row, all, which is quicker then."""
        time, walk = index - self.entries[number].start, self._walk(level)
        glimpsed = walk.glimpse(number) if time == 0 and (number, level) not in self._cache else None
        if glimpsed is not None:
            return glimpsed
        in_a_row = time == 1 and walk.glimpsed is not None and walk.glimpsed[0] == number and (number, level) not in self._cache
        begun = self._begun(number, level, True)
        in_a_row, before, self._seen = in_a_row or (begun, time - 1) == self._seen, self._seen[0], (begun, time)
        if before is not None and before is not begun:
            self._walk(before.level).pixels.rest(before)
        if in_a_row:
            return self._chunk(number, level)[time]
        planes = self._walk(level).pixels.one(begun, time)
        self._walk(level).pixels.trim(begun)
        return planes

    def ripen(self) -> bool:
        """Decode one more slice beside the frame that was read last, while there is nothing else to do. False when none is left."""
        with self._lock:
            begun = self._seen[0]
            if begun is None and not self._closed:
                walk = next((w for w in self._readers.values() if w.glimpsed is not None), None)
                if walk is not None and walk.glimpsed is not None:
                    self._seen = self._begun(walk.glimpsed[0], walk.level, True), 0
                    return True
            if begun is None or not begun.missing or self._closed:
                return False
            pixels = self._walk(begun.level).pixels
            pixels.one(begun, begun.missing[0].time)
            pixels.trim(begun)
            return True

    @property
    def key_frames(self) -> tuple[int, ...]:
        """Frames from which decoding can start: at once, or (anchored chunks) after the key slices of one chunk or the camera's picture."""
        return tuple(e.start for e in self.entries if e.begins or e.anchor is not None)

    def held(self) -> tuple[tuple[int, int], ...]:
        """Runs `(first, last)` of frames that are decoded already. From any thread; what changes meanwhile may be missed."""
        numbers = [number for (number, level), begun in tuple(self._cache.items()) if level == 0 and not begun.missing]
        return tuple((self.entries[n].start, self.entries[n].end - 1) for n in sorted(numbers))

    def _size(self, level: int) -> tuple[int, int]:
        return -(-self._info.width // (1 << level)), -(-self._info.height // (1 << level))

    def _frame(self, planes: Planes, index: int, level: int, box: Rect | None = None) -> Frame:
        """`box` (x, y, w, h) of the planes, all of the picture without."""
        x, y, w, h = box or (0, 0, *self._size(level))
        depth = self._info.bit_depth
        top, kind = (1 << depth) - 1, np.uint8 if depth == 8 else np.uint16
        out = []
        for n, p in enumerate(planes):
            if n and level == LEVELS - 1:  # chroma of the coarsest level is stored as large as luma
                p = p.reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).mean((1, 3))
            a = p[y:y + h, x:x + w] if n == 0 else p[y // 2:(y + h + 1) // 2, x // 2:(x + w + 1) // 2]
            a = np.rint(a * np.float32(1 << (depth - 8)) if depth > 8 else a)
            out.append(np.ascontiguousarray(np.minimum(a, top).astype(kind)))
        return Frame(out[0], out[1], out[2], index, self._info.pts[index], depth)

    def read(self, index: int) -> Frame:
        return self.read_level(index, 0)

    def read_level(self, index: int, level: int) -> Frame:
        """Frame `index` at `level` 0..3, decoded from that level's own part of the file."""
        if not 0 <= level < LEVELS:
            raise IndexError(f"level {level} of {LEVELS}")
        with self._lock:
            n = self._number(index, level)
            return self._frame(self._one(index, n, level), index, level)

    def read_exact(self, index: int) -> tuple[Frame, Planes]:
        """Frame `index` and its planes float32 before they were rounded to what is stored, on the same scale."""
        with self._lock:
            n = self._number(index, 0)
            planes, (w, h) = self._one(index, n, 0), self._size(0)
            scale = np.float32(1 << (self._info.bit_depth - 8))
            exact = [p[:h, :w] if k == 0 else p[:(h + 1) // 2, :(w + 1) // 2] for k, p in enumerate(planes)]
            return self._frame(planes, index, 0), [np.ascontiguousarray(p * scale) for p in exact]

    def read_region(self, index: int, box: Rect, level: int = 0) -> Frame:
        """The part `box` (x, y, w, h; even numbers, but for an end at the edge of the picture) of frame `index`, in pixels of `level`.

        Costs what it depends on, not the whole picture; may differ from `read_level` by one grey step. IndexError outside."""
        if not 0 <= level < LEVELS:
            raise IndexError(f"level {level} of {LEVELS}")
        x, y, w, h = box
        width, height = self._size(level)
        if x < 0 or y < 0 or w < 1 or h < 1 or x + w > width or y + h > height or x % 2 or y % 2 \
                or (w % 2 and x + w < width) or (h % 2 and y + h < height):
            raise IndexError(f"no region {box} in a picture of {width} x {height}")
        with self._lock:
            n = self._number(index, level)
            time = index - self.entries[n].start
            known = self._cache.get((n, level))
            if w * h * MOST_OF > width * height or (known is not None and time in known.refs):
                return self._frame(self._one(index, n, level), index, level, box)
            if level not in self._regions:
                self._regions[level] = RegionDecoder(self._info.width, self._info.height, self.quality, self.model, self.entries,
                                                     self._fetch, level, self.camera)
            k = CELL >> level
            part = Box(y // k, x // k, -(-(y + h) // k), -(-(x + w) // k))
            return self._frame(self._regions[level].read(n, time, part), index, level, (x - part.left * k, y - part.top * k, w, h))

    def _fetch(self, number: int, tile: int, level: int) -> tuple[bool, Payloads]:
        entry = self.entries[number]
        flags, parts, _ = packing.unpack_tile(
            lambda lv, t: self._file.read(ChunkKey(packing.TYPE, 0, lv, entry.start, t)), tile, level)
        head = packing.head(bytes([flags]))
        if (head.frames, head.key, head.anchored) != (entry.frames, entry.key, entry.anchor is not None or entry.camera):
            raise LzcError("a chunk changed while the file was open", where=str(self._path))
        return head.grey, parts

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames in order; symbols and key slices are decoded one chunk ahead on their own thread."""
        yield from self.frames_at(0, start, stop)

    def frames_at(self, level: int, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """`frames` at a stored level."""
        stop = self._info.frames if stop is None else min(stop, self._info.frames)
        for index in range(start, stop):
            with self._lock:
                n = self._number(index, level)
                if index == self.entries[n].start or index == start:
                    self._walk(level).ahead = True
                frame = self._frame(self._chunk(n, level)[index - self.entries[n].start], index, level)
            yield frame

    def shuttle(self, start: int, step: int, level: int = 0) -> Generator[Frame, None, None]:
        """About every `abs(step)`-th frame from `start` on, backwards where `step` is negative, as far as that is quick: only the slices
        coded first are decoded, so frames lie up to a quarter of a step beside the even ones. LzcError where a frame is lost."""
        size = abs(step)
        walk = Walk(self, level, kinds=2 if size >= 8 else 3 if size >= 4 else 4 if size >= 2 else TYPES)
        walk.ahead = 0 < step < 16  # further apart than that, chunks are passed over
        due, slack = start, size // 4
        try:
            for run in self._runs(start, step):
                made: list[Frame] = []
                for n in run:
                    e = self.entries[n]
                    if step > 0 and e.end <= due - slack:
                        continue
                    with self._lock:
                        self._number(e.start, level)
                        planes = walk.pixels.finish(walk.to(n))
                        found = [self._frame(planes[t], e.start + t, level) for t in sorted(planes) if e.start + t < self._info.frames]
                    if step < 0:
                        made += found
                        continue
                    for f in found:
                        if f.index >= max(start, due - slack):
                            due = f.index + size
                            yield f
                for f in reversed(made):
                    if f.index <= min(start, due + slack):
                        due = f.index - size
                        yield f
        finally:
            walk.close()

    def _runs(self, start: int, step: int) -> Iterator[range]:
        """Numbers of chunks in the order of shuttling: all from `start` on, or key interval by key interval backwards."""
        n = bisect.bisect_right(self._starts, start) - 1
        if step > 0:
            yield range(max(n, 0), len(self.entries))
        while step < 0 and n >= 0:
            first = n
            while first and not self.entries[first].begins and self.entries[first].anchor is None:
                first -= 1
            yield range(first, n + 1)
            n = first - 1

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        self._closed = True
        ended = [walk.close() for walk in self._readers.values()]
        for part in self._regions.values():
            part.close()
        for held in (self._readers, self._regions, self._cache):
            held.clear()  # whoever still holds the source holds no pictures
        self._seen = None, -1
        if all(ended):  # what still reads keeps the file
            self._file.close()

    def __enter__(self) -> LzcSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
