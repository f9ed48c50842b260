"""What the correlation network makes of the recorded pixels of a view: drawn like the record, and accounted for by itself."""
from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from engine.api import FrameSource, ModelError, Provenance
from engine.resources import model_path

from . import provenance
from .geometry import Grid, Rect
from .pictures import Planes

_SNAP = 64      # luma pixels: a small pan asks for the same box again
_MARGIN = 8     # around what is shown, for the filters of the resampler
WEIGHTS = "correlation.safetensors"
Box = tuple[int, int, int, int]


class Restorer(Protocol):
    """A recording that can be restored in parts, see `engine.restoring.RestoredSource`."""

    @property
    def model(self) -> Any: ...

    def part(self, index: int, box: Box, check: Callable[[], None] = ...) -> Any: ...

    def has(self, index: int, box: Box) -> bool: ...


def restorer_for(source: FrameSource) -> tuple[Restorer | None, str]:
    """(the source seen through the network, "") for a `.lzc` recording; (None, why not) where the weights are damaged; else, and where
    none are installed or the writer sent nothing for them, (None, "")."""
    # not imported, or on another thread not to its end: then this is no recording, and torch need not come
    recording = getattr(sys.modules.get("engine.lorentzian.source"), "LzcSource", None)
    if recording is None or not isinstance(source, recording) or not model_path(WEIGHTS).exists():
        return None, ""
    try:
        from engine.restoring import RestoredSource

        restored = RestoredSource(source, source.info.path)
        return (restored if restored.windows else None), ""
    except ModelError as error:
        return None, str(error)


def box_of(grid: Grid, width: int, height: int) -> Box:
    """(x0, y0, x1, y1) of the source pixels under a grid, a little larger, in steps of `_SNAP`."""
    def span(start: float, length: float, size: int) -> tuple[int, int]:
        low = max(int(start - _MARGIN) // _SNAP * _SNAP, 0)
        return low, min(-int(-(start + length + _MARGIN) // _SNAP) * _SNAP, size)
    x0, x1 = span(grid.x0, grid.px * grid.width, width)
    y0, y1 = span(grid.y0, grid.py * grid.height, height)
    return min(x0, width - 1), min(y0, height - 1), max(x1, 1), max(y1, 1)


class RestoredPicture:
    """A `LevelPicture` of level 0 made of planes float32 in grey steps."""

    level = 0

    def __init__(self, planes: Planes) -> None:
        y, u, v = planes
        h, w = y.shape
        self.planes = (np.pad(y, ((0, h % 2), (0, w % 2)), mode="edge") if h % 2 or w % 2 else y), u, v
        self.height, self.width = self.planes[0].shape

    def region(self, x0: int, y0: int, x1: int, y1: int) -> Planes:
        y, u, v = self.planes
        part = np.s_[y0 // 2:y1 // 2, x0 // 2:x1 // 2]
        return y[y0:y1, x0:x1], u[part], v[part]


def classes(changed: np.ndarray, grid: Grid, rect: Rect) -> np.ndarray:
    """uint8 `[h, w]` of device pixels: magnified ones are interpolated, of the others those with restored data in them restored."""
    x, y, w, h = rect
    if provenance.classify(0, grid.pitch) == Provenance.INTERPOLATED:
        return provenance.mask(h, w, Provenance.INTERPOLATED)

    def ends(start: float, pitch: float, at: int, count: int, size: int) -> list[np.ndarray]:
        edges = start + pitch * np.arange(at, at + count + 1, dtype=np.float64)
        return [np.clip(np.floor(edges[:-1]), 0, size - 1).astype(int), np.clip(np.ceil(edges[1:]) - 1, 0, size - 1).astype(int)]
    rows, columns = ends(grid.y0, grid.py, y, h, changed.shape[0]), ends(grid.x0, grid.px, x, w, changed.shape[1])
    touched = np.zeros((h, w), bool)
    for r in rows:
        for c in columns:
            touched |= changed[np.ix_(r, c)]
    return np.where(touched, np.uint8(Provenance.RESTORED), np.uint8(Provenance.CODED))
