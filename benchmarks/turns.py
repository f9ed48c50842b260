"""What the event loop of the viewer does with its time: every handler that it calls, by the wall and by the processor.

A handler is one event delivered at the top of the loop, with everything that it calls in turn. Its wall time is what a person feels;
its processor time is what the viewer itself asks for, the same on a busy machine; and of the difference, the kernel says how much was
waiting for a free core (other programs, on a machine with enough cores nothing). What remains is time in which the viewer waited for
something of its own: Python's lock, a lock of the engine, the disk. (Where whoever holds a lock waits for a core itself, that counts too.)
"""
from __future__ import annotations

import os
import threading
from time import perf_counter_ns, thread_time_ns
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

GOAL_MS, WORST_GOAL_MS = 16.0, 50.0


class Queue:
    """Nanoseconds that a thread has waited for a core so far; always 0 where the kernel does not tell."""

    def __init__(self) -> None:
        try:
            self._file = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        except OSError:
            self._file = -1

    def waited(self) -> int:
        return int(os.pread(self._file, 64, 0).split()[1]) if self._file >= 0 else 0


class Watched(QApplication):
    """Notes each handler while `on`: `spans` holds (wall, processor, queue) in nanoseconds, `names` what it was."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(words)
        self.on = self._inside = False
        self.spans: list[tuple[int, int, int]] = []
        self.names: list[str] = []
        self._queue = Queue()

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if self._inside or not self.on:
            return bool(super().notify(receiver, event))
        name = f"{type(receiver).__name__} {event.type().name}"
        self._inside = True
        waited, cpu, wall = self._queue.waited(), thread_time_ns(), perf_counter_ns()
        try:
            return bool(super().notify(receiver, event))
        finally:
            self.spans.append((perf_counter_ns() - wall, thread_time_ns() - cpu, self._queue.waited() - waited))
            self.names.append(name)
            self._inside = False


class Beat:
    """A timer that should fire every 2 ms: how late it is, is how long the loop had no turn for it."""

    EVERY_MS = 2

    def __init__(self) -> None:
        self.late: list[tuple[float, float]] = []  # ms: by the wall, and without the waits for a core
        self._queue = Queue()
        self._last = self._now()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def _now(self) -> tuple[int, int]:
        return perf_counter_ns(), self._queue.waited()

    def start(self) -> None:
        self._last = self._now()
        self._timer.start(self.EVERY_MS)

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = self._now()
        wall, queue = ((a - b) / 1e6 for a, b in zip(now, self._last))
        self.late.append((max(0.0, wall - self.EVERY_MS), max(0.0, wall - queue - self.EVERY_MS)))
        self._last = now

    def summary(self) -> dict[str, Any]:
        wall, own = np.array(self.late[5:]).T
        return {"turns": len(wall), "p50_ms": pick(wall, 50), "p99_ms": pick(wall, 99), "worst_ms": float(wall.max()),
                "alone_p99_ms": pick(own, 99), "alone_worst_ms": float(own.max())}


def summary(spans: list[tuple[int, int, int]], names: list[str]) -> dict[str, Any]:
    """Figures of all handlers in milliseconds, and the costliest of them by processor time."""
    wall, cpu, queue = (np.array(column) / 1e6 for column in zip(*spans))
    own = np.maximum(wall - queue, cpu)
    most = np.argsort(-cpu)[:3]
    return {"handlers": len(wall), "cpu_p99_ms": pick(cpu, 99), "cpu_worst_ms": float(cpu.max()), "own_p99_ms": pick(own, 99),
            "own_worst_ms": float(own.max()), "wall_p99_ms": pick(wall, 99), "wall_worst_ms": float(wall.max()),
            "cpu_over": int((cpu > GOAL_MS).sum()), "own_over": int((own > GOAL_MS).sum()), "wall_over": int((wall > GOAL_MS).sum()),
            "costliest": [f"{names[k]} {cpu[k]:.1f} ms" for k in most]}


def pick(values: np.ndarray, percent: float) -> float:
    return float(np.percentile(values, percent))
