"""Trainers of `designs.py`: each design from its start for the same processor time on the same crops, kept at several points of it.

The learning rate stays what it is and what is kept is a running mean of the weights, so what is kept at a point is what training for so
long would have left. A run that was stopped goes on.
"""
from __future__ import annotations

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.lorentzian import search
from engine.lorentzian.model import fast_bf16
from engine.lorentzian.planes import inverse
from engine.lorentzian.schedule import QUALITIES, lagrangian, step
from engine.lorentzian.slices import Field, Reference, aligned, to_coefficients
from engine.lorentzian.transform import IS_CHROMA
from engine.lorentzian.worth import MOTION_PRICE
from engine.training.codec_data import Clip, crops
from engine.training.codec_loop import CHROMA_WEIGHT

from .design_nets import CHUNK, ChunkNet, FrameNet, to_pixels

LEAST = 45.0  # seconds of training before anything is kept
SIZE, FRAMES, BATCH, RATE = 128, 16, 4, 5e-4
SETTLE = 6  # batches that Laplace scales start from
Planes = list[np.ndarray]


class Design(ABC):
    """One run: `go` trains until processor second `until`, `state` is all that a later process needs."""

    seconds = 0.0
    steps = 0

    @abstractmethod
    def go(self, until: float) -> None: ...

    @abstractmethod
    def kept(self) -> dict[str, Any]:
        """What is measured: weights."""

    @abstractmethod
    def state(self) -> dict[str, Any]: ...

    @abstractmethod
    def resume(self, state: dict[str, Any]) -> None: ...


