"""Comparison: any two sides, linked, in four ways, and never recorded pixels mixed up with made ones."""
from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.difference import difference, resized
from app.window import MainWindow
from engine.api import Provenance
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info
from tests.app.hands import drag, key

CTRL = Qt.KeyboardModifier.ControlModifier


def sides_done(window: MainWindow, qtbot: QtBot) -> None:
    wait_done(window, qtbot)
    qtbot.waitUntil(lambda: window.compare.zoom.request is not None and window.compare.zoom.done
                    and window.compare.view.canvas is not None and window.compare.view.canvas.roi == window.compare.state.roi)


@pytest.fixture
def both(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> MainWindow:
    """Beside the open clip (160 x 90) another of twice the size and half the rate."""
    controller.sources["half.mp4"] = FakeSource(make_info("/clips/half.mp4", frames=20, size=(320, 180), pts=tuple(range(0, 40, 2))))
    opened.compare.open("/clips/half.mp4")
    qtbot.waitUntil(lambda: opened.compare.mode == "wipe")
    sides_done(opened, qtbot)
    return opened


def test_the_other_file_shows_the_same_place_and_time(both: MainWindow, qtbot: QtBot) -> None:
    both.steering.exact((40, 20, 32, 18))
    both.player.seek(21)
    qtbot.waitUntil(lambda: both.player.index == 21)
    sides_done(both, qtbot)
    r = both.compare.zoom.request
    assert (r.path, r.frame, r.roi) == ("/clips/half.mp4", 10, (80, 40, 64, 36)) and r.viewport == both.zoom.request.viewport
    assert both.zoom.request.id % 2 == 1 and r.id % 2 == 0, "no answer can be taken for the other's"


def test_side_by_side_moves_together(both: MainWindow, qtbot: QtBot) -> None:
    key(both, Qt.Key.Key_2, CTRL)
    sides_done(both, qtbot)
    view = both.compare.view
    assert view.isVisible() and abs(view.width() - both.zoom_view.width()) <= 1
    both.steering.magnify(8)
    before = both.state.roi
    drag(view, (100, 100), (60, 90))
    assert both.state.roi != before
    sides_done(both, qtbot)
    assert both.compare.zoom.request.roi == pytest.approx([2 * v for v in both.state.roi])
    key(both, Qt.Key.Key_0, CTRL)
    assert not view.isVisible() and both.compare.mode == ""


def test_the_wipe_has_a_handle(both: MainWindow, qtbot: QtBot) -> None:
    both.steering.magnify(8)
    sides_done(both, qtbot)
    engine_greys = both.zoom_view.canvas.pixels[..., 0]
    both.compare.view.canvas.pixels[..., :3] = 10
    tx, _, tw, _ = both.state.target
    before = both.state.roi
    drag(both.zoom_view, (tx + tw // 2, 200), (tx + tw // 4, 200))
    assert both.state.roi == before and both.compare.wipe == pytest.approx(0.25, abs=0.01)
    shot = both.zoom_view.grab().toImage()
    assert shot.pixelColor(tx + tw // 8, 100).blue() == engine_greys[100, tw // 8] and shot.pixelColor(tx + tw // 2, 100).blue() == 10


def test_blink_shows_one_after_the_other(both: MainWindow, qtbot: QtBot) -> None:
    both.compare._blink.setInterval(5)
    key(both, Qt.Key.Key_3, CTRL)
    seen: set[bool] = set()

    def both_seen() -> bool:
        seen.add(both.compare.second)
        return len(seen) == 2

    qtbot.waitUntil(both_seen)
    key(both, Qt.Key.Key_0, CTRL)
    assert not both.compare._blink.isActive()


def test_the_difference_is_the_difference_and_says_of_what(both: MainWindow, qtbot: QtBot) -> None:
    key(both, Qt.Key.Key_4, CTRL)
    both.actions_by_id["recorded_only"].setChecked(True)
    both.steering.magnify(8)
    sides_done(both, qtbot)
    both.compare.view.canvas.pixels[..., :3] = 110  # the engine's recorded grey is 120
    both.compare._show()
    kind, pixels = both.compare.paint._difference()
    assert kind == "recorded" and (pixels[..., :3] == 40).all()
    key(both, Qt.Key.Key_5, CTRL)
    assert both.compare.gain == 8 and (both.compare.paint._difference()[1][..., :3] == 80).all()
    both.actions_by_id["recorded_only"].setChecked(False)
    sides_done(both, qtbot)
    assert both.compare.paint._difference()[0] == "made", "made pixels in a comparison are named"


def test_with_recorded_only_and_with_an_alternative(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(8)
    opened.actions_by_id["compare_recorded"].trigger()
    sides_done(opened, qtbot)
    assert opened.zoom_view.canvas.shares()[Provenance.SYNTHESISED] == 1
    assert opened.compare.view.canvas.shares()[Provenance.SYNTHESISED] == 0
    opened.actions_by_id["compare_seed"].trigger()
    sides_done(opened, qtbot)
    assert opened.compare.zoom.request.seed == opened.zoom.request.seed + 1


def test_a_level_is_locked_and_the_next_press_takes_the_next(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["yard.lzc"] = FakeSource(make_info("/clips/yard.lzc", "lzc", levels=4))
    window.open_path("/clips/yard.lzc")
    wait_done(window, qtbot)
    for level in (1, 2, 3, 1):
        window.actions_by_id["compare_level"].trigger()
        sides_done(window, qtbot)
        assert window.compare.zoom.request.level == level and window.zoom.request.level is None


def test_a_held_frame_stays_while_the_other_moves(opened: MainWindow, qtbot: QtBot) -> None:
    opened.player.seek(5)
    qtbot.waitUntil(lambda: opened.player.index == 5)
    key(opened, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: opened.compare.side is not None)
    opened.player.seek(9)
    qtbot.waitUntil(lambda: opened.player.index == 9)
    sides_done(opened, qtbot)
    assert opened.compare.zoom.request.frame == 5 and opened.zoom.request.frame == 9
    assert opened.compare.paint._b_name() == "B  frame 5"


def test_both_sides_play(both: MainWindow, qtbot: QtBot) -> None:
    seen: set[int] = set()
    both.player.play()

    def moved() -> bool:
        if both.compare.view._whole is not None:
            seen.add(both.compare.view._whole[0])
        return len(seen) >= 4

    qtbot.waitUntil(moved)
    both.player.pause()
    qtbot.waitUntil(lambda: both.compare.view._whole[0] == both.player.index // 2)


def test_a_bad_file_is_one_line_and_nothing_changes(opened: MainWindow, qtbot: QtBot) -> None:
    opened.compare.open("/clips/bad.mp4")
    qtbot.waitUntil(lambda: opened.message_bar.level == "error")
    assert opened.compare.mode == "" and opened.player.info is not None


def test_the_sides_can_be_exchanged(both: MainWindow, qtbot: QtBot) -> None:
    both.actions_by_id["compare_swap"].trigger()
    qtbot.waitUntil(lambda: both.player.info is not None and both.player.info.path == "/clips/half.mp4" and both.compare.side is not None)
    assert both.compare.side.info.path == "/clips/clip.mp4"


def test_closing_the_file_ends_the_comparison(both: MainWindow) -> None:
    both.actions_by_id["close_file"].trigger()
    assert both.compare.side is None and both.compare.mode == ""


def test_gain_never_wraps() -> None:
    a, b = np.zeros((1, 256, 4), np.uint8), np.zeros((1, 256, 4), np.uint8)
    a[0, :, :3] = np.arange(256)[:, None]
    for gain in (1, 2, 4, 8, 16):
        for x, y in ((a, b), (b, a)):
            assert (difference(x, y, gain)[0, :, 0] == np.minimum(np.arange(256) * gain, 255)).all()


def test_nearest_pixels() -> None:
    small = np.arange(16, dtype=np.uint8).reshape(2, 2, 4)
    assert (resized(small, (4, 4))[:2, :2] == small[0, 0]).all() and resized(small, (3, 5)).shape == (5, 3, 4)
