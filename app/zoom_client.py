"""Between the zoomed view and the zoom engine: requests out (throttled, the newest wins), tiles in (stale ones dropped).

A move cancels at once; the next request leaves at most one interval later. Tiles are packed for painting on the engine's thread.
"""
from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.backend import Backend
from app.mailbox import Mailbox
from app.throttle import Throttle
from app.zoom_canvas import Tile, ZoomCanvas
from app.zoom_paint import ZoomPaint
from engine.api import AS_IT_IS, EngineError, Frame, Look, Roi, SourceInfo, Stage, TileReady, ZoomDone, ZoomFailed, ZoomRequest

log = logging.getLogger(__name__)
INTERVAL_MS = 40


@dataclass(frozen=True)
class Wish:
    """What the view should show: the parts of a request that the window decides."""

    info: SourceInfo
    frame: int
    roi: Roi
    size: tuple[int, int]
    recorded_only: bool = False
    seed: int = 0
    samples: int = 1
    level: int | None = None  # locked to this stored level
    response_ms: int = 1000
    look: Look = AS_IT_IS


class ZoomClient(QObject):
    """`changed` after any tile, plan or end; `failed(line)` for a person. With `share`, the engine of that client is used: two views
    of one engine, told apart by odd and even request numbers."""

    changed = Signal()
    failed = Signal(str)

    def __init__(self, backend: Backend, view: ZoomPaint, parent: QObject | None = None, share: ZoomClient | None = None) -> None:
        super().__init__(parent)
        self._backend, self._view, self._share = backend, view, share
        self._name = "main" if share is None else "other"
        self._followers: list[ZoomClient] = []
        if share is not None:
            share._followers.append(self)
        self._box = Mailbox(self._handle, self)
        self._throttle = Throttle(INTERVAL_MS, self)
        self._ids = itertools.count(1 if share is None else 2, 2)
        self._engine: Any = None
        self._maker: threading.Thread | None = None
        self._waiting: Wish | None = None
        self.still: tuple[SourceInfo, Frame] | None = None  # the frame that stands on screen, as decoded
        self._closed = False
        self.request: ZoomRequest | None = None
        self.plan: Any = None
        self.done = True
        self.tiles = 0
        self.total = 0
        self.level: int | None = None       # finest recorded level seen in this view
        self.made = 0                       # levels synthesised beyond it
        self.stages_ms: tuple[tuple[str, float], ...] = ()

    @property
    def limit(self) -> float:
        """Recorded limit of this view in device pixels per source pixel; lower than planned where the finest level is lost."""
        planned = float(getattr(self.plan, "recorded_limit", 1.0))
        lost = self.level is not None and self.plan is not None and self.level > getattr(self.plan, "level", self.level)
        return float(2.0 ** -self.level) if lost and self.level is not None else planned

    def offer(self, info: SourceInfo, frame: Frame) -> None:
        """A frame that the player has decoded: the engine need not do it again. Called on the reader thread."""
        self.still = (info, frame)
        engine = self._engine
        if engine is not None and hasattr(engine, "offer_frame"):
            engine.offer_frame(info, frame)

    def keep_only(self, paths: Collection[str]) -> None:
        """Only these files are open from now on: what the engine holds of others goes."""
        if self.still is not None and self.still[0].path not in paths:
            self.still = None
        if self._engine is not None and hasattr(self._engine, "keep_only"):
            self._engine.keep_only(paths)

    def want(self, wish: Wish) -> None:
        self.stop()
        self._throttle.call(lambda: self._send(wish))

    def stop(self) -> None:
        """Cancels what is under way; its late tiles are dropped."""
        self._waiting = None
        self._throttle.forget()
        if self.request is not None:
            self.request = None
            if self._engine is not None:
                self._engine.cancel(self._name)

    def close(self) -> None:
        """Cancel, disconnect, wait."""
        self._closed = True
        self.stop()
        self._box.close()
        if self._maker is not None:
            self._maker.join()
        if self._engine is not None and self._share is None:
            self._engine.close()

    def _send(self, wish: Wish) -> None:
        if self._closed:
            return
        if self._engine is None:
            self._waiting = wish
            (self._share or self)._start()
            return
        request = ZoomRequest(next(self._ids), wish.info.path, wish.frame, wish.roi, wish.size, wish.recorded_only, wish.seed,
                              wish.samples, wish.level, wish.response_ms, wish.look)
        self.plan, self.total, self.tiles, self.done = None, 0, 0, False
        self.level, self.made, self.stages_ms = None, 0, ()
        try:
            self.plan = self._backend.plan(self._engine, request, wish.info)
        except EngineError as wrong:
            self.done = True
            self.failed.emit(str(wrong))
            return
        if self.plan is not None:
            self.total = sum(1 for s in self.plan.steps if s.priority == 0 and s.stage != Stage.COARSE)
        self.request = request
        self._view.begin(ZoomCanvas(wish.frame, wish.roi, wish.size, wish.recorded_only, wish.seed))
        self._engine.submit(self._name, request)
        self.changed.emit()

    def _start(self) -> None:
        if self._maker is None:
            self._maker = threading.Thread(target=self._make, name="lorentz-zoom-start")
            self._maker.start()

    def _make(self) -> None:
        # imports take a while: off the GUI thread
        try:
            engine = self._backend.zoom_engine(self._post)
            if self.still is not None and hasattr(engine, "offer_frame"):
                engine.offer_frame(*self.still)
            self._box.post(("engine", engine))
        except Exception as fault:
            if not isinstance(fault, EngineError):
                log.exception("the zoom engine does not start")
            self._box.post(ZoomFailed(-1, f"the zoom engine does not start: {fault}"))

    def _post(self, event: TileReady | ZoomDone | ZoomFailed) -> None:
        for client in (self, *self._followers):
            client._take(event)

    def _take(self, event: TileReady | ZoomDone | ZoomFailed) -> None:
        request = self.request
        if request is None or event.id != request.id:
            return  # stale already: not worth packing
        self._box.post(Tile(event) if isinstance(event, TileReady) else event)

    def _handle(self, event: Any) -> None:
        if isinstance(event, tuple):
            for client in (self, *self._followers):
                client._engine = event[1]
                wish, client._waiting = client._waiting, None
                if wish is not None:
                    client._send(wish)
            return
        if isinstance(event, ZoomFailed) and event.id == -1:
            self.failed.emit(event.message)
            return
        if self.request is None or event.id != self.request.id:
            return
        if isinstance(event, Tile):
            self._view.add_tile(event)
            if event.stage != Stage.COARSE:
                self.tiles += 1
            if event.stage == Stage.RECORDED:
                self.level = event.level if self.level is None else max(self.level, event.level)
            elif event.level < 0:
                self.made = max(self.made, -event.level)
                self.level = self.level or 0
        elif isinstance(event, ZoomDone):
            self.done, self.total, self.stages_ms = True, self.tiles, event.stages_ms
            self._view.finish()
        else:
            self.done = True  # a remark may still be followed by ZoomDone
            self.failed.emit(event.message)
        self.changed.emit()
