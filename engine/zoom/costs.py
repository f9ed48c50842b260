"""What work costs on this device: measured while it is done, smoothed, and asked for by the controller."""
from __future__ import annotations

import threading

_FIRST_GUESS = {"read": 30.0, "coarse": 15.0, "recorded": 3.0, "restored": 40.0, "synthesis": 40.0, "draw": 4.0}
_SHARE = 0.3  # weight of a new measurement


class CostTable:
    """Milliseconds per unit: "read" a frame, "coarse" a view, "recorded", "restored" or "draw" a tile of the view,
    "synthesis" of one data tile."""

    def __init__(self, known: dict[str, float] | None = None) -> None:
        self._ms = {**_FIRST_GUESS, **(known or {})}
        self._measured: set[str] = set(known or {})
        self._lock = threading.Lock()

    def record(self, kind: str, ms: float, units: int = 1) -> None:
        """Takes in that `units` of `kind` took `ms` together. The first measurement replaces the guess."""
        if units < 1 or ms < 0:
            return
        with self._lock:
            each = ms / units
            self._ms[kind] = each if kind not in self._measured else (1 - _SHARE) * self._ms[kind] + _SHARE * each
            self._measured.add(kind)

    def estimate(self, kind: str, units: float = 1.0) -> float:
        """Milliseconds that `units` of `kind` will take."""
        with self._lock:
            return self._ms.get(kind, 0.0) * units

    def measured(self, kind: str) -> bool:
        with self._lock:
            return kind in self._measured

    def table(self) -> dict[str, float]:
        with self._lock:
            return dict(self._ms)
