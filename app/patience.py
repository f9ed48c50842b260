"""A wait that a person would notice is explained, and the explanation goes with it."""
from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.messages import MessageBar

OPENING_MS, READING_MS = 400, 4000


class Patience(QObject):
    """`wait(line, ms)`: `line` is said if it is not `over()` by then. `humble`: only where nothing more important is being said."""

    def __init__(self, bar: MessageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._bar, self._line, self._humble = bar, "", False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._say)

    def wait(self, line: str, ms: int, humble: bool = False) -> None:
        self.over()
        self._line, self._humble = line, humble
        self._timer.start(ms)

    def over(self) -> None:
        self._timer.stop()
        if self._line and self._bar.text == self._line:
            self._bar.dismiss()
        self._line = ""

    def _say(self) -> None:
        if not (self._humble and self._bar.text):
            self._bar.say("info", self._line, stay=True)
