"""Parquet tables as lines of text for the table coder, and back to parquet with the types the columns had; by pyarrow, an optional extra.

Numbers, times, days, truth values and words are known. Values come back as they were, the bytes of the file do not: another program
may order and pack them otherwise. Words stand in quotes, so that a gap (nothing at all) and an empty word stay different.
"""
from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.api import EngineError, JobError, MediaError

MAGIC = b"PAR1"
ROWS = 1 << 16
_PLAIN = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double", "bool", "string", "large_string",
          "date32[day]")
_CATEGORY = "category"          # few different words, as a list of them and places in it
_ENDS = {"date32[day]": "date32"}


def is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == MAGIC


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError as fault:
        raise JobError("reading and writing parquet needs the package pyarrow",
                       hint="pip install 'lorentz-zoom[tables]', or use csv") from fault
    return pyarrow, pyarrow.parquet


@contextmanager
def _clear(path: Path | None) -> Iterator[None]:
    where = str(path) if path else ""
    try:
        yield
    except (EngineError, MemoryError, OSError) as fault:
        if type(fault).__module__.startswith("pyarrow") or (isinstance(fault, OSError) and fault.errno is None):
            raise MediaError("this parquet file is damaged or cut off", where=where, hint="copy it again") from fault
        raise
    except Exception as fault:       # the library raises whatever a damaged file leads to
        raise MediaError("this parquet file is damaged or cut off", where=where, hint="copy it again") from fault


def types(path: Path) -> list[tuple[str, str]]:
    """(name, type) of each column. JobError for columns that are no plain numbers, times or words."""
    arrow, parquet = _arrow()
    with _clear(path), parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
        if not len(schema) or not file.metadata.num_rows:
            raise JobError("this table is empty", where=str(path), hint="there is nothing to compress")
        found = []
        for field in schema:
            kind = field.type.value_type if arrow.types.is_dictionary(field.type) else field.type
            if str(kind) not in _PLAIN and not arrow.types.is_timestamp(kind):
                raise JobError(f"column {field.name!r} holds {kind}, which no text table can", where=str(path),
                               hint="leave it out, or write it as words")
            # of an order among the categories nothing is kept: such a column comes back as words
            category = str(kind) == "string" and arrow.types.is_dictionary(field.type) and not field.type.ordered
            found.append((field.name, _CATEGORY if category else str(kind)))
    return found


def head(columns: Sequence[tuple[str, str]]) -> bytes:
    """The line of names, each in quotes."""
    return ",".join('"' + name.replace('"', '""').replace("\n", " ") + '"' for name, _ in columns).encode() + b"\n"


def blocks(path: Path, columns: Sequence[tuple[str, str]], bounds: Sequence[float] | None = None) -> Iterator[tuple[int, bytes]]:
    """(number of its first row, from 2; lines of text) until the end. With bounds, numbers have no more digits than these need."""
    arrow, parquet = _arrow()
    schema = arrow.schema([(name, _type(arrow, "string" if kind == _CATEGORY else kind)) for name, kind in columns])
    options = arrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    row = 2
    with _clear(path), parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS):
            plain = arrow.Table.from_batches([batch]).cast(schema)
            if bounds is not None:
                plain = _shortened(arrow, plain, bounds)
            out = io.BytesIO()
            arrow.csv.write_csv(plain, out, options)
            yield row, out.getvalue()
            row += batch.num_rows


def spans(path: Path, columns: Sequence[tuple[str, str]]) -> tuple[list[float], list[float]]:
    """Least and largest finite value of each column of numbers; (0, 0) for others."""
    arrow, parquet = _arrow()
    low, high = [math.inf] * len(columns), [-math.inf] * len(columns)
    with _clear(path), parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS):
            for i, column in enumerate(batch.columns):
                if not (arrow.types.is_integer(column.type) or arrow.types.is_floating(column.type)):
                    continue
                x = column.drop_null().to_numpy(zero_copy_only=False)
                x = x[np.isfinite(x)] if x.dtype.kind == "f" else x
                if x.size:
                    low[i], high[i] = min(low[i], x.min().item()), max(high[i], x.max().item())
    return [a if a <= b else 0.0 for a, b in zip(low, high)], [b if a <= b else 0.0 for a, b in zip(low, high)]


