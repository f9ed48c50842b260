"""One block: channels on a common lattice `[Y, X]`, each of its own type, within its own bound; as side facts and one part per level."""
from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.api import LzcError
from engine.hierarchical import coding, grid
from engine.hierarchical.model import Model, load
from engine.hierarchical.organise import across, organise
from engine.hierarchical.packing import In, Out, get_runs, put_runs

_WIDE = 1 << 56          # integers beyond are coded as two channels
_LOW = 32
_MOST_OFF = 1 << 40      # units a remainder may be off


@dataclass(frozen=True)
class Channel:
    """Values `[Y, X]` of one of `grid.TYPES`. digits: the values are int64 counts of 10^-digits. special: uint8 marks like
    values, 0 = a number; None lets NaN and infinities be found. bound: largest |error| in units of `values`."""

    values: np.ndarray
    bound: float = 0.0
    digits: int | None = None
    special: np.ndarray | None = None


# of a channel: its grid, marks, whether its numbers are coded as two channels, how many units remainders may be off
Facts = tuple[grid.Grid, np.ndarray, bool, int]


# values, marks and the quantiser's steps of channels on one lattice, as they decode; and what gives other values for them, of a whole block
Shown = tuple[list[np.ndarray], list[np.ndarray], list[float]]
Nearer = Callable[[Sequence[Shown]], list[list[np.ndarray]]]


@dataclass(frozen=True)
class Coded:
    """side: what `decode` needs first. levels: coarsest first. shown: what `decode` will return of them all, where that was asked for."""

    side: bytes
    levels: tuple[bytes, ...]
    shown: tuple[tuple[np.ndarray, np.ndarray, int], ...] = field(default=(), compare=False)


def model_for(height: int) -> Model:
    """The shipped model for a lattice of this height."""
    return load("series" if height == 1 else "picture")


def encode(channels: Sequence[Channel], depth: int | None = None, model: Model | None = None, known: np.ndarray | None = None,
           fast: bool = False, show: bool = False) -> Coded:
    """All channels have one shape `[Y, X]`, Y and X at least 1. known `[k, Y, X]` int64: whole numbers that the reader will have too;
    they help to predict the finest level. fast: by `swift`, which needs no model. show: also what a reader will see.

    Where there is a bound, lattices with two axes are coded in steps around the predictions, which says less of what is smooth than to lay
    values on steps first. Of whole numbers that is as good as always so; floats, whose finest grid differs from file to file, are coded
    both ways, and the smaller one is kept.
    """
    around = None
    if not fast and known is None and channels[0].values.shape[0] > 1 and any(c.bound for c in channels):
        around = _encode(channels, depth, model, known, fast, True, show)
        if around is not None and all(c.values.dtype.kind != "f" for c in channels):
            return around
    plain = _encode(channels, depth, model, known, fast, False, show)
    assert plain is not None      # only steps around predictions are ever given up
    return around if around is not None and _size(around) < _size(plain) else plain


def _size(coded: Coded) -> int:
    return len(coded.side) + sum(map(len, coded.levels))


def _seen(channels: Sequence[Channel], stack: np.ndarray, facts: Sequence[Facts]) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """What a reader makes of the whole numbers `stack`, one plane or two of each channel."""
    return _values(stack, facts, [c.values.dtype for c in channels], [c.digits is not None for c in channels], True)


def _holds(channels: Sequence[Channel], stack: np.ndarray, facts: Sequence[Facts]) -> bool:
    """Whether every value is within its bound where a reader has the whole numbers `stack`, one plane or two of each channel."""
    for c, (values, marks, _) in zip(channels, _seen(channels, stack, facts)):
        normal = marks == 0
        if not grid.within(c.values[normal], values[normal], c.bound).all():
            return False
    return True


