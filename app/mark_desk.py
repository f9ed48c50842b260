"""Marks in the window: drawn, listed, kept beside the file, shown over the pictures and on the timeline."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter

from app.background import Background
from app.mark_paint import paint_mark, paint_track
from app.marks import Mark, Marks, MarksError, Point, Scale, State, dump, load, measured, save, sidecar
from app.tools import DrawTool
from app.words import tr
from app.zoom_canvas import UNKNOWN
from engine.api import Provenance, SourceInfo

_SAVE_MS = 400


class MarkDesk(QObject):
    """`changed` after every change of the marks or of the chosen one; `said(level, line)` for a person."""

    changed = Signal()
    said = Signal(str, str)
    profiled = Signal(object)   # two places: a line profile was drawn
    drawn = Signal(object)      # the new mark

    def __init__(self, window: Any, background: Background) -> None:
        super().__init__(window)
        self.w, self._background = window, background
        self.marks = Marks(self._changed)
        self.chosen = 0
        self._info: SourceInfo | None = None
        self._path: Path | None = None
        self._kept: State = ((), None)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_SAVE_MS)
        self._late.timeout.connect(self.keep)
        self.tool = DrawTool(window.zoom_view, self._finished)
        window.zoom_view.over.append(lambda p: self._paint(p, window.zoom_view.at_source))
        window.frame_view.over.append(lambda p: self._paint(p, self.on_frame))

    # -- the file they belong to ----------------------------------------------------------------------------------------

    def open(self, info: SourceInfo | None) -> None:
        """The marks of this source, read in the background."""
        self.keep()
        self._info, self._path, self.chosen = info, None, 0
        self._kept = ((), None)
        self.marks.start(self._kept)
        if info is not None:
            self._background.do("marks", lambda: self._load(info), self._loaded)

    @staticmethod
    def _load(info: SourceInfo) -> tuple[SourceInfo, State | None, str, Path]:
        path = sidecar(info.path)
        try:
            found = load(info.path)
        except MarksError as fault:
            number = 2
            while path.with_name(f"{Path(info.path).name}.marks-{number}.json").exists():
                number += 1
            return info, None, str(fault), path.with_name(f"{Path(info.path).name}.marks-{number}.json")
        if found is None:
            return info, None, "", path
        state, digest = found
        other = bool(digest and info.digest and digest != info.digest)
        line = tr("these marks were made for another version of this file: check that they still fit") if other else ""
        return info, state, line, path

    def _loaded(self, answer: tuple[SourceInfo, State | None, str, Path]) -> None:
        info, state, line, path = answer
        if info is not self._info:
            return
        self._path = path
        if line:
            self.said.emit("warn", line)
        if state is not None:
            early = self.marks.all  # drawn before the kept ones were read
            self._kept = state
            self.marks.start(state)
            for m in early:
                self.marks.add(m.kind, m.frame, m.points, m.text, m.last, m.basis)
        self._changed()

    def keep(self) -> None:
        """Writes what has changed since, in the background."""
        self._late.stop()
        info, path, state = self._info, self._path, self.marks.state
        if info is None or path is None or state == self._kept:
            return
        self._kept = state
        data = dump(state, info)
        self._background.do(f"keep {path}", lambda: save(path, data))

    @property
    def unsaved(self) -> bool:
        return self._info is not None and self.marks.state != self._kept

    # -- making marks -----------------------------------------------------------------------------------------------------

    def bookmark(self) -> Mark:
        return self._made(self.marks.add("bookmark", self.w.player.index))

    def _made(self, mark: Mark) -> Mark:
        self.chosen = mark.id
        self.changed.emit()
        self.drawn.emit(mark)
        return mark

    def _finished(self, kind: str, points: tuple[Point, ...]) -> None:
        if kind == "profile":
            self.profiled.emit(points)
            return
        frame, span = self.w.player.index, self.w.player.between
        last = span[1] if kind == "region" and span is not None and span[0] <= frame <= span[1] else frame
        first = span[0] if last != frame and span is not None else frame
        self._made(self.marks.add(kind, first, points, last=last, basis=self.basis(points)))

    def basis(self, points: tuple[Point, ...]) -> str:
        """What the pixels on screen are at these places: the weakest of them decides."""
        canvas, state = self.w.zoom_view.canvas, self.w.state
        if canvas is None or canvas.roi != state.roi:
            return ""
        kinds = []
        x0, y0, w, h = canvas.roi
        for x, y in points:
            px = min(max(int((x - x0) / w * canvas.size[0]), 0), canvas.size[0] - 1)
            py = min(max(int((y - y0) / h * canvas.size[1]), 0), canvas.size[1] - 1)
            kinds.append(int(canvas.provenance[py, px]))
        if UNKNOWN in kinds or not kinds:
            return ""
        made = {Provenance.RESTORED, Provenance.SYNTHESISED}
        return "made" if made & set(kinds) else "interpolated" if Provenance.INTERPOLATED in kinds else "recorded"

    def words(self, mark: Mark) -> str:
        """What stands beside a mark: what it measures, what was noted, and a warning where it was set on made pixels."""
        aspect = self._info.sample_aspect if self._info is not None else 1
        parts = [measured(mark, self.marks.scale, aspect), mark.text]  # type: ignore[arg-type]
        if mark.basis == "made" and mark.kind in ("distance", "angle"):
            parts.append(tr("on made pixels"))
        return "  ".join(part for part in parts if part)

    def remove_chosen(self) -> None:
        if self.marks.get(self.chosen) is not None:
            self.marks.remove(self.chosen)

    def extend(self) -> None:
        """The chosen mark is seen from its first frame to the present one (or from here to its last)."""
        mark, now = self.marks.get(self.chosen), self.w.player.index
        if mark is not None and mark.kind != "track":
            self.marks.change(mark.id, frame=min(mark.frame, now), last=max(mark.last, now) if now > mark.frame else mark.last)

    def set_scale(self, length: float, unit: str) -> None:
        """The chosen (or newest) distance is `length` long. ValueError in one line when that cannot be."""
        lines = [m for m in self.marks.all if m.kind == "distance"]
        mark = next((m for m in lines if m.id == self.chosen), max(lines, key=lambda m: m.id, default=None))
        if mark is None:
            raise ValueError(tr("draw a distance over something of known length first"))
        from app.marks import length as pixels

        aspect = self._info.sample_aspect if self._info is not None else 1
        drawn = pixels(mark.points[0], mark.points[1], aspect)  # type: ignore[arg-type]
        if not (length > 0 and drawn > 0):
            raise ValueError(tr("the length must be more than nothing"))
        self.marks.set_scale(Scale(length / drawn, unit.strip() or "m"))

    # -- going to them ------------------------------------------------------------------------------------------------------

    def choose(self, number: int) -> None:
        """Goes to a mark: its frame, and its place where it is out of view."""
        mark = self.marks.get(number)
        if mark is None:
            return
        self.chosen = number
        if not mark.on(self.w.player.index):
            self.w.player.seek(mark.frame)
        if mark.points and mark.kind != "track":
            x = sum(pt[0] for pt in mark.points) / len(mark.points)
            y = sum(pt[1] for pt in mark.points) / len(mark.points)
            rx, ry, rw, rh = self.w.state.roi
            if not (rx <= x <= rx + rw and ry <= y <= ry + rh):
                self.w.steering.move_view(lambda: self.w.state.look(x, y, self.w.state.magnification))
        self.changed.emit()
        self._repaint()

    def jump(self, way: int) -> None:
        mark = self.marks.next_from(self.w.player.target, way)
        if mark is not None:
            self.w.player.seek(mark.frame)
            self.chosen = mark.id
            self.changed.emit()

    # -- showing ------------------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        if self.marks.get(self.chosen) is None:
            self.chosen = 0
        if self.unsaved and self._path is not None:
            self._late.start()
        self.changed.emit()
        self._repaint()

    def _repaint(self) -> None:
        self.w.zoom_view.update()
        self.w.frame_view.update()

    def on_frame(self, x: float, y: float) -> QPointF:
        """Where a place of the recording is in the whole frame's view."""
        at = self.w.frame_view.from_source(QRectF(x, y, 0, 0))
        return QPointF(at.x(), at.y())

    def _paint(self, p: QPainter, place: Any) -> None:
        now = self.w.player.index
        for mark in self.marks.all:
            if mark.kind == "track" and mark.on(now):
                paint_track(p, place, mark.points, now - mark.frame, mark.id == self.chosen)
            elif mark.on(now):
                paint_mark(p, place, mark, self.words(mark), mark.id == self.chosen)
