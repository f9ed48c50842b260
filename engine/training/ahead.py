"""Trainer of the network that looks ahead in time (`python -m engine.training.ahead DATA`): minutes on one core.

It learns on moving crops of `train/` to mix standing, moved and softened pictures so that the error 1 to 8 frames ahead is least, every
crop counting by its PSNR. What it made is measured on `val/` against repeating the last picture, and shipped when it is better than
what is there.
"""
from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from engine.api import ModelError
from engine.diffusor.ahead import TASK, VERSION, WEIGHTS, AheadModel, AheadNet, Motion, candidates, features, load_ahead, mixed
from engine.diffusor.flow import carried_on
from engine.resources import model_path

from .ahead_eval import means, measure
from .data import Clip, dataset, load_clips
from .detail_eval import Row
from .scorecard import data_facts, hardware, write_atomically, write_scorecard

CROP, BATCH = 160, 4
HORIZONS = (1, 2, 4, 8)


class Crops:
    """Endless, repeatable triples of neighbouring and later crops, of places where something moves."""

    def __init__(self, clips: list[Clip], seed: int) -> None:
        self.clips = [c for c in clips if len(c.y) > HORIZONS[-1] + 1 and min(c.y.shape[1:]) >= CROP]
        self.seed = seed

    def at(self, step: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(before, last, later) `[B, 1, s, s]` and frames ahead `[B]`."""
        rng = np.random.default_rng([self.seed, step])
        rows: list[tuple[np.ndarray, int]] = []
        while len(rows) < BATCH:
            clip = self.clips[int(rng.integers(len(self.clips)))].y
            ahead = int(rng.choice(HORIZONS))
            t = 1 + int(rng.integers(len(clip) - 1 - ahead))
            y, x = (int(rng.integers(s - CROP + 1)) for s in clip.shape[1:])
            cut = np.stack([clip[n, y:y + CROP, x:x + CROP] for n in (t - 1, t, t + ahead)]).astype(np.float32)
            if np.abs(cut[0] - cut[1]).mean() > 0.5 or rng.random() < 0.15:
                if rng.random() < 0.5:
                    cut = cut[..., ::-1].copy()
                if rng.random() < 0.5:
                    cut = cut[:, ::-1].copy()
                rows.append((cut, ahead))
        stack = torch.from_numpy(np.stack([r[0] for r in rows]))
        return stack[:, 0:1], stack[:, 1:2], stack[:, 2:3], torch.tensor([r[1] for r in rows])


def loss_of(net: AheadNet, before: Tensor, last: Tensor, later: Tensor, ahead: Tensor) -> Tensor:
    """Mean over crops of the logarithm of the squared error: what PSNR counts."""
    with torch.no_grad():
        motion = Motion.of(before, last)
        offset = torch.cat([carried_on(motion.back[n:n + 1], float(h)) for n, h in enumerate(ahead)])
        pictures = candidates(last, offset, 2)
        seen = features(motion, offset, pictures, ahead)
    error = ((mixed(pictures, net(seen)) - later) ** 2)[..., 8:-8, 8:-8].mean((1, 2, 3))
    return torch.log(error + 0.5).mean()


def train(clips: list[Clip], steps: int, seed: int = 1, rate: float = 3e-3) -> AheadNet:
    """`steps` steps of Adam with a falling rate; prints where it stands."""
    torch.manual_seed(seed)
    net, crops, began = AheadNet(), Crops(clips, seed), time.monotonic()
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    total = 0.0
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 20) * (1 - step / steps)
        loss = loss_of(net, *crops.at(step))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total += float(loss.detach())
        if step % 50 == 49:
            print(f"{step + 1}/{steps} loss {total / 50:.4f}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            total = 0.0
    return net


def card_of(model: AheadModel, data: bytes, figures: dict[int, Row], folder: Path, steps: int, minutes: float) -> dict[str, Any]:
    """What a reader needs to judge the weights."""
    facts = data_facts(folder, dataset(folder, "train", images=False))
    header = ["frames ahead", "last frame PSNR", "moved on", "ours", "last frame MS-SSIM", "moved on", "ours"]
    rows = [[str(h), *(f"{v[k]:.2f}" for k in ("stand psnr", "moved psnr", "ours psnr")),
             *(f"{v[k]:.4f}" for k in ("stand ms_ssim", "moved ms_ssim", "ours ms_ssim"))] for h, v in figures.items()]
    return {
        "title": "Prediction in time", "task": TASK,
        "summary": "Mixes standing, moved and softened pictures into the ones after the last that was decoded.",
        "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "parameters": sum(p.numel() for p in model.net.parameters()),
        "steps": steps, "hours": minutes / 60, **hardware(), "command": f"python -m engine.training.ahead DATA --steps {steps}",
        "measure_again": "python -m benchmarks.run --only ahead", "figures": figures,
        "tables": {"luma, val, where clips move before and after": (header, rows)},
        "limits": ["motion goes on as it was: nothing turns, stops, or enters the picture", "softens what it cannot know"],
        "sources": sorted({f"{f['source_repo'] or f['file']} ({f['licence'] or 'licence unknown'}; {f['attribution']})" for f in facts}),
        "training_data": facts,
    }


def main(arguments: list[str] | None = None) -> int:
    """Command line of the trainer."""
    parser = argparse.ArgumentParser(prog="python -m engine.training.ahead", description="Trains the prediction in time.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=model_path(WEIGHTS))
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=640, help="longer side that clips are reduced to")
    a = parser.parse_args(arguments)
    torch.set_num_threads(1)
    began = time.monotonic()
    sources = [p for p in dataset(a.data, "train", images=False) if p.stat().st_size < 12 << 20]
    net = train(load_clips(sources, 24, a.size, every=1), a.steps, a.seed)
    data = save({k: v.contiguous() for k, v in net.state_dict().items()}, {"task": TASK, "version": VERSION})
    model = AheadModel(net.eval().requires_grad_(False), hashlib.sha256(data).hexdigest())
    unseen = dataset(a.data, "val", images=False)
    figures = means(measure(model, unseen))
    try:
        standing = means(measure(load_ahead(a.out), unseen))
    except ModelError:
        standing = {}
    if standing and sum(v["ours psnr"] for v in figures.values()) <= sum(v["ours psnr"] for v in standing.values()):
        print("kept what is there", file=sys.stderr)
        return 0
    write_atomically(a.out, data)
    write_scorecard(a.out, card_of(model, data, figures, a.data, a.steps, (time.monotonic() - began) / 60))
    print("shipped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
