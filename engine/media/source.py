"""Frame-exact sources: a video file, a single picture, a folder of pictures. All decoding happens in a child process.

Reading ahead: requests for the next frames are posted before they are asked for, so that the child decodes while the caller works.
Stepping back: the frames before the wanted one are fetched with it, so that a step back costs one decode of a group and not one a frame.
"""
from __future__ import annotations

import os
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from engine.api import Colour, Frame, MediaError, SourceInfo
from engine.media.files import Digest, hash_file, hash_listing, list_images
from engine.media.limits import DecodeLimits
from engine.media.slots import slot_bytes
from engine.media.worker import Worker

CACHE_BYTES = 160 << 20
CACHE_MOST = 32
BACK = 8


class _ChildSource:
    """What both kinds of source share: the child, the cache, reading ahead."""

    def __init__(self, path: str | os.PathLike[str], limits: DecodeLimits | None) -> None:
        self._path = os.path.abspath(os.fspath(path))
        self._limits = limits or DecodeLimits()
        self._lock = threading.RLock()
        self._cache: OrderedDict[int, Frame] = OrderedDict()
        self._pending: deque[tuple[int, int]] = deque()  # (index, slot) posted and not yet taken
        self._free: list[int] = []
        self._last = -2
        self._worker: Worker | None = None
        self._closed = False
        self._deaths = 0
        request = self._open_request()  # looks at the place first: nothing is read from what is no file
        digest = Digest(self._digest_of)
        try:
            worker, facts, pts = self._start(request)
        except BaseException:
            digest.stop()
            raise
        self._worker = worker
        try:
            self._info = self._describe(facts, pts, digest.result())
            self._keys = _key_frames(facts, len(pts))
            self._share(worker)
        except BaseException:
            self.close()
            raise
        size = slot_bytes(self._info.width, self._info.height, self._info.bit_depth)
        self._room = max(1, min(CACHE_MOST, CACHE_BYTES // size))

    def _open_request(self) -> tuple[str, dict[str, Any]]:
        raise RuntimeError("a source must say how it is opened")

    def _digest_of(self, stopped: threading.Event) -> str:
        raise RuntimeError("a source must say what it hashes")

    def _start(self, how: tuple[str, dict[str, Any]]) -> tuple[Worker, dict[str, Any], list[int]]:
        do, request = how
        worker = Worker(os.path.basename(self._path), self._limits)
        try:
            facts, blob = worker.call(do, limits=asdict(self._limits), **request)
            pts = np.frombuffer(blob, "<i8").tolist()
            _check_facts(facts, pts, self._limits)
        except BaseException:
            worker.close()
            raise
        return worker, facts, pts

    def _share(self, worker: Worker) -> None:
        self._free = list(range(worker.share(self._info.width, self._info.height, self._info.bit_depth)))
        self._pending.clear()

    def _describe(self, facts: dict[str, Any], pts: list[int], digest: str) -> SourceInfo:
        full, matrix, primaries, transfer = facts["colour"]
        return SourceInfo(
            path=self._path, kind=facts["kind"], width=facts["width"], height=facts["height"], pts=tuple(pts),
            time_base=Fraction(*facts["time_base"]), rate=Fraction(*facts["rate"]), bit_depth=facts["depth"],
            colour=Colour(bool(full), matrix, primaries, transfer), sample_aspect=Fraction(*facts["aspect"]), rotation=facts["rotation"],
            has_audio=bool(facts["audio"]), digest=digest, notes=tuple(str(n)[:300] for n in facts["notes"][:20]))

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def key_frames(self) -> tuple[int, ...]:
        """Frames from which decoding can start; none where that is every frame, or not known."""
        return self._keys

    def held(self) -> tuple[tuple[int, int], ...]:
        """Runs `(first, last)` of frames that are decoded already. From any thread; what changes meanwhile may be missed."""
        runs: list[list[int]] = []
        for index in sorted(tuple(self._cache)):
            if runs and runs[-1][1] == index - 1:
                runs[-1][1] = index
            else:
                runs.append([index, index])
        return tuple((a, b) for a, b in runs)

    def read(self, index: int) -> Frame:
        """Frame `index`, exactly. The arrays are shared with the cache: do not write into them. IndexError outside the clip,
        MediaError naming the frame where it is lost."""
        if not 0 <= index < self._info.frames:
            raise IndexError(f"frame {index} is outside 0 ... {self._info.frames - 1}")
        with self._lock:
            if index == self._last - 1 and index not in self._cache:
                self._fetch(max(0, index - min(BACK, self._room) + 1), index)
            ahead = 2 if index == self._last + 1 else 0
            return self._get(index, min(index + ahead, self._info.frames - 1))

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames `start <= index < stop` in order, decoded ahead of the caller."""
        count = self._info.frames
        stop = count if stop is None else min(stop, count)
        for index in range(max(0, start), stop):
            with self._lock:
                frame = self._get(index, min(index + CACHE_MOST, stop - 1))
            yield frame

    def _get(self, index: int, ahead_to: int) -> Frame:
        """Frame `index`; then keep the child busy up to `ahead_to`."""
        self._last = index
        frame = self._cache.get(index)
        if frame is None:
            if all(i != index for i, _ in self._pending):
                self._drain()
                self._post(index)
            while frame is None:
                frame = self._take(index)
        else:
            self._cache.move_to_end(index)
        upcoming = self._pending[-1][0] + 1 if self._pending else index + 1
        if not self._pending or self._pending[0][0] == index + 1:
            while self._free and upcoming <= ahead_to:
                if upcoming not in self._cache:
                    self._post(upcoming)
                upcoming += 1
        return frame

    def _fetch(self, first: int, last: int) -> None:
        """Bring frames `first ... last` into the cache in one pass; what cannot be decoded is left out."""
        self._drain()
        for index in range(first, last + 1):
            if index in self._cache:
                continue
            if not self._free:
                self._settle()
            self._post(index)
        self._drain()

    def _post(self, index: int) -> None:
        worker = self._ready()
        slot = self._free.pop()
        try:
            worker.post("frame", index=index, slot=slot)
        except MediaError as error:  # already dead when asked
            self._lose_child()
            raise MediaError(f"{error.what} at frame {index}", where=error.where, hint=error.hint) from None
        self._pending.append((index, slot))

    def _take(self, wanted: int) -> Frame | None:
        """Take the oldest reply. The frame if it is the wanted one; an error is raised only if it is the wanted one's."""
        index, slot = self._pending.popleft()
        worker = self._ready()
        try:
            worker.take()
        except MediaError as error:
            self._free.append(slot)
            if not worker.alive:
                self._lose_child()
                raise MediaError(f"{error.what} at frame {index}", where=error.where, hint=error.hint) from None
            if index == wanted:
                raise
            return None
        self._deaths = 0
        frame = Frame(*worker.planes(slot), index, self._info.pts[index], self._info.bit_depth)
        self._free.append(slot)
        self._cache[index] = frame
        while len(self._cache) > self._room:
            self._cache.popitem(last=False)
        return frame if index == wanted else None

    def _settle(self) -> None:
        try:
            self._take(-1)
        except MediaError:
            self._pending.clear()

    def _drain(self) -> None:
        while self._pending:
            self._settle()

    def _ready(self) -> Worker:
        """The child; a new one where the last one died (three times without a frame between is enough)."""
        if self._closed:
            raise MediaError("is closed", where=os.path.basename(self._path))
        if self._worker is None:
            if self._deaths >= 3:
                raise MediaError("decoding has crashed three times in a row", where=os.path.basename(self._path),
                                 hint="the file is damaged")
            worker, _, pts = self._start(self._open_request())
            self._worker = worker
            if tuple(pts) != self._info.pts:
                self.close()
                raise MediaError("the file has changed since it was opened", where=os.path.basename(self._path), hint="open it again")
            self._share(worker)
        return self._worker

    def _lose_child(self) -> None:
        self._deaths += 1
        if self._worker is not None:
            self._worker.close()
            self._worker = None
        self._pending.clear()

    def close(self) -> None:
        """End the child and forget all frames. May be called again."""
        with self._lock:
            self._closed = True
            if self._worker is not None:
                self._worker.close()
                self._worker = None
            self._cache.clear()
            self._pending.clear()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class VideoFileSource(_ChildSource):
    """A `FrameSource` over one video file or picture. MediaError in one line where it cannot be read."""

    def __init__(self, path: str | os.PathLike[str], limits: DecodeLimits | None = None, *, threads: int = 0) -> None:
        self._threads = threads
        super().__init__(path, limits)

    def _open_request(self) -> tuple[str, dict[str, Any]]:
        if not os.path.isfile(self._path):
            if not os.path.exists(self._path):
                raise MediaError("there is no such file", where=self._path)
            raise MediaError("is a folder" if os.path.isdir(self._path) else "is not a file", where=self._path)
        return "open", {"path": self._path, "threads": self._threads}

    def _digest_of(self, stopped: threading.Event) -> str:
        return hash_file(self._path, stopped)


class ImageFolderSource(_ChildSource):
    """A `FrameSource` over the pictures of a folder, in natural order (img2 before img10), all of one size, at `rate` frames a second."""

    def __init__(self, path: str | os.PathLike[str], limits: DecodeLimits | None = None, *, rate: Fraction = Fraction(25)) -> None:
        self._rate = Fraction(rate)
        self._files = list_images(path)
        super().__init__(path, limits)

    def _open_request(self) -> tuple[str, dict[str, Any]]:
        names = [os.path.basename(f) for f in self._files]
        return "folder", {"folder": self._path, "names": names, "rate": [self._rate.numerator, self._rate.denominator]}

    def _digest_of(self, stopped: threading.Event) -> str:
        return hash_listing(self._files, stopped)


def _key_frames(facts: dict[str, Any], frames: int) -> tuple[int, ...]:
    """As the child tells them, as far as they can be."""
    said = facts.get("keys")
    found = [k for k in said if isinstance(k, int) and 0 <= k < frames] if isinstance(said, list) else []
    return tuple(found) if all(a < b for a, b in pairwise(found)) else ()


def _check_facts(facts: dict[str, Any], pts: list[int], limits: DecodeLimits) -> None:
    """The child is not trusted: what sizes our memory must be sane."""
    try:
        limits.check_size(int(facts["width"]), int(facts["height"]))
        fine = (facts["depth"] in (8, 10) and len(pts) == facts["frames"] > 0 and all(b > a for a, b in pairwise(pts))
                and all(isinstance(facts[k][0], int) and isinstance(facts[k][1], int) and facts[k][0] > 0 < facts[k][1]
                        for k in ("time_base", "rate", "aspect")) and len(facts["colour"]) == 4)
    except (KeyError, TypeError, ValueError, IndexError):
        fine = False
    if not fine:
        raise MediaError("the decoding process talks nonsense", hint="the file is damaged or hostile")


def open_media(path: str | os.PathLike[str], limits: DecodeLimits | None = None) -> VideoFileSource | ImageFolderSource:
    """A source for a folder of pictures, a picture or a video."""
    return ImageFolderSource(path, limits) if os.path.isdir(path) else VideoFileSource(path, limits)


def probe(path: str | os.PathLike[str], limits: DecodeLimits | None = None) -> SourceInfo:
    """What a file (or folder of pictures) holds: exact frames and time stamps, colour, turning.

    MediaError in one line where it cannot be read."""
    with open_media(path, limits) as source:
        return replace(source.info)
