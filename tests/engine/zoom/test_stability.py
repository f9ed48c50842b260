"""The same spot gives the same pixels: from every panning path, at any tile order, for every seed, level and frame; and never
contradicts the record."""
import numpy as np
import pytest

from engine.api import Colour, Frame
from engine.zoom import TileCache, render_zoom
from engine.zoom.pictures import from_frame
from engine.zoom.tiles import TILE, Pyramid
from tests.engine.zoom.fakes import FakeDetail, FakeSource, block_mean, noise_like

FRAME = noise_like(150, 130)
SEEDS = (0, 1, 2**40 + 3)


def pyramid(seed: int, sample: int | None, frame: int = 0, cache: TileCache | None = None) -> Pyramid:
    return Pyramid(from_frame(FRAME, 0), FakeDetail(), cache or TileCache(1 << 28), "digest", frame, seed, sample)


@pytest.mark.parametrize("level", [-1, -2, -3])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_tiles_does_not_matter(level: int, seed: int) -> None:
    x, y, w, h = 10 << -level, 8 << -level, 2 * TILE, TILE + 60
    whole = pyramid(seed, 0).region(level, x, y, x + w, y + h)
    tiles = pyramid(seed, 0).cover(level, x, y, x + w, y + h)
    rng = np.random.default_rng(seed % 1000)
    for order in (tiles[::-1], [tiles[i] for i in rng.permutation(len(tiles))]):
        made = pyramid(seed, 0)
        for tx, ty in order:
            made.tile(level, tx, ty)
        assert all(np.array_equal(a, b) for a, b in zip(made.region(level, x, y, x + w, y + h), whole, strict=True))


PATHS = {"straight": [(20, 20), (44, 36)], "around": [(90, 70), (20, 80), (60, 10), (44, 36)],
         "back and forth": [(44, 36), (45, 36), (44, 36)], "pixel by pixel": [(40 + n, 36) for n in range(5)]}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS.keys())
@pytest.mark.parametrize(("magnify", "seed"), [(2, 0), (4, 5), (8, 5)])
def test_every_panning_path_ends_on_the_same_pixels(path: list[tuple[int, int]], magnify: int, seed: int) -> None:
    source, cache = FakeSource(FRAME), TileCache(1 << 26)
    for x, y in path:
        shown = render_zoom(source, 0, (x, y, 40, 30), magnify, seed=seed, detail_model=FakeDetail(), cache=cache).rgb
    alone = render_zoom(FakeSource(FRAME), 0, (44, 36, 40, 30), magnify, seed=seed, detail_model=FakeDetail()).rgb
    np.testing.assert_array_equal(shown, alone)


def test_a_small_cache_changes_nothing() -> None:
    tight = render_zoom(FakeSource(FRAME), 0, (20, 20, 60, 50), 8, seed=3, detail_model=FakeDetail(), cache=TileCache(1 << 17)).rgb
    roomy = render_zoom(FakeSource(FRAME), 0, (20, 20, 60, 50), 8, seed=3, detail_model=FakeDetail()).rgb
    np.testing.assert_array_equal(tight, roomy)


def test_what_stands_still_does_not_flicker() -> None:
    """Two frames with the same content show the same made detail: the noise belongs to the place, not to the time."""
    still = [pyramid(7, 0, frame).region(-2, 40, 40, 360, 300) for frame in (0, 1, 25)]
    assert all(np.array_equal(a, b) for made in still[1:] for a, b in zip(still[0], made, strict=True))


@pytest.mark.parametrize(("depth", "seed"), [(d, s) for d in (1, 2, 3) for s in SEEDS])
def test_every_level_and_seed_agrees_with_the_record(depth: int, seed: int) -> None:
    """Reduced again, the made level is the recorded one within half a grey step, also where planes have odd sizes."""
    made = pyramid(seed, 0 if seed else None).region(-depth, 0, 0, 150 << depth, 130 << depth)
    for plane, recorded in zip(made, (FRAME.y, FRAME.u, FRAME.v), strict=True):
        rounded = np.clip(np.rint(plane), 0, 255)
        assert np.abs(block_mean(rounded[..., None], 1 << depth)[..., 0] - recorded).max() <= 0.5


@pytest.mark.parametrize("depth", [1, 3])
def test_what_is_made_can_be_shown_without_being_clipped(depth: int) -> None:
    """Near black and white of footage of limited range: the picture on screen, reduced again, is the recorded one on screen."""
    rng = np.random.default_rng(3)
    frame = Frame(rng.choice(np.array([12, 16, 18, 120, 233, 235, 240], np.uint8), (60, 80)), *(np.full((30, 40), 128, np.uint8),) * 2)
    limited = Colour(full=False, matrix=1)
    source = FakeSource(frame, colour=limited)
    made = render_zoom(source, 0, (10, 10, 40, 30), 1 << depth, seed=1, detail_model=FakeDetail(strength=60.0)).rgb
    record = render_zoom(source, 0, (10, 10, 40, 30), 1, recorded_only=True).rgb
    assert np.ptp(made.astype(int)) > 200 and np.abs(block_mean(made, 1 << depth) - record).max() <= 0.5 + 0.5  # both are rounded
    exact = np.clip((frame.y[10:40, 10:50].astype(float) - 16) * 255 / 219, 0, 255)
    assert np.abs(block_mean(made, 1 << depth)[..., 0] - exact).max() <= 0.5


def test_a_network_that_contradicts_would_be_seen() -> None:
    class Liar(FakeDetail):
        def synthesise(self, y, u, v, **more):  # type: ignore[no-untyped-def]
            a, b, c = super().synthesise(y, u, v, **more)
            return a + 3, b, c

    liar = Pyramid(from_frame(FRAME, 0), Liar(), TileCache(1 << 26), "digest", 0, 0, None)
    made = liar.region(-1, 0, 0, 300, 260)[0]
    assert np.abs(block_mean(made[..., None], 2)[..., 0] - FRAME.y).max() > 0.5
