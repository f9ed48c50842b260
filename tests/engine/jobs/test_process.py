"""Jobs in a process of their own: steps, results, refusals and cancelling as if they ran here; the death of the process is one line."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.api import Cancelled, JobError, Progress
from engine.controller import Settings, SystemController
from engine.jobs.process import JobProcess
from engine.jobs.runner import run_job, stop_job


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("t,a\n" + "".join(f"{k},{k * k % 97}\n" for k in range(500)))
    return path


@pytest.fixture
def system() -> Iterator[SystemController]:
    with SystemController(Settings(quality=20), apart=True) as found:
        yield found


def pid(system: SystemController) -> int:
    assert system._process is not None
    return system._process.pid


def gone(number: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_job_there_gives_what_it_gives_here(system: SystemController, table: Path, tmp_path: Path) -> None:
    steps: list[Progress] = []
    result = run_job(system.compress(table, tmp_path / "there.lzc"), steps.append)
    with SystemController(Settings(quality=20)) as here:
        assert run_job(here.compress(table, tmp_path / "here.lzc")).facts.keys() == result.facts.keys()
    assert steps and (tmp_path / "there.lzc").read_bytes() == (tmp_path / "here.lzc").read_bytes()
    assert pid(system) not in (0, os.getpid())


def test_what_is_wrong_with_the_words_is_said_before_it_begins(system: SystemController, table: Path, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="bitrate"):
        system.compress(table, tmp_path / "out.lzc", bitrate=500)
    system.compress(table, tmp_path / "out.lzc").close()
    assert not pid(system)  # nothing was begun


def test_a_refusal_comes_back_as_it_is(system: SystemController, tmp_path: Path) -> None:
    with pytest.raises(JobError) as refused:
        run_job(system.compress(tmp_path / "missing.csv", tmp_path / "out.lzc"))
    assert "missing.csv" in str(refused.value) and refused.value.hint
    assert pid(system)  # it lives on


def test_two_jobs_in_turn_and_one_cancelled(system: SystemController, table: Path, tmp_path: Path) -> None:
    first, second = (system.compress(table, tmp_path / name) for name in ("a.lzc", "b.lzc"))
    next(first)
    next(second)
    with pytest.raises(Cancelled):
        stop_job(first)
    run_job(second)
    assert (tmp_path / "b.lzc").exists() and not (tmp_path / "a.lzc").exists()


def test_the_death_of_the_process_is_one_line_and_the_next_job_gets_another(system: SystemController, table: Path, tmp_path: Path) -> None:
    job = system.compress(table, tmp_path / "a.lzc")
    next(job)
    before = pid(system)
    os.kill(before, signal.SIGKILL)
    with pytest.raises(JobError, match="SIGKILL"):
        run_job(job)
    run_job(system.compress(table, tmp_path / "b.lzc"))
    assert pid(system) not in (0, before)


def test_it_ends_with_its_owner_and_when_it_rests(table: Path, tmp_path: Path) -> None:
    process = JobProcess(rest=0.1)
    run_job(process.run(Settings(), "compress", (table, tmp_path / "a.lzc"), {}))
    number = process._process.pid if process._process is not None else 0
    assert gone(number)
    run_job(process.run(Settings(), "compress", (table, tmp_path / "b.lzc"), {}))  # and comes again
    process.close()
    assert not process.pid
    with pytest.raises(JobError, match="ending"):
        run_job(process.run(Settings(), "compress", (table, tmp_path / "c.lzc"), {}))


def test_work_in_the_background_gives_way_to_everything(table: Path, tmp_path: Path) -> None:
    process = JobProcess()
    here = os.getpriority(os.PRIO_PROCESS, 0)
    found = []
    for priority in ("background", "normal"):
        run_job(process.run(Settings(priority=priority), "compress", (table, tmp_path / f"{priority}.lzc"), {}))
        found.append(os.getpriority(os.PRIO_PROCESS, process.pid))
    process.close()
    assert found == [max(15, here), here]


OWNER = """
import os, sys
from engine.controller import Settings
from engine.jobs.process import JobProcess
process = JobProcess()
job = process.run(Settings(), "compress", (sys.argv[1], sys.argv[2]), {})
next(job)
print(process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_it_ends_when_its_owner_is_killed(table: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", OWNER, str(table), str(tmp_path / "a.lzc")], capture_output=True, text=True, timeout=60,
                          cwd=Path(__file__).parents[3])
    assert done.returncode == -9 and gone(int(done.stdout))
