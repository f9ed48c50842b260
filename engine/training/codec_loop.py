"""What both trainers of the codec share: the encoder's loop over the slices of a chunk, and the state of a run.

Rate-distortion loss D / lambda + R; decoded neighbours are the codec's own, so networks see the errors they will meet. Gradients go
through one slice at a time.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from engine.lorentzian import search
from engine.lorentzian.model import fast_bf16
from engine.lorentzian.payload import temporal
from engine.lorentzian.planes import inverse
from engine.lorentzian.schedule import PREVIOUS, TYPES, lagrangian, slices, step
from engine.lorentzian.slices import LARGEST, Field, Reference, aligned, gain, quantise, steps, to_coefficients
from engine.lorentzian.transform import CHANNELS, GROUP_START, GROUPS, IS_CHROMA
from engine.lorentzian.worth import DEAD, motion_price, search_scale
from engine.training.rate_model import RateModel

CHROMA_WEIGHT = 1.4  # what a chroma error counts in (6Y+U+V)/8 PSNR beside a luma error, at usual chroma quality
GROUP_PRICE = 0.1     # squared steps worth one bit when whole groups are dropped
Net = TypeVar("Net", bound=nn.Module)
Scored = tuple[Tensor, Tensor, Tensor, Tensor]  # loss, symbols, decoded coefficients, [bits per pixel, squared error per pixel]


def worth(value: Tensor, q: Tensor, first: int) -> Tensor:
    """Symbols `q` of channels first.. with whole groups of a block set to zero where they cost more bits than they mend.

    value: unquantised, in steps. A group that holds something costs about 4 bits for saying so and 4 and more for each symbol;
    a bit is worth `GROUP_PRICE` squared steps. Stands in for `engine.lorentzian.rdoq`, which is too slow here.
    """
    out = []
    mended = value * value - (value - q) ** 2
    bits = torch.where(q != 0, 3.5 + 1.5 * torch.log2(q.abs().clamp(min=1)), torch.zeros_like(q))
    for g in range(GROUPS):
        a, b = int(GROUP_START[g]) - first, int(GROUP_START[g + 1]) - first
        if a < 0 or a >= q.shape[1]:
            continue
        keep = mended[:, a:b].sum(1, keepdim=True) > GROUP_PRICE * (4 + bits[:, a:b].sum(1, keepdim=True))
        out.append(q[:, a:b] * keep)
    return torch.cat(out, 1)


def coded(v: Tensor, first: int, kind: int) -> Tensor:
    """Symbols as the encoder chooses them from values in steps, of channels `first` on."""
    q = quantise(v, DEAD[kind]).clamp(-LARGEST, LARGEST)
    return worth(v, q, first) if first else q


class SliceTrainer(ABC, Generic[Net]):
    """State of a run: network, rate model, optimiser, step. Says nothing of how a slice is coded: see `slice_loss`."""

    def __init__(self, net: Net, lr: float, device: str = "cpu") -> None:
        """Learns those parameters of `net` that require a gradient."""
        self.device = torch.device(device)
        self.net, self.rate = net.to(self.device), RateModel().to(self.device)
        own = [p for p in self.net.parameters() if p.requires_grad]
        self.opt = torch.optim.AdamW([{"params": own}, {"params": self.rate.parameters(), "lr": lr * 5}],
                                     lr=lr, weight_decay=1e-5, betas=(0.9, 0.98))
        self.lr = lr
        self.bf16 = fast_bf16()
        self.steps = 0
        self.first = 0  # step at which this part of the run began
        self.seconds = 0.0
        self.usual = torch.zeros(TYPES, 8)  # running mean loss by slice type and eight bands of quality
        self.average = {k: v.detach().clone() for k, v in self.learned().items()}  # what is shipped: a running mean of the weights
        w = torch.ones(1, CHANNELS, 1, 1)
        w[0, torch.from_numpy(IS_CHROMA)] = CHROMA_WEIGHT
        self.weight = w.to(self.device)

    def learned(self) -> dict[str, Tensor]:
        """The part of the network's state that this run changes, saves and ships."""
        return self.net.state_dict()

    @abstractmethod
    def slice_loss(self, left: Tensor, right: Tensor, source: Tensor, quality: Tensor, delta: Tensor, g: Tensor, lam: Tensor, kind: int,
                   ref: Tensor) -> Scored:
        """One slice of every crop, coded with the network. A loss without a gradient means that nothing is learned from it."""

    def error(self, rec: Tensor, source: Tensor) -> Tensor:
        """Weighted squared error per pixel `[N]` of the channels in `rec`."""
        n = rec.shape[1]
        return (self.weight[:, :n] * (rec - source[:, :n]) ** 2).sum((1, 2, 3)) / (source.shape[2] * source.shape[3] * 64)

    def scored(self, symbols: Tensor, soft: Tensor, rec: Tensor, source: Tensor, quality: Tensor, lam: Tensor, kind: int, ref: Tensor,
               more: Tensor | float = 0.0) -> Scored:
        """Rate and distortion of coded slices; `more` error takes part in the loss alone."""
        bits = self.rate(symbols, soft, ref, kind)
        if kind == 0:  # the three lowest are coded as differences of neighbours; their cost is not the networks' to change
            bits = bits[:, 3:]
        r = bits.sum((1, 2, 3)) / (source.shape[2] * source.shape[3] * 64)
        d = self.error(rec, source)
        loss = self.share((d + more) / lam + r, quality, kind).mean()
        return loss, symbols.detach(), rec.detach(), torch.stack([r.mean(), d.mean()]).detach()

    def chunk(self, frames: list[list[list[np.ndarray]]], qualities: list[int], key: bool, last: list[Reference], last_sym: Tensor | None,
              coarser: int = 0) -> tuple[list[Reference], Tensor, np.ndarray]:
        """One chunk of 1 to 8 frames of every crop: forward, backward. frames[crop][time]; steps are those of so many qualities less.

        Returns the last slices and mean losses by slice type.
        """
        n, size = len(frames), frames[0][0][0].shape[0]
        order = slices(len(frames[0]), key)
        quality = torch.tensor(qualities)
        g = torch.tensor([gain(q) for q in qualities]).view(-1, 1, 1, 1)
        refs: list[dict[int, Reference]] = [{} for _ in range(n)]
        fields: list[dict[int, Field]] = [{} for _ in range(n)]
        syms: dict[int, Tensor] = {PREVIOUS: last_sym} if last_sym is not None else {}
        stats = np.zeros((TYPES, 3))
        for s in order:
            grains = [max(0, q - coarser) for q in qualities]
            delta = torch.cat([steps(q, s.kind) for q in grains])
            # lambda follows the step of the slice type
            lam = torch.tensor([lagrangian(q) for q in grains]) * (float(delta[0, 0]) / step(grains[0])) ** 2
            pred: list[list[np.ndarray]] = []
            for i in range(n):
                left = None if s.left is None else last[i] if s.left == PREVIOUS else refs[i][s.left]
                right = None if s.right is None else refs[i][s.right]
                f = Field.empty(size, size)
                if left is not None:
                    zero = np.zeros((1, size // 16, size // 16, 2), np.int16)
                    cand, has, _ = temporal(order, {**fields[i], s.time: f}, s)
                    search.search(frames[i][s.time][0], left.ready()[0], (right or left).ready()[0], right is not None, zero, zero,
                                  cand, has, motion_price(grains[i], s.kind), search_scale(grains[i], s.kind), 1, 0, 0,
                                  f.merge, f.split, f.mode, f.mv)
                fields[i][s.time] = f
                pred.append(aligned(left, right, f, size, size))
            both = to_coefficients([np.concatenate([p[k] for p in pred]) for k in range(3)])
            source = to_coefficients([np.stack([frames[i][s.time][k] for i in range(n)]) for k in range(3)])
            ref = torch.zeros_like(source)
            for t in (s.left, s.right):
                if t is not None and t in syms:
                    ref = ref + syms[t].abs()
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                loss, sym, rec, m = self.slice_loss(both[0::2].contiguous(), both[1::2].contiguous(), source, quality, delta, g, lam,
                                                    s.kind, ref)
            if loss.requires_grad:
                loss.backward()
            syms[s.time] = sym
            stats[s.kind] += [float(loss.detach()), float(m[0]), float(m[1])]
            out = [p.clamp(0, 255).numpy() for p in inverse(rec)]
            for i in range(n):
                refs[i][s.time] = Reference([np.ascontiguousarray(p[i]) for p in out])
        end = len(frames[0]) - 1
        return [r[end] for r in refs], syms[end], stats

    def update(self, left: float) -> None:
        """One step of the optimiser with the gradients gathered."""
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.steps += 1
        warm = min(1.0, (self.steps - self.first) / 100)
        for group, base in zip(self.opt.param_groups, (self.lr, self.lr * 5), strict=True):
            group["lr"] = base * warm * (0.02 + 0.98 * left if left < 0.5 else 0.02 + 0.49)
        self.opt.step()
        keep = min(0.998, (self.steps - self.first) / (self.steps - self.first + 20))
        for name, value in self.learned().items():
            self.average[name].lerp_(value, 1 - keep)

    def share(self, loss: Tensor, quality: Tensor, kind: int) -> Tensor:
        """`loss` `[N]` over what is usual for its quality: a saved per cent is worth as much at few bits as at many."""
        with torch.no_grad():
            for q, v in zip((quality // 8).tolist(), loss.tolist(), strict=True):
                old = float(self.usual[kind, q])
                self.usual[kind, q] = 0.98 * old + 0.02 * v if old else v
            usual = self.usual[kind, quality // 8].clamp(min=0.02)
        return loss / usual

    def facts(self) -> dict[str, Any]:
        """What else a checkpoint holds."""
        return {}

    def save(self, path: Path) -> None:
        tmp = path.with_suffix(".tmp")
        torch.save({"net": self.learned(), "average": self.average, "rate": self.rate.state_dict(), "opt": self.opt.state_dict(),
                    "steps": self.steps, "seconds": self.seconds, "first": self.first, "torch": torch.get_rng_state(), **self.facts()}, tmp)
        tmp.replace(path)

    def load(self, path: Path) -> None:
        s = torch.load(path, weights_only=True)
        self.net.load_state_dict({**self.net.state_dict(), **s["net"]})
        self.average = s["average"]
        self.rate.load_state_dict(s["rate"])
        self.steps, self.seconds = s["steps"], s["seconds"]
        self.first = int(s.get("first", 0))
        if all(s.get(k, v) == v for k, v in self.facts().items()):
            self.opt.load_state_dict(s["opt"])
        else:  # another part's turn: start from the mean weights of what was learned so far
            self.net.load_state_dict({**self.net.state_dict(), **self.average})
            self.first = self.steps
        torch.set_rng_state(s["torch"])
