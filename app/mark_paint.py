"""How marks look over a picture: outlines with a dark rim, readable on anything, with their words on a plate."""
from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from app import drawing
from app.marks import Mark, Point

COLOURS = {"note": "#f0d060", "region": "#6cc18a", "arrow": "#f0736a", "distance": "#5ad1f0", "angle": "#c99af0", "track": "#f0b04a",
           "bookmark": "#5aa9f0", "profile": "#5aa9f0"}


def paint_mark(p: QPainter, place: Callable[[float, float], QPointF], mark: Mark, words: str, chosen: bool = False) -> None:
    """`place` maps source pixels to the painter's; `words` stand beside the mark."""
    if not mark.points or mark.kind == "track":
        return
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    spots = [place(x, y) for x, y in mark.points]
    path = QPainterPath()
    colour = QColor(COLOURS[mark.kind])
    at = spots[-1] + QPointF(10, 6)
    if mark.kind == "note":
        path.addEllipse(spots[0], 5, 5)
    elif mark.kind == "region":
        box = QRectF(spots[0], spots[1]).normalized()
        path.addRect(box)
        at = box.bottomLeft() + QPointF(0, 4)
    elif mark.kind == "arrow":
        _line(path, spots[0], spots[1])
        _head(path, spots[0], spots[1])
        at = spots[0] + QPointF(8, 8)
    elif mark.kind in ("distance", "profile"):
        _line(path, spots[0], spots[1])
        for end, other in ((spots[0], spots[1]), (spots[1], spots[0])):
            _tick(path, end, other)
    elif mark.kind == "angle":
        path.moveTo(spots[0])
        path.lineTo(spots[1])
        path.lineTo(spots[2])
        at = spots[1] + QPointF(10, 6)
    p.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(QColor(0, 0, 0, 160), 4 if chosen else 3.4), QPen(colour, 2.2 if chosen else 1.5)):
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        p.setPen(pen)
        p.drawPath(path)
    if words:
        room = p.window().width() - QFontMetricsF(p.font()).horizontalAdvance(words) - 18  # words are not cut off at the right edge
        drawing.label(p, QPointF(min(at.x(), max(2.0, room)), at.y()), words, colour.name())


def paint_track(p: QPainter, place: Callable[[float, float], QPointF], points: tuple[Point, ...], at: int, chosen: bool) -> None:
    """The way of a thing: its centres over all frames, and a ring where it is now."""
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setBrush(Qt.BrushStyle.NoBrush)
    way = [place(x, y) for x, y in points]
    for pen in (QPen(QColor(0, 0, 0, 120), 3), QPen(QColor(COLOURS["track"]), 1.8 if chosen else 1.1)):
        p.setPen(pen)
        p.drawPolyline(QPolygonF(way))
        if 0 <= at < len(points):
            p.drawEllipse(way[at], 6, 6)


def _line(path: QPainterPath, a: QPointF, b: QPointF) -> None:
    path.moveTo(a)
    path.lineTo(b)


def _head(path: QPainterPath, a: QPointF, b: QPointF) -> None:
    way = math.atan2(b.y() - a.y(), b.x() - a.x())
    for side in (-0.45, 0.45):
        path.moveTo(b)
        path.lineTo(b.x() - 13 * math.cos(way + side), b.y() - 13 * math.sin(way + side))


def _tick(path: QPainterPath, end: QPointF, other: QPointF) -> None:
    d = other - end
    n = math.hypot(d.x(), d.y()) or 1.0
    across = QPointF(-d.y() / n * 5, d.x() / n * 5)
    path.moveTo(end - across)
    path.lineTo(end + across)
