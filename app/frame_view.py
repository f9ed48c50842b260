"""The whole frame, with the box that the zoomed view shows. A drag draws a new box, a click centres it, Ctrl and drag moves it."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import drawing, theme
from app.touch import Fingers
from app.words import tr
from app.zoom_canvas import image_of
from app.zoom_state import ZoomState

_CLICK = 4


class FrameView(QWidget):
    """Signals speak in source pixels."""

    banded = Signal(float, float, float, float)
    centred = Signal(float, float)
    box_moved = Signal(float, float)
    wheeled = Signal(float, float, float)   # x, y, factor
    gesture_began = Signal()
    hovered = Signal()
    resized = Signal()
    fingers: Fingers | None = None  # events come while it is being made

    def __init__(self, state: ZoomState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.pointer: QPointF | None = None  # source pixels
        self.caption = ""
        self.over: list[Callable[[QPainter], None]] = []  # paint marks, in logical pixels
        self._picture: np.ndarray | None = None
        self._press: QPointF | None = None
        self._last: QPointF | None = None
        self._moving = False
        self._band: QRectF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 180)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.fingers = Fingers(self, self.gesture_began.emit, self._pinched)
        self.setAccessibleName(tr("Whole frame"))
        self.setAccessibleDescription(tr("Drag a box to zoom into it, click to centre the box, hold Ctrl and drag to move it"))

    def viewport_size(self) -> tuple[int, int]:
        r = self.devicePixelRatioF()
        return max(1, round(self.width() * r)), max(1, round(self.height() * r))

    def set_picture(self, bgrx: np.ndarray | None) -> None:
        self._picture = bgrx
        self.update()

    def area(self) -> QRectF:
        """Where the picture lies in the widget."""
        w, h = self.state.size
        k = min(self.width() / w, self.height() / h)
        return QRectF((self.width() - w * k) / 2, (self.height() - h * k) / 2, w * k, h * k)

    def to_source(self, at: QPointF) -> QPointF:
        a = self.area()
        k = self.state.size[0] / max(a.width(), 1e-6)
        return QPointF((at.x() - a.x()) * k, (at.y() - a.y()) * k)

    def from_source(self, roi: QRectF) -> QRectF:
        a = self.area()
        k = a.width() / self.state.size[0]
        return QRectF(a.x() + roi.x() * k, a.y() + roi.y() * k, roi.width() * k, roi.height() * k)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        drawing.surround(p, event.rect(), self.area() if self._picture is not None else QRectF())
        if self._picture is not None:
            p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            p.drawImage(self.area(), image_of(self._picture))
            self._paint_box(p)
            for paint in self.over:
                p.save()
                paint(p)
                p.restore()
        else:
            p.setPen(QColor(theme.DARK["DIM"]))
            p.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.caption or tr("reading …"))
        if self._picture is not None and self.caption:
            drawing.label(p, QPointF(10, 10), self.caption, theme.BAD)
        p.end()

    def _paint_box(self, p: QPainter) -> None:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.state.whole:
            x, y, w, h = self.state.roi
            box = self.from_source(QRectF(x, y, w, h))
            shade = QPainterPath()
            shade.addRect(self.area())
            hole = QPainterPath()
            hole.addRect(box)
            p.fillPath(shade.subtracted(hole), QColor(0, 0, 0, 70))
            if box.width() < 12 and box.height() < 12:  # too small to see: point at it
                c = box.center()
                drawing.box(p, QRectF(c.x() - 9, c.y() - 9, 18, 18), theme.ACCENT)
            else:
                drawing.box(p, box, theme.ACCENT)
        if self._band is not None:
            drawing.box(p, self._band, theme.WARN, dashed=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._picture is None or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        self._press = self._last = event.position()
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._moving = event.button() == Qt.MouseButton.MiddleButton or ctrl
        if self._moving:
            self.gesture_began.emit()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer = self.to_source(event.position())
        if self._press is not None and self._last is not None:
            if self._moving:
                d = self.to_source(event.position()) - self.to_source(self._last)
                self._last = event.position()
                self.box_moved.emit(d.x(), d.y())
            else:
                self._band = QRectF(self._press, event.position()).normalized().intersected(self.area())
                self.update()
        self.hovered.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        band, press, moving = self._band, self._press, self._moving
        self._band, self._press, self._moving = None, None, False
        self.setCursor(Qt.CursorShape.CrossCursor)
        if press is None or moving:
            return
        if band is not None and max(band.width(), band.height()) > _CLICK:
            a, b = self.to_source(band.topLeft()), self.to_source(band.bottomRight())
            self.banded.emit(a.x(), a.y(), b.x() - a.x(), b.y() - a.y())
        elif self.area().contains(press):
            at = self.to_source(press)
            self.centred.emit(at.x(), at.y())
        self.update()

    def cancel_press(self) -> None:
        """What was pressed was not meant: a second finger came down."""
        self._band, self._press, self._moving = None, None, False
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()

    def _pinched(self, middle: QPointF, moved: QPointF, factor: float) -> None:
        """The box moves with the fingers; where they spread, what it shows is magnified."""
        if self._picture is None:
            return
        d = self.to_source(middle) - self.to_source(middle - moved)
        if not d.isNull():
            self.box_moved.emit(d.x(), d.y())
        if factor != 1.0:
            at = self.to_source(middle)
            self.wheeled.emit(at.x(), at.y(), factor)

    def event(self, event: QEvent) -> bool:
        return (self.fingers is not None and self.fingers.takes(event)) or super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        step = event.angleDelta().y() or event.angleDelta().x()
        if step and self._picture is not None and self.area().contains(event.position()):
            at = self.to_source(event.position())
            self.wheeled.emit(at.x(), at.y(), 2.0 ** (step / 360))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.pointer = None
        self.hovered.emit()
