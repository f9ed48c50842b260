"""The correlation network: a set of correlated tiles in, patterns of what the decoder's error may be for every one of them out.

    encoder      3D convolution over (member, height, width), then down to the 8x8 grid
    transformer  tokens are the members of the set: at every place the N members look at each other
    decoder      back to pixels, `patterns` of residuals per member

Errors differ from recording to recording in sign and size, so the network does not say what is to be added: it gives patterns, and the
writer, who knows the source, sends their weights (`weights.py`). Patterns that nobody had to learn (`given.py`) come first; those of the
network are residuals of its own and the given ones, more or less of each from place to place.

Everything in between works on cells: 4x4 luma pixels with their 2x2 chroma samples become 24 channels, so that one network sees luma
and chroma together. What a cell is made of is its `Form`: general data has cells of its own (`given_rows.py`), 4x4 samples of a band, or
16 samples of a series that follow each other, which are places along one axis.
"""
from __future__ import annotations

import math
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
_FACTS = 5         # numbers that describe a member: see `describe`


@dataclass(frozen=True)
class Form:
    """What the members of a set are. planes: channels of a cell, by kind; each kind has weights of its own. given: patterns that nobody had
    to learn. flat: cells lie along one axis, `[M, channels, 1, w]`, instead of two."""

    planes: tuple[int, ...]
    given: int
    flat: bool = False

    @property
    def cell(self) -> int:
        """Channels of a cell."""
        return sum(self.planes)

    @property
    def out(self) -> int:
        """Channels of the last layer for each pattern."""
        return self.cell + len(self.planes) * self.given

    def span(self, size: int) -> tuple[int, int]:
        """A kernel of `size`, height and width."""
        return (1 if self.flat else size, size)


VIDEO = Form((LUMA_CHANNELS, CELL_CHANNELS - LUMA_CHANNELS), GIVEN)
OUT = VIDEO.out


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
        """Patterns of video in all: as many weights go with luma, and as many with chroma."""
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


def _near(inputs: int, outputs: int, form: Form) -> nn.Conv2d:
    """A convolution over a place and those around it."""
    return nn.Conv2d(inputs, outputs, form.span(3), padding=(0 if form.flat else 1, 1))


class MemberConv3d(nn.Module):
    """3D convolution over a set, kernel (3, 3, 3): each member with the one before and after it in the set's order (the ends stand for
    their missing neighbours). Runs as one 2D convolution over stacked channels, which is the same sum and quicker on a CPU."""

    def __init__(self, inputs: int, outputs: int, form: Form = VIDEO) -> None:
        super().__init__()
        self.conv = _near(3 * inputs, outputs, form)

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

    def __init__(self, width: int, heads: int, form: Form = VIDEO) -> None:
        super().__init__()
        self.attention = MemberAttention(width, heads)
        self.a = _near(width, width, form)
        self.b = _near(width, width, form)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, members: int, scale: Tensor, shift: Tensor) -> Tensor:
        x = self.attention(x, members)
        return x + self.b(F.relu(self.a(x) * (1 + scale) + shift))


