"""What the encoder's search goes by: the cost of coding what a prediction leaves."""
from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import hadamard

from engine.lorentzian import patches, priced
from engine.lorentzian.schedule import STEP_FACTOR, step
from engine.lorentzian.worth import search_scale


def worth(block: np.ndarray, prediction: np.ndarray, quality: int, kind: int = 1) -> float:
    left = np.ascontiguousarray(block - prediction, np.float32)
    return float(patches.worth(left, 0, 0, len(block), search_scale(quality, kind)))


@pytest.mark.parametrize("size", [8, 16])
def test_the_cost_is_that_of_the_transform(size: int) -> None:
    rng = np.random.default_rng(size)
    block, prediction = rng.normal(0, 30, (size, size)), rng.normal(0, 5, (size, size))
    h = hadamard(8) / np.sqrt(8)
    want = 0.0
    for y in range(0, size, 8):
        for x in range(0, size, 8):
            c = np.abs(h @ (block - prediction)[y:y + 8, x:x + 8] @ h.T) / (step(32) * STEP_FACTOR[1])
            want += float(priced.price(c).sum())
    assert worth(block, prediction, 32) == pytest.approx(want, rel=1e-4)


def test_prices_rise_and_start_as_squares() -> None:
    sizes = np.arange(64 * priced.GRAIN) / priced.GRAIN
    prices = priced.price(sizes)
    assert prices[0] == 0 and (np.diff(prices) >= 0).all()
    assert priced.price(np.array(0.5)) == pytest.approx(0.25), "half a step is not coded: all of its error stays"
    assert priced.price(np.array(8.0)) < 2, "a large coefficient costs its bits, not its square"
    assert priced.price(np.array(0.06)) == 0, "what is smaller than a part of a step costs nothing"
    exact = np.minimum(sizes ** 2, priced.ROUNDED + priced.RATE * (priced.FIRST + priced.MORE * np.log2(np.maximum(sizes, 1))))
    assert (prices >= exact - 1e-9).all() and (prices <= 1.03 * exact).all(), "tangents lie close above the logarithm"


def test_a_shift_of_grey_costs_less_than_noise_of_the_same_size() -> None:
    """Absolute differences see no difference between the two; a transform does."""
    rng = np.random.default_rng(1)
    noise = rng.choice([-12.0, 12.0], (16, 16))
    flat = np.full((16, 16), 12.0)
    assert np.abs(noise).sum() == np.abs(flat).sum()
    assert worth(flat, np.zeros((16, 16)), 44) < 0.25 * worth(noise, np.zeros((16, 16)), 44)
