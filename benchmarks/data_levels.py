"""What levels cost and what a prefix of them gives: one, three and four levels of the same data; errors and bytes when the finer ones are
left away; and the three ways of training, as their scorecards say."""
from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import machine

DEPTHS = {"one": 0, "three": 2, "four": None}


def examples() -> Iterator[tuple[str, np.ndarray, float]]:
    """(name, `[C, Y, X]`, bound) of data that was not learnt from."""
    from engine.hierarchical import arrays, kinds, pictures
    from engine.training.hierarchical_data import series_of

    data = machine.data_dir()
    for stem, share in (("occupancy_datatraining", 1e-3), ("nab_machine_temperature_system_failure", 1e-3)):
        x = series_of(data / "train" / "sensor" / f"{stem}.csv")
        x = x[:, int(0.6 * x.shape[1]):]
        x = x[(x.max(1) - x.min(1)) > 0]
        scaled = (x - x.min(1, keepdims=True)) / (x.max(1) - x.min(1))[:, None]
        yield f"{stem}, held back, {share:g} of the range", scaled[:, None, :], share
    for path in sorted((data / "val" / "image").glob("*.png"))[:2]:
        x = pictures.read_png(path.read_bytes())
        assert x is not None
        yield f"{path.stem}, without loss", x, 0.0
    cube = np.ascontiguousarray(arrays.read(data / "train" / "cube" / "plantcv_corn_kernel.raw", kinds.CUBE).data)[200:264]
    yield "plantcv_corn_kernel, bands 200 to 263, without loss", cube, 0.0


def measure() -> dict[str, Any]:
    from engine.hierarchical import block

    found: dict[str, Any] = {}
    for name, x, bound in examples():
        row: dict[str, Any] = {"bytes": {}}
        for said, depth in DEPTHS.items():
            coded = block.encode([block.Channel(np.ascontiguousarray(c), bound) for c in x], depth)
            row["bytes"][said] = len(coded.side) + sum(map(len, coded.levels))
        sizes = np.cumsum([len(coded.side) + len(coded.levels[0]), *map(len, coded.levels[1:])])
        span = float(x.max()) - float(x.min())
        row["prefix"] = []
        for count in range(1, len(coded.levels) + 1):
            back = block.decode(coded.side, coded.levels[:count], x.shape[1:], [x.dtype] * len(x), [False] * len(x))
            miss = np.stack([v for v, _, _ in back]).astype(np.float64) - x
            row["prefix"].append({"bytes": int(sizes[count - 1]), "rms": float(np.sqrt((miss ** 2).mean()) / span)})
        found[name] = row
    return found


def regimes() -> dict[str, Any]:
    """From the scorecards of the shipped models."""
    from engine.resources import model_path

    return {kind: json.loads(model_path(f"hierarchical_{kind}.json").read_text())["tables"] for kind in ("series", "picture")}


def page(figures: dict[str, Any]) -> list[str]:
    rows = []
    for name, r in figures["levels"].items():
        one = r["bytes"]["one"]
        rows.append([name, one, *(f"{r['bytes'][k]} ({100 * (r['bytes'][k] / one - 1):+.1f} %)" for k in ("three", "four")),
                     *(f"{100 * p['rms']:.2g} % in {p['bytes']}" for p in r["prefix"])])
    head = ["data", "one level", "three", "four", *(f"four, first {n}" for n in (1, 2, 3)), "all"]
    parts = ["Levels: bytes of streams with one level (plain order), three and four (against one level), and what a prefix of four gives: "
             "root mean square error as a share of the range, and the bytes up to there.", "", machine.table(head, rows), ""]
    rows = []
    for kind, tables in figures["regimes"].items():
        losses, sizes = (next(t for name, t in tables.items() if word in name) for word in ("loss of the networks", "bytes"))
        rows.append([kind, *(dict(losses[1])[way] for way in ("separate", "joint", "hybrid")),
                     *(f"{size} ({change})" for _, size, change in sizes[1])])
    head = ["model", "separate", "joint", "hybrid", "bytes untrained", "contexts trained", "contexts and networks"]
    return [*parts, "Training each level alone (separate), one network for all levels (joint), or one for all, then each alone (hybrid): "
            "held-back loss of the networks (mean error over the size of the surroundings; the best one is shipped), and held-back bytes "
            "with what was learnt.", "", machine.table(head, rows), ""]
