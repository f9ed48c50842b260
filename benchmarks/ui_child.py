"""The viewer measured in a process of its own: `python -m benchmarks.ui_child WHAT SECONDS SEED FOLDER` prints one JSON object."""
from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.desk import Desk

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
MOVES, MOVE_MS = 100, 80
PATIENCE_S = 40.0
STEP_MS, WEIGH_MS, CALM_S = 12, 500, 15.0


def clip(path: Path, size: tuple[int, int] = (1280, 720), frames: int = 75) -> Path:
    """A textured picture that moves."""
    from engine.api import Colour, Frame, SourceInfo
    from engine.media import write_video

    w, h = size
    ground = np.random.default_rng(0).integers(30, 220, (h // 8 + 1, w // 8 + 40), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    grey = np.full((h // 2, w // 2), 128, np.uint8)

    def pictures() -> Iterator[Frame]:
        for i in range(frames):
            yield Frame(np.ascontiguousarray(ground[:h, 2 * i:2 * i + w]), grey, grey, i, i)

    write_video(path, pictures(), SourceInfo(str(path), "video", w, h, tuple(range(frames)), Fraction(1, 25), Fraction(25),
                                             colour=Colour(False, 1, 1, 1)), preset="ultrafast")
    return path


def probe(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Playing, zooming and a compress job at once, for a number of moves of the hand; `seconds` ends it where the machine is too busy."""
    from PySide6.QtCore import QTimer

    from benchmarks import turns
    from benchmarks.robot import Robot

    watched = turns.Watched([])
    desk = Desk(folder, seconds=PATIENCE_S)
    w = desk.window
    # the first job and the first made detail load their networks: measured is what comes after, or what is there when patience ends
    settled = desk.wait(lambda: w.zoom.done and w.zoom.request is not None, PATIENCE_S / 2)
    w.steering.magnify(3)
    job = w.exports.compress(str(desk.path), str(folder / "out.lzc"), 32, "fast")
    settled &= desk.wait(lambda: (job.progress.done > 0 or job.state.over) and w.zoom.tiles > 0, PATIENCE_S / 2)
    beat, robot, hand, made = turns.Beat(), Robot(w, seed, [str(desk.path)]), QTimer(), [0]

    def move() -> None:
        if made[0] == MOVES:
            desk.app.exit()  # not `quit`, which closes the window: with a job running that asks, and waits for a person
            return
        made[0] += 1
        if made[0] % 8 == 0:
            w.player.toggle()
        else:
            robot._wheel()

    hand.timeout.connect(move)
    QTimer.singleShot(int(seconds * 1000), desk.app.exit)
    w.player.play()
    start, watched.on = time.monotonic(), True
    hand.start(MOVE_MS)
    beat.start()
    desk.app.exec()
    watched.on = False
    beat.stop()
    hand.stop()
    took, state = time.monotonic() - start, job.state.value
    fault = str(job.error) if job.error is not None else ""
    return {"seconds": took, "moves": made[0], **beat.summary(), **turns.summary(watched.spans, watched.names), "settled": settled,
            "job": state, "job_fault": fault, "load": os.getloadavg()[0]}


def robot(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Random use for a time, in the event loop; faults that reached it, and the memory of the viewer and of the processes it started:
    the highest in each tenth of the time, and what is left when all is closed."""
    from PySide6.QtCore import QTimer

    from benchmarks.robot import Robot

    faults: list[str] = []
    hook, sys.excepthook = sys.excepthook, lambda kind, fault, trace: faults.append(f"{kind.__name__}: {fault}")
    desk = Desk(folder)
    hand = Robot(desk.window, seed, [str(p) for p in (desk.path, desk.path, *others(folder))], jobs=folder)
    me, steps, timer, look = psutil.Process(), [0], QTimer(), QTimer()
    highest, helpers = [0.0] * 10, [0.0] * 10
    start = time.monotonic()

    def step() -> None:
        if time.monotonic() - start >= seconds or faults:
            desk.app.exit()
            return
        hand.step()
        steps[0] += 1

    def weigh() -> None:
        tenth = min(9, int(10 * (time.monotonic() - start) / seconds))
        highest[tenth] = max(highest[tenth], me.memory_info().rss / 1e6)
        helpers[tenth] = max(helpers[tenth], sum(own_memory(child) for child in me.children(recursive=True)))

    desk.app.setQuitOnLastWindowClosed(False)
    timer.timeout.connect(step)
    look.timeout.connect(weigh)
    timer.start(STEP_MS)
    look.start(min(WEIGH_MS, int(seconds * 100)))
    desk.app.exec()
    timer.stop()
    look.stop()
    done, took = hand.log[-12:], time.monotonic() - start
    desk.window.player.pause()
    desk.window.close_source()
    QTimer.singleShot(int(1000 * CALM_S), desk.app.exit)
    desk.app.exec()
    sys.excepthook = hook
    return {"seconds": took, "seed": seed, "steps": steps[0], "faults": faults, "last": done if faults else [],
            "memory_mb": [round(m) for m in highest], "helpers_mb": [round(m) for m in helpers],
            "after_mb": round(me.memory_info().rss / 1e6), "load": os.getloadavg()[0]}


def own_memory(process: psutil.Process) -> float:
    """Megabytes that it does not share with others; 0 when it has just ended."""
    try:
        return float(process.memory_full_info().uss / 1e6)
    except psutil.Error:
        return 0.0


def others(folder: Path) -> list[Path]:
    """What else a person opens: a recording, a picture, a table, and something that is no footage at all."""
    from PySide6.QtGui import QImage

    from engine.resources import asset_path

    shutil.copy(asset_path("sample.lzc"), folder / "sample.lzc")  # marks are kept beside it
    rng = np.random.default_rng(1)
    grey = rng.integers(0, 255, (540, 960), np.uint8)
    QImage(grey.tobytes(), 960, 540, 960, QImage.Format.Format_Grayscale8).save(str(folder / "still.png"))
    rows = np.column_stack([np.arange(400) * 0.1, rng.normal(20, 1, (400, 3)).round(3)])
    np.savetxt(folder / "table.csv", rows, "%.3f", ",", header="t,a,b,c", comments="")
    (folder / "broken.mp4").write_bytes(b"no footage")
    return [folder / "sample.lzc", folder / "still.png", folder / "table.csv", folder / "broken.mp4"]


def start(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """From the start of the process (`LORENTZ_T0`, seconds since 1970) to a window, and to a painted frame of `LORENTZ_FILE`."""
    begun = float(os.environ["LORENTZ_T0"])
    desk = Desk(folder, os.environ["LORENTZ_FILE"], seconds)
    took, cpu = time.time() - begun, time.process_time()
    return {"window_s": desk.shown - begun, "first_frame_s": took, "cpu_s": cpu, "load": os.getloadavg()[0]}


def sound(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Flashes and beeps of a film played in the viewer."""
    from benchmarks.in_step import measure

    return {**measure(folder, int(seconds)), "load": os.getloadavg()[0]}


def make(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """The clip that the others open."""
    return {"bytes": clip(folder / "clip.mp4").stat().st_size}


def main() -> None:
    what, seconds, seed, folder = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    try:
        parts = {"probe": probe, "robot": robot, "start": start, "make": make, "sound": sound}
        print(json.dumps(parts[what](folder, seconds, seed)), flush=True)
    except Exception as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)  # the window's threads would keep the process; the folder is the caller's


if __name__ == "__main__":
    main()
