"""The decoder's networks for one quality, slice type and level, made quick: the same sums as `nets`, fewer of them.

Scale and shift of every hidden channel, network units and the gain are multiplied into the weights once; the mean grey is taken off
before and added after. At a coarser level the channels that are
always zero are left out; the means of finer channels, which later networks look at, are sums over hidden channels, so their part is
folded into the weights of those. Results differ from `nets` by rounding only, except where a coarser level has no synthesis (`ends_early`).
"""
from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from engine.lorentzian.nets import HIDDEN, KNOWN, LorentzianNet
from engine.lorentzian.products import Convolution, pointwise
from engine.lorentzian.schedule import KINDS
from engine.lorentzian.transform import CHANNELS

SHORT = 2  # frames of a chunk in which what lies between key slices lies beside both


def bare(level: int, kind: int, frames: int) -> bool:
    """Whether slices of a type have no networks, in chunks of so many frames. These have learnt on full pictures; of coarser ones they
    make little better what lies between its neighbours as near as that (docs/codec.md, "Reading a level")."""
    return level > 0 and kind not in KINDS and frames <= SHORT


def ends_early(level: int, kind: int) -> bool:
    """Whether slices of a type have no synthesis, for the same reason: few or none look at them."""
    return level > 0 and kind > 2


class Folded:
    """c `[BLOCKS, 2, 1, HIDDEN, 1, 1]`: conditions of `nets.Condition` for one slice; known: channels of the level (`LEVEL_END`);
    delta `[1, 96, 1, 1]`: quantiser steps; without synthesis: see `ends_early`."""

    def __init__(self, net: LorentzianNet, c: Tensor, gain: float, delta: Tensor, known: int = CHANNELS,
                 synthesis: bool = True) -> None:
        self.known, self.dtype, self.synthesis = known, net.dtype, synthesis
        self.delta = delta[:, :known].contiguous()
        self.shift = net.shift[:3].float()
        scale = net.scale.float().view(-1)
        self.stages = [n for n in KNOWN if n < known]
        condition = c.float()

        def kernel(w: Tensor) -> Tensor:
            """Weights of a `StackConv3d` as of a 2D convolution, only for channels that are there."""
            return (w.float() * scale.view(1, -1, 1, 1, 1))[:, :known].transpose(1, 2).flatten(1, 2)

        def film(w: Tensor, b: Tensor | None, at: int) -> Convolution:
            s = 1 + condition[at, 0].view(-1)
            return self._set(w * s.view(-1, 1, 1, 1), None if b is None else b.float() * s + condition[at, 1].view(-1))

        def out(conv: torch.nn.Conv2d, first: int = 0) -> tuple[Tensor, Tensor]:
            """(weights, bias) of an output, in grey steps, for channels first.. of those it makes."""
            assert conv.bias is not None
            return conv.weight.float()[first:] * gain, conv.bias.float()[first:] * gain

        def plain(w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
            """Outputs are sums in grey steps: not rounded to a short type."""
            return w.contiguous(memory_format=torch.channels_last), b

        self.trunk_in = film(kernel(net.trunk_in.weight), net.trunk_in.bias, 0)
        self.trunk_mid = film(net.trunk_mid.weight.float(), net.trunk_mid.bias, 1)
        w, b = out(net.trunk_out)
        self.trunk_out = plain(w[:known], b[:known])
        fine = [(w[known:], b[known:])]  # how means of channels that are not there follow from hidden ones
        self.local, self.wide, self.mid, self.out = [], [], [], []
        for k, n in enumerate(self.stages):
            r = net.refine[k]
            wide = r.wide.weight.float()
            wide = torch.cat([wide[:, :HIDDEN], wide[:, HIDDEN:] * scale.view(1, -1, 1, 1)], 1)
            to = wide[:, HIDDEN + known:]
            parts = [torch.einsum("oiyx,ihyx->ohyx", to, fw) for fw, _ in fine]
            parts[0] = parts[0] + wide[:, :HIDDEN]
            if known == CHANNELS:
                parts = parts[:1]
            bias = r.wide.bias.float() + sum(to[:, :, 0, 0] @ fb for _, fb in fine)
            self.wide.append(film(torch.cat([*parts, wide[:, HIDDEN:HIDDEN + known]], 1), bias + r.local.bias.float(), 2 + 2 * k))
            near = torch.cat([scale[:n], torch.ones(n, device=scale.device)])
            self.local.append(film(r.local.weight.float() * near.view(1, -1, 1, 1), None, 2 + 2 * k))
            self.mid.append(film(r.mid.weight.float(), r.mid.bias, 3 + 2 * k))
            w, b = out(r.out)
            self.out.append(plain(w[:known - n], b[:known - n]))
            fine.append((w[known - n:], b[known - n:]))
        side = net.syn_side.weight.float()
        self.syn_in = film(kernel(net.syn_in.weight), net.syn_in.bias.float() + net.syn_side.bias.float(), 8)
        self.syn_side = film(torch.cat([side[:, :known], side[:, CHANNELS:]], 1), None, 8)
        self.syn_mid = [film(m.weight.float(), m.bias, 9 + k) for k, m in enumerate(net.syn_mid)]
        w, b = out(net.syn_out)
        self.syn_out = plain(w[:known], b[:known])

    def _set(self, w: Tensor, b: Tensor | None) -> Convolution:
        edge = w.shape[2] // 2
        bias = None if b is None else b.to(self.dtype)
        return Convolution(w.to(self.dtype).contiguous(memory_format=torch.channels_last), bias, (edge, edge))

    def decode(self, both: Tensor, symbols: Tensor, still: np.ndarray) -> Tensor:
        """both `[2, known, h, w]` aligned neighbours (changed by this), symbols `[1, known, h, w]` float, still bool `[h, w]`: blocks that
        do not move -> decoded coefficients `[1, known, h, w]`. Where nothing is coded of a still block it stays as its neighbours are."""
        kept, places = _kept(both, still)
        return _stay(self._rebuild(both, symbols, None), symbols, kept, places)

    def rebuild(self, both: Tensor, choose: Callable[[Tensor, int, int], Tensor], still: np.ndarray) -> tuple[Tensor, Tensor]:
        """(symbols, decoded coefficients). `choose(mean, first, end)` gives the symbols of these channels once their means are known."""
        symbols = torch.empty_like(both[:1])
        kept, places = _kept(both, still)
        return symbols, _stay(self._rebuild(both, symbols, choose), symbols, kept, places)

    def _rebuild(self, both: Tensor, symbols: Tensor, choose: Callable[[Tensor, int, int], Tensor] | None) -> Tensor:
        """Decoded coefficients. Reader and writer of a file both come through here, so that they see the same picture; the writer's symbols
        are chosen on the way."""
        c = self.known
        both[:, :3] -= self.shift
        stack = self._empty(both, 3 * c)
        stack[:, :c], stack[:, 2 * c:] = both[:1], both[1:]
        x = self.trunk_in(torch.cat([stack[:, :c], stack[:, 2 * c:]], 1), True)
        features = self.trunk_mid(x, True).add_(x)
        mean = both[:1].add_(both[1:]).mul_(0.5).add_(pointwise(features.float(), *self.trunk_out))
        step, few = (torch.empty_like(mean), self._empty(both, c)) if choose else (symbols * self.delta, self._few(symbols))
        hidden = HIDDEN
        wide = self._empty(both, self.wide[-1].weight.shape[1]) if self.stages else features
        wide[:, :HIDDEN] = features
        for k, (first, n) in enumerate(pairwise((0, *self.stages, c))):
            if choose:
                centred = mean[:, first:n]
                if first == 0:
                    centred = torch.cat([centred[:, :3] + self.shift, centred[:, 3:]], 1)
                symbols[:, first:n] = choose(centred, first, n)
                step[:, first:n] = symbols[:, first:n] * self.delta[:, first:n]
                few[:, first:n] = self._few(symbols[:, first:n])
            if n == c:
                break
            local = self._empty(both, 2 * n)
            local[:, :n], local[:, n:] = mean[:, :n] + step[:, :n], few[:, :n]
            wide[:, hidden:hidden + c] = mean
            x = self.local[k](local).add_(self.wide[k](wide[:, :hidden + c])).relu_()
            z = self.mid[k](x, True).add_(x)
            mean[:, n:] += pointwise(z.float(), *self.out[k])
            if c < CHANNELS and k + 1 < len(self.stages):
                wide[:, hidden:hidden + HIDDEN] = z
                hidden += HIDDEN
        value = mean.add_(step)
        if self.synthesis:
            stack[:, c:2 * c] = value
            x = self.syn_in(stack).add_(self.syn_side(torch.cat([few, features], 1))).relu_()
            for conv in self.syn_mid:
                x = conv(x, True).add_(x)
            value.add_(pointwise(x.float(), *self.syn_out))
        value[:, :3] += self.shift
        return value

    def _few(self, symbols: Tensor) -> Tensor:
        """Symbols as networks see them."""
        return symbols.clamp(-6, 6).to(self.dtype)

    def _empty(self, like: Tensor, channels: int) -> Tensor:
        return torch.empty((1, channels, *like.shape[2:]), dtype=self.dtype, device=like.device, memory_format=torch.channels_last)


def _kept(both: Tensor, still: np.ndarray) -> tuple[Tensor, Tensor]:
    """(mean of the aligned neighbours `[known, places]` of still blocks, where they are)."""
    places = torch.from_numpy(np.flatnonzero(still)).to(both.device)
    left, right = (b.reshape(b.shape[0], -1)[:, places] for b in both)
    return (left + right) * 0.5, places


def _stay(value: Tensor, symbols: Tensor, kept: Tensor, places: Tensor) -> Tensor:
    """value `[1, known, h, w]` with `kept` where nothing is coded: what networks make of the same picture once more is no better."""
    empty = (symbols[0].reshape(symbols.shape[1], -1)[:, places] == 0).all(0)
    w = value.shape[3]
    at = places[empty]
    value[0][:, at // w, at % w] = kept[:, empty]
    return value
