import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from engine.api import Cancelled, JobError, JobResult, Progress
from engine.jobs.runner import Job, run_job
from engine.jobs.thread import JobHandle, JobState, JobThread
from engine.wanted import still_wanted


def counting(steps: int, log: list[str] | None = None, gate: threading.Semaphore | None = None) -> Job:
    log = log if log is not None else []
    try:
        for done in range(steps):
            if gate is not None:
                gate.acquire()
            log.append(f"step {done}")
            yield Progress(done + 1, steps)
    except (Cancelled, GeneratorExit):
        log.append("cleaned up")
        raise
    return JobResult(("out",), {"steps": steps})


@pytest.fixture
def jobs() -> Iterator[JobThread]:
    with JobThread() as thread:
        yield thread
    assert not [t for t in threading.enumerate() if t.name == "lorentz-jobs"]


def test_run_job_reports_every_step_and_returns_the_result() -> None:
    seen: list[int] = []
    result = run_job(counting(3), on_progress=lambda p: seen.append(p.done))
    assert seen == [1, 2, 3] and result.facts == {"steps": 3}


def test_run_job_cancels_between_steps_and_lets_the_job_clean_up() -> None:
    log: list[str] = []
    with pytest.raises(Cancelled):
        run_job(counting(5, log), cancelled=lambda: len(log) == 2)
    assert log == ["step 0", "step 1", "cleaned up"]


def endless(reached: threading.Event, log: list[str]) -> Job:
    """A job whose first step never ends by itself."""
    try:
        reached.set()
        while True:
            still_wanted()
    except Cancelled:
        log.append("cleaned up")
        raise
    yield Progress(1, 1)
    return JobResult(("out",), {})


def test_a_long_step_ends_where_it_asks_whether_it_is_still_wanted(jobs: JobThread) -> None:
    log: list[str] = []
    reached = threading.Event()
    with pytest.raises(Cancelled):
        run_job(endless(reached, log), cancelled=reached.is_set)
    reached.clear()
    handle = jobs.submit("long", endless(reached, log))
    assert reached.wait(20)
    handle.cancel()
    assert handle.wait(20) and handle.state is JobState.CANCELLED and log == ["cleaned up"] * 2
    still_wanted()  # of whoever comes after


def test_run_job_cleans_up_when_the_listener_fails() -> None:
    log: list[str] = []

    def broken(step: Progress) -> None:
        raise BrokenPipeError

    job = counting(5, log)  # held here: it must be closed, not collected
    with pytest.raises(BrokenPipeError):
        run_job(job, on_progress=broken)
    assert log == ["step 0", "cleaned up"]


def test_jobs_run_one_after_the_other_in_order(jobs: JobThread) -> None:
    log: list[str] = []
    handles = [jobs.submit(str(n), counting(2, log)) for n in range(20)]
    assert all(handle.wait(20) for handle in handles)
    assert [handle.state for handle in handles] == [JobState.DONE] * 20
    assert log == ["step 0", "step 1"] * 20
    assert handles[7].result == JobResult(("out",), {"steps": 2})


def test_events_tell_the_whole_story(jobs: JobThread) -> None:
    story: list[tuple[JobState, int]] = []
    handle = jobs.submit("a", counting(2), on_event=lambda h: story.append((h.state, h.progress.done)))
    assert handle.wait(20)
    assert story == [(JobState.RUNNING, 0), (JobState.RUNNING, 1), (JobState.RUNNING, 2), (JobState.DONE, 2)]


def test_a_failed_job_leaves_its_line_and_the_next_one_runs(jobs: JobThread) -> None:
    def failing() -> Job:
        yield Progress(0, 1)
        raise JobError("no space", where="out.lzc")

    def defective() -> Job:
        yield Progress(0, 1)
        raise KeyError("x")

    def full() -> Job:
        yield Progress(0, 1)
        raise OSError(28, "No space left on device")

    handles = [jobs.submit("bad", job) for job in (failing(), defective(), full(), counting(1))]
    assert all(handle.wait(20) for handle in handles)
    assert [h.state for h in handles] == [JobState.FAILED] * 3 + [JobState.DONE]
    assert str(handles[0].error) == "out.lzc: no space"
    assert "fault in the program" in str(handles[1].error)
    assert "disk is full" in str(handles[2].error)


