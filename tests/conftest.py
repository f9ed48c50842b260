"""What every test gets: no screen needed, leaked threads and processes are failures, and real clips where they are at hand."""
from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt

import psutil
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
GRACE = 5.0  # seconds that a thread or process may take to end after its test

# Deadlines measure the machine's other load. The same examples every time: a red run must be red again.
settings.register_profile("project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

_started: dict[int, str] = {}  # id of a thread, or minus the pid of a process -> the line that started it


def _caller() -> str:
    """The innermost line of the project (or of a test) on the stack, `file:line in function`."""
    for frame in reversed(traceback.extract_stack()[:-2]):
        if frame.filename.startswith(str(ROOT)) and frame.filename != __file__ and "/.venv/" not in frame.filename:
            return f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno} in {frame.name}"
    return "a line outside the project"


@pytest.fixture(autouse=True, scope="session")
def _remember_who_started_what() -> Iterator[None]:
    thread_start, popen_init = threading.Thread.start, subprocess.Popen.__init__

    def start(self: threading.Thread) -> None:
        _started[id(self)] = _caller()
        thread_start(self)

    def init(self: subprocess.Popen[Any], *args: Any, **kwargs: Any) -> None:
        popen_init(self, *args, **kwargs)
        _started[-self.pid] = _caller()

    patch = pytest.MonkeyPatch()
    patch.setattr(threading.Thread, "start", start)
    patch.setattr(subprocess.Popen, "__init__", init)
    yield
    patch.undo()


def _threads() -> set[threading.Thread]:
    """Living Python threads; the main one, the codec's helpers, which are the process's own and limited in number, and those only seen
    from Python (made by Qt or C), are nobody's leak."""
    workers = sys.modules.get("engine.lorentzian.workers")
    own = {threading.main_thread(), *(workers.HELPERS.threads if workers is not None else ())}
    return {t for t in threading.enumerate() if t not in own and not isinstance(t, threading._DummyThread)}


def _children() -> set[psutil.Process]:
    """Living child processes without the two helpers that `multiprocessing` keeps until the interpreter ends."""
    from multiprocessing import forkserver, resource_tracker
    helpers = {getattr(resource_tracker._resource_tracker, "_pid", None), getattr(forkserver._forkserver, "_forkserver_pid", None)}
    found = set()
    for pid in _child_pids():
        try:
            child = psutil.Process(pid)
            if pid not in helpers and child.status() != psutil.STATUS_ZOMBIE:
                found.add(child)
        except psutil.NoSuchProcess:
            continue
    return found


def _child_pids() -> list[int]:
    """Linux keeps the list (quick); elsewhere every process is asked for its parent."""
    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        return [p.pid for p in psutil.Process().children()]
    pids: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # the thread has ended meanwhile
            pids += map(int, (task / "children").read_text().split())
    return pids


def _leaks(before: tuple[set[threading.Thread], set[psutil.Process]]) -> tuple[set[threading.Thread], set[psutil.Process]]:
    return _threads() - before[0], _children() - before[1]


@pytest.fixture(autouse=True)
def _no_leaks(_remember_who_started_what: None) -> Iterator[None]:
    """Fails a test that leaves a thread or a child process behind, naming the line that started it."""
    before = _threads(), _children()
    yield
    threads, children = _leaks(before)
    if threads or children:
        gc.collect()  # what a dropped object owned goes with it
        end = time.monotonic() + GRACE
        while (threads or children) and time.monotonic() < end:
            for thread in threads:
                thread.join(0.02)
            psutil.wait_procs(list(children), timeout=0.02)
            threads, children = _leaks(before)
    lines = [f"thread {t.name!r} still runs; started at {_started.get(id(t), 'an unknown line')}" for t in threads]
    for child in children:
        try:
            command = " ".join(child.cmdline())[:120]
            child.kill()
            child.wait(5)
        except psutil.NoSuchProcess:
            continue
        lines.append(f"process {child.pid} ({command}) still runs; started at {_started.get(-child.pid, 'an unknown line')}")
    if lines:
        pytest.fail("the test leaked:\n  " + "\n  ".join(lines), pytrace=False)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real footage (`$LORENTZ_DATA`, else `../shared/data` beside the repository); skips where there is none."""
    folder = Path(os.environ.get("LORENTZ_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real footage at {folder} (set LORENTZ_DATA to a folder that has val/video)")
    return folder


@pytest.fixture(scope="session")
def val_clip(data_dir: Path) -> Callable[[str], Path]:
    """`val_clip("crabs_p2")`: the path of a validation clip, with or without its ending; skips when that clip is not there."""
    def find(name: str) -> Path:
        for path in sorted((data_dir / "val").glob("*/*")):
            if name in (path.name, path.stem):
                return path
        pytest.skip(f"no clip {name!r} under {data_dir / 'val'}")
    return find
