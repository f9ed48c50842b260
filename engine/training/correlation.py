"""Trainer of the correlation network (`lorentz train correlation`).

Footage is coded by the codec at all qualities once; the organiser makes sets of tiles from what the decoder gives back; the network
learns the residual of every member. A run keeps its state (weights, moving average, optimiser, coded footage) in a run folder and goes on
from there: batches are a function of the step. Weights are shipped when they gain on validation clips in the mean at every quality.
"""
from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from engine.api import JobError, JobResult, Progress
from engine.correlation.model import TASK, VERSION, WEIGHTS, CorrelationModel, load_correlation
from engine.correlation.net import GREY, LUMA_CHANNELS, CorrelationConfig, CorrelationNet
from engine.lorentzian.model import fast_bf16, load_codec
from engine.resources import model_path
from engine.training.averaged import Averaged
from engine.training.codec_data import load
from engine.training.correlation_card import make_card
from engine.training.correlation_data import Batch, Pair, Sets, load_pairs, make_pairs, save_pairs
from engine.training.correlation_eval import measure, val_pairs
from engine.training.scorecard import write_atomically, write_scorecard

CONFIG = CorrelationConfig()
TILES, RATE, WARM_UP = 32, 1e-3, 150
RHO = 3e-4          # share of the error that a weight of one costs: patterns get a size, and weights that say little stay small
DECAY = 0.25        # share of a run, at its end, over which the rate falls to nothing
SAVE_EVERY = 200    # steps
FRESH = 3000        # steps on the same crops, then others are coded: after 23,600 on one set its crops were known by heart
RUN = Path("runs") / "correlation"


def best(patterns: Tensor, error: Tensor) -> Tensor:
    """Weights `[K]` of patterns `[K, pixels]` that leave least of `error` `[pixels]`."""
    eye = torch.eye(len(patterns), device=error.device)
    a, energy = patterns @ patterns.T, error.square().sum() + 1
    return torch.linalg.solve(a + (RHO * energy + 1e-5 * a.trace()) * eye, patterns @ error)


def as_shipped(weights: dict[str, Tensor], config: CorrelationConfig) -> bytes:
    """The weights file, in half precision."""
    half = {k: v.detach().cpu().half().contiguous() for k, v in weights.items()}
    return save(half, {"task": TASK, "version": VERSION, **config.as_text()})


class Trainer(Averaged):
    """State of a run. `most`: members of the largest sets (1 trains the single-set filter that sets are compared with)."""

    def __init__(self, pairs: list[Pair], most: int = 8, seed: int = 1, device: str = "cpu") -> None:
        torch.manual_seed(seed)
        self.device = device
        self.begin(CorrelationNet(CONFIG).to(device, memory_format=torch.channels_last), RATE, WARM_UP, 1e-4)
        self.most, self.seed = most, seed
        self.used: list[str] = []  # names of all crops that were learnt from
        self.take(pairs)
        self.bf16 = device == "cuda" or fast_bf16()

    def take(self, pairs: list[Pair]) -> None:
        """Learn from these from now on."""
        self.sets = Sets(pairs, TILES, self.most, self.seed)
        self.used += [p.name for p in pairs]

    def let_go(self) -> None:
        """Of all crops: there is not room for two sets of them and the footage that they are made from."""
        self.sets = Sets([], TILES, self.most, self.seed)

    def loss(self, batch: Batch) -> tuple[Tensor, float]:
        """(loss, decibels gained, luma 6/8 and chroma 2/8): the logarithm of the share of the squared error that stays under the weights
        that are best for the batch, as the writer will choose them for a window. Weights from one half of the sets for the other are too
        far from that: where one half is flat and the other is not, they lose half a decibel."""
        error = (batch.target - batch.cells) * GREY
        with torch.autocast(self.device, torch.bfloat16, enabled=self.bf16):
            made = self.net(batch.cells.contiguous(memory_format=torch.channels_last), batch.hand, batch.step, batch.factor, batch.members)
        parts = []
        for share, at in ((6 / 8, slice(LUMA_CHANNELS)), (2 / 8, slice(LUMA_CHANNELS, None))):
            p, e = made[:, :, at].transpose(0, 1).flatten(1), error[:, at].flatten()
            left = (e - best(p, e) @ p).square().sum()
            parts.append(share * torch.log((left + 1) / (e.square().sum() + 1)))
        total = torch.stack(parts).sum()
        return total, -10 / math.log(10) * float(total.detach())

    def step(self, rate: float) -> float:
        """One step; decibels that the batch gained."""
        b = self.sets.batch(self.steps)
        to = self.device
        batch = Batch(b.cells.to(to), b.hand.to(to), b.target.to(to), b.step.to(to), b.factor.to(to), b.members)
        loss, gained = self.loss(batch)
        self.follow(loss, rate)
        return gained

    def save(self, path: Path, **more: Any) -> None:
        super().save(path, used=self.used, **more)

    def load(self, path: Path) -> None:
        """ModelError when the checkpoint is of another network."""
        self.used = self.take_up(path, self.device).get("used") or self.used

    def shipped(self) -> bytes:
        """The averaged weights as the file that ships."""
        return as_shipped(self.average, CONFIG)


