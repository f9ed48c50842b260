"""The organiser: which tiles belong together, in which order, and how to put everything back.

Pictures: windows that show the same content in neighbouring pictures (of one chunk or of several) are found by a search on reduced luma
and measured by normalised cross-correlation. Anything else (series, bands, tiles by their descriptors): rows of numbers are grouped into
sets of the most correlated. Both are deterministic and look at no more than the window of pictures or rows they are given.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.correlation import search
from engine.correlation.search import WINDOW

STRIDE = 56      # at most, between windows of one picture; what they share is blended
CELL = 8         # luma pixels on a side of what is marked as covered
FLOOR = 4.0      # grey steps squared: variance below which nothing is told from noise
ALIKE = 0.8      # least correlation of a member with the tile its set was made for
_HOLE = 0.06     # share of a tile that may stay uncovered before it gets a set of its own
_HELPERS = 3     # members of such a later set that bring nothing uncovered


@dataclass(frozen=True, eq=False)
class TileSet:
    """members int32 `[N, 3]`: (picture, y, x) of windows, ordered by picture; correlation float32 `[N, N]`; `made_for`: which member."""

    members: np.ndarray
    correlation: np.ndarray
    made_for: int


def matrix(rows: np.ndarray) -> np.ndarray:
    """Correlation `[M, M]` float32 of rows `[M, D]`; a row without variance is correlated with nothing but itself."""
    x = rows.astype(np.float64) - rows.mean(1, keepdims=True, dtype=np.float64)
    size = np.sqrt((x * x).sum(1, keepdims=True))
    x = np.divide(x, size, out=np.zeros_like(x), where=size > 1e-9 * max(1.0, float(np.abs(rows).max(initial=0.0))))
    out = np.clip(x @ x.T, -1, 1)
    np.fill_diagonal(out, 1.0)
    return out.astype(np.float32)


def group(correlation: np.ndarray, members: int) -> list[np.ndarray]:
    """A partition of 0..M-1 into sets of `members` (the last ones may be smaller), most correlated first: the strongest pair that is left
    starts a set, and whoever is most correlated with the set as a whole joins it. Signs do not matter: opposite is as telling as equal."""
    if not 1 <= members:
        raise ValueError("a set has at least one member")
    strength = np.abs(correlation).astype(np.float64)
    np.fill_diagonal(strength, -1.0)
    left = np.ones(len(strength), bool)
    out: list[np.ndarray] = []
    while left.any():
        there = np.flatnonzero(left)
        if len(there) <= members or members == 1:
            out += [there] if len(there) <= members else [np.array([k]) for k in there]
            break
        among = strength[np.ix_(there, there)]
        a, b = divmod(int(among.argmax()), len(there))
        chosen = [int(there[a]), int(there[b])]
        left[chosen] = False
        while len(chosen) < members:
            free = np.flatnonzero(left)
            chosen.append(int(free[strength[np.ix_(free, np.array(chosen))].sum(1).argmax()]))
            left[chosen[-1]] = False
        out.append(np.array(sorted(chosen)))
    return out


@dataclass(frozen=True, eq=False)
class Order:
    """A rearrangement and the way back: `sets` partition 0..count-1."""

    sets: tuple[np.ndarray, ...]
    count: int

    def arrange(self, items: Sequence[np.ndarray] | np.ndarray) -> list[np.ndarray]:
        """Items set by set, `[N, ...]` each."""
        return [np.stack([items[int(k)] for k in s]) for s in self.sets]

    def restore(self, arranged: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The items in the order they came in, exactly."""
        out: list[np.ndarray | None] = [None] * self.count
        for s, values in zip(self.sets, arranged, strict=True):
            for k, value in zip(s, values, strict=True):
                out[int(k)] = value
        if any(v is None for v in out):
            raise ValueError("the sets do not hold every item")
        return [v for v in out if v is not None]

    def regroup(self, labels: Sequence[str]) -> dict[str, list[int]]:
        """Places by a person's own labels (one for each item), in order of first mention: how they want restored items laid out."""
        found: dict[str, list[int]] = {}
        for k, label in enumerate(labels):
            found.setdefault(label, []).append(k)
        return found


def organise_rows(rows: np.ndarray, members: int) -> Order:
    """Sets of the most correlated rows of `[M, D]`."""
    return Order(tuple(group(matrix(rows), members)), len(rows))


