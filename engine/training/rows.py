"""Trainer of the correlation networks for general data (`lorentz train correlation_data`): series, then bands.

As with pictures, a network has to find directions in which the error lies, not the error: for each member of a batch the patterns are
weighed by ridge regression, through which the gradient goes, and the loss is the logarithm of the share of the error that stays. A run
keeps its state in a run folder and goes on from there. Weights ship where they gain more on held-back data than the given patterns alone.
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
from engine.correlation.net import CorrelationNet
from engine.correlation.rows import CONFIG, FORMS, VERSION, RowsModel, load_rows, task
from engine.resources import models_dir
from engine.training.averaged import Averaged
from engine.training.rows_card import make_card
from engine.training.rows_data import Made, Sets
from engine.training.rows_eval import SHARES, held_back, measure
from engine.training.scorecard import write_atomically, write_scorecard

MEMBERS, RATE, WARM_UP = 48, 2e-3, 100
RHO = 1e-4         # share of the error that a weight of one costs
DECAY = 0.3        # share of a run, at its end, over which the rate falls to nothing
FRESH = 400        # steps on the same sets, then others are made
SAVE_EVERY = 100
RUN = Path("runs") / "correlation_data"


def left(patterns: Tensor, error: Tensor) -> Tensor:
    """`[N]`: squared error that stays of `error` `[N, samples]` under the weights of patterns `[N, K, samples]` that are best for each."""
    a, energy = patterns @ patterns.transpose(1, 2), error.square().sum(1) + 1e-3
    ridge = RHO * energy + 1e-5 * a.diagonal(dim1=1, dim2=2).sum(1)
    weights = torch.linalg.solve(a + ridge[:, None, None] * torch.eye(a.shape[1]), patterns @ error[:, :, None])
    return (error - (weights.transpose(1, 2) @ patterns)[:, 0]).square().sum(1)


def loss_of(net: CorrelationNet, batch: Made, members: int) -> tuple[Tensor, float]:
    """(loss, decibels that the members gain in the mean)."""
    made = net(batch.cells, batch.hand, batch.rough, 1 / batch.rough, members).flatten(2)
    error = batch.error.flatten(1)
    share = torch.log((left(made, error) + 1e-3) / (error.square().sum(1) + 1e-3))
    return share.mean(), -10 / math.log(10) * float(share.mean().detach())


class Trainer(Averaged):
    """State of the run of one kind, "series" or "bands"."""

    def __init__(self, data: Path, kind: str, seed: int = 1) -> None:
        torch.manual_seed(seed)
        self.data, self.kind, self.seed = data, kind, seed
        self.begin(CorrelationNet(CONFIG, FORMS[kind]), RATE, WARM_UP, 1e-3)
        self._turn = -1
        self.sets: Sets | None = None

    def step(self, rate: float) -> float:
        """One step; decibels that the batch gained."""
        turn = self.steps // FRESH
        if self.sets is None or turn != self._turn:
            self.sets, self._turn = Sets(self.data, self.kind, 1000 * self.seed + turn, MEMBERS), turn
        batch, members = self.sets.batch(self.steps)
        loss, gained = loss_of(self.net, batch, members)
        self.follow(loss, rate)
        return gained

    def load(self, path: Path) -> None:
        """ModelError when the checkpoint is of another network."""
        self.take_up(path)

    def shipped(self) -> tuple[bytes, RowsModel]:
        """The averaged weights as the file that ships, in half precision, and what a reader makes of it."""
        half = {k: v.detach().half().contiguous() for k, v in self.average.items()}
        payload = save(half, {"task": task(self.kind), "version": VERSION, **CONFIG.as_text()})
        net = CorrelationNet(CONFIG, FORMS[self.kind])
        net.load_state_dict({k: v.float() for k, v in half.items()})
        return payload, RowsModel(net, hashlib.sha256(payload).hexdigest())


def train(data: Path, out: Path | None = None, minutes: float = 20.0, steps: int = 0, *, run: Path = RUN, resume: bool = False,
          seed: int = 1, threads: int = 1, kinds: tuple[str, ...] = ("series", "bands")) -> Generator[Progress, None, JobResult]:
    """Trains each network for its share of `minutes` (or for `steps`), measures on held-back data and writes weights and scorecard into the
    folder `out` (default: the shipped one). JobError where one does not gain."""
    torch.set_num_threads(threads)
    outputs: list[str] = []
    facts: dict[str, Any] = {}
    for kind in kinds:
        trainer = Trainer(data, kind, seed)
        last = run / f"{kind}.pt"
        if resume and last.exists():
            trainer.load(last)
        yield from _run(trainer, last, 60 * minutes / len(kinds), steps)
        paths, facts[kind] = yield from ship(trainer, data, (out or models_dir()) / f"{task(kind)}.safetensors")
        outputs += paths
    return JobResult(tuple(outputs), facts)


def _run(trainer: Trainer, last: Path, seconds: float, steps: int) -> Generator[Progress, None, None]:
    began, first, kept, gain = time.monotonic(), trainer.steps, trainer.seconds, 0.0
    try:
        while True:
            gone = (trainer.steps - first) / max(1, steps - first) if steps else (time.monotonic() - began) / seconds
            if gone >= 1 or (steps and trainer.steps >= steps):
                break
            try:
                gained = trainer.step(min(1.0, max(0.02, (1 - gone) / DECAY)))
            except ValueError as nothing:
                raise JobError(str(nothing), where=str(trainer.data), hint="it needs train/sensor/*.csv and train/cube/*.raw") from nothing
            gain += max(0.01, 1 / trainer.steps) * (gained - gain)
            trainer.seconds = kept + time.monotonic() - began
            if trainer.steps % SAVE_EVERY == 0:
                trainer.save(last)
            yield Progress(trainer.steps, steps, f"train {trainer.kind}, {gain:+.3f} dB")
    finally:
        trainer.save(last)


def ship(trainer: Trainer, data: Path, out: Path) -> Generator[Progress, None, tuple[list[str], dict[str, Any]]]:
    """Measures the averaged weights on held-back data and writes them with their scorecard, if they gain more than the given patterns do
    alone."""
    payload, model = trainer.shipped()
    rows: list[tuple[str, float, dict[str, Any]]] = []
    for name, x in held_back(data, trainer.kind):
        for share in SHARES:
            rows.append((name, share, measure(model, x, share)))
            yield Progress(len(rows), 0, f"measure {name}")
    given, learned = (sum(r[way]["dB"] for _, _, r in rows) / max(1, len(rows)) for way in ("given", "network"))
    if rows and learned <= given:
        raise JobError(f"what was learned for {trainer.kind} gains nothing: {learned:+.3f} dB against {given:+.3f} of the given patterns",
                       where=str(out), hint="train longer with --resume; nothing was written")
    write_atomically(out, payload)
    paths = write_scorecard(out, make_card(model, trainer.kind, trainer.steps, trainer.seconds, rows, data))
    load_rows(trainer.kind, out)
    return [str(out), *map(str, paths)], {"steps": trainer.steps, "sha256": model.hash, "given dB": round(given, 4),
                                          "network dB": round(learned, 4)}


__all__ = ["Trainer", "loss_of", "ship", "train"]
