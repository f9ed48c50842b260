"""The fixed transform: orthonormal, its own inverse, and nested, so that a prefix of the channels is a smaller picture."""
from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.lorentzian.planes import forward, forward_level, from_blocks, inverse, pad
from engine.lorentzian.transform import CHANNELS, GROUP, GROUP_START, GROUPS, LEVEL_END, LOWER, ORDER, basis, pad_size


def planes(h: int, w: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return (torch.rand(2, h, w, generator=g) * 255, torch.rand(2, h // 2, w // 2, generator=g) * 255,
            torch.rand(2, h // 2, w // 2, generator=g) * 255)


def smooth(h: int, w: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pictures that hold nothing near the frequencies a reduction removes."""
    def wave(hh: int, ww: int, scale: float) -> torch.Tensor:
        y, x = torch.meshgrid(torch.arange(hh) * scale, torch.arange(ww) * scale, indexing="ij")
        return (128 + 50 * torch.sin(x / 30) + 40 * torch.cos(y / 25 + x / 60))[None]
    return wave(h, w, 1), wave(h // 2, w // 2, 2), wave(h // 2, w // 2, 2).flip(2)


@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_basis_is_orthonormal(n: int) -> None:
    b = basis(n)
    assert np.allclose(b @ b.T, np.eye(n * n), atol=1e-6)


def test_inverse_undoes_forward_and_energy_is_kept() -> None:
    p = planes(48, 32)
    x = forward(*p)
    assert x.shape == (2, CHANNELS, 6, 4)
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in zip(p, inverse(x), strict=True))
    assert float((x ** 2).sum()) == pytest.approx(sum(float((a ** 2).sum()) for a in p), rel=1e-5)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_forward_of_a_level_undoes_its_inverse(level: int) -> None:
    x = forward(*planes(32, 48))
    x[:, LEVEL_END[level]:] = 0
    assert torch.allclose(forward_level(*from_blocks(x[:, :LEVEL_END[level]], level), level), x, atol=2e-3)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_prefix_of_the_channels_is_the_picture_reduced(level: int) -> None:
    p = smooth(64, 96)
    x = forward(*p)
    x[:, LEVEL_END[level]:] = 1e4  # finer levels must not be looked at
    for n, (full, small) in enumerate(zip(p, from_blocks(x[:, :LEVEL_END[level]], level), strict=True)):
        k = full.shape[1] // small.shape[1]
        assert k == 1 << (level if n == 0 else min(level, 2))
        mean = torch.nn.functional.avg_pool2d(full[None], k)[0]
        assert float((small - mean).abs().max()) < 1.2, f"plane {n}"


def test_coarsest_level_is_exactly_the_mean_of_blocks() -> None:
    p = planes(32, 32, 3)
    y, u, v = from_blocks(forward(*p)[:, :3], 3)
    for full, small, k in ((p[0], y, 8), (p[1], u, 4), (p[2], v, 4)):
        assert torch.allclose(small, torch.nn.functional.avg_pool2d(full[None], k)[0], atol=1e-3)


def test_channels_are_each_there_once_coarse_levels_first() -> None:
    assert len(set(ORDER)) == CHANNELS == len(ORDER)
    assert [c[0] for c in ORDER[:3]] == [0, 1, 2] and all(c[1:] == (0, 0) for c in ORDER[:3])
    assert (np.diff(GROUP) >= 0).all() and GROUP_START[0] == 0 and GROUP_START[GROUPS] == CHANNELS
    for level, size in ((1, 4), (2, 2)):
        luma = {c[1:] for c in ORDER[:LEVEL_END[level]] if c[0] == 0}
        assert luma == {(u, v) for u in range(size) for v in range(size)}


def test_the_model_of_a_channel_looks_at_channels_decoded_before() -> None:
    for c, lower in enumerate(LOWER):
        assert all(k < c or k == CHANNELS for k in lower)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_padded_size(width: int, height: int) -> None:
    w, h = pad_size(width, height)
    assert w % 16 == h % 16 == 0 and 0 <= w - width < 16 and 0 <= h - height < 16


def test_padding_repeats_the_edge() -> None:
    a = pad(np.arange(6, dtype=np.uint8).reshape(2, 3), 4, 5)
    assert a.dtype == np.float32 and a[3].tolist() == [3, 4, 5, 5, 5] and a[0].tolist() == [0, 1, 2, 2, 2]
