"""Recorded pixels as squares: the zoomed view without any filter, for those who count pixels."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from app.background import Background
from app.convert import cut, pack


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
        self.w.zoom_view.squares = None
        self.w.steering.view_moved()
        self.refresh()

    def refresh(self) -> None:
        still = self.w.inspector.still() if self.on else None
        if still is None or self.w.state.magnification < 1:
            self.w.zoom_view.squares = None
            return
        (info, frame), roi, to_rgb = still, self.w.state.roi, self.w.backend.to_rgb

        def work() -> Any:
            part, covers = cut(frame, roi)
            return frame.index, pack(to_rgb(part, info.colour)), covers

        self._background.do("squares", work, self._take)

    def _take(self, made: Any) -> None:
        if self.on:
            self.w.zoom_view.squares = made
            self.w.zoom_view.update()
