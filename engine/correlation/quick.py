"""The correlation network on a processor: the same sums as `net`, without what torch does between convolutions, and only for the members
that are wanted: what the others look like is needed as far as those look at them. Results differ from `net` by rounding only."""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.correlation import passes
from engine.correlation.attention import attend
from engine.correlation.given import CELL, GIVEN, LUMA
from engine.correlation.net import OUT, SIZE, CorrelationNet, describe

Conv = tuple[Tensor, Tensor | None]


class Quick:
    """A network as it is when this is made. kind: numpy's type of what lies between layers, float32, or uint16 for bfloat16."""

    def __init__(self, net: CorrelationNet) -> None:
        self.net, self.fine = net, net.config.fine
        self.kind = np.uint16 if net.look.weight.dtype == torch.bfloat16 else np.float32
        # a finer place's channels lie together, as `passes.add_finer` reads them
        order = torch.arange(4 * self.fine).view(self.fine, 4).T.flatten()
        self.up = self._set(net.up.weight[order], net.up.bias[order])

    @staticmethod
    def _set(weight: Tensor, bias: Tensor | None) -> Conv:
        return weight.contiguous(memory_format=torch.channels_last), bias

    def _conv(self, x: np.ndarray, conv: torch.nn.Conv2d | Conv, stride: int = 1) -> np.ndarray:
        """`[M, places, C]` of a square grid -> the same of what a convolution makes of it."""
        weight, bias = (conv.weight, conv.bias) if isinstance(conv, torch.nn.Conv2d) else conv
        side = round(x.shape[1] ** 0.5)
        t = torch.from_numpy(x.reshape(len(x), side, side, -1)).view(weight.dtype).permute(0, 3, 1, 2)
        out = F.conv2d(t, weight, bias, stride, weight.shape[-1] // 2 if stride == 1 else 0).permute(0, 2, 3, 1).flatten(1, 2)
        return (out.view(torch.uint16) if self.kind == np.uint16 else out).numpy()

    def features(self, seen: np.ndarray, step: float, factors: np.ndarray, members: int, of: np.ndarray) -> np.ndarray:
        """What the last layer looks at, `[W, places, fine]`, of members `of` `[W]` (rising). seen: `[M, places, channels]`, see
        `given.seen_by_network`; factors float32 `[M]`."""
        net, c = self.net, self.net.config
        told = net.told(describe(torch.full((len(seen),), float(step)), torch.from_numpy(factors)).to(net.look.weight.dtype)).float()
        parts = [p.contiguous().numpy() for p in told.split([c.fine, c.fine, *([c.width] * c.blocks)] * 2, 1)]
        half = len(parts) // 2
        scales, shifts = [1 + p for p in parts[:half]], parts[half:]
        look = self._conv(seen, net.look)
        around = np.empty((*look.shape[:2], 3 * look.shape[2]), self.kind)
        passes.beside(look, members, around)
        fine = self._conv(around, net.enter.conv)
        passes.rectify(fine, scales[0], shifts[0])
        x = self._conv(fine, net.down, 2)
        every = np.arange(len(seen))
        for n, block in enumerate(net.blocks):
            last = n + 1 == len(net.blocks)
            now = of if last else every
            mixed = np.empty((len(now), *x.shape[1:]), self.kind)
            attend(self._conv(x, block.attention.query), members, block.attention.heads, now, mixed)
            if len(now) < len(x):
                x = x[now]
            passes.add(x, self._conv(mixed, block.attention.out))
            inner = self._conv(x, block.a)
            passes.rectify(inner, scales[2 + n][now], shifts[2 + n][now])
            (passes.add_rectified if last else passes.add)(x, self._conv(inner, block.b))
        if len(of) < len(fine):
            fine = fine[of]
        rectified = np.empty_like(fine)
        passes.add_finer(fine, self._conv(x, self.up), round(fine.shape[1] ** 0.5), rectified)
        passes.add_told(fine, self._conv(rectified, net.mix[0]), scales[1][of], shifts[1][of], rectified)
        passes.add_held(fine, self._conv(rectified, net.mix[1]))
        return fine

    def residuals(self, seen: np.ndarray, step: float, factors: np.ndarray, members: int, weights: Tensor, of: np.ndarray) -> np.ndarray:
        """The sum of all patterns under weights `[2, patterns]`, float32 `[W, places, CELL]` in grey steps; the rest as in `features`."""
        fine = self.features(seen, step, factors, members, of)
        weight, bias = self.net.summed(weights)
        out = np.empty((len(of), fine.shape[1], CELL), np.float32)
        passes.shaped(self._conv(fine, self._set(weight, bias)), seen, of, SIZE * step * factors[of], out)
        return out

    def patterns(self, seen: np.ndarray, error: np.ndarray, step: float, factors: np.ndarray, members: int,
                 learned: bool) -> tuple[np.ndarray, np.ndarray]:
        """All patterns and behind them the error `[M, places, CELL]`, in grey steps: luma `[M, patterns + 1, places, LUMA]` and chroma
        `[M, patterns + 1, places, CELL - LUMA]`, float32. Unless `learned`, without those of the network."""
        made = np.empty((*seen.shape[:2], 0), self.kind)
        if learned:
            made = self._conv(self.features(seen, step, factors, members, np.arange(len(seen))), self.net.leave)
        count = GIVEN + made.shape[2] // OUT
        luma, chroma = (np.empty((len(seen), count + 1, seen.shape[1], n), np.float32) for n in (LUMA, CELL - LUMA))
        passes.patterns(made, seen, error, SIZE * step * factors, luma, chroma)
        return luma, chroma
