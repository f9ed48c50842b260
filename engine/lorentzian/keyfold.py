"""The networks of key slices for one quality, slice type and level, made quick on processors: the same sums as `KeyNet.rebuild`.

There, every step between two convolutions makes a tensor of its own, and on a processor that takes longer than the convolutions; here a
loop does all of them (`fused.py`). What is multiplied by a constant has it in its weights. Of a part of a level, blocks of one colour of
the chessboard are zero: what looks at it is a product of matrices without them, and means are made for the colour that comes next alone.
A picture is worked on in bands of rows on several threads, for a key slice is often the only thing there is to do. Results differ by
rounding only.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.lorentzian import fused
from engine.lorentzian.bases import Turned
from engine.lorentzian.keynet import HIDDEN, LAST, PARTS, SPREAD, TAIL, Choose, KeyNet
from engine.lorentzian.products import Convolution, product
from engine.lorentzian.transform import LEVEL_END
from engine.lorentzian.workers import WORKERS, Team

LEAST = 512  # blocks of a band: less is not worth handing to another thread
Band = tuple[int, int]  # first row of blocks, end


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
        self.short = net.unit[0].near.weight.dtype
        self.films = [[(1 + scale.view(-1).numpy(), shift.view(-1).numpy()) for scale, shift in block] for block in self.c]
        self.blocks = [(Convolution(block.near.weight, block.near.bias, (0, 1)), Convolution(block.mix.weight, block.mix.bias))
                       for block in (*net.unit, *net.tail)]
        self.scale, self.steps = net.scale[0, :end, 0, 0].numpy(), self.delta[0, :, 0, 0].numpy()
        self.shift = net.shift[:, :end]
        count = LAST[level] + 1
        takes = list(zip(net.take_value, net.take_symbol))[:count]
        self.own = [_taps(value.weight, fused.EVERY if part[2] is None else fused.OWN, heard.weight)
                    for part, (value, heard) in zip(PARTS, takes)]
        self.other = [None if part[2] is None else _taps(value.weight, fused.OTHER) for part, (value, _) in zip(PARTS, takes)]
        self.mean = [_spread(conv, SPREAD) for conv in net.mean[:count - 1]]
        self.first, self.head = _spread(net.first, SPREAD), _spread(net.heads[level], gain)
        self.start = (net.start.weight * net.scale)[:, :end].contiguous(memory_format=torch.channels_last)

    def decode(self, both: Tensor, symbols: Tensor, kinds: Tensor | None = None) -> Tensor:
        """both `[1 or 2, known, h, w]` aligned neighbours, symbols `[1, known, h, w]` float, kinds `[h, w]` bases -> decoded coefficients
        `[1, known, h, w]`."""
        return self.rebuild(both, lambda mean, first, end: symbols[:, first:end], kinds, every=False)[1]

    def rebuild(self, both: Tensor, choose: Choose, kinds: Tensor | None = None, every: bool = True) -> tuple[Tensor, Tensor]:
        """(symbols, decoded coefficients), see `KeyNet.rebuild`. Without `every`, `choose` is shown means of the blocks that are chosen
        for alone."""
        left = both[:1] if self.kind else None
        size = both.shape[2], both.shape[3]
        if self.folded:
            way = _Pass(self, size)
            try:
                return way.run(left, choose, kinds, every)
            finally:
                way.team.end()
        symbols, rec, _ = self.net.rebuild(left, self.c, self.gain, self.delta, size, choose, self.level, kinds)
        return symbols, rec


class _Pass:
    """One slice on its way through the networks. `[h, w, channels]` everywhere; what convolutions read has a row of zeros more above and
    below."""

    def __init__(self, key: Key, size: tuple[int, int]) -> None:
        self.key, self.size = key, size
        h, w = size
        self.half = (w + 1) // 2
        self.short = [_edged(h, w, HIDDEN, key.short) for _ in range(2)]  # in turn: one is read while the next is written
        self.seen = torch.empty(2, h, self.half, HIDDEN)
        self.state = torch.empty(h, w, HIDDEN)
        count = max(1, min(WORKERS, h * w // LEAST))
        self.bands = [(h * n // count, h * (n + 1) // count) for n in range(count)]
        self.team = Team(count, torch.inference_mode)

    def run(self, left: Tensor | None, choose: Choose, kinds: Tensor | None, every: bool) -> tuple[Tensor, Tensor]:
        (h, w), key = self.size, self.key
        base = self._begin(left)
        turned = None if kinds is None else Turned(kinds, _map(base))
        symbols, values = torch.empty(h, w, key.end), torch.empty(h, w, key.end)
        mean = base[..., :3].contiguous()
        for p, (a, b, which) in enumerate(PARTS[:LAST[key.level] + 1]):
            means = _map(mean) if p else _map(mean) + key.shift[:, :3]
            if turned is not None and which is not None:
                means = turned.turn(means, a, b, which)
                mean = means[0].permute(1, 2, 0).contiguous()
            now, new = -1 if which is None else which, choose(means, a, b)[0].permute(1, 2, 0).contiguous()
            fused.settle(mean.numpy(), new.numpy(), key.steps, now, a, symbols.numpy(), values.numpy())
            if turned is not None and which is not None:
                turned.back(_map(values[..., a:b]), a, b, which)
            width = w if which is None else self.half
            near, heard = np.empty((h, width, b - a), np.float32), np.empty((h, width, b - a), np.float32)
            fused.hear(symbols.numpy(), values.numpy(), now, a, key.scale, near, heard)
            self._each(self._enter, p, now, near, heard)
            if p < LAST[key.level]:
                a, b, which = PARTS[p + 1]
                mean = torch.zeros(h, w, b - a)
                self._each(self._mean, p, -1 if which is None or (every and which == 0) else which, base.numpy(), a, mean.numpy())
        last = LAST[key.level]
        for k in range(TAIL if key.level == 0 else 0):
            self._each(self._tail, last + k)
        if turned is not None:
            turned.finish(_map(values), key.level)
        self._each(self._end, last + (TAIL if key.level == 0 else 0), values.numpy())
        values[..., :3] += key.shift[0, :3, 0, 0]
        return _map(symbols), _map(values)

    def _each(self, work: Callable[..., None], *more: Any) -> None:
        self.team.each(work, self.bands, *more)

    def _begin(self, left: Tensor | None) -> Tensor:
        """Prediction before any symbol `[h, w, known]`; sets the state."""
        (h, w), key, bias = self.size, self.key, self.key.net.start.bias
        assert bias is not None
        if left is None:
            self.state[:] = bias
            return torch.zeros(h, w, key.end)
        base = _edged(h, w, key.end, torch.float32)
        torch.sub(left[0].permute(1, 2, 0), key.shift[0].permute(1, 2, 0), out=base[1:-1])
        inner, lowest = base[1:-1], torch.empty(h, w, 3)

        def band(rows: Band) -> None:
            top, end = rows
            state = self.state[top:end]
            state[:] = _conv(base[top:end + 2], key.start, bias)
            lowest[top:end] = product(F.relu(state).view(-1, HIDDEN), *key.first).view(end - top, w, 3)
        self._each(band)
        inner[..., :3] += lowest  # after all bands have looked at what was there
        return inner

    def _enter(self, band: Band, p: int, which: int, near: np.ndarray, heard: np.ndarray) -> None:
        """Part p comes into the state."""
        (top, end), w, key, n = band, self.size[1], self.key, near.shape[2]
        places = len(fused.EVERY) if which < 0 else len(fused.OWN)
        own = torch.empty(end - top, near.shape[1], (places + 1) * n)
        other = torch.empty(end - top, self.half if which >= 0 else 0, len(fused.OTHER) * n)
        fused.surroundings(near, heard, which, top, w, own.numpy(), other.numpy())
        bias = key.net.take_value[p].bias
        made = product(own.view(-1, own.shape[2]), key.own[p], bias).view(*own.shape[:2], HIDDEN)
        weight = key.other[p]
        rest = made if weight is None else product(other.view(-1, other.shape[2]), weight, bias).view(*other.shape[:2], HIDDEN)
        scale, shift = key.films[p][0]
        fused.enter(self.state[top:end].numpy(), made.numpy(), rest.numpy(), which, top, scale, shift,
                    _raw(self.short[p % 2][top + 1:end + 1]))

    def _leave(self, band: Band, at: int, which: int) -> None:
        """A residual block from its first convolution on; the state rectified, of colour `which` or (-1) both, is in `seen`."""
        (top, end), key = band, self.key
        (near, mix), (scale, shift) = key.blocks[at], key.films[at][1]
        y = near(_map(self.short[at % 2][top:end + 2]))[0].permute(1, 2, 0)
        fused.middle(_raw(y).reshape(-1, HIDDEN), scale, shift)
        z = mix(_map(y))[0].permute(1, 2, 0)
        fused.leave(self.state[top:end].numpy(), _raw(z), which, top, self.seen.numpy())

    def _mean(self, band: Band, p: int, which: int, base: np.ndarray, first: int, mean: np.ndarray) -> None:
        """Part p has come into the state; means of the next one, channels from `first` on."""
        self._leave(band, p, which)
        self._add(band, self.key.mean[p], which, base, first, mean)

    def _tail(self, band: Band, at: int) -> None:
        """The block before comes to its end, and the one after `at` begins."""
        (top, end), (scale, shift) = band, self.key.films[at + 1][0]
        self._leave(band, at, 2)
        fused.start(self.state[top:end].numpy(), scale, shift, _raw(self.short[(at + 1) % 2][top + 1:end + 1]))

    def _end(self, band: Band, at: int, values: np.ndarray) -> None:
        """The last block; what it makes of the state is added to values."""
        self._leave(band, at, -1)
        self._add(band, self.key.head, -1, values, 0, values)

    def _add(self, band: Band, by: tuple[Tensor, Tensor], which: int, base: np.ndarray, first: int, out: np.ndarray) -> None:
        top, end = band
        made = [_halves(self.seen[k, top:end], by) if which in (-1, k) else np.empty((0, 0, 0), np.float32) for k in (0, 1)]
        fused.add_halves(base[top:end], first, *made, which, top, out[top:end])


def _taps(weight: Tensor, places: tuple[tuple[int, int], ...], *more: Tensor) -> Tensor:
    """`[outputs, places * inputs]` of a 3 x 3 kernel, and of what is looked at in the middle besides."""
    return torch.cat([*(weight[:, :, y, x] for y, x in places), *(m[:, :, 0, 0] for m in more)], 1).contiguous()


def _spread(conv: torch.nn.Conv2d, by: float) -> tuple[Tensor, Tensor]:
    """(weights `[outputs, inputs]`, bias) of a 1 x 1 convolution, multiplied."""
    assert conv.bias is not None
    return (conv.weight[:, :, 0, 0] * by).contiguous(), conv.bias * by


def _halves(seen: Tensor, by: tuple[Tensor, Tensor]) -> np.ndarray:
    """`[rows, half, HIDDEN]` through a 1 x 1 convolution."""
    made: np.ndarray = product(seen.reshape(-1, HIDDEN), *by).view(*seen.shape[:2], -1).numpy()
    return made


def _edged(h: int, w: int, channels: int, dtype: torch.dtype) -> Tensor:
    """`[h + 2, w, channels]`, zero in the first and the last row."""
    out = torch.empty(h + 2, w, channels, dtype=dtype)
    out[0], out[-1] = 0, 0
    return out


def _conv(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A 3 x 3 convolution of `[rows + 2, w, inputs]` -> `[rows, w, outputs]`."""
    return F.conv2d(_map(x), weight, bias, padding=(0, 1))[0].permute(1, 2, 0)


def _map(x: Tensor) -> Tensor:
    """`[h, w, channels]` -> `[1, channels, h, w]`, the same memory."""
    return x.permute(2, 0, 1)[None]


def _raw(x: Tensor) -> np.ndarray:
    """The memory of a tensor: float32, or bfloat16 as uint16."""
    return x.view(torch.int16).numpy().view(np.uint16) if x.dtype == torch.bfloat16 else x.numpy()
