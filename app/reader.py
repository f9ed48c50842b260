"""Decoding for playback, on a plain Python thread: seeks (the newest wins), plays forwards and backwards, cuts the zoomed region.

Everything goes out through `post(event)`, called on the reader thread. Events carry the generation of the request they answer;
whoever asked for something newer drops them. `on_still(info, frame)` hears, on the reader thread, of every frame that is shown
standing, before it is shown: a zoom of it need not decode it again.
"""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np

from app.charts import Charts
from app.convert import ToRgb, covering, cut, picture
from app.shuttling import paced
from engine.api import EngineError, Frame, FrameSource, LevelledSource, Provenance, RegionSource, Roi, ShuttleSource, SourceInfo
from engine.memory import give_back

log = logging.getLogger(__name__)
AHEAD = 4          # frames decoded before they are due
PAUSE = 0.02       # seconds in which others may use the source, between pieces of work that nobody has asked for
REST = 2.0         # seconds in which nothing was asked for, after which memory is given back
BUSY = 20.0        # seconds after which that is done all the same
SHUTTLE = 4        # strides from here on show what is quickest to decode, about so far apart
BACK_BLOCK = 12    # frames decoded forwards at a time to be shown backwards
NEAR = 8           # a frame this near to the one shown last is soon there by itself
SMALL = 4          # a zoomed region smaller than the picture divided by this is decoded before the rest ...
LARGE = 1 << 20    # ... where the picture has that many pixels: of smaller ones all of it is there soon after


@dataclass(frozen=True, eq=False)
class Opened:
    generation: int
    path: str
    info: SourceInfo
    damage: tuple[str, ...]
    keys: tuple[int, ...] = ()  # frames from which decoding can start


@dataclass(frozen=True, eq=False)
class DataOpened:
    """What was opened has no frames: general data, ready to be plotted."""

    generation: int
    path: str
    charts: Charts


@dataclass(frozen=True)
class OpenFailed:
    generation: int
    path: str
    message: str
    standing: str = ""  # the file whose frames are read as before


@dataclass(frozen=True, eq=False)
class Picture:
    """A frame for the screen: `whole` is the frame (reduced to what the view needs), `part` the zoomed region; BGRX `[h, w, 4]`."""

    generation: int
    index: int
    whole: np.ndarray
    part: np.ndarray | None = None
    part_roi: Roi | None = None
    centre: tuple[float, float] | None = None  # where a follower wants the view
    provenance: Provenance = Provenance.CODED  # anything else stands in for a frame that is lost
    held: tuple[tuple[int, int], ...] = ()  # runs of frames that are decoded already
    coarse: bool = False  # of a coarser level, because full frames come too slowly for this pace
    early: bool = False  # a first look while the frame is being decoded: from a coarse level, or a part that may be a grey step away


@dataclass(frozen=True)
class Lost:
    """Frame `index` cannot be decoded; playing goes on after it."""

    generation: int
    index: int
    message: str


@dataclass(frozen=True)
class Ended:
    generation: int


@dataclass(frozen=True)
class _Wish:
    generation: int
    start: int
    step: int = 0  # 0: this frame only; otherwise play with this stride


def _line(fault: BaseException) -> str:
    if isinstance(fault, EngineError):
        return str(fault)
    if isinstance(fault, OSError):
        return f"{fault.strerror or fault}: {fault.filename or ''}".rstrip(": ")
    log.error("reader fault", exc_info=fault)
    return f"a fault in the program: {fault!r} (the log has the details)"


