"""Areas that move as one: noise that blocks followed is given up, what moves otherwise is kept, and the field can be coded."""
from __future__ import annotations

import numpy as np
import pytest

from engine.lorentzian import areas, overlap, rangecoder, tables, vectors
from engine.lorentzian.motion import WHOLE, predict_luma, prepare
from engine.lorentzian.slices import Field

H, W = 96, 128
SCALE = np.float32(0.02)
NONE = np.zeros((2, H // 16, W // 16, 2), np.int16)


def ground(seed: int) -> np.ndarray:
    """A smooth texture, larger than the picture by 16 pixels all around."""
    p = np.random.default_rng(seed).uniform(0, 255, (H + 32, W + 32)).astype(np.float32)
    for _ in range(4):
        p = (p + np.roll(p, 1, 0) + np.roll(p, 1, 1) + np.roll(p, (1, 1), (0, 1))) / 4
    return p


def moved(p: np.ndarray, dy: int, dx: int) -> np.ndarray:
    return np.ascontiguousarray(p[16 + dy:16 + dy + H, 16 + dx:16 + dx + W])


def scattered(dy: int, dx: int, noise: int) -> Field:
    """All blocks move by (dy, dx) pixels, a third of them a quarter pixel or two beside it, a few in parts."""
    rng, f = np.random.default_rng(3), Field.empty(H, W)
    f.mode[:], f.merge[:] = 1, -1
    f.mv[0] = 4 * dy, 4 * dx
    for i in range(0, H // 8, 2):
        for j in range(0, W // 8, 2):
            if rng.random() < 0.35:
                f.mv[0, i:i + 2, j:j + 2] += rng.integers(-noise, noise + 1, 2).astype(np.int16)
            f.split[i // 2, j // 2] = rng.random() < 0.1
    return f


def kinds(f: Field) -> int:
    return len(np.unique(f.mv[0].reshape(-1, 2), axis=0))


def broadened(cur: np.ndarray, ref: np.ndarray, f: Field, scale: np.float32 = SCALE) -> None:
    areas.broaden(cur, ref, ref, False, NONE, False, scale, 0, 0, f.merge, f.split, f.mode, f.mv)


def price(cur: np.ndarray, ref: np.ndarray, f: Field) -> float:
    rest = overlap.left_over(cur, ref, ref, 0, 0, f.mode, f.mv)
    return float(overlap.price(rest, SCALE, False, NONE, False, f.split, f.mode, f.mv))


def test_noise_that_blocks_followed_is_given_up() -> None:
    p = ground(1)
    cur, ref = moved(p, 3, -2), prepare([moved(p, 0, 0)])[0]
    cur = cur + np.random.default_rng(2).normal(0, 3, cur.shape).astype(np.float32)
    f = scattered(3, -2, 2)
    before, kept = price(cur, ref, f), kinds(f)
    broadened(cur, ref, f)
    assert kept > 8 and kinds(f) == 1 and not f.split.any() and f.mv[0, 0, 0].tolist() == [12, -8]
    assert price(cur, ref, f) < before - 20


def test_what_moves_otherwise_is_kept() -> None:
    p, q = ground(1), ground(5)
    cur, was = moved(p, 3, -2), moved(p, 0, 0)
    cur[32:64, 48:96], was[32:64, 48:96] = moved(q, -4, 5)[32:64, 48:96], moved(q, 0, 0)[32:64, 48:96]
    f = scattered(3, -2, 2)
    f.mv[0, 4:8, 6:12] = -16, 20
    f.split[2:4, 3:6] = 0
    broadened(cur, prepare([was])[0], f)
    assert kinds(f) <= 4 and (f.mv[0, 4:8, 6:12] == [-16, 20]).all()


def test_an_area_is_moved_to_where_all_of_it_lies() -> None:
    p = ground(1)
    cur, f = moved(p, 3, -2), scattered(3, -2, 2)
    f.mv[0] += np.array([2, -1], np.int16)  # nobody has found it
    broadened(cur, prepare([moved(p, 0, 0)])[0], f)
    assert kinds(f) == 1 and f.mv[0, 0, 0].tolist() == [12, -8]


def test_a_window_keeps_the_light_it_has() -> None:
    p = ground(1)
    cur, ref = moved(p, 0, 0), prepare([moved(p, 0, 0)])[0]
    cur[:, 64:] *= 0.6
    f = scattered(0, 0, 1)
    f.light[:, 4:, 0] = [-51, 0]
    lit = overlap.Lit(ref * 0.6, ref * 0.6, f.light)
    areas.broaden(cur, ref, ref, False, NONE, False, SCALE, 0, 0, f.merge, f.split, f.mode, f.mv, lit)
    assert not f.mv.any() and not f.split.any(), "both halves are what they were, each in its light"


@pytest.mark.parametrize("true", [False, True])
def test_the_field_can_be_coded(true: bool) -> None:
    """Blocks name the candidates that they really have, also where much stays as it is."""
    p, f, t = ground(1), scattered(3, -2, 9), tables.Tables.untrained()
    ref = prepare([moved(p, 0, 0)])[0]
    as_said = predict_luma(ref, ref, WHOLE, f.mode, f.mv)[0]
    broadened(as_said if true else moved(p, 3, -2), ref, f, np.float32(5))
    assert (kinds(f) > 10) == true

    def coded(g: Field, coder: tuple[np.ndarray, np.ndarray]) -> None:
        prob, count, weight = t.start(30)
        vectors.code_field(*coder, 1, False, NONE, False, np.zeros(g.split.shape, np.int8), g.merge, g.split, g.mode, g.mv, prob, count,
                           weight, tables.RATE, t.stretch, t.squash)

    coder, got = rangecoder.writer(1 << 14), Field.empty(H, W)
    coded(f, coder)
    coded(got, rangecoder.reader(rangecoder.finish(*coder)))
    for name in ("merge", "split", "mode", "mv"):
        assert np.array_equal(getattr(got, name), getattr(f, name)), name
