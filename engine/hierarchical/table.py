"""Text tables (csv and its kin): lines become columns, columns become channels or words; and back to the same text.

Without loss the text comes back byte for byte: it is written again while compressing and compared; a block of lines that would not
(ragged lines, quotes in odd places) is kept as text. Within a bound, every number keeps it; times, words and gaps stay as they are.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.api import JobError, LzcError
from engine.hierarchical import block, cells
from engine.hierarchical import column as K
from engine.hierarchical.bundle import Bundle, pack
from engine.hierarchical.lattice import plan
from engine.hierarchical.packing import In, Out, get_runs, put_runs
from engine.hierarchical.text import decode_text, encode_text

ROWS = 1 << 16            # lines of a block
_SPARSE = 0.3             # a column with more gaps than this runs on a clock of its own
_LONG = 8                 # numbers with as many decimals may repeat rather than change smoothly
_HELPERS = 24             # channels of the first clock that others may lean on
_BETWEEN = (10, 31, 30, 0)
_CAP = 1 << 28
INT64 = np.dtype(np.int64)
Seen = Callable[[Sequence[tuple[Sequence[block.Channel], block.Coded]]], None]  # is shown channels and what was coded of them, by clock


@dataclass(frozen=True)
class Layout:
    """How the text is cut: columns per line, the byte between cells, line ends."""

    columns: int
    delimiter: int = 44
    crlf: bool = False


def encode(raw: bytes, layout: Layout, bounds: Sequence[float] | None, line: int = 1,
           see: Seen | None = None) -> tuple[dict[int, bytes], dict[str, int]]:
    """(payload of each level, facts) of whole lines. bounds: per column, None without loss. line: number of the first, for errors. see: is
    shown what a reader will have."""
    out, groups, places, texts, facts = _columns(raw, layout, bounds, line)
    side = Out()
    if out is None:
        side.whole(1)
        side.whole(len(raw))
        return pack(bytes(side.data), [], encode_text(raw)), {"rows": 0, "kept_as_text": raw.count(b"\n") or 1}
    coded, helped = _groups(groups, places, see is not None)
    if see is not None:
        see(list(zip(groups, coded)))
    side.whole(2 if any(helped) else 0)
    side.data += out.packed()
    for c, across in zip(coded, helped):
        if any(helped):
            side.whole(across)
        side.blob(c.side)
    payloads = pack(bytes(side.data), [c.levels for c in coded], texts)
    if bounds is None and decode(payloads, layout) != raw:
        side = Out()
        side.whole(1)
        side.whole(len(raw))
        return pack(bytes(side.data), [], encode_text(raw)), {"rows": 0, "kept_as_text": raw.count(b"\n") or 1}
    return payloads, facts


def read_columns(raw: bytes, layout: Layout, line: int = 1, bounds: Sequence[float | None] | None = None) -> list[K.Column]:
    """The columns of whole lines. bounds: of each, as `column.read` has it. JobError for a line that is not like the others."""
    buf = np.frombuffer(raw, np.uint8)
    rows = raw.count(b"\n") + (not raw.endswith(b"\n"))
    starts, ends = np.zeros((rows, layout.columns), np.int64), np.zeros((rows, layout.columns), np.int64)
    quoted = np.zeros((rows, layout.columns), np.uint8)
    got, used, wrong = cells.cut(buf, layout.delimiter, layout.columns, rows, starts, ends, quoted)
    if wrong:
        row = line + got
        text = raw[used:used + 4096].split(b"\n")[0]
        what = (f"line {row} has {text.count(bytes([layout.delimiter])) + 1} cells, the lines before it have {layout.columns}" if wrong == 1
                else f"a quote in line {row} never closes")
        raise JobError(what, hint="--lossless keeps such lines as they are")
    return [K.read(buf, starts[:got, c], ends[:got, c], quoted[:got, c], 0.0 if bounds is None else bounds[c])
            for c in range(layout.columns)]


def _columns(raw: bytes, layout: Layout, bounds: Sequence[float] | None,
             line: int) -> tuple[Out | None, list[list[block.Channel]], list[np.ndarray], bytes, dict[str, int]]:
    try:
        columns = read_columns(raw, layout, line, bounds)
        for column in columns:
            if column.kind == K.TEXT:
                _joined(column)
    except JobError:
        if bounds is None:
            return None, [], [], b"", {}
        raise
    rows = max(len(c.values) or len(c.ends) for c in columns)
    out, texts = Out(), Out()
    out.whole(rows)
    out.whole(not raw.endswith(b"\n"))
    groups: dict[bytes, list[block.Channel]] = {b"": []}
    clocks: list[bytes] = [b""]
    for number, column in enumerate(columns):
        bound = bounds[number] if bounds is not None else 0.0
        if bounds is None and column.kind == K.NUMBER and column.digits >= _LONG:
            column = _shorter(column)
        if column.rounded:
            bound -= K.slack(bound)[1]
        elif column.kind == K.NUMBER and bound:
            column, bound = _fewer_digits(column, bound)
        marks, key = column.marks, b""
        if column.kind == K.NUMBER and (marks > 0).mean() > _SPARSE:
            key = marks.tobytes()
            if key not in groups:
                groups[key] = []
                clocks.append(key)
        _put_column(out, column, clocks.index(key), texts)
        if column.kind == K.TEXT:
            continue
        if key:
            here = marks == 0
            column = K.Column(K.NUMBER, values=column.values[here], digits=column.digits, marks=np.zeros(int(here.sum()), np.uint8))
        steady = (column.kind == K.NUMBER and len(column.values) > 2 and not column.marks.any()
                  and len(np.unique(np.diff(column.values))) == 1)       # numbers of lines: nothing is gained by bending them
        groups[key].append(K.channel(column, 0.0 if steady else bound))
    out.whole(len(clocks) - 1)
    for key in clocks[1:]:
        put_runs(out, np.frombuffer(key, np.uint8))
    used = [key for key, g in groups.items() if g]
    places = [np.frombuffer(key, np.uint8) == 0 if key else np.ones(rows, bool) for key in used]
    return out, [groups[key] for key in used], places, bytes(texts.data), {"rows": rows, "clocks": len(clocks)}


def _groups(groups: Sequence[Sequence[block.Channel]], places: Sequence[np.ndarray],
            show: bool = False) -> tuple[list[block.Coded], list[bool]]:
    """Every clock's channels coded, and of which clocks the finest level leans on the sensors of the first. Those of the first clock are
    read at the lines of the slower one, so both are on one clock; by trial, where it makes the slower clock's bytes fewer."""
    coded = [block.encode(g, show=show) for g in groups]
    helped = [False] * len(groups)
    if len(groups) > 1 and places[0].all():
        first = _first_clock(coded[0], len(groups[0]), len(places[0]))
        for i in range(1, len(groups)):
            other = block.encode(groups[i], known=first[:, :, places[i]], show=show)
            if sum(map(len, (other.side, *other.levels))) < sum(map(len, (coded[i].side, *coded[i].levels))):
                coded[i], helped[i] = other, True
    return coded, helped


