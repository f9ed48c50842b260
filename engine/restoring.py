"""A `.lzc` recording as the correlation network restores it: windows of up to eight frames, with the writer's bits where there are any."""
from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.api import Frame, LzcError, SourceInfo
from engine.correlation import CorrelationModel, Recorded, Restored, helps, leave, load_correlation, restore
from engine.correlation.model import WEIGHTS
from engine.lorentzian.schedule import STEP_FACTOR, slices, step
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


@dataclass(frozen=True)
class Window:
    """Frames `start <= i < stop` restored together; factors: of each frame's quantiser; keep: bool `[T, rows, columns]` or None."""

    start: int
    stop: int
    factors: tuple[float, ...]
    keep: np.ndarray | None = None


def load_installed() -> CorrelationModel | None:
    """The network that ships, None where none is installed. ModelError when its weights are damaged."""
    return load_correlation() if model_path(WEIGHTS).exists() else None


def factors_of(frames: int, key: bool) -> list[float]:
    """What the quantiser steps of a chunk's frames were multiplied by, in order of time."""
    kinds = {s.time: s.kind for s in slices(frames, key)}
    return [STEP_FACTOR[kinds[t]] for t in range(frames)]


def plan(source: LzcSource, path: Path, model: CorrelationModel) -> tuple[tuple[Window, ...], bool]:
    """(windows of a recording, whether all the bits of its writer are for this network). Bits for another network are not used."""
    known: dict[int, tuple[float, bool]] = {}
    for e in source.entries:
        known |= {e.start + k: (f, e.key and k == 0) for k, f in enumerate(factors_of(e.frames, e.key))}
    spans, bits = _spans(source, path, model)
    out = []
    for start, stop in spans or _free(known):
        frames = [i for i in range(start, min(stop, source.info.frames)) if i in known]
        if frames:
            keep = bits.get(start)
            if keep is not None:
                keep = keep[[i - start for i in frames]] if len(frames) != len(keep) else keep
            first, last = frames[0], frames[-1] + 1
            if len(frames) != last - first:  # a hole: what lies around it is restored by itself
                out += [Window(i, i + 1, (known[i][0],), None if keep is None else keep[n:n + 1]) for n, i in enumerate(frames)]
            else:
                out.append(Window(first, last, tuple(known[i][0] for i in frames), keep))
    return tuple(out), bool(bits) and set(bits) == {a for a, _ in spans}


def _spans(source: LzcSource, path: Path, model: CorrelationModel) -> tuple[list[tuple[int, int]], dict[int, np.ndarray]]:
    info = source.info
    with LzcReader(path, known={*KNOWN_TYPES, CHUNK}) as file:
        keys = [k for k in file.keys if k.type == CHUNK and k.stream == 0]
        if not any(k.flags == BOUND and file.read(k) == bytes.fromhex(model.hash)[:8] for k in keys):
            return [], {}
        bits: dict[int, np.ndarray] = {}
        for key in keys:
            if key.flags == 0:
                try:
                    bits[key.time] = leave.unpack(file.read(key), info.height, info.width)
                except LzcError:
                    return [], {}  # damaged bits are worth nothing; the pictures are
    spans, end = [], 0
    for start in sorted(bits):
        if start != end:
            return [], {}
        end = start + len(bits[start])
        spans.append((start, end))
    return (spans, bits) if end >= info.frames else ([], {})


def _free(known: dict[int, tuple[float, bool]]) -> list[tuple[int, int]]:
    """Windows where the file names none: runs of up to eight frames that do not reach over a fresh start."""
    out: list[tuple[int, int]] = []
    for i in sorted(known):
        if out and out[-1][1] == i and i - out[-1][0] < MOST and not known[i][1]:
            out[-1] = out[-1][0], i + 1
        else:
            out.append((i, i + 1))
    return out


