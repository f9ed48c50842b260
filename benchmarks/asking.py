"""A zoom engine that a benchmark asks for views of 128 x 128 pixels at x4, one after the other."""
from __future__ import annotations

import queue
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from engine.api import ZoomDone, ZoomFailed, ZoomRequest
from engine.opening import open_source
from engine.zoom import ZoomEngine

PAUSE_S, QUIET_S, QUIET_CPU_S = 0.02, 0.1, 0.004


class Asker:
    """`see` hears of every event, on the engine's thread."""

    def __init__(self, path: str) -> None:
        self.path, self.number = path, 0
        source = open_source(path)
        self.frames = source.info.frames
        source.close()
        self.see: Callable[[Any], None] = lambda event: None
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.engine = ZoomEngine(self._hear)

    def _hear(self, event: Any) -> None:
        if event.id == self.number:
            self.see(event)
            self._events.put(event)

    def ask(self, frame: int, x: float, y: float, **more: Any) -> None:
        self.number += 1
        while not self._events.empty():
            self._events.get()
        self.engine.submit("view", ZoomRequest(self.number, self.path, frame, (x, y, 128.0, 128.0), (512, 512), **more))

    def wait(self, wanted: Callable[[Any], bool]) -> None:
        """Until such an event of the newest request. RuntimeError when it fails."""
        number = self.number
        while True:
            event = self._events.get(timeout=300)
            if isinstance(event, ZoomFailed) and event.id == number:
                raise RuntimeError(event.message)
            if event.id == number and wanted(event):
                return

    def finish(self) -> None:
        """Until the view is done and nothing is left to do ahead of time."""
        self.wait(lambda e: isinstance(e, ZoomDone))
        self.engine.wait_until_idle(120)
        self.quiet()

    @staticmethod
    def quiet() -> float:
        """Processor seconds used until this process rests."""
        start = last = time.process_time()
        while True:
            time.sleep(QUIET_S)
            now = time.process_time()
            if now - last < QUIET_CPU_S:
                return now - start
            last = now

    def overtaken(self, work: Callable[[int], None], repeats: int, frame: int) -> dict[str, float]:
        """A view of `frame`, at hand, is asked for while `work` goes on: medians of milliseconds until it is there, and of processor
        milliseconds after that."""
        found = []
        for k in range(repeats):
            work(k)
            time.sleep(PAUSE_S)
            start, cpu = time.perf_counter(), time.process_time()
            self.ask(frame, 210.0, 110.0, recorded_only=True)
            self.wait(lambda e: not isinstance(e, ZoomDone))
            wall, used = time.perf_counter() - start, time.process_time() - cpu
            found.append((1000 * wall, 1000 * used, 1000 * self.quiet()))
            print(*(round(v) for v in found[-1]), file=sys.stderr)
        return dict(zip(("wall_ms", "cpu_ms", "rest_ms"), (statistics.median(v) for v in zip(*found, strict=True)), strict=True))

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *exc: object) -> None:
        self.engine.close()
