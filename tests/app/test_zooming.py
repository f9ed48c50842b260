"""Zooming: boxes, wheel, numbers, the readout of the recorded limit, truth and alternatives."""
from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.window import MainWindow
from engine.api import Provenance
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info
from tests.app.hands import drag, key, on_frame, wheel


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


def test_r_held_down_in_a_field_is_text(opened: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.menus

    monkeypatch.setattr(app.menus, "HOLD_MS", 0)
    field = QLineEdit(opened)
    field.show()
    field.setFocus()
    QTest.keyPress(field, Qt.Key.Key_R)
    QTest.keyRelease(field, Qt.Key.Key_R)
    assert field.text() == "r" and not opened.steering.recorded_only


@pytest.mark.parametrize("long", [0, 10**6])
def test_a_held_key_that_repeats_as_pairs_is_held(opened: MainWindow, monkeypatch: pytest.MonkeyPatch, long: int) -> None:
    import app.menus

    monkeypatch.setattr(app.menus, "HOLD_MS", long)
    action = opened.actions_by_id["recorded_only"]

    def send(kind: QEvent.Type, at: int) -> None:
        event = QKeyEvent(kind, Qt.Key.Key_R, Qt.KeyboardModifier.NoModifier, "r")
        event.setTimestamp(at)
        event.ignore()
        if not opened._hold.eventFilter(opened, event) and kind == QEvent.Type.ShortcutOverride:
            action.toggle()

    for at in (1000, 1500, 1530, 1560):
        if at > 1000:
            send(QEvent.Type.KeyRelease, at - 1)
        send(QEvent.Type.ShortcutOverride, at)
        assert opened.steering.recorded_only
    send(QEvent.Type.KeyRelease, 1600)
    assert opened.steering.recorded_only == bool(long), "back when it was held for long"
    send(QEvent.Type.ShortcutOverride, 2000)
    assert opened.steering.recorded_only != bool(long), "a new press"


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


def test_the_level_can_be_locked_by_hand(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    lock, finer, free = (opened.actions_by_id[name] for name in ("coarser_level", "finer_level", "free_level"))
    label = opened.readouts.labels["level"]
    assert opened.zoom.request.level is None and "locked" not in label.text()
    for wanted in (1, 2, 2):  # 160 x 90: means down to 16 pixels
        lock.trigger()
        wait_done(opened, qtbot)
        assert opened.zoom.request.level == wanted
    assert "(locked)" in label.text()
    key(opened, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier)
    wait_done(opened, qtbot)
    assert opened.zoom.request.level == 1
    for _ in range(2):
        finer.trigger()
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    assert opened.zoom.request.level == 0, "kept while the magnification changes"
    free.trigger()
    wait_done(opened, qtbot)
    assert opened.zoom.request.level is None and "locked" not in label.text()
    lock.trigger()
    opened.open_path("/clips/clip.mp4")
    wait_done(opened, qtbot)
    assert opened.zoom.request.level is None, "another file is looked at by magnification again"


def test_the_class_under_a_resting_cursor_follows_what_is_shown(opened: MainWindow, qtbot: QtBot) -> None:
    label = opened.readouts.labels["cursor"]
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    opened.zoom_view.pointer = QPointF(300, 300)
    opened.zoom_view.hovered.emit()
    assert "synthesised" in label.text()
    key(opened, Qt.Key.Key_R)
    wait_done(opened, qtbot)
    assert "interpolated" in label.text()
    key(opened, Qt.Key.Key_R)
    key(opened, Qt.Key.Key_1)
    wait_done(opened, qtbot)
    assert "coded" in label.text()
