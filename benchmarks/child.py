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

from engine.memory import share_heaps
from engine.startup import lean

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
    """Milliseconds to the first pixels, to recorded detail from a part of the picture ("near"), to all recorded tiles and to all
    synthesised tiles of a 512 x 512 view at x4; the same with " cpu" in processor time of this process (a video's decoder is another one).

    `cold` is the first request of a fresh process (opens the file, loads the models); `place` another place of the same frame;
    `frame` the same place of another frame, medians."""
    from engine.api import Stage, TileReady

    from .asking import Asker
    asker = Asker(path)
    times: dict[str, float] = {}
    begun = [0.0, 0.0]

    def see(event: object) -> None:
        if not isinstance(event, TileReady):
            return
        stage = Stage(event.stage).name.lower()
        if stage == "coarse":
            stage = "near" if "coarse" in times else "coarse"
        for mark, now, start in (("", time.perf_counter(), begun[0]), (" cpu", time.process_time(), begun[1])):
            times.setdefault("first" + mark, (now - start) * 1000)
            times[stage + mark] = (now - start) * 1000

    def ask(frame: int, x: float, y: float) -> dict[str, float]:
        times.clear()
        begun[:] = time.perf_counter(), time.process_time()
        asker.ask(frame, x, y)
        asker.finish()
        return dict(times)

    asker.see = see
    with asker:
        far = asker.frames * 7 // 96 or 1  # of the sample seven frames
        result: dict[str, Any] = {"cold": ask(min(10, asker.frames - 1), 200.0, 100.0)}
        groups: dict[str, list[dict[str, float]]] = {"place": [], "frame": []}
        for k in range(int(repeats)):
            groups["place"].append(ask(min(10, asker.frames - 1), 40.0 + 150 * (k % 3), 40.0 + 130 * (k // 3 % 2)))
            groups["frame"].append(ask((3 + k) * far % asker.frames, 210.0, 110.0))
        for name, runs in groups.items():
            result[name] = {key: statistics.median(r[key] for r in runs if key in r) for key in sorted({k for r in runs for k in r})}
    return result


def seek(path: str, repeats: str) -> dict[str, Any]:
    """Milliseconds from a jump to a frame far away in the viewer's reader to its first look and to the frame, wall and " cpu"; medians."""
    import queue

    from app.reader import FrameReader
    from engine.controller import SystemController
    from engine.media.colour import to_rgb
    controller, events = SystemController(), queue.SimpleQueue[Any]()
    reader = FrameReader(lambda p: controller.watch(p), to_rgb, events.put)
    reader.look((640, 360), ((200.0, 100.0, 128.0, 128.0), (512, 512)))
    reader.open(path)
    frames, runs = events.get(timeout=300).info.frames, []
    for k in range(int(repeats) + 1):
        begun, times = (time.perf_counter(), time.process_time()), dict[str, float]()
        reader.seek((frames // 3 + k * (frames * 2 // 5 + 3)) % frames)
        while "frame" not in times:
            event = events.get(timeout=300)
            for mark, now, start in zip(("", " cpu"), (time.perf_counter(), time.process_time()), begun, strict=True):
                times.setdefault("first" + mark, (now - start) * 1000)
                if not event.early:
                    times["frame" + mark] = (now - start) * 1000
        runs.append(times)
        time.sleep(0.3)
    reader.close()
    controller.close()
    return {name: statistics.median(r[name] for r in runs[1:]) for name in runs[0]}  # the first one finds nothing warm


def stale(path: str, repeats: str) -> dict[str, Any]:
    """A newer request while the engine is busy with an older one: milliseconds to its first pixels, and processor milliseconds that
    this process spends on the older one after that."""
    from engine.api import Stage, TileReady, ZoomDone

    from .asking import Asker
    asker = Asker(path)
    with asker:
        here = asker.frames // 3
        asker.ask(here, 210.0, 110.0, samples=2)
        asker.finish()
        away = iter((here + 5 + 9 * k) % asker.frames for k in range(99))  # each in another chunk

        def wait_for(stage: Stage) -> None:
            asker.wait(lambda e: isinstance(e, TileReady) and e.stage == stage)

        def synthesis(k: int) -> None:
            asker.ask(here, 300.0 + 2 * k, 200.0, seed=k + 1)
            wait_for(Stage.SYNTHESISED)

        def samples(k: int) -> None:
            asker.ask(here, 310.0 + 2 * k, 210.0, samples=8, seed=k + 1)
            wait_for(Stage.REFINED)

        def decoding(k: int) -> None:
            asker.ask(next(away), 210.0, 110.0)

        def ahead(k: int) -> None:
            asker.ask(next(away), 210.0, 110.0, recorded_only=True)
            asker.wait(lambda e: isinstance(e, ZoomDone))

        cases = {"synthesis": synthesis, "samples": samples, "decoding another frame": decoding, "decoding the next frame ahead": ahead}
        return {"cases": {name: asker.overtaken(work, int(repeats), here) for name, work in cases.items()}, "repeats": int(repeats)}


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
    lean()  # as the program itself begins
    share_heaps()
    result = {"encode": encode, "decode": decode, "zoom": zoom, "seek": seek, "stale": stale, "paint": paint}[name](*words)
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = sum(u.ru_maxrss for u in usage) / (1024 if sys.platform == "linux" else 1 << 20)
    print(json.dumps({**result, "peak_mb": peak, "cpu_s": sum(u.ru_utime + u.ru_stime for u in usage)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
