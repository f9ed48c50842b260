"""What was done, in order, for the report: kept in memory for each file while the program runs."""
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class Journal:
    """`note(text)` adds a line with the time of day; the same line twice in a row is one."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.lines: list[tuple[str, str]] = []

    def start(self, text: str) -> None:
        """Another file: a new list."""
        self.lines = []
        self.note(text)

    def note(self, text: str) -> None:
        if not self.lines or self.lines[-1][1] != text:
            self.lines.append((self._now().strftime("%H:%M:%S UTC"), text))
