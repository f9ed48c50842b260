"""The networks of key slices (types 0 and 1), on which all other slices lean: larger, and half of the blocks see the other half.

A level is decoded in two passes like the colours of a chessboard: blocks of one colour first, then the means of the others are made
again with their four neighbours known. The order of symbols in the file is not touched by this: means are no part of it.
All tensors live on the 8x8 block grid, as in `nets.py`.

    start      left                     -> state
    unit[p]    + part p decoded         -> better state, means of part p + 1
    synthesis  state                    -> what quantisation took away (one head per level at which decoding may end)
"""
from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.lorentzian.bases import Turned
from engine.lorentzian.schedule import QUALITIES, TYPES
from engine.lorentzian.transform import CHANNELS, LEVEL_END

Choose = Callable[[Tensor, int, int], Tensor]
HIDDEN = 96
# (first channel, end, colour of the blocks: 0, 1, or None for all) in decoding order
PARTS: tuple[tuple[int, int, int | None], ...] = (
    (0, 3, None), (3, 6, 0), (3, 6, 1), (6, 24, 0), (6, 24, 1), (24, CHANNELS, 0), (24, CHANNELS, 1))
LAST = tuple(max(i for i, p in enumerate(PARTS) if p[1] == end) for end in LEVEL_END)  # last part of each level
TAIL = 3       # residual blocks of the synthesis at full size
SPREAD = 16.0  # network units of a mean to grey steps


def _zero(conv: nn.Conv2d) -> nn.Conv2d:
    nn.init.zeros_(conv.weight)
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv


def colour(height: int, width: int, which: int | None, like: Tensor) -> Tensor:
    """`[1, 1, h, w]`: 1 on blocks of colour `which` of the chessboard (or everywhere)."""
    if which is None:
        return torch.ones(1, 1, height, width, dtype=like.dtype, device=like.device)
    y, x = torch.arange(height, device=like.device), torch.arange(width, device=like.device)
    return ((y[:, None] + x + which) % 2 == 0).to(like.dtype)[None, None]


class Block(nn.Module):
    """Residual block with scale and shift before each rectifier."""

    def __init__(self) -> None:
        super().__init__()
        self.near = nn.Conv2d(HIDDEN, HIDDEN, 3, padding=1)
        self.mix = nn.Conv2d(HIDDEN, HIDDEN, 1)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """c `[2, 2, N, HIDDEN, 1, 1]`. What adds up stays in the type of `x`; the convolutions may be of a shorter one."""
        short = self.near.weight.dtype
        y = self.near(F.relu(torch.addcmul(c[0, 1], x, 1 + c[0, 0])).to(short))
        return x + self.mix(F.relu(torch.addcmul(c[1, 1], y.to(x.dtype), 1 + c[1, 0])).to(short))

    @torch.no_grad()
    def settle(self, dtype: torch.dtype) -> None:
        """Weights as bfloat16 holds them, whatever the type that they are kept in: one rounding less between two machines."""
        for conv in (self.near, self.mix):
            conv.bfloat16().to(dtype)


