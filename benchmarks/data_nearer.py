"""What bringing series and bands nearer to their source gains, on data that nothing was learned from: nothing, given patterns alone, the
network with the organiser's sets, with sets thrown together, with sets of one; and what is left where the bound itself has to hold.

Held back are the last 40 % of every sensor table in time and of the cube in place; beside them the two weather stations of
`data_sensors` (left out where pvlib is not installed) and three validation pictures.
"""
from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import machine

SHARES = (1e-3, 1e-2, 5e-2)
PICTURES, SIDE = 3, 128
WAYS = {"given": "given alone", "network": "network, sets", "random": "network, random sets", "one": "network, sets of one",
        "kept": "network, bound kept"}


def examples(kind: str) -> Iterator[tuple[str, np.ndarray]]:
    """(name, `[C, Y, X]`)."""
    from engine.hierarchical import pictures
    from engine.training.rows_eval import held_back

    from .data_sensors import STATIONS, station

    data = machine.data_dir()
    yield from held_back(data, kind)
    if kind == "bands":
        for path in sorted((data / "val" / "image").glob("*.png"))[:PICTURES]:
            x = pictures.read_png(path.read_bytes(), str(path))
            if x is not None:
                yield path.stem, np.ascontiguousarray(x[:, :SIDE, :SIDE])
        return
    found = importlib.util.find_spec("pvlib")
    if found is not None and found.submodule_search_locations:
        for name, said in STATIONS.items():
            yield said, station(Path(found.submodule_search_locations[0]) / "data" / name)[0][:, None, :]


def measure() -> dict[str, Any]:
    from engine.correlation.rows import load_rows
    from engine.training import rows_eval

    found: dict[str, Any] = {}
    for kind in ("series", "bands"):
        model = load_rows(kind)
        for name, x in examples(kind):
            for share in SHARES:
                found[f"{name} | {share:g}"] = {"kind": kind, **rows_eval.measure(model, x, share)}
    return found


def timed(folder: Path) -> dict[str, float]:
    """Seconds of `compress` and `restore` on one core for a table of eight columns and 65,536 lines: without, with, and the ways back."""
    from engine.jobs import data as jobs
    from engine.jobs.runner import run_job

    rng = np.random.default_rng(0)
    base = np.cumsum(rng.normal(size=(3, 1 << 16)), 1)
    x = rng.normal(size=(8, 3)) @ base + rng.normal(size=(8, 1 << 16))
    table = folder / "t.csv"
    table.write_text("a,b,c,d,e,f,g,h\n" + "".join(",".join(f"{v:.4f}" for v in row) + "\n" for row in x.T))
    seconds: dict[str, float] = {}
    for turn in range(2):   # the first one compiles
        for name, job in (("compress", jobs.compress_data_job(table, folder / "n.lzc", max_error="1%")),
                          ("compress --effort high", jobs.compress_data_job(table, folder / "h.lzc", max_error="1%", effort="high")),
                          ("restore", jobs.restore_data_job(folder / "h.lzc", folder / "b.csv") if turn else None),
                          ("restore --nearer", jobs.restore_data_job(folder / "h.lzc", folder / "c.csv", nearer=True) if turn else None)):
            if job is not None:
                began = time.process_time()
                run_job(job)
                seconds[name] = round(time.process_time() - began, 3)
    return seconds


def page(figures: dict[str, Any], seconds: dict[str, float]) -> list[str]:
    rows = []
    for name, r in figures.items():
        given, network = r["given"]["bytes"], r["network"]["bytes"]
        rows.append([name.replace(" | ", ", "), r["channels"], r["bytes"], *(f"{r[way]['dB']:.2f}" for way in WAYS),
                     f"{given}, {network}", f"{100 * network / r['bytes']:.1f} %"])
    for kind in ("series", "bands"):
        of = [r for r in figures.values() if r["kind"] == kind]
        rows.append([f"**mean, {kind}**", "", "", *(f"**{np.mean([r[w]['dB'] for r in of]):.2f}**" for w in WAYS), "", ""])
    head = ["data, bound as a share of the range", "channels with an error", "bytes without", *WAYS.values(),
            "bytes more, given alone and network", "of the file"]
    return ["What the root mean square error of decoded values falls by with `restore --nearer`, in dB (20 log10, mean of channels that "
            "have an error), on data held back; doing nothing is 0. The weights are chosen and coded as the writer does it, bytes have the "
            "container's share in them. *Random sets*: the same network on channels thrown together, which up to eight are the organiser's "
            "set; *sets of one*: each channel alone; *bound kept*: only those 256 samples are changed in which every one still keeps the "
            "bound.", "", machine.table(head, rows), "",
            "Processor seconds for a table of 8 columns and 65,536 lines at 1 %: "
            + ", ".join(f"{name} {s:.2f}" for name, s in seconds.items()) + ".", ""]


def run(options: Any = None) -> dict[str, Any]:
    import tempfile

    figures = measure()
    with tempfile.TemporaryDirectory() as folder:
        seconds = timed(Path(folder))
    return {"figures": figures, "seconds": seconds, "markdown": "\n".join(page(figures, seconds))}
