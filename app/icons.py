"""Icons drawn from paths: sharp at any pixel ratio, in the colours of the theme, no files to ship."""
from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from app import theme

_SIZE = 24


def _triangle(p: QPainter, x: float, way: int, w: float = 9) -> None:
    p.drawPolygon(QPolygonF([QPointF(x, 5), QPointF(x, 19), QPointF(x + way * w, 12)]))


def _play(p: QPainter) -> None:
    _triangle(p, 7, 1, 12)


def _pause(p: QPainter) -> None:
    p.drawRect(QRectF(6, 5, 4, 14))
    p.drawRect(QRectF(14, 5, 4, 14))


def _reverse(p: QPainter) -> None:
    _triangle(p, 17, -1, 12)


def _step_forward(p: QPainter) -> None:
    _triangle(p, 6, 1)
    p.drawRect(QRectF(16, 5, 2.5, 14))


def _step_back(p: QPainter) -> None:
    _triangle(p, 18, -1)
    p.drawRect(QRectF(5.5, 5, 2.5, 14))


def _chevron(p: QPainter, way: int) -> None:
    path = QPainterPath(QPointF(12 - 3 * way, 6))
    path.lineTo(12 + 3 * way, 12)
    path.lineTo(12 - 3 * way, 18)
    _stroke(p, path)


def _stroke(p: QPainter, path: QPainterPath) -> None:
    pen = QPen(p.brush().color(), 2.2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawPath(path)


def _back(p: QPainter) -> None:
    _chevron(p, -1)


def _forward(p: QPainter) -> None:
    _chevron(p, 1)


def _up(p: QPainter) -> None:
    path = QPainterPath(QPointF(6, 15))
    path.lineTo(12, 9)
    path.lineTo(18, 15)
    _stroke(p, path)


def _new_folder(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(x, y) for x, y in ((3, 6), (9, 6), (11, 8.5), (21, 8.5), (21, 19), (3, 19))]))
    path = QPainterPath(QPointF(12, 11))
    path.lineTo(12, 17)
    path.moveTo(9, 14)
    path.lineTo(15, 14)
    p.setBrush(QColor(theme.RAISED))
    _stroke(p, path)


def _list(p: QPainter) -> None:
    for x in (4, 14):
        for y in (5, 11, 17):
            p.drawRect(QRectF(x, y, 7, 2.5))


def _details(p: QPainter) -> None:
    for y in (5, 11, 17):
        p.drawRect(QRectF(4, y, 3, 2.5))
        p.drawRect(QRectF(10, y, 11, 2.5))


def _band(p: QPainter) -> None:
    pen = QPen(p.brush().color(), 1.8, Qt.PenStyle.DashLine)
    p.setPen(pen)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(QRectF(4, 6, 16, 12))


def _close(p: QPainter) -> None:
    path = QPainterPath(QPointF(7, 7))
    path.lineTo(17, 17)
    path.moveTo(17, 7)
    path.lineTo(7, 17)
    _stroke(p, path)


def _loop(p: QPainter) -> None:
    path = QPainterPath()
    path.arcMoveTo(QRectF(5, 6, 14, 12), 40)
    path.arcTo(QRectF(5, 6, 14, 12), 40, 290)
    path.moveTo(17, 4.5)
    path.lineTo(17.6, 8.6)
    path.lineTo(13.6, 9.2)
    _stroke(p, path)


def _cone(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(x, y) for x, y in ((4, 9.5), (7.5, 9.5), (12, 5.5), (12, 18.5), (7.5, 14.5), (4, 14.5))]))


def _speaker(p: QPainter) -> None:
    _cone(p)
    path = QPainterPath()
    for r in (4.0, 8.0):
        path.arcMoveTo(QRectF(12 - r, 12 - r, 2 * r, 2 * r), -50)
        path.arcTo(QRectF(12 - r, 12 - r, 2 * r, 2 * r), -50, 100)
    _stroke(p, path)


def _muted(p: QPainter) -> None:
    _cone(p)
    path = QPainterPath(QPointF(15, 9.5))
    path.lineTo(20, 14.5)
    path.moveTo(20, 9.5)
    path.lineTo(15, 14.5)
    _stroke(p, path)


_DRAW: dict[str, Callable[[QPainter], None]] = {
    "play": _play, "pause": _pause, "reverse": _reverse, "step_forward": _step_forward, "step_back": _step_back,
    "back": _back, "forward": _forward, "band": _band, "close": _close, "loop": _loop,
    "speaker": _speaker, "muted": _muted, "up": _up, "new_folder": _new_folder, "list": _list, "details": _details,
}


def icon(name: str) -> QIcon:
    """Normal and disabled, at 1, 2 and 3 device pixels per point."""
    result = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, theme.TEXT), (QIcon.Mode.Disabled, theme.OFF)):
        for ratio in (1, 2, 3):
            pixmap = QPixmap(_SIZE * ratio, _SIZE * ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            pixmap.setDevicePixelRatio(ratio)
            p = QPainter(pixmap)
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(QColor(colour))
            _DRAW[name](p)
            p.end()
            result.addPixmap(pixmap, mode)
    return result


_shown: list[tuple[weakref.ref[Any], str]] = []


def put(target: Any, name: str) -> None:
    """Gives a button or an action its icon, and again in the new colours after `renew`."""
    target.setIcon(icon(name))
    _shown[:] = [(ref, n) for ref, n in _shown if ref() is not None and ref() is not target]
    _shown.append((weakref.ref(target), name))


def renew() -> None:
    """The theme has changed."""
    for ref, name in list(_shown):
        target = ref()
        if target is not None and shiboken6.isValid(target):
            target.setIcon(icon(name))


def program_icon() -> QIcon:
    """A picture with a small box, and the box again, larger."""
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        p = QPainter(pixmap)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.scale(size / 64, size / 64)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(QColor(theme.DARK["PANEL"]))
        p.drawRoundedRect(QRectF(2, 2, 60, 60), 12, 12)
        p.setBrush(QColor("#2d4a66"))
        p.drawRect(QRectF(26, 26, 28, 26))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setPen(QPen(QColor(theme.DARK["ACCENT"]), 3))
        p.drawRect(QRectF(10, 12, 11, 10))
        p.drawRect(QRectF(26, 26, 28, 26))
        p.setPen(QPen(QColor(theme.DARK["ACCENT"]), 1.5))
        p.drawLine(QPointF(21, 12), QPointF(54, 26))
        p.drawLine(QPointF(10, 22), QPointF(26, 52))
        p.end()
        result.addPixmap(pixmap)
    return result
