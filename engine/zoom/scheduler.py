"""One plain thread and one queue: the most urgent step of all views first, in the order it was planned; stale steps never run.

Knows nothing of pictures. A ticket stands for one request of one view; a new ticket of the view makes the old one stale.
"""
from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from engine.api import EngineError


@dataclass(frozen=True, eq=False)
class Ticket:
    """One request of one view."""

    view: str


class Scheduler:
    """run(ticket, step) does one step and must not raise; at_end() is called on the thread when it stops."""

    def __init__(self, run: Callable[[Ticket, Any], None], at_end: Callable[[], None], name: str) -> None:
        self._run, self._at_end = run, at_end
        self._queue: list[tuple[int, int, Ticket, Any]] = []
        self._order = itertools.count()
        self._current: dict[str, Ticket] = {}
        self._state = threading.Condition()
        self._busy = self._closed = self._sync = False
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def replace(self, view: str, make: Callable[[Ticket], Any]) -> None:
        """Drops all work of `view` and queues the step `make(ticket)` gives. EngineError after `close`."""
        with self._state:
            if self._closed:
                raise EngineError("the zoom engine is closed")
            self._forget(view)
            ticket = self._current[view] = Ticket(view)
            heapq.heappush(self._queue, (0, next(self._order), ticket, make(ticket)))
            self._state.notify_all()
            inline = self._sync
        while inline and self._next(wait=False):
            pass

    def add(self, ticket: Ticket, steps: Iterable[tuple[int, Any]]) -> None:
        """Queues (priority, step) pairs, lower first; nothing when the ticket is stale."""
        with self._state:
            if not self.stale(ticket):
                for priority, step in steps:
                    heapq.heappush(self._queue, (priority, next(self._order), ticket, step))

    def drop(self, view: str) -> None:
        """Makes the view's ticket stale and forgets its steps."""
        with self._state:
            self._forget(view)
            self._current.pop(view, None)
            self._state.notify_all()

    def _forget(self, view: str) -> None:
        self._queue = [entry for entry in self._queue if entry[2].view != view]
        heapq.heapify(self._queue)

    def abandon(self, ticket: Ticket) -> None:
        """Forgets the ticket's steps; it stays the view's present one."""
        with self._state:
            self._forget(ticket.view)

    def stale(self, ticket: Ticket) -> bool:
        return self._closed or self._current.get(ticket.view) is not ticket

    def wait_until_idle(self, timeout: float | None = None) -> bool:
        with self._state:
            return self._state.wait_for(lambda: self._closed or (not self._queue and not self._busy), timeout)

    def synchronous(self, on: bool) -> None:
        """While on, `replace` does all work on the calling thread."""
        with self._state:
            self._sync = on
            self._state.notify_all()

    @property
    def is_synchronous(self) -> bool:
        return self._sync

    def close(self) -> None:
        """Forgets all work and joins the thread. A second call does nothing."""
        with self._state:
            self._closed = True
            self._queue.clear()
            self._state.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _loop(self) -> None:
        while self._next(wait=True):
            pass
        self._at_end()

    def _next(self, wait: bool) -> bool:
        """Runs one step. False when there is none (without `wait`) or all is closed."""
        with self._state:
            if wait:
                self._state.wait_for(lambda: self._closed or (bool(self._queue) and not self._sync))
            if self._closed or not self._queue:
                return False
            _, _, ticket, step = heapq.heappop(self._queue)
            self._busy = True
        try:
            if not self.stale(ticket):
                self._run(ticket, step)
        finally:
            with self._state:
                self._busy = False
                self._state.notify_all()
        return True


class SyncScope:
    """While it is open (from its making to the end of the `with` block), the scheduler works on the thread that submits.

    between: called at both ends, with no work under way.
    """

    def __init__(self, scheduler: Scheduler, between: Callable[[], None]) -> None:
        self._scheduler, self._between = scheduler, between
        scheduler.wait_until_idle()
        scheduler.synchronous(True)
        between()

    def __enter__(self) -> SyncScope:
        return self

    def __exit__(self, *exc: object) -> None:
        self._between()
        self._scheduler.synchronous(False)
