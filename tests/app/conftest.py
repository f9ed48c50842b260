"""One window on a fake engine, without a screen, with settings in a folder of its own."""
from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from app import theme
from app.backend import Backend
from app.settings import Settings
from app.window import MainWindow
from engine.controller import SystemController
from tests.app.fakes import FakeController

WAIT_MS = 20000


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "settings"
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    yield


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """Waits longer before it gives up: a busy machine is no fault of the viewer."""
    monkeypatch.setattr(qtbot, "waitUntil", partial(qtbot.waitUntil, timeout=WAIT_MS))
    return qtbot


@pytest.fixture
def controller() -> FakeController:
    return FakeController()


@pytest.fixture
def make_window(qtbot: QtBot, qapp: object, controller: FakeController) -> Iterator[Callable[..., MainWindow]]:
    """`make_window()` shows a window; all of them are shut down at the end."""
    made: list[MainWindow] = []

    def make(size: tuple[int, int] = (1280, 800), hint: bool = False) -> MainWindow:
        made.append(shown(qapp, controller, size, hint))
        qtbot.waitExposed(made[-1])
        return made[-1]

    yield make
    for window in made:
        put_away(window)
    controller.close()


def shown(qapp: object, controller: Any, size: tuple[int, int], hint: bool = False) -> MainWindow:
    theme.apply(qapp)  # type: ignore[arg-type]
    settings = Settings()
    if not hint:
        settings.set_flag("hint_read", True)
    window = MainWindow(Backend(controller), settings)
    window.zoom_view.fade_s = 0
    window.resize(*size)
    window.show()
    return window


def put_away(window: MainWindow) -> None:
    window.shut_down()
    window.close()
    window.deleteLater()


@pytest.fixture
def real_window(qtbot: QtBot, qapp: object) -> Iterator[MainWindow]:
    """A window on the real engine."""
    window = shown(qapp, SystemController(), (1024, 700))
    yield window
    put_away(window)


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    return make_window()


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window with a clip of 40 frames of 160 x 90 on screen, and its whole zoom finished."""
    window.open_path("/clips/clip.mp4")
    wait_done(window, qtbot)
    return window


def wait_done(window: MainWindow, qtbot: QtBot) -> None:
    """Until the zoomed view shows the finished answer to the newest request."""
    def done() -> bool:
        r = window.zoom.request
        return (window.player.picture is not None and r is not None and window.zoom.done and r.frame == window.player.target
                and r.roi == window.state.roi and r.viewport == window.state.target[2:] and r.seed == window.steering.seed
                and r.recorded_only == window.steering.recorded_only)

    qtbot.waitUntil(done, timeout=2 * WAIT_MS)
