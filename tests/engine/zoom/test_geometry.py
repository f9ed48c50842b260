"""Levels, depth and the recorded limit are exact; regions that make no sense are refused in one line."""
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import EngineError, Provenance, SourceInfo
from engine.zoom import clamp_roi, geometry, recorded_limit
from engine.zoom.provenance import classify

INFO = SourceInfo("clip.mp4", "video", 1920, 1080, (0,), Fraction(1, 25), Fraction(25))


@given(st.floats(0.01, 1900), st.integers(1, 4000), st.integers(0, 4))
def test_recorded_exactly_up_to_the_limit(width: float, pixels: int, level: int) -> None:
    grid = geometry.grid_of_view((0, 0, width, 10), (pixels, 1), INFO)
    magnification = Fraction(pixels) / Fraction(width)  # device pixels per source pixel, without rounding
    assert (classify(level, grid.px) == Provenance.CODED) == (magnification <= Fraction(recorded_limit(level)))


@given(st.floats(0.01, 1900), st.integers(1, 4000))
def test_level_and_depth_give_at_least_one_data_pixel_and_not_twice_that(width: float, pixels: int) -> None:
    grid = geometry.grid_of_view((0, 0, width, 10), (pixels, 1), INFO)
    magnification = Fraction(pixels) / Fraction(width)
    level, depth = geometry.recorded_level(grid.px, 5), geometry.synthesis_depth(grid.px)
    if magnification <= 1:
        assert depth == 0 and Fraction(1, 2**level) >= magnification
        assert level == 5 or Fraction(1, 2**(level + 1)) < magnification
    elif depth < geometry.MAX_DEPTH:
        assert level == 0 and 2**depth >= magnification > 2**(depth - 1)


def test_one_ulp_past_the_limit_is_no_longer_recorded() -> None:
    assert geometry.synthesis_depth(1.0) == 0 and classify(0, 1.0) == Provenance.CODED
    past = math.nextafter(1.0, 0.0)
    assert geometry.synthesis_depth(past) == 1 and classify(0, past) == Provenance.INTERPOLATED
    assert recorded_limit(0) == 1.0 and recorded_limit(2) == 0.25


@pytest.mark.parametrize("roi", [(math.nan, 0, 10, 10), (0, 0, math.inf, 10), (0, 0, 0, 10), (0, 0, 10, -1), (-1, 0, 10, 10),
                                 (1915, 0, 10, 10), (0, 1079, 10, 10), (0, 0, 10), "nonsense", None, (0, 0, "a", 1)])
def test_impossible_regions_are_one_clear_line(roi: object) -> None:
    with pytest.raises(EngineError) as told:
        geometry.check_roi(roi, INFO)  # type: ignore[arg-type]
    assert "region" in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize("magnify", [0, -2, math.nan, math.inf, 1e9, 1e-9, "x"])
def test_impossible_magnifications_are_one_clear_line(magnify: object) -> None:
    with pytest.raises(EngineError) as told:
        geometry.grid_of_export((0, 0, 10, 10), magnify, INFO)  # type: ignore[arg-type]
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("frame", [-1, 1, True, 0.5, None])
def test_frames_that_are_not_there(frame: object) -> None:
    with pytest.raises(EngineError, match="there is no frame"):
        geometry.check_frame(frame, INFO)  # type: ignore[arg-type]


@given(st.floats(1, 300), st.floats(1, 300), st.floats(0.1, 9))
def test_exports_have_the_promised_size(width: float, height: float, magnify: float) -> None:
    expected = (round(width * magnify), round(height * magnify))
    if min(expected) < 1:
        return
    grid = geometry.grid_of_export((3.5, 2, width, height), magnify, INFO)
    assert (grid.width, grid.height) == expected and grid.px == grid.py == 1 / magnify


def test_clamped_regions_lie_inside() -> None:
    assert clamp_roi((-5, 1070, 100, 50), INFO) == (0, 1030, 100, 50)
    assert clamp_roi((10, 10, 5000, 50), INFO) == (0, 10, 1920, 50)


def test_tiles_cover_the_view_once_and_start_at_the_centre() -> None:
    seen = np.zeros((300, 500), int)
    tiles = geometry.split((0, 0, 500, 300), 128)
    for x, y, w, h in tiles:
        seen[y:y + h, x:x + w] += 1
    assert (seen == 1).all()
    x, y, w, h = tiles[0]
    assert x <= 250 < x + w and y <= 150 < y + h
