"""Drawing with the mouse in the zoomed view: a tool takes the drag, collects places of the recording, and hands them over once."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter

from app.mark_paint import paint_mark
from app.marks import Mark, Point
from app.zoom_view import ZoomView

PLACES = {"note": 1, "region": 2, "arrow": 2, "distance": 2, "profile": 2, "angle": 3}


class DrawTool(QObject):
    """`kind` is what is drawn, "" for nothing. `finished(kind, points)` is called with places in source pixels; then it is put away."""

    changed = Signal()

    def __init__(self, view: ZoomView, finished: Callable[[str, tuple[Point, ...]], None]) -> None:
        super().__init__(view)
        self._view, self._finished = view, finished
        self.kind = ""
        self._points: list[Point] = []
        view.tools.append(self)
        view.over.append(self._paint)

    def take(self, kind: str) -> None:
        """Takes a tool up, or puts it away (the same again, or "")."""
        self.kind = "" if kind == self.kind else kind
        self._points = []
        self._view.setCursor(Qt.CursorShape.CrossCursor if self.kind else Qt.CursorShape.ArrowCursor)
        self._view.update()
        self.changed.emit()

    def _place(self, at: QPointF) -> Point:
        x, y = self._view.state.source_at(at.x(), at.y())
        w, h = self._view.state.size
        return min(max(x, 0.0), float(w)), min(max(y, 0.0), float(h))

    def press(self, at: QPointF, event: QMouseEvent) -> bool:
        if not self.kind:
            return False
        place = self._place(at)
        if not self._points:
            self._points = [place] * min(2, PLACES[self.kind])
        else:  # the second side of an angle
            self._points[-1] = place
        return True

    def move(self, at: QPointF) -> None:
        if not self._points:
            return  # put away in the middle of a drag
        self._points[-1] = self._place(at)
        self._view.update()

    def cancel(self) -> None:
        self._points = self._points[:-1] if len(self._points) == 3 else []
        self._view.update()

    def release(self, at: QPointF) -> None:
        if not self._points:
            return
        self._points[-1] = self._place(at)
        wanted = PLACES[self.kind]
        if wanted > 1 and self._points[-1] == self._points[-2]:
            if len(self._points) == 2:
                self._points = []  # a click is no line
        elif len(self._points) < wanted:
            self._points.append(self._points[-1])
            self._view.update()
            return
        else:
            kind, points = self.kind, tuple(self._points)
            self.take("")
            self._finished(kind, points)
        self._view.update()

    def _paint(self, p: QPainter) -> None:
        if self._points:
            kind = "distance" if self.kind == "angle" and len(self._points) < 3 else self.kind
            paint_mark(p, self._view.at_source, Mark(0, kind, 0, 0, tuple(self._points)), "", True)
