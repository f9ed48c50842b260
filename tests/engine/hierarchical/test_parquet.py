"""Parquet tables: values, gaps and types come back; a bound holds in the column's own type; what cannot be read is one clear line."""
import builtins
import datetime
import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.api import EngineError
from engine.controller import SystemController
from engine.hierarchical import kinds, lines, parquet
from engine.jobs.runner import run_job

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def table(n: int = 400) -> Any:
    rng = np.random.default_rng(0)
    return pa.table({
        "time": pa.array((np.arange(n) * 1000 + 1_600_000_000_000).astype("datetime64[ms]")),
        "zone": pa.array(np.arange(n) * 1000, pa.timestamp("us", "Europe/Berlin")),
        "a b": pa.array(np.cumsum(rng.normal(size=n)), mask=np.arange(n) % 7 == 0), "f": pa.array(rng.normal(size=n).astype("f4")),
        "tiny": pa.array(rng.normal(size=n) * 1e-30), "i": pa.array(rng.integers(-5000, 5000, n)),
        "c": pa.array(["red", None, 'x,"y', *map(str, range(n - 3))]).dictionary_encode(),
        "u": pa.array([2 ** 64 - 1] * n, pa.uint64()), "b": pa.array([True, None] * (n // 2)),
        "s": pa.array(['x,"y\n', "", None, "z"] * (n // 4)), "d": pa.array([datetime.date(2020, 1, 2)] * n)})


def there_and_back(source: Path, max_error: str | None = None) -> Any:
    out, back = source.with_suffix(".lzc"), source.with_name("back.parquet")
    with SystemController() as system:
        run_job(system.compress(source, out, max_error=max_error))
        run_job(system.restore(out, back))
        assert run_job(system.verify(out)).facts["ok"]
    return pq.read_table(back)


def test_every_value_gap_and_type_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS", 150)       # more blocks than one
    source = tmp_path / "no ending"
    pq.write_table(table(), source)
    assert kinds.sniff(source) == kinds.TABLE
    back = there_and_back(source)
    assert back.schema.names == table().schema.names
    for name in back.schema.names:
        old, new = table()[name], back[name]
        # each block has its own list of categories
        assert new.equals(old) if name != "c" else (new.type, new.to_pylist()) == (old.type, old.to_pylist()), name


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_whole_numbers_at_the_ends_of_their_type_stay_in_it(tmp_path: Path, kind: str) -> None:
    ends = np.iinfo(kind)
    values = [int(ends.min), int(ends.max), *range(120), *range(120)]
    order = np.random.default_rng(1).permutation(len(values))
    old = pa.array([None if i % 11 == 5 else values[i] for i in order], pa.type_for_alias(kind))
    pq.write_table(pa.table({"v": old}), tmp_path / "x.parquet")
    new = there_and_back(tmp_path / "x.parquet", "7")["v"]
    assert new.type == old.type and new.null_count == old.null_count > 0
    assert all((a is None) == (b is None) and (a is None or abs(a - b) <= 7) for a, b in zip(old.to_pylist(), new.to_pylist()))


def test_a_restore_that_is_stopped_leaves_nothing_and_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS", 150)
    source, out, back = tmp_path / "x.parquet", tmp_path / "x.lzc", tmp_path / "back.parquet"
    pq.write_table(table(), source)
    told: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", told.append)
    with SystemController() as system:
        run_job(system.compress(source, out))
        job = system.restore(out, back)
        next(job)
        job.close()
        gc.collect()
    assert not told and sorted(p.name for p in tmp_path.iterdir()) == ["x.lzc", "x.parquet"]


def test_a_bound_holds_in_the_columns_type(tmp_path: Path) -> None:
    source = tmp_path / "x.parquet"
    pq.write_table(table(), source)
    back = there_and_back(source, "1%")
    for name in ("a b", "f", "tiny", "i"):
        old, new = (t[name].to_numpy().astype(np.float64) for t in (table(), back))
        bound = 0.01 * (np.nanmax(old) - np.nanmin(old))
        assert (np.isnan(old) == np.isnan(new)).all() and np.nanmax(np.abs(old - new)) <= bound, name
    assert not back["f"].equals(table()["f"]) and back["s"].equals(table()["s"])


def test_bad_files_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [[1, 2], [3]]}), source)
    with pytest.raises(EngineError, match="'a' holds list"):
        there_and_back(source)
    pq.write_table(table().slice(0, 0), source)
    with pytest.raises(EngineError, match="empty"):
        there_and_back(source)
    pq.write_table(table(), source)
    source.write_bytes(source.read_bytes()[:-100])
    with pytest.raises(EngineError, match="damaged or cut off"):
        there_and_back(source)
    real = builtins.__import__

    def without(name: str, *args: Any, **named: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EngineError, match="needs the package pyarrow"):
        there_and_back(source)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_range_of_large_whole_numbers_is_exact(ending: str, tmp_path: Path) -> None:
    first, path = 900_000_000_000_000_060, tmp_path / f"x.{ending}"
    columns = {"a": [first + i for i in range(130)], "b": list(range(130))}
    if ending == "csv":
        path.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in zip(columns["a"], columns["b"])))
    else:
        pq.write_table(pa.table(columns), path)
    survey = lines.look(path)
    for _ in lines.ranges(path, survey):
        pass
    assert (survey.low, survey.high) == ([first, 0], [first + 129, 129])
