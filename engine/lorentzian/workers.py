"""Threads for slices that can be worked on at the same time: torch and the compiled loops release the interpreter.

Each slice runs on one thread; that uses two cores better than splitting every small convolution over both, and does not stall when
another program takes one of them. The threads belong to the process, not to a file: a thread that has used torch never has to end while
the program runs, which costs time and was seen, once, not to return.
"""
from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")
CORES = os.cpu_count() or 1
WORKERS = min(4, CORES)  # no wave has more than four slices
MOST = 16                # threads of a priority; work beyond that waits for one of them, or is taken back by who asked for it
REST_S = 2.0             # and for so long at the end of the process, where a file was left open
PATIENCE_S = 30.0        # a slice takes a tenth of a second; what takes this long is not waited for at the end


class _Lane:
    """Work of one priority, and how many threads wait for it."""

    def __init__(self) -> None:
        self.todo: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...], int]] = SimpleQueue()
        self.free, self.threads = threading.Semaphore(0), 0

    def run(self) -> None:
        while True:
            try:
                future, work, args, threads = self.todo.get_nowait()
            except Empty:
                self.free.release()
                future, work, args, threads = self.todo.get()
            if future.set_running_or_notify_cancel():
                try:
                    if threads not in (0, _torch_threads()):
                        sys.modules["torch"].set_num_threads(threads)
                    future.set_result(work(*args))
                except BaseException as fault:
                    future.set_exception(fault)
            del future, work, args  # nothing of a closed file is held while there is nothing to do


class Helpers:
    """Threads that take work as it comes. One is started when none is free; none ends before the process does, and none keeps it. A job
    that gives way to the window has helpers that do so too: a new thread has the priority of the one that starts it."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most
        self._lock = threading.Lock()
        self._lanes: dict[int, _Lane] = {}
        self.threads: list[threading.Thread] = []
        self._under_way = set[Future[Any]]()
        atexit.register(self._rest)

    def submit(self, work: Callable[..., R], *args: Any) -> Future[R]:
        """`work(*args)` on one of the threads, in which torch then uses as many threads as in the calling one: sums depend on it."""
        future: Future[R] = Future()
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        with self._lock:
            lane = self._lanes.setdefault(_priority(), _Lane())
            lane.todo.put((future, work, args, _torch_threads()))
            if not lane.free.acquire(blocking=False) and lane.threads < self._most:
                lane.threads += 1
                self.threads.append(threading.Thread(target=lane.run, name=f"{self._name}-{len(self.threads)}", daemon=True))
                self.threads[-1].start()
        return future

    def _rest(self) -> None:
        """The process ends: a thread that comes back from torch to an interpreter that is no more would end it with a fault."""
        until = time.monotonic() + REST_S
        while (left := [f for f in tuple(self._under_way) if not f.cancel()]) and time.monotonic() < until:
            wait(left, until - time.monotonic())  # and once more for what these have begun


def _priority() -> int:
    """Of the calling thread, as Linux counts it; elsewhere a process has one for all."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) if sys.platform == "linux" else 0


def _torch_threads() -> int:
    """Threads torch uses for one sum in this thread, 0 where it is not imported (that of a thread is set once, when it first asks)."""
    torch: Any = sys.modules.get("torch")
    return torch.get_num_threads() if hasattr(torch, "get_num_threads") else 0


HELPERS = Helpers("lorentz-helper", MOST)


def map_slices(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """`[work(i) for i in items]` by the calling thread and up to `WORKERS - 1` helpers, each taking the next item there is. Exceptions
    are raised here, when nothing is being worked on any more."""
    todo = list(items)
    left, made = deque(enumerate(todo)), dict[int, R]()

    def run() -> None:
        while left:
            try:
                n, item = left.popleft()
            except IndexError:  # another thread was quicker
                return
            made[n] = work(item)

    helpers = [HELPERS.submit(run) for _ in range(min(WORKERS, len(todo)) - 1)]
    try:
        run()
        for f in helpers:
            if not f.cancel():
                f.result()
    finally:
        left.clear()
        settle(helpers)
    return [made[n] for n in range(len(todo))]


class Team:
    """The calling thread and helpers that stand by while small pieces of work come one after the other, too small to look for a helper
    each time. Nobody waits for a helper that has not begun: what it would have done the calling thread does.

    `each(work, items)` returns when all is done. Not to be shared by threads; `end` it.
    """

    def __init__(self, size: int, around: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
        self._todo: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._done: SimpleQueue[BaseException | None] = SimpleQueue()
        self._helpers = [HELPERS.submit(self._stand_by, around) for _ in range(size - 1)]

    def _stand_by(self, around: Callable[[], AbstractContextManager[Any]]) -> None:
        with around():
            while (piece := self._todo.get()) is not None:
                self._done.put(_fault(piece))

    def each(self, work: Callable[..., object], items: Sequence[Any], *more: Any) -> None:
        """`work(item, *more)` of every item."""
        for item in items[1:]:
            self._todo.put(partial(work, item, *more))
        faults, under_way = [_fault(partial(work, items[0], *more))], len(items) - 1
        while under_way:
            try:
                piece = self._todo.get_nowait()
            except Empty:
                break
            assert piece is not None
            faults.append(_fault(piece))
            under_way -= 1
        faults += [self._done.get() for _ in range(under_way)]
        for fault in faults:
            if fault is not None:
                raise fault

    def end(self) -> None:
        """The helpers have gone: none wakes while the process ends."""
        for helper in self._helpers:
            if not helper.cancel():
                self._todo.put(None)
        settle(self._helpers)


def _fault(piece: Callable[[], object]) -> BaseException | None:
    """Work is done; what went wrong."""
    try:
        piece()
    except BaseException as fault:
        return fault
    return None


def settle(futures: Iterable[Future[Any]]) -> bool:
    """Nothing of it begins any more, and what has begun is waited for. False when that takes too long."""
    return not wait([f for f in futures if not f.cancel()], PATIENCE_S).not_done


def taken_back(future: Future[R], work: Callable[..., R], *args: Any) -> R:
    """The result of `work(*args)`, handed to the helpers before; done here when none of them has begun it."""
    return work(*args) if future.cancel() else future.result()


def share_cores() -> None:
    """Let torch's own threads leave room for the workers. Sets torch's thread count for the whole process."""
    import torch

    torch.set_num_threads(max(1, CORES // WORKERS))
