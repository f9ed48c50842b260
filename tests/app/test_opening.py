"""Opening: files, drops, recents, what is damaged and what is none."""
from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import patience
from app.window import MainWindow
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info
from tests.app.hands import key


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


def test_a_mistaken_file_takes_nothing_away(opened: MainWindow, qtbot: QtBot) -> None:
    opened.player.seek(17)
    opened.steering.exact((40.0, 20.0, 32.0, 18.0))
    opened.player.set_between(10, 30)
    wait_done(opened, qtbot)
    opened.player.play()
    qtbot.waitUntil(lambda: opened.player.playing)
    at = opened.player.target
    for _ in range(2):  # the second while the first is on its way
        opened.open_path("/clips/bad.mp4")
    qtbot.waitUntil(lambda: opened.message_bar.level == "error")
    wait_done(opened, qtbot)
    assert at <= opened.player.index <= 30 and not opened.player.playing and opened.player.between == (10, 30)
    assert opened.player.info.path == "/clips/clip.mp4" and opened.state.roi == (40.0, 20.0, 32.0, 18.0)
    assert opened.stack.currentIndex() == 1 and opened.actions_by_id["play"].isEnabled() and "this is no video" in opened.message_bar.text
    key(opened, Qt.Key.Key_Right)
    wait_done(opened, qtbot)
    opened.actions_by_id["close_file"].trigger()
    opened.open_path("/clips/bad.mp4")
    qtbot.waitUntil(lambda: opened.opening < 0)
    assert opened.stack.currentIndex() == 0 and opened.player.info is None, "what was closed stays closed"


def test_a_mistaken_file_after_one_that_nobody_waits_for_any_more(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    """The reader has moved on to the second file when the third turns out to be none: the first one comes back, not the second."""
    read = threading.Event()
    second = FakeSource(make_info("/clips/second.mp4", size=(64, 48), frames=1))
    controller.sources["second.mp4"] = second
    opened.player.seek(17)
    wait_done(opened, qtbot)
    opened.reader._post, post = lambda event: (post(event), read.set()), opened.reader._post
    opened.open_path("/clips/second.mp4")
    assert read.wait(20)
    opened.open_path("/clips/bad.mp4")
    qtbot.waitUntil(lambda: opened.opening < 0 and opened.player.picture is not None and opened.player.index == 17)
    wait_done(opened, qtbot)
    assert opened.player.info.path == "/clips/clip.mp4" and opened.player.picture.whole.shape[:2] == (90, 160)
    assert opened.message_bar.level == "error" and "this is no video" in opened.message_bar.text


def test_what_was_to_be_done_after_an_opening_is_not_done_after_another(opened: MainWindow, qtbot: QtBot) -> None:
    done: list[str] = []
    opened.open_path("/clips/second.mp4", lambda: done.append("second"))
    opened.open_path("/clips/third.mp4")
    wait_done(opened, qtbot)
    assert opened.player.info.path == "/clips/third.mp4" and not done


def test_a_slow_opening_is_explained(window: MainWindow, qtbot: QtBot, controller: FakeController, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    real = controller.open
    monkeypatch.setattr(window.reader, "_open_source", lambda path: gate.wait(20) and real(path))
    window.open_path("/clips/slow.mp4")
    qtbot.waitUntil(lambda: window.message_bar.text == "opening slow.mp4 …")
    gate.set()
    wait_done(window, qtbot)
    assert window.message_bar.text == ""


@pytest.mark.parametrize("damage", [(), ("frames 2 to 3 are lost",)])
def test_a_slow_first_frame_of_a_recording_is_explained(window: MainWindow, qtbot: QtBot, controller: FakeController,
                                                       monkeypatch: pytest.MonkeyPatch, damage: tuple[str, ...]) -> None:
    gate = threading.Event()
    source = FakeSource(make_info("/clips/yard.lzc", "lzc"), damage=damage)
    real = source.read
    monkeypatch.setattr(source, "read", lambda index: real(index) if gate.wait(20) else None)
    monkeypatch.setattr(patience, "READING_MS", 1)
    controller.sources["yard.lzc"] = source
    window.open_path("/clips/yard.lzc")
    qtbot.waitUntil(lambda: window.player.info is not None and not window.patience._timer.isActive())
    said = window.message_bar.text
    assert ("after an installation" in said) is not bool(damage), "what is lost is more important"
    gate.set()
    wait_done(window, qtbot)
    assert window.message_bar.text == (said if damage else "")


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


def test_what_was_refused_is_settled_by_what_is_taken(opened: MainWindow, qtbot: QtBot) -> None:
    frame = opened.transport.frame
    for words, said in (("nowhere", True), ("12", False)):
        frame.setFocus()
        frame.setText(words)
        QTest.keyClick(frame, Qt.Key.Key_Return)
        assert ("nowhere" in opened.message_bar.text) is said
    qtbot.waitUntil(lambda: opened.player.index == 12)
    frame.setText("nowhere")
    QTest.keyClick(frame, Qt.Key.Key_Return)
    opened.message_bar.say("warn", "something else")
    QTest.keyClick(frame, Qt.Key.Key_Escape)
    assert opened.message_bar.text == "something else"


def test_closing_a_file_comes_back_to_the_start(opened: MainWindow) -> None:
    opened.actions_by_id["close_file"].trigger()
    assert opened.stack.currentIndex() == 0 and opened.player.info is None
    assert opened.windowTitle() == "Lorentz Zoom" and not opened.actions_by_id["export_roi"].isEnabled()
