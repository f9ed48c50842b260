"""A drag that is let go in motion glides on and comes to rest."""
from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QPointF, Qt, QTimer

TICK_MS = 16
_REST_MS = 130.0      # the speed falls to 1/e in this time
_LOOK_MS = 90         # the speed is that of the last part of the drag
_STILL_MS = 45        # a hand that rested so long before letting go wants no gliding
_LEAST = 0.15         # device pixels per millisecond


class Glide(QObject):
    """Feed on a drag with `begin`, `move` and `release` (positions in device pixels, times in ms); `act(dx, dy)` moves it on."""

    def __init__(self, act: Callable[[float, float], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._act = act
        self._trail: deque[tuple[int, QPointF]] = deque(maxlen=32)
        self._speed = QPointF()
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(lambda: self.step(self._clock.restart()))

    @property
    def on(self) -> bool:
        return self._timer.isActive()

    def begin(self, at: QPointF, ms: int) -> None:
        self.stop()
        self._trail.append((ms, at))

    def move(self, at: QPointF, ms: int) -> None:
        self._trail.append((ms, at))

    def release(self, ms: int) -> None:
        last = self._trail[-1] if self._trail else None
        early = next((p for p in self._trail if last is not None and last[0] - p[0] <= _LOOK_MS), None)
        if last is None or early is None or ms - last[0] > _STILL_MS or last[0] - early[0] < TICK_MS:
            return
        self._speed = (last[1] - early[1]) / (last[0] - early[0])
        if math.hypot(self._speed.x(), self._speed.y()) >= _LEAST:
            self._clock.start()
            self._timer.start()

    def step(self, ms: float) -> None:
        """The way of `ms` milliseconds, at a speed that falls."""
        ms = min(ms, 100.0)
        fall = math.exp(-ms / _REST_MS)
        way = self._speed * (_REST_MS * (1 - fall))
        self._speed *= fall
        self._act(way.x(), way.y())
        if math.hypot(self._speed.x(), self._speed.y()) < _LEAST / 3:
            self.stop()

    def stop(self) -> None:
        self._timer.stop()
        self._trail.clear()
        self._speed = QPointF()
