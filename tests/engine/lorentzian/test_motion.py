"""Alignment of neighbours: what a vector means at every level, and that overlapped blocks leave no seam."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lorentzian import motion, search, vectors
from engine.lorentzian.motion import MARGIN, predict_planes, prepare
from engine.lorentzian.slices import Field
from tests.engine.lorentzian.clips import scene

H, W = 48, 64


def planes(level: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    cl = min(level + 1, 3)
    return [rng.random((H >> k, W >> k), np.float32) * 255 for k in (level, cl, cl)]


def field(mode: int = 0, left: tuple[int, int] = (0, 0), right: tuple[int, int] = (0, 0)) -> Field:
    f = Field.empty(H, W)
    f.mode[:] = mode
    f.mv[0], f.mv[1] = left, right
    return f


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("mode", [0, 1, 2])
def test_no_motion_is_the_neighbour_itself(level: int, mode: int) -> None:
    left, right = planes(level, 1), planes(level, 2)
    f = field(mode)
    got = predict_planes(prepare(left, level), prepare(right, level), f.mode, f.mv, H, W, level)
    for n in range(3):
        assert np.allclose(got[n][0], right[n] if mode == 2 else left[n], atol=1e-3)
        assert np.allclose(got[n][1], left[n] if mode == 1 else right[n], atol=1e-3)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_a_vector_points_to_where_the_picture_comes_from(level: int) -> None:
    """(8, -16) luma pixels: the same place of the neighbour at every level, edges repeated."""
    ref = planes(level)
    f = field(1, (8 * 4, -16 * 4))
    got = predict_planes(prepare(ref, level), prepare(ref, level), f.mode, f.mv, H, W, level)
    for n, k in ((0, level), (1, min(level + 1, 3)), (2, min(level + 1, 3))):
        h, w = ref[n].shape
        rows, columns = np.clip(np.arange(h) + (8 >> k), 0, h - 1), np.clip(np.arange(w) - (16 >> k), 0, w - 1)
        assert np.allclose(got[n][0], ref[n][rows][:, columns], atol=1e-3)


@given(seed=st.integers(0, 10_000), level=st.integers(0, 3))
@settings(max_examples=30)
def test_weights_of_overlapping_blocks_sum_to_one(seed: int, level: int) -> None:
    rng = np.random.default_rng(seed)
    flat = [np.full_like(p, 77) for p in planes(level)]
    f = Field.empty(H, W)
    f.mode[:], f.mv[:] = rng.integers(0, 3, f.mode.shape), rng.integers(-4095, 4096, f.mv.shape)
    for p in predict_planes(prepare(flat, level), prepare(flat, level), f.mode, f.mv, H, W, level):
        assert np.allclose(p, 77, atol=1e-3)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_where_blocks_lie_beside_each_other_each_is_what_its_own_vector_points_at(level: int) -> None:
    rng = np.random.default_rng(3)
    ref, f = planes(level), Field.empty(H, W)
    f.mode[:], f.mv[0] = 1, rng.integers(-3, 4, (*f.mode.shape, 2)) * 32
    straight = np.ones(f.split.shape, np.uint8)
    got = predict_planes(prepare(ref, level), prepare(ref, level), f.mode, f.mv, H, W, level, straight=straight)
    for n, k in ((0, level), (1, min(level + 1, 3)), (2, min(level + 1, 3))):
        size, (h, w) = 8 >> k, ref[n].shape
        for i in range(f.mode.shape[0]):
            for j in range(f.mode.shape[1]):
                dy, dx = f.mv[0, i, j] // 4 // (1 << k)
                rows = np.clip(np.arange(size * i, size * (i + 1)) + dy, 0, h - 1)
                columns = np.clip(np.arange(size * j, size * (j + 1)) + dx, 0, w - 1)
                assert np.allclose(got[n][0][size * i:size * (i + 1), size * j:size * (j + 1)], ref[n][rows][:, columns], atol=1e-3)


def test_a_tile_says_for_itself_whether_its_blocks_overlap() -> None:
    ref, f = planes(0), field(1)
    f.mv[0] = np.random.default_rng(5).integers(-40, 41, (*f.mode.shape, 2))
    ready, half = prepare(ref), np.zeros(f.split.shape, np.uint8)
    half[:, 2:] = 1
    soft, hard, mixed = (predict_planes(ready, ready, f.mode, f.mv, H, W, straight=s)[0][0] for s in (None, np.ones_like(half), half))
    assert np.array_equal(mixed[:, :28], soft[:, :28]) and np.array_equal(mixed[:, 36:], hard[:, 36:])
    assert not np.array_equal(soft, hard)


def test_blocks_of_one_pixel_follow_their_own_vector_alone() -> None:
    """At the coarsest level a pixel is a block; its neighbours' motion is not its own."""
    ref = planes(3)
    f = field(1)
    f.mv[0, :, ::2] = (0, 32)  # every second column of blocks comes from 8 pixels to the right
    got = predict_planes(prepare(ref, 3), prepare(ref, 3), f.mode, f.mv, H, W, 3)[0][0]
    assert np.allclose(got[:, 1::2], ref[0][:, 1::2], atol=1e-3)
    assert np.allclose(got[:, 0:-2:2], ref[0][:, 1:-1:2], atol=1e-3)


