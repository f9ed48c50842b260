"""Sound keeps to the picture's clock; what is not there is said."""
from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.clock import Clock
from app.player import Player
from app.sound import BLOCK, RATE, SoundThread
from app.speakers import NoSpeakers, Speakers
from app.window import MainWindow
from engine.api import MediaError
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info
from tests.app.hands import key
from tests.app.test_player import Stage


class Counting:
    """Sample `i` has the value `i // 16` modulo 2 ** 14: what is heard says where it is from."""

    def __init__(self) -> None:
        self.reads: list[int] = []
        self.closed = False

    def read(self, start: int, count: int) -> np.ndarray:
        self.reads.append(start)
        at = np.arange(start, start + count) // 16 % 16384
        return np.repeat(at[:, None], 2, 1).astype(np.int16)

    def close(self) -> None:
        self.closed = True


class FakeSpeakers:
    def __init__(self, fill: Callable[..., np.ndarray]) -> None:
        self.fill, self.closed = fill, False

    def close(self) -> None:
        self.closed = True


class Rig:
    def __init__(self, make: Callable[..., object] = FakeSpeakers) -> None:
        self.now, self.said, self.sound = 50.0, [], Counting()
        self.thread = SoundThread(lambda path: self.sound, self.said.append, make, lambda: self.now)
        self.thread.open("clip")

    def heard(self, count: int = 480) -> int:
        """The place (in samples) of the first sample given out; -1 for silence."""
        got = self.thread.fill(count)
        return int(got[0, 0]) * 16 if got.any() else -1


@pytest.fixture
def rig() -> object:
    rig = Rig()
    yield rig
    rig.thread.close()


def test_what_is_heard_belongs_to_the_moment(rig: Rig, qtbot: QtBot) -> None:
    rig.thread.run(Clock(50.0, 2.0, 1.0))
    qtbot.waitUntil(lambda: len(rig.thread._blocks) >= 8)
    assert rig.heard() == pytest.approx(2.0 * RATE, abs=16)
    rig.now += 0.01
    assert rig.heard() == pytest.approx(2.01 * RATE, abs=16), "goes on without a seam"
    rig.now += 0.025
    assert rig.heard() == pytest.approx(2.02 * RATE, abs=16), "15 ms is nothing that a person hears"
    rig.now += 0.3
    assert rig.heard() == pytest.approx(2.335 * RATE, abs=16) and rig.thread.jumps == 2, "far off it jumps to the picture"


def test_latency_and_speed_are_taken_into_account(rig: Rig, qtbot: QtBot) -> None:
    rig.thread.run(Clock(50.0, 2.0, 2.0))
    qtbot.waitUntil(lambda: len(rig.thread._blocks) >= 8)
    got = rig.thread.fill(960, 0.1)
    assert int(got[0, 0]) * 16 == pytest.approx(2.2 * RATE, abs=16)
    assert (int(got[-1, 0]) - int(got[0, 0])) * 16 == pytest.approx(1920, abs=40)


@pytest.mark.parametrize("speed", [-1.0, 4.0, 0.1])
def test_what_would_say_nothing_is_silent(rig: Rig, speed: float) -> None:
    rig.thread.run(Clock(50.0, 2.0, speed))
    assert rig.heard() == -1 and not rig.sound.reads


def test_mute_and_volume(rig: Rig, qtbot: QtBot) -> None:
    rig.thread.run(Clock(50.0, 2.0, 1.0))
    qtbot.waitUntil(lambda: bool(rig.thread._blocks))
    full = rig.thread.fill(48)
    rig.thread.volume, rig.thread._cursor = 0.25, -1.0
    assert rig.thread.fill(48)[0, 0] == full[0, 0] // 4
    rig.thread.volume = 0
    assert rig.heard() == -1
    rig.thread.hush()
    rig.thread.volume = 1
    assert rig.heard() == -1


