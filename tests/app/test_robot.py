"""Random use with a seed: nothing reaches the event loop as a fault, and the window still works afterwards."""
from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.window import MainWindow
from benchmarks.robot import NOT, Robot
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info


def test_what_the_robot_leaves_out_exists() -> None:
    assert not NOT - {s.id for s in ACTIONS}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_use(window: MainWindow, qtbot: QtBot, qapp: object, controller: FakeController, seed: int) -> None:
    controller.sources["large.mp4"] = FakeSource(make_info("/clips/large.mp4", size=(300, 200), frames=25))
    controller.sources["yard.lzc"] = FakeSource(make_info("/clips/yard.lzc", "lzc", levels=4), frozenset({5}), ("frame 5 is lost",))
    window.open_path("/clips/clip.mp4")
    wait_done(window, qtbot)
    robot = Robot(window, seed, ["/clips/clip.mp4", "/clips/large.mp4", "/clips/yard.lzc", "/clips/bad.mp4"])
    for _ in range(150):
        robot.step()
        qapp.processEvents()  # type: ignore[attr-defined]
    window.player.pause()
    window.open_path("/clips/clip.mp4")
    qtbot.waitUntil(lambda: window.player.info is not None and window.player.info.path == "/clips/clip.mp4"
                    and window.player.picture is not None)
    window.player.seek(4)
    qtbot.waitUntil(lambda: window.player.index == 4)
