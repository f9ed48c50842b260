"""Slow work (opening, decoding, loading a network) on a thread of its own, so that the engine need not wait for it to the end when nobody
wants the result any more.

Decoding then ends at its next slice, and what it has is kept; what cannot be broken off goes on and keeps its result; what was not begun
is forgotten. One piece at a time: sources are read from one thread.
"""
from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, TypeVar

from engine.api import Cancelled
from engine.wanted import while_wanted

LOOK_S = 0.01  # how long the engine takes, at most, to notice that what it waits for is not wanted any more
R = TypeVar("R")


@dataclass
class _Piece:
    """Work that was handed over, and whether it may end."""

    future: Future[Any] = field(default_factory=Future)
    unwanted: Event = field(default_factory=Event)
    ended: bool = False

    def check(self) -> None:
        if self.unwanted.is_set():
            self.ended = True
            raise Cancelled


class Reads:
    """`run` is called from one thread at a time. directly: while it says so, work is done on the thread that asks."""

    def __init__(self, name: str, directly: Callable[[], bool] = lambda: False) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._directly = directly
        self._pending: dict[Hashable, _Piece] = {}

    def run(self, key: Hashable, work: Callable[[], R], check: Callable[[], None]) -> R:
        """What `work` gives or raises. `check` is called while it goes on; what it raises ends the waiting, and the work where that asks
        whether it is still wanted. Asked again with the same key meanwhile, one waits for the same work, which goes on where it was."""
        if self._directly():
            return work()
        while True:
            piece = self._pending.get(key)
            if piece is None:
                piece = self._pending[key] = _Piece()
                piece.future = self._pool.submit(self._within, work, piece)
                piece.future.add_done_callback(partial(self._forget, key, piece))
            piece.unwanted.clear()
            try:
                while not piece.future.done():
                    check()
                    wait((piece.future,), LOOK_S)
            except BaseException:
                piece.unwanted.set()
                piece.future.cancel()
                raise
            if not piece.ended:  # else it had noticed just before it was asked for again
                result: R = piece.future.result()
                return result

    def later(self, work: Callable[[], object]) -> None:
        """Done when what goes on is done; nobody waits for it. From any thread."""
        if self._directly():
            work()
            return
        with contextlib.suppress(RuntimeError):  # closed
            self._pool.submit(work)

    @staticmethod
    def _within(work: Callable[[], R], piece: _Piece) -> R:
        with while_wanted(piece.check):
            return work()

    def _forget(self, key: Hashable, piece: _Piece, _: Future[Any]) -> None:
        if self._pending.get(key) is piece:
            self._pending.pop(key, None)

    def settle(self) -> None:
        """Waits until nothing goes on."""
        wait([piece.future for piece in tuple(self._pending.values())])

    def close(self) -> None:
        """Forgets what has not begun, waits for the rest and joins the thread."""
        self._pool.shutdown(wait=True, cancel_futures=True)
