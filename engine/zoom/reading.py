"""Slow work that cannot be broken off (opening, decoding, loading a network) on a thread of its own, so that the engine need not wait for
it to the end when nobody wants the result any more.

What was begun goes on and keeps its result; what was not begun yet is forgotten. One piece at a time: sources are read from one thread.
"""
from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

LOOK_S = 0.01  # how long the engine takes, at most, to notice that what it waits for is not wanted any more
R = TypeVar("R")


class Reads:
    """`run` is called from one thread at a time. directly: while it says so, work is done on the thread that asks."""

    def __init__(self, name: str, directly: Callable[[], bool] = lambda: False) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._directly = directly
        self._pending: dict[Hashable, Future[Any]] = {}

    def run(self, key: Hashable, work: Callable[[], R], check: Callable[[], None]) -> R:
        """What `work` gives or raises. `check` is called while it goes on; what it raises ends the waiting, not the work. Asked again with
        the same key meanwhile, one waits for the same work."""
        if self._directly():
            return work()
        future: Future[R] | None = self._pending.get(key)
        if future is None:
            future = self._pending[key] = self._pool.submit(work)
            future.add_done_callback(lambda _: self._pending.pop(key, None))
        try:
            while not future.done():
                check()
                wait((future,), LOOK_S)
        except BaseException:
            future.cancel()  # of what has begun nothing is stopped by this
            raise
        return future.result()

    def settle(self) -> None:
        """Waits until nothing goes on."""
        wait(tuple(self._pending.values()))

    def close(self) -> None:
        """Forgets what has not begun, waits for the rest and joins the thread."""
        self._pool.shutdown(wait=True, cancel_futures=True)
