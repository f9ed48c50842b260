"""Tables of a million and of ten million lines within a bound: bytes, largest memory of each process, processor time."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from . import machine

LINES = (10 ** 6, 10 ** 7)
_AT_ONCE = 10 ** 5


def write(path: Path, lines: int) -> None:
    """Made up: a clock, two sensors that follow each other, one with gaps."""
    rng, warm = np.random.default_rng(0), 20.0
    with path.open("w") as file:
        file.write("time,temperature,humidity,light\n")
        for start in range(0, lines, _AT_ONCE):
            t = np.arange(start, start + _AT_ONCE)
            heat = warm + np.cumsum(rng.normal(0, 0.02, _AT_ONCE))
            warm = float(np.clip(heat[-1], -20, 60))
            wet, light = 60 - heat + rng.normal(0, 0.3, _AT_ONCE), 400 * np.maximum(0, np.sin(t / 9000)) + rng.normal(0, 3, _AT_ONCE)
            stamps = np.datetime_as_string(np.datetime64("2020-01-01T00:00:00") + t, unit="s")
            file.write("".join(f"{s.replace('T', ' ')},{a:.2f},{b:.1f},{'' if k % 11 == 0 else f'{c:.0f}'}\n"
                               for k, (s, a, b, c) in enumerate(zip(stamps.tolist(), heat.tolist(), wet.tolist(), light.tolist()))))


def child(*words: object) -> tuple[float, float]:
    """(processor seconds, largest memory in MB) of the command line run as a process of its own."""
    running = subprocess.Popen([sys.executable, "-m", "engine.cli", *map(str, words)], stdout=subprocess.DEVNULL, cwd=machine.ROOT)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise RuntimeError(f"{words[0]} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for lines in LINES:
        with tempfile.TemporaryDirectory() as folder:
            source, out, back = (Path(folder) / name for name in ("x.csv", "x.lzc", "b.csv"))
            write(source, lines)
            wrote = child("compress", source, out, "--max-error", "1%")
            read = child("restore", out, back)
            with back.open("rb") as file:
                same = sum(1 for _ in file) == lines + 1
            found[str(lines)] = {"text": source.stat().st_size, "bytes": out.stat().st_size, "write": wrote, "read": read, "all": same}
    return found


def page(figures: dict[str, Any]) -> list[str]:
    rows = [[f"{int(n):,}", f"{r['text'] / 1e6:.1f} MB", f"{r['bytes'] / 1e6:.2f} MB", f"{r['write'][1]:.0f} MB", f"{r['read'][1]:.0f} MB",
             f"{r['text'] / 1e6 / r['write'][0]:.1f}", f"{r['text'] / 1e6 / r['read'][0]:.1f}", "yes" if r["all"] else "NO"]
            for n, r in figures.items()]
    return ["Long tables (made up: a clock and three sensors, one with gaps; 1 % of each range), every command a process of its own, start "
            "included. Megabytes of text a second of processor time; blocks of 65,536 lines run on all cores.", "", machine.table(
                ["lines", "text", "file", "memory, compress", "memory, restore", "MB a processor second, write", "read", "all lines back"],
                rows), ""]
