"""Python's collector of circular garbage, kept from stopping the window.

A full collection looks at every object of the process while it holds Python's lock: with torch, numba and Qt loaded that takes up to a
tenth of a second, and by itself it starts on whatever thread happens to make the next object, in the middle of playing or of a job. Here
the young generations go on as ever; what the libraries brought is set aside, as it hardly ever becomes garbage, and the rest is collected
when the person at the window rests, or at the latest when a lot has come together. After a long rest everything is looked at.
"""
from __future__ import annotations

import gc
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from engine.memory import large_pieces_apart

LOOK_MS = 1000
IMPORTED = 20          # modules more than last time: a library has come
SOME, MANY = 10, 200   # collections of the young ones since the last full one: worth one at rest; one that is not put off
LONG = 10              # looks at a window that rests, until nobody is likely to touch it just now
_NEVER = 1 << 30


class Tidy(QObject):
    """`resting` says whether nothing moves in the window right now. `stop()` leaves the collector as it was found."""

    def __init__(self, resting: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._resting = resting
        self._before = gc.get_threshold()
        self._known = 0
        self._rest = 0  # looks in a row at which nothing moved
        self._apart = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        young, middle, _ = self._before
        gc.set_threshold(young, middle, _NEVER)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.set_threshold(*self._before)
        gc.unfreeze()

    def look(self) -> None:
        """Sets aside what was imported since the last time; collects where it is time to."""
        count = len(sys.modules)
        if count >= self._known + IMPORTED:
            self._known = count
            gc.freeze()  # of no cost: one list is hung on another
        self._rest = self._rest + 1 if self._resting() else 0
        if self._rest and not self._apart:
            self._apart = True
            large_pieces_apart()
        waiting = gc.get_count()[2]
        if self._rest == LONG:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
        elif waiting >= MANY or (waiting >= SOME and self._rest > 1):
            gc.collect()
