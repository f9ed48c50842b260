"""A `.lzc` recording as the correlation network restores it: windows of up to eight frames, as the writer said of each."""
from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.api import Frame, LzcError, SourceInfo
from engine.correlation import CorrelationModel, Recorded, Restored, leave, load_correlation, restore
from engine.correlation.leave import MOST_WINDOWS
from engine.correlation.model import WEIGHTS
from engine.lorentzian.schedule import STEP_FACTOR, slices, step
from engine.lorentzian.workers import HELPERS, map_slices
from engine.lzc import ChunkKey, LzcReader
from engine.lzc.layout import KNOWN_TYPES
from engine.resources import model_path

if TYPE_CHECKING:
    from engine.lorentzian import LzcSource

CHUNK = "rest"      # ancillary: a reader that does not know it shows the decoder's output
BOUND = 1           # flags of the chunk that names the network the bits were made with
MOST = 8            # frames of a window
ZOOM_MEMBERS = 4    # of a set when one frame is wanted at once
_KEPT = 4           # restored parts kept for zooms
LARGE = 1 << 20     # pixels


@dataclass(frozen=True, eq=False)
class Window:
    """Frames `start <= i < stop` that lie in the file and are restored together; factors: of each frame's quantiser; weights int8
    `[2, patterns]`; keep: bool `[T, rows, columns]`."""

    start: int
    stop: int
    factors: tuple[float, ...]
    weights: np.ndarray
    keep: np.ndarray


def load_installed() -> CorrelationModel | None:
    """The network that ships, None where none is installed. ModelError when its weights are damaged."""
    return load_correlation() if model_path(WEIGHTS).exists() else None


def factors_of(frames: int, key: bool) -> list[float]:
    """What the quantiser steps of a chunk's frames were multiplied by, in order of time."""
    kinds = {s.time: s.kind for s in slices(frames, key)}
    return [STEP_FACTOR[kinds[t]] for t in range(frames)]