def _around(channel: Channel, normal: np.ndarray) -> tuple[np.ndarray, grid.Grid, int]:
    """(whole numbers, a fine grid, how many of its units the remainder may be off): 0 where the bound's own grid must do."""
    exact = channel.bound / 32 if channel.values.dtype.kind == "f" else 0.0
    q, fitted = grid.fit(channel.values, normal, exact, channel.digits)
    most = 0.0
    if fitted.palette is None and fitted.mode == grid.DECIMAL and channel.values.dtype.kind != "f" and channel.digits is None:
        off = int(min(channel.bound, float(_MOST_OFF))) // fitted.step      # whole numbers: exact
        return q, fitted, off if off < _MOST_OFF else 0
    elif fitted.palette is None and fitted.mode == grid.DECIMAL:
        most = (channel.bound - exact) * 10.0 ** (fitted.digits if channel.digits is None else 0) / fitted.step
    elif fitted.palette is None and fitted.mode == grid.STEP:
        most = (channel.bound - exact) / fitted.width
    return q, fitted, int(most * (1 - 2.0 ** -40)) if 1 <= most < _MOST_OFF else 0


def _encode(channels: Sequence[Channel], depth: int | None, model: Model | None, known: np.ndarray | None, fast: bool,
            around: bool, show: bool) -> Coded | None:
    """None where steps around the predictions do not keep the bound."""
    planes: list[np.ndarray] = []
    masks: list[np.ndarray] = []
    odd: list[int] = []
    facts: list[Facts] = []
    out = Out()
    for channel in channels:
        marks = grid.specials(channel.values) if channel.special is None else channel.special
        q, fitted, off = np.zeros(0, np.int64), grid.Grid(grid.DECIMAL), 0
        if around and channel.bound:
            q, fitted, off = _around(channel, marks == 0)
        if not off or _wide(q):
            q, fitted, off = *grid.fit(channel.values, marks == 0, channel.bound, channel.digits), 0
        _other_nans(channel, marks, fitted)
        wide = _wide(q)
        _put_grid(out, fitted, marks, wide, channel.values.dtype, off)
        facts.append((fitted, marks, wide, off))
        normal = marks == 0
        for plane in ((q >> _LOW, q & ((1 << _LOW) - 1)) if wide else (q,)):
            planes.append(plane)
            masks.append(normal)
            odd.append(2 * off + 1)
    stack, there = np.stack(planes), np.stack(masks)

    def shown(numbers: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray, int], ...]:
        return tuple(_seen(channels, numbers, facts)) if show else ()

    plain = shown(stack) if not any(n > 1 for n in odd) else ()
    order, parents = organise(stack, there)
    for place, c in enumerate(order):
        out.whole(c)
        for p in parents[place]:
            out.whole(place - p if p >= 0 else 0)
    stack, there = np.ascontiguousarray(stack[order]), there[order]
    shift = np.array([_shift(q, n) for q, n in zip(stack, there)], np.int64)
    for s in shift:
        out.whole(s)
    skip = coding.NONE8 if there.all() else (~there).astype(np.uint8)
    steps, seen = np.array(odd, np.int64)[order], stack
    if (steps > 1).any():
        seen = np.zeros_like(stack)
        levels = coding.encode(stack, skip, parents, shift, model or model_for(stack.shape[1]), depth, odd=steps, seen=seen)
        back = np.empty_like(seen)
        back[order] = seen
        if not _holds(channels, back, facts):
            return None
        out.data += _sum(seen, there)
        return Coded(out.packed(), tuple(levels), shown(back))
    out.data += _sum(stack, there)
    finest = None
    if known is not None:
        finest = across(known, stack, there, parents)
        for place, row in enumerate(finest):
            for p in row:
                out.whole(place + len(known) - p if p >= 0 else 0)
        stack, skip, parents, finest, shift = _beside(known, stack, skip, parents, finest, shift)
    levels = coding.encode(stack, skip, parents, shift, model or model_for(stack.shape[1]), depth, finest=finest, fast=fast)
    return Coded(out.packed(), tuple(levels), plain)


