import numpy as np
import pytest

from engine.api import Provenance, Stage, TileReady
from engine.zoom import Mosaic, ZoomEngine, crossfade, feather_weights, render_zoom
from tests.engine.zoom.fakes import FakeDetail, FakeSource, flat, noise_like, request


def tile(rect: tuple[int, int, int, int], value: int, stage: Stage, level: int = 0) -> TileReady:
    w, h = rect[2:]
    kind = Provenance.SYNTHESISED if stage >= Stage.SYNTHESISED else Provenance.INTERPOLATED
    return TileReady(1, rect, np.full((h, w, 3), value, np.uint8), np.full((h, w), int(kind), np.uint8), stage, level)


def test_later_stages_win_in_any_order() -> None:
    tiles = [tile((0, 0, 32, 32), 10, Stage.COARSE), tile((0, 0, 16, 32), 50, Stage.RECORDED), tile((16, 0, 16, 32), 60, Stage.RECORDED),
             tile((0, 0, 16, 32), 90, Stage.SYNTHESISED, -1), tile((16, 0, 16, 32), 95, Stage.SYNTHESISED, -1),
             tile((16, 0, 16, 32), 99, Stage.SYNTHESISED, -2), tile((0, 0, 16, 32), 97, Stage.SYNTHESISED, -2)]
    for order in (tiles, tiles[::-1], tiles[3:] + tiles[:3]):
        mosaic = Mosaic(32, 32)
        for t in order:
            mosaic.place(t)
        picture = mosaic.picture()
        assert (picture[:, :16] == 97).all() and (picture[:, 16:] == 99).all()
        assert (mosaic.provenance == Provenance.SYNTHESISED).all()


def test_an_edge_towards_an_earlier_stage_is_feathered_and_cleared_up_later() -> None:
    mosaic = Mosaic(64, 32)
    mosaic.place(tile((0, 0, 64, 32), 100, Stage.RECORDED))
    mosaic.place(tile((0, 0, 32, 32), 180, Stage.SYNTHESISED, -1))
    row = mosaic.picture()[16, :, 0].astype(int)
    assert np.abs(np.diff(row)).max() <= 80 / 8 + 1 and row[0] == 180 and row[40] == 100
    assert (mosaic.provenance[:, :32] == Provenance.SYNTHESISED).all() and (mosaic.provenance[:, 32:] == Provenance.INTERPOLATED).all()
    mosaic.place(tile((32, 0, 32, 32), 180, Stage.SYNTHESISED, -1))
    assert (mosaic.picture() == 180).all()


def test_new_pixels_fade_in_and_reach_their_value() -> None:
    mosaic = Mosaic(8, 8, np.full((8, 8, 3), 40, np.uint8))
    mosaic.place(tile((0, 0, 8, 8), 140, Stage.RECORDED), now_ms=1000)
    values = [int(mosaic.picture(now)[0, 0, 0]) for now in (1000, 1075, 1150, 9000)]
    assert values == [40, 90, 140, 140]
    assert (mosaic.picture() == 140).all()


def test_a_finished_view_has_no_seams_and_equals_the_export() -> None:
    for frame, model in ((flat(200, 150), FakeDetail(strength=0)), (noise_like(200, 150), FakeDetail())):
        source, events = FakeSource(frame), []
        with ZoomEngine(events.append, open_source=lambda path, source=source: source, detail=model) as engine:
            engine.submit("main", request(roi=(30.0, 20.0, 90.0, 70.0), viewport=(360, 280)))
            assert engine.wait_until_idle(60)
        mosaic = Mosaic(360, 280)
        for event in events:
            if isinstance(event, TileReady):
                mosaic.place(event)
        made = render_zoom(source, 0, (30, 20, 90, 70), 4, detail_model=model)
        np.testing.assert_array_equal(mosaic.picture(), made.rgb)
        np.testing.assert_array_equal(mosaic.provenance, made.provenance)
        if model.strength == 0:
            assert np.ptp(made.rgb) <= 1


def test_cross_fade_and_feather_weights() -> None:
    a, b = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 200, np.uint8)
    assert (crossfade(a, b, 0.5) == 100).all() and crossfade(a, b, 1.0) is b and (crossfade(a, b, -1) == 0).all()
    weights = feather_weights(10, 20, 4, (True, False, False, False))
    assert (weights[:, 4:] == 1).all() and (np.diff(weights[0, :4]) > 0).all() and (weights[0] == weights[-1]).all()


def test_tiles_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Mosaic(8, 8).place(tile((4, 4, 8, 8), 1, Stage.COARSE))
