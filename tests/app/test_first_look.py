"""A first look at a frame that takes long to decode: coarse, then the zoomed region, then the frame; never taken for recorded pixels."""
from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app import reader as reading
from app.reader import FrameReader, Picture
from app.window import MainWindow
from engine.api import Frame, LzcError, Provenance
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, grey, make_info
from tests.app.hands import key

W, H = 160, 90


class Levelled(FakeSource):
    """The fake clip as a recording: coarse levels are 7 grey steps brighter, parts one. `gate` holds whole frames."""

    def __init__(self, path: str = "clip.lzc") -> None:
        super().__init__(make_info(path, "lzc", levels=3))
        self.gate = threading.Event()
        self.gate.set()
        self.calls: list[str] = []
        self.known: tuple[tuple[int, int], ...] = ()
        self.fault = False

    def _other(self, index: int, add: int, y: slice, x: slice, step: int = 1) -> Frame:
        f = super().read(index)
        half = tuple(slice(s.start // 2, -(-s.stop // 2), step) for s in (y, x))
        return Frame(np.ascontiguousarray(f.y[y, x][::step, ::step] + np.uint8(add)), *(np.ascontiguousarray(c[half]) for c in (f.u, f.v)),
                     index, f.pts)

    def read(self, index: int) -> Frame:
        self.calls.append("whole")
        assert self.gate.wait(20)
        return super().read(index)

    def read_level(self, index: int, level: int) -> Frame:
        self.calls.append(f"level {level}")
        if self.fault:
            raise LzcError("is lost")
        return self._other(index, 7, slice(0, H), slice(0, W), 1 << level)

    def read_region(self, index: int, box: tuple[int, int, int, int], level: int = 0) -> Frame:
        self.calls.append("part")
        x, y, w, h = box
        return self._other(index, 1, slice(y, y + h), slice(x, x + w))

    def held(self) -> tuple[tuple[int, int], ...]:
        return self.known


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Levelled:
    monkeypatch.setattr(reading, "LARGE", W * H)
    return Levelled()


@pytest.fixture
def reader(source: Levelled) -> Iterator[tuple[FrameReader, Any]]:
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    made = FrameReader(lambda path: source, grey, events.put)
    made.open("clip.lzc")
    events.get(timeout=20)
    yield made, lambda: events.get(timeout=20)
    source.gate.set()
    made.close()


def test_coarse_then_the_zoomed_region_then_the_frame(reader: tuple[FrameReader, Any], source: Levelled) -> None:
    made, following = reader
    made.look((80, 45), ((100.5, 10.2, 16.0, 9.0), (400, 300)))
    made.seek(30)
    coarse, part, frame = following(), following(), following()
    assert source.calls == ["level 2", "part", "whole"] and [p.early for p in (coarse, part, frame)] == [True, True, False]
    assert coarse.part is None and coarse.whole.shape == (23, 40, 4) and coarse.whole[20, 0, 0] == frame.whole[44, 0, 0] + 7
    assert part.part_roi == frame.part_roi == (100.0, 10.0, 18.0, 10.0)
    assert np.array_equal(part.part[..., :3], frame.part[..., :3] + 1)


@pytest.mark.parametrize("case", ["near", "held", "at the start", "damaged", "not levelled", "large region", "small picture"])
def test_where_it_would_be_no_quicker_there_is_none(reader: tuple[FrameReader, Any], source: Levelled, case: str) -> None:
    made, following = reader
    wanted, extra = 30, []
    if case == "near":
        made.seek(25)
        extra = ["level 2", "whole"]
        assert isinstance([following() for _ in range(2)][-1], Picture)
    elif case == "held":
        source.known = ((24, 31),)
    elif case == "at the start":
        wanted = 8
    elif case == "damaged":
        source.fault, extra = True, ["level 2"]
    elif case == "not levelled":
        source.info = make_info("clip.lzc", "lzc")
    elif case == "small picture":
        reading.LARGE, extra = W * H + 1, ["level 2"]  # put back by the fixture
        made.look((80, 45), ((100.5, 10.2, 16.0, 9.0), (400, 300)))
    else:
        made.look((80, 45), ((0.0, 0.0, 100.0, 80.0), (400, 300)))
        extra = ["level 2"]
    made.seek(wanted)
    last = following()
    while last.early:
        last = following()
    assert last.index == wanted and source.calls == [*extra, "whole"]


def test_the_window_shows_it_and_calls_it_what_it_is(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    source = controller.sources["clip.lzc"] = Levelled("/clips/clip.lzc")
    window.open_path("/clips/clip.lzc")
    wait_done(window, qtbot)
    window.steering.magnify(1)
    wait_done(window, qtbot)
    source.gate.clear()
    window.player.seek(30)
    qtbot.waitUntil(lambda: window.zoom_view._early)
    assert window.player.index == 30 and "30" in window.zoom_view.notice and window.zoom.request is None
    assert window.transport.frame.text() == "#30"
    assert window.inspector.still() is None, "nothing is measured in it"
    window.steering.magnify(2)
    assert window.zoom.request is None, "and nothing of the frame before is drawn over it"
    window.steering.magnify(1)
    assert window.zoom_view._live_class() == Provenance.INTERPOLATED, "a first look is no evidence"
    key(window, Qt.Key.Key_T)
    assert not window.zoom_view.grab().isNull()
    source.gate.set()
    wait_done(window, qtbot)
    assert window.player.picture.index == window.player.index == 30 and window.zoom_view.notice == "" and not window.zoom_view._early
    assert window.zoom_view._live_class() == Provenance.CODED