def halves(frames: int) -> list[slice]:
    """What is coded together, as windows of up to eight pictures."""
    cuts = [0, frames] if frames <= leave.MOST_PICTURES else [0, (frames + 1) // 2, frames]
    return [slice(a, b) for a, b in pairwise(cuts)]


def plan(source: LzcSource, path: Path, model: CorrelationModel) -> tuple[Window, ...]:
    """The windows of a recording that its writer has weights for, for this network. All other frames are the decoder's."""
    known: dict[int, float] = {}
    for e in source.entries:
        known |= {e.start + k: f for k, f in enumerate(factors_of(e.frames, e.key))}
    out: list[Window] = []
    end = 0
    for start, (keep, weights) in sorted(_said(source, path, model).items(), key=lambda item: item[0]):
        if start < end:
            return ()  # they overlap: nobody wrote that
        end = start + len(keep)
        frames = range(start, min(end, source.info.frames))
        # around a hole nothing is restored: the weights are for sets that have all the pictures
        if keep.any() and weights.any() and len(frames) and all(i in known for i in frames):
            out.append(Window(start, frames.stop, tuple(known[i] for i in frames), weights, keep[:len(frames)]))
    return tuple(out)


def _said(source: LzcSource, path: Path, model: CorrelationModel) -> dict[int, leave.Said]:
    """What is said of windows, by first frame; nothing where it is for another network or damaged."""
    info = source.info
    with LzcReader(path, known={*KNOWN_TYPES, CHUNK}) as file:
        keys = [k for k in file.keys if k.type == CHUNK and k.stream == 0]
        if not any(k.flags == BOUND and file.read(k) == bytes.fromhex(model.hash)[:8] for k in keys):
            return {}
        out: dict[int, leave.Said] = {}
        try:
            for key in keys:
                at = key.time
                for said in leave.unpack(file.read(key), info.height, info.width, model.patterns) if key.flags == 0 else ():
                    out[at] = said
                    at += len(said[0])
        except LzcError:
            return {}  # damaged weights are worth nothing; the pictures are
        return out


Decoded = tuple[Frame, list[np.ndarray]]  # as it is stored, and its planes before they were rounded


def _planes(frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return frame.y, frame.u, frame.v


class RestoredSource:
    """An open `LzcSource` seen through the network, at full size. Safe to use from several threads; closing it leaves the source open.

    Frames without a window are the decoder's. ModelError when the network is missing.
    """

    def __init__(self, source: LzcSource, path: str | Path, model: CorrelationModel | None = None) -> None:
        self.source, self.model = source, model or load_correlation()
        self.windows = plan(source, Path(path), self.model)
        self._at = {i: n for n, w in enumerate(self.windows) for i in range(w.start, w.stop)}
        self._lock = threading.Lock()
        self._last: tuple[int, dict[int, Frame | LzcError]] = (-1, {})
        self._parts: OrderedDict[tuple[int, tuple[int, int, int, int]], Restored] = OrderedDict()

    @property
    def info(self) -> SourceInfo:
        return self.source.info

    def _decoded(self, n: int) -> dict[int, Decoded | LzcError]:
        out: dict[int, Decoded | LzcError] = {}
        for i in range(self.windows[n].start, self.windows[n].stop):
            try:
                out[i] = self.source.read_exact(i)
            except LzcError as fault:
                out[i] = fault
        return out

    def _recorded(self, n: int, frames: dict[int, Decoded]) -> Recorded:
        w = self.windows[n]
        return Recorded(tuple((p[0], p[1], p[2]) for _, p in frames.values()), step(self.source.quality),
                        tuple(w.factors[i - w.start] for i in frames), self.info.bit_depth)

    def _restore(self, n: int, decoded: dict[int, Decoded | LzcError]) -> dict[int, Frame | LzcError]:
        w = self.windows[n]
        good = {i: f for i, f in decoded.items() if not isinstance(f, LzcError)}
        if len(good) < len(decoded):
            return {i: f if isinstance(f, LzcError) else f[0] for i, f in decoded.items()}
        made = restore(self._recorded(n, good), self.model, w.weights, keep=w.keep, spread=map_slices)
        return {i: _frame(f[0], made[k].planes) for k, (i, f) in enumerate(good.items())}

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Restored frames in order; while one window is restored the next is decoded, and whichever core is free helps. LzcError at a lost
        frame."""
        stop = self.info.frames if stop is None else min(stop, self.info.frames)
        with ThreadPoolExecutor(1, "restoring") as pool:
            coming, number = None, -1
            for i in range(start, stop):
                n = self._at.get(i, -1)
                if n < 0:
                    yield self.source.read(i)
                    continue
                if n != self._last[0]:
                    decoded = coming.result() if coming is not None and number == n else self._decoded(n)
                    coming, number = None, n + 1
                    if number < len(self.windows) and self.windows[n].stop == self.windows[number].start < stop:
                        coming = pool.submit(self._decoded, number)
                    self._last = n, self._restore(n, decoded)
                got = self._last[1][i]
                if isinstance(got, LzcError):
                    raise got.with_traceback(None)
                yield got

    def has(self, index: int, box: tuple[int, int, int, int]) -> bool:
        """Whether `part` has the answer at hand."""
        with self._lock:
            return (index, box) in self._parts

    def part(self, index: int, box: tuple[int, int, int, int], check: Callable[[], None] = lambda: None) -> Restored:
        """Frame `index` with `box` (x0, y0, x1, y1; the rest as decoded) restored from small sets, for a zoom. LzcError when it is lost."""
        key = index, box
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
                return self._parts[key]
        n = self._at.get(index, -1)
        if n < 0:
            return self._plain(index)
        w = self.windows[n]
        near = sorted(range(w.start, w.stop), key=lambda i: (abs(i - index), i))[:ZOOM_MEMBERS]
        frames: dict[int, Decoded] = {}
        for i in sorted(near):
            check()
            try:
                frames[i] = self.source.read_exact(i)
            except LzcError:
                if i == index:
                    raise
        check()
        at = list(frames).index(index)
        keep = w.keep[[i - w.start for i in frames]]
        made = restore(self._recorded(n, frames), self.model, w.weights, members=ZOOM_MEMBERS, only=[at], box=box, keep=keep,
                       spread=map_slices)[at]
        with self._lock:
            self._parts[key] = made
            while len(self._parts) > _KEPT:
                self._parts.popitem(last=False)
        return made

    def _plain(self, index: int) -> Restored:
        """A frame as the decoder has it."""
        f = self.source.read(index)
        scale = np.float32(2.0 ** (8 - f.bit_depth))
        y, u, v = (p.astype(np.float32) * scale for p in _planes(f))
        return Restored((y, u, v), np.zeros(y.shape, bool))


def _frame(old: Frame, planes: tuple[np.ndarray, ...]) -> Frame:
    top, scale = (1 << old.bit_depth) - 1, np.float32(1 << (old.bit_depth - 8))
    y, u, v = (np.minimum(np.rint(p * scale), top).astype(old.y.dtype) for p in planes)
    return Frame(y, u, v, old.index, old.pts, old.bit_depth)


class Deciding:
    """The writer's side: sees the frames of a window beside what they decode to, and says with which weights of the network's patterns
    they are restored, and which tiles are. Unless `learned`, without those of the network, which take most of the time."""

    def __init__(self, quality: int, depth: int, model: CorrelationModel, learned: bool = True) -> None:
        self.model, self.step, self.depth, self.learned = model, step(quality), depth, learned
        self.tiles = self.kept = self.bytes = 0
        self.named = False  # whether the file says already for which network the bits are
        self._held: list[leave.Said] = []
        self._start = 0
        self._coming: Future[None] | None = None

    def name(self) -> tuple[ChunkKey, bytes]:
        """The chunk that says for which network the bits are; once in a file."""
        return ChunkKey(CHUNK, flags=BOUND), bytes.fromhex(self.model.hash)[:8]

    def see(self, at: int, truth: list[list[np.ndarray]], shown: list[list[np.ndarray]], factors: list[float]) -> None:
        """The window of frames from `at` on: `truth` planes as stored in the source, `shown` decoded planes (float, 0..255.75, padded).
        It is looked at on another thread while the writer goes on, but for large pictures: both at once would take too much memory."""
        self._settle()
        if truth[0][0].size > LARGE:
            self._look(at, truth, shown, factors)
        else:
            self._coming = HELPERS.submit(self._look, at, truth, shown, factors)

    def _settle(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.result()

    def _look(self, at: int, truth: list[list[np.ndarray]], shown: list[list[np.ndarray]], factors: list[float]) -> None:
        scale = np.float32(1 << (self.depth - 8))
        pictures = []
        for source, planes in zip(truth, shown, strict=True):
            cut = [np.ascontiguousarray(p[:t.shape[0], :t.shape[1]] * scale) for t, p in zip(source, planes, strict=True)]
            pictures.append((cut[0], cut[1], cut[2]))
        recorded = Recorded(tuple(pictures), self.step, tuple(factors), self.depth)
        before = [w for k, w in self._held if k.any()]
        keep, weights = leave.decide(recorded, self.model, truth, before=before[-1] if before else None, learned=self.learned)
        self._start = self._start if self._held else at
        self._held.append((keep, weights))
        self.tiles += keep.size
        self.kept += int(keep.sum())

    def chunks(self, least: int = 1) -> list[tuple[ChunkKey, bytes]]:
        """The chunk that holds what was said of the windows seen since the last one, if they are `least` or more and any is restored; the
        first time with the one that names the network."""
        self._settle()
        held = self._held
        if len(held) < least:
            return []
        self._held = []
        if not any(k.any() for k, _ in held):
            return []
        data = leave.pack(held)
        self.bytes += len(data)
        name = [] if self.named else [self.name()]
        self.named = True
        return [*name, (ChunkKey(CHUNK, time=self._start), data)]


__all__ = ["CHUNK", "MOST_WINDOWS", "Deciding", "RestoredSource", "Window", "factors_of", "halves", "load_installed", "plan"]
