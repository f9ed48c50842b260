"""The networks of key slices for one quality, slice type and level, made quick on processors: the same sums as `KeyNet.rebuild`.

There, every step between two convolutions makes a tensor of its own, and on a processor that takes longer than the convolutions; here a
loop does all of them (`fused.py`). What is multiplied by a constant has it in its weights. Results differ by rounding only.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.lorentzian import fused
from engine.lorentzian.bases import Turned
from engine.lorentzian.keynet import HIDDEN, LAST, PARTS, SPREAD, Block, Choose, KeyNet
from engine.lorentzian.transform import LEVEL_END


class Key:
    """`KeyNet` for one quality, slice type and level, with the interface of `folded.Folded`."""

    def __init__(self, net: KeyNet, quality: int, kind: int, gain: float, delta: Tensor, level: int) -> None:
        self.net, self.kind, self.gain, self.level = net, kind, gain, level
        self.end = end = LEVEL_END[level]
        self.delta = delta[:, :end]
        device = net.scale.device
        self.c = net.conditions(torch.tensor([quality], device=device), torch.tensor([kind], device=device))
        self.folded = device.type == "cpu"
        if not self.folded:
            return
        self._short = net.unit[0].near.weight.dtype
        self._films = [[(1 + scale.view(-1).numpy(), shift.view(-1).numpy()) for scale, shift in block] for block in self.c]
        self._scale = net.scale[0, :end, 0, 0].numpy()
        self._base_shift = net.shift[:, :end]
        self._symbol = [conv.weight[:, :, 0, 0].T.contiguous() for conv in net.take_symbol]
        self._mean = [_spread(conv, SPREAD) for conv in net.mean]
        self._first, self._head = _spread(net.first, SPREAD), _spread(net.heads[level], gain)
        self._start = net.start.weight[:, :end].contiguous(memory_format=torch.channels_last)

    def decode(self, both: Tensor, symbols: Tensor, kinds: Tensor | None = None) -> Tensor:
        """both `[2, known, h, w]` aligned neighbours, symbols `[1, known, h, w]` float, kinds `[h, w]` bases -> decoded coefficients
        `[1, known, h, w]`."""
        return self.rebuild(both, lambda mean, first, end: symbols[:, first:end], kinds)[1]

    def rebuild(self, both: Tensor, choose: Choose, kinds: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(symbols, decoded coefficients), see `KeyNet.rebuild`."""
        left = both[:1] if self.kind else None
        if self.folded:
            return self._rebuild(left, (both.shape[2], both.shape[3]), choose, kinds)
        symbols, rec, _ = self.net.rebuild(left, self.c, self.gain, self.delta, (both.shape[2], both.shape[3]), choose,
                                           self.level, kinds)
        return symbols, rec

    def _rebuild(self, left: Tensor | None, size: tuple[int, int], choose: Choose, kinds: Tensor | None) -> tuple[Tensor, Tensor]:
        (h, w), end, net = size, self.end, self.net
        base, state = self._begin(left, size)
        turned = None if kinds is None else Turned(kinds, _map(base, size))
        symbols, values, seen = torch.empty(h * w, end), torch.empty(h * w, end), torch.empty_like(state)
        mean = base[:, :3] + self._base_shift[0, :3, 0, 0]
        for p, (a, b, which) in enumerate(PARTS[:LAST[self.level] + 1]):
            means = _map(mean, size)
            if turned is not None and which is not None:
                means = turned.turn(means, a, b, which)
            new = choose(means, a, b)
            value = means + new * self.delta[:, a:b]
            if turned is not None and which is not None:
                turned.back(value, a, b, which)
            if p == 0:
                value -= self._base_shift[:, :3]
            near, heard = torch.empty(h * w, b - a), torch.empty(h * w, b - a)
            fused.take(_rows(new).numpy(), _rows(value).numpy(), w, -1 if which is None else which, self._scale[a:b],
                       symbols[:, a:b].numpy(), values[:, a:b].numpy(), near.numpy(), heard.numpy())
            more = _rows(F.conv2d(_map(near, size), net.take_value[p].weight, net.take_value[p].bias, padding=1))
            self._block(net.unit[p], p, state, more.addmm_(heard, self._symbol[p]), size, seen)
            if p < LAST[self.level]:
                a, b, _ = PARTS[p + 1]
                weight, bias = self._mean[p]
                mean = torch.addmm(bias, seen, weight).add_(base[:, a:b])
        if self.level == 0:
            for k, block in enumerate(net.tail):
                self._block(block, len(PARTS) + k, state, None, size, seen)
        if turned is not None:
            turned.finish(_map(values, size), self.level)
        weight, bias = self._head
        values.addmm_(seen, weight).add_(bias)
        values[:, :3] += self._base_shift[0, :3, 0, 0]
        return _map(symbols, size), _map(values, size)

    def _begin(self, left: Tensor | None, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """(prediction before any symbol `[h * w, known]`, state `[h * w, HIDDEN]`)."""
        blocks, bias = size[0] * size[1], self.net.start.bias
        if left is None:
            assert bias is not None
            return torch.zeros(blocks, self.end), bias.expand(blocks, HIDDEN).contiguous()
        base = left[:, :self.end] - self._base_shift
        state = _rows(F.conv2d(base * self.net.scale[:, :self.end], self._start, bias, padding=1))
        flat = _rows(base)
        weight, offset = self._first
        flat[:, :3] += torch.addmm(offset, F.relu(state), weight)
        return flat, state

    def _block(self, block: Block, at: int, state: Tensor, more: Tensor | None, size: tuple[int, int], seen: Tensor) -> None:
        """state += more, then through a residual block, in place; seen: the state rectified."""
        (scale, shift), (scale2, shift2) = self._films[at]
        x, short = state.numpy(), torch.empty(len(state), HIDDEN, dtype=self._short)
        if more is None:
            fused.start(x, scale, shift, _raw(short))
        else:
            fused.enter(x, more.numpy(), scale, shift, _raw(short))
        y = _rows(F.conv2d(_map(short, size), block.near.weight, block.near.bias, padding=1))
        fused.middle(_raw(y), scale2, shift2)
        z = _rows(F.conv2d(_map(y, size), block.mix.weight, block.mix.bias))
        fused.leave(x, _raw(z), seen.numpy())


def _spread(conv: torch.nn.Conv2d, by: float) -> tuple[Tensor, Tensor]:
    """(weights `[inputs, outputs]`, bias) of a 1 x 1 convolution, multiplied."""
    assert conv.bias is not None
    return (conv.weight[:, :, 0, 0].T * by).contiguous(), conv.bias * by


def _rows(x: Tensor) -> Tensor:
    """`[1, channels, h, w]` -> `[h * w, channels]` in one piece, the same memory where it lies so."""
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1]).contiguous()


def _map(x: Tensor, size: tuple[int, int]) -> Tensor:
    """`[h * w, channels]` -> `[1, channels, h, w]`, the same memory."""
    return x.view(1, *size, x.shape[1]).permute(0, 3, 1, 2)


def _raw(x: Tensor) -> np.ndarray:
    """The memory of a tensor: float32, or bfloat16 as uint16."""
    return x.view(torch.int16).numpy().view(np.uint16) if x.dtype == torch.bfloat16 else x.numpy()
