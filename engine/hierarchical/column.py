"""One column of a block of a text table: what it is, found from its cells, and its cells written again."""
from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.hierarchical import cells as C
from engine.hierarchical.block import Channel

NUMBER, TIME, WORDS, TEXT = range(4)
FIXED, SHORT, EACH = range(3)           # how many places a number shows: always all, as few as say it, its own count per cell
_TOKENS, _WORDS = 6, 4096
_DATE = re.compile(rb"(\d{4})([-/.])(\d\d)\2(\d\d)(?:([ T])(\d\d):(\d\d)(?::(\d\d)(?:([.,])(\d{1,9}))?)?)?(Z|\+00:00|)")
_DATE_DAY = re.compile(rb"(\d\d)([-/.])(\d\d)\2(\d{4})(?:([ T])(\d\d):(\d\d)(?::(\d\d)(?:([.,])(\d{1,9}))?)?)?(Z|)")


@dataclass
class Column:
    """kind NUMBER: values int64 in 10^-digits; tokens: texts in place of numbers (gaps, NaN), marks: which cell has which, from 1.
    TIME: values in seconds / unit. WORDS: values are places in `tokens`. TEXT: cells joined in `text`, with ends."""

    kind: int
    quoted: bool = False
    values: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    digits: int = 0
    style: int = FIXED
    shown: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    tokens: list[bytes] = field(default_factory=list)
    marks: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    pattern: bytes = b""
    fields: bytes = b""
    unit: int = 1
    text: bytes = b""
    rounded: bool = False                # a NUMBER that `slack` is to be taken off the bound for
    ends: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))


def read(buf: np.ndarray, starts: np.ndarray, ends: np.ndarray, quoted: np.ndarray, bound: float | None = 0.0) -> Column:
    """The column of cells buf[starts[i]:ends[i]]; a mixture of quoted and bare cells is text with its quotes. bound: above 0, those of any
    length and with powers of ten are numbers as well, rounded far below it; None: as near as 17 digits say them, to be looked at."""
    starts, ends = np.ascontiguousarray(starts), np.ascontiguousarray(ends)
    quotes = bool(quoted.all())
    if not quotes and quoted.any():
        starts, ends = starts - quoted, ends + quoted
    found = _number(buf, starts, ends, quotes) or _time(buf, starts, ends, quotes)
    if found is None and (bound is None or bound > 0):
        found = _long(buf, starts, ends, quotes, bound)
    return found or _words(buf, starts, ends, quotes)


def _number(buf: np.ndarray, starts: np.ndarray, ends: np.ndarray, quotes: bool) -> Column | None:
    found = _parsed(C.numbers, buf, starts, ends)
    if found is None:
        return None
    value, places, state, tokens, marks = found
    n, good = len(starts), marks == 0
    digits = int(places[good].max())
    own = places.copy()
    if digits > 15 + 3 or not C.to_places(value, places, state, digits):
        return None
    column = Column(NUMBER, quotes, value, digits, tokens=tokens, marks=marks)
    if (own[good] == digits).all():
        column.style = FIXED
    else:
        least = np.full(n, digits)
        v = value.copy()
        for _ in range(digits):
            ends_in_zero = (v % 10 == 0) & (least > 0)
            v = np.where(ends_in_zero, v // 10, v)
            least -= ends_in_zero
        column.style = SHORT if (own[good] == least[good]).all() else EACH
    column.shown = np.where(good, own, 0)
    return column


def _parsed(numbers: Callable[..., None], buf: np.ndarray, starts: np.ndarray, ends: np.ndarray
            ) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[bytes], np.ndarray] | None:
    """(two numbers of each cell, its state, tokens and marks of the few cells that hold no number) by a loop of `cells`; None where there
    are too many of those, or nothing else."""
    n = len(starts)
    first, second, state = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.uint8)
    numbers(buf, starts, ends, first, second, state)
    odd = np.flatnonzero(state)
    if len(odd) == len(state):
        return None
    marks = np.zeros(len(state), np.uint8)
    known: dict[bytes, int] = {}
    for i in odd:
        text = buf[starts[i]:ends[i]].tobytes()
        if text not in known:
            if len(known) == _TOKENS or len(text) > 64:
                return None
            known[text] = len(known) + 1
        marks[i] = known[text]
    return first, second, state, list(known), marks


def slack(bound: float) -> tuple[int, float]:
    """(decimals to which `_long` rounds where this is the largest error, what that may be off)."""
    digits = max(0, math.ceil(2 - math.log10(bound)))
    return digits, 1.5000001 * 10.0 ** -digits


