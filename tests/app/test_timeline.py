"""The timeline's stripes, and the small picture over it."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app import theme
from app.window import MainWindow
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info


class Told(FakeSource):
    key_frames = (0, 12, 24, 36)

    def held(self) -> tuple[tuple[int, int], ...]:
        return ((3, 9), (30, 30))


@pytest.fixture
def told(window: MainWindow, qtbot: QtBot, controller: FakeController) -> MainWindow:
    controller.sources["told.mp4"] = Told(make_info("/clips/told.mp4"))
    window.open_path("/clips/told.mp4")
    wait_done(window, qtbot)
    return window


def colours(window: MainWindow, y: float) -> list[str]:
    """Of one row of the timeline, from left to right."""
    line = window.transport.timeline
    image = line.grab().toImage()
    k = image.width() / line.width()
    return [QColor(image.pixel(x, round(y * k))).name() for x in range(image.width())]


def test_key_frames_and_what_is_decoded_are_told(told: MainWindow) -> None:
    line = told.transport.timeline
    assert line.keys == (0, 12, 24, 36) and line.held == ((3, 9), (30, 30))
    told.player.seek(20)
    row = colours(told, line.height() / 2 - 7)
    near = {k: [row[x] for x in range(round(line.x_of(k)) - 2, round(line.x_of(k)) + 3)] for k in (12, 24, 18)}
    assert len(set(near[12])) > 1 and len(set(near[24])) > 1 and len(set(near[18])) == 1
    low = colours(told, line.height() / 2 + 2.5)
    middle = low[round((line.x_of(3) + line.x_of(9)) / 2)]
    assert QColor(middle).green() > QColor(middle).blue() and middle != low[round(line.x_of(20))]
    assert "key frame" in line.words_at(12) and "key frame" not in line.words_at(13)
    assert theme.GOOD


def test_the_mouse_over_it_brings_up_the_frame(told: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    line, thumb = told.transport.timeline, told.thumbs.thumb
    QTest.mouseMove(line, QPoint(round(line.x_of(5)), 10))
    assert thumb.isVisible() and "#5" in thumb.text
    at = QPoint(round(line.x_of(5)), 10)
    QApplication.sendEvent(line, QHelpEvent(QEvent.Type.ToolTip, at, line.mapToGlobal(at)))
    assert not QToolTip.isVisible(), "it would lie over the words under the picture, and say the same"
    qtbot.waitUntil(lambda: thumb.image is not None)
    first = thumb.image
    assert first is not None and int(first[-1, 0, 0]) == pytest.approx(4 * 255 * 5 / 219, abs=4)
    QTest.mouseMove(line, QPoint(round(line.x_of(30)), 10))
    qtbot.waitUntil(lambda: thumb.image is not None and thumb.image is not first)
    assert told.player.target == 0, "looking is not going"
    assert 0 <= thumb.x() and thumb.x() + thumb.width() <= told.centralWidget().width()
    assert thumb.geometry().bottom() < told.transport.y() + 30
    told.close_source()
    assert not thumb.isVisible()
    qtbot.waitUntil(lambda: controller.opened[-1].closed)


def test_leaving_hides_it_and_what_is_lost_has_no_picture(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["hole.mp4"] = FakeSource(make_info("/clips/hole.mp4"), frozenset(range(10, 20)))
    window.open_path("/clips/hole.mp4")
    wait_done(window, qtbot)
    line = window.transport.timeline
    QTest.mouseMove(line, QPoint(round(line.x_of(15)), 10))
    qtbot.waitUntil(lambda: window.thumbs._work is not None and window.thumbs._work.idle)
    assert window.thumbs.thumb.image is None and window.message_bar.level != "error"
    QTest.mouseMove(window.zoom_view, QPoint(50, 50))
    line.hovered.emit(-1)
    assert not window.thumbs.thumb.isVisible()


def test_many_frames_share_pictures_and_key_frames_stand_for_them(told: MainWindow) -> None:
    info = make_info("/clips/long.mp4", frames=100000)
    told.transport.timeline.open(info)
    told.transport.timeline.set_keys(tuple(range(0, 100000, 250)))
    told.thumbs.open(info)
    found = {told.thumbs.nearest(n) for n in range(0, 100000, 7)}
    assert len(found) < 2 * told.transport.timeline.width() and told.thumbs.nearest(250) == 250
    assert replace(info).frames == 100000


def test_a_video_tells_its_key_frames(tmp_path: Path) -> None:
    import av

    from engine.media import open_media

    path = tmp_path / "keys.mkv"
    with av.open(str(path), "w") as out:
        options = {"g": "10", "keyint_min": "10", "bf": "2", "sc_threshold": "0"}
        stream = out.add_stream("libx264", rate=25, options=options, width=64, height=48)
        stream.pix_fmt = "yuv420p"
        for i in range(35):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 7 * i % 255, np.uint8), "rgb24")))
        out.mux(stream.encode(None))
    with open_media(path) as source:
        assert source.key_frames == (0, 10, 20, 30)
        source.read(12)
        assert any(a <= 12 <= b for a, b in source.held())


def test_the_cursor_is_kept_by_drags(told: MainWindow, qtbot: QtBot) -> None:
    line = told.transport.timeline
    QTest.mousePress(line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(round(line.x_of(8)), 10))
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(round(line.x_of(8)), 10))
    qtbot.waitUntil(lambda: told.player.index == 8)
