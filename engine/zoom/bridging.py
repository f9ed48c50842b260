"""A damaged recording that plays on: frames that are lost are bridged from those that are not, and say so.

What is whole at a coarser level is shown from there, magnified (INTERPOLATED). What is lost altogether is moved from the whole frames
before and after (SYNTHESISED); at an end of the clip, where there is only one side, motion goes on as it was. Long gaps stay gaps.
For looking only: exports and zooms ask the recording itself, and never take a bridged frame for a recorded one.
"""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api import Frame, FrameSource, LzcError, ModelError, Provenance, SourceInfo

if TYPE_CHECKING:
    from engine.diffusor.ahead import AheadModel

LONGEST = 48   # frames of a gap that are still bridged
AT_THE_END = 16  # frames carried on where the gap has one side only
SEARCH = LONGEST + 1


class BridgedSource:
    """A `FrameSource` over a damaged one. Everything it does not know itself is asked of the source under it. `close` closes that."""

    def __init__(self, source: FrameSource, load: Callable[[], AheadModel] | None = None) -> None:
        self.source = source
        self._load = load
        self._model: AheadModel | None = None
        self._gap: dict[int, Frame] = {}
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    @property
    def info(self) -> SourceInfo:
        return self.source.info

    def close(self) -> None:
        self.source.close()

    def read(self, index: int) -> Frame:
        """The frame, bridged where it is lost; the loss itself (LzcError) where it cannot be bridged."""
        try:
            return self.source.read(index)
        except LzcError as fault:
            with self._lock:
                return self._bridged(index, fault)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames in order, bridged where they are lost."""
        at, end = start, self.info.frames if stop is None else min(stop, self.info.frames)
        while at < end:
            try:
                for frame in self.source.frames(at, end):
                    yield frame
                    at += 1
                return
            except LzcError as fault:
                with self._lock:
                    frame = self._bridged(at, fault)
                yield frame
                at += 1

    def _whole(self, index: int) -> Frame | None:
        try:
            return self.source.read(index)
        except LzcError:
            return None

    def _bridged(self, index: int, fault: LzcError) -> Frame:
        if index in self._gap:
            return self._gap[index]
        coarse = self._coarser(index)
        if coarse is not None:
            return coarse
        before = self._near(range(index - 1, max(index - SEARCH, 0) - 1, -1))
        after = self._near(range(index + 1, min(index + SEARCH, self.info.frames - 1) + 1))
        made = self._between(before, after) if before and after else self._onwards(before, after)
        if index not in made:
            raise fault
        self._gap = made  # one gap is kept: playing goes through it frame by frame
        return made[index]

    def _near(self, places: range) -> Frame | None:
        return next((f for f in map(self._whole, places) if f is not None), None)

    def _coarser(self, index: int) -> Frame | None:
        read: Callable[[int, int], Frame] | None = getattr(self.source, "read_level", None)
        if read is None:
            return None
        for level in range(1, self.info.levels):
            try:
                small = read(index, level)
            except LzcError:
                continue
            shapes = ((self.info.height, self.info.width), *[((self.info.height + 1) // 2, (self.info.width + 1) // 2)] * 2)
            y, u, v = (_magnified(p, 1 << level, s) for p, s in zip((small.y, small.u, small.v), shapes, strict=True))
            return Frame(y, u, v, index, self.info.pts[index], small.bit_depth, Provenance.INTERPOLATED)
        return None

    def _between(self, before: Frame, after: Frame) -> dict[int, Frame]:
        from engine.diffusor.ahead import between

        missing = list(range(before.index + 1, after.index))
        if len(missing) > LONGEST:
            return {}
        span = after.index - before.index
        made = between(before, after, [(n - before.index) / span for n in missing])
        return {n: self._placed(f, n) for n, f in zip(missing, made, strict=True)}

    def _onwards(self, before: Frame | None, after: Frame | None) -> dict[int, Frame]:
        """From one side: forwards in time after the last whole frame, backwards before the first."""
        edge, way = (before, 1) if before is not None else (after, -1)
        if edge is None:
            return {}
        model, inner = self._ahead(), edge.index - way
        second = self._whole(inner) if 0 <= inner < self.info.frames else None
        if model is None or second is None:
            return {}
        count = min(AT_THE_END, self.info.frames - 1 - edge.index if way > 0 else edge.index)
        made = model.after(second, edge, count) if count > 0 else []
        return {n: self._placed(f, n) for n, f in zip(range(edge.index + way, edge.index + way * (count + 1), way), made, strict=True)}

    def _placed(self, frame: Frame, index: int) -> Frame:
        return replace(frame, index=index, pts=self.info.pts[index])

    def _ahead(self) -> AheadModel | None:
        if self._model is None:
            from engine.diffusor.ahead import load_ahead

            try:
                self._model = load_ahead() if self._load is None else self._load()
            except ModelError:
                return None
        return self._model


def _magnified(plane: np.ndarray, factor: int, shape: tuple[int, int]) -> np.ndarray:
    """Linear magnification by a whole factor, pixel areas aligned, cut to `shape`."""
    out = plane.astype(np.float32)
    for axis in (0, 1):
        n = out.shape[axis]
        at = np.clip((np.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
        low = np.minimum(at.astype(int), max(n - 2, 0))
        share = (at - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share
        out = out.take(low, axis) * (1 - share) + out.take(np.minimum(low + 1, n - 1), axis) * share
    return np.ascontiguousarray(np.rint(out[:shape[0], :shape[1]]).astype(plane.dtype))
