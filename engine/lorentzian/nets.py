"""The learned part of the autoencoder. Every network starts at zero effect: the classical codec that remains is the starting point.

All tensors live on the 8x8 block grid: `[N, 96, H/8, W/8]` coefficients of `transform.py`. A slice and the two aligned neighbours
it is predicted from form a stack of three in time; the 3D convolutions run over that stack (kernel 3 in time, height and width).

    trunk      [left, right]            -> features, first means
    refine[k]  + coarser levels decoded -> better means for the finer ones
    synthesis  [left, slice, right]     -> what quantisation took away
    analysis   [left, slice, right]     -> what is worth coding (encoder only)
"""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.lorentzian.keynet import KeyNet
from engine.lorentzian.schedule import QUALITIES, TYPES
from engine.lorentzian.transform import CHANNELS

HIDDEN = 48
KNOWN = (3, 6, 24)  # channels decoded before each refinement


class StackConv3d(nn.Module):
    """3D convolution over a stack of `depth` slices, kernel (depth, 3, 3), valid in time: `depth` pictures in, one out.

    Runs as one 2D convolution over the stacked channels, which is the same sum and several times faster on a CPU.
    """

    def __init__(self, inputs: int, outputs: int, depth: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, depth, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.kaiming_uniform_(self.weight.view(outputs, -1), a=5 ** 0.5)

    def forward(self, stack: list[Tensor]) -> Tensor:
        w = self.weight.transpose(1, 2).flatten(1, 2)
        return F.conv2d(torch.cat(stack, 1), w.contiguous(memory_format=torch.channels_last), self.bias, padding=1)


def _zero(conv: nn.Conv2d) -> nn.Conv2d:
    nn.init.zeros_(conv.weight)
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv


class Condition(nn.Module):
    """Quality and slice type -> a scale and a shift per hidden channel of every block."""

    BLOCKS = 12

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(TYPES + 3, 64), nn.ReLU(), nn.Linear(64, self.BLOCKS * HIDDEN * 2))
        last = self.net[2]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, quality: Tensor, kind: Tensor) -> Tensor:
        """quality, kind `[N]` -> `[BLOCKS, 2, N, HIDDEN, 1, 1]`."""
        x = (quality.float() / (QUALITIES - 1)) * 2 - 1
        v = torch.cat([F.one_hot(kind, TYPES).float(), torch.stack([x, x * x, x ** 3], 1)], 1).to(self.net[0].weight.dtype)
        return self.net(v).view(-1, self.BLOCKS, 2, HIDDEN, 1, 1).permute(1, 2, 0, 3, 4, 5)


def _film(x: Tensor, c: Tensor) -> Tensor:
    return F.relu(x * (1 + c[0]) + c[1])


class Refine(nn.Module):
    """Means of the levels still to come, from features and the levels already decoded."""

    def __init__(self, known: int) -> None:
        super().__init__()
        self.known = known
        self.local = nn.Conv2d(2 * known, HIDDEN, 3, padding=1)
        self.wide = nn.Conv2d(HIDDEN + CHANNELS, HIDDEN, 1)
        self.mid = nn.Conv2d(HIDDEN, HIDDEN, 3, padding=1)
        self.out = _zero(nn.Conv2d(HIDDEN, CHANNELS - known, 1))

    def forward(self, features: Tensor, mean: Tensor, value: Tensor, symbols: Tensor, c: Tensor) -> Tensor:
        x = self.local(torch.cat([value, symbols], 1)) + self.wide(torch.cat([features, mean], 1))
        x = _film(x, c[0])
        return self.out(_film(self.mid(x), c[1]) + x)


