"""The measurement of the viewer ends whatever its parts do, keeps what was measured, and says what was not."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import run, ui

ANSWERS: dict[str, dict[str, Any]] = {
    "make": {"bytes": 1}, "start": {"window_s": 0.5, "first_frame_s": 1.25, "load": 0.1}, "paint": {"ours_ms": 3.5},
    "probe": {"seconds": 15.0, "turns": 900, "p50_ms": 0.1, "p99_ms": 7.5, "worst_ms": 31.0, "settled": True, "job": "running",
              "job_fault": "", "load": 1.0},
    "robot": {"seconds": 25.0, "seed": 7, "steps": 321, "faults": [], "last": [], "memory_mb": [400, 410], "load": 1.0}}


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Names of parts that do not end."""
    stuck: list[str] = []

    def one(what: str, words: list[str], limit: float, file: str = "") -> dict[str, Any]:
        assert limit <= 90
        if what in stuck:
            raise ui.Unfinished(f"{what}: not finished in {limit:.0f} s")
        return ANSWERS[what]

    monkeypatch.setattr(ui, "_run", one)
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(run, "HERE", tmp_path)
    return stuck


def test_it_is_kept_and_stands_in_the_report(parts: list[str], tmp_path: Path) -> None:
    assert run.measure("ui", run.Options(), "python -m benchmarks.run --only ui")
    kept = json.loads((tmp_path / "results" / "ui.json").read_text())
    assert kept["missing"] == [] and kept["figures"]["probe"]["p99_ms"] == 7.5
    text = run.write_report().read_text()
    section = text[text.index("## The viewer under load"):]
    for figure in ("| 1.25 |", "| 3.5 |", "| 7.5 |", "| 31 |", "| 321 |"):
        assert figure in section, figure


def test_a_part_that_does_not_end_is_said_and_the_others_stay(parts: list[str], tmp_path: Path) -> None:
    parts += ["probe", "robot"]
    found = ui.run(run.Options())
    assert set(found["figures"]) == {"paint", "start"} and len(found["missing"]) == 2
    assert "Not measured: probe: not finished in 75 s." in found["markdown"] and "goal 16" not in found["markdown"]


def test_nothing_at_all_is_a_failure(parts: list[str]) -> None:
    parts += ["probe", "robot", "paint", "start"]
    with pytest.raises(RuntimeError, match="paint"):
        ui.run(run.Options())


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ui.Unfinished, match="not finished in 0 s"):
        ui._run("wait", ["timeit", "-n1", "-s", "import time", "time.sleep(100)"], 0.3)
