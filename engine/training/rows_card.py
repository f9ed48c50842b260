"""The scorecard of a correlation network for general data, from what was measured when it was shipped."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.correlation.rows import RowsModel, task
from engine.training.hierarchical_data import sensor_files
from engine.training.rows_eval import WAYS
from engine.training.scorecard import data_facts, hardware

Rows = list[tuple[str, float, dict[str, Any]]]
HEADER = ["data, bound", "bytes", "given alone", "network", "random sets", "sets of one", "bound kept", "bytes more, given", "network"]


def lines(rows: Rows) -> list[list[str]]:
    """One line for each set of data and bound: what RMSE falls by in dB, and what it costs."""
    return [[f"{name}, {100 * share:g} %", str(r["bytes"]), *(f"{r[way]['dB']:.2f}" for way in WAYS),
             str(r["given"]["bytes"]), str(r["network"]["bytes"])] for name, share, r in rows]


def make_card(model: RowsModel, kind: str, steps: int, seconds: float, rows: Rows, data: Path) -> dict[str, Any]:
    """JSON-able, see `scorecard.page`."""
    used = sensor_files(data) if kind == "series" else [*sorted((data / "train" / "cube").glob("*.*")),
                                                       *sorted((data / "train" / "image").glob("*.png"))]
    card: dict[str, Any] = {
        "title": f"Correlation network for {kind}", "task": task(kind), "sha256": model.hash, "version": "1",
        "summary": f"Brings {kind} that were compressed within a bound nearer to their source: patterns of what the quantiser took, from "
                   "sets of correlated channels, which the writer weighs (docs/correlation.md).",
        "parameters": sum(p.numel() for p in model.net.parameters()), "steps": steps, "hours": round(seconds / 3600, 3),
        **hardware(), "optimiser": "AdamW", "command": "lorentz train correlation_data DATA",
        "measure_again": "python -m benchmarks.run --only data_nearer",
        "tables": {"what the root mean square error falls by in dB on held-back data": [HEADER, lines(rows)]},
        "limits": ["there are five sensor tables and one cube: what is held back is their last part, not other sensors",
                   "which given patterns there are was chosen by looking at the held-back series as well",
                   "random sets equal the organiser's where a table has no more than eight channels"],
        "files": data_facts(data, used),
    }
    card["sources"] = [f"{f['file']}: {f['source_repo']} {f['commit'][:12]} ({f['licence']})" for f in card["files"]]
    return card


__all__ = ["HEADER", "lines", "make_card"]
