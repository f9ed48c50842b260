"""Patterns that nobody had to learn, of general data: what a sample should be by those around it and by the other members of its set, less
what it is, held within a share of the quantiser's step. A series or band that changes slowly stands on steps of the quantiser; those around
a sample tell where between two steps it was.

    OWN    from the samples around, by least squares
    FIT    from these and the other members, by least squares (once; and twice more where what fits badly counts less)
    MEAN   of the samples around, over four widths
    CUBIC  of two samples on each side, as a cubic through them has it
    NEAR, FAR  to the samples beside, and to some further off

A pattern is from -1 to 1, the bound being 1. The fit is of the decoded values alone, so reader and writer have the same.
"""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.correlation.fits import doubted, least

# (which difference, its bound in steps): in this order
BOUNDS = (("own", 0.15), ("own", 1.0), ("first", 0.15), ("first", 1.0), ("fit", 0.3), ("fit", 1.0), ("mean 1", 0.25), ("mean 2", 0.25),
          ("mean 4", 1.0), ("widest", 0.25), ("cubic", 0.25), ("near", 1.0), ("near", 3.0), ("far", 0.5))
GIVEN = len(BOUNDS)
_ROUNDS = 3         # of fitting
_ROWS = 8192        # samples that are fitted by, at the most
_RIDGE = 0.1 / 12   # of a sample: a tenth of what the quantiser adds
_PAD = 4
_ACROSS = ((0, 1), (1, 0))
_LINE = tuple((0, k) for k in (-4, -3, -2, -1, 1, 2, 3, 4))
_RING = tuple((i, k) for i in (-1, 0, 1) for k in (-1, 0, 1) if i or k) + ((-2, 0), (0, -2), (0, 2), (2, 0))


def _moved(padded: np.ndarray, by: tuple[int, int], flat: bool) -> np.ndarray:
    """A view of what lies `by` rows and columns off; padded: by _PAD, but a series not in height."""
    y, x = by
    h, w = padded.shape[-2] - (0 if flat else 2 * _PAD), padded.shape[-1] - 2 * _PAD
    top = 0 if flat else _PAD + y
    return padded[..., top:top + h, _PAD + x:_PAD + x + w]


def _mean(x: np.ndarray, radius: int, flat: bool) -> np.ndarray:
    """Of the samples up to `radius` away, along both axes where there are two; the edge repeats."""
    for axis in (-1,) if flat else (-1, -2):
        pad = [(0, 0)] * x.ndim
        pad[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(x, pad, mode="edge"), axis)
        n = x.shape[axis]
        ends, starts = np.arange(2 * radius + 1, n + 2 * radius + 1), np.arange(n)
        x = (total.take(ends, axis) - total.take(starts, axis)) / (2 * radius + 1)
    return x


def _features(padded: np.ndarray, member: int, flat: bool) -> Iterator[np.ndarray]:
    """What the fit of one member sees, `[H, W]` each: first what is its own."""
    yield from (_moved(padded[member], by, flat) for by in (_LINE if flat else _RING))
    for other in range(len(padded)):
        if other != member:
            yield from (_moved(padded[other], by, flat) for by in (((0, -1), (0, 0), (0, 1)) if flat else ((0, 0), (0, 1), (1, 0))))


def _fits(padded: np.ndarray, member: int, flat: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What one member should be less what it is, `[H, W]` each: of its own samples, after the first fit with others and after the last."""
    here = _moved(padded[member], (0, 0), flat)
    every = max(1, here.size // _ROWS)
    seen = np.stack([f.ravel()[::every] for f in _features(padded, member, flat)])
    wanted = here.ravel()[::every].copy()
    count, alone = np.ones(len(wanted)), len(_LINE if flat else _RING)
    found = [least(seen[:alone], wanted, count, _RIDGE)]
    found.append(found[0] if len(seen) == alone else least(seen, wanted, count, _RIDGE))
    last = found[1]
    for _ in range(_ROUNDS - 1):
        doubted(seen, wanted, *last, count)
        last = least(seen, wanted, count, _RIDGE)
    found.append(last)
    made = [np.full(here.shape, offset) - here for _, offset in found]
    for n, feature in enumerate(_features(padded, member, flat)):
        for (weights, _), out in zip(found, made):
            if n < len(weights):
                out += weights[n] * feature
    return made[0], made[1], made[2]


def around(x: np.ndarray, flat: bool) -> np.ndarray:
    """The mean of what lies around every sample of x `[N, H, W]`, over the widest of the widths."""
    return _mean(x, 16 if flat else 8, flat)


def patterns(x: np.ndarray, flat: bool, out: np.ndarray | None = None) -> np.ndarray:
    """float32 `[N, GIVEN, H, W]` of a set x `[N, H, W]`, decoded values in steps of their quantiser (finite); flat: series, H is 1.
    out: to be written into."""
    x = x - np.median(x, axis=(1, 2), keepdims=True)
    out = np.empty((len(x), GIVEN, *x.shape[1:]), np.float32) if out is None else out
    padded = np.pad(x, ((0, 0), (0, 0) if flat else (_PAD, _PAD), (_PAD, _PAD)), mode="edge")
    # one member after the other: a block of pictures is large in double precision
    for m in range(len(x)):
        own, first, fit = _fits(padded, m, flat)
        for name, made in (("own", own), ("first", first), ("fit", fit), *_near(x[m], padded[m], flat)):
            for n, (wanted, bound) in enumerate(BOUNDS):
                if wanted == name:
                    out[m, n] = np.clip(made, -bound, bound) / bound
        for n, (wanted, bound) in enumerate(BOUNDS):
            if wanted in ("near", "far"):
                out[m, n] = _beside(x[m], padded[m], 1 if wanted == "near" else 4 if flat else 2, bound, flat) / bound
    return out


def _near(x: np.ndarray, padded: np.ndarray, flat: bool) -> Iterator[tuple[str, np.ndarray]]:
    """(name, what a member x `[H, W]` should be less what it is), by what lies around alone."""
    for radius in (1, 2, 4):
        yield f"mean {radius}", _mean(x, radius, flat) - x
    yield "widest", around(x, flat) - x
    axes = _ACROSS[:1] if flat else _ACROSS
    one, two = (sum(_moved(padded, (s * d * y, s * d * k), flat) for y, k in axes for s in (-1, 1)) for d in (1, 2))
    yield "cubic", (4 * one - two) / (6 * len(axes)) - x


def _beside(x: np.ndarray, padded: np.ndarray, far: int, bound: float, flat: bool) -> np.ndarray:
    """The mean difference to the samples so `far` off, each held within `bound`."""
    axes = _ACROSS[:1] if flat else _ACROSS
    total = np.zeros_like(x)
    for y, k in axes:
        for s in (-1, 1):
            total += np.clip(_moved(padded, (s * far * y, s * far * k), flat) - x, -bound, bound)
    return total / (2 * len(axes))
