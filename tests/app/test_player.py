"""The playback clock with a clock of its own: which frame is on screen at which moment."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.player import Player
from app.reader import Ended, Lost, Picture
from tests.app.fakes import make_info


class StillReader:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.generation = 0
        self.asked: list[tuple[Any, ...]] = []
        self.took = 0

    def seek(self, index: int) -> int:
        self.asked.append(("seek", index))
        self.generation += 1
        return self.generation

    def play(self, start: int, step: int) -> int:
        self.asked.append(("play", start, step))
        self.generation += 1
        return self.generation

    def taken(self, count: int = 1) -> None:
        self.took += count


class Stage:
    def __init__(self, **info: Any) -> None:
        self.reader, self.now = StillReader(), 100.0
        self.player = Player(self.reader, clock=lambda: self.now)  # type: ignore[arg-type]
        self.shown: list[int] = []
        self.player.shown.connect(lambda: self.shown.append(self.player.index))
        self.player.reset(make_info(**info))
        self.give(0)

    def give(self, *indices: int, generation: int | None = None) -> None:
        for i in indices:
            self.player.handle(Picture(self.reader.generation if generation is None else generation, i, np.zeros((1, 1, 4), np.uint8)))

    def at(self, seconds: float) -> None:
        self.now = 100 + seconds
        self.player._tick()


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def test_frames_are_shown_when_they_are_due(stage: Stage) -> None:
    stage.player.play()
    stage.give(0, 1, 2, 3)
    assert stage.shown == [0, 0]
    stage.at(0.039)
    assert stage.shown == [0, 0]
    stage.at(0.041)
    assert stage.shown == [0, 0, 1]
    stage.at(0.125)
    assert stage.shown == [0, 0, 1, 3], "a late tick shows the newest due frame"
    assert stage.reader.took == 4


def test_uneven_time_stamps_are_kept(qapp: object) -> None:
    stage = Stage(frames=4, pts=(0, 1, 11, 12))
    stage.player.play()
    stage.give(0, 1, 2, 3)
    stage.at(0.05)
    stage.at(0.43)
    assert stage.shown[-1] == 1
    stage.at(0.45)
    assert stage.shown[-1] == 2


def test_speed_and_direction(stage: Stage) -> None:
    stage.player.seek(30)
    stage.give(30)
    stage.player.play(-2.0)
    assert stage.reader.asked[-1] == ("play", 30, -2)
    stage.give(30, 28, 26)
    stage.at(0.045)
    assert stage.shown[-1] == 28
    stage.player.set_speed(0.5)
    assert stage.player.speed == -0.5 and stage.reader.asked[-1] == ("play", 28, -1)
    stage.give(28, 27)
    stage.at(0.045 + 0.07)
    assert stage.shown[-1] == 28
    stage.at(0.045 + 0.085)
    assert stage.shown[-1] == 27


def test_a_slow_decoder_slows_the_picture_and_skips_nothing(stage: Stage) -> None:
    stage.player.play()
    stage.give(0)
    for i in range(1, 5):
        stage.now += 1.0
        stage.give(i)
        stage.player._tick()
    assert stage.shown == [0, 0, 1, 2, 3, 4]


def test_after_a_stall_it_goes_on_where_it_was_at_its_own_pace(stage: Stage) -> None:
    stage.player.play()
    stage.give(0)
    stage.now += 1.0
    stage.give(1, 2, 3)
    assert stage.shown == [0, 0, 1]
    stage.at(1.03)
    assert stage.shown[-1] == 1
    stage.at(1.05)
    assert stage.shown[-1] == 2


def test_stale_events_are_dropped(stage: Stage) -> None:
    stage.player.seek(5)
    old = stage.reader.generation
    stage.player.seek(9)
    stage.give(5, generation=old)
    assert stage.shown == [0]
    stage.give(9)
    assert stage.shown == [0, 9]


def test_the_end_pauses_or_starts_again(stage: Stage) -> None:
    stage.player.seek(39)
    stage.give(39)
    stage.player.play()
    assert stage.reader.asked[-1] == ("play", 0, 1), "play at the end starts at the beginning"
    stage.give(0)
    stage.player.handle(Ended(stage.reader.generation))
    stage.at(1)
    assert not stage.player.playing
    stage.player.loop = True
    stage.player.play()
    stage.give(0)
    stage.player.handle(Ended(stage.reader.generation))
    stage.at(2)
    assert stage.player.playing


def test_going_to_the_end_while_it_plays_stays_there(stage: Stage) -> None:
    stage.player.play()
    stage.give(0)
    stage.player.seek(39)
    assert not stage.player.playing and stage.reader.asked[-1] == ("seek", 39)
    stage.give(39)
    assert stage.shown[-1] == 39
    stage.player.play(-1)
    stage.player.seek(0)
    assert not stage.player.playing and stage.reader.asked[-1] == ("seek", 0)
    stage.player.play()
    stage.player.seek(38)
    assert stage.player.playing and stage.reader.asked[-1] == ("play", 38, 1)
    stage.player.loop = True
    stage.player.seek(39)
    assert stage.player.playing and stage.reader.asked[-1] == ("play", 0, 1), "who wants it again and again gets it again"


def test_shuttle_doubles_and_turns(stage: Stage) -> None:
    p = stage.player
    speeds = []
    for way in (1, 1, 1, 1, 1, -1, -1, 1):
        p.shuttle(way)
        speeds.append(p.speed)
    assert speeds == [1, 2, 4, 8, 8, -1, -2, 1]


def test_steps_add_up_while_the_reader_is_slow(stage: Stage) -> None:
    for _ in range(3):
        stage.player.step(1)
    stage.player.step(-1)
    assert stage.reader.asked[-1] == ("seek", 2)
    stage.player.seek(-5)
    assert stage.player.target == 0
    stage.player.seek(500)
    assert stage.player.target == 39


def test_a_lost_frame_is_passed_on(stage: Stage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(stage.player.lost) as said:
        stage.player.handle(Lost(stage.reader.generation, 3, "damaged"))
    assert said.args == [3, "damaged"]


def test_stepping_while_playing_pauses_first(stage: Stage) -> None:
    stage.player.play()
    stage.give(0, 1)
    stage.at(0.05)
    stage.player.step(1)
    assert not stage.player.playing and stage.reader.asked[-1] == ("seek", 2)


def test_a_loop_never_shows_what_lies_outside_however_late_it_is() -> None:
    stage = Stage()
    stage.player.set_between(10, 12)
    stage.player.seek(10)
    stage.give(10)
    stage.player.play()
    stage.give(10, 11, 12, 13, 14)
    stage.shown.clear()
    stage.at(0.2)  # everything is due at once
    assert stage.shown == [12] and stage.reader.asked[-1] == ("play", 10, 1)
    stage.give(13)
    assert 13 not in stage.shown and stage.player.playing


def test_a_seek_is_kept_where_nothing_has_been_shown_since(stage: Stage) -> None:
    stage.player.seek(20)
    stage.player.play()
    stage.player.set_speed(2.0)
    assert stage.reader.asked[-1] == ("play", 20, 2)
    stage.player.pause()
    assert stage.player.target == 20 and stage.reader.asked[-1] == ("seek", 20)
