"""The networks of key slices: two passes over a chessboard, levels that stand alone, no effect before training."""
from __future__ import annotations

import pytest
import torch

from engine.lorentzian.codec import ChunkDecoder
from engine.lorentzian.keyfold import Key
from engine.lorentzian.keynet import PARTS, colour
from engine.lorentzian.model import CodecModel, untrained
from engine.lorentzian.transform import CHANNELS, LEVEL_END
from tests.engine.lorentzian.clips import lively

H, W = 6, 10


def key(model: CodecModel, kind: int, level: int = 0) -> Key:
    quick = ChunkDecoder(W * 8, H * 8, 40, model).quick(kind, level)
    assert isinstance(quick, Key)
    return quick


def given(level: int = 0, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """(aligned neighbours, symbols) of known channels."""
    make, n = torch.Generator().manual_seed(seed), LEVEL_END[level]
    both = torch.randn(1, CHANNELS, H, W, generator=make).repeat(2, 1, 1, 1) * 30
    both[:, :3] += 600
    return both[:, :n].clone(), torch.randint(-3, 4, (1, CHANNELS, H, W), generator=make)[:, :n].float()


@pytest.mark.parametrize("kind", [0, 1])
def test_writer_and_reader_see_the_same_picture(kind: int) -> None:
    quick, (both, target) = key(lively(), kind), given()

    def choose(mean: torch.Tensor, first: int, end: int) -> torch.Tensor:
        return torch.round((target[:, first:end] * 20 + both[:1, first:end] - mean) / quick.delta[:, first:end])
    with torch.inference_mode():
        symbols, wrote = quick.rebuild(both.clone(), choose)
        read = quick.decode(both.clone(), symbols)
    assert torch.equal(wrote, read)


def test_blocks_of_the_second_colour_know_the_first() -> None:
    quick, (both, symbols) = key(lively(), 1), given()
    means: dict[tuple[int, int], list[torch.Tensor]] = {}

    def choose(mean: torch.Tensor, first: int, end: int) -> torch.Tensor:
        means.setdefault((first, end), []).append(mean.clone())
        return symbols[:, first:end]
    with torch.inference_mode():
        quick.rebuild(both.clone(), choose)
    assert {k: len(v) for k, v in means.items()} == {(0, 3): 1, (3, 6): 2, (6, 24): 2, (24, 96): 2}
    first, second = means[(24, 96)]
    assert float((first - second).abs().max()) > 0.1
    assert [p[:2] for p in PARTS] == sorted(p[:2] for p in PARTS)
    dark, light = (colour(H, W, n, both) for n in (0, 1))
    assert torch.equal(dark + light, torch.ones(1, 1, H, W)) and float(dark[0, 0, 0, 0]) == 1 and float(dark[0, 0, 0, 1]) == 0


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_level_looks_at_no_finer_one(kind: int, level: int) -> None:
    both, symbols = given()
    n = LEVEL_END[level]
    seen = []

    def choose(mean: torch.Tensor, first: int, end: int) -> torch.Tensor:
        seen.append(end)
        return symbols[:, first:end]
    with torch.inference_mode():
        alone = key(lively(), kind, level).rebuild(both[:, :n].clone(), choose)[1]
    assert max(seen) == n and alone.shape[1] == n and bool(torch.isfinite(alone).all())


@pytest.mark.parametrize("kind", [0, 1])
def test_untrained_networks_change_nothing(kind: int) -> None:
    quick, (both, symbols) = key(untrained(), kind), given()
    base = both[:1] if kind else torch.cat([quick.net.shift[:, :3], torch.zeros(1, CHANNELS - 3, 1, 1)], 1)
    with torch.inference_mode():
        got = quick.decode(both.clone(), symbols)
    assert torch.allclose(got, base + symbols * quick.delta, atol=1e-3)


def test_what_starts_anew_does_not_look_at_its_neighbours() -> None:
    quick, (both, symbols) = key(lively(), 0), given()
    with torch.inference_mode():
        assert torch.equal(quick.decode(both.clone(), symbols), quick.decode(both + 50, symbols))
