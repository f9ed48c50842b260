"""What the writer, who knows the source, says of general data: for each channel the weights of the patterns, and one bit for every 256
samples, restore or leave.

Payload, of all channels of a block: one run of the arithmetic coder. For each channel one plain bit, whether it takes part. Then for each
that does: one, whether anything of it is restored. If so: one, whether the weights are those of the last channel that had any, else how
many follow (five bits) and each, as in `leave.py`; one, whether every unit is restored, else a bit for each, whose context is the unit
before and the same unit of the last channel that had any (missing ones count as restored).

A restored value may be further from the source than the bound that the file promises. It is never further than twice that: no change is
more than half a step, and the writer leaves what it finds further off.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from engine.api import LzcError
from engine.correlation.given_rows import GIVEN
from engine.correlation.picking import pick
from engine.correlation.rows import RowsModel, organised
from engine.correlation.weights import UNIT, bits, code_run
from engine.entropy.coder import FLAGS, code_one, code_plain, finish, reader, writer
from engine.entropy.logistic import RATE

SEGMENT, TILE = 256, 16    # samples of a series, and on a side of a band, that one bit stands for
BIT = 0.1155               # of the squared step: squared error for which the coder pays a bit, 2 ln 2 / 12
FURTHEST = 2.0             # bounds that a restored value may be off
_MARGIN = 0.005            # share of a unit's error that must be won: another machine's rounding must not turn a gain into a loss
_CLEARLY = 1.01            # times what comes without the network must come with it
_LIMIT = 60
_FAR = 2.0**44             # steps: beyond, a float does not tell one from the next well enough
_TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float16", "float32", "float64")


@dataclass(frozen=True, eq=False)
class Group:
    """Channels on one lattice as they decode. values: `[Y, X]` each; marks: uint8 alike, not 0 where there is no number; widths: the
    quantiser's step in units of the values, 0 where there is none."""

    values: Sequence[np.ndarray]
    marks: Sequence[np.ndarray]
    widths: Sequence[float]


@dataclass(frozen=True, eq=False)
class Said:
    """Of one channel. plays: whether it is a member of any set; weights int8 `[K]`; keep bool `[units]`. was, now: squared errors in steps
    that the writer found, without and with."""

    plays: bool
    weights: np.ndarray
    keep: np.ndarray
    was: float = 0.0
    now: float = 0.0


