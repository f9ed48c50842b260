"""The quick form of the networks computes what the networks compute, at every level, for every slice type."""
from __future__ import annotations

import pytest
import torch

from engine.lorentzian.codec import ChunkDecoder
from engine.lorentzian.folded import Folded
from engine.lorentzian.planes import forward_level, from_blocks, to_blocks
from engine.lorentzian.schedule import USUAL_GRAIN
from engine.lorentzian.slices import STAGES
from engine.lorentzian.transform import CHANNELS, LEVEL_END
from tests.engine.lorentzian.clips import lively


def plain(d: ChunkDecoder, kind: int, both: torch.Tensor, symbols: torch.Tensor, known: int) -> torch.Tensor:
    """The decoder's steps one by one, on all 96 channels."""
    net, c, g, delta = d.model.net, d._conditions[kind], d._gain, d.steps(kind, USUAL_GRAIN)
    left, right = both[:1], both[1:]
    features, mean = net.begin(left, right, c, g)
    parts = []
    for k in range(4):
        a, b = STAGES[k], STAGES[k + 1]
        parts.append(mean[:, a:b] + symbols[:, a:b] * delta[:, a:b])
        if b >= known:
            parts.append(torch.zeros_like(mean[:, b:]))
            break
        mean = net.better(k, features, mean, torch.cat([*parts, mean[:, b:]], 1), symbols, c, g)
    return net.finish(left, right, features, torch.cat(parts, 1), symbols, c, g)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", [2, 3, 4])
def test_the_same_sums(level: int, kind: int) -> None:
    decoder, n = ChunkDecoder(96, 64, 40, lively()), LEVEL_END[level]
    make = torch.Generator().manual_seed(kind)
    both, symbols = torch.zeros(2, CHANNELS, 8, 12), torch.zeros(1, CHANNELS, 8, 12)
    both[:, :n] = torch.randn(2, n, 8, 12, generator=make) * 30
    both[:, :3] += 600
    symbols[:, :n] = torch.randint(-9, 10, (1, n, 8, 12), generator=make).float()
    with torch.inference_mode():
        want = plain(decoder, kind, both, symbols, n)[:, :n]
        got = decoder.quick(kind, level).decode(both[:, :n].clone(), symbols[:, :n])
        without = torch.cat([both[:1, :n], both[1:, :n]]).mean(0) + symbols[:, :n] * decoder.steps(kind, USUAL_GRAIN)[:, :n]
    assert float((want - without).abs().max()) > 0.5, "these networks have an effect"
    assert float((want - got).abs().max()) < 0.01


def test_symbols_are_asked_for_once_their_means_are_known() -> None:
    decoder = ChunkDecoder(32, 32, 40, lively())
    both, seen = torch.full((2, CHANNELS, 4, 4), 500.0), []

    def choose(mean: torch.Tensor, first: int, end: int) -> torch.Tensor:
        seen.append((first, end, tuple(mean.shape), float(mean.mean())))
        return torch.ones_like(mean)
    with torch.inference_mode():
        symbols, value = decoder.quick(2, 0).rebuild(both.clone(), choose)
        again = decoder.quick(2, 0).decode(both.clone(), symbols)
    assert [s[:2] for s in seen] == [(0, 3), (3, 6), (6, 24), (24, 96)] and [s[2][1] for s in seen] == [3, 3, 18, 72]
    assert abs(seen[0][3] - 500) < 50, "the lowest means are on the scale of coefficients"
    assert torch.equal(value, again) and bool((symbols == 1).all())


def test_one_set_for_each_type_and_level() -> None:
    decoder = ChunkDecoder(32, 32, 40, lively())
    first = decoder.quick(3, 2)
    assert isinstance(first, Folded) and decoder.quick(3, 2) is first and decoder.quick(2, 2) is not first


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_blocks_and_back(level: int) -> None:
    cl = min(level + 1, 3)
    planes = [torch.rand(2, 48 >> s, 64 >> s) * 255 for s in (level, cl, cl)]
    x = to_blocks(*planes, level)
    assert torch.allclose(x, forward_level(*planes, level)[:, :LEVEL_END[level]], atol=1e-3)
    for a, b in zip(planes, from_blocks(x, level), strict=True):
        assert torch.allclose(a, b, atol=1e-3)
