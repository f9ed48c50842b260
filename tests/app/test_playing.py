"""Playing as a person does it: keys, fields, timeline."""
from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.window import MainWindow
from tests.app.conftest import wait_done
from tests.app.hands import drag, key


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
