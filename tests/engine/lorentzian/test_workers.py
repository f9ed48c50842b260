"""Slices shared with the helpers of the process."""
from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import Future

import pytest

from engine.lorentzian import workers
from engine.lorentzian.workers import Helpers, map_slices, settle, taken_back


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORKERS", 2)


def test_results_keep_their_order_whoever_made_them(two: None) -> None:
    assert map_slices(lambda n: n * n, range(9)) == [n * n for n in range(9)]
    assert map_slices(lambda n: n, []) == []


def test_two_threads_work_at_the_same_time(two: None) -> None:
    both = threading.Barrier(2, timeout=20)
    seen = map_slices(lambda n: (both.wait(), threading.get_ident())[1], range(2))
    assert len(set(seen)) == 2


def test_a_fault_is_raised_when_nothing_is_being_worked_on_any_more(two: None) -> None:
    caller, begun, running = threading.get_ident(), threading.Event(), [0]
    go_on = threading.Event()

    def work(n: int) -> None:
        if threading.get_ident() == caller:
            assert begun.wait(20)
            go_on.set()
            raise ValueError("broken")
        running[0] += 1
        begun.set()
        assert go_on.wait(20)
        running[0] -= 1

    with pytest.raises(ValueError, match="broken"):
        map_slices(work, range(2))
    assert running == [0]


def test_a_helpers_fault_reaches_the_caller(two: None) -> None:
    caller, tried = threading.get_ident(), threading.Event()

    def work(n: int) -> None:
        if threading.get_ident() != caller:
            tried.set()
            raise ValueError("broken")
        assert tried.wait(20)

    with pytest.raises(ValueError, match="broken"):
        map_slices(work, range(2))


def test_threads_are_used_again_and_limited() -> None:
    helpers, gate = Helpers("test-helper", 2), threading.Event()
    try:
        held = [helpers.submit(gate.wait, 20) for _ in range(5)]
        assert len(helpers.threads) == 2
        gate.set()
        assert all(f.result(20) for f in held)
        for _ in range(20):
            helpers.submit(int).result(20)
        assert len(helpers.threads) == 2
    finally:
        workers.HELPERS.threads += helpers.threads  # they stay until the process ends, as all helpers do


def test_what_no_helper_has_begun_is_done_by_the_caller() -> None:
    waiting: Future[int] = Future()
    assert taken_back(waiting, lambda n: n + 1, 4) == 5
    assert waiting.cancelled()


def test_the_end_waits_for_no_helper_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE_S", 0.01)
    stuck: Future[int] = Future()
    stuck.set_running_or_notify_cancel()
    assert not settle([stuck])
    stuck.set_result(1)
    assert settle([stuck])


def test_a_helper_that_never_returns_does_not_keep_the_process() -> None:
    code = ("import threading; from engine.lorentzian.workers import HELPERS; begun = threading.Event()\n"
            "HELPERS.submit(lambda: (begun.set(), threading.Event().wait())); assert begun.wait(20); print('end')")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "end\n")


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of single threads are Linux's")
def test_work_of_a_thread_that_gives_way_is_done_by_helpers_that_do_so_too() -> None:
    code = ("import os, threading; from engine.lorentzian.workers import HELPERS, _priority as own\n"
            "first = HELPERS.submit(own).result()\n"
            "os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), first + 3)\n"
            "print(HELPERS.submit(own).result() - first, len(HELPERS.threads))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "3 2\n"