def units(shape: tuple[int, ...]) -> int:
    """How many bits a channel `[Y, X]` has."""
    return -(-shape[1] // SEGMENT) if shape[0] == 1 else -(-shape[0] // TILE) * -(-shape[1] // TILE)


def cut(x: np.ndarray) -> np.ndarray:
    """`[..., Y, X]` as `[..., units, samples]`, missing ones nought."""
    down, across = (1, SEGMENT) if x.shape[-2] == 1 else (TILE, TILE)
    x = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(0, -x.shape[-2] % down), (0, -x.shape[-1] % across)])
    x = x.reshape(*x.shape[:-2], x.shape[-2] // down, down, x.shape[-1] // across, across).swapaxes(-2, -3)
    return x.reshape(*x.shape[:-4], -1, down * across)


def spread(keep: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bits of units as bool `[Y, X]`."""
    down, across = (1, SEGMENT) if shape[0] == 1 else (TILE, TILE)
    return keep.reshape(-1, -(-shape[1] // across)).repeat(down, 0).repeat(across, 1)[:shape[0], :shape[1]]


@njit(**FLAGS)
def _code(s: np.ndarray, buf: np.ndarray, plays: np.ndarray, counts: np.ndarray, weights: np.ndarray, keep: np.ndarray,
          rate: np.ndarray) -> None:
    """plays int64 `[C]`, counts `[C]` of units, weights `[C, K]`, keep `[C, most units]`: written, or read into."""
    prob, count, last = np.full(4, 52000, np.int64), np.zeros(4, np.int64), -1
    for c in range(plays.shape[0]):
        plays[c] = code_plain(s, buf, plays[c], 1)
    for c in range(plays.shape[0]):
        n = counts[c]
        some = code_plain(s, buf, 1 if np.any(keep[c, :n]) else 0, 1) if plays[c] else 0
        if not some:
            keep[c, :n] = 0
            continue
        same = code_plain(s, buf, 1 if last >= 0 and np.all(weights[c] == weights[last]) else 0, 1)
        if same and last >= 0:
            weights[c] = weights[last]
        else:
            code_run(s, buf, weights[c])
        every = code_plain(s, buf, 1 if np.all(keep[c, :n]) else 0, 1)
        for u in range(n):
            if every:
                keep[c, u] = 1
                continue
            before = keep[c, u - 1] if u else 1
            beside = keep[last, u] if last >= 0 and counts[last] == n else 1
            keep[c, u] = code_one(s, buf, keep[c, u], prob, count, before + 2 * beside, _LIMIT, rate)
        last = c


def pack(said: Sequence[Said]) -> bytes:
    """Bytes of what is said of the channels of a block; empty where nothing is restored."""
    if not any(c.keep.any() for c in said):
        return b""
    counts = np.array([len(c.keep) for c in said], np.int64)
    keep = np.zeros((len(said), int(counts.max())), np.int64)
    for row, c in zip(keep, said):
        row[:len(c.keep)] = c.keep
    weights = np.stack([c.weights for c in said]).astype(np.int64)
    s, buf = writer(256 + 4 * weights.size + keep.size)
    _code(s, buf, np.array([c.plays for c in said], np.int64), counts, weights, keep, RATE)
    return finish(s, buf)


def unpack(data: bytes, counts: Sequence[int], patterns: int) -> list[Said]:
    """What is said of channels with so many units each."""
    many = np.array(counts, np.int64)
    plays, weights = np.zeros(len(many), np.int64), np.zeros((len(many), patterns), np.int64)
    keep = np.zeros((len(many), int(many.max(initial=0))), np.int64)
    s, buf = reader(data)
    _code(s, buf, plays, many, weights, keep, RATE)
    return [Said(bool(p), w.astype(np.int8), k[:n].astype(bool)) for p, w, k, n in zip(plays, weights, keep, many)]


def plays(values: np.ndarray, marks: np.ndarray, width: float) -> bool:
    """Whether a channel can be a member of a set."""
    good = values[marks == 0]
    return (0 < width < np.inf and values.dtype.name in _TYPES and good.size > 0
            and bool(np.abs(good.astype(np.float64)).max() < _FAR * width) and float(good.min()) != float(good.max()))


def in_steps(values: np.ndarray, marks: np.ndarray, width: float) -> np.ndarray:
    """float64 `[Y, X]`; where there is no number, the one before stands."""
    x = values.astype(np.float64).ravel() / width
    there = marks.ravel() == 0
    if not there.all():
        last = np.maximum.accumulate(np.where(there, np.arange(x.size), -1))
        x = x[np.where(last >= 0, last, np.argmax(there))]
    return x.reshape(values.shape)


def _sets(group: Group, said: Sequence[Said]) -> tuple[list[np.ndarray], np.ndarray]:
    """(channels of each set, `[C, Y, X]` in steps; only those that play mean anything)."""
    which = np.array([c for c, s in enumerate(said) if s.plays], np.int64)
    x = np.zeros((len(said), *group.values[0].shape))
    for c in which:
        x[c] = in_steps(group.values[c], group.marks[c], group.widths[c])
    return [which[s] for s in organised(x[which]).sets] if len(which) else [], x


def _changed(values: np.ndarray, marks: np.ndarray, width: float, change: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Values with what the patterns add, in steps, where units are restored; at most half a step."""
    here = spread(keep, values.shape) & (marks == 0)
    by = np.clip(np.nan_to_num(change.astype(np.float64)), -0.5, 0.5) * width
    if values.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            return np.where(here, (values + by).astype(values.dtype), values)
    info = np.iinfo(values.dtype)
    # whole numbers stay within half a step too
    whole = np.clip(np.rint(by), -int(width / 2), int(width / 2)).astype(np.int64)
    return np.where(here, np.clip(values.astype(np.int64) + whole, info.min, info.max).astype(values.dtype), values)


def _sum(weights: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """weights `[K]` in 1/16 and patterns `[K or fewer, Y, X]` -> what is added, in steps."""
    return np.tensordot(weights[:len(patterns)].astype(np.float32) / np.float32(16), patterns, 1)


def apply(group: Group, said: Sequence[Said], model: RowsModel, sets: list[np.ndarray] | None = None) -> list[np.ndarray]:
    """The values of a group as they are nearer to the source. sets: instead of what the organiser finds, as channel numbers. LzcError where
    what is said is of other data."""
    if len(said) != len(group.values) or any(s.plays and not plays(v, m, w) for s, v, m, w in
                                              zip(said, group.values, group.marks, group.widths)):
        raise LzcError("what would bring this data nearer to its source is damaged")
    out = list(group.values)
    found, x = _sets(group, said)
    for chosen in found if sets is None else sets:
        wanted = [c for c in chosen if said[c].keep.any() and said[c].weights.any()]
        if not wanted:
            continue
        patterns = model.patterns(x[chosen], any(said[c].weights[GIVEN:].any() for c in wanted))
        for c in wanted:
            change = _sum(said[c].weights, patterns[list(chosen).index(c)])
            out[c] = _changed(group.values[c], group.marks[c], group.widths[c], change, said[c].keep)
    return out


def decide(group: Group, truth: Sequence[np.ndarray], bounds: Sequence[float], model: RowsModel, learned: bool = True,
           furthest: float = FURTHEST, sets: list[np.ndarray] | None = None) -> list[Said]:
    """What the writer says of a group whose source values are `truth`, each channel within its bound (0: without loss). furthest: bounds
    that a restored value may be off; sets: instead of what the organiser finds, as channel numbers."""
    none = np.zeros(model.count, np.int8), np.zeros(units(group.values[0].shape), bool)
    said = [Said(b > 0 and plays(v, m, w) and bool(np.any((v != t) & (m == 0))), *none)
            for v, m, w, t, b in zip(group.values, group.marks, group.widths, truth, bounds)]
    found, x = _sets(group, said)
    before: np.ndarray | None = None
    for chosen in found if sets is None else sets:
        patterns = model.patterns(x[chosen], learned)
        for at, c in enumerate(chosen):
            if said[c].plays:
                said[c] = _decide(group, c, truth[c], bounds[c] * furthest, patterns[at], model.count, before)
                before = said[c].weights if said[c].keep.any() else before
    return said


def _decide(group: Group, c: int, truth: np.ndarray, most: float, patterns: np.ndarray, count: int,
            before: np.ndarray | None) -> Said:
    """Of one channel that takes part: no value may be further than `most` from the truth, nor any unit lose."""
    values, marks, width = group.values[c], group.marks[c], group.widths[c]
    error = np.where(marks == 0, (truth.astype(np.float64) - values.astype(np.float64)) / width, 0)
    parts, wrong = cut(patterns).transpose(1, 0, 2), cut(error.astype(np.float32))
    weights = np.zeros(count, np.int8)
    weights[:len(patterns)] = _choose(parts, wrong, None if before is None else before[:len(patterns)])
    was = (cut(error) ** 2).sum(1)
    nothing = Said(True, np.zeros_like(weights), np.zeros(len(wrong), bool), float(was.sum()), float(was.sum()))
    if not weights.any():
        return nothing
    made = _changed(values, marks, width, _sum(weights, patterns), np.ones(len(wrong), bool))
    off = np.where(marks == 0, truth.astype(np.float64) - made.astype(np.float64), 0)
    now = (cut(off / width) ** 2).sum(1)
    keep = (was - now > was * _MARGIN) & (cut(np.abs(off)).max(1) <= most)
    price = BIT * (bits(weights) + len(keep))
    gained = float((was - now)[keep].sum())
    return Said(True, weights, keep, nothing.was, nothing.was - gained) if gained > price else nothing


def _choose(parts: np.ndarray, wrong: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """Weights int8 `[K]` for one channel: patterns `[units, K, samples]`, error `[units, samples]`."""
    a, b = parts @ parts.transpose(0, 2, 1), (parts @ wrong[:, :, None])[:, :, 0]
    known = np.zeros(parts.shape[1], np.int64) if before is None else before.astype(np.int64)
    out: np.ndarray = pick(a.astype(np.float64) / UNIT**2, b.astype(np.float64) / UNIT, BIT, known, GIVEN, _CLEARLY)
    return out.astype(np.int8)
