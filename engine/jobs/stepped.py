"""A call that blocks until all is done (a whole file written, a whole zoom rendered) as steps of a job."""
from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

from engine.api import Cancelled, Progress

T = TypeVar("T")
Report = Callable[[Progress], None]


def stepped(work: Callable[[Report], T]) -> Generator[Progress, None, T]:
    """Runs `work(report)` on a helper thread; each `report(progress)` in it becomes one yield here (`yield from` this).

    `report` blocks until the job is advanced, so a paused job really pauses, and raises `Cancelled` inside `work` when the
    job is stopped, so that `work` cleans up the way it does for any error. The helper has ended when this generator has.
    """
    said: queue.SimpleQueue[tuple[Progress | None, T | None, BaseException | None]] = queue.SimpleQueue()
    go_on = threading.Semaphore(0)
    stopped = threading.Event()

    def report(step: Progress) -> None:
        if not stopped.is_set():
            said.put((step, None, None))
            go_on.acquire()
        if stopped.is_set():
            raise Cancelled

    def run() -> None:
        try:
            said.put((None, work(report), None))
        except BaseException as fault:
            said.put((None, None, fault))

    helper = threading.Thread(target=run, name="lorentz-job-step")
    helper.start()
    try:
        while True:
            step, result, fault = said.get()
            if step is None:
                break
            yield step
            go_on.release()
    finally:
        stopped.set()
        go_on.release()
        helper.join()
    if fault is not None:
        raise fault
    return result  # type: ignore[return-value]  # work returned: this is its T
