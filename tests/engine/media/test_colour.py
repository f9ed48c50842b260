"""Colour conversion against the formulas of the standards, in double precision."""
from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import Colour, Frame
from engine.media import colour
from engine.media.colour import from_rgb, ranges, to_rgb

KR_KB = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def exact(y: float, u: float, v: float, c: Colour, depth: int) -> np.ndarray:
    """H.273 equations, one pixel."""
    unit = 2 ** (depth - 8)
    kr, kb = KR_KB[c.matrix]
    if c.full:
        luma, cb, cr = y / (2 ** depth - 1), (u - 2 ** (depth - 1)) / (2 ** depth - 1), (v - 2 ** (depth - 1)) / (2 ** depth - 1)
    else:
        luma, cb, cr = (y - 16 * unit) / (219 * unit), (u - 128 * unit) / (224 * unit), (v - 128 * unit) / (224 * unit)
    red, blue = luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return np.clip(np.array([red, green, blue]) * 255, 0, 255)


@given(st.sampled_from([1, 5, 6, 9]), st.booleans(), st.sampled_from([8, 10]), st.integers(0, 2 ** 32 - 1))
def test_flat_colours_are_exact(matrix: int, full: bool, depth: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, u, v = (int(x) for x in rng.integers(0, 1 << depth, 3))
    kind = np.uint8 if depth == 8 else np.uint16
    frame = Frame(np.full((3, 5), y, kind), np.full((2, 3), u, kind), np.full((2, 3), v, kind), bit_depth=depth)
    c = Colour(full, matrix)
    got = to_rgb(frame, c)
    assert got.shape == (3, 5, 3) and got.dtype == np.uint8 and (got == got[0, 0]).all()
    assert np.abs(got[0, 0] - exact(y, u, v, c, depth)).max() <= 0.501


def test_known_colours() -> None:
    """White, black and the bars of BT.709 in the narrow range."""
    c = Colour(False, 1)
    for (y, u, v), rgb in (((235, 128, 128), (255, 255, 255)), ((16, 128, 128), (0, 0, 0)), ((63, 102, 240), (255, 0, 0)),
                           ((173, 42, 26), (0, 255, 0)), ((32, 240, 118), (0, 0, 255))):
        frame = Frame(*(np.full(s, x, np.uint8) for s, x in (((2, 2), y), ((1, 1), u), ((1, 1), v))))
        assert np.abs(to_rgb(frame, c)[0, 0].astype(int) - rgb).max() <= 1


def test_chroma_is_left_sited_and_bilinear() -> None:
    """Luma columns 0 and 2 stand on chroma columns, 1 between them; rows lie a quarter off."""
    v = np.array([[128, 168], [128, 168]], np.uint8)
    frame = Frame(np.full((4, 4), 100, np.uint8), np.full((2, 2), 128, np.uint8), v)
    red = to_rgb(frame, Colour(True, 1))[..., 0].astype(float) - 100
    step = 1.5748 * 40
    assert red[0] == pytest.approx([0, step / 2, step, step], abs=0.51)
    frame = Frame(frame.y, frame.u, np.array([[128, 128], [168, 168]], np.uint8))
    red = to_rgb(frame, Colour(True, 1))[:, 0, 0].astype(float) - 100
    assert red == pytest.approx([0, step / 4, step * 3 / 4, step], abs=0.51)


@given(st.integers(1, 70), st.integers(1, 40), st.sampled_from([8, 10]), st.booleans(), st.sampled_from([1, 5, 9]))
def test_there_and_back(width: int, height: int, depth: int, full: bool, matrix: int) -> None:
    yy, xx = np.mgrid[0:height, 0:width].astype(float)
    rgb = np.stack([120 + 60 * np.sin(xx / 17), 120 + 50 * np.cos(yy / 13), 120 + 40 * np.sin((xx + yy) / 19)], -1).round().astype(np.uint8)
    c = Colour(full, matrix)
    frame = from_rgb(rgb, c, bit_depth=depth, index=3, pts=9)
    assert (frame.index, frame.pts, frame.bit_depth, frame.u.shape) == (3, 9, depth, ((height + 1) // 2, (width + 1) // 2))
    assert np.abs(to_rgb(frame, c).astype(int) - rgb).max() <= 8  # chroma of half the size
    grey = np.repeat(rgb[..., :1], 3, 2)
    assert np.abs(to_rgb(from_rgb(grey, c, bit_depth=depth), c).astype(int) - grey).max() <= (1 if not full and depth == 8 else 0)


def test_bands_do_not_show() -> None:
    rng = np.random.default_rng(0)
    frame = Frame(*(rng.integers(0, 256, s, dtype=np.uint8) for s in ((101, 46), (51, 23), (51, 23))))
    whole = to_rgb(frame)
    for top in (0, 30, 64):
        part = Frame(frame.y[top:], frame.u[top // 2:], frame.v[top // 2:])
        assert np.array_equal(to_rgb(part)[2:], whole[top + 2:])
    out = np.empty((101, 46, 3), np.uint8)
    assert to_rgb(frame, out=out) is out and np.array_equal(out, whole)


def test_agrees_with_another_program() -> None:
    """libswscale, in its accurate mode, within its own error."""
    yy, xx = np.mgrid[0:64, 0:96]
    rgb = np.stack([xx * 2 + 20, yy * 3 + 20, 200 - xx], -1).astype(np.uint8)
    frame = from_rgb(rgb, Colour(False, 1))
    other = av.VideoFrame(96, 64, "yuv420p")
    for plane, samples in zip(other.planes, (frame.y, frame.u, frame.v), strict=True):
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, :samples.shape[1]] = samples
    theirs = other.reformat(format="rgb24", src_colorspace=1, src_color_range=1, dst_color_range=2, interpolation="BILINEAR").to_ndarray()
    assert np.abs(to_rgb(frame, Colour(False, 1)).astype(int) - theirs).mean() < 1.5


def test_unspecified_is_not_guessed_from_the_size() -> None:
    assert colour.weights(2) == colour.weights(1) and colour.assumed_matrix(1920, 1080) == 1 and colour.assumed_matrix(720, 576) == 6
    assert ranges(False, 10) == (64, 876, 512, 896) and ranges(True, 10) == (0, 1023, 512, 1023)
