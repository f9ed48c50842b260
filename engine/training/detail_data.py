"""Training pairs for the detail network: crops of footage as the finer level, their 2 x 2 area mean as the coarser one.

Every batch is a pure function of (seed, step), so a resumed run sees exactly the batches it would have seen.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .data import Clip, area_mean, to_uint8

IMAGE_SHARE = 0.45
BLUR_SHARE, QUANT_SHARE, NOISE_SHARE, WHOLE_SHARE = 0.08, 0.15, 0.06, 0.7
GAIN_SHARE = 0.2


@dataclass(frozen=True)
class Batch:
    """Grey steps, float32. fine_y `[B, 1, S, S]`, fine_uv `[B, 2, S/2, S/2]`, y `[B, 1, S/2, S/2]`, uv `[B, 2, S/4, S/4]`."""

    fine_y: Tensor
    fine_uv: Tensor
    y: Tensor
    uv: Tensor


def _factor(rng: np.random.Generator, shape: tuple[int, ...], size: int) -> int:
    """How far a crop is reduced before it serves as truth: compressed footage is cleaner (and as sharp as a camera can be) when
    reduced; small sources are used as they are."""
    room = min(shape[-2:]) // size
    weights = {1: 0.35, 2: 0.4, 3: 0.25} if max(shape[-2:]) >= 1000 else {1: 0.55, 2: 0.45}
    usable = [k for k in weights if k <= room]
    p = np.array([weights[k] for k in usable])
    return int(rng.choice(usable, p=p / p.sum()))


def _crop(rng: np.random.Generator, clip: Clip, size: int) -> tuple[np.ndarray, np.ndarray]:
    """One truth: y `[size, size]`, uv `[2, size/2, size/2]` uint8, flipped and turned at random."""
    k = _factor(rng, clip.y.shape, size)
    t = int(rng.integers(clip.y.shape[0]))
    y0 = 2 * int(rng.integers((clip.y.shape[1] - k * size) // 2 + 1))
    x0 = 2 * int(rng.integers((clip.y.shape[2] - k * size) // 2 + 1))
    half, cy, cx = k * size // 2, y0 // 2, x0 // 2
    y = clip.y[t, y0:y0 + k * size, x0:x0 + k * size]
    uv = np.stack((clip.u[t, cy:cy + half, cx:cx + half], clip.v[t, cy:cy + half, cx:cx + half]))
    if k > 1:
        y, uv = to_uint8(area_mean(y, k)), to_uint8(area_mean(uv, k))
    if rng.random() < 0.5:
        y, uv = y[:, ::-1], uv[..., ::-1]
    if rng.random() < 0.5:
        y, uv = y[::-1], uv[:, ::-1]
    if rng.random() < 0.5:
        y, uv = y.T, uv.transpose(0, 2, 1)
    return y, uv


def _dct8() -> Tensor:
    n = torch.arange(8, dtype=torch.float64)
    m = torch.cos(torch.pi * (2 * n[None] + 1) * n[:, None] / 16) / 2
    m[0] /= 2 ** 0.5
    return m.float()


_DCT = _dct8()


def quantise_blocks(x: Tensor, step: Tensor) -> Tensor:
    """What a block codec does to a picture: 8 x 8 DCT coefficients rounded to multiples of `step` `[B, 1, 1, 1, 1, 1]`, coarser for
    high frequencies. x `[B, C, H, W]` with H, W multiples of 8."""
    b, c, h, w = x.shape
    blocks = x.reshape(b, c, h // 8, 8, w // 8, 8).transpose(3, 4)
    i = torch.arange(8, dtype=torch.float32)
    q = step * (1 + (i[:, None] + i[None]) / 4)
    coefficients = _DCT @ blocks @ _DCT.T
    return (_DCT.T @ (torch.round(coefficients / q) * q) @ _DCT).transpose(3, 4).reshape(b, c, h, w)


def _blur(x: Tensor, sigma: float) -> Tensor:
    i = torch.arange(-3, 4, dtype=torch.float32)
    k = torch.exp(-i * i / (2 * sigma * sigma))
    k = k / k.sum()
    flat = F.pad(x.reshape(-1, 1, *x.shape[-2:]), (3, 3, 3, 3), mode="replicate")
    return F.conv2d(F.conv2d(flat, k.view(1, 1, 1, 7)), k.view(1, 1, 7, 1)).reshape(x.shape)


class Batches:
    """Endless, repeatable batches from clips and pictures held in memory."""

    def __init__(self, clips: list[Clip], images: list[Clip], size: int, batch: int, seed: int) -> None:
        self.clips = [c for c in clips if min(c.y.shape[1:]) >= size]
        self.images = [c for c in images if min(c.y.shape[1:]) >= size]
        if not self.clips and not self.images:
            raise ValueError(f"no clip or picture is as large as a crop of {size} pixels")
        self.size, self.batch, self.seed = size, batch, seed

    def at(self, step: int) -> Batch:
        """The batch of training step `step`."""
        rng = np.random.default_rng([self.seed, step])
        ys, uvs = [], []
        for _ in range(self.batch):
            use_images = bool(self.images) and (not self.clips or rng.random() < IMAGE_SHARE)
            pool = self.images if use_images else self.clips
            y, uv = _crop(rng, pool[int(rng.integers(len(pool)))], self.size)
            ys.append(y)
            uvs.append(uv)
        fine_y = torch.from_numpy(np.stack(ys)[:, None].astype(np.float32))
        fine_uv = torch.from_numpy(np.stack(uvs).astype(np.float32))
        return self._degrade(rng, fine_y, fine_uv)

    def _degrade(self, rng: np.random.Generator, fine_y: Tensor, fine_uv: Tensor) -> Batch:
        """Exposure, softness (both levels), then what codecs and sensors do to the coarser level only."""
        for i in range(self.batch):
            if rng.random() < GAIN_SHARE:
                fine_y[i] = ((fine_y[i] - 128) * rng.uniform(0.6, 1.2) + 128 + rng.uniform(-30, 30)).clamp(0, 255)
            if rng.random() < BLUR_SHARE:
                fine_y[i] = _blur(fine_y[i:i + 1], float(rng.uniform(0.5, 1.2)))[0]
        y, uv = F.avg_pool2d(fine_y, 2), F.avg_pool2d(fine_uv, 2)
        for i in range(self.batch):
            if rng.random() < QUANT_SHARE:
                step = torch.full((1, 1, 1, 1, 1, 1), float(rng.uniform(2, 14)))
                y[i:i + 1], uv[i:i + 1] = quantise_blocks(y[i:i + 1], step), quantise_blocks(uv[i:i + 1], step)
            elif rng.random() < NOISE_SHARE:
                y[i] += torch.from_numpy(rng.normal(0, rng.uniform(0.5, 3), y[i].shape).astype(np.float32))
            if rng.random() < WHOLE_SHARE:  # recorded levels are whole grey steps; recursion works on fractions
                y[i], uv[i] = y[i].round(), uv[i].round()
        return Batch(fine_y, fine_uv, y.clamp(0, 255), uv.clamp(0, 255))


def unit_noise(seed: int, step: int, shape: tuple[int, ...]) -> Tensor:
    """Training noise with the distribution of `engine.diffusor.noise.field`: the sum of four uniform values, mean 0, variance 1."""
    generator = torch.Generator().manual_seed((seed * 1_000_003 + step) & 0x7FFFFFFFFFFFFFFF)
    return (torch.rand((4, *shape), generator=generator).sum(0) - 2.0) * 3.0 ** 0.5
