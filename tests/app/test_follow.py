"""Following in the window: the view goes with the thing, says when it has lost it, and keeps the track."""
from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.follow_desk import runs, track_at
from app.marks import Mark
from app.window import MainWindow
from engine.api import Frame, SourceInfo
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info
from tests.app.hands import drag, key
from tests.engine.media.test_follow import H, W, path, scene

SHIFT = Qt.KeyboardModifier.ShiftModifier


class Moving(FakeSource):
    """The thing of the follower's own tests; hidden from frame 26 on."""

    def __init__(self, info: SourceInfo) -> None:
        super().__init__(info)
        grey = np.full((H // 2, W // 2), 128, np.uint8)
        self._frames = [Frame(scene(*path(i), hidden=i >= 26), grey, grey, i, i) for i in range(info.frames)]

    def read(self, index: int) -> Frame:
        return self._frames[index]


@pytest.fixture
def moving(window: MainWindow, qtbot: QtBot, controller: FakeController) -> MainWindow:
    controller.sources["moving.mp4"] = Moving(make_info("/clips/moving.mp4", size=(W, H), frames=30))
    window.open_path("/clips/moving.mp4")
    wait_done(window, qtbot)
    window.steering.exact((path(0)[0] - 20, path(0)[1] - 15, 40, 30))
    wait_done(window, qtbot)
    return window


def off(window: MainWindow, frame: int) -> float:
    c = window.state.centre
    return float(np.hypot(c[0] - path(frame)[0], c[1] - path(frame)[1]))


def test_the_view_goes_with_the_thing_while_it_plays(moving: MainWindow, qtbot: QtBot) -> None:
    key(moving, Qt.Key.Key_F, SHIFT)
    assert moving.follow.on and moving.actions_by_id["follow"].isChecked()
    worst: list[float] = []
    moving.player.shown.connect(lambda: worst.append(off(moving, moving.player.index)) if moving.player.index < 26 else None)
    m = moving.state.magnification
    moving.player.play()
    qtbot.waitUntil(lambda: not moving.player.playing)
    assert len(worst) >= 5 and max(worst) < 3 and moving.state.magnification == pytest.approx(m)
    assert moving.message_bar.level == "warn" and "lost at frame" in moving.message_bar.text
    key(moving, Qt.Key.Key_F, SHIFT)
    tracks = [mark for mark in moving.desk.marks.all if mark.kind == "track"]
    assert tracks and tracks[0].frame == 0 and tracks[0].last >= 20
    at = track_at(tracks[0], 10)
    assert at == pytest.approx(path(10), abs=2)


def test_a_kept_track_can_be_followed_again_and_steps_back(moving: MainWindow, qtbot: QtBot) -> None:
    moving.desk.marks.add("track", 0, tuple(path(i) for i in range(20)), last=19)
    moving.desk.choose(1)
    key(moving, Qt.Key.Key_F, SHIFT)
    for index in (15, 3):
        moving.player.seek(index)
        qtbot.waitUntil(lambda i=index: moving.player.index == i)
        assert off(moving, index) < 0.6
    moving.actions_by_id["follow"].setChecked(False)
    assert len(moving.desk.marks.all) == 1, "a track that was there already is not kept twice"


def test_what_was_lost_and_is_found_again_is_said(moving: MainWindow, qtbot: QtBot) -> None:
    key(moving, Qt.Key.Key_F, SHIFT)
    said = []
    for index in (*range(1, 25), 28, 24):
        moving.player.seek(index)
        qtbot.waitUntil(lambda i=index: moving.player.index == i)
        said.append(moving.message_bar.text)
    assert set(said[:24]) == {""} and "lost at frame 28" in said[24] and "found again at frame 24" in said[25]
    assert moving.message_bar.level == "info"


def test_a_hand_on_the_view_shifts_it_and_it_stays_shifted(moving: MainWindow, qtbot: QtBot) -> None:
    key(moving, Qt.Key.Key_F, SHIFT)
    drag(moving.zoom_view, (300, 300), (230, 300))
    shifted = moving.state.centre[0] - path(0)[0]
    assert shifted > 2
    key(moving, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: moving.player.index == 1)
    assert moving.state.centre[0] - path(1)[0] == pytest.approx(shifted, abs=1)


def test_what_cannot_be_followed_is_said(opened: MainWindow) -> None:
    opened.actions_by_id["follow"].trigger()
    assert not opened.follow.on and not opened.actions_by_id["follow"].isChecked() and "zoom in" in opened.message_bar.text


def test_closing_the_file_keeps_the_track_out_of_the_next(moving: MainWindow, qtbot: QtBot) -> None:
    key(moving, Qt.Key.Key_F, SHIFT)
    moving.open_path("/clips/clip.mp4")
    wait_done(moving, qtbot)
    assert not moving.follow.on and not moving.desk.marks.all


def test_runs() -> None:
    assert runs([]) == [] and runs([3, 4, 5, 9, 11, 12]) == [[3, 4, 5], [9], [11, 12]]
    assert track_at(Mark(1, "track", 5, 6, ((0.0, 0.0), (1.0, 1.0))), 7) is None
