"""The network: any size of set, patterns and their sum, members that see each other, and order that goes with them."""
from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.correlation.given import AROUND, BESIDE, GIVEN, given
from engine.correlation.model import CorrelationModel
from engine.correlation.net import CorrelationConfig, CorrelationNet, from_cells, to_cells


def run(net: CorrelationNet, x: torch.Tensor, members: int, step: float = 20.0, weights: torch.Tensor | None = None) -> torch.Tensor:
    hand = torch.from_numpy(given(x.permute(0, 2, 3, 1).contiguous().numpy(), step, np.ones(len(x), np.float32), members))
    with torch.inference_mode():
        out: torch.Tensor = net(x, hand.permute(0, 3, 1, 2), torch.full((len(x),), step), torch.ones(len(x)), members, weights)
    return out


@pytest.mark.parametrize("members", range(1, 9))
def test_every_size_of_set_goes_in_one_pass(model: CorrelationModel, members: int) -> None:
    x = torch.randn(2 * members, 24, 16, 16)
    out = run(model.net, x, members)
    assert out.shape == (2 * members, model.patterns, 24, 16, 16) and bool(out[:, -1].any())
    torch.testing.assert_close(run(model.net, x[members:], members), out[members:], atol=1e-4, rtol=1e-4)  # sets do not know each other


def test_the_sum_under_weights_is_that_of_the_patterns(model: CorrelationModel) -> None:
    x, w = torch.randn(4, 24, 16, 16), torch.randn(2, model.patterns)
    every = run(model.net, x, 4)
    luma, chroma = ((every * w[p].view(1, -1, 1, 1, 1)).sum(1) for p in (0, 1))
    torch.testing.assert_close(run(model.net, x, 4, weights=w), torch.cat((luma[:, :16], chroma[:, 16:]), 1), atol=1e-3, rtol=1e-4)


def test_given_patterns_say_how_a_tile_differs() -> None:
    flat = np.zeros((3, 16, 16, 24), np.float32)
    flat[1] += 1.0 / 32   # one grey step brighter than the others
    flat[1, 8, 8, 5] += 1.0  # and one pixel far brighter
    found = given(flat, 20.0, np.ones(3, np.float32), 3).reshape(3, 16, 16, GIVEN, 24)
    beside = len(BESIDE)
    assert np.allclose(found[1, 2, 2, 0], -1) and np.allclose(found[1, 2, 2, 2], -1 / (BESIDE[2] * 20), atol=1e-5)
    assert np.allclose(found[0, 2, 2, beside], 0.5, atol=1e-4)  # of the two others one is brighter, by more than the bound
    around, ring = 2 * beside, 2 * beside + len(AROUND)
    assert np.allclose(found[1, 2, 2, around:], 0) and np.allclose(found[1, 8, 8, around:, 5], -1)
    assert np.allclose(found[1, 8, 8, around:ring, 6], 1 / 8) and np.allclose(found[1, 8, 8, ring:, 7], 1 / 16)
    assert not found[1, 8, 8, around:ring, 7].any() and not found[1, 8, 8, ring:, 6].any()
    alone = given(flat[:1], 20.0, np.ones(1, np.float32), 1)
    assert not alone.any()


def test_finer_pictures_count_more() -> None:
    x = np.zeros((3, 16, 16, 24), np.float32)
    x[1] += 1.0 / 32
    x[2] -= 1.0 / 32
    found = given(x, 20.0, np.array([2.0, 1.0, 3.0], np.float32), 3).reshape(3, 16, 16, GIVEN, 24)
    assert np.allclose(found[0, 5, 5, len(BESIDE)], 1 / (0.03 * 40) * (9 - 1) / 10, atol=1e-4)


def test_members_look_at_each_other(model: CorrelationModel) -> None:
    x = torch.randn(4, 24, 16, 16)
    y = x.clone()
    y[3] += 1.0
    assert not torch.allclose(run(model.net, x, 4)[0], run(model.net, y, 4)[0])
    assert torch.equal(run(model.net, x, 1)[0], run(model.net, y, 1)[0])


def test_cells_hold_the_planes_exactly() -> None:
    y, u, v = torch.rand(3, 16, 24) * 255, torch.rand(3, 8, 12) * 255, torch.rand(3, 8, 12) * 255
    back = from_cells(to_cells(y, u, v) * 32 + 128)
    for a, b in zip((y, u, v), back, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=0)


def test_what_a_member_is_changes_the_answer(model: CorrelationModel) -> None:
    x = torch.randn(2, 24, 16, 16)
    coarse, fine = (run(model.net, x, 2, s)[:, -1] / s for s in (90.0, 2.0))
    assert not torch.allclose(coarse, fine)


def test_the_shape_is_written_as_text() -> None:
    assert CorrelationConfig(fine=8).as_text() == {"fine": "8", "width": "64", "heads": "4", "blocks": "2", "patterns": "6"}
