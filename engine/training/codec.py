"""Trainer of the Lorentzian autoencoder: the whole encoder loop on crops, gradients through one slice at a time.

Rate-distortion loss D / lambda + R over random qualities; decoded neighbours are the codec's own, so the networks see the errors
they will meet. One command, resumable to the step: optimiser, random states and weights are in the checkpoint.
"""
from __future__ import annotations

import csv
import random
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.api import JobResult, Progress
from engine.lorentzian import search
from engine.lorentzian.codec import DEAD, PRICE, motion_price, search_scale
from engine.lorentzian.keynet import KINDS
from engine.lorentzian.model import fast_bf16
from engine.lorentzian.nets import LorentzianNet
from engine.lorentzian.payload import temporal
from engine.lorentzian.planes import inverse
from engine.lorentzian.schedule import PREVIOUS, QUALITIES, TYPES, lagrangian, slices, step
from engine.lorentzian.slices import LARGEST, STAGES, Field, Reference, aligned, gain, quantise, steps, to_coefficients, worth
from engine.lorentzian.transform import CHANNELS, IS_CHROMA
from engine.training.codec_data import Clip, crops, load
from engine.training.codec_ship import key_weights, ship
from engine.training.rate_model import RateModel

KEY = "key."  # names of the parameters of the networks of key slices
CHROMA_WEIGHT = 1.4  # what a chroma error counts in (6Y+U+V)/8 PSNR beside a luma error, at usual chroma quality


def coded(v: Tensor, first: int, kind: int) -> Tensor:
    """Symbols as the encoder chooses them from values in steps, of channels `first` on."""
    q = quantise(v, DEAD[kind]).clamp(-LARGEST, LARGEST)
    return worth(v, q, first, PRICE) if first else q


