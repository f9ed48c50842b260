"""The network: any size of set, no effect at its start, members that see each other, and order that goes with them."""
from __future__ import annotations

import pytest
import torch

from engine.correlation.model import CorrelationModel
from engine.correlation.net import CorrelationConfig, CorrelationNet, describe, from_cells, to_cells


def run(net: CorrelationNet, x: torch.Tensor, members: int) -> torch.Tensor:
    facts = describe(torch.full((len(x),), 20.0), torch.ones(len(x)))
    with torch.inference_mode():
        out: torch.Tensor = net(x, facts, torch.ones(len(x), 1, 1, 1), members)
    return out


@pytest.mark.parametrize("members", range(1, 9))
def test_every_size_of_set_goes_in_one_pass(model: CorrelationModel, members: int) -> None:
    x = torch.randn(2 * members, 24, 8, 8)
    out = run(model.net, x, members)
    assert out.shape == x.shape and bool(out.any())
    torch.testing.assert_close(run(model.net, x[members:], members), out[members:])  # sets do not know each other


def test_it_starts_without_effect() -> None:
    assert not run(CorrelationNet(), torch.randn(4, 24, 8, 8), 4).any()


def test_members_look_at_each_other(model: CorrelationModel) -> None:
    x = torch.randn(4, 24, 8, 8)
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
    x = torch.randn(2, 24, 8, 8)
    gain = torch.ones(2, 1, 1, 1)
    with torch.inference_mode():
        coarse, fine = (model.net(x, describe(torch.full((2,), s), torch.ones(2)), gain, 2) for s in (90.0, 2.0))
    assert not torch.allclose(coarse, fine)


def test_the_shape_is_written_as_text() -> None:
    assert CorrelationConfig(fine=8).as_text() == {"fine": "8", "width": "64", "heads": "4", "blocks": "2"}
