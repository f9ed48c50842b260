"""Threads for slices that can be worked on at the same time: torch and the compiled loops release the interpreter.

Each slice runs on one thread; that uses two cores better than splitting every small convolution over both, and does not stall when
another program takes one of them.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
CORES = os.cpu_count() or 1
WORKERS = min(4, CORES)  # no wave has more than four slices


class Workers:
    """A pool of `WORKERS` threads, started when first used and closed with its owner."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """`[work(i) for i in items]`; the calling thread takes a share. Exceptions are raised here."""
        todo = list(items)
        if len(todo) < 2 or WORKERS < 2:
            return [work(i) for i in todo]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(WORKERS - 1, "lorentzian")
        # the last item, taken by the caller, and the rest shared: with two workers that is half each
        rest = todo[len(todo) // WORKERS:]
        futures = [self._pool.submit(work, i) for i in rest]
        own = [work(i) for i in todo[:len(todo) // WORKERS]]
        return own + [f.result() for f in futures]

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def share_cores() -> None:
    """Let torch's own threads leave room for the workers. Sets torch's thread count for the whole process."""
    import torch

    torch.set_num_threads(max(1, CORES // WORKERS))
