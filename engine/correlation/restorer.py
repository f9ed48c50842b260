"""Restoration of a window of pictures: organise, run the network on whole sets, put every residual back where it belongs."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.correlation.given import GIVEN
from engine.correlation.model import CorrelationModel
from engine.correlation.organiser import TileSet, organise
from engine.correlation.search import WINDOW
from engine.correlation.weights import Sums, choose
from engine.correlation.windows import Blend, cut

TILE = 64          # luma pixels on a side of what one "restore or leave" bit stands for
ENOUGH = 48        # sets that weights are chosen by, or up to twice as many: more say the same
AT_ONCE = 128      # windows that are worked on in one go: fewer take longer, more only take memory
_PARTS = 8         # so many times as many residuals in memory: a large picture has thousands
WINDOW_BITS = 8 * 5  # what a window that is restored takes beside its weights: its bits, and its share of the container's
Planes = tuple[np.ndarray, np.ndarray, np.ndarray]
Part = tuple[int, np.ndarray]                # members of a set, windows (picture, y, x) `[M, 3]` of some sets
Made = list[tuple[list[int], np.ndarray]]    # windows and their residuals
Spread = Callable[[Callable[[Part], Made], list[Part]], Iterable[Made]]


@dataclass(frozen=True, eq=False)
class Recorded:
    """Up to eight decoded pictures that follow each other: y `[H, W]`, u, v of half the size (rounded up), best float32 as they were before
    the decoder rounded them to stored values, else these: what is added is mostly less than half a grey step, and would be lost.
    `step`: grey steps of the quantiser; `factors`: what each picture's steps were multiplied by; `depth`: bits of a sample."""

    pictures: tuple[Planes, ...]
    step: float
    factors: tuple[float, ...]
    depth: int = 8


@dataclass(frozen=True, eq=False)
class Restored:
    """planes float32 in grey steps 0..255.75, rounded to stored values where nothing changed; `changed` bool `[H, W]`: which pixels
    restoration had a hand in."""

    planes: Planes
    changed: np.ndarray