@given(seed=st.integers(0, 10_000), lit=st.booleans())
@settings(max_examples=30, deadline=None)
def test_areas_that_move_as_one(seed: int, lit: bool) -> None:
    rng = np.random.default_rng(seed)
    mode = rng.integers(0, 3, (6, 8)).astype(np.int8) if seed % 2 else np.zeros((6, 8), np.int8)
    mv = (rng.random((2, 6, 8, 2)) < 0.04).astype(np.int16)
    light = (rng.random((3, 4, 2, 2)) < 0.04).astype(np.float32) if lit else np.zeros((0, 0, 2, 2), np.float32)
    got = np.empty((7, 9), np.int32)
    motion.alike(mode, mv, light, got)

    def moves(i: int, j: int) -> tuple[float, ...]:
        i, j = min(max(i, 0), 5), min(max(j, 0), 7)
        return mode[i, j], *mv[:, i, j].ravel(), *(light[i // 2, j // 2].ravel() if lit else ())
    for i in range(7):
        for j in range(9):
            a, b, c, d = moves(i - 1, j - 1), moves(i - 1, j), moves(i, j - 1), moves(i, j)
            if a == b == c == d:
                assert got[i, j] == (1 if j == 8 or got[i, j + 1] < 0 else got[i, j + 1] + 1)
            else:
                assert got[i, j] == (motion.UPRIGHT if a == c and b == d else motion.FLAT if a == b and c == d else motion.MIXED)


def test_half_pixel_filter_keeps_ramps() -> None:
    ramp = np.tile(np.arange(W, dtype=np.float32) * 2, (H, 1))
    out = np.empty((4, H + 2 * MARGIN, W + 2 * MARGIN), np.float32)
    motion.halfpel(ramp, out)
    inner = np.s_[MARGIN:-MARGIN, MARGIN + 4:-MARGIN - 4]
    assert np.allclose(out[1][inner] - out[0][inner], 1, atol=1e-3) and np.allclose(out[2][inner], out[0][inner], atol=1e-3)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_search_finds_a_shift(depth: int) -> None:
    big = scene(1, 96, 80)[0][0].astype(np.float32)
    cur, ref = np.ascontiguousarray(big[10:10 + H, 12:12 + W]), np.ascontiguousarray(big[7:7 + H, 17:17 + W])
    ready = prepare([ref])[0]
    f = Field.empty(H, W)
    seeds = np.zeros((1, H // 16, W // 16, 2), np.int16)
    search.search(cur, ready, ready, False, seeds, seeds, np.zeros((2, H // 16, W // 16, 2), np.int16), False,
                  np.float32(4), np.float32(0.1), depth, 0, 0, f.merge, f.split, f.mode, f.mv)
    inner = f.mv[0, 2:, :-2]
    assert (f.mode == 1).all() and np.mean((inner == (12, -20)).all(-1)) > 0.9


def test_merge_candidates_are_different_and_never_none() -> None:
    f = field()
    cmode, cmv = np.zeros(vectors.MERGES, np.int64), np.zeros((vectors.MERGES, 2, 2), np.int64)
    temporal = np.zeros((2, H // 16, W // 16, 2), np.int16)
    assert vectors.candidates(0, 0, 2, True, temporal, False, f.mode, f.mv, cmode, cmv) == 1 and cmode[0] == 0
    assert vectors.candidates(2, 2, 2, True, temporal, True, f.mode, f.mv, cmode, cmv) == 1, "all of them say no motion"
    f.mv[0, 2:4, 0:2], temporal[0, 1, 1] = (4, 4), (9, 9)
    assert vectors.candidates(2, 2, 2, True, temporal, True, f.mode, f.mv, cmode, cmv) == 3
    assert vectors.candidates(2, 2, 2, False, temporal, False, f.mode, f.mv, cmode, cmv) > 1 and 1 in cmode


def test_motion_of_a_neighbour_scales_with_time() -> None:
    f = field(0, (80, -40), (3, 3))
    out = np.zeros((2, H // 16, W // 16, 2), np.int16)
    vectors.temporal_candidate(f.mode, f.mv, 8, 4, 4, out)
    assert (out[0] == (40, -20)).all() and (out[1] == (-40, 20)).all()
    vectors.temporal_candidate(f.mode, f.mv, 4, 1, 3, out)
    assert (out[0] == (20, -10)).all() and (out[1] == (-60, 30)).all()