def train(data: Path, out: Path | None = None, minutes: float = 60.0, steps: int = 0, *, run: Path = RUN, resume: bool = False,
          seed: int = 1, threads: int = 1, device: str = "cpu", most: int = 8, pairs: list[Pair] | None = None,
          unseen: list[Pair] | None = None) -> Generator[Progress, None, JobResult]:
    """Trains for `minutes` (or `steps`), on other crops every FRESH steps, then measures on validation clips and writes `out` (default: the
    shipped weights) with its scorecard. `pairs`, `unseen`: instead of coding the footage of `data`. JobError when what was learned does not
    gain everywhere."""
    torch.set_num_threads(threads)
    last, given = run / "last.pt", pairs is not None
    known = int(torch.load(last, weights_only=True, map_location="cpu")["steps"]) if resume and last.exists() else 0
    if pairs is None:
        pairs = yield from _footage(data, run, resume, known // FRESH)
    trainer = Trainer(pairs, most, seed, device)
    del pairs  # the trainer lets go of them
    if known:
        trainer.load(last)
    began, first, total = time.monotonic(), trainer.steps, steps or 10**9
    gain = 0.0
    try:
        while trainer.steps < total:
            gone = (trainer.steps - first) / max(1, total - first) if steps else (time.monotonic() - began) / (60 * minutes)
            if gone >= 1:
                break
            if not given and trainer.steps > first and trainer.steps % FRESH == 0:
                _note(trainer, began, run)
                trainer.let_go()
                trainer.take((yield from _footage(data, run, True, trainer.steps // FRESH)))
            gained = trainer.step(min(1.0, max(0.02, (1 - gone) / DECAY)))
            gain += max(0.01, 1 / trainer.steps) * (gained - gain)
            if trainer.steps % SAVE_EVERY == 0:
                _note(trainer, began, run)
            yield Progress(trainer.steps, steps or 0, f"train, {gain:+.3f} dB")
    finally:
        _note(trainer, began, run)
    return (yield from ship(trainer, data, out or model_path(WEIGHTS), trainer.used, unseen))


def _note(trainer: Trainer, began: float, run: Path) -> None:
    kept = trainer.seconds
    trainer.seconds += time.monotonic() - began
    trainer.save(run / "last.pt")
    trainer.seconds = kept


def _footage(data: Path, run: Path, resume: bool, turn: int) -> Generator[Progress, None, list[Pair]]:
    """Crops of the training clips, others at each turn; the run folder keeps those of the last one."""
    kept = run / f"pairs-{turn}.pkl"
    if resume and kept.exists():
        return load_pairs(kept)
    for old in run.glob("pairs-*.pkl"):
        old.unlink()
    codec, pairs = load_codec(device="cpu"), []
    for pair in make_pairs(load(data / "train"), codec, seed=turn):
        pairs.append(pair)
        yield Progress(len(pairs), 0, f"code {pair.name}")
    if not pairs:
        raise JobError("no clip is long enough to learn from", where=str(data), hint="give clips of 16 frames or more")
    save_pairs(kept, pairs)
    return pairs


def ship(trainer: Trainer, data: Path, out: Path, used: list[str],
         unseen: list[Pair] | None = None) -> Generator[Progress, None, JobResult]:
    """Measures the averaged weights on validation clips and writes them with their scorecard, if they gain."""
    payload = trainer.shipped()
    net = CorrelationNet(CONFIG)
    net.load_state_dict({k: v.detach().cpu().half().float() for k, v in trainer.average.items()})
    model = CorrelationModel(net, hashlib.sha256(payload).hexdigest())
    rows: list[tuple[str, int, dict[str, float]]] = []
    for pair in unseen if unseen is not None else val_pairs(data, load_codec(device="cpu")):
        rows.append((pair.name, pair.quality, measure(model, pair)))
        yield Progress(len(rows), 0, f"measure {pair.name}")
    worst = [q for q in sorted({r[1] for r in rows}) if _mean(rows, q, "sets") < _mean(rows, q, "decoder")]
    if worst:
        raise JobError(f"what was learned loses at quality {', '.join(map(str, worst))}", where=str(out),
                       hint="train longer with --resume; nothing was written")
    write_atomically(out, payload)
    card = make_card(model, trainer.steps, trainer.seconds, rows, data, used)
    paths = write_scorecard(out, card)
    load_correlation(out, "cpu")
    facts = {f"gain at quality {q}": round(_mean(rows, q, "sets") - _mean(rows, q, "decoder"), 4) for q in sorted({r[1] for r in rows})}
    return JobResult((str(out), *map(str, paths)), {"steps": trainer.steps, "sha256": model.hash, **facts})


def _mean(rows: list[tuple[str, int, dict[str, float]]], quality: int, way: str) -> float:
    found = [r[2][way] for r in rows if r[1] == quality]
    return sum(found) / len(found)


__all__ = ["Trainer", "ship", "train"]
