"""Small pictures over the timeline: the frame under the cursor, decoded by a source of its own on a thread of its own.

The thread and the second decoder come with the first hover and go with the file: who does not ask pays nothing.
"""
from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.background import Background
from app.convert import picture
from app.zoom_canvas import image_of
from engine.api import EngineError, Frame, FrameSource, SourceInfo

SIZE = QSize(176, 118)
_KEPT = 200
_MOST = 1 << 15       # longer steps between thumbnails than this are not needed, however long the film


class Thumb(QWidget):
    """A picture with a line below, painted over whatever is beneath; never takes the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(SIZE)
        self.image: np.ndarray | None = None
        self.text = ""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setPen(QColor(theme.LINE))
        p.setBrush(QColor(theme.PANEL))
        p.drawRect(self.rect().adjusted(0, 0, -1, -1))
        line = self.fontMetrics().height() + 6
        room = QRectF(self.rect()).adjusted(3, 3, -3, -line)
        if self.image is not None:
            h, w = self.image.shape[:2]
            k = min(room.width() / w, room.height() / h)
            p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            p.drawImage(QRectF(room.center() - QPointF(w * k / 2, h * k / 2), room.center() + QPointF(w * k / 2, h * k / 2)),
                        image_of(self.image))
        p.setPen(QColor(theme.TEXT))
        p.drawText(QRectF(0, self.height() - line, self.width(), line), Qt.AlignmentFlag.AlignCenter, self.text)
        p.end()


class Thumbs(QObject):
    """Hangs on the timeline of `window`."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.w = window
        self.thumb = Thumb(window.centralWidget())
        self._info: SourceInfo | None = None
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()
        self._work: Background | None = None
        self._source: FrameSource | None = None  # of the thread alone
        self._at = -1
        window.transport.timeline.hovered.connect(self.hover)

    def open(self, info: SourceInfo | None) -> None:
        self.thumb.hide()
        self._kept.clear()
        self._info, self._at = info, -1
        if self._work is not None:
            self._work.drop("thumb")
            self._work.do("close", self._close_source)

    def hover(self, frame: int) -> None:
        if frame < 0 or self._info is None or self._info.frames < 2:
            self._at = -1
            self.thumb.hide()
            return
        line = self.w.transport.timeline
        index = self.nearest(frame)
        self._at = index
        self.thumb.text = line.words_at(frame)
        self.thumb.image = self._kept.get(index)
        place = line.mapTo(self.w.centralWidget(), QPoint(round(line.x_of(frame)), 0))
        x = min(max(place.x() - SIZE.width() // 2, 4), self.w.centralWidget().width() - SIZE.width() - 4)
        self.thumb.move(x, place.y() - SIZE.height() - 8)
        self.thumb.raise_()
        self.thumb.show()
        self.thumb.update()
        if index not in self._kept:
            self._ask(index)

    def nearest(self, frame: int) -> int:
        """The frame whose picture stands for `frame`: one for every two or so points of the bar, a key frame where one is as near."""
        assert self._info is not None
        line = self.w.transport.timeline
        step = max(1, min(_MOST, round(2 * self._info.frames / max(1, line.width()))))
        index = frame // step * step
        near = line.keys[bisect_left(line.keys, index):bisect_left(line.keys, index + step)]
        return min(near, key=lambda k: abs(k - frame)) if near else index

    def _ask(self, index: int) -> None:
        if self._work is None:
            self._work = Background(lambda _line: None, self)  # a picture that cannot be had is no news: the timeline says what is lost
        info = self._info
        assert info is not None

        def then(image: np.ndarray | None) -> None:
            if image is None or self._info is not info:
                return
            self._kept[index] = image
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            if self._at == index:
                self.thumb.image = image
                self.thumb.update()

        self._work.do("thumb", lambda: self._read(info, index), then)

    # -- below: the thread --------------------------------------------------------------------------------------------

    def _read(self, info: SourceInfo, index: int) -> np.ndarray | None:
        if self._source is None or self._source.info.path != info.path:
            self._close_source()
            self._source = self.w.backend.open(info.path)
        source: Any = self._source
        try:
            coarse = info.levels - 1 if hasattr(source, "read_level") else 0
            frame: Frame = source.read_level(index, coarse) if coarse else source.read(index)
        except (EngineError, IndexError):
            return None
        return picture(frame, info.colour, self.w.backend.to_rgb, (SIZE.width() * 2, SIZE.height() * 2))

    def _close_source(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None

    def close(self) -> None:
        """Ends the thread, then the decoder that it used."""
        if self._work is not None:
            self._work.close()
        self._close_source()
