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


def test_a_team_does_all_of_it_and_raises_what_went_wrong_when_nothing_is_under_way() -> None:
    team, made = workers.Team(3), set[tuple[int, str]]()
    try:
        for _ in range(50):
            made.clear()
            team.each(lambda n, more: made.add((n, more)), range(7), "more")
            assert made == {(n, "more") for n in range(7)}
        done = []

        def work(n: int) -> None:
            if n == 1:
                raise ValueError("broken")
            done.append(n)
        with pytest.raises(ValueError, match="broken"):
            team.each(work, range(4))
        assert sorted(done) == [0, 2, 3]
    finally:
        team.end()


def test_a_team_without_helpers_does_its_work_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "HELPERS", Helpers("none", 0))
    team, made = workers.Team(2), list[int]()
    team.each(made.append, range(3))
    team.end()
    assert sorted(made) == [0, 1, 2] and all(helper.cancelled() for helper in team._helpers)


def test_a_process_that_ends_while_helpers_are_at_work_ends_without_a_fault() -> None:
    code = """
import threading, torch
from engine.lorentzian.workers import HELPERS
begun = threading.Event()
def work():
    begun.set()
    for _ in range(40):
        torch.rand(300, 300) @ torch.rand(300, 300)
HELPERS.submit(lambda: (HELPERS.submit(work), work()))
begun.wait(20)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
