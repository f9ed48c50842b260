"""The design that ships as one of those of `designs.py`: trained by the project's own trainers, from nothing."""
from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.lorentzian.model import CodecModel
from engine.lorentzian.nets import LorentzianNet
from engine.lorentzian.schedule import QUALITIES
from engine.lorentzian.tables import Tables
from engine.training import codec, codec_key, entropy
from engine.training.codec_data import Clip, crops

from .design_train import BATCH, FRAMES, SIZE, Design, Planes

TABLE_CLIPS = 4  # training clips that the starting tables are fitted on


class Shipped(Design):
    """The design that ships, from networks without effect: tables fitted first, then `codec_key` and `codec` for half of each span."""

    def __init__(self, clips: list[Clip], pictures: list[Planes]) -> None:
        self.clips, self.pictures = clips, pictures
        self.tables: Tables | None = None
        torch.manual_seed(1)
        self.key, self.between = codec_key.KeyTrainer(1e-3), codec.Trainer(1e-3)

    def fit_tables(self) -> None:
        begin = time.process_time()
        chosen = random.Random(3).sample(self.clips, TABLE_CLIPS)
        walk = entropy.fit(CodecModel(LorentzianNet().eval(), Tables.untrained()), chosen, 1)
        while True:
            try:
                next(walk)
            except StopIteration as end:
                self.tables = end.value
                break
        self.seconds += time.process_time() - begin

    def go(self, until: float) -> None:
        if self.tables is None:
            self.fit_tables()
        for part, end in ((self.learn_key, (self.seconds + until) / 2), (self.learn_between, until)):
            begin, had = time.process_time(), self.seconds
            for _ in part():
                self.seconds = had + time.process_time() - begin
                if self.seconds >= end:
                    break
        self.steps = self.key.steps + self.between.steps

    def learn_key(self) -> Iterator[None]:
        rng = random.Random(77 + self.key.steps)
        longest = max(len(c.y) for c in self.clips)
        feeds = [codec_key.feed(self.clips, self.pictures, SIZE, rng, *c) for c in codec_key.CHAINS if (c[0] - 1) * c[1] < longest]
        n = 0
        while True:
            feed = feeds[n % len(feeds)]
            n += 1
            self.key.chain([next(feed) for _ in range(8)], [rng.randrange(QUALITIES) for _ in range(8)], rng.choice(codec_key.COARSER),
                           1.0, 1 << 30)
            yield

    def learn_between(self) -> Iterator[None]:
        self.between.net.key.load_state_dict(self.key.average)
        rng = random.Random(1000 + self.between.steps)
        feed = crops(self.clips, SIZE, FRAMES, rng)
        while True:
            self.between.step([next(feed) for _ in range(BATCH)], [rng.randrange(QUALITIES) for _ in range(BATCH)], 1.0)
            yield

    def kept(self) -> dict[str, Any]:
        assert self.tables is not None
        return {"net": {**self.between.average, **{f"key.{k}": v for k, v in self.key.average.items()}},
                "tables": {k: torch.from_numpy(getattr(self.tables, k).astype(np.int64)) for k in ("prob", "count", "weight")}}

    def state(self) -> dict[str, Any]:
        return {**self.kept(), **{name: {"net": t.net.state_dict(), "average": t.average, "rate": t.rate.state_dict(),
                                         "opt": t.opt.state_dict(), "steps": t.steps, "usual": t.usual}
                                  for name, t in (("key", self.key), ("between", self.between))}}

    def resume(self, state: dict[str, Any]) -> None:
        self.tables = tables(state["tables"])
        for name, t in (("key", self.key), ("between", self.between)):
            s = state[name]
            t.net.load_state_dict(s["net"])
            t.rate.load_state_dict(s["rate"])
            t.opt.load_state_dict(s["opt"])
            t.average, t.steps, t.usual = s["average"], s["steps"], s["usual"]


def tables(parts: dict[str, Tensor]) -> Tables:
    blank = Tables.untrained()
    return Tables(*(parts[k].numpy().astype(getattr(blank, k).dtype) for k in ("prob", "count", "weight")), blank.stretch, blank.squash)