class Trainer:
    """State of a run: networks, rate model, optimiser, step."""

    lends = True  # key slices come from networks that are not trained here

    def __init__(self, lr: float, device: str = "cpu", analysis: bool = False) -> None:
        """`analysis`: learn what to code (encoder only), with everything that the decoder shares held still.

        Learned together with straight-through rounding alone, the analysis coded too much (a third more bits at equal quality).
        """
        self.device = torch.device(device)
        self.analysis = analysis
        self.net, self.rate = LorentzianNet().to(self.device), RateModel().to(self.device)
        for name, p in self.net.named_parameters():
            p.requires_grad_(name.startswith("ana_") if analysis else not name.startswith(KEY))
        own = [p for p in self.net.parameters() if p.requires_grad]
        self.opt = torch.optim.AdamW([{"params": own}, {"params": self.rate.parameters(), "lr": lr * 5}],
                                     lr=lr, weight_decay=1e-5, betas=(0.9, 0.98))
        self.lr = lr
        self.bf16 = fast_bf16()
        self.steps = 0
        self.first = 0  # step at which this half began
        self.seconds = 0.0
        self.usual = torch.zeros(TYPES, 8)  # running mean loss by slice type and eight bands of quality
        self.average = {k: v.detach().clone() for k, v in self._state().items()}  # what is shipped: a running mean of the weights
        w = torch.ones(1, CHANNELS, 1, 1)
        w[0, torch.from_numpy(IS_CHROMA)] = CHROMA_WEIGHT
        self.weight = w.to(self.device)

    def slice_loss(self, left: Tensor, right: Tensor, source: Tensor, quality: Tensor, delta: Tensor, g: Tensor, lam: Tensor, kind: int,
                   ref: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(loss, symbols, decoded coefficients, [bits per pixel, squared error per pixel]) of one slice of every crop."""
        net = self.net
        c = net.condition(quality, torch.full_like(quality, kind))
        features, mean = net.begin(left, right, c, g)
        target = net.analyse(left, right, source, c, g) if self.analysis else source
        parts: list[Tensor] = []
        sym: list[Tensor] = []
        soft: list[Tensor] = []
        for k in range(4):
            a, b = STAGES[k], STAGES[k + 1]
            v = (target[:, a:b] - mean[:, a:b]) / delta[:, a:b]
            q = v + (coded(v.detach(), a, kind) - v).detach()
            sym.append(q)
            soft.append(v + torch.rand_like(v) - 0.5)
            parts.append(mean[:, a:b] + q * delta[:, a:b])
            if k < 3:
                so_far = torch.cat([*sym, torch.zeros_like(mean[:, b:])], 1)
                mean = net.better(k, features, mean, torch.cat([*parts, mean[:, b:]], 1), so_far, c, g)
        symbols = torch.cat(sym, 1)
        rec = net.finish(left, right, features, torch.cat(parts, 1), symbols, c, g)
        pixels = source.shape[2] * source.shape[3] * 64
        bits = self.rate(symbols, torch.cat(soft, 1), ref, kind)
        r = bits.sum((1, 2, 3)) / pixels
        d = (self.weight * (rec - source) ** 2).sum((1, 2, 3)) / pixels
        return self.share(d / lam + r, quality, kind).mean(), symbols.detach(), rec.detach(), torch.stack([r.mean(), d.mean()]).detach()

    def chunk(self, frames: list[list[list[np.ndarray]]], qualities: list[int], key: bool, last: list[Reference], last_sym: Tensor | None
              ) -> tuple[list[Reference], Tensor, np.ndarray]:
        """One chunk of 8 frames of every crop: forward, backward. frames[crop][time].

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
            delta = torch.cat([steps(q, s.kind) for q in qualities])
            # lambda follows the step of the slice type
            lam = torch.tensor([lagrangian(q) for q in qualities]) * (float(delta[0, 0]) / step(qualities[0])) ** 2
            pred: list[list[np.ndarray]] = []
            for i in range(n):
                left = None if s.left is None else last[i] if s.left == PREVIOUS else refs[i][s.left]
                right = None if s.right is None else refs[i][s.right]
                f = Field.empty(size, size)
                if left is not None:
                    zero = np.zeros((size // 16, size // 16, 2), np.int16)
                    cand, has, _ = temporal(order, {**fields[i], s.time: f}, s)
                    search.search(frames[i][s.time][0], left.ready()[0], (right or left).ready()[0], right is not None, zero, zero,
                                  cand, has, motion_price(qualities[i], s.kind), search_scale(qualities[i], s.kind), 1, 0, 0,
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
                if self.lends and s.kind in KINDS:
                    sym, rec = self.key_slice(both[0::2].contiguous(), source, quality, delta, g, s.kind)
                    loss, m = torch.zeros(()), torch.zeros(2)
                else:
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

    def step(self, batch: list[list[list[np.ndarray]]], qualities: list[int], left: float) -> np.ndarray:
        """Two chunks (one key, one not) and two updates. `left`: how much of the run is still to come, 1 down to 0; the learning
        rate falls with its second half."""
        stats = np.zeros((TYPES, 3))
        last: list[Reference] = []
        last_sym: Tensor | None = None
        for k in range(0, len(batch[0]), 8):
            self.opt.zero_grad(set_to_none=True)
            last, last_sym, st = self.chunk([b[k:k + 8] for b in batch], qualities, k == 0, last, last_sym)
            stats += st
            self.update(left)
        return stats

    def update(self, left: float) -> None:
        """One step of the optimiser with the gradients gathered."""
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.steps += 1
        warm = min(1.0, (self.steps - self.first) / 100)
        for group, base in zip(self.opt.param_groups, (self.lr, self.lr * 5), strict=True):
            group["lr"] = base * warm * (0.02 + 0.98 * left if left < 0.5 else 0.02 + 0.49)
        self.opt.step()
        keep = min(0.998, (self.steps - self.first) / (self.steps - self.first + 20))
        for name, value in self._state().items():
            self.average[name].lerp_(value, 1 - keep)

    def _state(self) -> dict[str, Tensor]:
        """What this trainer learns; the networks of key slices have their own (`codec_key`)."""
        return {k: v for k, v in self.net.state_dict().items() if not k.startswith(KEY)}

    def share(self, loss: Tensor, quality: Tensor, kind: int) -> Tensor:
        """`loss` `[N]` over what is usual for its quality: a saved per cent is worth as much at few bits as at many."""
        with torch.no_grad():
            for q, v in zip((quality // 8).tolist(), loss.tolist(), strict=True):
                old = float(self.usual[kind, q])
                self.usual[kind, q] = 0.98 * old + 0.02 * v if old else v
            usual = self.usual[kind, quality // 8].clamp(min=0.02)
        return loss / usual

    def key_slice(self, left: Tensor, source: Tensor, quality: Tensor, delta: Tensor, g: Tensor, kind: int) -> tuple[Tensor, Tensor]:
        """(symbols, decoded coefficients) of a key slice: others look at it, its networks are not trained here."""
        with torch.no_grad():
            c = self.net.key.conditions(quality, torch.full_like(quality, kind))

            def choose(mean: Tensor, a: int, b: int) -> Tensor:
                return coded((source[:, a:b] - mean) / delta[:, a:b], a, kind)
            return self.net.key.rebuild(left if kind else None, c, g, delta, (source.shape[2], source.shape[3]), choose)[:2]

    def save(self, path: Path) -> None:
        tmp = path.with_suffix(".tmp")
        torch.save({"net": self._state(), "average": self.average, "rate": self.rate.state_dict(),
                    "opt": self.opt.state_dict(), "steps": self.steps, "seconds": self.seconds, "first": self.first,
                    "analysis": self.analysis, "torch": torch.get_rng_state()}, tmp)
        tmp.replace(path)

    def load(self, path: Path) -> None:
        s = torch.load(path, weights_only=True)
        self.net.load_state_dict({**self.net.state_dict(), **s["net"]})
        self.average = s["average"]
        self.rate.load_state_dict(s["rate"])
        self.steps, self.seconds = s["steps"], s["seconds"]
        self.first = int(s.get("first", 0))
        if bool(s.get("analysis", False)) == self.analysis:
            self.opt.load_state_dict(s["opt"])
        else:  # the other half's turn: start from the mean weights of what was learned so far
            self.net.load_state_dict({**self.net.state_dict(), **self.average})
            self.first = self.steps
        torch.set_rng_state(s["torch"])


def train(data: Path, out: Path = Path("runs/codec"), *, total: int = 1_000_000, minutes: float = 60, batch: int = 4, size: int = 128,
          lr: float = 1e-3, threads: int = 1, resume: bool = False, analysis: bool = False) -> Generator[Progress, None, JobResult]:
    """Train on `data/train` for `minutes` or until step `total`, then fit the entropy tables, measure on `data/val` and write weights
    with scorecards into `out`. Stopped early it keeps `out/state.pt`; `resume` goes on from there. Curves go to `out/curve.csv`."""
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(threads)
    clips = load(data / "train")
    yield from learn(clips, out, total=total, minutes=minutes, batch=batch, size=size, lr=lr, resume=resume, analysis=analysis)
    return (yield from ship(out / "state.pt", data, out, clips=clips))


def learn(clips: list[Clip], out: Path, *, total: int, minutes: float, batch: int, size: int, lr: float,
          resume: bool, analysis: bool = False) -> Generator[Progress, None, None]:
    """The gradient steps of `train`: leaves `out/state.pt`, also when stopped in between. Key slices are those of `key_weights(out)`."""
    state = out / "state.pt"
    t = Trainer(lr, analysis=analysis)
    t.net.key.load_state_dict(key_weights(out))
    if resume and state.exists():
        t.load(state)
    rng = random.Random(1000 + t.steps)
    feed = crops(clips, size, 16, rng)
    begin = saved = time.monotonic()
    total_stats, since = np.zeros((TYPES, 3)), 0
    try:
        while t.steps < total and time.monotonic() - begin < minutes * 60:
            t0 = time.monotonic()
            left = 1 - max((t.steps - t.first) / max(1, total - t.first), (t0 - begin) / (minutes * 60))
            stats = t.step([next(feed) for _ in range(batch)], [rng.randrange(QUALITIES) for _ in range(batch)], left)
            t.seconds += time.monotonic() - t0
            total_stats, since = total_stats + stats, since + 1
            if since == 25:
                row = [t.steps, round(t.seconds), *np.round(total_stats.sum(0) / since / 16, 4),
                       *np.round(total_stats[:, 0] / since / np.array([1, 2, 2, 4, 7]), 4)]
                with (out / "curve.csv").open("a", newline="") as f:
                    csv.writer(f).writerow(row)
                yield Progress(t.steps, total, f"loss {row[2]:.4f}  {row[3]:.4f} bpp  mse {row[4]:.2f}")
                total_stats, since = np.zeros((TYPES, 3)), 0
            if time.monotonic() - saved > 120:
                t.save(state)
                saved = time.monotonic()
    finally:
        t.save(state)
