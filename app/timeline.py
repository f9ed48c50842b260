"""The timeline: drag or click to go to a frame. Stripes show key frames, what is decoded already, marks and lost frames; a small picture
of the frame under the cursor comes up over it."""
from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.timecode import format_time, frame_at
from app.words import tr
from engine.api import SourceInfo

_MARGIN = 8


class Timeline(QWidget):
    """Positions are places in time, so uneven frame rates look uneven. `seeked(frame)` while dragging and on click."""

    seeked = Signal(int)
    hovered = Signal(int)   # the frame under the cursor; -1 when it has left

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.info: SourceInfo | None = None
        self.index = 0
        self.lost: set[int] = set()
        self.between: tuple[int, int] | None = None
        self.marks: list[tuple[int, int, str]] = []  # first and last frame, colour
        self.keys: tuple[int, ...] = ()
        self.held: tuple[tuple[int, int], ...] = ()
        self._hover: float | None = None
        self._dragging = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Timeline"))
        self._describe()

    def sizeHint(self) -> QSize:
        return QSize(300, 30)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 30)

    def open(self, info: SourceInfo | None) -> None:
        self.info, self.index = info, 0
        self.lost.clear()
        self.between, self.marks = None, []
        self.keys, self.held = (), ()
        self._hover = None
        self._describe()
        self.update()

    def set_keys(self, keys: tuple[int, ...]) -> None:
        """Frames from which decoding can start."""
        self.keys = keys
        self.update()

    def set_held(self, held: tuple[tuple[int, int], ...]) -> None:
        """Runs of frames that are decoded already."""
        if held != self.held:
            self.held = held
            self.update()

    def set_index(self, index: int) -> None:
        if index != self.index:
            self.index = index
            self._describe()
            self.update()

    def add_lost(self, index: int) -> None:
        if index not in self.lost:
            self.lost.add(index)
            self.update()

    def set_between(self, between: tuple[int, int] | None) -> None:
        if between != self.between:
            self.between = between
            self.update()

    def set_marks(self, marks: list[tuple[int, int, str]]) -> None:
        self.marks = marks
        self.update()

    def _describe(self) -> None:
        if self.info is not None and self.index < self.info.frames:
            self.setAccessibleDescription(
                tr("frame {a} of {b}, {c}; arrow keys step").format(
                    a=self.index, b=self.info.frames, c=format_time(self.info.seconds(self.index))))

    def _end(self) -> float:
        assert self.info is not None
        return max(self.info.seconds(self.info.frames - 1), 1e-6)

    def x_of(self, index: int) -> float:
        assert self.info is not None
        return _MARGIN + (self.width() - 2 * _MARGIN) * self.info.seconds(index) / self._end()

    def frame_of(self, x: float) -> int:
        """The frame nearest to a place on the bar."""
        assert self.info is not None
        share = min(max((x - _MARGIN) / max(1, self.width() - 2 * _MARGIN), 0.0), 1.0)
        left = frame_at(self.info, share * self._end())
        right = min(left + 1, self.info.frames - 1)
        return right if abs(self.x_of(right) - x) < abs(self.x_of(left) - x) else left

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        mid = self.height() / 2
        bar = QRectF(_MARGIN, mid - 3, self.width() - 2 * _MARGIN, 6)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(QColor(theme.LINE))
        p.drawRoundedRect(bar, 3, 3)
        if self.info is None or self.info.frames < 1:
            return
        x = self.x_of(self.index)
        p.setBrush(QColor(theme.FILL))
        p.drawRoundedRect(QRectF(bar.left(), bar.top(), x - bar.left(), bar.height()), 3, 3)
        self._stripes(p, bar)
        if self.between is not None:
            a, b = self.x_of(self.between[0]), self.x_of(self.between[1])
            p.setBrush(QColor(240, 176, 74, 70))
            p.drawRect(QRectF(a, bar.top() - 5, max(1.5, b - a), bar.height() + 10))
            p.setBrush(QColor(theme.WARN))
            for edge in (a, b):
                p.drawRect(QRectF(edge - 1, bar.top() - 7, 2, bar.height() + 14))
        for first, last, colour in self.marks:
            if last < self.info.frames:
                p.setBrush(QColor(colour))
                left, right = self.x_of(first), self.x_of(last)
                if right - left > 2:
                    p.drawRect(QRectF(left, bar.bottom() + 3, right - left, 2))
                p.drawPolygon([QPointF(left - 4, bar.bottom() + 9), QPointF(left + 4, bar.bottom() + 9), QPointF(left, bar.bottom() + 3)])
        p.setBrush(QColor(theme.BAD))
        for at in self.lost:
            p.drawRect(QRectF(self.x_of(at) - 1, bar.top() - 3, 2.5, bar.height() + 6))
        if self._hover is not None and self.isEnabled():
            p.setBrush(QColor(128, 140, 160, 150))
            p.drawRect(QRectF(self.x_of(self.frame_of(self._hover)) - 0.75, bar.top() - 4, 1.5, bar.height() + 8))
        p.setBrush(QColor(theme.TEXT if not self.hasFocus() else theme.ACCENT))
        p.drawEllipse(QPointF(x, mid), 7, 7)
        p.end()

    def _stripes(self, p: QPainter, bar: QRectF) -> None:
        """What is decoded, along the lower edge; key frames, as ticks above, where they are far enough apart to be told apart."""
        assert self.info is not None
        p.setBrush(QColor(theme.GOOD))
        for first, last in self.held:
            if last < self.info.frames:
                left, right = self.x_of(first), self.x_of(last)
                p.drawRect(QRectF(left - 0.5, bar.bottom() - 1, max(1.5, right - left + 1), 2))
        if len(self.keys) > 1 and bar.width() / len(self.keys) >= 3:
            p.setBrush(QColor(theme.DIM))
            for key in self.keys:
                if key < self.info.frames:
                    p.drawRect(QRectF(self.x_of(key) - 0.5, bar.top() - 5, 1, 4))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.info is not None:
            self._dragging = True
            self.seeked.emit(self.frame_of(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.info is None:
            return
        self._hover = event.position().x()
        if self._dragging:
            frame = self.frame_of(self._hover)
            if frame != self.index:
                self.seeked.emit(frame)
        self.hovered.emit(self.frame_of(self._hover))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.hovered.emit(-1)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.info is not None and event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            jump = max(1, round(float(self.info.rate))) * (1 if event.key() == Qt.Key.Key_PageDown else -1)
            self.seeked.emit(min(max(self.index + jump, 0), self.info.frames - 1))
        else:
            super().keyPressEvent(event)

    def words_at(self, frame: int) -> str:
        """Time and number of a frame, and what there is to know of it."""
        assert self.info is not None
        more = "   " + tr("lost") if frame in self.lost else "   " + tr("key frame") if frame in self.keys else ""
        return f"{format_time(self.info.seconds(frame))}   #{frame}{more}"
