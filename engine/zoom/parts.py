"""A part of a recorded picture, decoded alone where the source can do that: for exports that show little of a large one, and for the
first look at a frame, which need not wait for all of it. A part may be a grey step away from the same place of the whole picture."""
from __future__ import annotations

import numpy as np

from engine.api import FrameSource, LzcError, RegionSource

from .geometry import Grid
from .pictures import Planes

LARGE = 1 << 22  # pixels of a level from which a part alone is worth it
LOOK = 1 << 20   # from which it is worth it beside the whole: of 1280 x 720 it costs four tenths, of 3840 x 2160 one twentieth
MOST = 4         # a part larger than the picture divided by this is not
MARGIN = 128     # pixels around what is shown, for synthesis and filters
AROUND = 16      # for filters alone


class PartPicture:
    """A `LevelPicture` that decodes what it is asked for, at first a box around what a grid shows."""

    def __init__(self, source: RegionSource, frame: int, level: int, size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
        self.source, self.frame, self.level = source, frame, level
        self.width, self.height = (n + n % 2 for n in size)
        self._size = size
        self._read(*box)

    def _read(self, x0: int, y0: int, x1: int, y1: int) -> None:
        self._box = x0, y0, x1, y1
        w, h = min(x1, self._size[0]) - x0, min(y1, self._size[1]) - y0
        got = self.source.read_region(self.frame, (x0, y0, w, h), self.level)
        y = np.pad(got.y, ((0, h % 2), (0, w % 2)), mode="edge") if h % 2 or w % 2 else got.y
        scale = 2.0 ** (8 - got.bit_depth)
        planes = (y, got.u, got.v)
        self._planes = planes if scale == 1.0 else tuple(p * np.float32(scale) for p in planes)

    def region(self, x0: int, y0: int, x1: int, y1: int) -> Planes:
        """As `LevelPicture.region`; decodes more when it lies outside what is there."""
        a, b, c, d = self._box
        if x0 < a or y0 < b or x1 > c or y1 > d:
            self._read(min(a, x0), min(b, y0), max(c, x1), max(d, y1))
            a, b, _, _ = self._box
        y, u, v = self._planes
        part = np.s_[(y0 - b) // 2:(y1 - b) // 2, (x0 - a) // 2:(x1 - a) // 2]
        return y[y0 - b:y1 - b, x0 - a:x1 - a], u[part], v[part]


def part_of(source: FrameSource, frame: int, level: int, grid: Grid, *, look: bool = False) -> PartPicture | None:
    """The part of `level` that `grid` shows; None where the whole picture serves better, or where it is damaged. look: for a first look
    before the whole picture, of smaller pictures too, with no more around it than filters need."""
    least, margin = (LOOK, AROUND) if look else (LARGE, MARGIN)
    info = source.info
    if not isinstance(source, RegionSource) or level >= info.levels:
        return None
    k = 1 << level
    size = -(-info.width // k), -(-info.height // k)
    if size[0] * size[1] < least:
        return None
    ends = [grid.x0 / k - margin, grid.y0 / k - margin,
            (grid.x0 + grid.px * grid.width) / k + margin, (grid.y0 + grid.py * grid.height) / k + margin]
    x0, y0 = (max(int(v) // 2 * 2, 0) for v in ends[:2])
    x1, y1 = (min(-int(-v // 2) * 2, n + n % 2) for v, n in zip(ends[2:], size, strict=True))
    if (x1 - x0) * (y1 - y0) * MOST > size[0] * size[1]:
        return None
    try:
        return PartPicture(source, frame, level, size, (x0, y0, x1, y1))
    except LzcError:
        return None
