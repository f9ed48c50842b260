import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.zoom.resample import resample, taps


def along(row: np.ndarray, edges: np.ndarray, **how: bool) -> np.ndarray:
    t = taps(edges, len(row), **how)
    one = taps(np.array([0.0, 1.0]), 1, True)
    return resample(row[None, t.lo:t.hi].astype(np.float32), one, t)[0]


def test_one_to_one_is_a_copy() -> None:
    row = np.arange(10.0) ** 2
    np.testing.assert_array_equal(along(row, np.arange(2.0, 9.0), shrink=True), row[2:8])


def test_area_means_follow_the_definition() -> None:
    row = np.array([0.0, 10, 20, 40])
    np.testing.assert_allclose(along(row, np.array([0, 1.5, 3]), shrink=True), [(0 + 10 / 2) / 1.5, (10 / 2 + 20) / 1.5], rtol=1e-6)


def test_cubic_keeps_straight_lines_and_reaches_peaks() -> None:
    row = np.arange(20.0)
    edges = 5 + np.arange(41) / 4
    np.testing.assert_allclose(along(row, edges, shrink=False), (edges[:-1] + edges[1:]) / 2 - 0.5, atol=1e-4)
    np.testing.assert_allclose(along(row, edges, shrink=False, linear=True), (edges[:-1] + edges[1:]) / 2 - 0.5, atol=1e-4)


@given(st.sampled_from([2.0, 3.0, 5.0, 7.3, 0.4, 0.9]), st.integers(0, 20), st.integers(0, 50), st.integers(20, 80))
def test_a_pixel_has_one_value_from_every_panning_path(magnify: float, start: int, skip: int, count: int) -> None:
    row = np.random.default_rng(1).integers(0, 255, 400).astype(np.float32)
    pitch = 1 / magnify
    whole = along(row, start + pitch * np.arange(101 + skip), shrink=pitch >= 1)
    count = min(count, 100)
    part = along(row, (start + pitch * skip) + pitch * np.arange(count + 1), shrink=pitch >= 1)
    np.testing.assert_array_equal(part, whole[skip:skip + count])


def test_rounding_left_over_from_a_caller_does_not_reach_the_weights() -> None:
    exact, sloppy = 5 + np.arange(31) / 3, 5 + np.cumsum(np.r_[0.0, np.full(30, 1 / 3)])
    assert not np.array_equal(exact, sloppy)
    for shrink in (True, False):
        a, b = taps(exact, 100, shrink), taps(sloppy, 100, shrink)
        np.testing.assert_array_equal(a.index, b.index)
        np.testing.assert_array_equal(a.weight, b.weight)


def test_outside_the_data_the_edge_repeats() -> None:
    row = np.array([3.0, 5, 7, 9])
    np.testing.assert_array_equal(along(row, np.arange(2.0, 8.0), shrink=True), [7, 9, 9, 9, 9])
