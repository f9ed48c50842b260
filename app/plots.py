"""Small plots of measurements, painted as pictures and lines: histogram, waveform, line profile."""
from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.words import tr
from app.zoom_canvas import image_of

_PLANES = (("Y", ""), ("U", "#5aa9f0"), ("V", "#f0736a"))  # luma in the colour of text: seen in either theme


class Plot(QWidget):
    """A titled frame with something in it. `note` is said in its corner."""

    def __init__(self, title: str, height: int = 110, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.note, self._height = title, "", height
        self.setAccessibleName(title)
        self.setToolTip(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, self._height)

    def say(self, note: str) -> None:
        self.note = note
        self.setAccessibleDescription(note)
        self.update()

    def inner(self) -> QRectF:
        top = QFontMetricsF(self.font()).height() + 4
        return QRectF(1, top, self.width() - 2, self.height() - top - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.inner()
        p.setPen(QColor(theme.DIM))
        p.drawText(QRectF(0, 0, self.width(), area.top()), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.title)
        p.drawText(QRectF(0, 0, self.width(), area.top()), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.note)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(QColor(theme.BACK))
        p.drawRect(area)
        p.save()
        p.setClipRect(area)
        self.draw(p, area)
        p.restore()
        p.end()

    def draw(self, p: QPainter, area: QRectF) -> None:
        """What the plot shows, within `area`."""


class Histogram(Plot):
    """Counts of sample values; the root of the counts is drawn, so that few are seen beside many."""

    def __init__(self) -> None:
        super().__init__(tr("Histogram"))
        self.counts: np.ndarray | None = None

    def show_counts(self, counts: np.ndarray | None, note: str) -> None:
        self.counts = counts
        self.say(note)

    def draw(self, p: QPainter, area: QRectF) -> None:
        if self.counts is None:
            return
        for (_, colour), counts in zip(_PLANES, self.counts):
            tall = np.sqrt(counts / max(1, counts.max()))
            xs = area.left() + (np.arange(256) + 0.5) * area.width() / 256
            line = QPolygonF([QPointF(area.left(), area.bottom()), *(QPointF(x, area.bottom() - t * (area.height() - 2))
                                                                      for x, t in zip(xs.tolist(), tall.tolist())),
                              QPointF(area.right(), area.bottom())])
            colour = colour or theme.TEXT
            fill = QColor(colour)
            fill.setAlpha(45)
            p.setBrush(fill)
            p.setPen(QPen(QColor(colour), 1))
            p.drawPolygon(line)


class Waveform(Plot):
    """Luma from left to right of the region, bright where many pixels have a value."""

    def __init__(self) -> None:
        super().__init__(tr("Waveform"))
        self._image: np.ndarray | None = None

    def show_counts(self, counts: np.ndarray | None, note: str) -> None:
        self._image = None
        if counts is not None:
            glow = np.minimum(255, np.sqrt(counts / max(1, counts.max())) * 320).astype(np.uint8)[::-1]
            self._image = np.ascontiguousarray(np.repeat(glow[..., None], 4, 2))
            self._image[..., 3] = 255
        self.say(note)

    def draw(self, p: QPainter, area: QRectF) -> None:
        if self._image is not None:
            p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            p.drawImage(area, image_of(self._image))


class Profile(Plot):
    """Luma along a line, one step for each recorded pixel that it passes: steps, because nothing is known between pixels."""

    def __init__(self) -> None:
        super().__init__(tr("Line profile"), 130)
        self.values: np.ndarray | None = None
        self._top = 255

    def show_values(self, values: np.ndarray | None, top: int, note: str) -> None:
        self.values, self._top = values, top
        self.say(note)

    def draw(self, p: QPainter, area: QRectF) -> None:
        if self.values is None or not len(self.values):
            p.setPen(QColor(theme.DIM))
            p.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, tr("Measure ▸ Line profile, then draw a line"))
            return
        step = area.width() / len(self.values)
        points: list[QPointF] = []
        for n, value in enumerate(self.values.tolist()):
            y = area.bottom() - 2 - value / self._top * (area.height() - 4)
            points += [QPointF(area.left() + n * step, y), QPointF(area.left() + (n + 1) * step, y)]
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.setPen(QPen(QColor(theme.ACCENT), 1.4))
        p.drawPolyline(QPolygonF(points))


class Spread(Plot):
    """Bytes of each stored level over time: bars on top of each other, coarsest level at the bottom."""

    COLOURS = ("#5aa9f0", "#6cc18a", "#f0b04a", "#f0736a", "#c99af0", "#5ad1f0")

    def __init__(self) -> None:
        super().__init__(tr("Bytes per level over time"), 140)
        self.starts: np.ndarray | None = None
        self.counts: np.ndarray | None = None
        self._frames = 1

    def show_spread(self, starts: np.ndarray | None, counts: np.ndarray | None, frames: int) -> None:
        """`starts` `[n]` first frames, `counts` `[n, levels]` bytes."""
        self.starts, self.counts, self._frames = starts, counts, max(1, frames)
        self.setVisible(counts is not None)
        if counts is not None:
            total = max(1, int(counts.sum()))
            self.say("")
            line = tr("level {n}: {share} % of {size} kB")
            self.setToolTip("\n".join(line.format(n=n, share=round(100 * int(c) / total), size=total // 1000)
                                      for n, c in enumerate(counts.sum(0))))
            self.setAccessibleDescription(self.toolTip())

    def draw(self, p: QPainter, area: QRectF) -> None:
        if self.starts is None or self.counts is None or not len(self.starts):
            return
        columns = max(1, min(int(area.width() / 3), len(self.starts)))
        column = np.minimum(self.starts * columns // self._frames, columns - 1)
        sums = np.zeros((columns, self.counts.shape[1]))
        np.add.at(sums, column, self.counts)
        tallest = max(1.0, float(sums.sum(1).max()))
        wide = area.width() / columns
        p.setPen(Qt.PenStyle.NoPen)
        for n, levels in enumerate(sums):
            y = area.bottom()
            for level in range(len(levels) - 1, -1, -1):
                h = float(levels[level]) / tallest * (area.height() - 2)
                p.setBrush(QColor(self.COLOURS[level % len(self.COLOURS)]))
                p.drawRect(QRectF(area.left() + n * wide, y - h, max(1.0, wide - 0.6), h))
                y -= h
