"""The correlation network: a set of correlated tiles in, patterns of what the decoder's error may be for every one of them out.

    encoder      3D convolution over (member, height, width), then down to the 8x8 grid
    transformer  tokens are the members of the set: at every place the N members look at each other
    decoder      back to pixels, `patterns` of residuals per member

Errors differ from recording to recording in sign and size, so the network does not say what is to be added: it gives patterns, and the
writer, who knows the source, sends their weights (`weights.py`). Patterns that nobody had to learn (`given.py`) come first; those of the
network are residuals of its own and the given ones, more or less of each from place to place.

Everything in between works on cells: 4x4 luma pixels with their 2x2 chroma samples become 24 channels, so that one network sees luma
and chroma together.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.correlation.given import CELL as CELL_CHANNELS
from engine.correlation.given import GIVEN
from engine.correlation.given import LUMA as LUMA_CHANNELS

MEMBERS = 8        # the largest set
GREY = 32.0        # grey steps in one unit of network input
SIZE = 0.1         # of the slice's step: one unit of a pattern
OUT = CELL_CHANNELS + 2 * GIVEN  # channels of the last layer for each pattern
_FACTS = 5         # numbers that describe a member: see `describe`


@dataclass(frozen=True)
class CorrelationConfig:
    """`fine` channels on the 4x4 grid, `width` on the 8x8 grid, `heads` of the transformer, `blocks` of convolution and attention,
    `patterns` that are learned."""

    fine: int = 64
    width: int = 64
    heads: int = 4
    blocks: int = 2
    patterns: int = 6

    @property
    def count(self) -> int:
        """Patterns in all: as many weights go with luma, and as many with chroma."""
        return self.patterns + GIVEN

    def as_text(self) -> dict[str, str]:
        return {k: str(v) for k, v in asdict(self).items()}


def describe(step: Tensor, factor: Tensor) -> Tensor:
    """What the network is told of members: `step` (of the quantiser, in grey steps) and `factor` (of the slice) `[M]` -> `[M, 5]`."""
    q = torch.log2(step) / 3.1 - 1.1
    k = torch.log2(factor)
    return torch.stack((q, q * q, q ** 3, k, k * q), 1)


def to_cells(y: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """y `[M, H, W]`, u, v `[M, H/2, W/2]` in grey steps -> `[M, 24, H/4, W/4]` in network units."""
    return (torch.cat((F.pixel_unshuffle(y[:, None], 4), F.pixel_unshuffle(u[:, None], 2), F.pixel_unshuffle(v[:, None], 2)), 1)
            - 128.0) / GREY


def from_cells(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The planes of a residual `[M, 24, h, w]`: no offset, the scale is left as it is."""
    return F.pixel_shuffle(x[:, :16], 4)[:, 0], F.pixel_shuffle(x[:, 16:20], 2)[:, 0], F.pixel_shuffle(x[:, 20:], 2)[:, 0]


def beside(x: Tensor, members: int) -> tuple[Tensor, Tensor]:
    """(the member before, the member after) of every member `[sets * members, ...]`; the ends stand for their missing neighbours."""
    if members == 1:
        return x, x
    s = x.unflatten(0, (-1, members))
    return torch.cat((s[:, :1], s[:, :-1]), 1).flatten(0, 1), torch.cat((s[:, 1:], s[:, -1:]), 1).flatten(0, 1)


