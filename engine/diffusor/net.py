"""The detail network: from one level of the pyramid to the next finer one, as a residual over the classical upsampler.

All convolutions run on the chroma grid of the input (half of the luma grid): the four luma pixels over a chroma sample become
channels, so one trunk sees luma and chroma together and costs a quarter of the same width at luma resolution. Two heads share the
trunk: the mean of what the finer level may be, and a noise-driven deviation from it, which is how samples differ where detail
is uncertain (the start and the residual follow the idea of residual shifting, ResShift 2023, in a single step as in SinSR 2023).
"""
from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .consistency import base_upsample, group_mean, spread

GREY = 255.0
_STEP = 25.5  # grey steps of residual per unit of network output


@dataclass(frozen=True)
class DetailConfig:
    """Shape of the network. `width` channels, `blocks` residual blocks of two convolutions, `noise` input noise channels."""

    width: int = 80
    blocks: int = 5
    noise: int = 16
    branch: int = 64

    @property
    def parameters(self) -> int:
        """How many numbers the network holds, told before it is built."""
        w, b = self.width, self.branch
        trunk = 6 * 9 * w + w + self.blocks * 2 * (9 * w * w + w)
        return trunk + 24 * (9 * w + 1) + self.noise + (w + 1) * b + 9 * self.noise * b + 9 * b * b + b + 24 * (9 * b + 1)

    def as_text(self) -> dict[str, str]:
        return {k: str(v) for k, v in asdict(self).items()}


class Block(nn.Module):
    """Two 3 x 3 convolutions with a skip."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.a = nn.Conv2d(width, width, 3, padding=1)
        self.b = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.b(F.relu(self.a(x)))


class DetailNet(nn.Module):
    """Works on grey steps (0..255). y `[B, 1, h, w]` with h, w even; uv `[B, 2, h/2, w/2]`; noise `[B, noise, h/2, w/2]`."""

    def __init__(self, config: DetailConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or DetailConfig()
        self.head = nn.Conv2d(6, c.width, 3, padding=1)
        self.blocks = nn.ModuleList(Block(c.width) for _ in range(c.blocks))
        self.mean = nn.Conv2d(c.width, 24, 3, padding=1)
        self.level = nn.Parameter(torch.ones(c.noise))  # learned strength of each noise channel
        self.from_features = nn.Conv2d(c.width, c.branch, 1)
        self.from_noise = nn.Conv2d(c.noise, c.branch, 3, padding=1, bias=False)
        self.branch = nn.Conv2d(c.branch, c.branch, 3, padding=1)
        self.detail = nn.Conv2d(c.branch, 24, 3, padding=1)
        for block in self.blocks:  # start close to the identity, so that depth costs nothing at first
            nn.init.normal_(block.b.weight, std=0.01)  # type: ignore[union-attr, arg-type]
            nn.init.zeros_(block.b.bias)  # type: ignore[union-attr, arg-type]
        nn.init.zeros_(self.mean.weight)
        nn.init.zeros_(self.mean.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.detail.weight, std=1e-3)
        nn.init.zeros_(self.detail.bias)  # type: ignore[arg-type]

    @property
    def halo(self) -> int:
        """Luma input pixels on each side that an output pixel can depend on: two per 3 x 3 convolution in a row."""
        return 2 * (1 + 2 * self.config.blocks + 2)

    def features(self, y: Tensor, uv: Tensor) -> Tensor:
        """`[B, width, h/2, w/2]`, the trunk: everything that does not depend on noise."""
        x = torch.cat((F.pixel_unshuffle(y, 2), uv), 1) / GREY - 0.5
        x = self.head(x.contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            x = block(x)
        return x

    def mean_residual(self, features: Tensor) -> Tensor:
        """`[B, 24, h/2, w/2]`: 16 luma and 2 x 4 chroma values per cell, in network units."""
        return self.mean(F.relu(features))

    def sample_residual(self, features: Tensor, noise: Tensor) -> Tensor:
        """Deviation of one sample from the mean, same shape and units as `mean_residual`."""
        x = self.from_features(F.relu(features)) + self.from_noise(noise * self.level[None, :, None, None])
        return self.detail(F.relu(self.branch(F.relu(x))))

    def assemble(self, y: Tensor, uv: Tensor, residual: Tensor) -> tuple[Tensor, Tensor]:
        """Residual onto the classical start: y `[B, 1, 2h, 2w]`, uv `[B, 2, h, w]`, 2 x 2 means equal to the input (not clipped)."""
        residual = residual.float() * _STEP
        dy, duv = F.pixel_shuffle(residual[:, :16], 4), F.pixel_shuffle(residual[:, 16:], 2)
        return (base_upsample(y) + dy - spread(group_mean(dy)), base_upsample(uv) + duv - spread(group_mean(duv)))

    def forward(self, y: Tensor, uv: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The mean without noise, one sample with it."""
        features = self.features(y, uv)
        residual = self.mean_residual(features)
        if noise is not None:
            residual = residual + self.sample_residual(features, noise)
        return self.assemble(y, uv, residual)
