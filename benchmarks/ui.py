"""Whether the viewer ever stands still: start to the first frame, painting a 4K frame, event-loop latency under playback, zoom and a job
at once, and a robot that does anything to it. Every part has a time of its own: one that does not end is said, and the others stay.
"""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from . import machine

if TYPE_CHECKING:
    from .run import Options

PROBE_S, ROBOT_S, SEED, STARTS, SOUND_S = 15, 25, 7, 3, 12
LIMIT_S = 60  # of one part, beyond the time that it measures


class Unfinished(RuntimeError):
    """One part was not measured; the line says why."""


def _child(folder: str, what: str, seconds: float = 0, file: str = "") -> dict[str, Any]:
    limit = LIMIT_S if what == "start" else seconds + LIMIT_S
    return _run(what, ["benchmarks.ui_child", what, str(seconds), str(SEED), folder], limit, file)


def _run(what: str, words: list[str], limit: float, file: str = "") -> dict[str, Any]:
    variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LORENTZ_SOUND": "null", "LORENTZ_FILE": file,
                 "LORENTZ_T0": repr(time.time())}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules lie on the disk, as of any program that was started before
    try:
        done = subprocess.run([sys.executable, "-m", *words], cwd=machine.ROOT, capture_output=True, text=True, env=variables,
                              timeout=limit)
    except subprocess.TimeoutExpired:
        raise Unfinished(f"{what}: not finished in {limit:.0f} s at load {os.getloadavg()[0]:.1f}") from None
    if done.returncode:
        raise Unfinished(f"{what}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _starts(folder: str) -> dict[str, Any]:
    """Median of some starts with a video and with the sample; the first of each warms the disk and is not counted."""
    found: dict[str, Any] = {}
    for name, file in (("video", os.path.join(folder, "clip.mp4")), ("lzc", str(machine.ROOT / "assets" / "sample.lzc"))):
        runs = [_child(folder, "start", 45, file) for _ in range(STARTS + 1)][1:]
        found[name] = {"first_frame_s": statistics.median(r["first_frame_s"] for r in runs),
                       "window_s": statistics.median(r["window_s"] for r in runs),
                       "cpu_s": statistics.median(r["cpu_s"] for r in runs), "load": runs[-1]["load"]}
    return found


def _paint() -> dict[str, Any]:
    return _run("paint", ["benchmarks.child", "paint", "3840", "2160"], LIMIT_S)


def run(options: Options) -> dict[str, Any]:
    """All parts, or those named in `LORENTZ_UI_PARTS` (the others stay as they were). `LORENTZ_ROBOT_S` sets how many seconds the robot
    works. RuntimeError when nothing at all could be measured."""
    figures: dict[str, Any] = {}
    wanted = os.environ.get("LORENTZ_UI_PARTS", "probe,paint,start,sound,robot").split(",")
    missing: list[str] = []
    with tempfile.TemporaryDirectory(prefix="lorentz-ui-", ignore_cleanup_errors=True) as folder:
        _child(folder, "make")
        robot_s = float(os.environ.get("LORENTZ_ROBOT_S", ROBOT_S))
        for name, part in (("probe", lambda: _child(folder, "probe", PROBE_S)), ("paint", _paint), ("start", lambda: _starts(folder)),
                           ("sound", lambda: _child(folder, "sound", SOUND_S)), ("robot", lambda: _child(folder, "robot", robot_s))):
            if name not in wanted:
                continue
            try:
                figures[name] = {**part(), "commit": machine.describe()["commit"]}
            except (Unfinished, RuntimeError) as why:
                missing.append(str(why))
                print(f"ui: {why}", file=sys.stderr, flush=True)
    if not figures:
        raise RuntimeError("; ".join(missing))
    return {"figures": figures, "missing": missing, "markdown": markdown(figures, missing)}


def merge(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Parts that were not run stay as they were measured last."""
    figures = {**old["figures"], **new["figures"]}
    return {**new, "figures": figures, "markdown": markdown(figures, new["missing"])}


def markdown(figures: dict[str, Any], missing: list[str]) -> str:
    rows: list[list[Any]] = []
    if "start" in figures:
        for kind, what in (("video", "a video"), ("lzc", "the sample .lzc")):
            f = figures["start"][kind]
            rows += [[f"start to the first frame of {what}, s (goal 1.5)", f["first_frame_s"]],
                     ["the same, processor time of all threads", f["cpu_s"]], [f"start to the window, s, {what}", f["window_s"]]]
    if "paint" in figures:
        rows += [["set and paint a 4K frame, ms (goal 4)", figures["paint"]["ours_ms"]],
                 ["the same, processor time", figures["paint"]["ours_cpu_ms"]]]
    if "probe" in figures:
        f = figures["probe"]
        rows += [["moves of the hand", f["moves"]], ["handlers that the event loop called", f["handlers"]],
                 ["one handler, processor time, 99th percentile ms (goal 16)", f["cpu_p99_ms"]],
                 ["worst ms", f["cpu_worst_ms"]], ["handlers over 16 ms", f["cpu_over"]],
                 ["one handler, all but waits for a free core, 99th percentile ms (goal 16)", f["own_p99_ms"]],
                 ["worst ms (goal 50)", f["own_worst_ms"]], ["handlers over 16 ms", f["own_over"]],
                 ["one handler, by the wall, 99th percentile ms", f["wall_p99_ms"]], ["worst ms", f["wall_worst_ms"]],
                 ["time between event-loop turns by the wall, median ms", f["p50_ms"]], ["99th percentile ms (goal 16)", f["p99_ms"]],
                 ["worst ms (goal 50)", f["worst_ms"]], ["without the waits for a free core, 99th percentile ms", f["alone_p99_ms"]],
                 ["worst ms", f["alone_worst_ms"]], ["turns measured", f["turns"]],
                 ["costliest handlers", ", ".join(f["costliest"])],
                 ["networks loaded before", "yes" if f["settled"] else "no"],
                 ["compress job at the end", f["job"] + (f": {f['job_fault']}" if f["job_fault"] else "")],
                 ["load of the machine then", f["load"]]]
    if "sound" in figures:
        f = figures["sound"]
        rows += [["film that flashes and beeps: flashes shown, beeps heard", f"{f['shown']} and {f['heard']} of {f['flashes']}"],
                 ["a beep is heard after its flash, median ms", f["median_ms"]], ["furthest apart ms (a person notices 45)", f["worst_ms"]],
                 ["jumps of the sound (the first begins it)", f["jumps"]], ["load of the machine then", f["load"]]]
    if "robot" in figures:
        f = figures["robot"]
        rows += [[f"robot, seed {f['seed']}, commit {f.get('commit', 'unknown')}: seconds", f["seconds"]],
                 ["things done", f["steps"]], ["faults", "; ".join(f["faults"]) or 0],
                 ["memory of the viewer, highest MB in each tenth of the time", " ".join(map(str, f["memory_mb"]))],
                 ["of the processes it started (jobs, decoders)", " ".join(map(str, f.get("helpers_mb", [])))],
                 ["of the viewer when everything is closed, after a rest", f.get("after_mb", "")], ["load of the machine then", f["load"]]]
    lost = "".join(f"\n\nNot measured: {line}." for line in missing)
    return ("Start: a fresh process on a warm disk. Handlers and turns: playing 720p, a hundred moves of the hand (the wheel, now and "
            "then play and pause), a compress job running; no screen. Then random use.\n\n"
            + machine.table(["what", "measured"], rows) + lost)
