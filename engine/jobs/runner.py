"""A job is a generator: each `yield` is a place to report, pause and cancel; what it returns is its result. Steps that take long may also
end where they ask `still_wanted`."""
from __future__ import annotations

from collections.abc import Callable, Generator

from engine.api import CancelCheck, Cancelled, JobResult, Progress
from engine.wanted import while_wanted

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


def next_step(job: Job, cancelled: CancelCheck) -> Progress:
    """The next step of `job`; `cancelled` is asked within it, too, where the work can end without losing anything."""
    def check() -> None:
        if cancelled():
            raise Cancelled

    with while_wanted(check):
        return next(job)


def run_job(job: Job, on_progress: Callable[[Progress], None] | None = None, cancelled: CancelCheck | None = None) -> JobResult:
    """Runs `job` to its end in this thread.

    `on_progress` gets every step; `cancelled` is asked between steps and within long ones. Raises what the job raises (`EngineError` for a
    person, `Cancelled` when it was stopped). Whatever happens, also in `on_progress`, the job has cleaned up on return.
    """
    try:
        while True:
            if cancelled is not None and cancelled():
                return stop_job(job)
            try:
                step = next(job) if cancelled is None else next_step(job, cancelled)
            except StopIteration as end:
                result: JobResult = end.value
                return result
            if on_progress is not None:
                on_progress(step)
    finally:
        job.close()
