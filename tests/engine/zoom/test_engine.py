"""The engine thread: order, replacement, cancelling, failures and honest notes."""
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from engine.api import EngineError, MediaError, ModelError, Provenance, Stage, TileReady, ZoomDone, ZoomFailed
from engine.zoom import CostTable, TileKey, ZoomEngine, render_zoom
from tests.engine.zoom.fakes import FakeDetail, FakeSource, block_mean, noise_like, request

WAIT = 60  # seconds; reached only when something hangs


class Bench:
    """An engine, the events it sent, and gates to hold its thread at a known place."""

    def __init__(self, source: FakeSource, model: object) -> None:
        self.source, self.model = source, model
        self.events: list[object] = []
        self.on_event = self.events.append
        self.engine = ZoomEngine(lambda e: self.on_event(e), open_source=self._open, detail=model)  # type: ignore[arg-type]

    def _open(self, path: str) -> FakeSource:
        if path == "missing.mp4":
            raise MediaError("no such file", where=path)
        return self.source

    def tiles(self, id: int = 1) -> list[TileReady]:
        return [e for e in self.events if isinstance(e, TileReady) and e.id == id]

    def stages(self, id: int = 1) -> list[Stage]:
        return [t.stage for t in self.tiles(id)]

    def run(self, *requests: object) -> None:
        for r in requests:
            self.engine.submit("main", r)  # type: ignore[arg-type]
        assert self.engine.wait_until_idle(WAIT)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(FakeSource(noise_like(320, 240, 0), noise_like(320, 240, 1)), FakeDetail())
    yield made
    made.engine.close()


DEEP = {"roi": (40.0, 40.0, 64.0, 64.0), "viewport": (256, 256)}


def test_a_view_fills_in_from_coarse_to_made(bench: Bench) -> None:
    bench.run(request(**DEEP))
    assert bench.stages() == [Stage.COARSE, Stage.RECORDED] + [Stage.SYNTHESISED] * 4
    done = bench.events[-1]
    assert isinstance(done, ZoomDone) and done.tiles == 6
    assert [name for name, _ in done.stages_ms] == ["coarse", "recorded", "synthesised"]
    for tile in bench.tiles():
        assert tile.rgb.shape == (tile.rect[3], tile.rect[2], 3) and tile.rgb.dtype == np.uint8 and tile.rgb.flags.c_contiguous
        assert tile.provenance.shape == tile.rgb.shape[:2]
        assert set(np.unique(tile.provenance)) == {Provenance.SYNTHESISED if tile.stage == Stage.SYNTHESISED else Provenance.INTERPOLATED}
    assert {t.level for t in bench.tiles()} == {0, -2}


def test_the_screen_shows_what_an_export_holds(bench: Bench) -> None:
    bench.run(request(**DEEP, samples=3))
    picture = np.zeros((256, 256, 3), np.uint8)
    for tile in bench.tiles():
        x, y, w, h = tile.rect
        picture[y:y + h, x:x + w] = tile.rgb
    made = render_zoom(bench.source, 0, DEEP["roi"], 4, detail_model=FakeDetail(), samples=3)
    np.testing.assert_array_equal(picture, made.rgb)
    assert bench.stages()[-1] == Stage.REFINED and bench.tiles()[-1].uncertainty is not None


def test_the_first_picture_is_close_to_the_recorded_one() -> None:
    frame = noise_like(320, 240, grey=True)
    bench = Bench(FakeSource(frame), FakeDetail())
    with bench.engine:
        bench.run(request(roi=(0.0, 0.0, 320.0, 240.0), viewport=(320, 240)))
        coarse = bench.tiles()[0]
        assert coarse.stage == Stage.COARSE and coarse.rect == (0, 0, 320, 240)
        assert (coarse.provenance == Provenance.INTERPOLATED).all()
        assert np.abs(block_mean(coarse.rgb, 16) - block_mean(frame.y, 16)).mean() < 3
        assert (bench.tiles()[-1].provenance == Provenance.CODED).all()


def test_a_new_request_of_a_view_replaces_its_old_work(bench: Bench) -> None:
    """The old request is stopped in the middle of its synthesis: not one further data tile of it is made."""
    inside, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        assert go_on.wait(WAIT)

    bench.model.before = hold
    bench.engine.submit("main", request(1, **DEEP))
    assert inside.wait(WAIT)
    bench.engine.submit("main", request(2, roi=(100.0, 100.0, 64.0, 64.0), viewport=(64, 64)))
    bench.model.before = lambda: None
    go_on.set()
    assert bench.engine.wait_until_idle(WAIT)
    assert Stage.SYNTHESISED not in bench.stages(1) and not [e for e in bench.events if isinstance(e, ZoomDone) and e.id == 1]
    assert len(bench.model.calls) == 1
    assert Stage.RECORDED in bench.stages(2) and isinstance(bench.events[-1], ZoomDone)


