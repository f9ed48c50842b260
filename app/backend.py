"""The viewer's side of the front door: everything it needs of the engine, imported when first used."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from app.charts import Charts, prepare
from app.preload import Preload
from app.words import tr
from engine.api import Colour, Frame, FrameSource, SourceInfo, ZoomRequest


class Backend:
    """Wraps a `SystemController` (or anything with its methods). Heavy imports happen on the thread that calls."""

    def __init__(self, controller: Any, preload: Preload | None = None) -> None:
        self.controller = controller
        self.preload = preload or Preload()
        self.cache_bytes = 0  # of the zoom engine; 0 leaves it to the engine
        self._to_rgb: Callable[[Frame, Colour], np.ndarray] | None = None

    def open(self, path: str) -> FrameSource | Charts:
        """Frames, or general data ready to be plotted."""
        sheet = self.controller.sheet(path)
        if sheet is not None:
            return prepare(sheet)
        if path.lower().endswith(".lzc"):
            self.preload.wait()
        source: FrameSource = self.controller.watch(path)
        return source

    def sound(self, path: str) -> Any:
        """The sound of a file, to be decoded; None where there is none."""
        return self.controller.sound(path)

    def to_rgb(self, frame: Frame, colour: Colour) -> np.ndarray:
        if self._to_rgb is None:
            from engine.media.colour import to_rgb

            self._to_rgb = to_rgb
        return self._to_rgb(frame, colour)

    def zoom_engine(self, on_event: Callable[[Any], None]) -> Any:
        self.preload.wait()
        options = {"cache_bytes": self.cache_bytes} if self.cache_bytes else {}
        return self.controller.zoom_engine(on_event, **options)

    def plan(self, engine: Any, request: ZoomRequest, info: SourceInfo) -> Any:
        """The plan of a request, for the readouts (recorded limit, levels, number of tiles); None when it cannot be known."""
        planner = getattr(engine, "controller", None)
        return None if planner is None else planner.plan(request, info, getattr(engine, "costs", None))

    def submit(self, title: str, job: Any, on_event: Callable[[Any], None]) -> Any:
        return self.controller.submit(title, job, on_event)

    def device(self) -> str:
        """What the engine works on, for the status bar; never imports torch."""
        import os

        chosen = getattr(getattr(self.controller, "settings", None), "device", "auto")
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        cpu = tr("CPU, {n} threads").format(n=threads) if threads != 1 else tr("CPU, one thread")
        return tr("GPU asked for, else {a}").format(a=cpu) if chosen == "cuda" else cpu

    def close(self) -> None:
        """Cancels what runs and waits for it."""
        self.preload.wait()
        self.controller.close()