def _beside(known: np.ndarray, stack: np.ndarray, skip: np.ndarray, parents: np.ndarray, finest: np.ndarray,
            shift: np.ndarray) -> tuple[np.ndarray, ...]:
    """Everything with the known channels in front of it."""
    many = len(known)
    none = np.full((many, coding.W.PARENTS), -1, np.int64)
    skip = np.concatenate([np.full(known.shape, 2, np.uint8), skip if skip.size else np.zeros(stack.shape, np.uint8)])
    shift = np.concatenate([np.array([_shift(k, np.ones(k.shape, bool)) for k in known], np.int64), shift])
    return (np.concatenate([known, stack]), skip, np.concatenate([none, np.where(parents >= 0, parents + many, -1)]),
            np.concatenate([none, finest]), shift)


def decode(side: bytes, levels: Sequence[bytes], shape: tuple[int, int], dtypes: Sequence[np.dtype], counts: Sequence[bool],
           depth: int | None = None, model: Model | None = None,
           known: np.ndarray | None = None, fast: bool = False) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """(values `[Y, X]`, marks, digits) of each channel. Fewer levels than were written give a coarser copy. LzcError when it cannot be.
    known: what `encode` was given; of a coarser copy any numbers will do."""
    src = In(side).packed()
    size = shape[0] * shape[1]
    facts = [_get_grid(src, size, dtype) for dtype in dtypes]
    planes = sum(2 if wide else 1 for _, _, wide, _ in facts)
    order = np.zeros(planes, np.int64)
    parents = np.full((planes, coding.W.PARENTS), -1, np.int64)
    for place in range(planes):
        order[place] = src.whole(planes - 1)
        for k in range(coding.W.PARENTS):
            back = src.whole(place)
            parents[place, k] = place - back if back else -1
    if len(set(order.tolist())) != planes:
        raise LzcError("the channels of general data are not in order")
    shift = np.array([src.whole(48) for _ in range(planes)], np.int64)
    wanted = src.raw(4)
    there = []
    odd: list[int] = []
    for _, marks, wide, off in facts:
        odd += [2 * off + 1] * (2 if wide else 1)
        there += [marks.reshape(shape) == 0] * (2 if wide else 1)
    mask = np.stack(there)[order]
    skip = coding.NONE8 if mask.all() else (~mask).astype(np.uint8)
    many, finest = 0, None
    if known is not None:
        many = len(known)
        finest = np.full(parents.shape, -1, np.int64)
        for place in range(planes):
            for k in range(coding.W.PARENTS):
                back = src.whole(place + many)
                finest[place, k] = place + many - back if back else -1
        _, skip, parents, finest, shift = _beside(known, np.zeros((planes, *shape), np.int64), skip, parents, finest, shift)
    coded = coding.decode(levels, (many + planes, *shape), skip, parents, shift, model or model_for(shape[0]), depth, finest, known, fast,
                          np.array([1] * many + [odd[c] for c in order], np.int64))
    coded = coded[many:]
    whole = len(levels) == len(coding.plan(*shape, depth))
    if whole and _sum(coded, mask) != wanted:
        raise LzcError("general data decodes to other values than were written", hint="the file or this program is damaged")
    stack = np.zeros_like(coded)
    stack[order] = coded
    return _values(stack, facts, dtypes, counts, whole)


def widths(side: bytes, size: int, dtypes: Sequence[np.dtype], counts: Sequence[bool]) -> list[float]:
    """The quantiser's step of each channel of `size` samples in units of what `decode` returns; 0 where it has none. Of a channel without
    loss it is a step as well, which nothing was taken by."""
    src, out = In(side).packed(), []
    for dtype, count in zip(dtypes, counts):
        g, _, _, off = _get_grid(src, size, dtype)
        step = g.width if g.mode == grid.STEP else g.step / (1 if count or np.dtype(dtype).kind != "f" else 10.0 ** g.digits)
        out.append(float((2 * off + 1) * step) if g.mode != grid.ORDER else 0.0)
    return out


