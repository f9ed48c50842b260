"""The process that jobs run in: `python -m engine.apart SOCKET PARENT REST NICENESS`, started and spoken to by `engine.jobs.process`.

It takes one step of one job whenever it is told to and answers what came of it, so that it never runs ahead of who asks.
"""
from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from engine.api import EngineError
from engine.controller import SystemController
from engine.jobs.faults import explain
from engine.jobs.runner import Job, stop_job
from engine.memory import share_heaps
from engine.startup import lean

log = logging.getLogger("lorentz")
LOOK_S = 0.5  # between two looks at whether the parent is still there


class Apart:
    """The jobs of one parent, by the numbers that it gave them."""

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}

    @property
    def idle(self) -> bool:
        return not self._jobs

    def answer(self, words: tuple[Any, ...]) -> tuple[str, Any]:
        """What to say to one request: ("step", Progress), ("done", JobResult), ("ok", None) or ("error", what the job raised)."""
        what, number = words[:2]
        try:
            if what == "start":
                settings, name, args, options = words[2:]
                self._jobs[number] = getattr(SystemController(settings), name)(*args, **options)
                return "ok", None
            if what == "next":
                return "step", next(self._jobs[number])
            job = self._jobs.pop(number)
            if what == "stop":
                return "done", stop_job(job)
            job.close()
            return "ok", None
        except StopIteration as end:
            self._jobs.pop(number, None)
            return "done", end.value
        except BaseException as fault:
            self._jobs.pop(number, None)
            return "error", self._told(fault)

    @staticmethod
    def _told(fault: BaseException) -> Exception:
        """`fault` as it can be sent: an error with one line as it is, any other one in words. What caused it stays here."""
        line = fault if isinstance(fault, ValueError) else explain(fault)
        if line is None:
            log.error("a job failed", exc_info=fault)
            line = EngineError(f"a fault in the program stopped this job: {fault!r}", hint="the log has the details")
        return line


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(0)  # in the middle of a step, perhaps: what is written so far can be gone on with


def main() -> None:
    handle, parent, rest, nice = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    if nice > os.getpriority(os.PRIO_PROCESS, 0):
        os.setpriority(os.PRIO_PROCESS, 0, nice)  # before there are other threads, which take it over
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent to answer
    threading.Thread(target=_follow, args=(parent,), name="lorentz-follow", daemon=True).start()
    lean()
    share_heaps()
    apart, pipe = Apart(), Connection(handle)
    try:
        while not apart.idle or pipe.poll(rest):
            words = pipe.recv()
            pipe.send(apart.answer(words))
    except (EOFError, OSError):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
