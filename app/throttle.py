"""At most one call per interval: the first at once, the last for certain, those between never."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Throttle(QObject):
    """`call(fn)` runs `fn` now when the last run is long enough ago; otherwise the newest `fn` runs when the interval ends."""

    def __init__(self, interval_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._trail)
        self._next: Callable[[], None] | None = None

    def call(self, fn: Callable[[], None]) -> None:
        if self._timer.isActive():
            self._next = fn
            return
        self._timer.start()
        fn()

    def forget(self) -> None:
        """What waits will not run; the interval goes on."""
        self._next = None

    def _trail(self) -> None:
        fn, self._next = self._next, None
        if fn is not None:
            self._timer.start()
            fn()