class FrameReader:
    """`open`, `seek`, `play` return the generation of their answers. The thread starts with the first call; `close()` joins it."""

    def __init__(self, open_source: Callable[[str], FrameSource | Charts], to_rgb: ToRgb, post: Callable[[Any], None],
                 on_still: Callable[[SourceInfo, Frame], None] = lambda info, frame: None) -> None:
        self._open_source, self._to_rgb, self._post, self._on_still = open_source, to_rgb, post, on_still
        self._changed = threading.Condition()
        self._generation = 0
        self._to_open: str | None = None
        self._to_close = False
        self._wish: _Wish | None = None
        self._closing = False
        self._ahead = 0
        self._thread: threading.Thread | None = None
        self._fits = (960, 540)
        self._part: tuple[Roi, tuple[int, int]] | None = None
        self._last = 0  # frame shown standing last; the beginning of a file is soon there by itself
        self._followed = False  # the frame shown last was looked at by a follower, who needs all of it
        self.follow: Callable[[Frame], tuple[float, float] | None] = lambda frame: None

    def open(self, path: str) -> int:
        with self._changed:
            self._to_open, self._to_close = path, False
            return self._ask(None)

    def forget(self) -> None:
        """Closes the source that is open; nothing is shown until another one is opened."""
        with self._changed:
            self._to_close = True
            if self._thread is not None:
                self._ask(None)

    def seek(self, index: int) -> int:
        with self._changed:
            return self._ask(_Wish(self._generation + 1, index))

    def play(self, start: int, step: int) -> int:
        """Frames from `start` with stride `step` (negative: backwards). At most `AHEAD` wait; say `taken()` for each one shown."""
        with self._changed:
            self._ahead = 0
            return self._ask(_Wish(self._generation + 1, start, step))

    def taken(self, count: int = 1) -> None:
        with self._changed:
            self._ahead = max(0, self._ahead - count)
            self._changed.notify_all()

    def look(self, fits: tuple[int, int], part: tuple[Roi, tuple[int, int]] | None) -> None:
        """What the screen needs: the size of the whole-frame view, and the zoomed region with its size, all in device pixels."""
        self._fits, self._part = fits, part

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._generation += 1
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _ask(self, wish: _Wish | None) -> int:
        self._generation += 1
        self._wish = wish
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="lorentz-reader")
            self._thread.start()
        self._changed.notify_all()
        return self._generation

    # -- below: the reader thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        source: FrameSource | None = None
        growing = False  # a source may use idle time to decode what lies beside the frame that it gave
        tidy, tidied = True, monotonic()
        while True:
            with self._changed:
                asked = self._changed.wait_for(lambda: self._closing or self._to_close or self._to_open is not None
                                               or self._wish is not None,
                                               PAUSE if growing else None if tidy else REST)
                if self._closing:
                    break
                path, self._to_open = self._to_open, None
                close, self._to_close = self._to_close, False
                wish, self._wish = self._wish, None
                generation = self._generation
            if close and source is not None:
                source.close()
                source = None
            if path is not None:
                opened, new = self._do_open(path, generation, source.info.path if source is not None else "")
                if opened and source is not None:
                    source.close()
                source = new if opened else source  # a mistaken file takes nothing away
                self._last = 0
            if wish is not None and source is not None:
                self._serve(source, wish)
            resting = not asked and not growing  # a person looks at what there is, or is away
            if resting or monotonic() - tidied > BUSY:
                give_back()
                tidied = monotonic()
            tidy = resting
            growing = not resting and source is not None and self._grow(source)
        if source is not None:
            source.close()

    @staticmethod
    def _grow(source: FrameSource) -> bool:
        """False when there is nothing more to be decoded beside what was shown."""
        try:
            return bool(source.ripen()) if hasattr(source, "ripen") else False
        except Exception as fault:
            log.info("decoding ahead: %s", fault)  # whoever asks for that frame is told
            return False

    def _do_open(self, path: str, generation: int, standing: str) -> tuple[bool, FrameSource | None]:
        """Whether it could be opened, and its frames where it has some."""
        source: FrameSource | None = None
        try:
            opened = self._open_source(path)
            if isinstance(opened, Charts):
                self._post(DataOpened(generation, path, opened))
                return True, None
            source = opened
            info = source.info
            if not info.frames:
                raise EngineError("there is no frame in it", where=path)
            self._post(Opened(generation, path, info, tuple(getattr(source, "damage", ())), tuple(getattr(source, "key_frames", ()))))
            return True, source
        except Exception as fault:
            self._post(OpenFailed(generation, path, _line(fault), standing))
            if source is not None:
                source.close()
            return False, None

    def _stale(self, wish: _Wish) -> bool:
        return wish.generation != self._generation

    def _serve(self, source: FrameSource, wish: _Wish) -> None:
        if wish.step == 0:
            try:
                self._look(source, wish)
                frame = source.read(wish.start)
            except Exception as fault:
                self._post(Lost(wish.generation, wish.start, _line(fault)))
                return
            if not self._stale(wish):
                if frame.provenance == Provenance.CODED:  # what stands in for a lost frame is nothing to zoom into
                    self._on_still(source.info, frame)
                self._show(source, wish, frame)
            return
        for frame in self._frames(source, wish):
            with self._changed:
                self._changed.wait_for(lambda: self._stale(wish) or self._ahead < AHEAD)
                if self._stale(wish):
                    return
                self._ahead += 1
            self._show(source, wish, frame)
        if not self._stale(wish):
            self._post(Ended(wish.generation))

    def _look(self, source: FrameSource, wish: _Wish) -> None:
        """A first look at a frame that takes long to decode, where the source can give one: all of it from the coarsest level, then the
        zoomed region in full detail."""
        info, n, last, self._last = source.info, wish.start, self._last, wish.start
        if info.levels < 2 or abs(n - last) <= NEAR or not 0 <= n < info.frames:
            return
        if not isinstance(source, RegionSource) or not isinstance(source, LevelledSource):
            return
        if any(a <= n <= b for a, b in (source.held() if hasattr(source, "held") else ())):
            return
        try:
            coarse = source.read_level(n, info.levels - 1)
            if self._stale(wish):
                return
            whole = picture(coarse, info.colour, self._to_rgb, self._fits)
            self._post(Picture(wish.generation, n, whole, early=True))
            pixels = info.width * info.height
            if self._part is None or pixels < LARGE or self._part[0][2] * self._part[0][3] * SMALL > pixels or self._stale(wish):
                return
            box = covering(self._part[0], info.width, info.height)
            part = picture(source.read_region(n, box), info.colour, self._to_rgb, self._part[1])
            x, y, w, h = box
            self._post(Picture(wish.generation, n, whole, part, (float(x), float(y), float(w), float(h)), early=True))
        except Exception as fault:
            log.info("a first look: %s", fault)  # the frame itself comes next, and whoever asked is told of its faults

    def _frames(self, source: FrameSource, wish: _Wish) -> Iterator[Frame]:
        if abs(wish.step) >= SHUTTLE and isinstance(source, ShuttleSource):
            at = wish.start
            try:
                for frame in paced(source, wish.start, wish.step, source.info.levels, lambda: not self._followed):
                    if self._stale(wish):
                        return
                    at = frame.index
                    yield frame
                return
            except Exception as fault:
                self._post(Lost(wish.generation, at, _line(fault)))
                wish = replace(wish, start=at + wish.step)  # frame by frame past what is lost
        yield from self._forwards(source, wish) if wish.step > 0 else self._backwards(source, wish)

    def _forwards(self, source: FrameSource, wish: _Wish) -> Iterator[Frame]:
        at = wish.start
        while at < source.info.frames and not self._stale(wish):
            try:
                for frame in source.frames(at):
                    if self._stale(wish):
                        return
                    if (at - wish.start) % wish.step == 0:
                        yield frame
                    at += 1
                return
            except Exception as fault:
                self._post(Lost(wish.generation, at, _line(fault)))
                at += 1  # on with what is whole

    def _backwards(self, source: FrameSource, wish: _Wish) -> Iterator[Frame]:
        end = wish.start + 1
        while end > 0 and not self._stale(wish):
            start = max(0, end - BACK_BLOCK)
            block: list[Frame] = []
            at = start
            while at < end and not self._stale(wish):
                try:
                    for frame in source.frames(at, end):
                        if self._stale(wish):
                            return
                        if (wish.start - at) % -wish.step == 0:
                            block.append(frame)
                        at += 1
                    at = end
                except Exception as fault:
                    self._post(Lost(wish.generation, at, _line(fault)))
                    at += 1
            yield from reversed(block)
            end = start

    def _show(self, source: FrameSource, wish: _Wish, frame: Frame) -> None:
        try:
            colour, part, part_roi = source.info.colour, None, None
            coarse = frame.width < source.info.width
            whole = picture(frame, colour, self._to_rgb, self._fits)
            at = None if coarse else self.follow(frame)
            self._followed = at is not None
            if self._part is not None and not coarse:
                cut_out, part_roi = cut(frame, _moved(self._part[0], at, frame))
                part = picture(cut_out, colour, self._to_rgb, self._part[1])
            held = source.held() if hasattr(source, "held") else ()
            self._post(Picture(wish.generation, frame.index, whole, part, part_roi, at, frame.provenance, held, coarse=coarse))
        except Exception as fault:
            self._post(Lost(wish.generation, frame.index, _line(fault)))


def _moved(roi: Roi, to: tuple[float, float] | None, frame: Frame) -> Roi:
    """`roi` with its centre at `to`, held inside the frame."""
    if to is None:
        return roi
    _, _, w, h = roi
    return min(max(to[0] - w / 2, 0.0), frame.width - w), min(max(to[1] - h / 2, 0.0), frame.height - h), w, h
