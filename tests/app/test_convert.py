from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.convert import cut, pack, picture, reduce_frame, reduce_plane
from engine.api import Colour, Frame
from tests.app.fakes import grey


def frame(w: int, h: int, depth: int = 8) -> Frame:
    rng = np.random.default_rng(w * 1000 + h)
    kind = np.uint8 if depth == 8 else np.uint16
    top = 1 << depth
    cw, ch = (w + 1) // 2, (h + 1) // 2
    return Frame(rng.integers(0, top, (h, w)).astype(kind), rng.integers(0, top, (ch, cw)).astype(kind),
                 rng.integers(0, top, (ch, cw)).astype(kind), 3, 4, depth)


def test_pack_puts_bytes_where_qt_reads_them() -> None:
    out = pack(np.array([[[1, 2, 3]]], np.uint8))
    assert out.tolist() == [[[3, 2, 1, 255]]] and out.flags.c_contiguous


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9))
def test_reducing_is_the_mean_of_boxes_and_keeps_420(w: int, h: int, k: int) -> None:
    f = reduce_frame(frame(w, h), k)
    assert f.y.shape == (-(-h // k), -(-w // k))
    assert f.u.shape == f.v.shape == ((f.y.shape[0] + 1) // 2, (f.y.shape[1] + 1) // 2)


@pytest.mark.parametrize(("dtype", "top", "k"), [(np.uint8, 255, 16), (np.uint8, 255, 20), (np.uint16, 1023, 9)])
def test_reducing_full_white_stays_white(dtype: type, top: int, k: int) -> None:
    assert (reduce_plane(np.full((k * 2, k * 3), top, dtype), k) == top).all()


def test_reducing_rounds_to_the_nearest() -> None:
    assert reduce_plane(np.array([[1, 2], [2, 2]], np.uint8), 2).tolist() == [[2]]


@given(st.integers(1, 33), st.integers(1, 33), st.floats(0, 32), st.floats(0, 32), st.floats(0.01, 33), st.floats(0.01, 33))
def test_a_cut_covers_the_region_on_even_borders(w: int, h: int, x: float, y: float, rw: float, rh: float) -> None:
    x, y = min(x, w - 0.01), min(y, h - 0.01)
    rw, rh = min(rw, w - x), min(rh, h - y)
    f = frame(w, h)
    part, (cx, cy, cw, ch) = cut(f, (x, y, rw, rh))
    assert cx % 2 == 0 and cy % 2 == 0 and cx <= x and cy <= y and cx + cw >= x + rw - 1e-9 and cy + ch >= y + rh - 1e-9
    assert part.y.shape == (ch, cw) and part.u.shape == ((ch + 1) // 2, (cw + 1) // 2)
    assert (part.y == f.y[int(cy):int(cy + ch), int(cx):int(cx + cw)]).all()
    assert (part.v == f.v[int(cy) // 2:int(cy + ch + 1) // 2, int(cx) // 2:int(cx + cw + 1) // 2]).all()


def test_a_picture_is_never_smaller_than_the_view() -> None:
    f = frame(100, 60)
    assert picture(f, Colour(), grey, (33, 20)).shape == (20, 34, 4)
    assert picture(f, Colour(), grey, (51, 20)).shape == (60, 100, 4)
    assert picture(f, Colour(), grey, (500, 500)).shape == (60, 100, 4)


@given(st.integers(1, 33), st.integers(1, 33), st.floats(0, 300), st.floats(0, 300))
def test_of_a_region_outside_the_nearest_corner_is_cut(w: int, h: int, x: float, y: float) -> None:
    """The region of a larger file that was open a moment ago."""
    part, (cx, cy, cw, ch) = cut(frame(w, h), (x + w, y + h, 20.0, 10.0))
    assert part.y.shape == (ch, cw) and part.u.size and cx < w and cy < h and cx + cw == w and cy + ch == h
