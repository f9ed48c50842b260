"""Where the search for motion begins: what moved far is found, nothing is looked for outside, and chance is not taken for motion."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lorentzian import likeness, patches, rough, search
from engine.lorentzian.motion import prepare
from engine.lorentzian.payload import TileState
from engine.lorentzian.schedule import slices
from engine.lorentzian.slices import Field, Reference


def texture(h: int, w: int, rounds: int, seed: int = 1) -> np.ndarray:
    """Float32 `[h, w]`: the more rounds, the smoother."""
    out = np.random.default_rng(seed).normal(0, 1, (h, w))
    for _ in range(rounds):
        for axis in (0, 1):
            out = (np.roll(out, 1, axis) + 2 * out + np.roll(out, -1, axis)) / 4
    made: np.ndarray = (128 + 40 * out / out.std()).astype(np.float32)
    return made


def test_coarse_search_finds_a_far_shift() -> None:
    rng = np.random.default_rng(1)
    big = rng.random((40, 60), np.float32) * 255
    out = np.zeros((6, 8, 2), np.int16)
    rough.coarse_field(np.ascontiguousarray(big[8:32, 14:46]), np.ascontiguousarray(big[3:27, 7:39]), 8, out)
    assert (out[1:4, 1:5] == (5 * 16, 7 * 16)).all()


@given(seed=st.integers(0, 99), h=st.integers(1, 6), w=st.integers(1, 6), reach=st.sampled_from((0, 4, 8, 14)))
@settings(max_examples=30)
def test_no_rough_vector_points_outside(seed: int, h: int, w: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    cur, ref = (rng.uniform(0, 255, (4 * h, 4 * w)).astype(np.float32) for _ in range(2))
    out, laid = np.zeros((h, w, 2), np.int16), np.empty_like(cur)
    rough.coarse_field(cur, ref, reach, out)
    y, x = (4 * np.arange(n) for n in (h, w))
    at = np.stack(np.meshgrid(y, x, indexing="ij"), -1) + out // 16
    assert at.min() >= 0 and (at <= [4 * h - 4, 4 * w - 4]).all() and np.abs(out).max() <= 16 * reach
    patches.shifted(ref, out, laid)
    for i, j in np.ndindex(h, w):
        y0, x0 = at[i, j]
        assert np.array_equal(laid[4 * i:4 * i + 4, 4 * j:4 * j + 4], ref[y0:y0 + 4, x0:x0 + 4])


@pytest.mark.parametrize("shift", [(5, 12), (-13, 3), (14, -14)])
def test_beyond_every_vector_those_between_are_found_from_their_neighbours(shift: tuple[int, int]) -> None:
    big, (dy, dx) = texture(88, 100, 6), shift
    out = np.zeros((10, 12, 2), np.int16)
    rough.coarse_field(*(np.ascontiguousarray(big[y:y + 40, x:x + 48]) for y, x in ((20 + dy, 20 + dx), (20, 20))), 15, out)
    assert np.mean((out[4:6, 4:8] == (16 * dy, 16 * dx)).all(-1)) > 0.8


@given(seed=st.integers(0, 99), h=st.integers(1, 5), w=st.integers(1, 5), reach=st.sampled_from((0, 4, 8)))
@settings(max_examples=30)
def test_far_vectors_point_inside_and_are_better_than_near_ones(seed: int, h: int, w: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    cur, ref = (texture(4 * h, 4 * w, 1, seed + n) for n in range(2))
    near, out = np.zeros((h, w, 2), np.int16), np.zeros((h, w, 2), np.int16)
    rough.coarse_field(cur, ref, reach, near)
    wide = (16 * rng.integers(-4 * max(h, w), 4 * max(h, w) + 1, (-(-h // 2), -(-w // 2), 2))).astype(np.int16)
    rough.far_field(cur, ref, wide, reach, near, out)

    def left(bi: int, bj: int, v: np.ndarray) -> float:
        y0, x0, y1, x1 = max(4 * bi - 2, 0), max(4 * bj - 2, 0), min(4 * bi + 6, 4 * h), min(4 * bj + 6, 4 * w)
        dy, dx = v // 16
        assert 0 <= y0 + dy and y1 + dy <= 4 * h and 0 <= x0 + dx and x1 + dx <= 4 * w
        return float(np.abs(cur[y0:y1, x0:x1] - ref[y0 + dy:y1 + dy, x0 + dx:x1 + dx]).sum() + rough.AWAY * (abs(dy) + abs(dx)))
    for bi, bj in np.ndindex(h, w):
        assert (out[bi, bj] == near[bi, bj]).all() or left(bi, bj, out[bi, bj]) < left(bi, bj, near[bi, bj])


@pytest.mark.parametrize(("depth", "count"), [(0, 8), (0, 2), (1, 8)])
def test_what_moved_a_long_way_is_found(depth: int, count: int) -> None:
    big, shift = (texture(160, 480, 4) + texture(160, 480, 150, 2)) / 2, 104 if count == 8 else 56
    cur, ref = (np.ascontiguousarray(big[16:144, x:x + 256]) for x in (16, 16 + shift))
    order = slices(count, False)
    state, planes = TileState.blank(16, 32), [ref, *(np.full((64, 128), 128, np.float32) for _ in range(2))]
    f = likeness.find(cur, (Reference(planes), None), count == 8, order[0], order, [{}], [((0, 0, 128, 256), state)], 30, depth)
    inside = f.mv[0, :, 2 * (shift // 16 + 1):]  # the rest was not to be seen
    assert np.mean((np.abs(inside - [0, -4 * shift]) <= 1).all(-1)) > 0.9


def test_a_far_start_that_is_hardly_better_is_no_start() -> None:
    rng, big = np.random.default_rng(3), texture(32, 160, 3)
    cur, noise = np.ascontiguousarray(big[:16, :16]), rng.normal(0, 4, (16, 16)).astype(np.float32)
    ref = texture(32, 256, 3, 9)
    for x, by in ((12, 1.0), (180, 0.9)):  # the same block twice: a little away, and far away with a little less noise
        ref[:16, x:x + 16] = cur + by * noise
    whole, ready = np.zeros((32, 256), np.float32), prepare([ref])[0]
    whole[:16, :16] = cur
    near, far = np.zeros((2, 16, 2), np.int16), np.zeros((2, 16, 2), np.int16)
    near[0, 0], far[0, 0] = (0, 48), (0, 720)
    found, none = [], np.zeros((2, 2, 16, 2), np.int16)
    for seeds in (np.stack([near, far]), np.stack([far, far])):
        f = Field.empty(32, 256)
        search.search(whole, ready, ready, False, seeds, seeds, none, False, np.float32(0.1), np.float32(0.1), 0, 0, 0,
                      f.merge, f.split, f.mode, f.mv)
        found.append(f.mv[0, 0, 0].tolist())
    assert found == [[0, 48], [0, 720]]
