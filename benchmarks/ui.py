"""Whether the viewer ever stands still: event-loop latency under playback, zoom and a job at once; and a robot that does anything to it."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from . import machine

if TYPE_CHECKING:
    from .run import Options

PROBE_S, ROBOT_S, SEED = 20, 120, 7


def _child(what: str, seconds: float) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", "benchmarks.ui_child", what, str(seconds), str(SEED)], cwd=machine.ROOT,
                          capture_output=True, text=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "LORENTZ_SOUND": "null"})
    if done.returncode:
        raise RuntimeError(f"{what}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def run(options: Options) -> dict[str, Any]:
    """One probe, one run of the robot. `LORENTZ_ROBOT_S` sets how many seconds it works."""
    probe, robot = _child("probe", PROBE_S), _child("robot", float(os.environ.get("LORENTZ_ROBOT_S", ROBOT_S)))
    rows = [["time between event-loop turns, median ms", probe["p50_ms"]], ["99th percentile ms (goal 16)", probe["p99_ms"]],
            ["worst ms (goal 50)", probe["worst_ms"]], ["turns measured", probe["turns"]],
            ["compress job at the end", probe["job"] + (f": {probe['job_fault']}" if probe["job_fault"] else "")],
            ["load of the machine then", probe["load"]],
            [f"robot, seed {robot['seed']}: seconds", robot["seconds"]], ["things done", robot["steps"]],
            ["faults", "; ".join(robot["faults"]) or 0], ["memory MB over the run", " ".join(map(str, robot["memory_mb"]))],
            ["load of the machine then", robot["load"]]]
    return {"figures": {"probe": probe, "robot": robot},
            "markdown": "Playing 720p, turning the wheel every 150 ms, a compress job running; no screen. Then random use.\n\n"
                        + machine.table(["what", "measured"], rows)}
