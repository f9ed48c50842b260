"""Starting and ending: with and without a display, without torch, and from the command line."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.main import display_available

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("env", "can"), [
    ({"QT_QPA_PLATFORM": "offscreen"}, True), ({"QT_QPA_PLATFORM": "offscreen:size=1x1"}, True), ({}, False),
    ({"DISPLAY": ":4711"}, False), ({"DISPLAY": "nonsense"}, False), ({"DISPLAY": "127.0.0.1:4711"}, False),
    ({"WAYLAND_DISPLAY": "wayland-77", "XDG_RUNTIME_DIR": "/nowhere"}, False), ({"QT_QPA_PLATFORM": "xcb"}, False),
])
@pytest.mark.skipif(sys.platform != "linux", reason="displays of Linux")
def test_whether_a_window_can_open(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], can: bool) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert display_available() is can


def test_mapping_libraries_imports_nothing_and_spares_the_import() -> None:
    code = """
import sys
from app.preload import Preload, map_libraries
load = Preload()
load.start(); load.start(); load.wait()
assert "torch" not in sys.modules
maps = open("/proc/self/maps").read()
print("libtorch_cpu" in maps, map_libraries())
import torch
print(torch.ones(2).sum().item(), map_libraries())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout.split() == ["True", "True", "2.0", "False"], done.stderr


def test_qt_reads_no_source_of_the_engine() -> None:
    code = """
import sys
from app.preload import spare_sources
print(spare_sources())
import PySide6.QtCore
import linecache
print(spare_sources(), spare_sources())
import engine.jobs.checks, json.tool, app.words
print(sorted(name.rpartition("/")[2] for name in linecache.cache if name.endswith(("checks.py", "tool.py", "words.py"))))
import rich  # any other is looked into, as before
print(any(name.endswith("rich/__init__.py") for name in linecache.cache))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout.splitlines() == ["False", "True True", "[]", "True"], done.stderr


def run(code: str, tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    full = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
                          env={**full, "XDG_CONFIG_HOME": str(tmp_path), **env})


def test_without_a_display_it_says_so_and_ends(tmp_path: Path) -> None:
    done = run("import app.main, sys; sys.exit(app.main.main(None))", tmp_path)
    assert done.returncode == 1 and "no display" in done.stderr and len(done.stderr.splitlines()) == 1


def test_opens_says_what_is_wrong_and_closes_without_loading_torch(tmp_path: Path) -> None:
    code = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.main
app_ = QApplication([])
def look():
    window = next(w for w in app_.topLevelWidgets() if type(w).__name__ == "MainWindow")
    if window.message_bar.text:
        print(window.message_bar.level, window.message_bar.text, "torch" in sys.modules)
        window.close()
    else:
        QTimer.singleShot(20, look)
QTimer.singleShot(20, look)
sys.exit(app.main.main([sys.argv[1]]))
""".replace("sys.argv[1]", repr(str(tmp_path / "missing.mp4")))
    done = run(code, tmp_path, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("error ") and "no such file" in done.stdout and done.stdout.rstrip().endswith("False")
    assert "Traceback" not in done.stderr


def test_a_dense_screen_gets_device_pixels(tmp_path: Path) -> None:
    code = """
import sys
from PySide6.QtWidgets import QApplication
from app import theme
from app.backend import Backend
from app.window import MainWindow
from tests.app.fakes import FakeController
app = QApplication([])
theme.apply(app)
controller = FakeController()
window = MainWindow(Backend(controller))
window.resize(800, 520)
window.show()
window.open_path("/clips/clip.mp4")
def until(done):
    while not done():
        app.processEvents()
until(lambda: window.zoom.request is not None and window.zoom.done)
view = window.zoom_view
print(view.devicePixelRatioF(), window.state.viewport == (view.width() * 2, view.height() * 2),
      window.zoom.request.viewport == window.state.target[2:], window.state.magnification > 4)
window.shut_down()
"""
    done = run(code, tmp_path, QT_QPA_PLATFORM="offscreen", QT_SCALE_FACTOR="2")
    assert done.stdout.split() == ["2.0", "True", "True", "True"], done.stderr
