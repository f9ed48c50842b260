"""Where device pixels lie on the source: the grid of a view, the levels it needs, and the limit of what was recorded.

All comparisons are exact: a pitch (source pixels per device pixel) is compared with powers of two in floating point, where scaling
by a power of two and the comparison itself do not round. So "recorded limit" is a statement about pixels, not about tolerances.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

from engine.api import EngineError, Roi, SourceInfo

Rect = tuple[int, int, int, int]
MAX_DEPTH = 16           # levels beyond the record: x65536
MAX_REDUCTION = 8        # levels below full size that are ever made
MAX_OUTPUT = 1 << 28     # device pixels of one picture
_EDGE_TOLERANCE = 1e-6   # source pixels a region may stick out by, from rounding in a caller


@dataclass(frozen=True)
class Grid:
    """Device pixel (i, j) covers source pixels `[x0 + i*px, x0 + (i+1)*px) x [y0 + j*py, y0 + (j+1)*py)`."""

    x0: float
    y0: float
    px: float
    py: float
    width: int
    height: int

    @property
    def pitch(self) -> float:
        """Source pixels per device pixel in the more magnified direction."""
        return min(self.px, self.py)

    @property
    def magnification(self) -> float:
        """Device pixels per level-0 pixel in the more magnified direction."""
        return 1.0 / self.pitch


def check_roi(roi: Roi, info: SourceInfo) -> Roi:
    """The region as floats. EngineError when it is not four finite numbers, is empty, or leaves the frame."""
    try:
        x, y, w, h = (float(value) for value in roi)
    except (TypeError, ValueError, OverflowError):
        raise EngineError(f"the region {roi!r} is not four numbers", hint="give x, y, width, height in source pixels") from None
    if not all(math.isfinite(value) for value in (x, y, w, h)):
        raise EngineError(f"the region {x:g},{y:g} {w:g}x{h:g} holds a value that is not finite",
                          hint="give x, y, width, height in source pixels")
    if w <= 0 or h <= 0:
        raise EngineError(f"the region {x:g},{y:g} {w:g}x{h:g} is empty", hint="width and height must be above 0")
    if x < -_EDGE_TOLERANCE or y < -_EDGE_TOLERANCE or x + w > info.width + _EDGE_TOLERANCE or y + h > info.height + _EDGE_TOLERANCE:
        raise EngineError(f"the region {x:g},{y:g} {w:g}x{h:g} leaves the frame of {info.width}x{info.height}",
                          hint="choose a region inside the frame")
    return x, y, w, h


def clamp_roi(roi: Roi, info: SourceInfo) -> Roi:
    """The nearest region of the same size inside the frame (smaller where it does not fit). For views that pan past an edge."""
    x, y, w, h = (float(value) for value in roi)
    w, h = min(w, float(info.width)), min(h, float(info.height))
    return min(max(x, 0.0), info.width - w), min(max(y, 0.0), info.height - h), w, h


def check_frame(frame: int, info: SourceInfo) -> int:
    """The frame number as an int. EngineError outside the source."""
    if isinstance(frame, bool) or not isinstance(frame, int) or not 0 <= frame < info.frames:
        raise EngineError(f"there is no frame {frame}", where=info.path, hint=f"frames are 0 to {info.frames - 1}")
    return frame


def grid_of_view(roi: Roi, viewport: tuple[int, int], info: SourceInfo) -> Grid:
    """The grid that lays `roi` exactly onto `viewport` (w, h) device pixels."""
    x, y, w, h = check_roi(roi, info)
    try:
        vw, vh = int(viewport[0]), int(viewport[1])
    except (TypeError, ValueError, IndexError, OverflowError):
        raise EngineError(f"the viewport {viewport!r} is not two whole numbers") from None
    if vw < 1 or vh < 1 or vw * vh > MAX_OUTPUT:
        raise EngineError(f"a view of {vw}x{vh} pixels cannot be made", hint="make the window larger or smaller")
    return Grid(x, y, w / vw, h / vh, vw, vh)


def grid_of_export(roi: Roi, magnify: float, info: SourceInfo) -> Grid:
    """The grid of an export: `round(w * magnify) x round(h * magnify)` pixels, each exactly `1 / magnify` source pixels wide."""
    x, y, w, h = check_roi(roi, info)
    try:
        factor = float(magnify)
    except (TypeError, ValueError, OverflowError):
        factor = math.nan
    if not math.isfinite(factor) or factor <= 0:
        raise EngineError(f"the magnification {magnify!r} is not a number above 0")
    if w * factor * h * factor > MAX_OUTPUT:
        raise EngineError(f"{w:g}x{h:g} pixels magnified x{factor:g} make a picture too large to export",
                          hint=f"stay below {MAX_OUTPUT // 1_000_000} million pixels")
    width, height = round(w * factor), round(h * factor)
    if width < 1 or height < 1:
        raise EngineError(f"{w:g}x{h:g} pixels at x{factor:g} leave nothing to export", hint="choose a larger region or magnification")
    return Grid(x, y, 1.0 / factor, 1.0 / factor, width, height)


def recorded_level(pitch: float, coarsest: int) -> int:
    """The coarsest level, 0 to `coarsest`, with at least one data pixel per device pixel (0 when none has)."""
    level = 0
    while level < coarsest and pitch >= 2.0 ** (level + 1):
        level += 1
    return level


def synthesis_depth(pitch: float) -> int:
    """Levels beyond level 0 that give one data pixel per device pixel: ceil(log2(magnification)), 0 within the record."""
    depth = 0
    while depth < MAX_DEPTH and pitch * 2.0 ** depth < 1.0:
        depth += 1
    return depth


def recorded_limit(level: int = 0) -> float:
    """Device pixels per level-0 pixel up to which (inclusive) every pixel is recorded, when `level` is the finest that can be read."""
    return 2.0 ** -level


def coarsest_level(info: SourceInfo) -> int:
    """The coarsest level a view may use: all that are stored, and means of them down to about 16 pixels."""
    smallest = min(info.width, info.height)
    made = 0
    while made < MAX_REDUCTION and smallest >> (made + 1) >= 16:
        made += 1
    return max(made, info.levels - 1)


def split(rect: Rect, tile: int) -> list[Rect]:
    """`rect` cut into tiles of at most `tile` pixels, the one nearest to the centre first."""
    x, y, w, h = rect
    tiles = [(tx, ty, min(tile, x + w - tx), min(tile, y + h - ty)) for ty in range(y, y + h, tile) for tx in range(x, x + w, tile)]
    cx, cy = x + w / 2, y + h / 2
    return sorted(tiles, key=lambda r: ((r[0] + r[2] / 2 - cx) ** 2 + (r[1] + r[3] / 2 - cy) ** 2, r[1], r[0]))
