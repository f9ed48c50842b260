"""Fingers on a view: one does what the left button of the mouse does, two pinch: they magnify about their middle, and move with it.

From a screen they come as touches, from a touch pad as gestures that the system has understood already.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEventPoint, QMouseEvent, QNativeGestureEvent, QTouchEvent

TOUCHES = (QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd, QEvent.Type.TouchCancel)
_SLOWEST = 0.1  # no gesture makes a picture smaller than that at once
_LEAST = 8.0  # pixels: fingers closer together than this say nothing of a factor


class Fingers:
    """`view` has the mouse handlers of a widget, and `cancel_press()`. `began()` is called before a pinch, then `pinched(middle, moved,
    factor)` in the view's own pixels."""

    def __init__(self, view: Any, began: Callable[[], None], pinched: Callable[[QPointF, QPointF, float], None]) -> None:
        self._view, self._began, self._pinched = view, began, pinched
        self._one = False                                    # a finger stands for the mouse
        self._pair: tuple[QPointF, float] | None = None      # middle and distance of two fingers when seen last

    def takes(self, event: QEvent) -> bool:
        """True where `event` was of fingers, and is done with."""
        if isinstance(event, QNativeGestureEvent):
            return self._understood(event)
        if isinstance(event, QTouchEvent) and event.type() in TOUCHES:
            self.handle(event)
            return True
        return False

    def _understood(self, event: QNativeGestureEvent) -> bool:
        kinds = Qt.NativeGestureType
        if event.gestureType() == kinds.BeginNativeGesture:
            self._began()
        elif event.gestureType() == kinds.ZoomNativeGesture:
            self._pinched(event.position(), QPointF(), max(_SLOWEST, 1.0 + event.value()))
        elif event.gestureType() == kinds.PanNativeGesture:
            self._pinched(event.position(), event.delta(), 1.0)
        else:
            return False
        return True

    def handle(self, event: QTouchEvent) -> None:
        """Takes the whole gesture: what begins here ends here."""
        event.accept()
        down = [p for p in event.points() if p.state() != QEventPoint.State.Released]
        if event.type() == QEvent.Type.TouchBegin:
            self._pair = None
        if len(down) >= 2:
            self._two(event, down[0].position(), down[1].position())
        elif self._pair is not None:  # the finger that is left after a pinch does nothing
            self._pair = None if not down else self._pair
        elif event.type() == QEvent.Type.TouchBegin:
            self._one = True
            self._mouse(QEvent.Type.MouseButtonPress, event, event.points()[0])
        elif self._one:
            ends = not down or event.type() == QEvent.Type.TouchCancel
            self._mouse(QEvent.Type.MouseButtonRelease if ends else QEvent.Type.MouseMove, event, event.points()[0])
            self._one = not ends

    def _two(self, event: QTouchEvent, a: QPointF, b: QPointF) -> None:
        middle, apart = (a + b) / 2, max(_LEAST, math.hypot(a.x() - b.x(), a.y() - b.y()))
        if self._one:  # the first finger was no mouse after all
            self._one = False
            self._view.cancel_press()
        if self._pair is None:
            self._began()
        else:
            self._pinched(middle, middle - self._pair[0], apart / self._pair[1])
        self._pair = middle, apart

    def _mouse(self, kind: QEvent.Type, event: QTouchEvent, point: QEventPoint) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        made = QMouseEvent(kind, point.position(), point.globalPosition(), none if kind == QEvent.Type.MouseMove else left,
                           none if kind == QEvent.Type.MouseButtonRelease else left, event.modifiers())
        made.setTimestamp(event.timestamp())
        {QEvent.Type.MouseButtonPress: self._view.mousePressEvent, QEvent.Type.MouseMove: self._view.mouseMoveEvent,
         QEvent.Type.MouseButtonRelease: self._view.mouseReleaseEvent}[kind](made)