def _first_clock(coded: block.Coded, many: int, rows: int) -> np.ndarray:
    """`[k, 1, rows]` whole numbers of the first clock's channels as a reader will have them."""
    found = block.decode(coded.side, coded.levels, (1, rows), [INT64] * many, [True] * many)
    return _known([values for values, _, _ in found])


def _known(values: Sequence[np.ndarray]) -> np.ndarray:
    """The channels that may help another clock: a few, and none too large for the sums of the least squares."""
    return np.stack(values[:_HELPERS]).clip(-(1 << 50), 1 << 50)


def _shorter(column: K.Column) -> K.Column:
    """Of a column of long numbers, which repeat as often as they change smoothly: as numbers or as text, by trial."""
    text = K.as_text(column)
    as_words, _ = _joined(text)
    coded = block.encode([K.channel(column, 0.0)])
    return text if len(encode_text(as_words)) < len(coded.side) + sum(map(len, coded.levels)) else column


def _joined(column: K.Column) -> tuple[bytes, int]:
    """The cells of a TEXT column with a byte between them that none of them holds, and that byte."""
    for mark in _BETWEEN:
        if bytes([mark]) not in column.text:
            starts = np.concatenate([[0], column.ends[:-1]])
            return bytes([mark]).join([column.text[a:b] for a, b in zip(starts.tolist(), column.ends.tolist())]), mark
    raise JobError("a column of this table holds bytes that are no text", hint="--lossless keeps it as it is")


