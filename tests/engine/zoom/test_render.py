"""What an export shows: recorded pixels as they are, synthesis that never contradicts them, and the truth about each."""
from typing import Any

import numpy as np
import pytest

from engine.api import Cancelled, EngineError, ModelError, Provenance
from engine.media.colour import to_rgb
from engine.zoom import TileCache, render_zoom
from engine.zoom.pictures import from_frame
from engine.zoom.tiles import TILE, Pyramid
from tests.engine.zoom.fakes import FakeDetail, FakeSource, block_mean, flat, noise_like


@pytest.mark.parametrize("size", [(96, 64), (97, 63)])
@pytest.mark.parametrize("bits", [8, 10])
def test_one_to_one_is_what_players_show(size: tuple[int, int], bits: int) -> None:
    frame = noise_like(*size, bit_depth=bits)
    made = render_zoom(FakeSource(frame), 0, (0, 0, *size), 1)
    expected = to_rgb(frame, FakeSource(frame).info.colour)
    assert np.abs(made.rgb.astype(int) - expected).max() <= (0 if bits == 8 else 1)
    assert (made.provenance == Provenance.CODED).all() and made.uncertainty is None


@pytest.mark.parametrize("magnify", [2, 3, 4, 6, 8, 16])
def test_synthesis_never_contradicts_the_record(magnify: int) -> None:
    frame = noise_like(80, 72, grey=True)
    made = render_zoom(FakeSource(frame), 0, (9, 7, 40, 30), magnify, detail_model=FakeDetail())
    recorded = frame.y[7:37, 9:49].astype(float)
    assert made.rgb.shape == (30 * magnify, 40 * magnify, 3)
    assert np.abs(block_mean(made.rgb, magnify) - recorded[..., None]).max() <= 0.5
    assert (made.provenance == Provenance.SYNTHESISED).all()
    repeated = np.repeat(np.repeat(recorded, magnify, 0), magnify, 1)
    assert np.abs(made.rgb[..., 0] - repeated).mean() > 1  # and yet it adds something


def test_luma_is_tied_to_the_record_in_coloured_pictures_too() -> None:
    frame = noise_like(80, 72, low=70, high=180)
    made = render_zoom(FakeSource(frame), 0, (9, 7, 40, 30), 4, detail_model=FakeDetail())
    luma = block_mean(made.rgb, 4) @ [0.2126, 0.7152, 0.0722]
    assert np.abs(luma - frame.y[7:37, 9:49]).max() <= 0.5


def test_samples_bring_the_expected_picture_and_how_uncertain_it_is() -> None:
    frame = noise_like(64, 64, grey=True)
    made = render_zoom(FakeSource(frame), 0, (8, 8, 32, 32), 4, detail_model=FakeDetail(), samples=5, seed=9)
    expected = render_zoom(FakeSource(frame), 0, (8, 8, 32, 32), 4, detail_model=FakeDetail())
    np.testing.assert_array_equal(made.rgb, expected.rgb)
    assert np.abs(block_mean(made.rgb, 4) - frame.y[8:40, 8:40, None]).max() <= 0.5
    singles = [render_zoom(FakeSource(frame), 0, (8, 8, 32, 32), 4, detail_model=OneSample(k), seed=9).rgb[..., 0] for k in range(5)]
    assert made.uncertainty is not None and made.uncertainty.shape == made.provenance.shape
    np.testing.assert_allclose(made.uncertainty, np.stack(singles).std(axis=0, ddof=1), atol=0.6)


def test_seed_zero_is_the_expected_detail_and_every_other_seed_a_sample() -> None:
    frame, model = noise_like(64, 64), FakeDetail()
    asked: list[bool] = []
    real = model.synthesise

    def listen(*planes: np.ndarray, **how: Any) -> Any:
        asked.append(how["stochastic"])
        return real(*planes, **how)

    model.synthesise = listen  # type: ignore[method-assign]
    for seed, stochastic in ((0, False), (1, True), (2, True)):
        asked.clear()
        facts = render_zoom(FakeSource(frame), 0, (8, 8, 32, 32), 2, detail_model=model, seed=seed).facts
        assert set(asked) == {stochastic}
        assert facts["operations"][1]["shows"] == ("one sample" if stochastic else "expected detail")