def _long(buf: np.ndarray, starts: np.ndarray, ends: np.ndarray, quotes: bool, bound: float | None) -> Column | None:
    """Numbers that have to be rounded to fit; None where that says too little, or there are none."""
    found = _parsed(C.long_numbers, buf, starts, ends)
    if found is None:
        return None
    mantissa, exponent, _, tokens, marks = found
    with np.errstate(over="ignore"):
        most = float((np.abs(mantissa) * 10.0 ** exponent).max())
    if not most < math.inf:
        return None
    room = 17 - math.ceil(math.log10(most)) if most else 17
    digits = room if bound is None else slack(bound)[0]
    if bound is not None and digits > min(room, 18):
        return None
    shift = exponent + digits
    power = 10 ** np.minimum(np.abs(shift), 18)
    values = np.where(shift >= 0, mantissa * np.where(shift >= 0, power, 1), (mantissa + power // 2) // power)
    values[shift < -18] = 0
    values[marks > 0] = 0
    return Column(NUMBER, quotes, values, digits, SHORT, tokens=tokens, marks=marks, rounded=True)


def _time(buf: np.ndarray, starts: np.ndarray, ends: np.ndarray, quotes: bool) -> Column | None:
    first = buf[starts[0]:ends[0]].tobytes()
    for rule, order in ((_DATE, (0, 1, 2)), (_DATE_DAY, (2, 1, 0)), (_DATE_DAY, (1, 2, 0))):
        match = rule.fullmatch(first)
        if match is None:
            continue
        fields = bytearray(len(first))
        pattern = bytearray(first)
        groups = ((1, order[0]), (3, order[1]), (4, order[2]), (6, 3), (7, 4), (8, 5), (10, 6))
        for group, which in groups:
            if match.group(group) is not None:
                a, b = match.span(group)
                pattern[a:b] = bytes(b - a)
                fields[a:b] = bytes([which]) * (b - a)
        unit = 10 ** len(match.group(10) or b"")
        values = np.zeros(len(starts), np.int64)
        if C.dates(buf, starts, ends, np.frombuffer(bytes(pattern), np.uint8), np.frombuffer(bytes(fields), np.uint8), unit, values):
            return Column(TIME, quotes, values, pattern=bytes(pattern), fields=bytes(fields), unit=unit)
    return None


def _words(buf: np.ndarray, starts: np.ndarray, ends: np.ndarray, quotes: bool) -> Column:
    raw = buf.tobytes()
    texts = [raw[a:b] for a, b in zip(starts.tolist(), ends.tolist())]
    tokens = list(dict.fromkeys(texts))
    if len(tokens) <= min(_WORDS, max(2, len(texts) // 4)):
        tokens.sort()
        place = {t: i for i, t in enumerate(tokens)}
        return Column(WORDS, quotes, np.array([place[t] for t in texts], np.int64), tokens=tokens)
    return Column(TEXT, quotes, text=b"".join(texts), ends=np.cumsum([len(t) for t in texts], dtype=np.int64))


def as_text(column: Column) -> Column:
    """The same cells as TEXT."""
    text, ends = write(column)
    return Column(TEXT, column.quoted, text=text.tobytes(), ends=ends)


def channel(column: Column, bound: float) -> Channel:
    """The lattice channel of a NUMBER (within `bound`, in the column's units), TIME or WORDS column."""
    if column.kind != NUMBER:
        return Channel(column.values.reshape(1, -1), 0.0, 0)
    return Channel(column.values.reshape(1, -1), bound * 10.0 ** column.digits, column.digits, column.marks.reshape(1, -1))


def write(column: Column) -> tuple[np.ndarray, np.ndarray]:
    """(uint8 texts of all cells joined, where each ends)."""
    if column.kind == TEXT:
        return np.frombuffer(column.text, np.uint8), column.ends
    n = len(column.values)
    ends = np.zeros(n, np.int64)
    if column.kind == TIME:
        pattern = np.frombuffer(column.pattern, np.uint8)
        out = np.zeros(n * len(pattern) + 1, np.uint8)
        C.write_dates(column.values, pattern, np.frombuffer(column.fields, np.uint8), column.unit, out, ends)
    elif column.kind == WORDS:
        texts = [column.tokens[v] for v in np.clip(column.values, 0, len(column.tokens) - 1)]
        out, ends = np.frombuffer(b"".join(texts), np.uint8), np.cumsum([len(t) for t in texts], dtype=np.int64)
    else:
        tokens = np.frombuffer(b"".join(column.tokens) or b"\0", np.uint8)
        token_ends = np.cumsum([len(t) for t in column.tokens], dtype=np.int64)
        longest = max([24 + column.digits, *(len(t) for t in column.tokens)])
        if column.style == EACH:
            longest = max(longest, 24 + int(column.shown.max(initial=0)))
        out = np.zeros(n * longest + 1, np.uint8)
        shown = column.shown if column.style == EACH and n > 1 else np.array(
            [-1 if column.style == SHORT else int(column.shown[0]) if column.style == EACH else column.digits], np.int64)
        C.write_numbers(column.values, column.digits, shown, column.marks, tokens, token_ends, out, ends)
    return out[:int(ends[-1]) if n else 0], ends
