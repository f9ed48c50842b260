"""One measurement in a process of its own: `python -m benchmarks.child NAME ARGUMENTS` prints one JSON object with its peak memory."""
from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .machine import ROOT


def call(name: str, *words: object) -> dict[str, Any]:
    """Run `name` in a fresh process; its figures, with "peak_mb" and "cpu_s". RuntimeError with its last line when it fails."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.child", name, *map(str, words)], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    if done.returncode:
        raise RuntimeError(f"{name} {' '.join(map(str, words))}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def encode(source: str, out: str, quality: str, effort: str) -> dict[str, Any]:
    """The compress job as the viewer runs it: from opening the source to the finished file."""
    from engine.jobs.compress import compress_job
    from engine.jobs.runner import run_job
    start = time.perf_counter()
    facts = run_job(compress_job(source, out, quality=int(quality), effort=effort)).facts
    seconds = time.perf_counter() - start
    return {"fps": facts["frames"] / seconds, "bytes": Path(out).stat().st_size, "frames": facts["frames"]}


def decode(path: str) -> dict[str, Any]:
    """Every frame in order; then, in a source opened anew that remembers nothing, single frames far from each other."""
    from engine.opening import open_source
    start = time.perf_counter()
    source = open_source(Path(path))
    times = [time.perf_counter() - start for _ in source.frames()]
    count, warm = len(times), min(8, len(times) - 1)
    source.close()
    jumps = []
    source = open_source(Path(path))
    for k in range(3):
        t = time.perf_counter()
        source.read(min((2 * k + 1) * count // 6, count - 1))
        jumps.append((time.perf_counter() - t) * 1000)
    source.close()
    return {"fps": count / times[-1], "first_ms": times[0] * 1000, "steady_fps": (count - 1 - warm) / (times[-1] - times[warm]),
            "jump_ms": statistics.median(jumps), "frames": count}


def zoom(path: str, repeats: str) -> dict[str, Any]:
    """Milliseconds to the first pixels, to all recorded tiles and to all synthesised tiles of a 512 x 512 view at x4.

    `cold` is the first request of a fresh process (opens the file, loads the models); `place` another place of the same frame;
    `frame` the same place of another frame, medians."""
    import threading

    from engine.api import Stage, TileReady, ZoomDone, ZoomFailed, ZoomRequest
    from engine.zoom import ZoomEngine
    times: dict[str, float] = {}
    begun, finished = [0.0], threading.Event()

    def on_event(event: object) -> None:
        now = (time.perf_counter() - begun[0]) * 1000
        if isinstance(event, TileReady):
            times.setdefault("first", now)
            times[Stage(event.stage).name.lower()] = now
        elif isinstance(event, ZoomFailed):
            times["failed"] = now
            print(event.message, file=sys.stderr)
        elif isinstance(event, ZoomDone):
            finished.set()

    def ask(engine: ZoomEngine, number: int, frame: int, x: float, y: float) -> dict[str, float]:
        times.clear()
        finished.clear()
        begun[0] = time.perf_counter()
        engine.submit("view", ZoomRequest(number, path, frame, (x, y, 128.0, 128.0), (512, 512)))
        if not finished.wait(120) or "failed" in times:
            raise RuntimeError("a zoom was not finished")
        engine.wait_until_idle(60)
        return dict(times)

    engine = ZoomEngine(on_event)
    try:
        result: dict[str, Any] = {"cold": ask(engine, 1, 10, 200.0, 100.0)}
        groups: dict[str, list[dict[str, float]]] = {"place": [], "frame": []}
        for k in range(int(repeats)):
            groups["place"].append(ask(engine, 2 + 2 * k, 10, 40.0 + 150 * (k % 3), 40.0 + 130 * (k // 3 % 2)))
            groups["frame"].append(ask(engine, 3 + 2 * k, 20 + 7 * k, 210.0, 110.0))
        for name, runs in groups.items():
            result[name] = {key: statistics.median(r[key] for r in runs if key in r) for key in sorted({k for r in runs for k in r})}
    finally:
        engine.close()
    return result


def paint(width: str, height: str) -> dict[str, Any]:
    """Milliseconds to set and paint a full frame: the viewer's frame view, and a bare pyqtgraph ImageItem beside it."""
    import numpy as np
    import pyqtgraph as pg
    from PySide6.QtCore import QRectF
    from PySide6.QtWidgets import QApplication

    from app.frame_view import FrameView
    from app.zoom_state import ZoomState
    application = QApplication([])
    w, h = int(width), int(height)
    rng = np.random.default_rng(1)
    pictures = [np.ascontiguousarray(rng.integers(0, 255, (h, w, 4), np.uint8)) for _ in range(3)]
    state = ZoomState()
    state.open(w, h)
    view = FrameView(state)
    view.resize(w, h)
    view.show()
    scene = pg.GraphicsView()
    item = pg.ImageItem(axisOrder="row-major")
    scene.addItem(item)
    scene.resize(w, h)
    scene.setRange(QRectF(0, 0, w, h), padding=0)
    scene.show()
    application.processEvents()

    def median(step: Any) -> tuple[float, float]:
        """By the wall, and by this thread's processor time."""
        spans = []
        for k in range(33):
            wall, cpu = time.perf_counter(), time.thread_time()
            step(pictures[k % 3])
            spans.append(((time.perf_counter() - wall) * 1000, (time.thread_time() - cpu) * 1000))
        return statistics.median(s[0] for s in spans[3:]), statistics.median(s[1] for s in spans[3:])

    def ours(picture: np.ndarray) -> None:
        view.set_picture(picture)
        view.repaint()

    def peer(picture: np.ndarray) -> None:
        item.setImage(picture, levels=None, autoLevels=False)
        scene.viewport().repaint()

    result = dict(zip(("ours_ms", "ours_cpu_ms", "imageitem_ms", "imageitem_cpu_ms"), (*median(ours), *median(peer))))
    view.close()
    scene.close()
    return result


def main() -> int:
    name, *words = sys.argv[1:]
    result = {"encode": encode, "decode": decode, "zoom": zoom, "paint": paint}[name](*words)
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = sum(u.ru_maxrss for u in usage) / (1024 if sys.platform == "linux" else 1 << 20)
    print(json.dumps({**result, "peak_mb": peak, "cpu_s": sum(u.ru_utime + u.ru_stime for u in usage)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