class OneSample(FakeDetail):
    """Gives sample k whatever is asked for."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def synthesise(self, y, u, v, *, origin, key, seed, sample=0, stochastic=True):  # type: ignore[no-untyped-def]
        return super().synthesise(y, u, v, origin=origin, key=key, seed=seed, sample=self.k)


@pytest.mark.parametrize("magnify", [4, 3, 2.5])
def test_a_spot_has_the_same_pixels_from_every_region(magnify: float) -> None:
    frame = noise_like(400, 200)
    whole = render_zoom(FakeSource(frame), 0, (40, 20, 240, 120), magnify, detail_model=FakeDetail())
    for x, y, w, h in ((100, 40, 64, 64), (42, 22, 30, 90), (216, 100, 64, 40)):
        part = render_zoom(FakeSource(frame), 0, (x, y, w, h), magnify, detail_model=FakeDetail(), cache=TileCache(1 << 20))
        left, top = round((x - 40) * magnify), round((y - 20) * magnify)
        np.testing.assert_array_equal(part.rgb, whole.rgb[top:top + part.rgb.shape[0], left:left + part.rgb.shape[1]])


def test_tiles_are_cut_from_one_picture() -> None:
    """Every tile has the context it needs, so all tiles together are what one call over the whole picture gives: no seams."""
    frame, model = noise_like(200, 150), FakeDetail()
    base = from_frame(frame, 0)
    tiled = Pyramid(base, model, TileCache(), "d1", 0, 5, 0).region(-1, 0, 0, 400, 300)
    planes = [p.astype(np.float32) for p in (frame.y, frame.u, frame.v)]
    whole = model.synthesise(*planes, origin=(0, 0), key=("d1", 0, 0), seed=5)
    assert len(model.calls) > 4 and 400 > 2 * TILE
    for a, b in zip(tiled, whole):
        np.testing.assert_array_equal(a, b)


def test_flat_areas_stay_flat_across_tiles() -> None:
    made = render_zoom(FakeSource(flat(200, 200)), 0, (20, 20, 150, 150), 4, detail_model=FakeDetail(strength=0))
    assert np.ptp(made.rgb.astype(int)) <= 1


def test_recorded_only_asks_no_model_and_synthesises_nothing() -> None:
    frame, model = noise_like(64, 64), FakeDetail()
    made = render_zoom(FakeSource(frame), 0, (8, 8, 32, 32), 4, recorded_only=True, detail_model=model, samples=3)
    assert (made.provenance == Provenance.INTERPOLATED).all() and not model.calls and made.uncertainty is None
    assert "detail" not in made.facts["models"] and made.facts["depth"] == 0


def test_seed_and_model_change_the_detail_not_the_record() -> None:
    frame = noise_like(64, 64, grey=True)
    cache = TileCache()
    pictures = [render_zoom(FakeSource(frame), 0, (8, 8, 32, 32), 2, seed=s, detail_model=FakeDetail(m, strength), cache=cache).rgb
                for s, m, strength in ((1, "a", 6), (2, "a", 6), (1, "b", 3))]
    assert len(cache) > 3  # they did share it
    assert not np.array_equal(pictures[0], pictures[1]) and not np.array_equal(pictures[0], pictures[2])
    for other in pictures[1:]:
        assert np.abs(block_mean(other, 2) - block_mean(pictures[0], 2)).max() <= 1.0


def test_reduced_views_are_means_of_recorded_pixels() -> None:
    frame = noise_like(128, 96, grey=True)
    made = render_zoom(FakeSource(frame), 0, (0, 0, 128, 96), 0.25)
    assert (made.provenance == Provenance.CODED).all() and made.facts["level"] == 2
    assert np.abs(made.rgb - block_mean(frame.y, 4)).max() <= 0.5


def test_a_locked_level_shows_that_level_and_no_synthesis() -> None:
    frame = noise_like(128, 96, grey=True)
    made = render_zoom(FakeSource(frame), 0, (0, 0, 128, 96), 1, level=1, detail_model=FakeDetail())
    assert (made.provenance == Provenance.INTERPOLATED).all() and made.facts["level"] == 1 and made.facts["recorded_limit"] == 0.5
    with pytest.raises(EngineError, match="there is no level 9"):
        render_zoom(FakeSource(frame), 0, (0, 0, 128, 96), 1, level=9)


def test_a_missing_model_is_said_and_marked_as_interpolated(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ModelError("the weights are missing")

    monkeypatch.setattr("engine.diffusor.load_detail", missing)
    made = render_zoom(FakeSource(noise_like(64, 64)), 0, (8, 8, 32, 32), 4)
    assert (made.provenance == Provenance.INTERPOLATED).all() and "weights are missing" in made.facts["notes"][0]


def test_progress_and_cancel() -> None:
    steps: list[tuple[int, int]] = []
    source, model = FakeSource(noise_like(300, 200)), FakeDetail()
    render_zoom(source, 0, (0, 0, 300, 200), 2, detail_model=model, on_progress=lambda done, total: steps.append((done, total)))
    assert steps == [(k, 6) for k in range(1, 7)]
    calls = len(model.calls)
    with pytest.raises(Cancelled):
        render_zoom(source, 0, (0, 0, 300, 200), 2, detail_model=model, cancelled=lambda: len(model.calls) > calls + 2)
    assert len(model.calls) <= calls + 4


def test_a_tiny_cache_changes_nothing() -> None:
    frame = noise_like(200, 120)
    big, tiny = (render_zoom(FakeSource(frame), 0, (10, 10, 90, 60), 8, detail_model=FakeDetail(), cache=TileCache(size)).rgb
                 for size in (1 << 28, 1 << 10))
    np.testing.assert_array_equal(big, tiny)


@pytest.mark.parametrize("size", [(33, 17), (1, 1), (2, 3)])
def test_odd_and_tiny_frames_zoom_to_their_edges(size: tuple[int, int]) -> None:
    frame = noise_like(*size, grey=True)
    made = render_zoom(FakeSource(frame), 0, (0, 0, *size), 8, detail_model=FakeDetail())
    assert made.rgb.shape == (size[1] * 8, size[0] * 8, 3)
    assert np.abs(block_mean(made.rgb, 8) - frame.y[..., None]).max() <= 0.5


def test_facts_say_how_it_was_made() -> None:
    made = render_zoom(FakeSource(noise_like(64, 64), digest="abc"), 0, (8.5, 8, 30, 20), 5, detail_model=FakeDetail("hash-1"), seed=3)
    facts = made.facts
    assert facts["size"] == [150, 100] and facts["levels_used"] == [0, -1, -2, -3] and facts["models"] == {"detail": "hash-1"}
    assert facts["pixels"] == {"coded": 0, "restored": 0, "interpolated": 0, "synthesised": 15000}
    assert [o["op"] for o in facts["operations"]] == ["decode", "synthesise", "resample", "to RGB"]
