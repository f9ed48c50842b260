import threading
from pathlib import Path

import pytest

from engine.api import Cancelled, JobError, JobResult, Progress
from engine.jobs.runner import Job, run_job
from engine.jobs.stepped import Report, stepped
from engine.jobs.thread import JobState, JobThread


def job(log: list[str], steps: int = 3, fault: BaseException | None = None) -> Job:
    def work(report: Report) -> str:
        try:
            for n in range(steps):
                log.append(f"work {n}")
                report(Progress(n, steps))
            if fault is not None:
                raise fault
            return "made"
        except Cancelled:
            log.append("undone")
            raise

    made = yield from stepped(work)
    return JobResult((made,))


def test_every_report_is_a_step_and_the_result_comes_through() -> None:
    log: list[str] = []
    assert run_job(job(log), lambda step: log.append(f"step {step.done}")).outputs == ("made",)
    assert log == ["work 0", "step 0", "work 1", "step 1", "work 2", "step 2"]


def test_errors_of_the_work_come_through() -> None:
    with pytest.raises(JobError, match="no space"):
        run_job(job([], fault=JobError("no space")))


def test_stopping_lets_the_work_clean_up_and_waits_for_it() -> None:
    log: list[str] = []
    with pytest.raises(Cancelled):
        run_job(job(log, 100), cancelled=lambda: len(log) == 2)
    assert log == ["work 0", "work 1", "undone"]
    assert not [t for t in threading.enumerate() if t.name == "lorentz-job-step"]


def test_closing_lets_the_work_clean_up() -> None:
    log: list[str] = []
    running = job(log, 100)
    next(running)
    running.close()
    assert log == ["work 0", "undone"]


def test_a_paused_job_does_no_work() -> None:
    log: list[str] = []
    paused = threading.Event()
    with JobThread() as jobs:
        handle = jobs.submit("a", job(log, 50), lambda h: paused.set() if h.state is JobState.PAUSED else None)
        handle.pause()
        assert paused.wait(20)
        worked = len(log)
        other = jobs.submit("b", job([]))
        assert other.wait(20)
        assert len(log) == worked
        handle.resume()
        assert handle.wait(20) and handle.state is JobState.DONE
    assert len(log) == 50


def test_work_that_reports_nothing() -> None:
    assert run_job(job([], 0)).outputs == ("made",)


def test_reports_after_a_stop_are_refused(tmp_path: Path) -> None:
    told: list[str] = []

    def work(report: Report) -> None:
        for _ in range(3):
            try:
                report(Progress(0, 1))
                told.append("taken")
            except Cancelled:
                told.append("refused")

    steps = stepped(work)
    next(steps)
    steps.close()
    assert told == ["refused"] * 3
