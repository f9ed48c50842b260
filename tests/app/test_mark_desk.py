"""Marks in the window: set, drawn, written on, listed, jumped to, taken back, and kept beside the file."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.marks import load, sidecar
from app.window import MainWindow
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info
from tests.app.hands import drag, key

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def source(tmp_path: Path, controller: FakeController) -> Path:
    path = tmp_path / "clip.mp4"
    controller.sources["clip.mp4"] = FakeSource(make_info(str(path), digest="11" * 32))
    return path


@pytest.fixture
def marked(window: MainWindow, qtbot: QtBot, source: Path) -> MainWindow:
    window.open_path(str(source))
    wait_done(window, qtbot)
    qtbot.waitUntil(lambda: window.desk._path is not None)
    window.steering.magnify(8)
    wait_done(window, qtbot)
    return window


def spot(window: MainWindow, x: float, y: float) -> tuple[int, int]:
    at = window.zoom_view.at_source(x, y)
    return round(at.x()), round(at.y())


def test_a_bookmark_is_listed_shown_and_kept(marked: MainWindow, qtbot: QtBot, source: Path) -> None:
    marked.player.seek(7)
    qtbot.waitUntil(lambda: marked.player.index == 7)
    key(marked, Qt.Key.Key_D, CTRL)
    assert [m.frame for m in marked.desk.marks.all] == [7]
    assert marked.transport.timeline.marks[0][:2] == (7, 7)
    item = marked.marks_panel.list.topLevelItem(0)
    assert [item.text(c) for c in range(2)] == ["bookmark", "7"] and "00:00:00.280" in item.toolTip(0)
    qtbot.waitUntil(lambda: sidecar(str(source)).is_file())
    record = json.loads(sidecar(str(source)).read_text())
    assert record["source"] == {"name": "clip.mp4", "sha256": "11" * 32} and record["marks"][0]["frame"] == 7


def test_marks_come_back_with_the_file_and_warn_for_another_version(make_window: Callable[..., MainWindow], qtbot: QtBot, source: Path,
                                                                    controller: FakeController) -> None:
    first = make_window()
    first.open_path(str(source))
    wait_done(first, qtbot)
    qtbot.waitUntil(lambda: first.desk._path is not None)
    key(first, Qt.Key.Key_D, CTRL)
    first.close()  # at once: what is not kept yet is kept on the way out
    assert load(str(source)) is not None
    second = make_window()
    second.open_path(str(source))
    qtbot.waitUntil(lambda: len(second.desk.marks.all) == 1)
    assert second.message_bar.text == "" and not second.desk.marks.can_undo
    controller.sources["clip.mp4"] = FakeSource(make_info(str(source), digest="22" * 32))
    second.open_path(str(source))
    qtbot.waitUntil(lambda: "another version" in second.message_bar.text)


def test_damaged_marks_are_said_and_never_overwritten(window: MainWindow, qtbot: QtBot, source: Path) -> None:
    sidecar(str(source)).write_text("{ damaged")
    window.open_path(str(source))
    qtbot.waitUntil(lambda: window.message_bar.level == "warn")
    wait_done(window, qtbot)
    key(window, Qt.Key.Key_D, CTRL)
    other = source.parent / "clip.mp4.marks-2.json"
    qtbot.waitUntil(other.is_file)
    assert sidecar(str(source)).read_text() == "{ damaged"


@pytest.mark.parametrize(("command", "kind"), [("mark_arrow", "arrow"), ("mark_region", "region"), ("distance", "distance")])
def test_drawing_with_the_mouse(marked: MainWindow, command: str, kind: str) -> None:
    roi = marked.state.roi
    a, b = (roi[0] + 5, roi[1] + 5), (roi[0] + 25, roi[1] + 15)
    marked.actions_by_id[command].trigger()
    assert marked.desk.tool.kind == kind and marked.actions_by_id["tool_off"].isEnabled()
    drag(marked.zoom_view, spot(marked, *a), spot(marked, *b))
    (mark,) = marked.desk.marks.all
    assert mark.kind == kind and mark.points[0] == pytest.approx(a, abs=0.2) and mark.points[1] == pytest.approx(b, abs=0.2)
    assert mark.basis == "made", "the view is past its recorded limit and says so"
    assert marked.state.roi == roi and marked.desk.tool.kind == "", "a tool draws once and does not move the view"
    drag(marked.zoom_view, (200, 200), (180, 200))
    assert marked.state.roi != roi


def test_a_distance_on_made_pixels_says_so_and_takes_a_scale(marked: MainWindow) -> None:
    roi = marked.state.roi
    marked.actions_by_id["distance"].trigger()
    drag(marked.zoom_view, spot(marked, roi[0] + 5, roi[1] + 5), spot(marked, roi[0] + 25, roi[1] + 5))
    (mark,) = marked.desk.marks.all
    assert marked.desk.words(mark) == "20.0 px  on made pixels"
    form = marked.commands.set_scale()
    next(e for e in form.findChildren(QLineEdit) if e.accessibleName() == "Length").setText("2,5")
    form.start.click()
    assert marked.desk.words(mark).startswith("2.5 m")
    marked.actions_by_id["clear_scale"].trigger()
    assert "px" in marked.desk.words(mark)


def test_a_scale_without_a_distance_is_refused_in_the_form(marked: MainWindow) -> None:
    form = marked.commands.set_scale()
    form.start.click()
    assert form.isVisible() and "distance" in form.wrong.text()
    form.reject()


def test_an_angle_takes_a_drag_and_a_click(marked: MainWindow) -> None:
    x, y, _, _ = marked.state.roi
    marked.actions_by_id["angle"].trigger()
    drag(marked.zoom_view, spot(marked, x + 25, y + 5), spot(marked, x + 5, y + 5))
    assert not marked.desk.marks.all
    QTest.mouseClick(marked.zoom_view, Qt.MouseButton.LeftButton, pos=QPoint(*spot(marked, x + 5, y + 25)))
    (mark,) = marked.desk.marks.all
    assert marked.desk.words(mark).startswith("90.0°")


def test_escape_puts_the_tool_away(marked: MainWindow) -> None:
    marked.actions_by_id["mark_arrow"].trigger()
    key(marked, Qt.Key.Key_Escape)
    assert marked.desk.tool.kind == "" and not marked.actions_by_id["tool_off"].isEnabled()


def test_a_note_is_written_in_the_list(marked: MainWindow, qtbot: QtBot) -> None:
    key(marked, Qt.Key.Key_T, CTRL)
    QTest.mouseClick(marked.zoom_view, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    (mark,) = marked.desk.marks.all
    editor = marked.marks_panel.list.findChild(QLineEdit)
    assert mark.kind == "note" and editor is not None
    qtbot.keyClicks(editor, "white van")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: marked.desk.marks.all[0].text == "white van")
    marked.desk.marks.undo()
    assert marked.desk.marks.all[0].text == ""


def test_jumping_choosing_removing_and_taking_back(marked: MainWindow, qtbot: QtBot) -> None:
    for frame in (5, 20):
        marked.player.seek(frame)
        qtbot.waitUntil(lambda f=frame: marked.player.index == f)
        marked.desk.bookmark()
    key(marked, Qt.Key.Key_PageUp, CTRL)
    qtbot.waitUntil(lambda: marked.player.index == 5)
    key(marked, Qt.Key.Key_PageDown, CTRL)
    qtbot.waitUntil(lambda: marked.player.index == 20)
    marked.marks_panel.list.itemClicked.emit(marked.marks_panel.list.topLevelItem(0), 0)
    qtbot.waitUntil(lambda: marked.player.index == 5)
    key(marked, Qt.Key.Key_Delete)
    assert [m.frame for m in marked.desk.marks.all] == [20]
    key(marked, Qt.Key.Key_Z, CTRL)
    assert [m.frame for m in marked.desk.marks.all] == [5, 20]
    key(marked, Qt.Key.Key_Z, CTRL | SHIFT)
    assert [m.frame for m in marked.desk.marks.all] == [20]


def test_a_mark_is_painted_on_its_frames_only(marked: MainWindow, qtbot: QtBot) -> None:
    x, y, _, _ = marked.state.roi
    plain = marked.zoom_view.grab().toImage()
    marked.actions_by_id["mark_arrow"].trigger()
    drag(marked.zoom_view, spot(marked, x + 5, y + 5), spot(marked, x + 25, y + 15))
    at = QPoint(*spot(marked, x + 15, y + 10))
    wait_done(marked, qtbot)
    assert marked.zoom_view.grab().toImage().pixelColor(at) != plain.pixelColor(at)
    marked.player.step(1)
    wait_done(marked, qtbot)
    seen = marked.zoom_view.grab().toImage().pixelColor(at)
    assert seen.red() == seen.green() == seen.blue()


def test_a_b_loop_from_the_keyboard(opened: MainWindow, qtbot: QtBot) -> None:
    for frame, k in ((10, Qt.Key.Key_I), (14, Qt.Key.Key_O)):
        opened.player.seek(frame)
        qtbot.waitUntil(lambda f=frame: opened.player.index == f)
        key(opened, k)
    assert opened.player.between == (10, 14) == opened.transport.timeline.between
    shown: list[int] = []
    opened.player.shown.connect(lambda: shown.append(opened.player.index))
    opened.player.play()
    qtbot.waitUntil(lambda: shown.count(10) >= 2 or len(shown) > 40)
    opened.player.pause()
    assert set(shown) <= set(range(10, 15)) and len(set(shown)) >= 3
    key(opened, Qt.Key.Key_I, SHIFT)
    assert opened.player.between is None


def test_ends_of_the_loop_that_cross(opened: MainWindow) -> None:
    p = opened.player
    p.set_between(20, None)
    assert p.between == (20, 39)
    p.set_between(None, 10)
    assert p.between == (0, 10)
    p.set_between(15, None)
    assert p.between == (15, 39)
