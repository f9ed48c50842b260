"""Draws rectangles of a view's device grid from recorded or synthesised levels. The screen and the exports both draw with this."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.api import EngineError, FrameSource, Look, Provenance
from engine.media.colour import ranges

from . import looks, provenance
from .cache import TileCache, identity, opened
from .geometry import Grid, Rect
from .parts import part_of
from .pictures import LevelPicture, Pictures
from .resample import resample, taps
from .restored import RestoredPicture, Restorer, box_of, classes
from .rgb import to_bytes, to_rgb
from .tiles import Pyramid, Synthesiser

_COARSE = 4    # device pixels per drawn pixel of the first picture
ORDINARY = 63  # the quality setting that footage counts as which is no `.lzc`
_SITING = 0.5  # source pixels from a chroma sample to the centre of its luma pixels


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawn rectangle: rgb `[h, w, 3]` uint8, provenance `[h, w]` uint8, the level it came from, one sigma in grey steps or None."""

    rgb: np.ndarray
    provenance: np.ndarray
    level: int
    uncertainty: np.ndarray | None = None


def draw_planes(picture: LevelPicture, grid: Grid, rect: Rect) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, u, v float32 `[h, w]` in grey steps for device pixels `rect` (x, y, w, h) of the grid.

    Chroma is left-sited (see `engine.media.colour`): it stands half a level-0 pixel left of the centre of its luma pixels. Area means
    between levels keep that distance, so it is half a source pixel at every level; linear up-sampling gives at 1:1 what players show.
    """
    q = 2.0 ** picture.level
    x, y, w, h = rect
    cols = (grid.x0 + grid.px * np.arange(x, x + w + 1, dtype=np.float64)) / q
    rows = (grid.y0 + grid.py * np.arange(y, y + h + 1, dtype=np.float64)) / q
    lx, ly = taps(cols, picture.width, grid.px >= q), taps(rows, picture.height, grid.py >= q)
    cx = taps((cols + _SITING / q) / 2, picture.width // 2, grid.px >= 2 * q, linear=True)
    cy = taps(rows / 2, picture.height // 2, grid.py >= 2 * q, linear=True)
    x0, x1 = min(lx.lo // 2, cx.lo) * 2, max((lx.hi + 1) // 2, cx.hi) * 2
    y0, y1 = min(ly.lo // 2, cy.lo) * 2, max((ly.hi + 1) // 2, cy.hi) * 2
    luma, u, v = picture.region(x0, y0, x1, y1)
    luma = luma[ly.lo - y0:ly.hi - y0, lx.lo - x0:lx.hi - x0]
    part = (slice(cy.lo - y0 // 2, cy.hi - y0 // 2), slice(cx.lo - x0 // 2, cx.hi - x0 // 2))
    return resample(luma, ly, lx), resample(u[part], cy, cx), resample(v[part], cy, cx)


class View:
    """One frame of one source on one grid.

    seed: 0 shows the expected detail beyond the record, any other one a plausible sample of it.
    check: raises Cancelled when the work has become stale; measure: (milliseconds, tiles) of every synthesis, for the cost table.
    look: put on all that is drawn, last. around: frames on each side whose made detail is mixed in where nothing moves.
    """

    def __init__(self, source: FrameSource, frame: int, grid: Grid, pictures: Pictures, *, seed: int = 0,
                 model: Synthesiser | None = None, check: Callable[[], None] = lambda: None,
                 measure: Callable[[float, int], None] = lambda ms, tiles: None, look: Look | None = None, around: int = 0) -> None:
        self.source, self.info, self.frame, self.grid, self.pictures = source, source.info, frame, grid, pictures
        self.seed, self.model, self.check, self.measure = seed, model, check, measure
        self.look = look or Look()
        self.around = around
        self._neighbours: tuple[tuple[int, LevelPicture], ...] | None = None
        self.whole: Rect = (0, 0, grid.width, grid.height)
        self.part: LevelPicture | None = None  # stands for the whole recorded picture of its level
        self.restorer: Restorer | None = None  # where recorded pixels may be shown as the correlation network restores them

    @property
    def cache(self) -> TileCache:
        return self.pictures.cache

    @property
    def limits(self) -> tuple[float, float]:
        """Luma that becomes black and white on screen."""
        black, span, _, _ = ranges(self.info.colour.full, 8)
        return float(black), float(black + span)

    def picture(self, level: int) -> LevelPicture:
        """The recorded level, decoded now if need be."""
        if self.part is not None and self.part.level == level:
            return self.part
        return self.pictures.get(self.source, self.frame, level, self.check)

    def _rgb(self, picture: LevelPicture, grid: Grid, rect: Rect) -> np.ndarray:
        """Float RGB `[h, w, 3]`, the look put on."""
        if self.look == Look():
            return to_rgb(*draw_planes(picture, grid, rect), self.info.colour)
        step = looks.step_of(grid.pitch)
        r, (x, y, w, h) = looks.reach(self.look, step), rect
        around = to_rgb(*draw_planes(picture, grid, (x - r, y - r, w + 2 * r, h + 2 * r)), self.info.colour)
        return looks.applied(around, self.look, step)[r:r + h, r:r + w]

    def coarse(self, level: int) -> Drawn:
        """The whole view at once, quickly: a quarter of the resolution, from what is at hand, else from the coarsest stored level."""
        picture: LevelPicture | None = self.pictures.at_hand(self.info, self.frame, level)
        if picture is None:
            picture = self.picture(max(level, self.info.levels - 1))
        f, g = _COARSE, self.grid
        small = Grid(g.x0, g.y0, g.px * f, g.py * f, -(-g.width // f), -(-g.height // f))
        rgb = magnified(to_bytes(self._rgb(picture, small, (0, 0, small.width, small.height))), f)[:g.height, :g.width]
        kind = Provenance.INTERPOLATED  # quarter resolution, then resampled: not yet evidence
        return Drawn(np.ascontiguousarray(rgb), provenance.mask(g.height, g.width, kind), picture.level)

    def near(self, level: int) -> Drawn | None:
        """The whole view before its picture is decoded, from the part of `level` that it shows: at most a grey step from what is recorded,
        and not yet evidence. None where a part is hardly quicker than the picture."""
        key = "part", id(self.source), self.frame, level, self.grid
        part = self.pictures.decode(key, lambda: part_of(self.source, self.frame, level, self.grid, look=True), self.check)
        if part is None:
            return None
        return Drawn(to_bytes(self._rgb(part, self.grid, self.whole)), provenance.mask(self.grid.height, self.grid.width,
                                                                                      Provenance.INTERPOLATED), level)

    def recorded(self, rect: Rect, level: int) -> Drawn:
        """Recorded data only: coded where a device pixel covers a data pixel, interpolated where it covers less."""
        self.check()
        picture = self.picture(level)
        kind = provenance.classify(picture.level, self.grid.pitch)
        return Drawn(to_bytes(self._rgb(picture, self.grid, rect)), provenance.mask(rect[3], rect[2], kind), picture.level)

    def restored(self, rect: Rect) -> Drawn:
        """Recorded level 0 as the correlation network restores it. Needs a restorer; the first tile of a view does the work for all."""
        assert self.restorer is not None
        self.check()
        made = self.restorer.part(self.frame, self._box(), self.check)
        rgb = self._rgb(RestoredPicture(made.planes), self.grid, rect)
        return Drawn(to_bytes(rgb), classes(made.changed, self.grid, rect), 0)

    def _box(self) -> tuple[int, int, int, int]:
        return box_of(self.grid, self.info.width, self.info.height)

    def restored_at_hand(self) -> bool:
        """Whether the restored view needs no more than to be drawn."""
        return self.restorer is not None and self.restorer.has(self.frame, self._box())

    def pyramid(self, sample: int | None, alone: bool = False) -> Pyramid:
        """The levels beyond the record: one sample, or the expected detail (None). Needs a model. alone: of this frame only."""
        def of(frame: int, base: LevelPicture, around: tuple[Pyramid, ...] = ()) -> Pyramid:
            assert self.model is not None
            return Pyramid(base, self.model, self.cache, identity(self.info), frame, self.seed, sample, self.check, self.measure, around,
                           self.limits, opened(self.info))

        others = () if alone else tuple(of(n, base) for n, base in self.neighbours())
        return of(self.frame, self.picture(0), others)

    def neighbours(self) -> tuple[tuple[int, LevelPicture], ...]:
        """(frame, recorded level 0) of the frames around, without those that are lost."""
        if self._neighbours is None:
            found: list[tuple[int, LevelPicture]] = []
            for n in range(self.frame - self.around, self.frame + self.around + 1):
                if n != self.frame and 0 <= n < self.info.frames:
                    try:
                        part = part_of(self.source, n, 0, self.grid) if self.part is not None else None
                        picture: LevelPicture = part or self.pictures.get(self.source, n, 0, self.check)
                    except EngineError:
                        continue
                    if picture.level == 0:
                        found.append((n, picture))
            self._neighbours = tuple(found)
        return self._neighbours

    def can_synthesise(self) -> bool:
        """Synthesis starts from recorded level 0: there must be a model, and the frame must not have lost that level."""
        return self.model is not None and self.picture(0).level == 0

    @property
    def sample(self) -> int | None:
        """What is shown beyond the record: the expected detail for seed 0, else the first sample of the seed."""
        return 0 if self.seed else None

    def made(self, rect: Rect, level: int) -> Drawn:
        """Synthesised level `level` < 0."""
        rgb = self._rgb(self.pyramid(self.sample).at(level), self.grid, rect)
        return Drawn(to_bytes(rgb), provenance.mask(rect[3], rect[2], Provenance.SYNTHESISED), level)

    def refined(self, rect: Rect, level: int, samples: int) -> Drawn:
        """The expected detail, with the standard deviation of luma over `samples` >= 2 samples (Welford's recurrence), calibrated where the
        network knows how.

        The network gives its mean without noise; that is what the mean of many samples tends to, and closer to the truth than a few.
        """
        rgb = self._rgb(self.pyramid(None).at(level), self.grid, rect)
        mean: np.ndarray = np.zeros((rect[3], rect[2]), np.float32)
        spread = mean
        for k in range(samples):
            y = draw_planes(self.pyramid(k, alone=True).at(level), self.grid, rect)[0]
            step = y - mean
            mean = mean + step / np.float32(k + 1)
            spread = spread + step * (y - mean)
        sigma = np.sqrt(spread / np.float32(max(samples - 1, 1)))
        if self.calibrated:
            sigma = self.model.calibrated(sigma, -level, samples, int(getattr(self.source, "quality", ORDINARY)))  # type: ignore[union-attr]
        return Drawn(to_bytes(rgb), provenance.mask(rect[3], rect[2], Provenance.SYNTHESISED), level, sigma)

    @property
    def calibrated(self) -> bool:
        """Whether the spread of samples is turned into the width of the true error."""
        return getattr(self.model, "spread", None) is not None

    def _tiles(self, rect: Rect, level: int) -> tuple[Pyramid, list[tuple[int, int]]]:
        """The data tiles of synthesised `level` under a rectangle, the reach of chroma and rounding included."""
        q, g, pyramid = 2.0 ** level, self.grid, self.pyramid(self.sample)
        width, height = pyramid.size(level)
        reach = 2 + _SITING / q
        x0, y0 = max(int((g.x0 + rect[0] * g.px) / q - 2), 0), max(int((g.y0 + rect[1] * g.py) / q - 2), 0)
        x1 = min(int((g.x0 + (rect[0] + rect[2]) * g.px) / q + reach), width)
        y1 = min(int((g.y0 + (rect[1] + rect[3]) * g.py) / q + 2), height)
        return pyramid, pyramid.cover(level, x0, y0, x1, y1) if x1 > x0 and y1 > y0 else []

    def warm(self, rect: Rect, level: int) -> None:
        """Makes the tiles a neighbouring rectangle will need, and draws nothing."""
        pyramid, tiles = self._tiles(rect, level)
        for tx, ty in tiles:
            pyramid.tile(level, tx, ty)

    def at_hand(self, depth: int) -> bool:
        """Whether the cache holds all of the view at `depth` levels beyond the record."""
        if not depth or not self.can_synthesise():
            return False
        pyramid, tiles = self._tiles(self.whole, -depth)
        return all(pyramid.key(-depth, tx, ty) in self.cache for tx, ty in tiles)


def magnified(rgb: np.ndarray, factor: int) -> np.ndarray:
    """`[h, w, 3]` uint8 to `[h * factor, w * factor, 3]`, linear between pixel centres, for a first quick look."""
    for axis in (1, 0):
        before = np.concatenate([rgb.take([0], axis), rgb.take(range(rgb.shape[axis] - 1), axis)], axis).astype(np.uint16)
        here = rgb.astype(np.uint16)
        after = np.concatenate([rgb.take(range(1, rgb.shape[axis]), axis), rgb.take([-1], axis)], axis).astype(np.uint16)
        shape = list(rgb.shape)
        shape[axis] *= factor
        out = np.empty(shape, np.uint8)
        whole = 2 * factor
        for k in range(factor):
            near = 2 * k + 1 - factor  # place of the new centre, in 1 / (2 * factor) of a pixel
            mixed = here * (whole - abs(near)) + (after if near > 0 else before) * abs(near)
            place = (slice(k, None, factor),) if axis == 0 else (slice(None), slice(k, None, factor))
            out[place] = (mixed + factor) // whole
        rgb = out
    return rgb
