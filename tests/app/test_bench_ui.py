"""The measurement of the viewer ends whatever its parts do, keeps what was measured, and says what was not."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import machine, run, ui

ANSWERS: dict[str, dict[str, Any]] = {
    "make": {"bytes": 1}, "start": {"window_s": 0.5, "first_frame_s": 1.25, "cpu_s": 1.125, "load": 0.1},
    "paint": {"ours_ms": 3.5, "ours_cpu_ms": 2.625},
    "probe": {"seconds": 15.0, "moves": 100, "turns": 900, "p50_ms": 0.1, "p99_ms": 7.5, "worst_ms": 31.0, "alone_p99_ms": 6.25,
              "alone_worst_ms": 12.5, "handlers": 4800, "cpu_p99_ms": 2.375, "cpu_worst_ms": 4.125, "cpu_over": 0, "own_p99_ms": 3.75,
              "own_worst_ms": 9.5, "own_over": 0, "wall_p99_ms": 8.5, "wall_worst_ms": 27.5, "wall_over": 16, "costliest": ["Timer 4 ms"],
              "settled": True, "job": "running", "job_fault": "", "load": 1.0},
    "sound": {"flashes": 12, "shown": 12, "heard": 12, "apart_ms": [-3.5], "median_ms": -3.5, "worst_ms": 8.5, "jumps": 1, "load": 0.1},
    "robot": {"seconds": 25.0, "seed": 7, "steps": 321, "faults": [], "last": [], "memory_mb": [400, 410],
              "helpers_mb": [0, 520], "after_mb": 395, "load": 1.0}}


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
    for figure in ("| 1.25 |", "| 1.125 |", "| 3.5 |", "| 7.5 |", "| 31 |", "| 321 |", "| 2.625 |", "| 2.375 |",
                   "| 4.125 |", "| 9.5 |", "| Timer 4 ms |"):
        assert figure in section, figure


def test_a_part_that_does_not_end_is_said_and_the_others_stay(parts: list[str], tmp_path: Path) -> None:
    parts += ["probe", "robot"]
    found = ui.run(run.Options())
    assert set(found["figures"]) == {"paint", "start", "sound"} and len(found["missing"]) == 2
    assert "Not measured: probe: not finished in 75 s." in found["markdown"] and "goal 16" not in found["markdown"]


def test_nothing_at_all_is_a_failure(parts: list[str]) -> None:
    parts += ["probe", "robot", "paint", "start", "sound"]
    with pytest.raises(RuntimeError, match="paint"):
        ui.run(run.Options())


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ui.Unfinished, match="not finished in 0 s"):
        ui._run("wait", ["timeit", "-n1", "-s", "import time", "time.sleep(100)"], 0.3)


HANDLERS = """
from PySide6.QtCore import QTimer
from benchmarks import turns

MS = 1_000_000
wall, cpu, queue = [0], [0], [0]
turns.perf_counter_ns = lambda: wall[0]
turns.thread_time_ns = lambda: cpu[0]
turns.Queue.waited = lambda self: queue[0]

def spend(w, c, q):
    wall[0] += w * MS
    cpu[0] += c * MS
    queue[0] += q * MS

app = turns.Watched([])
beat = turns.Beat()
for w, c, q in ((30, 30, 0), (31, 1, 0), (32, 2, 29)):  # works, waits for a lock, waits for a core
    QTimer.singleShot(0, lambda w=w, c=c, q=q: (spend(w, c, q), beat._beat()))
QTimer.singleShot(0, app.exit)
app.on = True
app.exec()
app.on = False
spans = [(w // MS, c // MS, q // MS) for w, c, q in app.spans if w]
found = turns.summary(app.spans, app.names)
print(spans, found["cpu_over"], found["own_over"], found["wall_over"], beat.late)
"""


def test_a_handler_that_works_and_one_that_waits_are_told_apart() -> None:
    """On a clock that only the handlers move."""
    done = subprocess.run([sys.executable, "-c", HANDLERS], capture_output=True, text=True, cwd=machine.ROOT, timeout=100,
                          env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == ("[(30, 30, 0), (31, 1, 0), (32, 2, 29)] 1 2 3 "
                                          "[(28.0, 28.0), (29.0, 29.0), (30.0, 1.0)]"), done.stdout


def test_a_wait_for_a_core_is_not_the_viewers_own() -> None:
    """(wall, processor, queue) in nanoseconds."""
    from benchmarks import turns

    found = turns.summary([(40_000_000, 3_000_000, 36_000_000), (20_000_000, 1_000_000, 0)], ["busy machine", "a lock"])
    assert (found["cpu_over"], found["own_over"], found["wall_over"]) == (0, 1, 2)
    assert found["own_worst_ms"] == 20 and found["costliest"][0] == "busy machine 3.0 ms"
