"""A text table as runs of whole lines, and what must be known of all of it first: layout, header line, range of each column."""
from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from engine.api import JobError
from engine.hierarchical import column as K
from engine.hierarchical import kinds, organiser, parquet, table

_COMMA = re.compile(rb'"?[-+]?[0-9. ]*[0-9],[0-9]+"?')


@dataclass
class Survey:
    """head: the first line with its line end, empty when the table starts with data. low, high: per column, numbers only.
    arrow: of a parquet table, (name, type) of its columns. commas: how many columns of numbers have a decimal comma, by `ranges`."""

    layout: table.Layout
    head: bytes
    names: list[str]
    size: int
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    arrow: list[tuple[str, str]] = field(default_factory=list)
    commas: int = 0


def look(path: Path) -> Survey:
    """Layout and header from the first lines. JobError when this is no table."""
    if parquet.is_parquet(path):
        columns = parquet.types(path)
        layout = table.Layout(len(columns))
        return Survey(layout, parquet.head(columns), [name for name, _ in columns], path.stat().st_size, arrow=columns)
    with path.open("rb") as file:
        start = file.read(1 << 16)
    mark = kinds.delimiter(start)
    if mark is None:
        raise JobError("this is not a table: its lines do not have the same cells", where=str(path))
    lines = start.split(b"\n")
    second = next((line for line in lines[1:] if line), b"")
    count = second.count(bytes([mark])) + 1 if b'"' not in second else sum(p.count(mark) for p in second.split(b'"')[::2]) + 1
    crlf = lines[0].endswith(b"\r")
    layout = table.Layout(count, mark, crlf)
    names = names_of(lines[0], layout)
    titled = bool(names)
    if len(names) != count:
        names = [f"column {i + 1}" for i in range(count)]
    return Survey(layout, lines[0] + b"\n" if titled else b"", names, path.stat().st_size)


def names_of(first: bytes, layout: table.Layout) -> list[str]:
    """The names in a first line; none where it holds data."""
    found = [c.strip(b'" \r\n') for c in first.split(bytes([layout.delimiter]))]
    if any(kinds._number(c) for c in found) or not any(found):
        return []
    names = [c.decode("utf-8", "replace") for c in found]
    return ["row", *names] if len(names) == layout.columns - 1 else names       # the way R writes row names


def blocks(path: Path, survey: Survey, bounds: list[float] | None = None) -> Iterator[tuple[int, bytes]]:
    """(number of its first line, whole lines) until the end. bounds: parquet only, see there."""
    if survey.arrow:
        yield from parquet.blocks(path, survey.arrow, bounds)
        return
    with path.open("rb") as file:
        file.seek(len(survey.head))
        line = 2 if survey.head else 1
        while True:
            rows = list(islice(file, table.ROWS))
            if not rows:
                return
            yield line, b"".join(rows)
            line += len(rows)


def ranges(path: Path, survey: Survey) -> Generator[int, None, None]:
    """Fills `low`, `high` and `commas` in one pass over the file; yields the lines read so far. JobError for lines unlike the others."""
    if survey.arrow:
        survey.low, survey.high = parquet.spans(path, survey.arrow)
        return
    low = [float("inf")] * survey.layout.columns
    high = [float("-inf")] * survey.layout.columns
    for line, raw in blocks(path, survey):
        columns = table.read_columns(raw, survey.layout, line, [None] * survey.layout.columns)
        if not survey.commas:
            survey.commas = sum(map(_has_commas, columns))
        for i, c in enumerate(columns):
            if c.kind == K.NUMBER and (c.marks == 0).any():
                seen = c.values[c.marks == 0]
                # whole numbers stay that: a float64 of a large one is some other
                a, b = (int(v) / 10 ** c.digits if c.digits > 0 else float(v) * 10.0 ** -c.digits if c.digits else int(v)
                        for v in (seen.min(), seen.max()))
                low[i], high[i] = min(low[i], a), max(high[i], b)
        yield line
    survey.low = [a if a <= b else 0.0 for a, b in zip(low, high)]
    survey.high = [b if a <= b else 0.0 for a, b in zip(low, high)]


def _has_commas(column: K.Column) -> bool:
    """Whether words are numbers with a decimal comma, by the first of them."""
    some = column.tokens[:64] if column.kind == K.WORDS else []
    if column.kind == K.TEXT:
        ends = column.ends[:64].tolist()
        some = [column.text[a:b] for a, b in zip([0, *ends], ends)]
    some = [cell for cell in some if cell]
    return bool(some) and all(_COMMA.fullmatch(cell) for cell in some)


class Clock:
    """Looks at the first block of a table as it goes by and tells what the organiser found: sensor types, period, gaps."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._facts: dict[str, Any] = {}
        self._column = -1

    def watch(self, found: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        for line, raw in found:
            self._see(line, raw)
            yield line, raw

    def _see(self, line: int, raw: bytes) -> None:
        try:
            columns = table.read_columns(raw, self._survey.layout, line) if self._column == -1 else None
        except JobError:
            return
        if columns is None:
            return
        times = [i for i, c in enumerate(columns) if c.kind == K.TIME]
        self._column = times[0] if times else -2
        self._facts["types"] = organiser.group([n for i, n in enumerate(self._survey.names) if i not in times])
        if times:
            stamps = columns[times[0]]
            self._facts["clock"] = {"column": self._survey.names[times[0]], **organiser.clock(stamps.values, stamps.unit)}

    def facts(self) -> dict[str, Any]:
        return self._facts
