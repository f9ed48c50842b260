"""The window's size, docks and splitter, kept between runs; and which docks stay where there is no room for all."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import QByteArray, QRect, QSize, Qt
from PySide6.QtWidgets import QDockWidget

_WISH, _FRAME = QSize(1280, 800), QSize(8, 40)  # what the desktop's frame and title bar may take


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
    """In a window too narrow for docks at both sides, those at the side that was asked for last (`dock`, when it is shown now) stay."""
    if dock is not None and not dock.isHidden():
        w.last_dock = dock
    last = w.last_dock
    if last is None or last.isHidden() or not w.isVisible() or w.minimumSizeHint().width() <= w.width():
        return
    for other in w.findChildren(QDockWidget):
        if w.dockWidgetArea(other) != w.dockWidgetArea(last) and not other.isHidden() and not other.isFloating():
            other.hide()


def show_name(w: Any) -> None:
    """What is open, in the room that the menus leave."""
    bar, title = w.menuBar(), w.title
    title.setText("")
    room = w.width() - bar.sizeHint().width() - 8
    title.setText(title.fontMetrics().elidedText(title.accessibleDescription(), Qt.TextElideMode.ElideMiddle, room))
    bar.setCornerWidget(title)  # makes the bar give it the room it needs now
