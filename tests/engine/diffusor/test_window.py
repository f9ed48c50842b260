"""A window of frames steadies what stands still, leaves what moves alone, and never contradicts the record."""
from __future__ import annotations

import numpy as np

from engine.api import Frame
from engine.diffusor.window import MARGIN, fused, stillness
from engine.zoom import TileCache, render_zoom
from tests.engine.zoom.fakes import FakeDetail, FakeSource, block_mean, noise_like

RNG = np.random.default_rng(5)


def trembling(count: int, size: int = 96) -> list[Frame]:
    """One scene with a little noise in every frame; a square in its middle is another one each time."""
    base = noise_like(size, size, low=60, high=180)
    frames = []
    for n in range(count):
        y = np.clip(base.y + RNG.normal(0, 0.5, base.y.shape).round(), 0, 255).astype(np.uint8)
        y[32:64, 32:64] = RNG.integers(60, 180, (32, 32))
        frames.append(Frame(y, base.u, base.v, n, n))
    return frames


class Sharpener(FakeDetail):
    """Doubles every deviation of a pixel from its group's place in a way that exaggerates noise."""

    def synthesise(self, y, u, v, **more):  # type: ignore[no-untyped-def]
        a, b, c = super().synthesise(y, u, v, **more)
        tilt = np.tile(np.array([[3.0, -3.0], [-3.0, 3.0]], np.float32), y.shape) * (y % 7).repeat(2, 0).repeat(2, 1)
        return a + tilt, b, c


def shown(source: FakeSource, frame: int, around: int, **more: object) -> np.ndarray:
    return render_zoom(source, frame, (8.0, 8.0, 80.0, 80.0), 2, detail_model=Sharpener(), around=around, **more).rgb.astype(int)  # type: ignore[arg-type]


def test_a_neighbour_counts_where_nothing_moves_only() -> None:
    here = RNG.uniform(50, 200, (20, 24)).astype(np.float32)
    there = here.copy()
    there[:, 12:] += 20
    weight = stillness(here, there)
    assert weight.shape == (20 - 2 * MARGIN, 24 - 2 * MARGIN)
    assert (weight[:, :12 - 2 * MARGIN] == 1).all() and weight[:, 12:].max() < 1e-6


def test_still_places_flicker_less_and_moving_ones_stay() -> None:
    source = FakeSource(*trembling(6))
    change = {k: np.abs(shown(source, 3, k) - shown(source, 2, k)) for k in (0, 1)}
    still = np.ones((160, 160), bool)
    still[40:120, 40:120] = False
    assert change[1][still].mean() < 0.8 * change[0][still].mean()
    np.testing.assert_array_equal(shown(source, 3, 1)[60:100, 60:100], shown(source, 3, 0)[60:100, 60:100])


def test_the_record_of_its_own_frame_holds() -> None:
    frames = trembling(3)
    own = tuple(p.astype(np.float32).repeat(2, 0).repeat(2, 1) for p in (frames[1].y, frames[1].u, frames[1].v))
    other = tuple(p.astype(np.float32).repeat(2, 0).repeat(2, 1) + 3 for p in (frames[2].y, frames[2].u, frames[2].v))
    record = frames[1].y.astype(np.float32), frames[1].u.astype(np.float32), frames[1].v.astype(np.float32)
    made = fused(own, [(other, np.ones(frames[1].y.shape, np.float32))], record)  # type: ignore[arg-type]
    for plane, tied in zip(made, record, strict=True):
        assert np.abs(block_mean(np.rint(plane)[..., None], 2)[..., 0] - tied).max() <= 0.5


def test_tile_borders_and_edges_do_not_show() -> None:
    source = FakeSource(*trembling(3, 160))
    whole = render_zoom(source, 1, (0.0, 0.0, 160.0, 160.0), 2, detail_model=FakeDetail(), around=1).rgb
    part = render_zoom(source, 1, (40.0, 50.0, 60.0, 60.0), 2, detail_model=FakeDetail(), around=1, cache=TileCache(1 << 17)).rgb
    np.testing.assert_array_equal(part, whole[100:220, 80:200])


def test_lost_neighbours_are_left_out() -> None:
    source = FakeSource(*trembling(3))
    source.lost = {0, 2}
    made = render_zoom(source, 1, (8.0, 8.0, 80.0, 80.0), 2, detail_model=FakeDetail(), around=1)
    assert next(op for op in made.facts["operations"] if op["op"] == "synthesise")["with_frames"] == []