def test_cancel_of_a_running_job_cleans_up(jobs: JobThread) -> None:
    log: list[str] = []
    gate = threading.Semaphore(1)
    reached = threading.Event()
    handle = jobs.submit("long", counting(1000, log, gate), on_event=lambda h: reached.set() if h.progress.done else None)
    assert reached.wait(20)
    handle.cancel()
    gate.release()
    assert handle.wait(20) and handle.state is JobState.CANCELLED
    assert log[-1] == "cleaned up" and len(log) <= 3


def test_cancel_of_a_queued_job_never_starts_it(jobs: JobThread) -> None:
    gate = threading.Semaphore(0)
    log: list[str] = []
    first = jobs.submit("first", counting(1, gate=gate))
    second = jobs.submit("second", counting(1, log))
    second.cancel()
    gate.release()
    assert first.wait(20) and second.wait(20)
    assert (first.state, second.state, log) == (JobState.DONE, JobState.CANCELLED, [])


def test_a_paused_job_lets_the_next_one_pass_and_goes_on_after_resume(jobs: JobThread) -> None:
    gate = threading.Semaphore(0)
    paused = threading.Event()
    log: list[str] = []

    def watch(handle: JobHandle) -> None:
        if handle.state is JobState.PAUSED:
            paused.set()

    first = jobs.submit("first", counting(3, log, gate), on_event=watch)
    first.pause()
    gate.release()
    assert paused.wait(20)
    second = jobs.submit("second", counting(2))
    assert second.wait(20) and second.state is JobState.DONE
    assert first.state is JobState.PAUSED and len(log) <= 1
    gate.release(3)
    first.resume()
    assert first.wait(20) and first.state is JobState.DONE
    assert log == ["step 0", "step 1", "step 2"]


def test_close_cancels_running_queued_and_paused_jobs() -> None:
    gate = threading.Semaphore(0)
    logs: list[list[str]] = [[], [], []]
    thread = JobThread()
    handles = [thread.submit(str(n), counting(9, log, gate)) for n, log in enumerate(logs)]
    handles[2].pause()
    closer = threading.Thread(target=thread.close)
    closer.start()
    with thread._changed:  # before that the first job could get through with all its steps
        assert thread._changed.wait_for(lambda: thread._closed, 20)
    gate.release(100)
    closer.join(20)
    assert not closer.is_alive()
    assert [h.state for h in handles][1:] == [JobState.CANCELLED] * 2
    assert handles[0].state is JobState.CANCELLED and (not logs[0] or logs[0][-1] == "cleaned up")
    with pytest.raises(RuntimeError):
        thread.submit("late", counting(1))


def test_the_thread_ends_when_idle_and_starts_again(jobs: JobThread) -> None:
    for _ in range(50):
        jobs.submit("a", counting(1))
        assert jobs.wait_until_idle(20)
        assert not [t for t in threading.enumerate() if t.name == "lorentz-jobs"]


def test_a_broken_listener_does_not_stop_the_queue(jobs: JobThread) -> None:
    def broken(handle: JobHandle) -> None:
        raise ValueError("listener")

    handle = jobs.submit("a", counting(2), on_event=broken)
    assert handle.wait(20) and handle.state is JobState.DONE


@pytest.mark.parametrize("way", ["cancelled", "failed"])
def test_a_job_that_is_over_holds_nothing_of_its_work(jobs: JobThread, way: str) -> None:
    class Large:
        pass

    held: list[weakref.ref[Large]] = []

    def deep(large: Large) -> None:
        if way == "failed":
            raise ValueError("broken")

    def work() -> Job:
        large = Large()
        held.append(weakref.ref(large))
        yield Progress(0, 2)
        try:
            deep(large)
        except ValueError as fault:
            raise JobError("it broke") from fault
        while True:
            yield Progress(1, 2)

    begun = threading.Event()
    handle = jobs.submit("a", work(), lambda h: begun.set() if h.progress.done else None)
    if way == "cancelled":
        assert begun.wait(20)
        handle.cancel()
    assert handle.wait(20) and handle.state.value == way and jobs.wait_until_idle(20)
    gc.collect()
    assert handle.error is not None and [ref() for ref in held] == [None]
