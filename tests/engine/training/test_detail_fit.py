"""What is fitted to a detail network, and the distances it is judged by."""
import json
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from engine.diffusor import DetailModel
from engine.diffusor.net import DetailConfig, DetailNet
from engine.diffusor.spread import SpreadTable
from engine.training import detail_fit
from engine.training.ahead_eval import ms_ssim
from engine.training.detail_eval import Picture
from engine.training.detail_fit import KNOTS, coarse, coverage, draw, fit_half, fit_table, fit_temperature, fitted, refitted
from engine.training.realism import filter_distance

pytestmark = pytest.mark.usefixtures("one_thread")
CONFIG = DetailConfig(width=8, blocks=1, noise=2, branch=8)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small pictures on a shared machine: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def texture(seed: int = 0, size: int = 64) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(128 + np.kron(rng.normal(0, 40, (size // 4, size // 4)), np.ones((4, 4))) + rng.normal(0, 8, (size, size)), 0, 255
                   ).astype(np.uint8)


def picture(seed: int = 0, size: int = 64) -> Picture:
    c = np.full((size // 2, size // 2), 128, np.uint8)
    return Picture(f"p{seed}", "photo", texture(seed, size), c, c)


def noisy(strength: float, temperature: float = 1.0) -> DetailModel:
    """A network that knows nothing and draws samples with much grain."""
    torch.manual_seed(0)
    net = DetailNet(CONFIG)
    torch.nn.init.normal_(net.detail.weight, std=strength)
    return DetailModel(net.eval().requires_grad_(False), "noisy", "cpu", temperature)


def test_the_half_width_is_the_quantile_of_the_error():
    rng = np.random.default_rng(0)
    spread = rng.uniform(0, 20, 400_000)
    error = np.abs(rng.normal(0, 1, spread.size) * spread)
    half = fit_half(spread, error)
    assert len(half) == len(KNOTS) and list(half) == sorted(half)
    for knot, width in zip(KNOTS, half, strict=True):
        if 1 < knot < 18:
            assert width == pytest.approx(1.645 * knot, rel=0.12)


def test_knots_that_nobody_reached_go_on_in_proportion():
    half = fit_half(np.full(1000, 1.0), np.full(1000, 3.0))
    assert half[KNOTS.index(1.0)] == 3 and half[-1] == pytest.approx(3 * KNOTS[-1], rel=0.5)


def test_a_fitted_table_covers_nine_of_ten(monkeypatch):
    monkeypatch.setattr(detail_fit, "CASES", {0: (None, (1,))})
    model = noisy(0.5)
    model.spread = detail_fit.fit_table(model, [picture(n, 96) for n in range(3)])
    found = coverage(model, [picture(n, 96) for n in (10, 11)], 1, 63)
    assert 0.87 < found["inside_90"] < 0.93
    model.spread = None
    assert not 0.87 < coverage(model, [picture(9)], 1, 63)["inside_90"] < 0.93  # without it, it would be seen


def test_grain_is_turned_down_to_what_footage_has():
    loud = noisy(2.0)
    chosen = fit_temperature(loud, [picture(n) for n in range(3)], depth=1)
    assert 0.2 <= chosen < 0.9
    assert fit_temperature(noisy(1e-4), [picture(0)], depth=1) == 1.0


def test_weights_take_the_fit_along(monkeypatch):
    monkeypatch.setattr(detail_fit, "CASES", {52: (None, (1,))})
    model = noisy(0.5)
    data = save({k: v.half() for k, v in model.net.state_dict().items()}, {"task": "detail", "spread": "old"})
    made = fitted(data, model, [picture(0), picture(1)])
    meta = json.loads(made[8:8 + int.from_bytes(made[:8], "little")])["__metadata__"]
    assert meta["task"] == "detail" and "52,1,8" in meta["spread"] and 0 < float(meta["temperature"]) <= 1
    before, after = load(data), load(made)
    assert before.keys() == after.keys() and all(torch.equal(before[k], after[k]) for k in before)


def test_one_quality_can_be_fitted_anew():
    torch.manual_seed(0)
    model = DetailModel(DetailNet(CONFIG), "0" * 64, "cpu", 0.5)
    standing = SpreadTable(KNOTS, {(q, d, k): (1.0,) * len(KNOTS) for q in (0, 52) for d in (1, 2, 3, 4) for k in (2, 4, 8)})
    table = fit_table(model, [picture()], standing, (52,))
    assert all((table.half[key] == standing.half[key]) == (key[0] == 0) for key in standing.half)
    weights = save(model.net.state_dict(), {"temperature": "0.5", "spread": standing.to_text()})
    again = refitted(weights, model, table)
    meta = json.loads(again[8:8 + int.from_bytes(again[:8], "little")])["__metadata__"]
    assert meta == {"temperature": "0.5", "spread": table.to_text()}
    assert all(torch.equal(a, load(weights)[name]) for name, a in load(again).items())


def test_odd_sizes_are_cut_and_levels_agree():
    odd = Picture("o", "photo", texture(0, 72)[:70], np.full((35, 36), 128, np.uint8), np.full((35, 36), 128, np.uint8))
    drawn = draw(noisy(0.1), odd, 3, None, 2)
    assert drawn.error.shape == (64, 64) and set(drawn.spread) == {2}
    y, u, _ = coarse(odd, 1, None)
    assert y.shape == (35, 36) and u.shape == (17, 18)


def test_blurred_and_noisy_pictures_are_far_from_the_truth():
    truth = texture(1, 96)
    other = texture(2, 96)
    blurred = (truth.astype(float) + np.roll(truth, 1, 0) + np.roll(truth, 1, 1) + np.roll(truth, (1, 1), (0, 1))) / 4
    grainy = truth + np.random.default_rng(0).normal(0, 25, truth.shape)
    assert filter_distance(truth, truth) == 0
    assert filter_distance(other, truth) < 0.5 * min(filter_distance(blurred, truth), filter_distance(grainy, truth))


def test_ms_ssim_orders_pictures():
    truth = texture(3, 192)
    near, far = (np.clip(truth + np.random.default_rng(0).normal(0, s, truth.shape), 0, 255) for s in (5, 30))
    assert ms_ssim(truth, truth) == pytest.approx(1, abs=1e-4) and ms_ssim(truth, near) > ms_ssim(truth, far) + 0.02
