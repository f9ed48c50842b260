"""Sums over blocks, rows at once, against numpy: what the motion search goes by."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit
from scipy.linalg import hadamard

from engine import lanes
from engine.lorentzian import priced

H = W = 40
SUMS: dict[str, tuple[Callable[..., Any], int, str]] = {
    "priced8": (priced.priced8, 8, "priced"), "priced16": (priced.priced16, 16, "priced"), "differ8": (lanes.differ8, 8, "differ"),
    "differ16": (lanes.differ16, 16, "differ"), "squares8": (lanes.squares8, 8, "squares")}


def said(what: str, left: np.ndarray, scale: float) -> float:
    if what == "differ":
        return scale * float(np.abs(left).sum())
    if what == "squares":
        return scale * float((left ** 2).sum())
    h = hadamard(8)
    return float(sum(priced.price(np.abs(scale * (h @ left[:, k:k + 8] @ h.T))).sum() for k in range(0, left.shape[1], 8)))


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_a_sum_is_that_of_what_is_left_by_the_mean_of_patches(name: str, count: int) -> None:
    f, width, what = SUMS[name]
    rng = np.random.default_rng(count)
    cur, *others = (rng.normal(0, 40, (H, W)).astype(np.float32) for _ in range(1 + count))
    places = [(int(a), int(b)) for a, b in rng.integers(0, H - 16, (count + 1, 2))]
    (y, x), *at = places
    parts: Any = tuple(v for other, (a, b) in zip(others, at, strict=True) for v in (other, a, b))

    @njit
    def compiled(cur: Any, y: Any, x: Any, scale: Any, parts: Any) -> Any:
        return f(cur, y, x, scale, parts)

    mean = np.mean([o[a:a + 8, b:b + width] for o, (a, b) in zip(others, at, strict=True)], axis=0) if count else 0
    want = said(what, cur[y:y + 8, x:x + width].astype(np.float64) - mean, 0.03)
    assert compiled(cur, y, x, np.float32(0.03), parts) == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize("width", [8, 16])
def test_what_a_block_lays_over_others_goes_under_its_window(width: int) -> None:
    laid, lay = (priced.laid8, priced.lay8) if width == 8 else (priced.laid16, priced.lay16)
    rng = np.random.default_rng(width)
    rest, own = (rng.normal(0, 40, (H, W)).astype(np.float32) for _ in range(2))
    down, across = (rng.random(H).astype(np.float32) for _ in range(2))

    @njit
    def cost(rest: Any, scale: Any) -> Any:
        return laid(rest, 3, 7, 8, 16, scale, down, across, own)

    @njit
    def add(rest: Any, scale: Any) -> Any:
        return lay(rest, 3, 7, 8, 16, scale, down, across, own)

    part = (down[:, None] * across * own)[8:16, 16:16 + width].astype(np.float64)
    here = np.s_[3:11, 7:7 + width]
    assert cost(rest, np.float32(0.02)) == pytest.approx(said("priced", rest[here] - part, 0.02), rel=1e-4)
    before = rest.copy()
    add(rest, np.float32(-0.5))
    assert np.allclose(rest[here], before[here] - 0.5 * part, atol=1e-4)
    rest[here] = before[here]
    assert np.array_equal(rest, before), "nothing beside it was touched"


@pytest.mark.parametrize("width", [8, 16])
@pytest.mark.parametrize("count", [2, 4])
def test_the_mean_of_patches_is_put_where_it_belongs(width: int, count: int) -> None:
    mean = lanes.mean8 if width == 8 else lanes.mean16
    rng = np.random.default_rng(count)
    patches = [rng.normal(0, 40, (H, W)).astype(np.float32) for _ in range(count)]
    parts: Any = tuple(v for k, p in enumerate(patches) for v in (p, k, 2 * k))
    out = np.zeros((H, W), np.float32)

    @njit
    def put(out: Any, parts: Any) -> Any:
        return mean(out, 5, 9, parts)

    put(out, parts)
    want = np.zeros((H, W))
    want[5:13, 9:9 + width] = np.mean([p[k:k + 8, 2 * k:2 * k + width] for k, p in enumerate(patches)], axis=0)
    assert np.allclose(out, want, atol=1e-4)


def test_taps_interpolate_and_what_differs_is_kept() -> None:
    rng = np.random.default_rng(6)
    ref, cur = (rng.normal(0, 40, (H, W)).astype(np.float32) for _ in range(2))
    down, across = (tuple(np.float32(v) for v in rng.normal(0, 0.4, 6)) for _ in range(2))
    out = np.zeros((8, 8), np.float32)

    @njit
    def compiled(out: Any) -> Any:
        return lanes.tapped8(ref, 6, 5, down, across, cur, 3, 11, out)

    rows = sum(np.float64(t) * ref[4:17, 3 + k:11 + k] for k, t in enumerate(across))
    left = sum(np.float64(t) * rows[k:k + 8] for k, t in enumerate(down)) - cur[3:11, 11:19]
    assert compiled(out) == pytest.approx(float((left ** 2).sum()), rel=1e-4)
    assert np.allclose(out, left, atol=1e-3)


def test_every_fourth_row_is_taken_of_the_widest() -> None:
    rng = np.random.default_rng(9)
    a, b = (rng.normal(0, 40, (H, W)).astype(np.float32) for _ in range(2))

    @njit
    def compiled() -> Any:
        return lanes.differ32(a, 2, 5, np.float32(1), (b, 7, 3))

    assert compiled() == pytest.approx(float(np.abs(a[2:34:4, 5:37].astype(np.float64) - b[7:39:4, 3:35]).sum()), rel=1e-4)
