"""The quick form of the networks computes what the networks compute, at every level, for every slice type."""
from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.lorentzian.bare import Bare
from engine.lorentzian.codec import ChunkDecoder
from engine.lorentzian.folded import Folded
from engine.lorentzian.keyfold import Key
from engine.lorentzian.planes import forward_level, from_blocks, to_blocks
from engine.lorentzian.schedule import USUAL_GRAIN, Grain
from engine.lorentzian.slices import STAGES, WHITE, Field
from engine.lorentzian.transform import CHANNELS, LEVEL_END
from tests.engine.lorentzian.clips import lively

MOVING = np.zeros((8, 12), bool)


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
    value = torch.cat(parts, 1)
    return value if known < CHANNELS and kind > 2 else net.finish(left, right, features, value, symbols, c, g)  # those end early there


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
        got = decoder.quick(kind, level).decode(both[:, :n].clone(), symbols[:, :n], MOVING)
        without = torch.cat([both[:1, :n], both[1:, :n]]).mean(0) + symbols[:, :n] * decoder.steps(kind, USUAL_GRAIN)[:, :n]
    assert float((want - without).abs().max()) > (0.02 if level == 3 and kind > 2 else 0.5), "these networks have an effect"
    assert float((want - got).abs().max()) < 0.01


@pytest.mark.parametrize("level", [0, 1])
def test_a_still_block_of_which_nothing_is_coded_stays_as_its_neighbours_are(level: int) -> None:
    decoder, n, rng = ChunkDecoder(96, 64, 40, lively()), LEVEL_END[level], np.random.default_rng(level)
    both, symbols = torch.from_numpy(rng.uniform(-30, 30, (2, n, 8, 12)).astype(np.float32)), torch.zeros(1, n, 8, 12)
    coded, still = rng.random((8, 12)) < 0.3, rng.random((8, 12)) < 0.6
    symbols[0, int(rng.integers(n))][torch.from_numpy(coded)] = 1
    with torch.inference_mode():
        quick = decoder.quick(2, level)
        moving, got = (quick.decode(both.clone(), symbols, s) for s in (MOVING, still))
        wrote = quick.rebuild(both.clone(), lambda mean, first, end: symbols[:, first:end], still)[1] if level == 0 else got
    stays, mean = torch.from_numpy(still & ~coded), both.mean(0)
    assert torch.equal(got[0][:, stays], mean[:, stays]) and torch.equal(got[0][:, ~stays], moving[0][:, ~stays])
    assert float((moving[0] - mean)[:, stays].abs().max()) > 0.1, "networks would have changed it"
    assert torch.equal(got, wrote)


def test_a_field_is_still_where_neither_side_moves() -> None:
    f = Field.empty(32, 48)
    f.mv[0, 1, 2, 0], f.mv[1, 3, 5, 1] = 1, -4
    assert np.argwhere(~f.still()).tolist() == [[1, 2], [3, 5]]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_in_short_chunks_a_coarser_level_is_the_mean_of_its_neighbours_and_what_is_coded(level: int) -> None:
    decoder, grain, n = ChunkDecoder(96, 64, 40, lively()), Grain(frames=2), LEVEL_END[level]
    rng, cl = np.random.default_rng(level), min(level + 1, 3)
    both = [rng.uniform(-150, 400, (2, 64 >> k, 96 >> k)).astype(np.float32) for k in (level, cl, cl)]
    q = (rng.integers(-3, 4, (8, 12, n + 1)) * (rng.random((8, 12, 1)) < 0.4)).astype(np.int16)
    q[..., :3] *= 5  # sixteenths
    q[..., -1] = 0
    assert isinstance(decoder.quick(3, level, grain), Bare) and isinstance(decoder.quick(3, 0, grain), Folded)
    assert isinstance(decoder.quick(3, level, Grain(frames=4)), Folded) and isinstance(decoder.quick(1, level, grain), Key)
    symbols = torch.from_numpy(q[..., :-1]).permute(2, 0, 1)[None].float()
    symbols[:, :3] /= 16
    x = to_blocks(*(torch.from_numpy(p) for p in both), level).mean(0, keepdim=True) + symbols * decoder.steps(3, grain)[:, :n]
    want = [p[0].numpy() for p in from_blocks(x, level, 0, WHITE)]
    got = decoder.rebuilt(3, both, q, level, False, grain, Field.empty(64, 96))
    for a, b in zip(want, got, strict=True):
        assert a.min() == 0 and a.max() == WHITE, "some is held within what a picture can be"
        assert float(np.abs(a - b).max()) < 1e-3
    grey = decoder.rebuilt(3, both, q, level, True, grain, Field.empty(64, 96))
    assert np.array_equal(grey[0], got[0]) and (grey[1] == 128).all() and (grey[2] == 128).all()


def test_symbols_are_asked_for_once_their_means_are_known() -> None:
    decoder = ChunkDecoder(32, 32, 40, lively())
    both, seen, still = torch.full((2, CHANNELS, 4, 4), 500.0), [], np.ones((4, 4), bool)

    def choose(mean: torch.Tensor, first: int, end: int) -> torch.Tensor:
        seen.append((first, end, tuple(mean.shape), float(mean.mean())))
        return torch.ones_like(mean)
    with torch.inference_mode():
        symbols, value = decoder.quick(2, 0).rebuild(both.clone(), choose, still)
        again = decoder.quick(2, 0).decode(both.clone(), symbols, still)
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