def _fewer_digits(column: K.Column, bound: float) -> tuple[K.Column, float]:
    """Digits that say nothing at this bound go: two beyond it stay. What the rounding may take is taken off the bound."""
    keep = 0
    while keep < column.digits and 10.0 ** -keep > bound / 100:
        keep += 1
    if keep == column.digits:
        return (K.Column(**{**vars(column), "style": K.SHORT}) if column.style == K.EACH else column), bound
    cut = 10 ** (column.digits - keep)
    values = np.floor_divide(column.values + cut // 2, cut)
    style = K.SHORT if column.style != K.FIXED else K.FIXED
    # a hair more than half a unit: the bound itself is no exact decimal
    return K.Column(**{**vars(column), "values": values, "digits": keep, "style": style}), bound - 0.5000001 * 10.0 ** -keep


def _put_column(out: Out, c: K.Column, clock: int, texts: Out) -> None:
    out.whole(c.kind | c.quoted << 2 | c.style << 3 | bool(c.tokens) << 5)
    if c.kind == K.NUMBER:
        out.whole(c.digits)
        out.whole(clock)
        if c.style == K.EACH:
            for v in c.shown:
                out.whole(v)
        if c.tokens and not clock:
            put_runs(out, c.marks)
    elif c.kind == K.TIME:
        out.blob(c.pattern)
        out.blob(c.fields)
        out.whole(c.unit)
    elif c.kind == K.TEXT:
        joined, mark = _joined(c)
        out.whole(mark)
        texts.whole(len(joined))
        texts.blob(encode_text(joined))
    if c.tokens:
        out.whole(len(c.tokens))
        for t in c.tokens:
            out.blob(t)


def decode(payloads: dict[int, bytes], layout: Layout, finest: int = 0, nearer: block.Nearer | None = None) -> bytes:
    """The text of a block; with `finest` above 0 only levels down to that one are used. nearer: what gives other values than were decoded,
    where all levels are there. LzcError when it cannot be."""
    bundle = Bundle(payloads)
    side = In(bundle.side)
    form = side.whole(2)
    if form == 1:
        length = side.whole(_CAP)
        bundle.levels([])
        last = bundle.last
        if last is None:
            raise LzcError("the text of a table is missing")
        return decode_text(last.raw(len(last.data) - last.at), length)
    src = side.packed()
    rows, cut_off = src.whole(ROWS), src.whole(1)
    columns = [_get_column(src, rows) for _ in range(layout.columns)]
    clocks = [np.zeros(rows, np.uint8)] + [get_runs(src, rows) for _ in range(src.whole(layout.columns))]
    members: dict[int, list[int]] = {}
    for number, (column, clock) in enumerate(columns):
        if clock >= len(clocks):
            raise LzcError("a column of a table runs on no clock")
        if column.kind != K.TEXT:
            members.setdefault(clock, []).append(number)
    used = [clock for clock in range(len(clocks)) if clock in members]
    sizes = {clock: int((clocks[clock] == 0).sum()) for clock in used}
    helped, sides = [], []
    for _ in used:
        helped.append(bool(side.whole(1)) if form == 2 else False)
        sides.append(side.blob())
    levels = bundle.levels([len(plan(1, sizes[clock])) for clock in used], finest)
    first: np.ndarray | None = None
    shown: list[block.Shown] = []
    for clock, facts, parts, across in zip(used, sides, levels, helped):
        many = len(members[clock])
        if across and first is None:
            raise LzcError("a clock of a table leans on one that is not there")
        known = first[:, :, clocks[clock] == 0] if across and first is not None else None
        found = block.decode(facts, parts, (1, sizes[clock]), [INT64] * many, [True] * many, known=known)
        if clock == 0 and form == 2:
            first = _known([values for values, _, _ in found])
        shown.append(([v for v, _, _ in found], [m for _, m, _ in found],
                      block.widths(facts, sizes[clock], [INT64] * many, [True] * many) if nearer is not None else []))
    whole = all(len(parts) == len(plan(1, sizes[clock])) for clock, parts in zip(used, levels))
    parts_of = nearer(shown) if nearer is not None and whole else [values for values, _, _ in shown]
    for clock, part in zip(used, parts_of):
        here = clocks[clock] == 0
        for number, values in zip(members[clock], part):
            c = columns[number][0]
            c.values = np.zeros(rows, np.int64)
            c.values[here] = values[0]
            if clock:
                c.marks = clocks[clock]
    _texts([c for c, _ in columns if c.kind == K.TEXT], bundle.last)
    return _weave([c for c, _ in columns], rows, layout, bool(cut_off))


def _get_column(src: In, rows: int) -> tuple[K.Column, int]:
    flags = src.whole(63)
    c, clock = K.Column(flags & 3, bool(flags & 4)), 0
    c.style = flags >> 3 & 3
    c.marks = np.zeros(rows, np.uint8)
    if c.kind == K.NUMBER:
        c.digits, clock = src.whole(18), src.whole(1 << 16)
        if c.style == K.EACH:
            c.shown = np.array([src.whole(18) for _ in range(rows)], np.int64)
        if flags & 32 and not clock:
            c.marks = get_runs(src, rows)
    elif c.kind == K.TIME:
        c.pattern, c.fields, c.unit = src.blob(), src.blob(), src.whole(10 ** 9)
        if len(c.pattern) != len(c.fields) or not c.pattern or max(c.fields) >= cells.FIELDS or not c.unit:
            raise LzcError("a time in a table has no form")
    elif c.kind == K.TEXT:
        c.unit = src.whole(255)                # the byte between cells
        c.ends = np.zeros(rows, np.int64)
    if flags & 32:
        c.tokens = [src.blob() for _ in range(src.whole(1 << 16))]
    if c.kind == K.WORDS and not c.tokens:
        raise LzcError("a column of words in a table has no words")
    return c, clock


def _texts(columns: list[K.Column], last: In | None) -> None:
    for c in columns:
        if last is None:                       # a coarse copy: texts come with the finest level
            continue
        length = last.whole(_CAP)
        found = decode_text(last.blob(), length).split(bytes([c.unit]))
        if len(found) != len(c.ends):
            raise LzcError("the texts of a table do not add up")
        c.text, c.ends = b"".join(found), np.cumsum([len(f) for f in found], dtype=np.int64)


def _weave(columns: list[K.Column], rows: int, layout: Layout, cut_off: bool) -> bytes:
    texts, ends, place, at = [], np.zeros((len(columns), rows), np.int64), np.zeros(len(columns), np.int64), 0
    for number, column in enumerate(columns):
        text, ends[number] = K.write(column)
        place[number] = at
        at += len(text)
        texts.append(text)
    out = np.zeros(at + rows * (3 * len(columns) + 2) + 2, np.uint8)
    quoted = np.array([c.quoted for c in columns], np.uint8)
    joined = np.concatenate(texts) if at else np.zeros(1, np.uint8)
    size = cells.weave(joined, ends, place, quoted, rows, layout.delimiter, layout.crlf, out)
    if cut_off:
        size -= 2 if layout.crlf else 1
    return out[:size].tobytes()
