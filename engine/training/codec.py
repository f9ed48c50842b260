"""`lorentz train codec`: the networks of key slices (`codec_key`), then those between: the whole encoder loop on crops of sixteen frames.

Random qualities; the second part looks at key slices as the first left them. Resumable to the step: optimiser, random states and weights
are in the checkpoints, `key.pt` and `state.pt`.
"""
from __future__ import annotations

import csv
import random
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from engine.api import JobResult, Progress
from engine.lorentzian.nets import LorentzianNet
from engine.lorentzian.schedule import KINDS, QUALITIES, TYPES
from engine.lorentzian.slices import STAGES, Reference
from engine.training import codec_key
from engine.training.codec_data import Clip, crops, load
from engine.training.codec_loop import Scored, SliceTrainer, coded
from engine.training.codec_ship import key_weights, ship

Part = Literal["key", "between", "all"]
KEY_SHARE = 0.5  # of the minutes, where both parts are trained
KEY = "key."  # names of the parameters of the networks of key slices


class Trainer(SliceTrainer[LorentzianNet]):
    """Learns all networks but those of key slices."""

    def __init__(self, lr: float, device: str = "cpu", analysis: bool = False) -> None:
        """`analysis`: learn what to code (encoder only), with everything that the decoder shares held still.

        Learned together with straight-through rounding alone, the analysis coded too much (a third more bits at equal quality).
        """
        self.analysis = analysis
        net = LorentzianNet()
        net.key.eval()
        for name, p in net.named_parameters():
            p.requires_grad_(name.startswith("ana_") if analysis else not name.startswith(KEY))
        super().__init__(net, lr, device)

    def learned(self) -> dict[str, Tensor]:
        return {k: v for k, v in self.net.state_dict().items() if not k.startswith(KEY)}

    def facts(self) -> dict[str, Any]:
        return {"analysis": self.analysis}

    def slice_loss(self, left: Tensor, right: Tensor, source: Tensor, quality: Tensor, delta: Tensor, g: Tensor, lam: Tensor, kind: int,
                   ref: Tensor) -> Scored:
        if kind in KINDS:
            symbols, rec = self._key_slice(left, source, quality, delta, g, kind)
            return torch.zeros(()), symbols, rec, torch.zeros(2)
        c, features, value, symbols, soft = self._between(left, right, source, quality, delta, g, kind)
        rec = self.net.finish(left, right, features, value, symbols, c, g)
        return self.scored(symbols, soft, rec, source, quality, lam, kind, ref)

    def _between(self, left: Tensor, right: Tensor, source: Tensor, quality: Tensor, delta: Tensor, g: Tensor,
                 kind: int) -> tuple[Tensor, ...]:
        """(conditions, features, value before synthesis, symbols, noisy symbols for the rate) of a slice between key slices."""
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
        return c, features, torch.cat(parts, 1), torch.cat(sym, 1), torch.cat(soft, 1)

    def _key_slice(self, left: Tensor, source: Tensor, quality: Tensor, delta: Tensor, g: Tensor, kind: int) -> tuple[Tensor, Tensor]:
        """(symbols, decoded coefficients) of a key slice: others look at it, its networks are not trained here."""
        with torch.no_grad():
            c = self.net.key.conditions(quality, torch.full_like(quality, kind))

            def choose(mean: Tensor, a: int, b: int) -> Tensor:
                return coded((source[:, a:b] - mean) / delta[:, a:b], a, kind)
            return self.net.key.rebuild(left if kind else None, c, g, delta, (source.shape[2], source.shape[3]), choose)[:2]

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


def train(data: Path, out: Path = Path("runs/codec"), *, total: int = 1_000_000, minutes: float = 60, batch: int = 4, size: int = 128,
          lr: float = 1e-3, threads: int = 1, resume: bool = False, analysis: bool = False,
          part: Part = "all") -> Generator[Progress, None, JobResult]:
    """Train on `data/train` for `minutes` in all, or each `part` until step `total`, then fit the entropy tables, measure on `data/val` and
    write weights with scorecards into `out`. Stopped early it keeps `out/key.pt` and `out/state.pt`; `resume` goes on from there. Curves go
    to `out/key_curve.csv` and `out/curve.csv`. `part` "key" alone ships nothing."""
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(threads)
    clips = load(data / "train")
    if part != "between":
        share = KEY_SHARE if part == "all" else 1.0
        yield from codec_key.learn(clips, codec_key.stills(data / "train" / "image"), out, minutes=share * minutes, resume=resume,
                                   total=total, lr=lr, size=size)
        if part == "key":
            return JobResult((str(out / "key.pt"),), {"part": part})
        minutes *= 1 - share
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