class MemberConv3d(nn.Module):
    """3D convolution over a set, kernel (3, 3, 3): each member with the one before and after it in the set's order (the ends stand for
    their missing neighbours). Runs as one 2D convolution over stacked channels, which is the same sum and quicker on a CPU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3 * inputs, outputs, 3, padding=1)

    def forward(self, x: Tensor, members: int) -> Tensor:
        before, after = beside(x, members)
        return self.conv(torch.cat((before, x, after), 1))


class MemberAttention(nn.Module):
    """Self-attention whose tokens are the members of the set, at every place by itself; starts at no effect."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Conv2d(width, 3 * width, 1)
        self.out = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, members: int) -> Tensor:
        m, c, h, w = x.shape
        t = self.query(x).permute(0, 2, 3, 1).reshape(m // members, members, h * w, 3, self.heads, c // self.heads)
        q, k, v = t.permute(3, 0, 2, 4, 1, 5).unbind(0)  # [sets, places, heads, members, c / heads]
        mixed = (q @ k.transpose(-1, -2) * (c // self.heads) ** -0.5).softmax(-1) @ v
        mixed = mixed.permute(0, 3, 1, 2, 4).reshape(m, h, w, c).permute(0, 3, 1, 2)
        return x + self.out(mixed)


class Block(nn.Module):
    """Convolutions within a member, told what the member is, then a look at the others."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = MemberAttention(width, heads)
        self.a = nn.Conv2d(width, width, 3, padding=1)
        self.b = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, members: int, scale: Tensor, shift: Tensor) -> Tensor:
        x = self.attention(x, members)
        return x + self.b(F.relu(self.a(x) * (1 + scale) + shift))


class CorrelationNet(nn.Module):
    """Sets of `members` tiles to patterns of residuals; sets of one call have the same size (1 to 8), members of a set lie together."""

    def __init__(self, config: CorrelationConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or CorrelationConfig()
        self.look = nn.Conv2d((1 + GIVEN) * CELL_CHANNELS, c.fine // 2, 1)
        self.enter = MemberConv3d(c.fine // 2, c.fine)
        self.down = nn.Conv2d(c.fine, c.width, 2, stride=2)
        self.blocks = nn.ModuleList(Block(c.width, c.heads) for _ in range(c.blocks))
        self.up = nn.Conv2d(c.width, 4 * c.fine, 1)
        self.mix = nn.ModuleList(nn.Conv2d(c.fine, c.fine, 3, padding=1) for _ in range(2))
        self.leave = nn.Conv2d(c.fine, c.patterns * OUT, 1)
        self.told = nn.Sequential(nn.Linear(_FACTS, 48), nn.ReLU(), nn.Linear(48, 2 * (2 * c.fine + c.blocks * c.width)))
        nn.init.zeros_(self.told[2].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.told[2].bias)  # type: ignore[arg-type]

    def _features(self, cells: Tensor, hand: Tensor, step: Tensor, factor: Tensor, members: int) -> Tensor:
        c = self.config
        told = self.told(describe(step, factor).to(cells.dtype))[..., None, None]
        scales = told.split([c.fine, c.fine, *([c.width] * c.blocks)] * 2, 1)
        half = 2 + c.blocks
        fine = F.relu(self.look(torch.cat((cells, hand), 1)))
        fine = F.relu(self.enter(fine, members) * (1 + scales[0]) + scales[half])
        x = self.down(fine)
        for n, block in enumerate(self.blocks):
            x = block(x, members, scales[2 + n], scales[half + 2 + n])
        fine = fine + F.pixel_shuffle(self.up(F.relu(x)), 2)
        fine = F.relu(self.mix[0](F.relu(fine)) * (1 + scales[1]) + scales[half + 1]) + fine
        return F.relu(self.mix[1](F.relu(fine))) + fine

    def given(self, hand: Tensor, step: Tensor, factor: Tensor) -> Tensor:
        """The given patterns alone, `[M, GIVEN, 24, h, w]` in grey steps; see `forward`."""
        return hand.unflatten(1, (GIVEN, CELL_CHANNELS)).float() * (SIZE * step * factor).float().view(-1, 1, 1, 1, 1)

    def forward(self, cells: Tensor, hand: Tensor, step: Tensor, factor: Tensor, members: int, weights: Tensor | None = None) -> Tensor:
        """cells `[M, 24, h, w]` of whole sets, h and w even; hand `[M, GIVEN * 24, h, w]`: what `given` says of them; step and factor `[M]`
        float32 -> float32 grey steps: patterns `[M, patterns in all, 24, h, w]`, or with `weights` `[2, patterns in all]` (luma, chroma)
        their sum `[M, 24, h, w]`, for which the last layer is done once and not for each pattern."""
        unit = (SIZE * step * factor).float().view(-1, 1, 1, 1)
        h = hand.unflatten(1, (GIVEN, CELL_CHANNELS))
        fine = self._features(cells, hand, step, factor, members)
        if weights is None:
            return torch.cat((h.float(), _shaped(self.leave(fine), hand).float()), 1) * unit[:, None]
        return _shaped(F.conv2d(fine, *self.summed(weights)), hand)[:, 0].float() * unit

    def summed(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """(weight, bias) of the last layer that makes the sum of all patterns under `weights` `[2, patterns in all]`."""
        k, kind = self.config.patterns, self.leave.weight.dtype
        luma, chroma = weights[:, GIVEN:]
        of = torch.cat((luma.expand(LUMA_CHANNELS, -1), chroma.expand(CELL_CHANNELS - LUMA_CHANNELS, -1), luma.expand(GIVEN, -1),
                        chroma.expand(GIVEN, -1))).T
        kernel = (self.leave.weight.float().unflatten(0, (k, OUT)) * of[..., None, None, None]).sum(0)
        bias = (self.leave.bias.float().unflatten(0, (k, OUT)) * of).sum(0)  # type: ignore[union-attr]
        bias[CELL_CHANNELS:] += weights[:, :GIVEN].flatten()
        return kernel.to(kind), bias.to(kind)


def _shaped(made: Tensor, hand: Tensor) -> Tensor:
    """Residuals `[M, K, 24, h, w]` of the last layer's `[M, K * OUT, h, w]`: its own, and as much of every given pattern
    `[M, GIVEN * 24, h, w]` as it says, for luma and for chroma. A product of small matrices at every place."""
    own, luma, chroma = made.permute(0, 2, 3, 1).unflatten(-1, (-1, OUT)).split((CELL_CHANNELS, GIVEN, GIVEN), -1)
    h = hand.permute(0, 2, 3, 1).unflatten(-1, (GIVEN, CELL_CHANNELS)).to(made.dtype)
    out = own + torch.cat((luma @ h[..., :LUMA_CHANNELS], chroma @ h[..., LUMA_CHANNELS:]), -1)
    return out.permute(0, 3, 4, 1, 2)
