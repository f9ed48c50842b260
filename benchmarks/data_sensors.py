"""What correlation across sensors brings: real multi-sensor tables with and without it, at the same bound; on one clock and across clocks.

Beside the occupancy sensors of the data folder: two weather stations (hourly, a typical year, US government data) that come inside the
package pvlib (`pip install --no-deps pvlib`, only for measuring; left out where it is not installed).
"""
from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from . import machine

SHARES = (1e-2, 1e-3)
EVERY = 4             # the slower clock: one reading in so many
STATIONS = {"703165TY.csv": "weather, Sand Point", "723170TYA.CSV": "weather, Greensboro"}
SLOW = {"occupancy": ("Humidity", "HumidityRatio"), "weather": ("Dew-point (C)", "RHum (%)", "GHI (W/m^2)", "GH illum (lx)")}


def sets() -> Iterator[tuple[str, np.ndarray, list[str]]]:
    """(name, float64 `[C, N]`, column names)."""
    path = machine.data_dir() / "train" / "sensor" / "occupancy_datatraining.csv"
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    yield "occupancy", np.array([[float(v) for v in row[2:7]] for row in rows[1:]]).T, rows[0][1:6]
    found = importlib.util.find_spec("pvlib")
    if found is None or not found.submodule_search_locations:
        return
    for name, said in STATIONS.items():
        yield said, *station(Path(found.submodule_search_locations[0]) / "data" / name)


def station(path: Path) -> tuple[np.ndarray, list[str]]:
    """Every measured column of a TMY3 file that changes; not the codes that say where a value came from."""
    with path.open(newline="") as file:
        _, head, *rows = csv.reader(file)
    keep = [i for i, name in enumerate(head) if "(" in name and not any(w in name.lower() for w in ("uncert", "date", "time", "code"))]
    x = np.array([[float(row[i]) for i in keep] for row in rows]).T
    some = [i for i in range(len(x)) if len(np.unique(x[i])) > 10]
    return x[some], [head[keep[i]] for i in some]


@contextmanager
def _without(place: Any, name: str, other: Callable[..., Any]) -> Iterator[None]:
    kept = getattr(place, name)
    setattr(place, name, other)
    try:
        yield
    finally:
        setattr(place, name, kept)


def _apart(q: np.ndarray, normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(q)), np.full((len(q), 3), -1, np.int64)


def text(x: np.ndarray, slow: list[int]) -> bytes:
    """Lines of a table in which the slow columns have a value in every fourth line."""
    return "".join(",".join("" if c in slow and i % EVERY else repr(float(x[c, i])) for c in range(len(x))) + "\n"
                   for i in range(x.shape[1])).encode()


def measure() -> dict[str, Any]:
    from engine.hierarchical import block, table

    found: dict[str, Any] = {}
    for name, x, names in sets():
        layout = table.Layout(len(x))
        slow = [names.index(n) for n in SLOW[name.split(",")[0]] if n in names]
        for share in SHARES:
            bounds = [share * float(v.max() - v.min()) for v in x]
            fast = text(x, [])
            sizes = {"together": _size(fast, layout, bounds)}
            with _without(block, "organise", _apart):
                sizes["each alone"] = _size(fast, layout, bounds)
            seen = slow_bytes(text(x, slow), layout, bounds)
            found[f"{name} | {share:g}"] = {"columns": len(x), "rows": x.shape[1], **sizes, "slow columns": len(slow), **seen}
    return found


def _size(raw: bytes, layout: Any, bounds: list[float]) -> int:
    from engine.hierarchical import table

    return sum(map(len, table.encode(raw, layout, bounds)[0].values()))


def slow_bytes(raw: bytes, layout: Any, bounds: list[float]) -> dict[str, int]:
    """Bytes of the slower clock's channels: each alone, together, and leaning on the faster clock as the encoder chooses."""
    from engine.hierarchical import block, table

    seen: dict[str, int] = {}
    keep = table._groups

    def size(coded: block.Coded) -> int:
        return len(coded.side) + sum(map(len, coded.levels))

    def probe(groups: Any, places: Any, show: bool = False) -> Any:
        coded, helped = keep(groups, places, show)
        seen["slow, alone"] = sum(size(block.encode([channel])) for channel in groups[1])
        seen["slow, together"] = size(block.encode(groups[1]))
        seen["slow, across clocks"] = size(coded[1])
        return coded, helped

    with _without(table, "_groups", probe):
        table.encode(raw, layout, bounds)
    return seen


def page(figures: dict[str, Any]) -> list[str]:
    rows = []
    for name, r in figures.items():
        rows.append([name.replace(" | ", ", "), f"{r['columns']} x {r['rows']}", r["each alone"], _of(r["together"], r["each alone"]),
                     r["slow columns"], r["slow, alone"], _of(r["slow, together"], r["slow, alone"]),
                     _of(r["slow, across clocks"], r["slow, alone"])])
    return ["Correlation across sensors, at equal bound (bytes of streams; in brackets against each sensor coded alone). The right half: "
            f"some columns have a value in every {EVERY}th line only, as slower sensors do, and run on a clock of their own; *across "
            "clocks* is what the encoder writes: its finest level may lean on the faster sensors at the same times. The weather stations "
            "were never learnt from.", "", machine.table(
                ["set, bound", "size", "each alone", "together", "slow columns", "alone", "together", "across clocks"], rows), ""]


def _of(ours: int, other: int) -> str:
    return f"{ours} ({100 * (ours / other - 1):+.1f} %)"
