"""A dense hierarchical convolutional autoencoder for whole numbers on a grid, as a bit counter: latents of three levels, and what is left.

Level 1 sees far (kernels of 9) and pools by 4, level 2 works on its output (kernels of 5, by 2), level 3 widens its view by dilated
kernels of 3 without reducing further. Each level gives latents, rounded to whole numbers under a learned logistic law of each channel.
The decoder starts at level 3; each level takes the one before and its encoder's latents. It says a mean and a width for every sample, and
what the mean misses is coded under a logistic law of that width. Bits are ideal ones: no coder is as good.
"""
from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

LATENTS = (12, 16, 16)       # channels of levels 1 to 3
_RATE = 2e-3
PERIOD = 8                   # samples that the coarsest latent stands for, each way


class Dense(nn.Module):
    """dims 1 or 2; channels: of the data; step: of the grid, as a share of what the data spans."""

    def __init__(self, dims: int, channels: int, step: float, wide: int = 32) -> None:
        super().__init__()
        conv: Any = (nn.Conv1d, nn.Conv2d)[dims - 1]
        up: Any = (nn.ConvTranspose1d, nn.ConvTranspose2d)[dims - 1]
        far = [m for d in (1, 2, 4) for m in (conv(wide, wide, 3, padding=d, dilation=d), nn.ReLU())]
        back = [m for d in (4, 2, 1) for m in (conv(wide, wide, 3, padding=d, dilation=d), nn.ReLU())]
        self.down = nn.ModuleList([nn.Sequential(conv(channels, wide, 9, stride=4, padding=4), nn.ReLU(), conv(wide, wide, 3, padding=1),
                                                 nn.ReLU()),
                                   nn.Sequential(conv(wide, wide, 5, stride=2, padding=2), nn.ReLU()), nn.Sequential(*far)])
        self.heads = nn.ModuleList([conv(wide, n, 1) for n in LATENTS])
        self.three = nn.Sequential(conv(LATENTS[2], wide, 1), *back)
        self.two = nn.Sequential(conv(wide + LATENTS[1], wide, 3, padding=1), nn.ReLU(), up(wide, wide, 4, stride=2, padding=1), nn.ReLU())
        self.one = nn.Sequential(conv(wide + LATENTS[0], wide, 3, padding=1), nn.ReLU(), up(wide, wide, 8, stride=4, padding=2), nn.ReLU(),
                                 conv(wide, wide, 3, padding=1), nn.ReLU(), conv(wide, 2 * channels, 1))
        self.middle = nn.ParameterList([nn.Parameter(torch.zeros(n)) for n in LATENTS])
        self.width = nn.ParameterList([nn.Parameter(torch.zeros(n)) for n in LATENTS])
        self.dims, self.step = dims, step

    def forward(self, x: torch.Tensor, rounded: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(bits of the latents, mean in steps, logarithm of the width in steps) of x `[batch, channels, ...]` in whole steps, each axis a
        multiple of PERIOD. rounded: latents as they would be sent, else with noise in place of rounding, which can be learnt through."""
        y, latents, cost = x * self.step, [], x.new_zeros(())
        for level, head, middle, width in zip(self.down, self.heads, self.middle, self.width):
            y = level(y)
            z = 4 * head(y)
            z = torch.round(z) if rounded else z + torch.rand_like(z) - 0.5
            shape = (1, -1, *[1] * self.dims)
            cost = cost + bits(z, middle.view(shape), width.view(shape)).sum()
            latents.append(z / 4)
        up = self.one(torch.cat([self.two(torch.cat([self.three(latents[2]), latents[1]], 1)), latents[0]], 1))
        mean, wide = up.chunk(2, 1)
        return cost, mean / self.step, wide + math.log(0.1 / self.step)


def bits(x: torch.Tensor, middle: torch.Tensor, width: torch.Tensor) -> torch.Tensor:
    """Bits of whole numbers x under logistic laws; width: the logarithm of theirs."""
    width = torch.clamp(width, -5, 12)
    scale = torch.exp(-width)
    off = (x - middle).abs()
    chance = torch.sigmoid((0.5 - off) * scale) - torch.sigmoid((-0.5 - off) * scale)
    # far out the difference is lost in rounding, and the density in its middle says the same
    far = -off * scale - 2 * F.softplus(-off * scale) - width
    return -torch.where(chance > 1e-5, torch.log(torch.clamp(chance, 1e-6)), far) / math.log(2)


def cost(net: Dense, x: torch.Tensor) -> torch.Tensor:
    """Bits of each sample, latents and all, that can be learnt through."""
    latent, mean, width = net(x, False)
    total: torch.Tensor = (latent + bits(x, mean, width).sum()) / x.numel()
    return total


def train(net: Dense, draw: Callable[[], torch.Tensor], seconds: float) -> int:
    """Steps of Adam for `seconds` of processor time; draw: a batch of whole steps."""
    # the laws of the latents follow what they see quickly, so that a latent that says nothing soon costs nothing
    laws = [*net.middle, *net.width]
    rest = [p for name, p in net.named_parameters() if not name.startswith(("middle", "width"))]
    optimiser = torch.optim.Adam([{"params": rest, "rate": _RATE}, {"params": laws, "rate": 20 * _RATE}], lr=_RATE)
    begun, count = time.thread_time(), 0
    while (gone := time.thread_time() - begun) < seconds:
        for group in optimiser.param_groups:
            group["lr"] = group["rate"] * max(0.03, 1 - gone / seconds)
        optimiser.zero_grad()
        cost(net, draw()).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        count += 1
    return count


@torch.no_grad()
def send(net: Dense, x: torch.Tensor) -> tuple[float, float, torch.Tensor]:
    """(bits of the latents, of what is left, what is left: whole numbers like x) of x `[channels, ...]` in whole steps, of any size."""
    size = x.shape[1:]
    pad = [k for n in reversed(size) for k in (0, -n % PERIOD)]
    latent, mean, width = net(F.pad(x[None], pad, mode="replicate"), True)
    here = (0, slice(None), *[slice(0, n) for n in size])
    mean, width = mean[here], width[here]
    return float(latent), float(bits(x, mean, width).sum()), x - torch.round(mean)
