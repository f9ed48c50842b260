"""The second look at motion: cheaper with what neighbours lay over it, and still a field that can be written."""
from __future__ import annotations

import numpy as np
import pytest

from engine.lorentzian import motion, overlap, patches, payload, search
from engine.lorentzian.payload import TileState
from engine.lorentzian.schedule import slices
from engine.lorentzian.search import BIT
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import Tables
from engine.lorentzian.vectors import MERGES, candidates
from engine.lorentzian.worth import motion_price, search_scale

H, W = 64, 96
SCALE = search_scale(30, 1)
AT = np.zeros((2, 2), np.int64)


def scene(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A picture between two others, prepared: each half of it moves by itself, and grows a little."""
    rng = np.random.default_rng(seed)
    big = rng.normal(0, 1, (H + 64, W + 64))
    for axis in (0, 1):
        for _ in range(5):  # soft enough for six taps
            big = (big + np.roll(big, 1, axis) + np.roll(big, -1, axis)) / 3
    big = np.clip(128 + 200 * big, 0, 255)
    yy, xx = np.mgrid[:H, :W]

    def shown(t: float) -> np.ndarray:
        y = 20 + yy * (1 + 0.01 * t) + np.where(xx > W // 2, 2.3, -1.4) * t
        x = 20 + xx * (1 + 0.01 * t) + 1.7 * t
        i, j = y.astype(int), x.astype(int)
        fy, fx = y - i, x - j
        return np.asarray((big[i, j] * (1 - fy) + big[i + 1, j] * fy) * (1 - fx) + (big[i, j + 1] * (1 - fy) + big[i + 1, j + 1] * fy) * fx,
                          np.float32)
    left, right = (motion.prepare([shown(t)], 0)[0] for t in (-1.0, 1.0))
    return shown(0.0), left, right


def found(seed: int, two: bool, passes: int, quality: int = 30) -> tuple[np.ndarray, Field, np.ndarray]:
    cur, left, right = scene(seed)
    f = Field.empty(H, W)
    none, seeds = np.zeros((2, H // 16, W // 16, 2), np.int16), np.zeros((1, H // 16, W // 16, 2), np.int16)
    price, scale = motion_price(quality, 1), search_scale(quality, 1)
    search.search(cur, left, right, two, seeds, seeds, none, False, price, scale, 1, 0, 0, f.merge, f.split, f.mode, f.mv)
    for _ in range(passes):
        overlap.again(cur, left, right, two, none, False, scale, 2, 0, 0, f.merge, f.split, f.mode, f.mv)
    return cur, f, motion.predict_luma(left, right, AT, f.mode, f.mv).mean(0)


def price(cur: np.ndarray, pred: np.ndarray, quality: int = 30) -> float:
    left, scale = cur - pred, search_scale(quality, 1)
    return sum(patches.worth(left, y, x, 16, scale) for y in range(0, H, 16) for x in range(0, W, 16))


def bits(f: Field, two: bool) -> int:
    """Of the bytes that a slice takes which has this motion and nothing else."""
    order = slices(2 if two else 1, False)
    fields = {s.time: Field.empty(H, W) for s in order} | {order[-1].time: f}
    return 8 * len(payload.write_level(3, order, TileState.blank(H // 8, W // 8), fields, 30, Tables.untrained()))


@pytest.mark.parametrize("two", [False, True])
def test_what_is_left_is_cheaper(two: bool) -> None:
    once, again, twice = ([price(*found(seed, two, n, 40)[::2], 40) for seed in range(4)] for n in (0, 1, 2))
    assert all(b < a for a, b in zip(once, again, strict=True)) and sum(again) < 0.98 * sum(once)
    assert sum(twice) < sum(again) + BIT * 100, "vectors may get cheaper instead"


@pytest.mark.parametrize("two", [False, True])
def test_what_is_left_is_cheaper_with_the_motion(two: bool) -> None:
    def costs(passes: int) -> list[float]:
        made = (found(seed, two, passes) for seed in range(4))
        return [price(cur, pred) + BIT * bits(f, two) for cur, f, pred in made]
    once, again, twice = map(costs, range(3))
    assert all(b < a + 8 * BIT for a, b in zip(once, again, strict=True)) and sum(again) < (0.99 if two else 0.98) * sum(once)
    assert sum(twice) < sum(again) + 8 * BIT, "bytes are whole"


@pytest.mark.parametrize("two", [False, True])
def test_every_block_still_has_the_motion_that_its_merge_names(two: bool) -> None:
    _, f, _ = found(3, two, 1)
    cmode, cmv = np.zeros(MERGES, np.int64), np.zeros((MERGES, 2, 2), np.int64)
    none, merged = np.zeros((2, H // 16, W // 16, 2), np.int16), 0
    for i in range(f.mode.shape[0]):
        for j in range(f.mode.shape[1]):
            width = 1 if f.split[i // 2, j // 2] else 2
            if width == 2 and (i % 2 or j % 2):
                continue
            n = candidates(i, j, width, two, none, False, f.mode, f.mv, cmode, cmv)
            c = int(f.merge[i, j])
            assert c < n
            if c >= 0:
                merged += 1
                assert cmode[c] == f.mode[i, j] and np.array_equal(cmv[c], f.mv[:, i, j])
    assert merged > 5


def test_what_is_left_over_is_kept_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running difference that blocks are judged by is that of the field as it then is."""
    kept: list[np.ndarray] = []
    real = overlap._again

    def spy(rest: np.ndarray, *more: object) -> None:
        kept.append(rest)
        real(rest, *more)
    monkeypatch.setattr(overlap, "_again", spy)
    cur, _, pred = found(1, True, 1)
    rim = overlap.RIM
    assert np.abs(kept[0][rim:-rim, rim:-rim] - (cur - pred)).max() < 1e-3
    kept[0][rim:-rim, rim:-rim] = 0
    assert not kept[0].any(), "nothing is beyond the tile"


def test_where_nothing_moves_nothing_changes() -> None:
    cur = scene(5)[0]
    ref = motion.prepare([cur], 0)[0]
    f, none = Field.empty(H, W), np.zeros((2, H // 16, W // 16, 2), np.int16)
    overlap.again(cur, ref, ref, False, none, False, SCALE, 2, 0, 0, f.merge, f.split, f.mode, f.mv)
    assert (not f.mv.any() and not f.mode.any()) or set(np.unique(f.mode)) <= {0, 1}
    assert not f.mv.any()


def test_a_side_that_stands_still_is_taken_over_as_it_is() -> None:
    cur, left, _ = scene(4)
    right = motion.prepare([cur], 0)[0]  # the picture itself, where nothing has moved
    f, none, seeds = Field.empty(H, W), np.zeros((2, H // 16, W // 16, 2), np.int16), np.zeros((1, H // 16, W // 16, 2), np.int16)
    search.search(cur, left, right, search.STILL, seeds, seeds, none, False, motion_price(30, 1), SCALE, 1, 0, 0, f.merge, f.split, f.mode,
                  f.mv)
    assert (f.mode == 2).all() and not f.mv.any()
