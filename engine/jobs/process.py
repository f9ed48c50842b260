"""Jobs in a process of their own, so that a long compression shares neither Python's lock nor its memory with a window, and a crash of it
ends that process alone.

The process (`engine.apart`) holds any number of jobs and takes one step of one of them when it is asked to, so that pausing, cancelling and
the order of jobs stay where they are: with whoever runs the generator that `run` gives. It is started with the first job and ends by itself
when there is nothing to do for a while, or when this process goes away.
"""
from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api import EngineError, JobError, JobResult, Progress
from engine.jobs.runner import Job

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ROOT = str(Path(__file__).resolve().parents[2])
LAST = 15      # niceness of work in the background: it gets what windows and zooms leave
REST_S = 60.0  # without a job: so long the process waits for another one


class Gone(JobError):
    """The process ended, by itself or by force."""


class JobProcess:
    """`run` gives generators that one thread steps; `close` may be called from another one."""

    def __init__(self, rest: float = REST_S) -> None:
        self._rest = rest
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._lock = threading.Lock()  # of starting and ending the process
        self._closed = False
        self._background = False
        self._live = 0  # jobs begun and not over

    @property
    def pid(self) -> int:
        """Of the process that works; 0 when there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else 0

    def run(self, settings: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Job:
        """The job that `SystemController(settings).NAME(*args, **options)` gives, worked on over there."""
        number = next(self._numbers)
        background = getattr(settings, "priority", "normal") == "background"
        start = "start", number, settings, name, args, options
        try:
            self._ask(pipe := self._open(background), start)
        except Gone:  # it had rested long enough, just now
            self._ask(pipe := self._open(background), start)
        self._live += 1
        try:
            while True:
                kind, found = self._ask(pipe, ("next", number))
                if kind == "done":
                    result: JobResult = found
                    return result
                step: Progress = found
                try:
                    yield step
                except EngineError:  # thrown in: it was cancelled
                    kind, found = self._ask(pipe, ("stop", number))
                    stopped: JobResult = found
                    return stopped
        except GeneratorExit:
            with contextlib.suppress(EngineError):
                self._ask(pipe, ("drop", number))
            raise
        finally:
            self._live -= 1

    def close(self) -> None:
        """Ends the process; a job that goes on there fails. A second call does nothing."""
        with self._lock:
            self._closed = True
            self._end()

    def _open(self, background: bool) -> Connection:
        with self._lock:
            if self._closed:
                raise JobError("the program is ending")
            other = background != self._background and not self._live  # who gave way once cannot take it back
            if self._pipe is None or self._process is None or self._process.poll() is not None or other:
                self._end()
                self._background = background
                self._start()
            assert self._pipe is not None
            return self._pipe

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            handle, path = theirs.fileno(), os.pathsep.join(p for p in (ROOT, os.environ.get("PYTHONPATH", "")) if p)
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "engine.apart", str(handle), str(os.getpid()), repr(self._rest),
                     str(LAST if self._background else 0)],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(handle,), env={**os.environ, "PYTHONPATH": path})
            except OSError as error:
                ours.close()
                raise JobError(f"the process for jobs cannot be started: {error.strerror}") from None
        from multiprocessing.connection import Connection  # not at the start of every command

        self._pipe = Connection(ours.detach())

    def _end(self) -> None:
        pipe, process, self._pipe, self._process = self._pipe, self._process, None, None
        if pipe is not None:
            pipe.close()  # it hears of that, and ends
        if process is not None:
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _ask(self, pipe: Connection, words: tuple[Any, ...]) -> tuple[str, Any]:
        """One request, one answer. Raises what the job raised there; JobError when the process is gone."""
        try:
            pipe.send(words)
            kind, found = pipe.recv()
        except (EOFError, OSError):
            raise self._death() from None
        if kind == "error":
            raise found
        return kind, found

    def _death(self) -> Gone:
        process, how = self._process, "ended"
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(2)
                how = f"was ended by {signal.Signals(-code).name}" if code < 0 else how
        return Gone(f"the process that did the work {how}", hint="the program itself is not affected; a compression goes on from where "
                        "it stopped when it is started again")
