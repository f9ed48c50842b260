"""From engine threads to the GUI thread: a deque and one queued, argument-free signal.

Objects never travel through Qt's meta-object system (PySide6 has leaked and lost references there), and a burst of events
wakes the GUI thread once.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

_BUDGET_S = 0.008  # half of a 60 Hz frame: what is left is handled in the next turn of the event loop


class Mailbox(QObject):
    """`post()` from any thread; `handler` runs on the thread that made the box. After `close()` everything is dropped."""

    _wake = Signal()

    def __init__(self, handler: Callable[[Any], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._events: deque[Any] = deque()
        self._handler = handler
        self._open = True
        self._wake.connect(self._drain, Qt.ConnectionType.QueuedConnection)

    def post(self, event: Any) -> None:
        if not self._open:
            return
        first = not self._events
        self._events.append(event)
        if first:
            try:
                self._wake.emit()
            except RuntimeError:  # the Qt side is gone: a thread that outlived its window has nobody to tell
                self._open = False

    def close(self) -> None:
        self._open = False
        self._events.clear()

    def _drain(self) -> None:
        start = perf_counter()
        try:
            while self._events and self._open and perf_counter() - start < _BUDGET_S:
                self._handler(self._events.popleft())
        finally:
            if self._events and self._open:
                self._wake.emit()
