"""The end of a window: whether it may close, and how its parts end. Nothing here raises: a fault while closing would end the program in
the middle of it, with threads at work and things not kept. It is written to the log, and the other parts end all the same.
"""
from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from app import layout, unfinished

if TYPE_CHECKING:
    from app.window import MainWindow

log = logging.getLogger("lorentz")


def may_close(w: MainWindow) -> bool:
    """Asks where a job is not over."""
    try:
        return unfinished.may_close(w, w.jobs.live)
    except Exception:
        log.exception("while asking whether to close")
        return True


def shut_down(w: MainWindow) -> None:
    """Cancel, disconnect, wait."""
    for end in (lambda: _deaf(w), lambda: layout.keep(w), lambda: _still(w), w.zoom_view.stop, w.box.close, w.jobs.close_box,
                lambda: _cancel(w), *w.features.ends(), w.zoom.close, w.sounder.close, w.reader.close, w.backend.close):
        _try(end)


def _try(end: Callable[[], object]) -> None:
    try:
        end()
    except Exception:
        log.exception("while the window was closed")


def _deaf(w: MainWindow) -> None:
    QApplication.instance().removeEventFilter(w._hold)  # type: ignore[union-attr]


def _still(w: MainWindow) -> None:
    w.player.blockSignals(True)
    w.player.reset(None)


def _cancel(w: MainWindow) -> None:
    for row in w.jobs.running:
        row.handle.cancel()
