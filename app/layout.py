"""The window's size, docks and splitter, kept between runs."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import QByteArray


def restore(w: Any) -> None:
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
