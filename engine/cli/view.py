"""view: the window, and what happens where no window can open."""
from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from engine.api import JobError, Roi
from engine.cli.console import Console
from engine.controller import SystemController
from engine.jobs.checks import check_input
from engine.jobs.runner import run_job
from engine.resources import SAMPLE_SPOT, asset_path

_PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"


def view(args: Namespace, console: Console) -> int:
    """`lorentz [view] [FILE]`: opens the viewer; without a screen, writes a zoom into FILE as a picture and says where."""
    given = args.input if args.input is not None else asset_path("sample.lzc")
    check_input(given)
    preload = importlib.import_module("app.preload").Preload()
    preload.start(given.suffix.lower() == ".lzc")  # beside the question below, which starts a process
    reason = no_window()
    if reason:
        return _instead(given, args.input is None, reason, console)
    code: int = importlib.import_module("app.main").main(str(given), preload)  # by name: the engine itself must run without a screen
    return code


def no_window() -> str:
    """Why no window can open here; empty when one can. Asked before Qt is, because Qt ends the process when it cannot."""
    if not importlib.import_module("app.main").display_available():
        return "no display here (DISPLAY and WAYLAND_DISPLAY lead nowhere)"
    try:
        probe = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "Qt does not start here"
    if probe.returncode != 0:
        said = [line for line in probe.stderr.decode(errors="replace").splitlines() if line.strip()]
        return f"Qt cannot open a window here ({said[-1].strip()[:200]})" if said else "Qt cannot open a window here"
    return ""


def _instead(given: Path, sample: bool, reason: str, console: Console) -> int:
    with SystemController() as system:
        source = system.open(given)
        try:
            info = source.info
        finally:
            source.close()
        frame, roi, magnify = SAMPLE_SPOT if sample else (info.frames // 2, _middle(info.width, info.height), 4.0)
        out = _place(f"{given.stem}-zoom.png")
        if not console.json:
            console.note(f"{reason}: writing a zoom into {given} as a picture instead")
        with console.progress("zoom") as show:
            result = run_job(system.export_roi(given, out, frame, roi, magnify), show)
    console.result({"window": False, "reason": reason, **result.facts}, [f"written: {path}" for path in result.outputs])
    return 0


def _middle(width: int, height: int) -> Roi:
    """The middle of the picture, small enough that four times its size is a picture for a screen."""
    w, h = min(width, max(1, min(width // 4, 320))), min(height, max(1, min(height // 4, 240)))
    return float((width - w) // 2), float((height - h) // 2), float(w), float(h)


def _place(name: str) -> Path:
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        try:
            with tempfile.TemporaryFile(dir=folder):
                return folder / name
        except OSError:
            continue
    raise JobError("neither this folder nor the temporary one can be written", hint="change to another folder")