def test_it_stays_ahead_and_forgets_what_is_past(rig: Rig, qtbot: QtBot) -> None:
    rig.thread.run(Clock(50.0, 0.0, 1.0))
    qtbot.waitUntil(lambda: len(rig.thread._blocks) >= 8)
    rig.now += 30
    qtbot.waitUntil(lambda: 30 * RATE // BLOCK + 7 in rig.thread._blocks)
    assert len(rig.thread._blocks) < 40 and 0 not in rig.thread._blocks


def test_a_decoder_that_fails_is_said_once(qtbot: QtBot) -> None:
    rig = Rig()

    def broken(start: int, count: int) -> np.ndarray:
        raise MediaError("the sound is damaged")

    rig.sound.read = broken  # type: ignore[method-assign]
    rig.thread.run(Clock(50.0, 0.0, 1.0))
    qtbot.waitUntil(lambda: bool(rig.said))
    assert rig.said == ["the sound is damaged"] and rig.heard() == -1
    rig.thread.close()
    assert rig.sound.closed


def test_without_a_device_it_says_so_once_and_goes_on(qtbot: QtBot) -> None:
    def none(fill: object) -> object:
        raise NoSpeakers("there is no sound device here")

    rig = Rig(none)
    for _ in range(2):
        rig.thread.run(Clock(50.0, 0.0, 1.0))
        qtbot.waitUntil(lambda: rig.thread.found is not None)
        rig.thread.open("another")
    rig.thread.run(Clock(50.0, 0.0, 1.0))
    qtbot.waitUntil(lambda: rig.thread.found is not None)
    rig.thread.close()
    assert rig.said == ["there is no sound device here"]


def test_the_device_asks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORENTZ_SOUND", "null")
    asked = threading.Event()

    def fill(count: int, latency: float) -> np.ndarray:
        if latency > 0:
            asked.set()
        return np.zeros((count, 2), np.int16)

    speakers = Speakers(fill)
    assert asked.wait(20)
    speakers.close()


def test_the_player_says_how_time_runs() -> None:
    stage = Stage(pts=tuple(range(50, 90)))  # the file's clock does not begin at nothing
    clocks: list[Clock | None] = []
    stage.player.on_clock = clocks.append
    stage.player.seek(10)
    stage.player.play(0.5)
    stage.give(10)
    assert clocks == [Clock(100.0, (50 + 10) / 25, 0.5)] and clocks[0].at(101.0) == pytest.approx(2.4 + 0.5)
    stage.player.pause()
    assert clocks[-1] is None and isinstance(stage.player, Player)


# -- in the window ----------------------------------------------------------------------------------------------------


@pytest.fixture
def sounding(window: MainWindow, qtbot: QtBot, controller: FakeController) -> MainWindow:
    controller.sources["talk.mp4"] = FakeSource(make_info("/clips/talk.mp4", has_audio=True))
    controller.sounds["/clips/talk.mp4"] = Counting()
    window.sounder.thread_._make_speakers = FakeSpeakers
    window.open_path("/clips/talk.mp4")
    wait_done(window, qtbot)
    return window


def test_playing_sounds_and_stopping_is_silent(sounding: MainWindow, qtbot: QtBot) -> None:
    thread = sounding.sounder.thread_
    assert sounding.volume.button.isEnabled()
    key(sounding, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(thread._blocks) and thread.found is True)
    qtbot.waitUntil(lambda: thread.fill(64).any())
    key(sounding, Qt.Key.Key_K)
    assert not thread.fill(64).any()


def test_m_mutes_and_is_remembered(sounding: MainWindow) -> None:
    key(sounding, Qt.Key.Key_M)
    assert sounding.sounder.thread_.volume == 0 and sounding.volume.button.isChecked() and sounding.settings.flag("muted")
    QTest.mouseClick(sounding.volume.button, Qt.MouseButton.LeftButton)
    assert sounding.sounder.thread_.volume > 0 and not sounding.actions_by_id["mute"].isChecked()
    before = sounding.sounder.level
    key(sounding, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert sounding.sounder.level == before - 5 == sounding.volume.slider.value()


def test_a_file_without_sound_has_a_grey_button_that_says_so(opened: MainWindow) -> None:
    assert not opened.volume.button.isEnabled() and "no sound" in opened.volume.button.toolTip()