class LorentzianNet(nn.Module):
    """All networks of the codec, and the learned step of every channel."""

    def __init__(self) -> None:
        super().__init__()
        self._analyses: bool | None = None
        self.dtype = torch.float32
        self.key = KeyNet()
        self.condition = Condition()
        self.trunk_in = StackConv3d(CHANNELS, HIDDEN, 2)
        self.trunk_mid = nn.Conv2d(HIDDEN, HIDDEN, 3, padding=1)
        self.trunk_out = _zero(nn.Conv2d(HIDDEN, CHANNELS, 1))
        self.refine = nn.ModuleList(Refine(k) for k in KNOWN)
        self.syn_in = StackConv3d(CHANNELS, HIDDEN, 3)
        self.syn_side = nn.Conv2d(CHANNELS + HIDDEN, HIDDEN, 1)
        self.syn_mid = nn.ModuleList(nn.Conv2d(HIDDEN, HIDDEN, 3, padding=1) for _ in range(2))
        self.syn_out = _zero(nn.Conv2d(HIDDEN, CHANNELS, 1))
        self.ana_in = StackConv3d(CHANNELS, HIDDEN, 3)
        self.ana_mid = nn.Conv2d(HIDDEN, HIDDEN, 3, padding=1)
        self.ana_out = _zero(nn.Conv2d(HIDDEN, CHANNELS, 1))
        scale = torch.full((CHANNELS, 1, 1), 1 / 32)
        scale[:3] = 1 / 256
        self.register_buffer("scale", scale, persistent=False)
        shift = torch.zeros(CHANNELS, 1, 1)
        shift[0], shift[1], shift[2] = 128 * 8, 128 * 4, 128 * 4
        self.register_buffer("shift", shift, persistent=False)

    @property
    def analyses(self) -> bool:
        """Whether the analysis was trained; at its start it changes nothing and need not run."""
        if self._analyses is None:
            self._analyses = bool(self.ana_out.weight.any())
        return self._analyses

    def run_in(self, dtype: torch.dtype) -> None:
        """Hidden layers of the decoder run in `dtype`, float32 or bfloat16. Inputs, outputs and whatever adds up stay float32, so that what
        is shown differs by less than a grey step; `folded` makes the weights of slices between key slices from float32 ones."""
        self.dtype = dtype
        for block in (*self.key.unit, *self.key.tail):
            block.settle(dtype)  # type: ignore[operator]

    def normal(self, x: Tensor) -> Tensor:
        """Coefficients in grey steps -> network units."""
        return ((x - self.shift) * self.scale).to(self.trunk_mid.weight.dtype)

    def begin(self, left: Tensor, right: Tensor, c: Tensor, gain: Tensor) -> tuple[Tensor, Tensor]:
        """(features, first means) of a slice from its two aligned neighbours; `gain` `[N, 1, 1, 1]` turns network units into grey steps."""
        x = _film(self.trunk_in([self.normal(left), self.normal(right)]), c[0])
        x = _film(self.trunk_mid(x), c[1]) + x
        return x, (left + right) / 2 + self.trunk_out(x).float() * gain

    def better(self, k: int, features: Tensor, mean: Tensor, value: Tensor, symbols: Tensor, c: Tensor, gain: Tensor) -> Tensor:
        """Means `[N, 96, h, w]` once KNOWN[k] channels are decoded (those keep their old mean).

        `value` decoded coefficients, `symbols` integers.
        """
        n = KNOWN[k]
        s = symbols[:, :n].clamp(-6, 6).to(features.dtype)
        d = self.refine[k](features, self.normal(mean), self.normal(value)[:, :n], s, c[2 + 2 * k:4 + 2 * k])
        return torch.cat([mean[:, :n], mean[:, n:] + d.float() * gain], 1)

    def finish(self, left: Tensor, right: Tensor, features: Tensor, value: Tensor, symbols: Tensor, c: Tensor, gain: Tensor) -> Tensor:
        """Decoded coefficients after synthesis."""
        x = self.syn_in([self.normal(left), self.normal(value), self.normal(right)])
        x = _film(x + self.syn_side(torch.cat([symbols.clamp(-6, 6).to(features.dtype), features], 1)), c[8])
        for k, conv in enumerate(self.syn_mid):
            x = _film(conv(x), c[9 + k]) + x
        return value + self.syn_out(x).float() * gain

    def analyse(self, left: Tensor, right: Tensor, source: Tensor, c: Tensor, gain: Tensor) -> Tensor:
        """What the encoder sets out to code for `source`."""
        x = _film(self.ana_in([self.normal(left), self.normal(source), self.normal(right)]), c[11])
        x = F.relu(self.ana_mid(x)) + x
        return source + self.ana_out(x).float() * gain
