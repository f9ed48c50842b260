"""Jobs one after the other on a plain Python thread, so that a long compress never delays a zoom or a window.

The thread starts with the first job and ends when none is left. A paused job lets the next one run.
"""
from __future__ import annotations

import contextlib
import itertools
import logging
import os
import sys
import threading
from collections.abc import Callable
from enum import Enum

from engine.api import Cancelled, EngineError, JobResult, Progress
from engine.jobs.faults import explain
from engine.jobs.runner import Job, next_step, stop_job

log = logging.getLogger(__name__)


class JobState(Enum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class JobHandle:
    """One submitted job as seen from any thread. Read the attributes; the methods return at once (`wait` excepted)."""

    def __init__(self, owner: JobThread, number: int, title: str, job: Job, on_event: Callable[[JobHandle], None] | None) -> None:
        self.id, self.title = number, title
        self.state = JobState.QUEUED
        self.progress = Progress(0, 0)
        self.result: JobResult | None = None
        self.error: EngineError | None = None
        self._owner, self._job, self._on_event = owner, job, on_event
        self._cancel = self._hold = self._started = False
        self._over = threading.Event()

    def cancel(self) -> None:
        """Stops the job at its next step, or within a long one (a queued one at once); a finished job stays as it is."""
        self._owner._request(self, cancel=True)

    def pause(self) -> None:
        self._owner._request(self, hold=True)

    def resume(self) -> None:
        self._owner._request(self, hold=False)

    def wait(self, timeout: float | None = None) -> bool:
        """True when the job is over: `state` says how, `result` or `error` what came of it."""
        return self._over.wait(timeout)


class JobThread:
    """A queue of jobs. `on_event(handle)` is called on the job thread after each change of state or progress.

    `close()` (or leaving the `with`) cancels everything and joins the thread; nothing can be submitted afterwards.
    """

    def __init__(self, on_event: Callable[[JobHandle], None] | None = None, name: str = "lorentz-jobs", background: bool = False) -> None:
        self._on_event, self._name = on_event, name
        self.background = background  # from the next start of the thread on: its work gives way to everything else
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._jobs: list[JobHandle] = []
        self._thread: threading.Thread | None = None
        self._working = self._closed = False

    def __enter__(self) -> JobThread:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def jobs(self) -> tuple[JobHandle, ...]:
        """Every job that is not over, in the order of submission."""
        with self._changed:
            return tuple(self._jobs)

    @property
    def idle(self) -> bool:
        return not self.jobs

    def submit(self, title: str, job: Job, on_event: Callable[[JobHandle], None] | None = None) -> JobHandle:
        """Queues `job`; `on_event` hears of this job only, besides the thread's own listener. RuntimeError after `close()`."""
        with self._changed:
            if self._closed:
                raise RuntimeError("this job thread is closed")
            handle = JobHandle(self, next(self._numbers), title, job, on_event)
            self._jobs.append(handle)
            if not self._working:
                if self._thread is not None:
                    self._thread.join()  # it let go of the lock for the last time and is ending
                self._working = True
                self._thread = threading.Thread(target=self._work, name=self._name)
                self._thread.start()
            self._changed.notify_all()
        return handle

    def wait_until_idle(self, timeout: float | None = None) -> bool:
        """True when no job is left and the thread has ended."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._working, timeout):
                return False
            thread = self._thread
        if thread is not None:
            thread.join()
        return True

    def close(self) -> None:
        """Cancels all jobs, lets them clean up, joins the thread. Safe to call twice, and from any other thread."""
        with self._changed:
            self._closed = True
            for handle in self._jobs:
                handle._cancel = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    # -- below: the job thread, and requests to it ---------------------------------------------------------------

    def _request(self, handle: JobHandle, *, cancel: bool = False, hold: bool | None = None) -> None:
        with self._changed:
            handle._cancel = handle._cancel or cancel
            if hold is not None:
                handle._hold = hold
            self._changed.notify_all()

    def _next(self) -> tuple[JobHandle, bool] | None:
        """What to do next: (job, cancel it?), or None when all are over. Blocks while every job is paused."""
        with self._changed:
            while self._jobs:
                for handle in self._jobs:
                    if handle._cancel:
                        return handle, True
                for handle in self._jobs:
                    if not handle._hold or handle.state is not JobState.PAUSED:
                        return handle, False  # to run, or to be announced as paused
                self._changed.wait()
            # said under the lock: a submit after this starts a new thread
            self._working = False
            self._changed.notify_all()
            return None

    def _work(self) -> None:
        if self.background and sys.platform == "linux":
            # there a niceness belongs to a thread and passes to the threads it starts (decoding, torch, numba)
            with contextlib.suppress(OSError, AttributeError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
        while (task := self._next()) is not None:
            handle, cancel = task
            if handle._hold and not cancel:
                self._announce(handle, JobState.PAUSED)
            else:
                self._step(handle, cancel)

    def _step(self, handle: JobHandle, cancel: bool) -> None:
        try:
            if cancel:
                handle.result = stop_job(handle._job)
                self._finish(handle, JobState.DONE)
                return
            if handle.state is not JobState.RUNNING:
                self._announce(handle, JobState.RUNNING)
            handle.progress = next_step(handle._job, lambda: handle._cancel)
            self._announce(handle, handle.state)
        except StopIteration as end:
            handle.result = end.value
            self._finish(handle, JobState.DONE)
        except Cancelled as stopped:
            handle.error = stopped
            self._finish(handle, JobState.CANCELLED)
        except Exception as fault:
            line = explain(fault)
            if line is None:
                log.exception("job %s (%s) failed", handle.id, handle.title)
                line = EngineError(f"a fault in the program stopped this job: {fault!r}", hint="the log has the details")
            handle.error = line
            self._finish(handle, JobState.FAILED)

    def _finish(self, handle: JobHandle, state: JobState) -> None:
        _let_go(handle.error)
        with self._changed:
            self._jobs.remove(handle)
        self._announce(handle, state)
        handle._over.set()

    def _announce(self, handle: JobHandle, state: JobState) -> None:
        handle.state = state
        for listener in (handle._on_event, self._on_event):
            if listener is not None:
                try:
                    listener(handle)
                except Exception:
                    # a listener's fault must not take the queue with it
                    log.exception("a listener of job %s failed", handle.id)


def _let_go(fault: BaseException | None) -> None:
    """An error is kept as long as its job stands in a list; the frames it went through, with all that they hold, are not."""
    while fault is not None:
        fault.__traceback__ = None
        fault = fault.__cause__ or fault.__context__
