"""Work that nobody wants any more: what can be broken off ends within one small step, what cannot is not waited for."""
import threading
from collections.abc import Iterator

import pytest

from engine.api import Frame, ModelError, Stage, TileReady, ZoomDone
from engine.wanted import still_wanted
from engine.zoom import ZoomEngine
from engine.zoom.reading import Reads
from tests.engine.zoom.fakes import FakeDetail, FakeSource, noise_like, request

WAIT = 60
DEEP = {"roi": (40.0, 40.0, 64.0, 64.0), "viewport": (256, 256)}


class Held(FakeSource):
    """Reading frame 1 takes until `go_on`."""

    def __init__(self) -> None:
        super().__init__(noise_like(320, 240, 0), noise_like(320, 240, 1), noise_like(320, 240, 2))
        self.inside, self.go_on = threading.Event(), threading.Event()

    def read(self, index: int) -> Frame:
        if index == 1:
            self.inside.set()
            assert self.go_on.wait(WAIT)
        return super().read(index)


class Seen:
    """An engine on a `Held` source; `done(id)` waits for the end of a request."""

    def __init__(self) -> None:
        self.source, self.model, self.events = Held(), FakeDetail(), list[object]()
        self.arrived = threading.Condition()
        self.engine = ZoomEngine(self._hear, open_source=lambda path: self.source, detail=self.model)

    def _hear(self, event: object) -> None:
        with self.arrived:
            self.events.append(event)
            self.arrived.notify_all()

    def done(self, id: int) -> bool:
        with self.arrived:
            return self.arrived.wait_for(lambda: any(isinstance(e, ZoomDone) and e.id == id for e in self.events), WAIT)


@pytest.fixture
def seen() -> Iterator[Seen]:
    made = Seen()
    yield made
    made.source.go_on.set()
    made.engine.close()


def test_a_newer_view_does_not_wait_for_a_frame_that_is_being_decoded(seen: Seen) -> None:
    seen.engine.submit("main", request(1, frame=0, recorded_only=True, **DEEP))
    assert seen.done(1) and seen.source.inside.wait(WAIT)  # the next frame, ahead of time
    seen.engine.submit("main", request(2, frame=1, **DEEP))
    seen.engine.submit("main", request(3, frame=0, **DEEP))
    assert seen.done(3) and not seen.source.go_on.is_set()
    assert not [e for e in seen.events if isinstance(e, TileReady) and e.id == 2]


def test_what_was_decoded_for_nobody_is_kept(seen: Seen) -> None:
    seen.engine.submit("main", request(1, frame=1, **DEEP))
    assert seen.source.inside.wait(WAIT)
    seen.engine.cancel("main")
    assert seen.engine.wait_until_idle(WAIT)
    seen.engine.submit("main", request(2, frame=1, **DEEP))  # waits for the same work
    seen.source.go_on.set()
    assert seen.done(2) and seen.source.reads.count(1) == 1


def test_another_view_is_drawn_while_a_network_is_loaded() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def load() -> FakeDetail:
        inside.set()
        assert go_on.wait(WAIT)
        return FakeDetail()

    events: list[object] = []
    drawn = threading.Event()

    def hear(event: object) -> None:
        events.append(event)
        if isinstance(event, ZoomDone):
            drawn.set()

    source = FakeSource(noise_like(320, 240))
    with ZoomEngine(hear, open_source=lambda path: source, detail=load) as engine:
        engine.offer_frame(source.info, noise_like(320, 240))
        engine.submit("main", request(1, **DEEP))
        assert inside.wait(WAIT)
        engine.submit("main", request(2, recorded_only=True, **DEEP))
        assert drawn.wait(WAIT) and not go_on.is_set()
        go_on.set()
    assert {e.id for e in events} == {2}  # type: ignore[attr-defined]


def test_samples_are_drawn_tile_by_tile(seen: Seen) -> None:
    """A newer request in the middle of eight samples: not one further tile is made of the older one."""
    inside, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    def hold() -> None:
        calls.append(len(seen.model.calls))
        if any(isinstance(e, TileReady) and e.stage == Stage.SYNTHESISED and e.id == 1 for e in seen.events) and not inside.is_set():
            inside.set()
            assert go_on.wait(WAIT)

    seen.source.go_on.set()
    seen.model.before = hold
    seen.engine.submit("main", request(1, samples=8, seed=3, **DEEP))
    assert inside.wait(WAIT)
    before = len(calls)
    seen.engine.submit("main", request(2, recorded_only=True, **DEEP))
    go_on.set()
    assert seen.done(2)
    assert len(calls) == before and not [e for e in seen.events if isinstance(e, TileReady) and e.id == 1 and e.stage == Stage.REFINED]


def test_reads_share_what_goes_on_and_forget_what_has_not_begun() -> None:
    reads, go_on, ran = Reads("test-reads"), threading.Event(), list[str]()
    looks = [0]

    def slow() -> str:
        assert go_on.wait(WAIT)
        ran.append("slow")
        return "slow"

    def give_up() -> None:
        looks[0] += 1
        if looks[0] == 3:
            raise ModelError("not wanted")

    with pytest.raises(ModelError):
        reads.run("a", slow, give_up)
    with pytest.raises(ModelError):
        looks[0] = 0
        reads.run("b", lambda: ran.append("never"), give_up)
    go_on.set()
    assert reads.run("a", lambda: "again", lambda: None) in ("slow", "again")
    reads.settle()
    reads.close()
    assert ran == ["slow"]


def test_work_that_asks_ends_when_nobody_wants_it_and_goes_on_when_asked_again() -> None:
    reads, steps, inside, go_on = Reads("test-reads"), list[int](), threading.Event(), threading.Event()

    def work() -> int:
        while len(steps) < 5:  # what is done stays done, as slices do
            still_wanted()
            steps.append(len(steps))
            if len(steps) == 2:
                inside.set()
                assert go_on.wait(WAIT)
        return len(steps)

    def stale() -> None:
        if inside.is_set():
            raise ModelError("not wanted")

    with pytest.raises(ModelError):
        reads.run("a", work, stale)
    go_on.set()
    reads.settle()
    assert steps == [0, 1], "not one step more"
    assert reads.run("a", work, lambda: None) == 5 and steps == [0, 1, 2, 3, 4]
    reads.close()


def test_what_fails_there_fails_here() -> None:
    reads = Reads("test-reads")

    def broken() -> None:
        raise ModelError("the weights are missing")

    with pytest.raises(ModelError, match="missing"):
        reads.run("a", broken, lambda: None)
    reads.close()
