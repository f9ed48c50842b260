from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.reader import AHEAD, Ended, FrameReader, Lost, Opened, OpenFailed, Picture
from engine.api import Frame, FrameSource, MediaError
from tests.app.fakes import FakeSource, grey, make_info


class Harness:
    def __init__(self, source: FakeSource) -> None:
        self.source = source
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.reader = FrameReader(self._open, grey, self.events.put)

    def _open(self, path: str) -> FrameSource:
        if "bad" in path:
            raise MediaError("this is no video", where=path)
        return self.source

    def next(self) -> Any:
        return self.events.get(timeout=5)

    def opened(self) -> Opened:
        self.reader.open("clip.mp4")
        event = self.next()
        assert isinstance(event, Opened)
        return event

    def until_end(self) -> list[Any]:
        out = []
        while True:
            event = self.next()
            if isinstance(event, Ended):
                return out
            out.append(event.index if isinstance(event, Picture) else (event.index, "lost"))
            if isinstance(event, Picture):
                self.reader.taken()


@pytest.fixture
def harness() -> Iterator[Callable[..., Harness]]:
    made: list[Harness] = []

    def make(**kw: Any) -> Harness:
        frames = kw.pop("frames", 40)
        made.append(Harness(FakeSource(make_info(frames=frames), **kw)))
        return made[-1]

    yield make
    for h in made:
        h.reader.close()
        assert h.source.closed or not h.source.reads


def test_opens_and_seeks(harness: Callable[..., Harness]) -> None:
    h = harness(damage=("frames 3 to 4 are lost",))
    opened = h.opened()
    assert opened.info.frames == 40 and opened.damage == ("frames 3 to 4 are lost",)
    generation = h.reader.seek(7)
    picture = h.next()
    assert isinstance(picture, Picture) and picture.index == 7 and picture.generation == generation
    assert picture.whole.shape == (90, 160, 4) and picture.whole[0, 100, 0] == 16 + 28


def test_what_cannot_be_opened_is_one_line_and_the_next_works(harness: Callable[..., Harness]) -> None:
    h = harness()
    h.reader.open("bad.mp4")
    event = h.next()
    assert isinstance(event, OpenFailed) and event.message == "bad.mp4: this is no video"
    h.opened()
    h.reader.open("bad.mp4")
    assert isinstance(h.next(), OpenFailed)
    h.reader.seek(3)
    picture = h.next()
    assert isinstance(picture, Picture) and picture.index == 3 and not h.source.closed, "what was open still is"


def test_a_defect_is_one_line_too(harness: Callable[..., Harness], monkeypatch: pytest.MonkeyPatch) -> None:
    h = harness()
    h.opened()

    def broken(index: int) -> Frame:
        raise ZeroDivisionError("planned")

    monkeypatch.setattr(h.source, "read", broken)
    h.reader.seek(1)
    event = h.next()
    assert isinstance(event, Lost) and "planned" in event.message and "\n" not in event.message


@pytest.mark.parametrize(("start", "step", "want"), [
    (30, 1, list(range(30, 40))), (30, 4, [30, 34, 38]), (5, -1, [5, 4, 3, 2, 1, 0]), (30, -7, [30, 23, 16, 9, 2]),
])
def test_plays_every_frame_in_order(harness: Callable[..., Harness], start: int, step: int, want: list[int]) -> None:
    h = harness()
    h.opened()
    h.reader.play(start, step)
    assert h.until_end() == want


@pytest.mark.parametrize(("step", "want"), [(8, [0, 9, 17, 24, 33]), (2, list(range(0, 40, 2)))])
def test_fast_strides_show_what_is_quick_to_decode(harness: Callable[..., Harness], step: int, want: list[int]) -> None:
    h = harness()
    h.opened()
    h.source.shuttle = lambda start, step, level=0: (h.source.read(i) for i in (0, 9, 17, 24, 33))
    h.reader.play(0, step)
    assert h.until_end() == want


def test_frames_of_a_coarser_level_say_so_and_nobody_follows_anything_in_them(harness: Callable[..., Harness]) -> None:
    def half(f: Frame) -> Frame:
        return Frame(f.y[::2, ::2].copy(), f.u[::2, ::2].copy(), f.v[::2, ::2].copy(), f.index, f.pts)

    h = harness()
    h.opened()
    h.reader.look((960, 540), ((0.0, 0.0, 16.0, 16.0), (32, 32)))
    seen: list[int] = []
    h.reader.follow = lambda frame: seen.append(frame.index)  # type: ignore[func-returns-value]
    h.source.shuttle = lambda start, step, level=0: (h.source.read(i) if i < 9 else half(h.source.read(i)) for i in (0, 9))
    h.reader.play(0, 8)
    first, second = h.next(), h.next()
    assert (first.coarse, first.part is None) == (False, False) and (second.coarse, second.part is None) == (True, True)
    assert seen == [0] and second.whole.shape[1] < first.whole.shape[1]


