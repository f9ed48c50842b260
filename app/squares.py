"""Recorded pixels as squares: the zoomed view without any filter, for those who count pixels."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from app.background import Background
from app.convert import cut, pack
from app.zoom_view import ZoomView
from engine.api import Frame, SourceInfo


class Squares(QObject):
    """Cuts the region out of the decoded frame in the background; the view shows it with hard edges. Nothing is made meanwhile."""

    def __init__(self, window: Any, background: Background) -> None:
        super().__init__(window)
        self.w, self._background = window, background
        self.on = False
        window.steering.moved.connect(self.refresh)
        window.player.shown.connect(self.refresh)

    def set(self, on: bool) -> None:
        self.on = self.w.zoom_view.hard = on
        self.w.steering.view_moved()
        self.refresh()

    def refresh(self) -> None:
        w = self.w
        for kind, view, still in (("squares", w.zoom_view, w.inspector.still), ("squares of B", w.compare.view, w.compare.still)):
            found = still() if self.on else None
            if found is None or view.state.magnification < 1:
                self._background.drop(kind)
                view.squares = None
            else:
                self._cut(kind, view, *found)

    def _cut(self, kind: str, view: ZoomView, info: SourceInfo, frame: Frame) -> None:
        roi, to_rgb = view.state.roi, self.w.backend.to_rgb

        def work() -> Any:
            part, covers = cut(frame, roi)
            return frame.index, pack(to_rgb(part, info.colour)), covers

        def take(made: Any) -> None:
            if self.on and view.frame == made[0]:
                view.squares = made
                self.w.zoom_view.update()
                view.update()

        self._background.do(kind, work, take)
