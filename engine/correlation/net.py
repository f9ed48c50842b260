"""The correlation network: a set of correlated tiles in, a residual for every one of them out, in one pass.

    encoder      3D convolution over (member, height, width), then down to the 8x8 grid
    transformer  tokens are the members of the set: at every place the N members look at each other
    decoder      back to pixels, one residual per member

Everything in between works on cells: 4x4 luma pixels with their 2x2 chroma samples become 24 channels, so that one network sees luma
and chroma together. The output starts at zero effect, so training can only add.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CELL_CHANNELS = 24
MEMBERS = 8        # the largest set
GREY = 32.0        # grey steps in one unit of network input
_FACTS = 5         # numbers that describe a member: see `describe`


@dataclass(frozen=True)
class CorrelationConfig:
    """`fine` channels on the 4x4 grid, `width` on the 8x8 grid, `heads` of the transformer, `blocks` of convolution and attention."""

    fine: int = 32
    width: int = 64
    heads: int = 4
    blocks: int = 2

    def as_text(self) -> dict[str, str]:
        return {k: str(v) for k, v in asdict(self).items()}


def describe(step: Tensor, factor: Tensor) -> Tensor:
    """What the network is told of members: `step` (of the quantiser, in grey steps) and `factor` (of the slice) `[M]` -> `[M, 5]`."""
    q = torch.log2(step) / 3.1 - 1.1
    k = torch.log2(factor)
    return torch.stack((q, q * q, q ** 3, k, k * q), 1)


def gain_of(step: Tensor) -> Tensor:
    """Grey steps of one unit of output, `[M, 1, 1, 1]`: what can be restored grows with the root of the quantiser's step."""
    return 0.25 * step.sqrt().view(-1, 1, 1, 1)


def to_cells(y: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """y `[M, H, W]`, u, v `[M, H/2, W/2]` in grey steps -> `[M, 24, H/4, W/4]` in network units."""
    return (torch.cat((F.pixel_unshuffle(y[:, None], 4), F.pixel_unshuffle(u[:, None], 2), F.pixel_unshuffle(v[:, None], 2)), 1)
            - 128.0) / GREY


def from_cells(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The planes of a residual `[M, 24, h, w]`: no offset, the scale is left as it is."""
    return F.pixel_shuffle(x[:, :16], 4)[:, 0], F.pixel_shuffle(x[:, 16:20], 2)[:, 0], F.pixel_shuffle(x[:, 20:], 2)[:, 0]


class MemberConv3d(nn.Module):
    """3D convolution over a set, kernel (3, 3, 3): each member with the one before and after it in the set's order (the ends stand for
    their missing neighbours). Runs as one 2D convolution over stacked channels, which is the same sum and quicker on a CPU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3 * inputs, outputs, 3, padding=1)

    def forward(self, x: Tensor, members: int) -> Tensor:
        if members == 1:
            return self.conv(torch.cat((x, x, x), 1))
        s = x.unflatten(0, (-1, members))
        before, after = torch.cat((s[:, :1], s[:, :-1]), 1).flatten(0, 1), torch.cat((s[:, 1:], s[:, -1:]), 1).flatten(0, 1)
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
    """Sets of `members` tiles to residuals; sets of one call have the same size (1 to 8), members of a set lie together."""

    def __init__(self, config: CorrelationConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or CorrelationConfig()
        self.enter = MemberConv3d(CELL_CHANNELS, c.fine)
        self.down = nn.Conv2d(c.fine, c.width, 2, stride=2)
        self.blocks = nn.ModuleList(Block(c.width, c.heads) for _ in range(c.blocks))
        self.up = nn.Conv2d(c.width, 4 * c.fine, 1)
        self.mix = nn.Conv2d(c.fine, c.fine, 3, padding=1)
        self.leave = nn.Conv2d(c.fine, CELL_CHANNELS, 3, padding=1)
        self.told = nn.Sequential(nn.Linear(_FACTS, 48), nn.ReLU(), nn.Linear(48, 2 * (2 * c.fine + c.blocks * c.width)))
        for layer in (self.leave, self.told[2]):
            nn.init.zeros_(layer.weight)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, cells: Tensor, facts: Tensor, gain: Tensor, members: int) -> Tensor:
        """cells `[sets * members, 24, h, w]` with h, w even, facts `[sets * members, 5]`, gain `[sets * members, 1, 1, 1]` grey steps of
        a unit of output -> residual in grey steps, float32, same shape as cells."""
        c = self.config
        told = self.told(facts)[..., None, None]
        scales = told.split([c.fine, c.fine, *([c.width] * c.blocks)] * 2, 1)
        half = 2 + c.blocks
        fine = F.relu(self.enter(cells, members) * (1 + scales[0]) + scales[half])
        x = self.down(fine)
        for n, block in enumerate(self.blocks):
            x = block(x, members, scales[2 + n], scales[half + 2 + n])
        fine = fine + F.pixel_shuffle(self.up(F.relu(x)), 2)
        fine = F.relu(self.mix(F.relu(fine)) * (1 + scales[1]) + scales[half + 1]) + fine
        return self.leave(fine).float() * gain
