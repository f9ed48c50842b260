"""Trainer of the networks of key slices: chains of frames, the first starting anew, each other predicted from the one before.

Errors of one slice are what the next one sees: networks that only ever meet the second of a chain lose most of their gain by the tenth.

The first part of `lorentz train codec`; its state is `key.pt` in the folder of the run.
"""
from __future__ import annotations

import csv
import random
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.api import Progress
from engine.lorentzian.keynet import KeyNet
from engine.lorentzian.schedule import QUALITIES
from engine.lorentzian.slices import Reference
from engine.training.codec_data import Clip, crops
from engine.training.codec_loop import Scored, SliceTrainer, coded

Planes = list[np.ndarray]
EARLY = 0.1  # weight of the errors of pictures that end at coarser levels
STILLS = 0.25  # share of photographs among the chains
# (slices of a chain, frames from one to the next), drawn in turn: near ones are what footage in motion is coded with.
CHAINS = ((2, 8), (8, 1), (4, 8), (8, 1), (2, 4), (8, 2), (6, 4), (12, 1))
COARSER = (0, 3, 6)  # qualities by which the steps after the first slice are coarser


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

    def chain(self, batch: list[list[Planes]], qualities: list[int], coarser: int, left: float, total: int) -> np.ndarray:
        """Updates, one for every two slices, from a chain of every crop, up to step `total`. Returns loss, bits, squared error `[3, 3]` of
        first slices, of second ones, and of the last."""
        last: list[Reference] = []
        last_sym: Tensor | None = None
        stats = np.zeros((3, 3))
        length = len(batch[0])
        self.opt.zero_grad(set_to_none=True)
        for k in range(length):
            last, last_sym, st = self.chunk([b[k:k + 1] for b in batch], qualities, k == 0, last, last_sym, coarser if k else 0)
            stats[[k == 0, k == 1, k == length - 1]] = st[min(k, 1)]
            if k % 2:
                self.update(left)
                self.opt.zero_grad(set_to_none=True)
                if self.steps >= total:
                    break
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


def feed(clips: list[Clip], pictures: list[Planes], size: int, rng: random.Random, length: int, apart: int) -> Iterator[list[Planes]]:
    """Endless chains of `length` crops `apart` frames from each other; photographs as a window that moves."""
    films = crops(clips, size, (length - 1) * apart + 1, rng)
    while True:
        if pictures and rng.random() < STILLS:
            p = rng.choice(pictures)
            h, w = p[0].shape
            y, x = (rng.randrange((n - size) // 2 + 1) * 2 for n in (h, w))
            vy, vx = (rng.randrange(-apart, apart + 1) for _ in range(2))
            f = rng.choice((1, -1))
            out = []
            for k in range(length):
                t, s = (max(0, min((n - size) // 2, o // 2 + k * v)) * 2 for n, o, v in ((h, y, vy), (w, x, vx)))
                out.append([np.ascontiguousarray(a[t // d:(t + size) // d, s // d:(s + size) // d][:, ::f])
                            for a, d in zip(p, (1, 2, 2), strict=True)])
            yield out
        else:
            yield next(films)[::apart]


def learn(clips: list[Clip], pictures: list[Planes], out: Path, *, minutes: float, resume: bool, total: int = 1_000_000, lr: float = 1e-3,
          batch: int = 8, size: int = 128) -> Generator[Progress, None, None]:
    """Train for `minutes` or until step `total`; leaves `out/key.pt`, also when stopped in between, and `out/key_curve.csv`."""
    state = out / "key.pt"
    t = KeyTrainer(lr)
    if resume and state.exists():
        t.load(state)
    rng = random.Random(77 + t.steps)
    longest = max(len(c.y) for c in clips)
    sources = [feed(clips, pictures, size, rng, *shape) for shape in CHAINS if (shape[0] - 1) * shape[1] < longest]
    begin = saved = counted = time.monotonic()
    sums, chains = np.zeros((3, 3)), 0
    try:
        while (spent := time.monotonic() - begin) < minutes * 60 and t.steps < total:
            qualities, coarser = [rng.randrange(QUALITIES) for _ in range(batch)], rng.choice(COARSER)
            source = sources[chains % len(sources)]
            sums += t.chain([next(source) for _ in range(batch)], qualities, coarser, 1 - spent / (minutes * 60), total)
            chains += 1
            if chains % (4 * len(sources)) == 0:
                row = [t.steps, round(t.seconds), *np.round(sums.reshape(-1) / (4 * len(sources)), 4)]
                with (out / "key_curve.csv").open("a", newline="") as f:
                    csv.writer(f).writerow(row)
                yield Progress(t.steps, total, f"key slices: bits {row[6]:.4f}, squared error {row[7]:.2f}")
                sums[:] = 0
            t.seconds += time.monotonic() - counted
            counted = time.monotonic()
            if counted - saved > 120:
                t.save(state)
                saved = counted
    finally:
        t.save(state)

