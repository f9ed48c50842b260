"""The network on a processor is the network as it is written, for every size of set, and for some members of it."""
from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from engine.correlation.attention import attend
from engine.correlation.given import CELL, GIVEN, given, seen_by_network
from engine.correlation.model import CorrelationModel
from engine.correlation.net import MemberAttention
from tests.engine.correlation.fakes import weights


def windows(members: int, sets: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Sets of members that are nearly alike, `[M, 16, 16, 24]`, and factors of their slices."""
    rng = np.random.default_rng(members)
    base = rng.normal(0, 0.5, (sets, 1, 16, 16, 24))
    cells = (base + rng.normal(0, 0.03, (sets, members, 16, 16, 24))).astype(np.float32).reshape(-1, 16, 16, 24)
    return cells, rng.choice([1.0, 1.4, 2.0], len(cells)).astype(np.float32)


def as_written(model: CorrelationModel, kind: str = "float32") -> CorrelationModel:
    """The same network, run by torch alone."""
    out = CorrelationModel(copy.deepcopy(model.net), model.hash, precision=kind)
    out.quick = None
    return out


@pytest.mark.parametrize("members", range(1, 9))
def test_residuals_and_sums_are_those_of_the_network_as_written(model: CorrelationModel, members: int) -> None:
    cells, factors = windows(members)
    w, plain = weights(model), as_written(model)
    found, wanted = (m.residuals(cells, 20.0, factors, members, w) for m in (model, plain))
    assert np.abs(wanted).max() > 1
    np.testing.assert_allclose(found, wanted, atol=1e-3)
    truth = cells + np.random.default_rng(1).normal(0, 0.05, cells.shape).astype(np.float32)
    for learned in (True, False):
        a, b = (m.sums(cells, truth, 20.0, factors, members, learned) for m in (model, plain))
        np.testing.assert_allclose(a.a, b.a, atol=1e-4 * np.abs(b.a).max())
        np.testing.assert_allclose(a.b, b.b, atol=1e-4 * np.abs(b.b).max())
        np.testing.assert_allclose(a.error, b.error, rtol=1e-5)


def test_short_numbers_differ_by_their_rounding_only(model: CorrelationModel) -> None:
    cells, factors = windows(4)
    short, w = CorrelationModel(copy.deepcopy(model.net), model.hash, precision="bfloat16"), weights(model)
    assert short.quick is not None and short.quick.kind is np.uint16
    found, wanted = short.residuals(cells, 20.0, factors, 4, w), model.residuals(cells, 20.0, factors, 4, w)
    assert 0 < np.abs(found - wanted).mean() < 0.02 * np.abs(wanted).mean()


@pytest.mark.parametrize("which", [[2], [0, 3, 4], [4, 5, 6, 7], [3, 4]])
def test_members_that_are_wanted_are_the_same_as_when_all_are(model: CorrelationModel, which: list[int]) -> None:
    cells, factors = windows(4)
    for given_only in (False, True):
        w = weights(model)
        w[:, GIVEN:] = 0 if given_only else w[:, GIVEN:]
        every, some = (model.residuals(cells, 20.0, factors, 4, w, of) for of in (None, np.array(which)))
        np.testing.assert_allclose(some, every[which], atol=1e-4)


@pytest.mark.parametrize("members", [1, 3, 8])
def test_attention_is_that_of_the_network(members: int) -> None:
    torch.manual_seed(1)
    layer, x = MemberAttention(16, 2), torch.randn(2 * members, 16, 4, 4)
    torch.nn.init.eye_(layer.out.weight[:, :, 0, 0])
    t = 4 * layer.query(x)
    with torch.no_grad():
        layer.query.weight *= 4  # weights of members that differ clearly
        layer.query.bias *= 4
        wanted = (layer(x, members) - x).permute(0, 2, 3, 1).flatten(1, 2).numpy()
    found = np.empty((2 * members, 16, 16), np.float32)
    attend(t.detach().permute(0, 2, 3, 1).flatten(1, 2).numpy(), members, 2, np.arange(2 * members), found)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_the_network_sees_the_windows_and_their_patterns() -> None:
    cells, factors = windows(3)
    hand, seen = given(cells, 20.0, factors, 3), seen_by_network(cells, 20.0, factors, 3, np.uint16)
    assert hand.shape == (6, 16, 16, GIVEN * CELL) and np.abs(hand).max() <= 1 + 1e-5
    whole = torch.from_numpy(np.concatenate([cells, hand], 3)).bfloat16().view(torch.uint16).numpy()
    assert np.array_equal(seen, whole)