def _values(stack: np.ndarray, facts: Sequence[Facts], dtypes: Sequence[np.dtype], counts: Sequence[bool],
            whole: bool) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """What `decode` returns, from whole numbers `[planes, Y, X]`; whole: not only of the coarser levels."""
    result, at = [], 0
    for (fitted, marks, wide, _), dtype, count in zip(facts, dtypes, counts):
        q = (stack[at] << _LOW) + stack[at + 1] if wide else stack[at]
        at += 2 if wide else 1
        x = grid.restore(grid.unpack(q, fitted), fitted, np.dtype(dtype), count)
        marks = marks.reshape(x.shape)
        if x.dtype.kind == "f":
            grid.put_specials(x, marks)
        if whole:
            grid.put_exceptions(x, fitted)
        result.append((x, marks, fitted.digits))
    return result


def _wide(q: np.ndarray) -> bool:
    return bool(np.abs(q).max(initial=0) >= _WIDE or q.min(initial=0) == np.iinfo(np.int64).min)


def _sum(q: np.ndarray, normal: np.ndarray) -> bytes:
    """Four bytes that tell whether the integers came back as they were."""
    return zlib.crc32(np.ascontiguousarray(q if normal.all() else np.where(normal, q, 0)).data).to_bytes(4, "little")


def _shift(q: np.ndarray, normal: np.ndarray) -> int:
    seen = q[normal]
    span = int(seen.max()) - int(seen.min()) if seen.size else 0
    return max(0, span.bit_length() - 15)


def _other_nans(channel: Channel, marks: np.ndarray, fitted: grid.Grid) -> None:
    """Without loss, a NaN comes back with its own bits."""
    x = channel.values
    if x.dtype.kind != "f" or channel.bound or not (marks == grid.NAN).any():
        return
    plain = np.array(np.nan, x.dtype).tobytes()
    cells = np.flatnonzero(marks.ravel() == grid.NAN)
    odd = cells[(np.ascontiguousarray(x).ravel()[cells].view(np.uint8).reshape(len(cells), -1) != np.frombuffer(plain, np.uint8)).any(1)]
    if len(odd):
        places = np.concatenate([fitted.places, odd])
        by = np.argsort(places, kind="stable")
        fitted.values = np.concatenate([fitted.values.astype(x.dtype), x.ravel()[odd]])[by]
        fitted.places = places[by]


def _put_grid(out: Out, g: grid.Grid, marks: np.ndarray, wide: bool, dtype: np.dtype, off: int) -> None:
    marked = bool(marks.any())
    out.whole(g.mode | (g.palette is not None) << 2 | bool(len(g.places)) << 3 | marked << 4 | wide << 5 | bool(off) << 6)
    if off:
        out.whole(off)
    if g.mode == grid.DECIMAL:
        out.whole(g.digits)
        out.whole(g.step)
        out.signed(g.offset)
    elif g.mode == grid.STEP:
        out.real(g.width)
    if g.palette is not None:
        out.rising(g.palette)
    if len(g.places):
        out.rising(g.places)
        out.data += np.ascontiguousarray(g.values.astype(dtype)).tobytes()
    if marked:
        put_runs(out, marks)


def _get_grid(src: In, size: int, dtype: np.dtype) -> Facts:
    flags = src.whole(127)
    off = src.whole(_MOST_OFF) if flags & 64 else 0
    g = grid.Grid(flags & 3)
    if g.mode == grid.DECIMAL:
        g.digits, g.step, g.offset = src.whole(22), src.whole(1 << 62), src.signed()
        if abs(g.offset) > 1 << 62:
            raise LzcError("general data holds a number out of range")
    elif g.mode == grid.STEP:
        g.width = src.real()
    elif g.mode != grid.ORDER or np.dtype(dtype).kind != "f":
        raise LzcError("general data lies on a grid that is not known")
    if flags & 4:
        g.palette = src.rising(1 << 16)
        if not len(g.palette):
            raise LzcError("a list of values in general data is empty")
    g.places = src.rising(size) if flags & 8 else np.zeros(0, np.int64)
    if len(g.places) and not 0 <= g.places[0] <= g.places[-1] < size:
        raise LzcError("exceptions of general data lie outside it")
    g.values = np.frombuffer(src.raw(len(g.places) * np.dtype(dtype).itemsize), np.dtype(dtype))
    marks = get_runs(src, size) if flags & 16 else np.zeros(size, np.uint8)
    return g, marks, bool(flags & 32), off