def _planes(frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return frame.y, frame.u, frame.v


class RestoredSource:
    """An open `LzcSource` seen through the network, at full size. Safe to use from several threads; closing it leaves the source open.

    `bounded`: the writer's bits cover every frame, so no tile is worse than the decoder's. ModelError when weights are missing.
    """

    def __init__(self, source: LzcSource, path: str | Path, model: CorrelationModel | None = None) -> None:
        self.source, self.model = source, model or load_correlation()
        self.windows, self.bounded = plan(source, Path(path), self.model)
        self._at = {i: n for n, w in enumerate(self.windows) for i in range(w.start, w.stop)}
        self._lock = threading.Lock()
        self._last: tuple[int, dict[int, Frame | LzcError]] = (-1, {})
        self._parts: OrderedDict[tuple[int, tuple[int, int, int, int]], Restored] = OrderedDict()

    @property
    def info(self) -> SourceInfo:
        return self.source.info

    def _decoded(self, n: int) -> dict[int, Frame | LzcError]:
        out: dict[int, Frame | LzcError] = {}
        for i in range(self.windows[n].start, self.windows[n].stop):
            try:
                out[i] = self.source.read(i)
            except LzcError as fault:
                out[i] = fault
        return out

    def _recorded(self, n: int, frames: dict[int, Frame]) -> Recorded:
        w = self.windows[n]
        return Recorded(tuple(_planes(f) for f in frames.values()), step(self.source.quality),
                        tuple(w.factors[i - w.start] for i in frames), self.info.bit_depth)

    def _restore(self, n: int, decoded: dict[int, Frame | LzcError]) -> dict[int, Frame | LzcError]:
        w = self.windows[n]
        good = {i: f for i, f in decoded.items() if isinstance(f, Frame)}
        if not good or (w.keep is not None and not w.keep.any()):
            return decoded
        keep = None if w.keep is None else w.keep[[i - w.start for i in good]]
        made = restore(self._recorded(n, good), self.model, keep=keep)
        return decoded | {i: _frame(f, made[k].planes) for k, (i, f) in enumerate(good.items())}

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Restored frames in order; while one window is restored the next is decoded. LzcError at a lost frame."""
        stop = self.info.frames if stop is None else min(stop, self.info.frames)
        with ThreadPoolExecutor(1, "restoring") as pool:
            coming, number = None, -1
            for i in range(start, stop):
                n = self._at.get(i, -1)
                if n < 0:
                    raise LzcError(f"frame {i} is lost: its part of the file is damaged", where=self.info.path)
                if n != self._last[0]:
                    decoded = coming.result() if coming is not None and number == n else self._decoded(n)
                    coming, number = None, n + 1
                    if number < len(self.windows) and self.windows[number].start < stop:
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
            raise LzcError(f"frame {index} is lost: its part of the file is damaged", where=self.info.path)
        w = self.windows[n]
        near = sorted(range(w.start, w.stop), key=lambda i: (abs(i - index), i))[:ZOOM_MEMBERS]
        frames: dict[int, Frame] = {}
        for i in sorted(near):
            check()
            try:
                frames[i] = self.source.read(i)
            except LzcError:
                if i == index:
                    raise
        check()
        at = list(frames).index(index)
        keep = None if w.keep is None else w.keep[[i - w.start for i in frames]]
        made = restore(self._recorded(n, frames), self.model, members=ZOOM_MEMBERS, only=[at], box=box, keep=keep)[at]
        with self._lock:
            self._parts[key] = made
            while len(self._parts) > _KEPT:
                self._parts.popitem(last=False)
        return made


def _frame(old: Frame, planes: tuple[np.ndarray, ...]) -> Frame:
    top, scale = (1 << old.bit_depth) - 1, np.float32(1 << (old.bit_depth - 8))
    y, u, v = (np.minimum(np.rint(p * scale), top).astype(old.y.dtype) for p in planes)
    return Frame(y, u, v, old.index, old.pts, old.bit_depth)


class Deciding:
    """The writer's side: sees the frames of a window beside what they decode to, and says which tiles are to be restored."""

    def __init__(self, quality: int, depth: int, model: CorrelationModel) -> None:
        self.model, self.step, self.depth = model, step(quality), depth
        self.tiles = self.kept = self.bytes = 0

    def name(self) -> tuple[ChunkKey, bytes]:
        """The chunk that says for which network the bits are; once in a file."""
        return ChunkKey(CHUNK, flags=BOUND), bytes.fromhex(self.model.hash)[:8]

    def chunk(self, at: int, truth: list[list[np.ndarray]], shown: list[list[np.ndarray]], factors: list[float]) -> tuple[ChunkKey, bytes]:
        """The chunk for frames from `at` on: `truth` planes as stored in the source, `shown` decoded planes (float, 0..255.75, padded)."""
        top, scale = (1 << self.depth) - 1, np.float32(1 << (self.depth - 8))
        kind = np.uint8 if self.depth == 8 else np.uint16
        pictures = []
        for source, planes in zip(truth, shown, strict=True):
            cut = [np.minimum(np.rint(p[:t.shape[0], :t.shape[1]] * scale), top).astype(kind) for t, p in zip(source, planes, strict=True)]
            pictures.append((cut[0], cut[1], cut[2]))
        recorded = Recorded(tuple(pictures), self.step, tuple(factors), self.depth)
        keep = helps(recorded, restore(recorded, self.model), truth)
        data = leave.pack(keep)
        self.tiles += keep.size
        self.kept += int(keep.sum())
        self.bytes += len(data)
        return ChunkKey(CHUNK, time=at), data
