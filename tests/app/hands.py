"""What hands do to the window: keys, drags, the wheel."""
from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.window import MainWindow


def key(window: MainWindow, k: Qt.Key, mod: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.zoom_view, k, mod)


def drag(widget: QWidget, a: tuple[int, int], b: tuple[int, int], mod: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
         button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    QTest.mousePress(widget, button, mod, QPoint(*a))
    for i in range(1, 6):
        QTest.mouseMove(widget, QPoint(a[0] + (b[0] - a[0]) * i // 5, a[1] + (b[1] - a[1]) * i // 5))
    QTest.mouseRelease(widget, button, mod, QPoint(*b))


def wheel(widget: QWidget, x: int, y: int, turns: int) -> None:
    at = QPointF(x, y)
    event = QWheelEvent(at, widget.mapToGlobal(at), QPoint(), QPoint(0, 120 * turns), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(widget, event)


def on_frame(window: MainWindow, x: float, y: float) -> tuple[int, int]:
    """Widget position of a source position in the whole-frame view."""
    area = window.frame_view.area()
    return round(area.x() + x * area.width() / 160), round(area.y() + y * area.height() / 90)
