"""The window as a person uses it: open, play, go to, zoom, and what it says about it."""
from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.window import MainWindow
from app.zoom_canvas import Tile
from engine.api import Provenance, Stage, TileReady, ZoomDone
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info


def key(window: MainWindow, k: Qt.Key, mod: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.zoom_view, k, mod)


def drag(widget: QWidget, a: tuple[int, int], b: tuple[int, int], mod: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
         button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    QTest.mousePress(widget, button, mod, QPoint(*a))
    for i in range(1, 6):
        QTest.mouseMove(widget, QPoint(a[0] + (b[0] - a[0]) * i // 5, a[1] + (b[1] - a[1]) * i // 5))
    QTest.mouseRelease(widget, button, mod, QPoint(*b))


def wheel(widget: QWidget, x: int, y: int, turns: int) -> None:
    at = QPointF(x, y)
    event = QWheelEvent(at, widget.mapToGlobal(at), QPoint(), QPoint(0, 120 * turns), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(widget, event)


def on_frame(window: MainWindow, x: float, y: float) -> tuple[int, int]:
    """Widget position of a source position in the whole-frame view."""
    area = window.frame_view.area()
    return round(area.x() + x * area.width() / 160), round(area.y() + y * area.height() / 90)


# -- opening ----------------------------------------------------------------------------------------------------------


def test_opens_a_file_and_shows_its_first_frame(opened: MainWindow) -> None:
    assert opened.stack.currentIndex() == 1
    assert opened.player.index == 0 and opened.transport.frame.text() == "#0" and opened.transport.time.text() == "00:00:00.000"
    assert opened.windowTitle().startswith("clip.mp4    160 × 90    25 fps")
    assert opened.zoom_bar.fields["w"].text() == "160"
    assert opened.readouts.labels["device"].text().startswith("CPU")


def test_what_cannot_be_opened_is_one_line_in_the_bar(window: MainWindow, qtbot: QtBot) -> None:
    window.open_path("/clips/bad.mp4")
    qtbot.waitUntil(lambda: window.message_bar.isVisible())
    assert window.message_bar.level == "error" and "this is no video" in window.message_bar.text
    assert window.stack.currentIndex() == 0 and not window.actions_by_id["play"].isEnabled()
    assert window.settings.recent() == []


def test_a_slow_opening_is_explained(window: MainWindow, qtbot: QtBot, controller: FakeController, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    real = controller.open
    monkeypatch.setattr(window.reader, "_open_source", lambda path: gate.wait(20) and real(path))
    window.open_path("/clips/slow.mp4")
    qtbot.waitUntil(lambda: window.message_bar.text == "opening slow.mp4 …")
    gate.set()
    wait_done(window, qtbot)
    assert window.message_bar.text == ""


def test_recent_files_are_remembered_newest_first(window: MainWindow, qtbot: QtBot) -> None:
    for name in ("a.mp4", "b.mp4", "a.mp4"):
        window.open_path(f"/clips/{name}")
        qtbot.waitUntil(lambda n=name: window.player.picture is not None and window.player.info.path.endswith(n))
    assert window.settings.recent() == ["/clips/a.mp4", "/clips/b.mp4"]
    window.recent_menu.fill()
    window.recent_menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: window.player.info is not None and window.player.info.path == "/clips/b.mp4")


def test_drag_and_drop(window: MainWindow, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/clips/dropped.mp4"), QUrl("https://example.org/x.mp4")])
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    qtbot.waitUntil(lambda: window.player.picture is not None)
    assert window.player.info is not None and window.player.info.path == "/clips/dropped.mp4"


def test_a_damaged_file_shows_what_is_whole_and_says_what_is_lost(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["yard.lzc"] = FakeSource(make_info("/clips/yard.lzc", "lzc"), frozenset({2, 3}), ("frames 2 to 3 are lost",))
    window.open_path("/clips/yard.lzc")
    wait_done(window, qtbot)
    assert window.message_bar.level == "warn" and "frames 2 to 3 are lost" in window.message_bar.text
    assert "frames 2 to 3 are lost" in window.facts.text.text()
    window.player.seek(2)
    qtbot.waitUntil(lambda: window.frame_view.caption == "frame 2 is lost")
    assert window.transport.timeline.lost == {2} and window.player.index == 0
    window.player.seek(4)
    qtbot.waitUntil(lambda: window.player.index == 4)
    assert window.frame_view.caption == ""


def test_a_file_whose_first_frame_is_lost_still_opens(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["yard.lzc"] = FakeSource(make_info("/clips/yard.lzc", "lzc"), frozenset({0}), ("frame 0 is lost",))
    window.open_path("/clips/yard.lzc")
    qtbot.waitUntil(lambda: window.frame_view.caption == "frame 0 is lost")
    key(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.player.picture is not None and window.player.index == 1)


def test_closing_a_file_comes_back_to_the_start(opened: MainWindow) -> None:
    opened.actions_by_id["close_file"].trigger()
    assert opened.stack.currentIndex() == 0 and opened.player.info is None
    assert opened.windowTitle() == "Lorentz Zoom" and not opened.actions_by_id["export_roi"].isEnabled()


# -- playing ----------------------------------------------------------------------------------------------------------


def test_space_plays_to_the_end_and_shows_every_frame(opened: MainWindow, qtbot: QtBot) -> None:
    shown: list[int] = []
    opened.player.shown.connect(lambda: shown.append(opened.player.index))
    opened.player.seek(30)
    qtbot.waitUntil(lambda: opened.player.index == 30)
    shown.clear()
    key(opened, Qt.Key.Key_Space)
    assert opened.player.playing
    assert opened.zoom.request is None, "playing cancels the zoom"
    qtbot.waitUntil(lambda: not opened.player.playing)
    qtbot.waitUntil(lambda: opened.zoom.request is not None)
    assert opened.player.index == 39 and shown == sorted(shown) and len(set(shown)) >= 5
    assert opened.transport.timeline.index == 39


def test_space_again_pauses_and_the_zoom_follows_the_frame(opened: MainWindow, qtbot: QtBot) -> None:
    key(opened, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: opened.player.index >= 3)
    key(opened, Qt.Key.Key_Space)
    assert not opened.player.playing
    wait_done(opened, qtbot)
    assert opened.zoom.request.frame == opened.player.index


def test_j_k_l_and_steps(opened: MainWindow, qtbot: QtBot) -> None:
    key(opened, Qt.Key.Key_L)
    key(opened, Qt.Key.Key_L)
    assert opened.player.playing and opened.player.speed == 2 and opened.transport.speed.currentText() == "×2"
    key(opened, Qt.Key.Key_K)
    assert not opened.player.playing
    opened.player.seek(20)
    key(opened, Qt.Key.Key_Period)
    key(opened, Qt.Key.Key_Right)
    key(opened, Qt.Key.Key_Comma)
    qtbot.waitUntil(lambda: opened.player.index == 21)
    key(opened, Qt.Key.Key_J)
    assert opened.player.speed == -1
    qtbot.waitUntil(lambda: opened.player.index < 20)
    key(opened, Qt.Key.Key_K)
    key(opened, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: opened.player.index == 39)
    key(opened, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: opened.player.index == 0)


def test_typing_a_frame_or_a_time_goes_there(opened: MainWindow, qtbot: QtBot) -> None:
    key(opened, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(opened.transport.frame, "17")
    assert opened.player.target == 0, "digits typed into the field are no zoom keys"
    QTest.keyClick(opened.transport.frame, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.player.index == 17)
    assert opened.transport.frame.text() == "#17"
    opened.transport.time.setFocus()
    opened.transport.time.selectAll()
    qtbot.keyClicks(opened.transport.time, "0:01.2")
    QTest.keyClick(opened.transport.time, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.player.index == 30)
    assert opened.zoom_view.hasFocus()
    opened.transport.time.setFocus()
    opened.transport.time.selectAll()
    qtbot.keyClicks(opened.transport.time, "soon")
    QTest.keyClick(opened.transport.time, Qt.Key.Key_Return)
    assert opened.message_bar.level == "warn" and "soon" in opened.message_bar.text
    QTest.keyClick(opened.transport.time, Qt.Key.Key_Escape)
    assert opened.transport.time.text() == "00:00:01.200"


def test_the_timeline_seeks_frame_exactly(opened: MainWindow, qtbot: QtBot) -> None:
    line = opened.transport.timeline
    for frame in (0, 13, 39):
        QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(round(line.x_of(frame)), 10))
        qtbot.waitUntil(lambda f=frame: opened.player.index == f)
    drag(line, (round(line.x_of(39)), 10), (round(line.x_of(5)), 10))
    qtbot.waitUntil(lambda: opened.player.index == 5)


# -- zooming ----------------------------------------------------------------------------------------------------------


def test_a_box_in_the_whole_frame_opens_on_the_right(opened: MainWindow, qtbot: QtBot) -> None:
    drag(opened.frame_view, on_frame(opened, 40, 20), on_frame(opened, 60, 40))
    x, y, w, h = opened.state.roi
    assert x <= 40.5 and y <= 20.5 and x + w >= 59.5 and y + h >= 39.5 and min(w, h) == pytest.approx(20, abs=0.6)
    wait_done(opened, qtbot)
    assert opened.zoom.request.roi == opened.state.roi
    _, _, tw, th = opened.state.target
    assert opened.zoom.request.viewport == (tw, th)


def test_the_wheel_zooms_at_the_cursor_in_both_views(opened: MainWindow, qtbot: QtBot) -> None:
    view = opened.zoom_view
    wheel(view, 100, 300, 9)
    first = opened.state.source_at(100, 300)
    wheel(view, 100, 300, 1)
    assert opened.state.source_at(100, 300) == pytest.approx(first, abs=0.1)
    x, y = on_frame(opened, 100, 50)
    wheel(opened.frame_view, x, y, 1)
    assert opened.state.centre == pytest.approx((100, 50), abs=1)
    wheel(view, 300, 300, -60)
    assert opened.state.whole and opened.state.magnification == 1
    wait_done(opened, qtbot)


def test_one_turn_of_the_wheel_is_one_way_back(opened: MainWindow) -> None:
    first = opened.state.roi
    for _ in range(5):
        wheel(opened.zoom_view, 300, 300, 3)
    assert opened.state.roi != first
    opened.actions_by_id["view_back"].trigger()
    assert opened.state.roi == first and not opened.state.can_back


def test_drag_pans_and_shift_drag_draws_a_box(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(16)
    x, y, w, h = opened.state.roi
    drag(opened.zoom_view, (300, 300), (204, 268))
    assert opened.state.roi == pytest.approx((x + 6, y + 2, w, h))
    drag(opened.zoom_view, (100, 100), (196, 148), Qt.KeyboardModifier.ShiftModifier)
    assert opened.state.roi[2] == pytest.approx(6, abs=0.2) or opened.state.roi[3] == pytest.approx(3, abs=0.2)
    opened.actions_by_id["band_tool"].trigger()
    before = opened.state.magnification
    drag(opened.zoom_view, (100, 100), (200, 150))
    assert opened.state.magnification > before * 2


def test_a_click_centres_and_ctrl_drag_moves_the_box(opened: MainWindow) -> None:
    opened.steering.magnify(16)
    QTest.mouseClick(opened.frame_view, Qt.MouseButton.LeftButton, pos=QPoint(*on_frame(opened, 100, 40)))
    assert opened.state.centre == pytest.approx((100, 40), abs=0.6)
    drag(opened.frame_view, on_frame(opened, 100, 40), on_frame(opened, 80, 50), Qt.KeyboardModifier.ControlModifier)
    assert opened.state.centre == pytest.approx((80, 50), abs=1)


def test_presets_numbers_and_the_way_back(opened: MainWindow, qtbot: QtBot) -> None:
    for k, m in ((Qt.Key.Key_2, 2), (Qt.Key.Key_4, 8), (Qt.Key.Key_7, 64)):
        key(opened, k)
        assert opened.state.magnification == pytest.approx(m)
    field = opened.zoom_bar.magnification
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "11,5")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert opened.state.magnification == pytest.approx(11.5) and field.text() == "×11.5"
    key(opened, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert opened.state.magnification == pytest.approx(64)
    key(opened, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert opened.state.magnification == pytest.approx(11.5)
    key(opened, Qt.Key.Key_F)
    assert opened.state.whole
    row = opened.zoom_bar.presets.findData("zoom_8")
    opened.zoom_bar.presets.setCurrentIndex(row)
    opened.zoom_bar.presets.activated.emit(row)
    assert opened.state.magnification == pytest.approx(8)


def test_an_exact_region_is_taken_as_typed(opened: MainWindow, qtbot: QtBot) -> None:
    fields = opened.zoom_bar.fields
    for name, value in (("x", "100"), ("y", "40.5"), ("w", "16"), ("h", "9")):
        fields[name].setFocus()
        fields[name].selectAll()
        qtbot.keyClicks(fields[name], value)
    QTest.keyClick(fields["h"], Qt.Key.Key_Return)
    assert opened.state.roi == (100, 40.5, 16, 9)
    wait_done(opened, qtbot)
    assert opened.zoom.request.roi == (100, 40.5, 16, 9)
    fields["x"].setFocus()
    fields["x"].selectAll()
    qtbot.keyClicks(fields["x"], "150")
    QTest.keyClick(fields["x"], Qt.Key.Key_Return)
    assert opened.message_bar.level == "warn" and "inside" in opened.message_bar.text and opened.state.roi == (100, 40.5, 16, 9)
    key(opened, Qt.Key.Key_Plus)
    assert fields["x"].text() == f"{opened.state.roi[0]:g}", "a move takes back what was half typed"


def test_the_readout_turns_past_the_recorded_limit(opened: MainWindow, qtbot: QtBot) -> None:
    readout = opened.zoom_bar.readout
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    assert readout.property("past") is True and readout.text() == "recorded limit ×1, now 8× past it"
    assert opened.readouts.labels["level"].text() == "level 0 + 1 made"
    assert opened.readouts.labels["tiles"].text() == "8 of 8 tiles"


def test_within_the_record_it_is_quiet(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["large.mp4"] = FakeSource(make_info("/clips/large.mp4", size=(3000, 2000)))
    window.open_path("/clips/large.mp4")
    wait_done(window, qtbot)
    assert window.zoom_bar.readout.property("past") is False and window.zoom_bar.readout.text() == "recorded limit ×1"
    key(window, Qt.Key.Key_1)
    wait_done(window, qtbot)
    assert window.state.magnification == 1 and window.zoom_bar.readout.property("past") is False
    window.steering.magnify(1.01)
    assert window.zoom_bar.readout.property("past") is True
    window.steering.magnify(1)
    wait_done(window, qtbot)
    assert window.zoom_view.canvas.shares()[Provenance.CODED] == 1


def test_r_switches_to_recorded_only_and_t_to_the_truth(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    assert opened.zoom_view.canvas.shares()[Provenance.SYNTHESISED] == 1
    key(opened, Qt.Key.Key_T)
    assert opened.zoom_view.show_truth and opened.actions_by_id["truth"].isChecked()
    key(opened, Qt.Key.Key_R)
    wait_done(opened, qtbot)
    assert opened.zoom.request.recorded_only and opened.zoom_view.canvas.shares()[Provenance.SYNTHESISED] == 0
    assert opened.zoom_view._before is None, "made pixels never stand in for recorded ones"
    key(opened, Qt.Key.Key_R)
    wait_done(opened, qtbot)
    assert not opened.zoom.request.recorded_only


def test_r_held_down_lasts_as_long_as_it_is_held(opened: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.menus

    monkeypatch.setattr(app.menus, "HOLD_MS", 0)
    QTest.keyPress(opened.zoom_view, Qt.Key.Key_R)
    assert opened.steering.recorded_only
    QTest.keyRelease(opened.zoom_view, Qt.Key.Key_R)
    assert not opened.steering.recorded_only


def test_alternatives_change_the_seed(opened: MainWindow, qtbot: QtBot) -> None:
    key(opened, Qt.Key.Key_A)
    key(opened, Qt.Key.Key_A)
    wait_done(opened, qtbot)
    assert opened.zoom.request.seed == 2 and opened.readouts.labels["seed"].text() == "seed 2"
    key(opened, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    wait_done(opened, qtbot)
    assert opened.zoom.request.seed == 1


def test_the_class_under_the_cursor_is_named(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    QTest.mouseMove(opened.zoom_view, QPoint(300, 300))
    qtbot.waitUntil(lambda: "synthesised" in opened.readouts.labels["cursor"].text())


# -- the zoom engine --------------------------------------------------------------------------------------------------


def test_it_fills_in_from_coarse_to_fine(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    engine = controller.engines[0]
    engine.gate.clear()
    opened.steering.magnify(8)
    view = opened.zoom_view
    qtbot.waitUntil(lambda: view.canvas.roi == opened.state.roi and view.canvas.shares()[None] == 0)
    assert view.canvas.shares()[Provenance.INTERPOLATED] == 1 and not view.canvas.done
    engine.gate.set()
    wait_done(opened, qtbot)
    assert view.canvas.shares()[Provenance.SYNTHESISED] == 1


def test_every_move_cancels_and_stale_tiles_are_dropped(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    engine = controller.engines[0]
    engine.gate.clear()
    opened.steering.magnify(8)
    qtbot.waitUntil(lambda: opened.zoom.request is not None and engine.requests[-1].roi == opened.state.roi)
    old, cancels = opened.zoom.request, engine.cancels
    opened.steering.magnify(16)
    assert engine.cancels == cancels + 1
    assert opened.zoom.request is None or opened.zoom.request.id > old.id
    engine.gate.set()
    wait_done(opened, qtbot)
    assert opened.zoom.request.id > old.id and opened.zoom_view.canvas.tiles and opened.zoom.tiles == 8


def test_a_tile_of_an_older_request_never_lands(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    zoom, canvas = opened.zoom, opened.zoom_view.canvas
    before = canvas.pixels.copy()
    rgb, mask = np.zeros((10, 10, 3), np.uint8), np.zeros((10, 10), np.uint8)
    for stale in (TileReady(zoom.request.id - 1, (0, 0, 10, 10), rgb, mask, Stage.REFINED, 0), ZoomDone(zoom.request.id - 1, 99)):
        zoom._post(stale)
        assert not zoom._box._events, "not even packed"
        zoom._handle(Tile(stale) if isinstance(stale, TileReady) else stale)  # as if it had been under way already
    assert (canvas.pixels == before).all() and zoom.tiles == zoom.total == 8


def test_a_fast_gesture_sends_few_requests_and_the_last_one(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    before = len(controller.engines[0].requests)
    for _ in range(50):
        opened.zoom_view.wheeled.emit(300, 300, 1.03)
    wait_done(opened, qtbot)
    requests = controller.engines[0].requests[before:]
    assert 1 <= len(requests) < 25 and requests[-1].roi == opened.state.roi
    ids = [r.id for r in requests]
    assert ids == sorted(set(ids))


def test_the_last_picture_stands_in_until_the_new_one_comes(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    controller.engines[0].gate.clear()
    opened.steering.magnify(10)
    qtbot.waitUntil(lambda: opened.zoom_view.canvas.roi == opened.state.roi)
    assert opened.zoom_view._before is not None and opened.zoom_view._before.done
    opened.player.step(1)
    qtbot.waitUntil(lambda: opened.player.index == 1)
    assert opened.zoom_view._before is None, "another moment is another picture"


def test_the_engine_gets_standing_frames_from_the_player(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    offered = controller.engines[0].offered
    assert offered == [0]
    opened.player.step(1)
    wait_done(opened, qtbot)
    assert offered == [0, 1] and controller.engines[0].requests[-1].frame == 1
    opened.player.play()
    qtbot.waitUntil(lambda: opened.player.index > 4)
    opened.player.pause()
    at = opened.player.index
    wait_done(opened, qtbot)
    assert offered == [0, 1, at], "frames in motion are not handed over"


def test_a_failed_zoom_is_said(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.engines[0].fail = "the weights are missing"
    opened.steering.magnify(8)
    qtbot.waitUntil(lambda: "the weights are missing" in opened.message_bar.text)
    assert opened.message_bar.level == "warn"


def test_an_engine_that_does_not_start_is_said(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    def broken(on_event: object) -> object:
        raise OSError("no memory")

    controller.zoom_engine = broken  # type: ignore[method-assign,assignment]
    window.open_path("/clips/clip.mp4")
    qtbot.waitUntil(lambda: "no memory" in window.message_bar.text)
    qtbot.waitUntil(lambda: window.player.picture is not None)


# -- the window -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "dock"), [((1024, 700), False), ((1024, 700), True), ((1280, 800), True), ((1920, 1080), False)])
def test_nothing_is_squeezed(make_window: Callable[..., MainWindow], qtbot: QtBot, size: tuple[int, int], dock: bool) -> None:
    window = make_window(size)
    if dock:
        window.show_jobs_dock()
    window.open_path("/clips/a-rather-long-name-of-a-clip-from-camera-three.mp4")
    wait_done(window, qtbot)
    window.steering.magnify(123.4)
    window.steering.set_seed(12)
    wait_done(window, qtbot)
    assert (window.width(), window.height()) == size
    bars = [window.zoom_bar.magnification, window.zoom_bar.readout, *window.zoom_bar.fields.values(), window.zoom_bar.seed,
            *window.zoom_bar.findChildren(QToolButton), window.transport.time, window.transport.frame, window.transport.timeline,
            window.title]
    for part in bars:
        least = part.sizeHint() if isinstance(part, QToolButton) else part.minimumSizeHint()
        assert part.isVisible() and (part.width() >= least.width() or part is window.zoom_bar.readout), part.accessibleName()
        right = part.mapTo(window, QPoint(part.width(), 0)).x()
        assert right <= window.width(), part.accessibleName()
    readout = window.zoom_bar.readout
    assert readout.fontMetrics().horizontalAdvance(readout.text()) <= readout.width()


def test_the_first_hint_is_shown_until_it_is_closed(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window(hint=True)
    window.open_path("/clips/clip.mp4")
    wait_done(window, qtbot)
    assert window.zoom_view.first_hint
    QTest.mouseClick(window.zoom_view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert not window.zoom_view.first_hint and window.settings.flag("hint_read")


def test_the_layout_is_remembered(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    first = make_window((1100, 720))
    first.open_path("/clips/clip.mp4")
    wait_done(first, qtbot)
    first.splitter.setSizes([300, 795])
    first.actions_by_id["show_facts"].trigger()
    assert first.facts_dock.isVisible()
    first.close()
    second = make_window((1100, 720))
    assert not second.facts_dock.isHidden() and second.jobs_dock.isHidden()
    second.open_path("/clips/clip.mp4")
    wait_done(second, qtbot)
    assert second.splitter.sizes()[0] < second.splitter.sizes()[1]


def test_everything_a_person_can_reach_has_a_name(opened: MainWindow) -> None:
    from PySide6.QtWidgets import QComboBox, QLineEdit

    for kind in (QLineEdit, QComboBox, QToolButton):
        for part in opened.findChildren(kind):
            if part.objectName().startswith("qt_"):
                continue
            assert part.accessibleName(), part
            assert part.toolTip() or part.accessibleDescription() or part.defaultAction(), part.accessibleName()
    for part in (opened.frame_view, opened.zoom_view, opened.transport.timeline):
        assert part.accessibleName() and part.accessibleDescription()


@pytest.mark.parametrize("state", [
    "welcome", "first hint", "whole", "zoomed", "truth", "recorded only", "playing", "jobs", "facts", "message"])
def test_every_main_state_can_be_looked_at(make_window: Callable[..., MainWindow], qtbot: QtBot, state: str, tmp_path: Path) -> None:
    """Pictures of the states go to $LORENTZ_SHOTS, for a person to look at."""
    window = make_window(hint=state == "first hint")
    if state != "welcome":
        window.open_path("/clips/clip.mp4")
        wait_done(window, qtbot)
    if state in ("zoomed", "truth", "recorded only"):
        window.steering.magnify(8)
        window.actions_by_id["truth"].setChecked(state != "zoomed")
        window.actions_by_id["recorded_only"].setChecked(state == "recorded only")
        wait_done(window, qtbot)
    elif state == "playing":
        window.player.play()
        qtbot.waitUntil(lambda: window.player.index > 3)
    elif state == "jobs":
        window.exports.verify("/clips/yard.lzc")
        qtbot.waitUntil(lambda: not window.jobs.running)
    elif state == "facts":
        window.actions_by_id["show_facts"].trigger()
    elif state == "message":
        window.message_bar.say("error", "the disk is full")
    shot = window.grab().toImage()
    folder = Path(os.environ.get("LORENTZ_SHOTS", tmp_path))
    assert shot.save(str(folder / f"{state.replace(' ', '-')}.png"))
    colours = {shot.pixelColor(x, y).rgb() for x in range(0, shot.width(), 7) for y in range(0, shot.height(), 7)}
    assert len(colours) > 8
    if state in ("truth", "recorded only"):  # the pixels in the middle of the view carry the colour of their class
        at = window.zoom_view.mapTo(window, window.zoom_view.rect().center())
        seen = shot.pixelColor(at)
        want = theme.TRUTH[Provenance.SYNTHESISED if state == "truth" else Provenance.INTERPOLATED]
        grey = 200 if state == "truth" else 120
        mixed = [round(grey + (c - grey) * theme.TRUTH_ALPHA / 255) for c in (want.red(), want.green(), want.blue())]
        assert [seen.red(), seen.green(), seen.blue()] == pytest.approx(mixed, abs=3)


def test_closing_while_everything_runs_leaves_nothing(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.engines[0].gate.clear()
    opened.steering.magnify(8)
    opened.player.play()
    opened.close()
    assert controller.closed and all(s.closed for s in controller.opened)


@pytest.mark.timeout(300)
def test_reference_counts_hold_over_300_frames(make_window: Callable[..., MainWindow], controller: FakeController) -> None:
    """PySide6 releases have lost references to None at every signal or paint until the interpreter died."""
    opened = make_window((760, 480))
    opened.open_path("/clips/clip.mp4")

    def until(done: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not done():  # qtbot.waitUntil makes objects of its own for every wait
            assert time.monotonic() < end
            QApplication.processEvents()

    def rounds(count: int) -> tuple[int, int]:
        for i in range(count):
            at = 1 + i % 38
            opened.player.seek(at)
            until(lambda at=at: opened.player.index == at)  # type: ignore[misc]
            opened.zoom_view.repaint()
            opened.frame_view.repaint()
            controller.engines[0].requests.clear()
            controller.opened[0].reads.clear()
        until(lambda: opened.zoom.request is not None and opened.zoom.done)
        gc.collect()
        return sys.getrefcount(None), sys.getrefcount(True)

    until(lambda: opened.zoom.request is not None and opened.zoom.done)
    before = rounds(20)
    after = rounds(300)
    assert abs(after[0] - before[0]) < 60 and abs(after[1] - before[1]) < 60


def test_the_sample_is_offered_when_it_is_there(qtbot: QtBot, tmp_path: Path) -> None:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QPushButton

    from app.welcome import Welcome

    sample = tmp_path / "sample.lzc"
    sample.write_bytes(b"x")
    page = Welcome({n: QAction(n) for n in ("open_file", "open_folder")}, sample)
    qtbot.addWidget(page)
    button = next(b for b in page.findChildren(QPushButton) if b.text() == "Open the sample")
    with qtbot.waitSignal(page.chosen) as chosen:
        button.click()
    assert chosen.args == [str(sample)]
