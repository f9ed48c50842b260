"""Restored tiles: after recorded ones, in their place, as a class of their own, and not at all with recorded-only."""
from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from engine.api import FrameSource, Provenance, Stage, TileReady, ZoomFailed
from engine.zoom import ZoomEngine
from engine.zoom.geometry import Grid
from engine.zoom.record import machine_facts
from engine.zoom.restored import Restorer, box_of, classes, restorer_for
from tests.engine.zoom.fakes import FakeDetail, FakeSource, noise_like, request

WHOLE = {"roi": (0.0, 0.0, 320.0, 240.0), "viewport": (320, 240)}


class Brighter:
    """Restores by adding 10 grey steps in the left half."""

    model = SimpleNamespace(hash="00", precision="float32")

    def __init__(self, source: FakeSource) -> None:
        self.source, self.asked = source, 0
        self.made: dict[tuple[int, tuple[int, int, int, int]], SimpleNamespace] = {}

    def has(self, index: int, box: tuple[int, int, int, int]) -> bool:
        return (index, box) in self.made

    def part(self, index: int, box: tuple[int, int, int, int], check: Callable[[], None] = lambda: None) -> SimpleNamespace:
        if (index, box) not in self.made:
            self.asked += 1
            f = self.source.read(index)
            changed = np.zeros(f.y.shape, bool)
            changed[:, :160] = True
            y = f.y.astype(np.float32) + 10 * changed
            self.made[index, box] = SimpleNamespace(planes=(y, f.u.astype(np.float32), f.v.astype(np.float32)), changed=changed)
        return self.made[index, box]


@pytest.fixture
def events() -> list[object]:
    return []


def engine_of(events: list[object], why: str = "") -> tuple[ZoomEngine, Brighter]:
    source = FakeSource(noise_like(320, 240, 0, high=200), noise_like(320, 240, 1))
    restorer = Brighter(source)

    def give(_: FrameSource) -> tuple[Restorer | None, str]:
        return (None, why) if why else (restorer, "")
    return ZoomEngine(events.append, open_source=lambda path: source, detail=FakeDetail(), restorer=give), restorer


def tiles(events: list[object], id: int = 1) -> list[TileReady]:
    return [e for e in events if isinstance(e, TileReady) and e.id == id]


def test_restored_tiles_come_after_recorded_ones_and_stand_in_their_place(events: list[object]) -> None:
    engine, restorer = engine_of(events)
    with engine, engine.force_sync():
        engine.submit("main", request(**WHOLE))
        got = tiles(events)
        assert [t.stage for t in got] == [Stage.COARSE] + [Stage.RECORDED] * 2 + [Stage.RESTORED] * 2
        recorded, made = ({t.rect: t for t in got if t.stage == s} for s in (Stage.RECORDED, Stage.RESTORED))
        assert recorded.keys() == made.keys() and restorer.asked == 1
        for rect, tile in made.items():
            changed = np.arange(rect[0], rect[0] + rect[2]) < 160
            assert (tile.provenance[:, changed] == Provenance.RESTORED).all() and (tile.provenance[:, ~changed] == Provenance.CODED).all()
            assert np.array_equal(tile.rgb[:, ~changed], recorded[rect].rgb[:, ~changed])
            step = tile.rgb[:, changed].astype(int) - recorded[rect].rgb[:, changed]
            assert not changed.any() or abs(step.mean() - 10) < 2  # no more than what restoration does: nothing pops


def test_a_view_that_is_restored_already_shows_nothing_else_first(events: list[object]) -> None:
    engine, _ = engine_of(events)
    with engine, engine.force_sync():
        engine.submit("main", request(**WHOLE))
        engine.submit("main", request(id=2, **WHOLE))
        assert {t.stage for t in tiles(events, 2)} == {Stage.RESTORED}


@pytest.mark.parametrize("change", [{"recorded_only": True}, {"level": 1}, {"roi": (40.0, 40.0, 64.0, 64.0), "viewport": (256, 256)}])
def test_recorded_only_coarser_levels_and_synthesis_have_no_restored_tiles(events: list[object], change: dict[str, object]) -> None:
    engine, restorer = engine_of(events)
    with engine, engine.force_sync():
        engine.submit("main", request(**{**WHOLE, **change}))
        assert Stage.RESTORED not in {t.stage for t in tiles(events)} and tiles(events) and not restorer.asked


def test_missing_weights_are_said_once(events: list[object]) -> None:
    engine, _ = engine_of(events, "weights are missing")
    with engine, engine.force_sync():
        for id in (1, 2):
            engine.submit("main", request(id=id, **WHOLE))
        assert sum(isinstance(e, ZoomFailed) for e in events) == 1 and tiles(events, 2)


def test_ordinary_video_has_no_restorer() -> None:
    assert restorer_for(FakeSource(noise_like(32, 32))) == (None, "")


def test_a_module_that_another_thread_is_importing_is_none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("engine.lorentzian.source", "torch"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))  # as it is while its first lines run
    assert restorer_for(FakeSource(noise_like(32, 32))) == (None, "")
    assert machine_facts("cpu", "float32")["torch"] is None


def test_a_small_pan_asks_for_the_same_box() -> None:
    a, b = (box_of(Grid(x, 100.0, 1.0, 1.0, 200, 150), 1000, 900) for x in (210.0, 214.0))
    assert a == b and a[0] <= 202 and a[2] >= 418 and all(v % 64 == 0 for v in a[:2])
    assert box_of(Grid(-50.0, -50.0, 1.0, 1.0, 2000, 2000), 101, 77) == (0, 0, 101, 77)


def test_magnified_pixels_are_interpolated_whatever_they_come_from() -> None:
    changed = np.ones((10, 10), bool)
    assert (classes(changed, Grid(0.0, 0.0, 0.5, 0.5, 20, 20), (0, 0, 20, 20)) == Provenance.INTERPOLATED).all()
    changed[:, 5:] = False
    got = classes(changed, Grid(0.0, 0.0, 2.0, 2.0, 5, 5), (0, 0, 5, 5))
    assert (got[:, :3] == Provenance.RESTORED).all() and (got[:, 3:] == Provenance.CODED).all()


