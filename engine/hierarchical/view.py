"""General data made ready to be looked at: series over a clock, bands of a cube, words. From the original or from its `.lzc`, at any level.

Numbers come as they are stored (arrays, sound, cubes) or as float64 (tables), with NaN for gaps, so that the difference between an
original and what came back can be told exactly.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import JobError, located
from engine.hierarchical import arrays, kinds, lines, organiser, table
from engine.hierarchical import column as K
from engine.hierarchical.dataset import DataFile
from engine.hierarchical.lattice import LEVELS

MOST = 1 << 25            # values of a table that are held: what lies behind is left out, and said
MOST_TEXT = 4 << 20       # characters


@dataclass(frozen=True, eq=False)
class Sheet:
    """What one file of general data shows. One of `series`, `bands` and `words` holds it.

    series: one array `[n]` per channel; bands: `[C, Y, X]`. clock: `[n]` seconds, never falling, or None where rows are only counted;
    `dated` when it counts from 1970. `rows` are those of the file, of which only the first may be here (`whole` is False then).
    """

    path: str
    kind: str
    compressed: bool
    rows: int
    whole: bool = True
    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    series: tuple[np.ndarray, ...] = ()
    clock: np.ndarray | None = None
    clock_name: str = ""
    dated: bool = False
    period: float = 0.0
    gaps: int = 0
    bands: np.ndarray | None = None
    words: str = ""
    left_out: tuple[str, ...] = ()     # columns that hold no numbers
    size: int = 0                      # bytes of the file
    lossless: bool = True
    max_error: float = 0.0             # of the `.lzc`: absolute, or a share of each channel's range when `relative`; 0: none, by ear
    relative: bool = False
    levels: int = 1
    level: int = 0
    notes: tuple[str, ...] = ()


def read_sheet(path: Path, level: int = 0) -> Sheet:
    """Of a `.lzc` of general data (at `level`; 0 is all of it) or of an original. EngineError in one line when it cannot be read."""
    if level or _is_packed(path):
        with DataFile(path) as data:
            return _packed(path, data, level)
    kind = kinds.sniff(path)
    if kind is None or kind == kinds.IMAGE:
        raise JobError("this is neither a table, text, an array, sound nor a band cube", where=str(path))
    with located(path):
        return _original(path, kind)


def _is_packed(path: Path) -> bool:
    from engine.hierarchical.dataset import holds_data

    return path.suffix.lower() == ".lzc" or holds_data(path)


def _original(path: Path, kind: str) -> Sheet:
    size = path.stat().st_size
    if not size:
        raise JobError("this file is empty", where=str(path), hint="there is nothing to show")
    if kind == kinds.TEXT:
        with path.open("rb") as file:
            raw = file.read(MOST_TEXT)
        return Sheet(str(path), kind, False, size, len(raw) == size, words=raw.decode("utf-8", "replace"), size=size)
    if kind == kinds.TABLE:
        survey = lines.look(path)
        blocks = (raw for _, raw in lines.blocks(path, survey))
        return _table(Sheet(str(path), kind, False, 0, size=size), blocks, survey.layout, survey.names)
    tensor = arrays.read(path, kind)
    return _tensor(Sheet(str(path), kind, False, 0, size=size), tensor.data, tensor.facts)


def _packed(path: Path, data: DataFile, level: int) -> Sheet:
    if not 0 <= level < LEVELS:
        raise JobError(f"there is no level {level}: general data has levels 0 to {LEVELS - 1}", where=str(path), hint="name another")
    said = data.reader.header.meta.get("settings") or {}
    bound = float(said.get("absolute", said.get("max_error", 0.0)) or 0.0)
    flat = data.kind == kinds.TEXT or data.in_order
    sheet = Sheet(str(path), data.kind, True, 0, size=path.stat().st_size, lossless=not bound and "quality" not in said, max_error=bound,
                  relative=bool(said.get("relative")) and "absolute" not in said, levels=1 if flat else LEVELS,
                  level=level, notes=tuple(data.reader.losses))
    if data.kind == kinds.TEXT:
        words, size = _text(data)
        return replace(sheet, rows=size, whole=len(words) == size, words=words.decode("utf-8", "replace"))
    if data.kind == kinds.TABLE:
        names = lines.names_of(data.head, data.layout) if data.head else []
        return _table(sheet, (raw for _, raw in data.columns(level)), data.layout, names)
    return _tensor(sheet, data.tensor(level), dict(data.params.get("facts", {})))


def _text(data: DataFile) -> tuple[bytes, int]:
    words, size = b"", data.reader.header.streams[0].size
    for number in range(data.blocks):
        words += data.lines(number)
        if len(words) >= MOST_TEXT:
            return words[:MOST_TEXT], size
    return words, len(words)


def _table(sheet: Sheet, blocks: Iterable[bytes], layout: table.Layout, names: list[str]) -> Sheet:
    if len(names) != layout.columns:
        names = [f"column {i + 1}" for i in range(layout.columns)]
    parts: list[list[np.ndarray | None]] = [[] for _ in names]
    timed = np.zeros(len(names), bool)
    counts: list[int] = []
    rows, odd, held = 0, 0, max(1, MOST // max(1, layout.columns))
    for raw in blocks:
        count = raw.count(b"\n") + (not raw.endswith(b"\n"))
        rows += count
        if sum(counts) >= held:
            if sheet.compressed:   # counting what lies behind would decode it
                break
            continue
        counts.append(count)
        try:
            columns = table.read_columns(raw, layout)
        except JobError:           # kept as text by the codec; nothing that could be plotted
            odd += count
            columns = []
        for number, own in enumerate(parts):
            column = columns[number] if columns else None
            own.append(None if column is None else _numbers(column, count))
            timed[number] |= column is not None and column.kind == K.TIME
    if not rows:
        raise JobError("there is a first line and nothing after it", where=sheet.path, hint="there is nothing to show")
    full = [_joined(own, counts) for own in parts]
    clock = _clock(full, names, timed)
    shown = [n for n, v in enumerate(full) if v is not None and n != clock and not timed[n]]
    notes = sheet.notes + ((f"{odd} lines do not fit the table's form and are not drawn",) if odd else ())
    sheet = replace(sheet, rows=rows, whole=sum(counts) == rows, names=tuple(names[n] for n in shown),
                    groups=tuple(organiser.sensor_type(names[n]) for n in shown), series=tuple(full[n] for n in shown),  # type: ignore[misc]
                    left_out=tuple(n for i, n in enumerate(names) if i != clock and full[i] is None), notes=notes)
    if clock < 0:
        return sheet
    stamps = full[clock]
    assert stamps is not None
    found = organiser.clock(np.round(stamps * 1e6).astype(np.int64), 10 ** 6)
    return replace(sheet, clock=stamps, clock_name=names[clock], dated=bool(timed[clock]), period=found["period"], gaps=found["gap_count"])


def _numbers(column: K.Column, rows: int) -> np.ndarray | None:
    if column.kind == K.TIME:
        return column.values / column.unit
    if column.kind != K.NUMBER:
        return None
    values = column.values / 10.0 ** column.digits
    values[column.marks > 0] = np.nan
    return values


def _joined(parts: list[np.ndarray | None], counts: list[int]) -> np.ndarray | None:
    if all(p is None for p in parts):
        return None
    return np.concatenate([np.full(n, np.nan) if p is None else p for p, n in zip(parts, counts)])


def _clock(columns: list[np.ndarray | None], names: list[str], timed: np.ndarray) -> int:
    """The column that says when: dates first, else rising numbers under such a name; -1 when there is none."""
    for number in sorted(range(len(columns)), key=lambda n: not timed[n]):
        values = columns[number]
        if values is None or not (timed[number] or organiser.sensor_type(names[number]) == "time"):
            continue
        if np.isfinite(values).all() and (np.diff(values) >= 0).all() and values[-1] > values[0]:
            return number
    return -1


def _tensor(sheet: Sheet, x: np.ndarray, facts: dict[str, Any]) -> Sheet:
    c, y, n = (int(v) for v in x.shape)
    if y > 1:
        return replace(sheet, rows=y, names=tuple(_bands(facts, c)), bands=x)
    names = [f"channel {i + 1}" for i in range(c)] if c > 1 else [{kinds.AUDIO: "sound"}.get(sheet.kind, "values")]
    rate = float(facts.get("rate", 0) or 0)
    if sheet.kind == kinds.AUDIO and rate:
        sheet = replace(sheet, clock=np.arange(n) / rate, clock_name="time", period=1 / rate)
    return replace(sheet, rows=n, names=tuple(names), groups=("sound" if sheet.kind == kinds.AUDIO else "",) * c,
                   series=tuple(x[i, 0] for i in range(c)))


def _bands(facts: dict[str, Any], count: int) -> Iterator[str]:
    """Wavelengths where the header of the cube says them, numbers elsewhere."""
    header = str(facts.get("header", ""))
    found = re.search(r"^\s*wavelength\s*=\s*\{([^}]*)\}", header, re.M | re.I)
    said = [w.strip() for w in found[1].split(",")] if found else []
    unit = re.search(r"^\s*wavelength units\s*=\s*(\S+)", header, re.M | re.I)
    tail = {"nanometers": " nm", "micrometers": " µm"}.get(unit[1].lower(), f" {unit[1]}") if unit else ""
    for n in range(count):
        yield f"{said[n]}{tail}" if len(said) == count else f"band {n + 1}"
