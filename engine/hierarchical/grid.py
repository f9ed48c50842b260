"""Values to whole numbers and back, within a bound: where every guarantee about errors is made and checked.

A channel of any number type becomes integers on one of these grids:
- DECIMAL: value = (q * step + offset) / 10^digits; step 2e + 1 for a bound of e units, 1 without loss. Integers have digits 0.
- STEP:    value = q * step, step a float64 just under twice the bound (a power of two without loss); for what has no short decimal form.
- ORDER:   the bits of a float as an ordered integer; without loss.
Without loss floats lie on the one of the three on which neighbours differ least.
What a grid does not give back within the bound (checked value by value, in the output type) is an exception and stored as it is.
NaN and infinities are no numbers on a grid: they are marked (`special`) and come back as they were.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.api import JobError

DECIMAL, STEP, ORDER = 0, 1, 2
NORMAL, NAN, INF, MINUS_INF = 0, 1, 2, 3
_MAX_DIGITS = 15
_EXACT = 1 << 53
_FAR = 1 << 61
_LEFT = 0.001                           # of all values, how many a grid may leave out
TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64")
_SIGNED: dict[int, Any] = {2: np.int16, 4: np.int32, 8: np.int64}


@dataclass
class Grid:
    """How one channel lies on integers; `places`, `values`: exceptions (flat positions, and values of the channel's type)."""

    mode: int
    digits: int = 0
    step: int = 1
    offset: int = 0
    width: float = 0.0                      # STEP only
    palette: np.ndarray | None = None       # sorted q that occur; the coded integer is the place in it
    places: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    values: np.ndarray = field(default_factory=lambda: np.zeros(0))


def specials(x: np.ndarray) -> np.ndarray:
    """uint8 like x: NORMAL, NAN, INF, MINUS_INF."""
    if x.dtype.kind != "f":
        return np.zeros(x.shape, np.uint8)
    with np.errstate(invalid="ignore"):
        return (np.isnan(x) * NAN + (x == np.inf) * INF + (x == -np.inf) * MINUS_INF).astype(np.uint8)


def put_specials(x: np.ndarray, special: np.ndarray) -> None:
    """Marks become values again, in place."""
    for mark, value in ((NAN, np.nan), (INF, np.inf), (MINUS_INF, -np.inf)):
        x[special == mark] = value


def fit(x: np.ndarray, normal: np.ndarray, bound: float | None, digits: int | None = None) -> tuple[np.ndarray, Grid]:
    """(q int64 like x, the grid) of one channel. bound: largest |error| in units of x, None or 0 for none at all.

    x of one of TYPES; where `normal` is False, q is 0 and means nothing. digits: x is int64 and counts 10^-digits.
    """
    if x.dtype.name not in TYPES:
        raise JobError(f"numbers of type {x.dtype} are not known", hint="convert to one of " + ", ".join(TYPES))
    e = float(bound or 0.0)
    with np.errstate(over="ignore", invalid="ignore"):      # what overflows on the way fails the check below and is an exception
        q, grid = _candidate(x, normal, e, digits, 0)
        good = _kept(x, q, grid, e, digits) | ~normal
        if grid.mode == DECIMAL and grid.step > 1 and not good.all():
            # a bound that is a whole number of units, in a type that cannot say either exactly: one unit less is safe
            q, grid = _candidate(x, normal, e, digits, 1)
            good = _kept(x, q, grid, e, digits) | ~normal
    grid.places = np.flatnonzero(~good.ravel())
    grid.values = x.ravel()[grid.places]
    q.ravel()[grid.places] = _filled(q.ravel(), grid.places)
    return _packed(q, normal, grid), grid


def restore(q: np.ndarray, grid: Grid, dtype: np.dtype, counts: bool = False) -> np.ndarray:
    """Values of type `dtype` from grid integers (palette undone already). counts: int64 in units of 10^-digits."""
    if grid.mode == STEP:
        with np.errstate(over="ignore", invalid="ignore"):
            return (q.astype(np.float64) * grid.width).astype(dtype)
    if grid.mode == ORDER:
        return _from_order(q, dtype)
    with np.errstate(over="ignore"):
        whole = q * np.int64(grid.step) + np.int64(grid.offset)
    if dtype.kind != "f":
        if dtype == np.uint64:
            return whole.view(np.uint64) ^ np.uint64(1 << 63)
        info = np.iinfo(dtype)
        return np.clip(whole, info.min, info.max).astype(dtype)
    with np.errstate(over="ignore"):
        return (whole.astype(np.float64) / np.float64(10.0 ** grid.digits)).astype(dtype)


def unpack(q: np.ndarray, grid: Grid) -> np.ndarray:
    """Undo the palette; places outside it (a damaged file, a coarse prefix) take the nearest entry."""
    if grid.palette is None:
        return q
    return grid.palette[np.clip(q, 0, len(grid.palette) - 1)]


def put_exceptions(x: np.ndarray, grid: Grid) -> None:
    x.ravel()[grid.places] = grid.values


def _kept(x: np.ndarray, q: np.ndarray, grid: Grid, e: float, digits: int | None) -> np.ndarray:
    """Where the bound holds: in the channel's type, and for counts of 10^-digits also as the float64 that a reader makes of them."""
    back = restore(q, grid, x.dtype, digits is not None)
    good = within(x, back, e)
    if digits and e > 0:
        unit = np.float64(10.0 ** digits)
        good &= np.abs(x / unit - back / unit) <= e / unit * (1 - 2.0 ** -52)
    return good


def _candidate(x: np.ndarray, normal: np.ndarray, e: float, digits: int | None, less: int) -> tuple[np.ndarray, Grid]:
    """less: units to stay under the bound, where the grid is DECIMAL."""
    q = np.zeros(x.shape, np.int64)
    if not normal.any():
        return q, Grid(DECIMAL)
    if x.dtype.kind != "f":
        v = x[normal]
        v = (v ^ np.uint64(1 << 63)).view(np.int64) if x.dtype == np.uint64 else v.astype(np.int64)
        return _decimal(q, normal, v, max(0, int(min(e, 2.0 ** 40)) - less), digits or 0)
    v64 = x[normal].astype(np.float64)
    places = _digits(x[normal], v64)
    forms = []
    if places is not None and e * 10.0 ** places < 2.0 ** 40:
        whole = np.rint(v64 * 10.0 ** places).astype(np.int64)
        forms.append(_decimal(q, normal, whole, max(0, int(e * 10.0 ** places) - less), places))
    if e > 0 and forms:
        return forms[0]
    width = _width(e, v64) if e > 0 else _power(x[normal], v64)
    if width > 1e-290 and np.abs(v64).max() / width < _EXACT / 4:
        forms.append((_laid(q, normal, np.rint(v64 / width).astype(np.int64)), Grid(STEP, width=width)))
    if e > 0 and forms:
        return forms[0]
    forms.append((_laid(q, normal, _to_order(x[normal])), Grid(ORDER)))
    # a form that comes later has to be worth it: estimates are no more than that
    return min(forms, key=lambda form: _bits(form[0][normal]) + (0.5 if form is not forms[0] else 0.0))


def _laid(q: np.ndarray, normal: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`whole` where `normal`, in an array like q."""
    out = np.zeros_like(q)
    out[normal] = whole
    return out


def _power(x: np.ndarray, v64: np.ndarray) -> float:
    """The largest power of two of which nearly every value is a multiple; 0 where that is none, or not without loss."""
    some = v64[v64 != 0]
    if not some.size or (np.signbit(x) & (x == 0)).mean() > _LEFT:      # of zeros below zero there is no multiple
        return 0.0
    mantissa, exponent = np.frexp(some)
    whole = np.abs(np.ldexp(mantissa, 53)).astype(np.int64)
    least = np.sort(exponent - 53 + np.log2(whole & -whole).astype(np.int64))
    return float(np.ldexp(1.0, int(least[int(len(least) * _LEFT)])))


def _bits(q: np.ndarray) -> float:
    """About what coding a number of q takes, from how much it differs from those beside it."""
    if q.size < 3:
        return float(np.log2(1.0 + np.abs(q.astype(np.float64))).mean())
    first = np.diff(q.astype(np.float64))
    return float(min(np.log2(1.0 + np.abs(d)).mean() for d in (first, np.diff(first))))


def _width(e: float, v: np.ndarray) -> float:
    # a little under 2e, so that rounding in the product and in the output type does not leave the bound
    return 2 * e * (1 - 2.0 ** -16)


def _decimal(q: np.ndarray, normal: np.ndarray, whole: np.ndarray, units: int, digits: int) -> tuple[np.ndarray, Grid]:
    if whole.min() < -_FAR or whole.max() > _FAR:
        q[normal] = whole              # too far out to round without overflow: without loss, which keeps any bound
        return q, Grid(DECIMAL, digits)
    first = int(whole[0])
    common = max(1, int(np.gcd.reduce(whole - first)))
    step = (2 * (units // common) + 1) * common
    offset = first % common if units < common else 0
    # nearest multiple, halves up: exact in integers
    q[normal] = (whole - offset + step // 2) // step
    return q, Grid(DECIMAL, digits, step, offset)


def _digits(x: np.ndarray, v64: np.ndarray) -> int | None:
    """The least number of decimals that says every value exactly, None when there is none up to 15."""
    probe = slice(None, None, max(1, len(x) // 256))
    for places in range(_MAX_DIGITS + 1):
        if _decimal_form(x[probe], v64[probe], places) and _decimal_form(x, v64, places):
            return places
        if np.abs(v64[probe]).max() * 10.0 ** (places + 1) > _EXACT:
            return None
    return None


def _decimal_form(x: np.ndarray, v64: np.ndarray, places: int) -> bool:
    scaled = np.rint(v64 * 10.0 ** places)
    if np.abs(scaled).max() >= _EXACT:
        return False
    back = (scaled / 10.0 ** places).astype(x.dtype)
    return bool((back.view(_SIGNED[x.dtype.itemsize]) == x.view(_SIGNED[x.dtype.itemsize])).mean() > 1 - _LEFT)


def within(x: np.ndarray, back: np.ndarray, e: float) -> np.ndarray:
    if x.dtype.kind != "f":
        if e < 1:
            return x == back
        big, small = np.maximum(x, back), np.minimum(x, back)
        # an unsigned difference of ordered numbers cannot overflow
        return (big.astype(np.uint64) - small.astype(np.uint64)) <= np.uint64(min(e, 2.0 ** 62))
    if e == 0:
        same = _SIGNED[x.dtype.itemsize]
        return np.ascontiguousarray(x).view(same) == np.ascontiguousarray(back).view(same)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.abs(x.astype(np.float64) - back.astype(np.float64)) <= e


def _to_order(x: np.ndarray) -> np.ndarray:
    kind = _SIGNED[x.dtype.itemsize]
    raw = np.ascontiguousarray(x).view(kind)
    return np.where(raw < 0, np.iinfo(kind).min - raw, raw).astype(np.int64) if kind is not np.int64 else np.where(
        raw < 0, np.int64(np.iinfo(np.int64).min) - raw, raw)


def _from_order(q: np.ndarray, dtype: np.dtype) -> np.ndarray:
    kind = _SIGNED[np.dtype(dtype).itemsize]
    info = np.iinfo(kind)
    v = np.clip(q, info.min + 1, info.max)
    with np.errstate(over="ignore"):
        return np.where(v < 0, info.min - v, v).astype(kind).view(dtype)


def _filled(q: np.ndarray, places: np.ndarray) -> np.ndarray:
    """What exceptions leave behind on the lattice: the value before, so that they disturb nothing."""
    if not len(places):
        return np.zeros(0, np.int64)
    good = np.ones(len(q), bool)
    good[places] = False
    last = np.maximum.accumulate(np.where(good, np.arange(len(q)), -1))
    return np.where(last[places] >= 0, q[np.maximum(last[places], 0)], 0)


def _packed(q: np.ndarray, normal: np.ndarray, grid: Grid) -> np.ndarray:
    """With few different values far apart: their places in a sorted list."""
    seen = q[normal]
    if seen.size < 64:
        return q
    low = int(seen.min())
    span = int(seen.max()) - low + 1
    # counting is much quicker than sorting where the numbers lie close together
    found = np.flatnonzero(np.bincount(seen - low)) + low if span <= 1 << 16 else np.unique(seen)
    if len(found) > 2048 or span < 2 * len(found) or len(found) * 8 > seen.size:
        return q
    grid.palette = found
    out = np.zeros_like(q)
    out[normal] = np.searchsorted(found, seen)
    return out