def tiles(height: int, width: int) -> tuple[int, int]:
    """(rows, columns) of the tiles that bits stand for."""
    return -(-height // TILE), -(-width // TILE)


def _padded(planes: Planes) -> Planes:
    """Even size, at least one window, repeating the edge."""
    h, w = planes[0].shape
    hh, ww = max(WINDOW, h + h % 2), max(WINDOW, w + w % 2)
    if (hh, ww) == (h, w):
        return tuple(np.ascontiguousarray(p) for p in planes)  # type: ignore[return-value]
    def to(p: np.ndarray, height: int, width: int) -> np.ndarray:
        return np.ascontiguousarray(np.pad(p, ((0, height - p.shape[0]), (0, width - p.shape[1])), mode="edge"))
    return to(planes[0], hh, ww), to(planes[1], hh // 2, ww // 2), to(planes[2], hh // 2, ww // 2)


def _grouped(sets: list[TileSet]) -> Iterator[Part]:
    """(members of each, their members `[M, 3]`) of sets of one size after the other, at most AT_ONCE members at a time."""
    for size in sorted({len(s.members) for s in sets}):
        where = np.concatenate([s.members for s in sets if len(s.members) == size])
        block = AT_ONCE // size * size
        for at in range(0, len(where), block):
            yield size, where[at:at + block]


def _cells(pictures: list[Planes], where: np.ndarray, depth: int) -> np.ndarray:
    cells = np.empty((len(where), WINDOW // 4, WINDOW // 4, 24), np.float32)
    for k, (t, y, x) in enumerate(where.tolist()):
        cut(*pictures[t], np.float32(2.0 ** (8 - depth)), y, x, cells[k])
    return cells


def fit(recorded: Recorded, model: CorrelationModel, truth: Sequence[Sequence[np.ndarray]], price: float,
        sets: list[TileSet], before: np.ndarray | None = None, learned: bool = True) -> np.ndarray:
    """Weights int8 `[2, patterns]` for a window whose source planes are `truth`; a bit costs `price` of luma's squared error. All nought
    where they gain less than saying so costs. before: weights that cost nothing. learned: whether the network is run; without, only given
    patterns have weights."""
    padded, real = [_padded(p) for p in recorded.pictures], [_padded((t[0], t[1], t[2])) for t in truth]
    factors, sums = np.array(recorded.factors, np.float32), []
    every = max(1, len(sets) // ENOUGH)
    for size, where in _grouped(sets[::every]):
        cells, wanted = _cells(padded, where, recorded.depth), _cells(real, where, recorded.depth)
        sums.append(model.sums(cells, wanted, recorded.step, factors[where[:, 0]], size, learned))
    if learned:
        return choose(Sums.joined(sums), price / every, WINDOW_BITS, before, GIVEN)
    out = np.zeros((2, model.patterns), np.int8)
    out[:, :GIVEN] = choose(Sums.joined(sums), price / every, WINDOW_BITS, None if before is None else before[:, :GIVEN])
    return out


def organised(recorded: Recorded, members: int = 8, only: Sequence[int] | None = None,
              box: tuple[int, int, int, int] | None = None) -> list[TileSet]:
    """The organiser's sets of a window of pictures of any size."""
    return organise([_padded(p)[0] for p in recorded.pictures], members, only, box)


def _wanted(where: np.ndarray, shown: np.ndarray, box: tuple[int, int, int, int] | None, keep: np.ndarray | None) -> np.ndarray:
    """bool `[M]`: which windows `[M, 3]` have pixels that restoration will change, of the pictures that are `shown` `[T]`; the others'
    residuals nobody looks at."""
    t, y, x = where.T
    out: np.ndarray = shown[t]
    if box is not None:
        out &= (x < box[2]) & (x + WINDOW > box[0]) & (y < box[3]) & (y + WINDOW > box[1])
    if keep is not None:
        rows, columns = ((at // TILE, (at + WINDOW - 1) // TILE) for at in (y, x))
        out &= np.any([keep[t, r, c] for r in rows for c in columns], 0)
    return out


def restore(recorded: Recorded, model: CorrelationModel, weights: np.ndarray, *, members: int = 8, only: Sequence[int] | None = None,
            box: tuple[int, int, int, int] | None = None, keep: np.ndarray | None = None,
            sets: list[TileSet] | None = None, spread: Spread = map) -> dict[int, Restored]:
    """Restored pictures of the window by number, under `weights` `[2, patterns]` of the network's patterns.

    only: which are wanted (default all). box: (x0, y0, x1, y1) of what is wanted of them; the rest stays as it is. keep: bool
    `[T, rows, columns]`, False where a tile is to be left exactly as it is. sets: instead of what the organiser finds. spread: does
    work on several items like `map`, on as many cores as there are for it.
    """
    wanted = list(range(len(recorded.pictures))) if only is None else list(only)
    padded = [_padded(p) for p in recorded.pictures]
    height, width = padded[0][0].shape
    if sets is None:
        sets = organise([p[0] for p in padded], members, wanted, box)
    sums, shown = {t: Blend(height, width) for t in wanted}, np.isin(np.arange(len(padded)), wanted)
    scale = np.float32(2.0 ** (8 - recorded.depth))
    factors = np.array(recorded.factors, np.float32)

    def residuals(part: Part) -> Made:
        """(window, its residual) of those that are wanted among the members of some sets."""
        size, where = part
        of = np.flatnonzero(_wanted(where, shown, box, keep))
        made = model.residuals(_cells(padded, where, recorded.depth), recorded.step, factors[where[:, 0]], size, weights, of)
        return list(zip(where[of].tolist(), made, strict=True))

    parts = list(_grouped([s for s in sets if _wanted(s.members, shown, box, keep).any()]))
    for at in range(0, len(parts), _PARTS):
        for part in spread(residuals, parts[at:at + _PARTS]):
            for (t, y, x), made in part:
                sums[t].add(made, y, x)
    return {t: _finish(recorded.pictures[t], sums[t], float(scale), box, None if keep is None else keep[t]) for t in wanted}


def _finish(planes: Planes, sums: Blend, scale: float, box: tuple[int, int, int, int] | None, keep: np.ndarray | None) -> Restored:
    h, w = planes[0].shape
    use = sums.weight.repeat(2, 0).repeat(2, 1)[:h, :w] > 0
    if box is not None:
        inside = np.zeros((h, w), bool)
        inside[box[1]:box[3], box[0]:box[2]] = True
        use &= inside
    if keep is not None:
        use &= keep.repeat(TILE, 0).repeat(TILE, 1)[:h, :w]
    out, white = [], np.float32(256 - scale)
    for k, (plane, change) in enumerate(zip(planes, sums.mean(), strict=True)):
        mask = use if k == 0 else use[::2, ::2]
        value = plane.astype(np.float32)
        value = np.where(mask, value * np.float32(scale) + change[:plane.shape[0], :plane.shape[1]], np.rint(value) * np.float32(scale))
        out.append(np.clip(value, 0, white, out=value))
    return Restored((out[0], out[1], out[2]), use)
