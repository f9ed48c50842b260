"""The zoomed view as a person handles it: turns mouse, wheel and touch into wishes."""
from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.inertia import Glide
from app.touch import Fingers
from app.words import tr
from app.zoom_paint import ZoomPaint
from app.zoom_state import ZoomState

_CLICK = 4  # pixels a press may move and still be a click


class Tool(Protocol):
    """Something that may take a gesture before the view does. Positions are device pixels; `press` says whether it is its gesture."""

    def press(self, at: QPointF, event: QMouseEvent) -> bool: ...

    def move(self, at: QPointF) -> None: ...

    def release(self, at: QPointF) -> None: ...

    def cancel(self) -> None:
        """The gesture was none: nothing comes of it."""


class ZoomView(ZoomPaint):
    """Signals are wishes, in device pixels."""

    wheeled = Signal(float, float, float)       # x, y, factor
    dragged = Signal(float, float)              # dx, dy
    banded = Signal(float, float, float, float)  # x, y, w, h in the viewport
    gesture_began = Signal()
    resized = Signal()
    hovered = Signal()
    hint_closed = Signal()
    fingers: Fingers | None = None  # events come while it is being made

    def __init__(self, state: ZoomState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.band_tool = False
        self.tools: list[Tool] = []
        self._tool: Tool | None = None  # has the gesture now
        self._press: QPointF | None = None
        self._last: QPointF | None = None
        self.glide = Glide(self.dragged.emit, self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.fingers = Fingers(self, self._pinch_begins, self._pinched)
        self.setAccessibleName(tr("Zoomed view"))
        self.setAccessibleDescription(tr("Wheel zooms at the cursor, drag moves, Shift and drag draws a box"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.resized.emit()

    def _device(self, at: QPointF) -> QPointF:
        return at * self.devicePixelRatioF()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.first_hint:
            self.first_hint = False
            self.hint_closed.emit()
            self.update()
            return
        if self._whole is None or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._tool = next((t for t in self.tools if t.press(self._device(event.position()), event)), None)
            if self._tool is not None:
                return
        self._press = self._last = event.position()
        self.glide.stop()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() == Qt.MouseButton.LeftButton and (self.band_tool or shift):
            self._band = QRectF(event.position(), event.position())
        else:
            self.gesture_began.emit()
            self.glide.begin(self._device(event.position()), event.timestamp())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer = self._device(event.position())
        if self._tool is not None:
            self._tool.move(self.pointer)
        elif self._press is not None and self._last is not None:
            if self._band is not None:
                self._band = QRectF(self._press, event.position()).normalized()
                self.update()
            else:
                d = self._device(event.position() - self._last)
                self._last = event.position()
                self.glide.move(self._device(event.position()), event.timestamp())
                self.dragged.emit(d.x(), d.y())
        self.hovered.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._tool is not None and event.button() == Qt.MouseButton.LeftButton:
            tool, self._tool = self._tool, None
            tool.release(self._device(event.position()))
            return
        band, self._band, pressed, self._press = self._band, None, self._press, None
        self.unsetCursor()
        if pressed is not None and band is None:
            self.glide.release(event.timestamp())
        if band is not None:
            if max(band.width(), band.height()) > _CLICK:
                r = self.devicePixelRatioF()
                self.banded.emit(band.x() * r, band.y() * r, band.width() * r, band.height() * r)
            self.update()

    def cancel_press(self) -> None:
        """What was pressed was not meant: a second finger came down."""
        tool, self._tool, self._press, self._band = self._tool, None, None, None
        if tool is not None:
            tool.cancel()
        self.glide.stop()
        self.unsetCursor()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._whole is not None and not self.band_tool:
            at = self._device(event.position())
            self.gesture_began.emit()
            self.wheeled.emit(at.x(), at.y(), 2.0)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointer = None
        self.hovered.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.glide.stop()
        step = event.angleDelta().y() or event.angleDelta().x()
        if step and self._whole is not None:
            at = self._device(event.position())
            self.wheeled.emit(at.x(), at.y(), 2.0 ** (step / 360))
        event.accept()

    def _pinch_begins(self) -> None:
        self.glide.stop()
        self.gesture_began.emit()

    def _pinched(self, middle: QPointF, moved: QPointF, factor: float) -> None:
        if self._whole is not None:
            at, d = self._device(middle), self._device(moved)
            self.dragged.emit(d.x(), d.y())
            self.wheeled.emit(at.x(), at.y(), factor)

    def stop(self) -> None:
        self.glide.stop()
        super().stop()

    def event(self, event: QEvent) -> bool:
        return (self.fingers is not None and self.fingers.takes(event)) or super().event(event)
