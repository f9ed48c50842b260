from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.zoom_state import MAX_MAGNIFICATION, ZoomState

sizes = st.tuples(st.integers(1, 4000), st.integers(1, 3000))
moves = st.lists(st.one_of(
    st.tuples(st.just("wheel"), st.floats(-50, 2500), st.floats(-50, 1500), st.floats(0.05, 20)),
    st.tuples(st.just("pan"), st.floats(-3000, 3000), st.floats(-3000, 3000), st.just(0.0)),
    st.tuples(st.just("size"), st.integers(1, 2500), st.integers(1, 1500), st.just(0.0)),
    st.tuples(st.just("look"), st.floats(-10, 4000), st.floats(-10, 4000), st.floats(1e-3, 1e6)),
), max_size=12)


def state(w: int = 160, h: int = 90, vw: int = 800, vh: int = 600) -> ZoomState:
    s = ZoomState()
    s.open(w, h)
    s.resize(vw, vh)
    return s


@given(sizes, moves)
def test_whatever_happens_the_region_stays_in_the_picture(size: tuple[int, int], todo: list[tuple[str, float, float, float]]) -> None:
    s = state(*size)
    for kind, a, b, c in todo:
        if kind == "wheel":
            s.zoom_at(a, b, c)
        elif kind == "pan":
            s.pan(a, b)
        elif kind == "size":
            s.resize(int(a), int(b))
        else:
            s.look(a, b, c)
        x, y, w, h = s.roi
        assert w > 0 and h > 0 and x >= 0 and y >= 0
        assert x + w <= size[0] + 1e-6 and y + h <= size[1] + 1e-6
        tx, ty, tw, th = s.target
        assert tx >= 0 and ty >= 0 and tw >= 1 and th >= 1 and tx + tw <= s.viewport[0] and ty + th <= s.viewport[1]
        assert s.magnification <= max(MAX_MAGNIFICATION, s.fit_magnification) * (1 + 1e-6)


@given(st.floats(300, 500), st.floats(200, 400), st.floats(1.05, 4))
def test_the_wheel_keeps_the_point_under_the_cursor(px: float, py: float, factor: float) -> None:
    s = state()
    s.look(80, 45, 30)
    before = s.source_at(px, py)
    s.zoom_at(px, py, factor)
    after = s.source_at(px, py)
    assert after == pytest.approx(before, abs=0.06)  # the target is whole pixels


def test_fit_presets_and_exact() -> None:
    s = state()
    assert s.whole and s.roi == (0, 0, 160, 90) and s.magnification == 5
    assert s.target == (0, 75, 800, 450)
    s.look(80, 45, 8)
    assert s.roi == (30, 7.5, 100, 75)
    s.exact((10, 20, 16, 9))
    assert s.roi == (10, 20, 16, 9) and s.magnification == 50
    with pytest.raises(ValueError, match="inside the 160 × 90"):
        s.exact((150, 0, 20, 9))
    with pytest.raises(ValueError):
        s.exact((0, 0, 0, 9))
    with pytest.raises(ValueError):
        s.exact((0, 0, float("nan"), 9))
    assert s.roi == (10, 20, 16, 9)


def test_a_small_picture_can_be_seen_at_one_to_one() -> None:
    s = state()
    s.remember()
    s.look(80, 45, 1)
    assert s.magnification == 1 and s.roi == (0, 0, 160, 90) and s.target == (320, 255, 160, 90)
    assert s.source_at(320 + 16, 255 + 9) == pytest.approx((16, 9))
    s.resize(1000, 800)
    assert s.magnification == 1
    s.look(80, 45, 0.2)
    assert s.magnification == 1, "no smaller than that: nothing would be gained"
    s.zoom_at(400, 300, 2)
    assert s.magnification == pytest.approx(2) and s.whole
    assert s.back() and s.magnification == s.fit_magnification
    large = state(4000, 3000)
    large.look(0, 0, 0.01)
    assert large.whole and large.magnification == large.fit_magnification


def test_a_box_is_seen_whole() -> None:
    s = state()
    s.band((10, 10, 8, 30))
    x, y, w, h = s.roi
    assert x <= 10 and y <= 10 and x + w >= 18 and y + h >= 40
    assert h == pytest.approx(30)


def test_back_and_forward() -> None:
    s = state()
    first = s.roi
    s.remember()
    s.look(80, 45, 8)
    second = s.roi
    s.remember()
    s.look(80, 45, 16)
    third = s.roi
    assert s.back() and s.roi == second
    assert s.back() and s.roi == first
    assert not s.back() and not s.can_back
    assert s.forward() and s.roi == second
    assert s.forward() and s.roi == third and not s.forward()
    s.back()
    s.remember()
    s.look(10, 10, 10)
    assert not s.can_forward, "a new move ends the way forward"


def test_a_resized_viewport_keeps_centre_and_magnification() -> None:
    s = state()
    s.look(80, 45, 20)
    s.resize(400, 400)
    assert s.magnification == 20 and s.centre == (80, 45)
    s.fit()
    s.resize(1000, 300)
    assert s.whole


def test_a_viewport_that_grows_from_nothing_stays_in_the_sensible_range() -> None:
    s = state(1, 1)
    for _ in range(7):
        s.zoom_at(0, 0, 7)
    s.resize(1, 1)
    s.resize(16, 16)
    assert s.magnification <= MAX_MAGNIFICATION * (1 + 1e-6)