def test_cancel_stops_between_data_tiles(bench: Bench) -> None:
    bench.model.before = lambda: bench.engine.cancel("main")
    bench.run(request(**DEEP))
    assert len(bench.model.calls) == 1 and bench.stages() == [Stage.COARSE, Stage.RECORDED]
    assert not [e for e in bench.events if isinstance(e, ZoomDone | ZoomFailed)]


def test_what_is_visible_comes_before_what_is_next_to_it_in_any_view(bench: Bench) -> None:
    """A second view arrives while the first waits to synthesise: its first pixels come before that."""
    inside, go_on = threading.Event(), threading.Event()

    def hold_first(event: object) -> None:
        bench.events.append(event)
        if len(bench.events) == 1:
            inside.set()
            assert go_on.wait(WAIT)

    bench.on_event = hold_first
    bench.engine.submit("main", request(1, **DEEP))
    assert inside.wait(WAIT)
    bench.engine.submit("loupe", request(2, **DEEP | {"roi": (200.0, 100.0, 64.0, 64.0)}))
    go_on.set()
    assert bench.engine.wait_until_idle(WAIT)
    order = [(e.id, e.stage) for e in bench.events if isinstance(e, TileReady)]
    assert order.index((2, Stage.RECORDED)) < order.index((1, Stage.SYNTHESISED))
    assert max(bench.source.reads) == 1  # the next frame was fetched, last
    assert bench.source.reads == [0, 1]


def test_neighbours_are_made_after_the_view_is_done(bench: Bench) -> None:
    seen: list[int] = []

    def listen(event: object) -> None:
        bench.events.append(event)
        if isinstance(event, ZoomDone):
            seen.append(len(bench.model.calls))

    bench.on_event = listen
    bench.run(request(1, **DEEP))
    assert len(bench.model.calls) > seen[0]
    bench.run(request(2, **DEEP | {"roi": (48.0, 40.0, 64.0, 64.0)}))
    assert seen[1] - len(bench.model.calls) <= 0 and bench.tiles(2)


def test_what_is_at_hand_is_shown_without_going_through_coarser_pictures(bench: Bench) -> None:
    bench.run(request(1, **DEEP))
    calls = len(bench.model.calls)
    bench.run(request(2, **DEEP))
    assert set(bench.stages(2)) == {Stage.SYNTHESISED} and len(bench.model.calls) == calls
    for a, b in zip([t for t in bench.tiles(1) if t.stage == Stage.SYNTHESISED], bench.tiles(2)):
        np.testing.assert_array_equal(a.rgb, b.rgb)


@pytest.mark.parametrize("wrong", [{"frame": 99}, {"roi": (float("nan"), 0.0, 1.0, 1.0)}, {"roi": (300.0, 0.0, 100.0, 10.0)},
                                   {"path": "missing.mp4"}, {"viewport": (0, 0)}])
def test_impossible_requests_fail_in_one_line_and_the_engine_goes_on(bench: Bench, wrong: dict[str, object]) -> None:
    bench.run(request(1, **wrong))
    assert len(bench.events) == 1 and isinstance(bench.events[0], ZoomFailed) and bench.events[0].id == 1
    assert bench.events[0].message and "\n" not in bench.events[0].message
    bench.run(request(2, **DEEP))
    assert isinstance(bench.events[-1], ZoomDone)


def test_a_defect_is_one_line_too(bench: Bench) -> None:
    def broken() -> None:
        raise RuntimeError("tensor shapes\ndo not match")

    bench.model.before = broken
    bench.run(request(1, **DEEP))
    last = bench.events[-1]
    assert isinstance(last, ZoomFailed) and "RuntimeError" in last.message and "\n" not in last.message
    assert len(bench.events) == 3 and len(bench.model.calls) == 0  # the rest of the plan is given up
    assert bench.stages() == [Stage.COARSE, Stage.RECORDED]


def test_a_listener_that_fails_does_not_stop_the_engine(bench: Bench) -> None:
    def fall(event: object) -> None:
        bench.events.append(event)
        raise ValueError("listener")

    bench.on_event = fall
    bench.run(request(1, **DEEP))
    assert isinstance(bench.events[-1], ZoomDone)


def test_without_weights_the_view_is_interpolated_and_that_is_said_once() -> None:
    def missing() -> FakeDetail:
        raise ModelError("the weights are missing")

    bench = Bench(FakeSource(noise_like(320, 240)), missing)
    with bench.engine:
        bench.run(request(1, **DEEP))
        bench.run(request(2, **DEEP | {"roi": (80.0, 80.0, 64.0, 64.0)}))
    said = [e for e in bench.events if isinstance(e, ZoomFailed)]
    assert len(said) == 1 and "weights are missing" in said[0].message and said[0].id == 1
    assert [e.id for e in bench.events if isinstance(e, ZoomDone)] == [1, 2]
    assert all((t.provenance == Provenance.INTERPOLATED).all() for t in (*bench.tiles(1), *bench.tiles(2)))


