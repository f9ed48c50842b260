"""Following: a textured thing on a textured ground, sub-pixel moves, changes of light, and the honest word when it is gone."""
from __future__ import annotations

import numpy as np
import pytest

from engine.media.follow import Follower

W, H = 240, 160


def scene(cx: float, cy: float, light: float = 1.0, hidden: bool = False) -> np.ndarray:
    """A blob with a pattern of its own at (cx, cy) over a ground that stands still."""
    rng = np.random.default_rng(1)
    ground = rng.uniform(60, 120, (H // 8, W // 8)).repeat(8, 0).repeat(8, 1)
    ys, xs = np.mgrid[0:H, 0:W] + 0.5
    u, v = xs - cx, ys - cy
    mask = 1 / (1 + np.exp((np.hypot(u / 14, v / 10) - 1) * 12))
    thing = 140 + 60 * np.sin(u / 2.7) * np.cos(v / 3.3) + 30 * np.sign(u + v)
    out = ground if hidden else ground * (1 - mask) + thing * mask
    return np.clip(out * light, 0, 255).astype(np.uint8)


def box(cx: float, cy: float) -> tuple[float, float, float, float]:
    return cx - 16, cy - 12, 32, 24


def centre(roi: tuple[float, float, float, float]) -> tuple[float, float]:
    return roi[0] + roi[2] / 2, roi[1] + roi[3] / 2


def path(t: float) -> tuple[float, float]:
    return 50 + 1.7 * t, 60 + 25 * np.sin(t / 14)


def test_it_keeps_on_the_thing_within_a_pixel_and_a_half() -> None:
    follower = Follower(scene(*path(0)), box(*path(0)))
    worst = 0.0
    for t in range(1, 80):
        found = follower.update(scene(*path(t)))
        assert not found.lost and found.box[2:] == (32, 24)
        at, truth = centre(found.box), path(t)
        worst = max(worst, float(np.hypot(at[0] - truth[0], at[1] - truth[1])))
    assert worst < 1.5


def test_light_may_change_and_time_may_run_backwards() -> None:
    follower = Follower(scene(*path(60)), box(*path(60)))
    for t in range(59, 20, -1):
        found = follower.update(scene(*path(t), light=1.0 - 0.006 * (60 - t)))
    assert not found.lost and centre(found.box) == pytest.approx(path(21), abs=2)


def test_a_thing_that_is_gone_is_lost_and_the_box_stays() -> None:
    follower = Follower(scene(*path(0)), box(*path(0)))
    for t in range(1, 10):
        last = follower.update(scene(*path(t)))
    gone = [follower.update(scene(0, 0, hidden=True)) for _ in range(3)]
    assert all(g.lost for g in gone) and gone[-1].box == last.box and gone[-1].sharpness < last.sharpness
    assert not follower.update(scene(*path(10))).lost, "and it is found again where it was"


def test_ten_bits_and_the_edge_of_the_picture() -> None:
    follower = Follower(scene(20, 20).astype(np.uint16) * 4, box(20, 20))
    for t in range(12):
        found = follower.update(scene(20 - 1.5 * t, 20).astype(np.uint16) * 4)
        x, y = centre(found.box)
        assert 0 <= x <= W and 0 <= y <= H


def test_small_things_and_flat_ground_do_not_break_it() -> None:
    flat = np.full((20, 30), 90, np.uint8)
    found = Follower(flat, (5, 5, 1, 1)).update(flat)
    assert found.lost and np.isfinite(found.sharpness)
    assert np.isfinite(Follower(np.zeros((1, 1), np.uint8), (0, 0, 1, 1)).update(np.zeros((1, 1), np.uint8)).sharpness)
