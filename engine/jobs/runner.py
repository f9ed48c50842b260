"""A job is a generator: each `yield` is a place to report, pause and cancel; what it returns is its result."""
from __future__ import annotations

from collections.abc import Callable, Generator

from engine.api import CancelCheck, Cancelled, JobResult, Progress

Job = Generator[Progress, None, JobResult]


def stop_job(job: Job) -> JobResult:
    """Cancels `job` where it stands: it cleans up and `Cancelled` is raised. A job that finished anyway gives its result."""
    try:
        job.throw(Cancelled())
    except StopIteration as end:
        result: JobResult = end.value
        return result
    # it went on after being told to stop: close it for good
    job.close()
    raise Cancelled


def run_job(job: Job, on_progress: Callable[[Progress], None] | None = None, cancelled: CancelCheck | None = None) -> JobResult:
    """Runs `job` to its end in this thread.

    `on_progress` gets every step; `cancelled` is asked between steps. Raises what the job raises (`EngineError` for a
    person, `Cancelled` when it was stopped). Whatever happens, also in `on_progress`, the job has cleaned up on return.
    """
    try:
        while True:
            if cancelled is not None and cancelled():
                return stop_job(job)
            try:
                step = next(job)
            except StopIteration as end:
                result: JobResult = end.value
                return result
            if on_progress is not None:
                on_progress(step)
    finally:
        job.close()