def test_recorded_only_never_holds_synthesised_pixels(bench: Bench) -> None:
    bench.run(request(1, **DEEP, recorded_only=True, samples=4))
    assert bench.tiles() and not bench.model.calls
    assert not any((t.provenance == Provenance.SYNTHESISED).any() for t in bench.tiles())


def test_forced_sync_works_on_the_calling_thread(bench: Bench) -> None:
    with bench.engine.force_sync():
        bench.engine.submit("main", request(1, **DEEP))
        assert isinstance(bench.events[-1], ZoomDone)
        assert bench.source.threads == {threading.current_thread().name}
    bench.events.clear()
    bench.run(request(2, roi=(0.0, 0.0, 64.0, 64.0), viewport=(64, 64), frame=1))
    assert isinstance(bench.events[-1], ZoomDone)


def test_an_offered_frame_is_not_decoded_again(bench: Bench) -> None:
    bench.engine.offer_frame(bench.source.info, bench.source._frames[0])
    bench.run(request(1, **DEEP))
    assert bench.source.reads == [], "nor the one after it: whoever has given this one will give that one"


def test_a_frame_that_is_lost_is_said(bench: Bench) -> None:
    bench.source.lost.add(0)
    bench.run(request(1, **DEEP))
    assert isinstance(bench.events[-1], ZoomFailed) and "frame 0 is damaged" in bench.events[-1].message
    bench.source.lost = {1}
    bench.run(request(2, **DEEP))  # the next frame is fetched ahead: nobody has asked for it yet
    assert isinstance(bench.events[-1], ZoomDone)


def test_close_joins_closes_sources_and_refuses_more() -> None:
    bench = Bench(FakeSource(noise_like(64, 64)), FakeDetail())
    bench.run(request(1))
    bench.engine.close()
    bench.engine.close()
    assert bench.source.closed == 1
    assert not [t for t in threading.enumerate() if t.name == "zoom-engine"]
    with pytest.raises(EngineError, match="closed"):
        bench.engine.submit("main", request(2))


def test_measured_costs_come_back_into_the_plan(bench: Bench) -> None:
    bench.run(request(1, **DEEP))
    assert isinstance(bench.engine.costs, CostTable)
    assert all(bench.engine.costs.measured(kind) for kind in ("coarse", "recorded", "synthesis"))


def test_pixels_of_another_source_seed_or_model_are_never_taken(bench: Bench) -> None:
    keys = {TileKey("a", 0, -1, (0, 0), "m", 0), TileKey("b", 0, -1, (0, 0), "m", 0), TileKey("a", 1, -1, (0, 0), "m", 0),
            TileKey("a", 0, -2, (0, 0), "m", 0), TileKey("a", 0, -1, (1, 0), "m", 0), TileKey("a", 0, -1, (0, 0), "n", 0),
            TileKey("a", 0, -1, (0, 0), "m", 1), TileKey("a", 0, -1, (0, 0), "m", 0, (("sample", 1),))}
    assert len(keys) == 8
    bench.run(request(1, **DEEP))
    bench.run(request(2, **DEEP, seed=1))
    bench.run(request(3, **DEEP, frame=1))
    last = {i: next(t for t in bench.tiles(i) if t.stage == Stage.SYNTHESISED).rgb for i in (1, 2, 3)}
    assert not np.array_equal(last[1], last[2]) and not np.array_equal(last[1], last[3])


def test_what_is_not_looked_at_any_more_is_closed(bench: Bench) -> None:
    bench.run(request(**DEEP))
    assert len(bench.engine.cache)
    bench.engine.keep_only({"other.mp4", request().path})
    bench.run(request(id=2, **DEEP))
    assert not bench.source.closed and len(bench.engine.cache)
    bench.engine.keep_only(())
    bench.engine._reads.run("after", lambda: None, lambda: None)
    assert bench.source.closed and not len(bench.engine.cache)
    bench.source.closed = 0
    bench.run(request(id=3, **DEEP))
    assert isinstance(bench.events[-1], ZoomDone), "it is opened again when somebody asks"


def test_two_files_made_from_one_source_do_not_share_pixels(bench: Bench) -> None:
    """A `.lzc` has the digest of what it was made from: that does not name the file whose pixels are on screen."""
    other, again = (FakeSource(noise_like(320, 240, n), noise_like(320, 240, n), path="other.lzc") for n in (9, 20))
    object.__setattr__(again.info, "stamp", (5, 5))  # the same name, another file
    assert other.info.digest == bench.source.info.digest
    shown: list[list[np.ndarray]] = []
    for n, source in enumerate((bench.source, other, again), 1):
        bench.source = source
        bench.engine._shelf.close()
        bench.run(request(n, **DEEP, path=source.info.path))
        shown.append([[t.rgb for t in bench.tiles(n) if t.stage == stage][-1] for stage in (Stage.RECORDED, Stage.SYNTHESISED)])
    assert all(not np.array_equal(a, b) for one, two in ((0, 1), (1, 2)) for a, b in zip(shown[one], shown[two], strict=True))
