"""Circular garbage is collected when nothing moves, libraries are set aside, and no thread stops the window with a full collection."""
from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from app import tidy
from app.tidy import Tidy
from app.window import MainWindow


class Full:
    """Counts full collections while it stands for the garbage collector."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = self.waiting = 0
        self.did: list[str] = []
        monkeypatch.setattr(tidy.gc, "collect", self._collect)
        monkeypatch.setattr(tidy.gc, "get_count", lambda: (1, 1, self.waiting))
        for name in ("freeze", "unfreeze"):
            monkeypatch.setattr(tidy.gc, name, lambda name=name: self.did.append(name))

    def _collect(self) -> None:
        self.count += 1
        self.did.append("collect")


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Full:
    return Full(monkeypatch)


@pytest.fixture
def calm() -> list[bool]:
    return [False]


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    asked: list[bool] = []
    monkeypatch.setattr(tidy, "large_pieces_apart", lambda: asked.append(True))
    return asked


@pytest.fixture
def kept(calm: list[bool], apart: list[bool], qapp: object) -> Iterator[Tidy]:
    found = Tidy(lambda: calm[0])
    found._known = 1 << 20
    yield found


def test_large_pieces_are_the_systems_from_the_first_rest_on(kept: Tidy, full: Full, calm: list[bool], apart: list[bool]) -> None:
    kept.look()
    assert apart == [], "a file is being opened, perhaps"
    calm[0] = True
    for _ in range(3):
        kept.look()
    assert apart == [True]


def test_garbage_waits_for_a_rest(kept: Tidy, full: Full, calm: list[bool]) -> None:
    full.waiting = tidy.SOME
    for _ in range(5):
        kept.look()
    assert full.count == 0
    calm[0] = True
    kept.look()  # it may have stopped just now
    assert full.count == 0
    kept.look()
    assert full.count == 1


def test_little_of_it_is_left_and_much_is_not_put_off(kept: Tidy, full: Full, calm: list[bool]) -> None:
    calm[0], full.waiting = True, tidy.SOME - 1
    for _ in range(tidy.LONG - 1):
        kept.look()
    assert full.count == 0
    calm[0], full.waiting = False, tidy.MANY
    kept.look()
    assert full.count == 1


def test_after_a_long_rest_everything_is_looked_at_once(kept: Tidy, full: Full, calm: list[bool]) -> None:
    calm[0] = True
    for _ in range(3 * tidy.LONG):
        kept.look()
    assert full.did == ["unfreeze", "collect", "freeze"]


def test_libraries_are_set_aside(full: Full, qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Tidy(lambda: False)
    kept.look()
    assert full.did == ["freeze"]
    kept.look()
    for k in range(tidy.IMPORTED):
        monkeypatch.setitem(sys.modules, f"made_up_{k}", ModuleType(f"made_up_{k}"))
    kept.look()
    assert full.did == ["freeze", "freeze"]


def test_no_thread_begins_a_full_collection_and_the_end_leaves_it_as_it_was(qapp: object) -> None:
    before: Any = gc.get_threshold()
    kept = Tidy(lambda: False)
    kept.start()
    assert gc.get_threshold()[:2] == before[:2] and gc.get_threshold()[2] > 1 << 20
    kept.look()
    assert gc.get_freeze_count()
    kept.stop()
    assert gc.get_threshold() == before and not gc.get_freeze_count()


def test_a_window_rests_when_nothing_was_moved(opened: MainWindow) -> None:
    opened.resting()
    assert opened.resting()
    opened.steering.magnify(3)
    assert not opened.resting()
    opened.player.play()
    opened.resting()
    assert not opened.resting()