class CorrelationNet(nn.Module):
    """Sets of `members` tiles to patterns of residuals; sets of one call have the same size (1 to 8), members of a set lie together."""

    def __init__(self, config: CorrelationConfig | None = None, form: Form = VIDEO) -> None:
        super().__init__()
        self.config, self.form = config or CorrelationConfig(), form
        c = self.config
        self.look = nn.Conv2d((1 + form.given) * form.cell, c.fine // 2, 1)
        self.enter = MemberConv3d(c.fine // 2, c.fine, form)
        self.down = nn.Conv2d(c.fine, c.width, form.span(2), stride=form.span(2))
        self.blocks = nn.ModuleList(Block(c.width, c.heads, form) for _ in range(c.blocks))
        self.up = nn.Conv2d(c.width, math.prod(form.span(2)) * c.fine, 1)
        self.mix = nn.ModuleList(_near(c.fine, c.fine, form) for _ in range(2))
        self.leave = nn.Conv2d(c.fine, c.patterns * form.out, 1)
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
        up = self.up(F.relu(x))
        fine = fine + (up.unflatten(1, (-1, 2)).permute(0, 1, 3, 4, 2).flatten(3) if self.form.flat else F.pixel_shuffle(up, 2))
        fine = F.relu(self.mix[0](F.relu(fine)) * (1 + scales[1]) + scales[half + 1]) + fine
        return F.relu(self.mix[1](F.relu(fine))) + fine

    @property
    def count(self) -> int:
        """Patterns in all: as many weights go with each kind of planes."""
        return self.config.patterns + self.form.given

    def given(self, hand: Tensor, step: Tensor, factor: Tensor) -> Tensor:
        """The given patterns alone, `[M, given, cell, h, w]` in grey steps; see `forward`."""
        return hand.unflatten(1, (self.form.given, self.form.cell)).float() * (SIZE * step * factor).float().view(-1, 1, 1, 1, 1)

    def learned(self, cells: Tensor, hand: Tensor, step: Tensor, factor: Tensor, members: int) -> Tensor:
        """What `forward` gives behind the given patterns, `[M, patterns, cell, h, w]`."""
        made = _shaped(self.leave(self._features(cells, hand, step, factor, members)), hand, self.form)
        return made.float() * (SIZE * step * factor).float().view(-1, 1, 1, 1, 1)

    def forward(self, cells: Tensor, hand: Tensor, step: Tensor, factor: Tensor, members: int, weights: Tensor | None = None) -> Tensor:
        """cells `[M, cell, h, w]` of whole sets, h and w even (h is 1 where they are flat); hand `[M, given * cell, h, w]`: what `given`
        says of them; step and factor `[M]` float32 -> float32 grey steps: patterns `[M, patterns in all, cell, h, w]`, or with `weights`
        `[planes, patterns in all]` (luma, chroma) their sum `[M, cell, h, w]`, for which the last layer is done once and not for each
        pattern."""
        unit = (SIZE * step * factor).float().view(-1, 1, 1, 1)
        h = hand.unflatten(1, (self.form.given, self.form.cell))
        fine = self._features(cells, hand, step, factor, members)
        if weights is None:
            return torch.cat((h.float(), _shaped(self.leave(fine), hand, self.form).float()), 1) * unit[:, None]
        return _shaped(F.conv2d(fine, *self.summed(weights)), hand, self.form)[:, 0].float() * unit

    def summed(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """(weight, bias) of the last layer that makes the sum of all patterns under `weights` `[planes, patterns in all]`."""
        k, kind, form = self.config.patterns, self.leave.weight.dtype, self.form
        learned = weights[:, form.given:]
        of = torch.cat((*(w.expand(n, -1) for w, n in zip(learned, form.planes)), *(w.expand(form.given, -1) for w in learned))).T
        kernel = (self.leave.weight.float().unflatten(0, (k, form.out)) * of[..., None, None, None]).sum(0)
        bias = (self.leave.bias.float().unflatten(0, (k, form.out)) * of).sum(0)  # type: ignore[union-attr]
        bias[form.cell:] += weights[:, :form.given].flatten()
        return kernel.to(kind), bias.to(kind)


def _shaped(made: Tensor, hand: Tensor, form: Form) -> Tensor:
    """Residuals `[M, K, cell, h, w]` of the last layer's `[M, K * out, h, w]`: its own, and as much of every given pattern
    `[M, given * cell, h, w]` as it says, for each kind of planes. A product of small matrices at every place."""
    own, *shares = made.permute(0, 2, 3, 1).unflatten(-1, (-1, form.out)).split((form.cell, *[form.given] * len(form.planes)), -1)
    h = hand.permute(0, 2, 3, 1).unflatten(-1, (form.given, form.cell)).to(made.dtype)
    out = own + torch.cat([share @ part for share, part in zip(shares, h.split(form.planes, -1))], -1)
    return out.permute(0, 3, 4, 1, 2)