def tightened(columns: Sequence[tuple[str, str]], bounds: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[float]:
    """The bounds less what shortening the text and the column's own type may take."""
    out = []
    for (_, kind), bound, a, b in zip(columns, bounds, low, high):
        if kind in ("float", "double") and bound:
            ulp = float(np.spacing(np.float32(max(abs(a), abs(b))) if kind == "float" else max(abs(a), abs(b))))
            bound = max(0.0, bound - bound / 500 - ulp)
        out.append(bound)
    return out


def _shortened(arrow: Any, plain: Any, bounds: Sequence[float]) -> Any:
    """Floats rounded to a thousandth of their bound: the nearest double of a short decimal is written as that decimal again."""
    for i, bound in enumerate(bounds):
        column = plain.column(i)
        if bound and arrow.types.is_floating(column.type):
            digits = max(0, math.ceil(-math.log10(bound)) + 3)
            if digits > 17:       # such numbers are no decimals of the table coder: they stay as they are
                continue
            x = np.round(column.to_numpy(zero_copy_only=False).astype(np.float64), digits)
            plain = plain.set_column(i, plain.field(i).name, arrow.array(x, mask=np.asarray(column.is_null())))
    return plain


def _type(arrow: Any, kind: str) -> Any:
    if kind.startswith("timestamp["):
        unit, _, zone = kind[10:-1].partition(", tz=")
        return arrow.timestamp(unit, zone or None)
    if kind == _CATEGORY:
        return arrow.dictionary(arrow.int32(), arrow.string())
    return arrow.type_for_alias(_ENDS.get(kind, kind))


def _wide(arrow: Any, kind: Any) -> Any:
    if not arrow.types.is_integer(kind):
        return kind
    return arrow.string() if kind == arrow.uint64() else arrow.int64()


def _held(arrow: Any, column: Any, kind: Any) -> Any:
    """Whole numbers, read as `_wide` has it, in their own type: those outside it at its end, to which their source is nearer still."""
    import pyarrow.compute as compute

    if not arrow.types.is_integer(kind):
        return column
    if kind == arrow.uint64():
        return compute.if_else(compute.starts_with(column, "-"), "0", column).cast(kind)
    ends = np.iinfo(str(kind))
    low, high = (arrow.scalar(int(end), arrow.int64()) for end in (ends.min, ends.max))
    return compute.min_element_wise(compute.max_element_wise(column, low, skip_nulls=False), high, skip_nulls=False).cast(kind)


class Writer:
    """Lines of text become row groups of a parquet file with these columns. MediaError when they do not fit them."""

    def __init__(self, file: BinaryIO, columns: Sequence[tuple[str, str]]) -> None:
        self._arrow, parquet = _arrow()
        try:
            self._schema = self._arrow.schema([(str(name), _type(self._arrow, str(kind))) for name, kind in columns])
        except (ValueError, TypeError, self._arrow.ArrowInvalid) as fault:
            raise MediaError("the types of this table make no sense", hint="restore it as .csv") from fault
        self._out = parquet.ParquetWriter(file, self._schema, compression="zstd")

    def add(self, lines: bytes) -> None:
        csv = self._arrow.csv
        # a bound, or a coarse level, may lead past what the type holds: wide first
        wide = {field.name: _wide(self._arrow, field.type) for field in self._schema}
        try:
            table = csv.read_csv(
                io.BytesIO(lines), read_options=csv.ReadOptions(column_names=self._schema.names, block_size=max(1 << 20, len(lines) + 1)),
                parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
                convert_options=csv.ConvertOptions(column_types=wide, null_values=[""], strings_can_be_null=True,
                                                   quoted_strings_can_be_null=False))
            table = self._arrow.Table.from_arrays([_held(self._arrow, column, field.type) for column, field in
                                                   zip(table.columns, self._schema)], schema=self._schema)
        except (self._arrow.ArrowInvalid, self._arrow.ArrowKeyError) as fault:
            raise MediaError("this table does not fit the types of its columns", hint="restore it as .csv") from fault
        self._out.write_table(table)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        # after a fault as well: else the library closes it when the file is gone, and complains on the terminal
        with suppress(Exception) if kind is not None else nullcontext():
            self._out.close()
