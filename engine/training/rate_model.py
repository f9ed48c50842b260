"""A differentiable stand-in for the integer entropy coder: what a symbol would cost, from the same neighbours the coder looks at."""
from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.lorentzian.schedule import TYPES
from engine.lorentzian.transform import CHANNELS, GROUP, GROUPS, LOWER

FEATURES = 6


class RateModel(nn.Module):
    """Discretised Laplace whose scale is a log-linear function of neighbouring magnitudes, per slice type and channel."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.full((TYPES, CHANNELS), -0.5))
        self.slope = nn.Parameter(torch.full((FEATURES, CHANNELS), 0.15))
        self.register_buffer("lower", torch.from_numpy(LOWER).long())
        same = torch.zeros(CHANNELS, GROUPS)
        same[torch.arange(CHANNELS), torch.from_numpy(GROUP).long()] = 1
        self.register_buffer("member", same)

    def features(self, mag: Tensor, ref: Tensor) -> Tensor:
        """mag, ref `[N, 96, h, w]` magnitudes of this slice and of its references -> `[FEATURES, N, 96, h, w]` logs."""
        pad = nn.functional.pad(mag, (1, 1, 1, 0))
        left, top = pad[:, :, 1:, :-2], pad[:, :, :-1, 1:-1]
        corner = (pad[:, :, :-1, :-2] + pad[:, :, :-1, 2:]) / 2
        near = (left + top + 0.5 * corner) / 2.5
        ext = torch.cat([mag, torch.zeros_like(mag[:, :1])], 1)
        low = ext[:, self.lower].mean(2)
        group = torch.einsum("nchw,cg->nghw", mag, self.member)
        gpad = nn.functional.pad(group, (1, 1, 1, 0))
        gnear = (gpad[:, :, 1:, :-2] + gpad[:, :, :-1, 1:-1]) / 2
        size = self.member.sum(0).view(1, -1, 1, 1)
        idx = self.member.argmax(1)
        before = torch.cumsum(group, 1) - group
        gref = torch.einsum("nchw,cg->nghw", ref, self.member)
        f = torch.stack([near, low, (gnear / size)[:, idx], (before / 8)[:, idx], ref, (gref / size)[:, idx]])
        return torch.log(f + 0.02) - torch.log(torch.tensor(0.15))

    def forward(self, symbols: Tensor, soft: Tensor, ref: Tensor, kind: int) -> Tensor:
        """Bits per symbol `[N, 96, h, w]`: neighbours are read from the true `symbols`, the price is that of `soft` (symbols before
        rounding plus uniform noise), so that growing towards a threshold costs something before it is crossed."""
        f = self.features(symbols.detach().abs(), ref)
        s = self.bias[kind].view(1, -1, 1, 1) + (f * self.slope.view(FEATURES, 1, -1, 1, 1)).sum(0)
        scale = torch.exp(s.clamp(-2.5, 6))
        a = soft.abs()
        # P of a Laplace of this scale integrated over [a - 0.5, a + 0.5]
        up = torch.exp(-(a + 0.5) / scale)
        down = torch.exp(-(a - 0.5).abs() / scale)
        p = torch.where(a > 0.5, (down - up) / 2, 1 - (down + up) / 2)
        return -torch.log2(p.clamp(min=1e-6)) + torch.relu(a - 0.5 - 12 * scale) / scale * 1.4427
