"""What is not looked at any more takes no memory: sources are closed, tiles go, large pieces come from the system."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.window import MainWindow
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController

HEAPS = """
import ctypes, threading
from engine.memory import large_pieces_apart, share_heaps
assert share_heaps() and large_pieces_apart()
class Info(ctypes.Structure):
    _fields_ = [(n, ctypes.c_size_t) for n in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]
c = ctypes.CDLL(None)
c.mallinfo2.restype = Info
c.malloc.restype = ctypes.c_void_p
c.free.argtypes = [ctypes.c_void_p]
held = []
def work():
    held.extend(c.malloc(6_000_000) for _ in range(6))
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
mapped = c.mallinfo2().hblkhd
for p in held: c.free(p)
print(mapped > 100_000_000, c.mallinfo2().hblkhd < 10_000_000, c.mallinfo2().fordblks < 10_000_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of GNU")
def test_large_pieces_go_back_to_the_system_by_themselves() -> None:
    done = subprocess.run([sys.executable, "-c", HEAPS], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2])
    assert done.stdout.split() == ["True"] * 3, done.stderr


def test_a_closed_file_is_let_go_of(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    source = controller.opened[0]
    opened.let_go()
    assert not source.closed and controller.engines[0].kept == {"/clips/clip.mp4"}
    opened.actions_by_id["close_file"].trigger()
    qtbot.waitUntil(lambda: source.closed)
    assert controller.engines[0].kept == set() and opened.zoom.still is None


def test_what_is_compared_is_kept_until_the_comparison_ends(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.compare.open("/clips/second.mp4")
    qtbot.waitUntil(lambda: opened.compare.side is not None)
    second = controller.opened[-1]
    opened.let_go()
    assert controller.engines[0].kept == {"/clips/clip.mp4", "/clips/second.mp4"}
    opened.open_path("/clips/third.mp4")
    wait_done(opened, qtbot)
    qtbot.waitUntil(lambda: second.closed)
    assert controller.engines[0].kept == {"/clips/third.mp4"}