def places(size: int) -> list[int]:
    """Where windows begin along an axis of `size` >= 64 luma pixels: evenly, at most STRIDE apart, at even pixels, the last at the edge."""
    last = (size - WINDOW) // 2 * 2
    gaps = max(1, -(-last // STRIDE))
    return sorted({k * last // gaps // 2 * 2 for k in range(gaps)} | {last})


class Pictures:
    """Search pictures of a window of pictures; sets of tiles from them. luma: planes of one size, at least 64 x 64."""

    def __init__(self, luma: Sequence[np.ndarray]) -> None:
        found = [search.pyramid(y) for y in luma]
        self.fine, self.middle, self.coarse = (np.stack(level) for level in zip(*found, strict=True))
        self.count, (self.height, self.width) = len(luma), luma[0].shape

    def follow(self, time: int, y: int, x: int) -> np.ndarray:
        """int64 `[T, 2]`: where every picture shows what picture `time` shows at (y, x)."""
        out = np.empty((self.count, 2), np.int64)
        search.track(self.fine, self.middle, self.coarse, time, y, x, out)
        return out

    def correlation(self, members: np.ndarray) -> np.ndarray:
        out = np.empty((len(members), len(members)), np.float32)
        search.correlate(self.fine, members, FLOOR, out)
        return out

    def candidates(self, time: int, y: int, x: int) -> tuple[np.ndarray, np.ndarray]:
        """(members `[T, 3]`, one per picture, correlation `[T, T]`)."""
        found = np.concatenate([np.arange(self.count)[:, None], self.follow(time, y, x)], 1).astype(np.int32)
        return found, self.correlation(found)


def organise(luma: Sequence[np.ndarray], members: int = 8, only: Sequence[int] | None = None,
             box: tuple[int, int, int, int] | None = None) -> list[TileSet]:
    """Sets of windows that together cover every picture (of `only`; inside `box` (x0, y0, x1, y1)), but for slivers.

    Tiles of the picture in the middle come first; what their sets leave uncovered in others gets sets of its own.
    """
    pictures = Pictures(luma)
    wanted = list(range(pictures.count)) if only is None else list(only)
    x0, y0, x1, y1 = box or (0, 0, pictures.width, pictures.height)
    open_cells = np.zeros((pictures.count, -(-pictures.height // CELL), -(-pictures.width // CELL)), bool)
    open_cells[wanted, y0 // CELL:-(-y1 // CELL), x0 // CELL:-(-x1 // CELL)] = True
    middle = sum(wanted) / len(wanted)
    hole = _HOLE if box is None else 0.0
    out: list[TileSet] = []
    for time in sorted(wanted, key=lambda t: (abs(t - middle), t)):
        for y in places(pictures.height):
            for x in places(pictures.width):
                if _open(open_cells, time, y, x) > hole:
                    out.append(_set(pictures, time, y, x, members, open_cells))
                    for t, my, mx in out[-1].members.tolist():
                        open_cells[(t, *_inner(my, mx, open_cells.shape))] = False
    return out


@lru_cache(1 << 14)
def _span(at: int, cells: int) -> slice:
    first, last = (at + 4 + CELL - 1) // CELL, (at + WINDOW - 4) // CELL
    return slice(0 if at < CELL else first, cells if (at + WINDOW) // CELL >= cells - 1 else last)


def _inner(y: int, x: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Cells of a window that it covers well: without its rim, but for the rim at the edge of the picture."""
    return _span(y, shape[1]), _span(x, shape[2])


def _open(cells: np.ndarray, time: int, y: int, x: int) -> float:
    part = cells[time][_inner(y, x, cells.shape)]
    return np.count_nonzero(part) / part.size


def _set(pictures: Pictures, time: int, y: int, x: int, members: int, open_cells: np.ndarray) -> TileSet:
    found, correlation = pictures.candidates(time, y, x)
    measure = correlation[time].tolist()
    near = sorted((t for t in range(pictures.count) if t != time and measure[t] >= ALIKE), key=lambda t: (-measure[t], abs(t - time), t))
    at = found.tolist()
    gaining = [t for t in near if _open(open_cells, t, at[t][1], at[t][2]) > 4 * _HOLE]
    helping = [t for t in near if t not in gaining]
    chosen = gaining[:members - 1]
    chosen += helping[:max(0, min(_HELPERS, members - 1 - len(chosen)))]
    order = np.array(sorted([time, *chosen]))
    return TileSet(found[order], correlation[np.ix_(order, order)], int(np.flatnonzero(order == time)[0]))