class Learner(Design):
    """Designs with a network of `design_nets`: loss D / lambda + R over what is usual for the quality, as in `codec_loop`."""

    def __init__(self, net: ChunkNet | FrameNet, clips: list[Clip]) -> None:
        self.net, self.clips = net.train(), clips
        outer = {id(p) for p in net.outer()}
        start = [p for p in net.parameters() if id(p) in outer]
        vectors = [p for p in net.parameters() if p.ndim <= 2 and id(p) not in outer and not isinstance(p, nn.Linear)]
        rest = [p for p in net.parameters() if p.ndim > 2]
        self.opt = torch.optim.AdamW([{"params": rest}, {"params": vectors, "lr": 3 * RATE}, {"params": start, "lr": self.outer_rate()}],
                                     lr=RATE, weight_decay=1e-5, betas=(0.9, 0.98))
        self.average = {k: v.detach().clone() for k, v in net.state_dict().items()}
        self.usual = torch.zeros(2, 8)
        if clips:
            self.settle()

    def outer_rate(self) -> float:
        return RATE

    @abstractmethod
    def passes(self, sample: list[list[Planes]], quality: Tensor) -> Iterator[tuple[bool, Tensor, Tensor, Tensor, Tensor]]:
        """(whether nothing came before, squared error per pixel `[N]`, bits per pixel `[N]`, source less what it is taken to be, steps)
        of what is coded one after the other."""

    def settle(self) -> None:
        """Laplace scales start at the mean magnitudes of a few crops."""
        feed, sums = crops(self.clips, SIZE, FRAMES, random.Random(5)), torch.zeros_like(self.net.prior.spread)
        count = [0, 0]
        with torch.no_grad():
            for _ in range(SETTLE):
                for first, _, _, rest, _ in self.passes([next(feed) for _ in range(BATCH)], torch.full((BATCH,), 40)):
                    sums[int(first)] += rest.abs().mean((0, 2, 3))
                    count[int(first)] += 1
            self.net.prior.spread.copy_(torch.log(sums / torch.tensor(count)[:, None] + 0.3))
        self.average["prior.spread"] = self.net.prior.spread.detach().clone()

    def go(self, until: float) -> None:
        rng = random.Random(1000 + self.steps)
        torch.manual_seed(1000 + self.steps)
        feed, begin, had = crops(self.clips, SIZE, FRAMES, rng), time.process_time(), self.seconds
        while self.seconds < until:
            quality = torch.tensor([rng.randrange(QUALITIES) for _ in range(BATCH)])
            lam = torch.tensor([lagrangian(int(q)) for q in quality])
            for n, (first, error, bits, _, _) in enumerate(self.passes([next(feed) for _ in range(BATCH)], quality)):
                loss = self.share(error / lam + bits, quality, int(first)).mean()
                loss.backward()
                if isinstance(self.net, ChunkNet) or n % 2:
                    self.update()
            self.seconds = had + time.process_time() - begin

    def share(self, loss: Tensor, quality: Tensor, kind: int) -> Tensor:
        for q, v in zip((quality // 8).tolist(), loss.tolist()):
            old = float(self.usual[kind, q])
            self.usual[kind, q] = 0.95 * old + 0.05 * v if old else v
        return loss / self.usual[kind, quality // 8].clamp(min=0.02)

    def update(self) -> None:
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.opt.step()
        self.opt.zero_grad(set_to_none=True)
        self.steps += 1
        keep = min(0.998, self.steps / (self.steps + 20))
        for name, value in self.net.state_dict().items():
            self.average[name].lerp_(value, 1 - keep)

    def kept(self) -> dict[str, Any]:
        return {"net": self.average}

    def state(self) -> dict[str, Any]:
        return {"net": self.net.state_dict(), "opt": self.opt.state_dict(), "average": self.average, "usual": self.usual}

    def resume(self, state: dict[str, Any]) -> None:
        self.net.load_state_dict(state["net"])
        self.opt.load_state_dict(state["opt"])
        self.average, self.usual = state["average"], state["usual"]


class Chunks(Learner):
    """Two chunks one after the other; the second sees the first's latent."""

    net: ChunkNet

    def __init__(self, cosine: bool, clips: list[Clip]) -> None:
        self.cosine = cosine
        torch.manual_seed(1)
        super().__init__(ChunkNet(cosine), clips)

    def outer_rate(self) -> float:
        return RATE / 20 if self.cosine else RATE  # a transform that is orthonormal is not to be shaken out of it

    def passes(self, sample: list[list[Planes]], quality: Tensor) -> Iterator[tuple[bool, Tensor, Tensor, Tensor, Tensor]]:
        weight = torch.ones(CHUNK, 96)
        weight[:, 64:] = CHROMA_WEIGHT
        before = None
        for k in range(0, FRAMES, CHUNK):
            x = to_pixels([[np.stack([f[plane] for f in film[k:k + CHUNK]]) for plane in range(3)] for film in sample])
            with torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
                got, bits, last = self.net(x, before, quality)
            pixels = x.shape[2] * x.shape[3] * 64 * CHUNK
            error = (weight.view(1, -1, 1, 1) * (got - x) ** 2).sum((1, 2, 3)) / pixels
            taken = 0 if before is None else before * self.net.memory.detach().view(1, -1, 1, 1)
            yield before is None, error, bits / pixels, last - taken, quality
            before = last


class Frames(Learner):
    """Eight frames one after the other, each moved to the next by the project's own search on decoded frames."""

    net: FrameNet
    LENGTH = 8

    def __init__(self, clips: list[Clip]) -> None:
        torch.manual_seed(1)
        super().__init__(FrameNet(), clips)

    def passes(self, sample: list[list[Planes]], quality: Tensor) -> Iterator[tuple[bool, Tensor, Tensor, Tensor, Tensor]]:
        weight = torch.ones(96)
        weight[torch.from_numpy(IS_CHROMA)] = CHROMA_WEIGHT
        refs: list[Reference] = []
        for k in range(self.LENGTH):
            x = to_coefficients([np.stack([film[k][plane] for film in sample]) for plane in range(3)])
            moved = [predicted(r, film[k], int(q))[0] for r, film, q in zip(refs, sample, quality)]
            before = to_coefficients([np.concatenate([m[plane] for m in moved]) for plane in range(3)]) if moved else None
            with torch.autocast("cpu", torch.bfloat16, enabled=fast_bf16()):
                got, bits = self.net(x, before, quality)
            pixels = x.shape[2] * x.shape[3] * 64
            error = (weight.view(1, -1, 1, 1) * (got - x) ** 2).sum((1, 2, 3)) / pixels
            yield before is None, error, bits / pixels, x - (self.net.shift if before is None else before), quality
            shown = [p.clamp(0, 255).detach().numpy() for p in inverse(got.detach())]
            refs = [Reference([np.ascontiguousarray(p[i]) for p in shown]) for i in range(len(sample))]


def predicted(reference: Reference, frame: Planes, quality: int) -> tuple[list[np.ndarray], Field]:
    """The frame before as motion moves it, each plane `[1, h, w]`, and the motion: one vector a block or part, found with its price."""
    h, w = frame[0].shape
    f, delta = Field.empty(h, w), step(quality) * FrameNet.FACTOR[1]
    none = np.zeros((2, h // 16, w // 16, 2), np.int16)
    ready = reference.ready()[0]
    search.search(np.asarray(frame[0], np.float32), ready, ready, False, none[:1], none[:1], none, False,
                  np.float32(MOTION_PRICE * delta ** 0.9), np.float32(1 / (8 * delta)), 1, 0, 0, f.merge, f.split, f.mode, f.mv)
    return [p[:1] for p in aligned(reference, None, f, h, w)], f


def spans(minutes: float) -> list[float]:
    """Processor seconds at which weights are kept: all the time, a half, a quarter, ... down to `LEAST`."""
    out = [60 * minutes]
    while len(out) < 6 and out[0] / 2 >= LEAST:
        out.insert(0, out[0] / 2)
    return out


def train(begin: dict[str, Callable[[], Design]], folder: Path, minutes: float) -> None:
    """Train every design for `minutes` of processor time, round by round, so that all have had the same whenever this is stopped; leaves
    `folder/<design>/at<seconds>.pt`."""
    running: dict[str, Design] = {}
    for until in spans(minutes):
        for name, make in begin.items():
            path, state = kept_at(folder / name, until), folder / name / "state.pt"
            if path.exists():
                continue
            if name not in running:
                running[name] = make()
                if state.exists():
                    had = torch.load(state, weights_only=True)
                    running[name].resume(had["design"])
                    running[name].seconds, running[name].steps = had["seconds"], had["steps"]
            d = running[name]
            d.go(until)
            state.parent.mkdir(parents=True, exist_ok=True)
            facts = {"seconds": d.seconds, "steps": d.steps}
            for file, held in ((path, {"kept": d.kept(), **facts}), (state, {"design": d.state(), **facts})):
                torch.save(held, file.with_suffix(".tmp"))
                file.with_suffix(".tmp").replace(file)
            print(f"{name}: {d.seconds:.0f} s, {d.steps} steps", flush=True)


def kept_at(folder: Path, seconds: float) -> Path:
    return folder / f"at{seconds:g}.pt"
