"""Trainer of the networks of key slices: pairs of frames, the first starting anew, the second predicted from it.

Run `python -m engine.training.codec_key DATA --out runs/key --minutes 60 [--resume]`; copied to `key.pt` of a codec run's folder, its
`state.pt` takes part in that run and is shipped with it.
"""
from __future__ import annotations

import argparse
import csv
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.lorentzian.keynet import KeyNet
from engine.lorentzian.schedule import QUALITIES
from engine.lorentzian.slices import Reference
from engine.training.codec_data import Clip, crops, load
from engine.training.codec_loop import Scored, SliceTrainer, coded

Planes = list[np.ndarray]
EARLY = 0.1  # weight of the errors of pictures that end at coarser levels
STILLS = 0.25  # share of photographs among the pairs


class KeyTrainer(SliceTrainer[KeyNet]):
    """Learns the networks of key slices."""

    def __init__(self, lr: float, device: str = "cpu") -> None:
        super().__init__(KeyNet(), lr, device)

    def slice_loss(self, left: Tensor, right: Tensor, source: Tensor, quality: Tensor, delta: Tensor, g: Tensor, lam: Tensor, kind: int,
                   ref: Tensor) -> Scored:
        net = self.net
        c = net.conditions(quality, torch.full_like(quality, kind))
        soft: dict[tuple[int, int], list[Tensor]] = {}

        def choose(mean: Tensor, a: int, b: int) -> Tensor:
            v = (source[:, a:b] - mean) / delta[:, a:b]
            soft.setdefault((a, b), []).append(v + torch.rand_like(v) - 0.5)
            return v + (coded(v.detach(), a, kind) - v).detach()

        size = (source.shape[2], source.shape[3])
        symbols, rec, ends = net.rebuild(left if kind else None, c, g, delta, size, choose)
        odd = (torch.arange(size[0])[:, None] + torch.arange(size[1]) + 1) % 2 == 0
        parts = [v[0] if len(v) == 1 else torch.where(odd, v[1], v[0]) for _, v in sorted(soft.items())]
        early = EARLY * torch.stack([self.error(e, source - net.shift) for e in ends]).sum(0)
        return self.scored(symbols, torch.cat(parts, 1), rec, source, quality, lam, kind, ref, early)

    def pairs(self, batch: list[list[Planes]], qualities: list[int], left: float) -> np.ndarray:
        """One update from one pair of every crop. Returns loss, bits and squared error of types 0 and 1."""
        self.opt.zero_grad(set_to_none=True)
        last: list[Reference] = []
        last_sym: Tensor | None = None
        stats = np.zeros((2, 3))
        for k in range(2):
            last, last_sym, st = self.chunk([b[k:k + 1] for b in batch], qualities, k == 0, last, last_sym)
            stats += st[:2]
        self.update(left)
        return stats


def stills(folder: Path) -> list[Planes]:
    """Photographs as (y, u, v) planes of even size."""
    import av

    out = []
    for p in sorted(folder.glob("*.png")):
        with av.open(str(p)) as c:
            f = next(c.decode(video=0))
        w, h = f.width // 16 * 16, f.height // 16 * 16
        a = f.reformat(width=f.width, height=f.height, format="yuv444p").to_ndarray().astype(np.float32)[:, :h, :w]
        out.append([a[0], *(a[k].reshape(h // 2, 2, w // 2, 2).mean((1, 3)) for k in (1, 2))])
    return out


def feed(clips: list[Clip], pictures: list[Planes], size: int, rng: random.Random) -> Iterator[list[Planes]]:
    """Endless pairs of crops 1 to 8 frames apart; photographs as a window that moves."""
    films = crops(clips, size, 9, rng)
    while True:
        if pictures and rng.random() < STILLS:
            p = rng.choice(pictures)
            h, w = p[0].shape
            y, x = (rng.randrange((n - size) // 2 + 1) * 2 for n in (h, w))
            dy, dx = (max(0, min(n - size, o + rng.randrange(-8, 9) * 2)) for n, o in ((h, y), (w, x)))
            f = rng.choice((1, -1))
            yield [[np.ascontiguousarray(a[t // d:(t + size) // d, s // d:(s + size) // d][:, ::f])
                    for a, d in zip(p, (1, 2, 2), strict=True)] for t, s in ((y, x), (dy, dx))]
        else:
            c = next(films)
            yield [c[0], c[rng.choice((8, 8, 8, 4, 2, 1))]]


def learn(clips: list[Clip], pictures: list[Planes], out: Path, minutes: float, resume: bool, *, lr: float = 1e-3, batch: int = 8,
          size: int = 128, total: int = 1_000_000) -> None:
    """Train for `minutes` or until step `total`; leaves `out/state.pt` and `out/curve.csv`."""
    out.mkdir(parents=True, exist_ok=True)
    state = out / "state.pt"
    t = KeyTrainer(lr)
    if resume and state.exists():
        t.load(state)
    rng = random.Random(77 + t.steps)
    source = feed(clips, pictures, size, rng)
    begin = saved = counted = time.monotonic()
    sums = np.zeros((2, 3))
    try:
        while (spent := time.monotonic() - begin) < minutes * 60 and t.steps < total:
            qualities = [rng.randrange(QUALITIES) for _ in range(batch)]
            sums += t.pairs([next(source) for _ in range(batch)], qualities, 1 - spent / (minutes * 60))
            if t.steps % 50 == 0:
                row = [t.steps, round(t.seconds), *np.round(sums.reshape(-1) / 50, 4)]
                with (out / "curve.csv").open("a", newline="") as f:
                    csv.writer(f).writerow(row)
                print(*row, flush=True)
                sums[:] = 0
            t.seconds += time.monotonic() - counted
            counted = time.monotonic()
            if counted - saved > 120:
                t.save(state)
                saved = counted
    finally:
        t.save(state)


if __name__ == "__main__":
    a = argparse.ArgumentParser(description="train the networks of key slices")
    a.add_argument("data", type=Path)
    a.add_argument("--out", type=Path, default=Path("runs/key"))
    a.add_argument("--minutes", type=float, default=60)
    a.add_argument("--threads", type=int, default=1)
    a.add_argument("--resume", action="store_true")
    o = a.parse_args()
    torch.set_num_threads(o.threads)
    learn(load(o.data / "train"), stills(o.data / "train" / "image"), o.out, o.minutes, o.resume)
