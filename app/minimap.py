"""A small picture of the whole in the corner of the zoomed view, with the region in it; a click or a drag goes there."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from app import drawing, theme
from app.zoom_canvas import image_of


class Minimap(QObject):
    """Shown when switched on, and by itself while the whole frame is hidden; never when the whole picture is in view anyway."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.w = window
        self.on = False
        window.zoom_view.over.append(self._paint)
        window.zoom_view.tools.insert(0, self)

    @property
    def shown(self) -> bool:
        return (self.on or self.w.frame_view.isHidden()) and not self.w.state.whole and self.w.player.picture is not None

    def area(self) -> QRectF:
        """Logical pixels of the zoomed view."""
        view, (w, h) = self.w.zoom_view, self.w.state.size
        k = min(view.width() * 0.24 / w, view.height() * 0.24 / h)
        return QRectF(view.width() - w * k - 10, 38, w * k, h * k)

    def _paint(self, p: QPainter) -> None:
        if not self.shown:
            return
        area, (w, h), (x, y, rw, rh) = self.area(), self.w.state.size, self.w.state.roi
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        p.drawImage(area, image_of(self.w.player.picture.whole))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setPen(QPen(QColor(theme.DARK["LINE"]), 1))
        p.drawRect(area)
        k = area.width() / w
        box = QRectF(area.x() + x * k, area.y() + y * area.height() / h, max(3.0, rw * k), max(3.0, rh * k))
        drawing.box(p, box, theme.ACCENT)

    def press(self, at: QPointF, event: QMouseEvent) -> bool:
        if not self.shown or not self.area().contains(at / self.w.zoom_view.devicePixelRatioF()):
            return False
        self.w.state.remember()
        self.move(at)
        return True

    def move(self, at: QPointF) -> None:
        area, (w, h) = self.area(), self.w.state.size
        spot = at / self.w.zoom_view.devicePixelRatioF() - area.topLeft()
        self.w.state.look(spot.x() / area.width() * w, spot.y() / area.height() * h, self.w.state.magnification)
        self.w.steering.view_moved()

    def cancel(self) -> None:
        """It has gone there already."""

    def release(self, at: QPointF) -> None:
        self.move(at)
