"""The dock of measurements: the pixel under the cursor, and scopes of the recorded pixels in the zoomed region."""
from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QHideEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.background import Background
from app.inspect import Inspector
from app.mark_paint import paint_mark
from app.marks import Mark, Point
from app.plots import Histogram, Profile, Waveform
from app.words import tr


class MeasurePanel(QScrollArea):
    """Refreshes itself when the frame or the region changes, off the GUI thread, while it can be seen."""

    def __init__(self, window: Any, inspector: Inspector, background: Background) -> None:
        super().__init__(window)
        self.w, self._inspector, self._background = window, inspector, background
        self.line: tuple[Point, ...] = ()
        self.setAccessibleName(tr("Measurements"))
        self.setWidgetResizable(True)
        self.setObjectName("flat")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setObjectName("panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 6, 12, 10)
        column.setSpacing(10)
        self.pixel = QLabel()
        self.pixel.setTextFormat(Qt.TextFormat.RichText)
        self.pixel.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.pixel.setWordWrap(True)
        self.pixel.setMinimumHeight(118)
        self.pixel.setAccessibleName(tr("Pixel under the cursor"))
        self.pixel.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.head = QLabel()
        self.head.setWordWrap(True)
        self.head.setProperty("dim", True)
        self.histogram, self.waveform, self.profile = Histogram(), Waveform(), Profile()
        for part in (self.pixel, self.head, self.histogram, self.waveform, self.profile):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inside)
        self.setMinimumWidth(250)
        for view in (window.zoom_view, window.frame_view, window.compare.view):
            view.hovered.connect(self.show_pixel)
        for view in (window.zoom_view, window.compare.view):
            view.settled.connect(self.show_pixel)
        window.zoom_view.over.append(lambda p: self._paint(p, window.zoom_view.at_source))
        window.frame_view.over.append(lambda p: self._paint(p, window.desk.on_frame))
        window.steering.moved.connect(self.refresh)
        window.player.shown.connect(self.refresh)
        window.player.glimpsed.connect(self.refresh)
        window.player.changed.connect(self.refresh)
        self.show_pixel()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._repaint()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._repaint()

    def _repaint(self) -> None:
        self.w.zoom_view.update()
        self.w.frame_view.update()

    def _paint(self, p: QPainter, place: Callable[[float, float], QPointF]) -> None:
        """The line of the profile, over the pictures while its plot can be seen."""
        if len(self.line) == 2 and self.isVisible():
            paint_mark(p, place, Mark(0, "profile", 0, 0, self.line), "")

    def show_pixel(self) -> None:
        if not self.isVisible():
            return
        rows = self._inspector.rows()
        style = f"color:{theme.DIM}; padding-right:10px; padding-bottom:3px"
        cells = "".join(f"<tr><td style='{style}'>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
        self.pixel.setText(f"<table>{cells}</table>" if rows else
                           f"<span style='color:{theme.DIM}'>{escape(tr('Move over a picture to read its pixels.'))}</span>")

    def set_line(self, points: tuple[Point, ...]) -> None:
        self.line = points
        self.refresh()
        self._repaint()

    def refresh(self) -> None:
        if not self.isVisible():
            return
        self.show_pixel()
        still = self._inspector.still()
        if still is None:
            return  # while it plays the last measurement stays, with its frame number beside it
        from engine.media import scopes

        frame, roi, line = still[1], self.w.state.roi, self.line
        self._background.do("scopes", lambda: (
            frame.index, 1 << frame.bit_depth, scopes.histogram(frame, roi), scopes.waveform(frame, roi),
            scopes.profile(frame, line[0], line[1]) if len(line) == 2 else None), self._take)

    def _take(self, answer: Any) -> None:
        index, top, histogram, waveform, profile = answer
        note = f"#{index}"
        self.head.setText(tr("Recorded pixels of the region, frame {n}").format(n=index))
        self.histogram.show_counts(histogram, note)
        self.waveform.show_counts(waveform, note)
        if profile is None:
            self.profile.show_values(None, top - 1, "")
        else:
            places, values = profile
            self.profile.show_values(values, top - 1, f"{note}  {len(values)} px  {int(values.min())}–{int(values.max())}")
            (x0, y0), (x1, y1) = places[0].tolist(), places[-1].tolist()
            self.profile.setToolTip(tr("Luma of the recorded pixels from {a} to {b}").format(a=f"{x0}, {y0}", b=f"{x1}, {y1}"))

    def forget(self) -> None:
        """Another file: nothing measured so far belongs to it."""
        self.line = ()
        self._background.drop("scopes")
        self.head.setText("")
        self.histogram.show_counts(None, "")
        self.waveform.show_counts(None, "")
        self.profile.show_values(None, 255, "")
