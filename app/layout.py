"""The window's size, docks and splitter, kept between runs; and which docks stay where there is no room for all."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QRect, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QSplitter

_WISH, _FRAME = QSize(1280, 800), QSize(8, 40)  # what the desktop's frame and title bar may take


class Beside(QSplitter):
    """Two parts side by side. When there is another width to share, the right one gets what it wishes (`wish()`) as far as the left one
    can spare it; hands may then move the line between them."""

    def __init__(self, wish: Callable[[], int]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._wish, self._before = wish, 0
        self.setChildrenCollapsible(False)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and self.count() == 2 and self.isVisible():
            wish = self._wish()
            if event.type() == QEvent.Type.Resize or wish != self._before:
                left, right = self.sizes()
                first = self.widget(0)
                more = min(wish - right, left - (first.minimumWidth() if first is not None else 0))
                if more > 0:
                    self.setSizes([left - more, right + more])
            self._before = wish
        return done


def first_size(room: QRect) -> QSize:
    """The size of a window that was never open before, on a screen with this much room: its lower edge must not lie under the screen's."""
    return _WISH.boundedTo(room.size() - _FRAME)


def restore(w: Any) -> None:
    w.resize(first_size(w.screen().availableGeometry()))
    geometry = w.settings.layout("geometry")
    if not geometry.isEmpty():
        w.restoreGeometry(geometry)
    for name, put in (("window", w.restoreState), ("splitter", w.splitter.restoreState)):
        saved: QByteArray = w.settings.layout(name)
        if not saved.isEmpty():
            put(saved)
    w.jobs_dock.hide()  # there are no jobs yet


def keep(w: Any) -> None:
    if w.stack.currentIndex() == 1 and not w.isFullScreen():
        w.settings.set_layout("splitter", w.splitter.saveState())
    if not w.isFullScreen():
        w.settings.set_layout("geometry", w.saveGeometry())
        w.settings.set_layout("window", w.saveState())
    w.settings.sync()


def make_room(w: Any, dock: QDockWidget | None = None) -> None:
    """In a window too narrow for docks at both sides, those at the side that was asked for last (`dock`, when it is shown now) stay, and
    are no wider than they must be."""
    if dock is not None and not dock.isHidden():
        w.last_dock = dock
    last = w.last_dock
    if last is None or last.isHidden() or not w.isVisible() or _at_ease(w) <= w.width():
        return
    docks = [d for d in w.findChildren(QDockWidget) if not d.isHidden() and not d.isFloating()]
    beside = [d for d in docks if w.dockWidgetArea(d) == w.dockWidgetArea(last)]
    for other in docks:
        if other not in beside:
            other.hide()
    w.resizeDocks(beside, [d.minimumSizeHint().width() for d in beside], Qt.Orientation.Horizontal)


def _at_ease(w: Any) -> int:
    """The width at which all docks have room and the bars need no more rows than usual."""
    bars = max(w.frame_view.minimumWidth() + w.splitter.handleWidth() + w.zoom_bar.rows.full, w.transport.rows.full)
    return int(w.minimumSizeHint().width() + max(0, bars - w.centralWidget().minimumSizeHint().width()))


def show_name(w: Any) -> None:
    """What is open, in the room that the menus leave."""
    bar, title = w.menuBar(), w.title
    title.setText("")
    room = w.width() - bar.sizeHint().width() - 8
    title.setText(title.fontMetrics().elidedText(title.accessibleDescription(), Qt.TextElideMode.ElideMiddle, room))
    bar.setCornerWidget(title)  # makes the bar give it the room it needs now
