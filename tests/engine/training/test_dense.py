"""What `benchmarks/dense.py` says of the dense autoencoder: a step of training lowers its bits, and nothing is lost but by the bound."""
from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from benchmarks import dense
from benchmarks.dense_net import Dense, bits, cost, send, train


def waves(dims: int) -> torch.Tensor:
    """Whole steps `[1, ...]`: a slow wave, of no length that the pooling divides."""
    t = np.mgrid[:75] if dims == 1 else sum(np.mgrid[:37, :42])
    return torch.from_numpy(np.rint(40 * np.sin(t / 6)).astype(np.float32))[None]


def test_laws_spend_what_they_should() -> None:
    x = torch.arange(-4000, 4001, dtype=torch.float32)
    for width in (-1.0, 0.5, 3.0):
        chances = 2 ** -bits(x, torch.tensor(0.3), torch.tensor(width))
        assert float(chances.sum()) == pytest.approx(1, abs=1e-3)
    far = bits(torch.tensor(200.0), torch.tensor(0.0), torch.tensor(0.0))
    assert float(far) == pytest.approx(200 / math.log(2), rel=0.01)


@pytest.mark.parametrize("dims", [1, 2])
def test_training_lowers_the_bits_and_the_remainder_makes_whole(dims: int) -> None:
    torch.manual_seed(0)
    net, x = Dense(dims, 1, 1 / 64, wide=8), waves(dims)
    batch = x[None, :, :72] if dims == 1 else x[None, :, :32, :40]
    with torch.no_grad():
        before = float(cost(net, batch))
    assert train(net, lambda: batch, 1.5) > 3
    with torch.no_grad():
        assert float(cost(net, batch)) < before
    latent, left, rest = send(net, x)
    assert latent >= 0 and left > 0 and rest.shape == x.shape
    _, mean, _ = net(torch.nn.functional.pad(x[None], [0, 5] if dims == 1 else [0, 6, 0, 3], mode="replicate"), True)
    mean = torch.round(mean[0])[..., :75] if dims == 1 else torch.round(mean[0])[:, :37, :42]
    assert (mean + rest == x).all()


def test_the_sample_before_or_the_middle_of_three_is_taken_off() -> None:
    assert dense.alone(np.array([[5, 7, 7, 2]])).tolist() == [[5, 2, 0, -5]]
    lines = np.repeat(3 * np.arange(6)[:, None], 5, 1)[None]
    assert not dense.alone(lines)[0, :, 1:].any() and dense.alone(lines)[0, 1:, 0].all()


def test_adaptive_counts_spend_what_chance_says() -> None:
    rng = np.random.default_rng(0)
    fair = rng.integers(0, 4, (1, 20000))               # nothing that its neighbours say of it
    assert dense.adaptive(fair) == pytest.approx(40000, rel=0.02)
    assert dense.adaptive(np.zeros((1, 5000), np.int64)) < 1


def test_grids_keep_their_bounds() -> None:
    x = np.arange(256)
    for bound in dense.GREY:
        q = (x + bound) // (2 * bound + 1)
        assert np.abs(q * (2 * bound + 1) - x).max() == bound