class KeyNet(nn.Module):
    """Means and synthesis of key slices."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = 2 * (len(PARTS) + TAIL)
        self.condition = nn.Sequential(nn.Linear(TYPES + 3, 64), nn.ReLU(), nn.Linear(64, self.blocks * 2 * HIDDEN))
        last = self.condition[2]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.start = nn.Conv2d(CHANNELS, HIDDEN, 3, padding=1)
        self.first = _zero(nn.Conv2d(HIDDEN, 3, 1))
        self.take_value = nn.ModuleList(nn.Conv2d(b - a, HIDDEN, 3, padding=1) for a, b, _ in PARTS)
        self.take_symbol = nn.ModuleList(nn.Conv2d(b - a, HIDDEN, 1, bias=False) for a, b, _ in PARTS)
        self.unit = nn.ModuleList(Block() for _ in PARTS)
        self.mean = nn.ModuleList(_zero(nn.Conv2d(HIDDEN, b - a, 1)) for a, b, _ in PARTS[1:])
        self.tail = nn.ModuleList(Block() for _ in range(TAIL))
        self.heads = nn.ModuleList(_zero(nn.Conv2d(HIDDEN, end, 1)) for end in LEVEL_END)
        scale = torch.full((1, CHANNELS, 1, 1), 1 / 32)
        scale[:, :3] = 1 / 256
        self.register_buffer("scale", scale, persistent=False)
        shift = torch.zeros(1, CHANNELS, 1, 1)
        shift[0, 0], shift[0, 1:3] = 128 * 8, 128 * 4
        self.register_buffer("shift", shift, persistent=False)

    def conditions(self, quality: Tensor, kind: Tensor) -> Tensor:
        """quality, kind `[N]` -> `[blocks / 2, 2, 2, N, HIDDEN, 1, 1]`."""
        x = (quality.float() / (QUALITIES - 1)) * 2 - 1
        v = torch.cat([F.one_hot(kind, TYPES).float(), torch.stack([x, x * x, x ** 3], 1)], 1)
        return self.condition(v).view(-1, self.blocks // 2, 2, 2, HIDDEN, 1, 1).permute(1, 2, 3, 0, 4, 5, 6)

    def rebuild(self, left: Tensor | None, c: Tensor, gain: Tensor | float, delta: Tensor, size: tuple[int, int],
                choose: Choose, level: int = 0, kinds: Tensor | None = None) -> tuple[Tensor, Tensor, list[Tensor]]:
        """(symbols, decoded coefficients, decoded coefficients if decoding ended at each coarser level, finest first).

        left `[N, known, h, w]` aligned neighbour or None; c from `conditions`; delta `[N, known, 1, 1]` steps; `choose(mean, first, end)`
        gives symbols of these channels for all blocks; of a chessboard level it is asked twice, and each answer used for one colour.
        kinds `[h, w]`: number of each block's basis (`bases.py`), None where all have the cosine transform; only where N is 1.
        The list is filled in training only.
        """
        end = LEVEL_END[level]
        scale, shift = self.scale[:, :end], self.shift[:, :end]
        n, (h, w) = c.shape[3], size
        if left is None:
            base = torch.zeros(n, end, h, w, device=delta.device)
            state = self.start.bias.view(1, -1, 1, 1).expand(n, HIDDEN, h, w)
        else:
            base = left[:, :end] - shift
            known = base * scale
            state = F.conv2d(known, self.start.weight[:, :end], self.start.bias, padding=1)
            base = torch.cat([base[:, :3] + self.first(F.relu(state)).float() * SPREAD, base[:, 3:]], 1)
        state = state.contiguous(memory_format=torch.channels_last)
        turned = None if kinds is None else Turned(kinds, base)
        symbols: list[Tensor] = []
        values: list[Tensor] = []
        early: list[Tensor] = []
        mean = base[:, :3] + shift[:, :3]
        for p, (a, b, which) in enumerate(PARTS[:LAST[level] + 1]):
            if turned is not None and which is not None:
                mean = turned.turn(mean, a, b, which)
            new = choose(mean, a, b)
            value = mean + new * delta[:, a:b]
            if turned is not None and which is not None:
                turned.back(value, a, b, which)
            if p == 0:
                value = value - shift[:, :3]
            mask = None
            if which is not None:
                mask = colour(h, w, which, value)
                if which == 0:
                    half_s, half_v = new, value
                else:
                    other = 1 - mask
                    symbols.append(half_s * other + new * mask)
                    values.append(half_v * other + value * mask)
                new, value = new * mask, value * mask
            else:
                symbols.append(new)
                values.append(value)
            v = value * scale[:, a:b]
            s = new.clamp(-6, 6)
            state = self.unit[p](state + self.take_value[p](v) + self.take_symbol[p](s), c[p])
            if self.training and p in LAST[1:]:
                k = LAST.index(p)
                early.insert(0, torch.cat(values, 1) + self.heads[k](F.relu(state)).float() * gain)
            if p < LAST[level]:
                a, b, which = PARTS[p + 1]
                mean = self.mean[p](F.relu(state)).float() * SPREAD + base[:, a:b]
        if level == 0:
            for k, block in enumerate(self.tail):
                state = block(state, c[len(PARTS) + k])
        rec = torch.cat(values, 1)
        if turned is not None:
            turned.finish(rec, level)
        rec = rec + self.heads[level](F.relu(state)).float() * gain
        rec = torch.cat([rec[:, :3] + shift[:, :3], rec[:, 3:]], 1)
        return torch.cat(symbols, 1), rec, early