def test_a_fast_stride_goes_on_past_what_is_lost(harness: Callable[..., Harness]) -> None:
    h = harness(lost=frozenset({9}))
    h.opened()
    h.source.shuttle = lambda start, step, level=0: (h.source.read(i) for i in (0, 9, 17))
    h.reader.play(0, 8)
    got = h.until_end()
    assert [g for g in got if not isinstance(g, tuple)] == [0, 8, 16, 24, 32] and any(isinstance(g, tuple) for g in got)


@pytest.mark.parametrize(("start", "step", "want"), [
    (36, 1, [36, (37, "lost"), 38, (39, "lost")]), (39, -1, [(37, "lost"), (39, "lost"), 38, 36, *range(35, -1, -1)]),
])
def test_lost_frames_are_said_and_passed_over(harness: Callable[..., Harness], start: int, step: int, want: list[Any]) -> None:
    h = harness(lost=frozenset({37, 39}))
    h.opened()
    h.reader.play(start, step)
    got = h.until_end()
    assert [g for g in got if not isinstance(g, tuple)] == [w for w in want if not isinstance(w, tuple)]
    assert {g for g in got if isinstance(g, tuple)} == {(37, "lost"), (39, "lost")}


def test_decodes_only_a_few_frames_ahead(harness: Callable[..., Harness]) -> None:
    h = harness()
    h.opened()
    h.reader.play(0, 1)
    assert [h.next().index for _ in range(AHEAD)] == list(range(AHEAD))
    h.reader.seek(20)  # the reader waits for room: a seek must get through
    assert h.next().index == 20
    assert max(h.source.reads) == 20 and sorted(h.source.reads)[:-1] == list(range(AHEAD + 1))


def test_of_many_seeks_the_last_counts(harness: Callable[..., Harness], monkeypatch: pytest.MonkeyPatch) -> None:
    h = harness()
    h.opened()
    gate, entered, read = threading.Event(), threading.Event(), h.source.read

    def slow(index: int) -> Frame:
        entered.set()
        gate.wait(5)
        return read(index)

    monkeypatch.setattr(h.source, "read", slow)
    h.reader.seek(1)
    entered.wait(5)
    for i in range(2, 30):
        last = h.reader.seek(i)
    gate.set()
    event = h.next()
    assert event.index == 29 and event.generation == last
    assert h.source.reads == [1, 29]


def test_cuts_the_zoomed_region(harness: Callable[..., Harness]) -> None:
    h = harness()
    h.opened()
    h.reader.look((80, 45), ((20.5, 10.2, 16.0, 9.0), (400, 300)))
    h.reader.seek(3)
    picture = h.next()
    assert picture.whole.shape == (45, 80, 4)
    assert picture.part_roi == (20.0, 10.0, 18.0, 10.0) and picture.part.shape == (10, 18, 4)


def test_closing_while_playing_ends_the_thread_and_closes_the_source(harness: Callable[..., Harness]) -> None:
    h = harness()
    h.opened()
    h.reader.play(0, 1)
    h.next()
    h.reader.close()
    assert h.source.closed
    h.reader.close()


def test_idle_time_is_the_sources(harness: Callable[..., Harness]) -> None:
    """After a still frame the source may decode on, piece by piece, until it has no more or somebody asks for something."""
    h, left = harness(), [3]
    grown: queue.SimpleQueue[int] = queue.SimpleQueue()

    def ripen() -> bool:
        left[0] -= 1
        grown.put(left[0])
        if left[0] == -3:
            raise MediaError("damaged", where="clip.mp4")
        return left[0] > 0

    h.source.ripen = ripen  # type: ignore[attr-defined]
    h.opened()
    assert [grown.get(timeout=5) for _ in range(3)] == [2, 1, 0]
    for place, said in ((5, -1), (6, -2), (7, -3), (8, -4)):  # asked once after each frame; a fault is nobody's business yet
        h.reader.seek(place)
        assert h.next().index == place and grown.get(timeout=5) == said
    assert grown.empty()


def test_memory_is_given_back_when_nothing_was_asked_for_a_while(harness: Callable[..., Harness],
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    given = threading.Semaphore(0)
    monkeypatch.setattr("app.reader.REST", 0.01)
    monkeypatch.setattr("app.reader.give_back", given.release)
    h = harness()
    h.opened()
    assert given.acquire(timeout=20)
    assert not given.acquire(timeout=0.1), "once is enough until something is asked for again"
    h.reader.seek(4)
    assert given.acquire(timeout=20)
