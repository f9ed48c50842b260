"""Joint training, end to end (`lorentz train joint`): the autoencoder's synthesis together with the correlation network that restores it.

`lorentz train correlation` takes the decoder as it is. Here the error that restoration leaves is also led back, through the patterns and
the sets' tiles, into the synthesis that made the pictures of slices between key slices. That changes what every recording decodes to, so
nothing of it is shipped: both networks go to a folder, beside what the same steps bring where only the correlation network learns.
"""
from __future__ import annotations

import copy
import hashlib
import json
import random
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.api import JobResult, Progress
from engine.correlation import search
from engine.correlation.given import given
from engine.correlation.model import WEIGHTS, CorrelationModel, load_correlation
from engine.correlation.net import GREY, LUMA_CHANNELS, CorrelationNet, to_cells
from engine.lorentzian.model import CodecModel, load_codec, save_codec
from engine.lorentzian.planes import inverse
from engine.lorentzian.schedule import KINDS, STEP_FACTOR, slices, step
from engine.lorentzian.slices import Reference
from engine.training import codec
from engine.training.codec_data import Clip, crops, load
from engine.training.codec_loop import Scored
from engine.training.correlation import as_shipped, best
from engine.training.correlation_eval import measure, val_pairs
from engine.training.scorecard import table, write_atomically

SYNTHESIS = "syn_"              # names of the parameters of the autoencoder that learn
QUALITIES = (4, 52)             # at which crops are coded
MEASURED = (8, 24, 44)
SIZE, CHUNK, SETS = 128, 8, 3   # pixels of a crop, frames of a chunk, sets of each chunk
RATE, WARM_UP, AVERAGE = 1e-4, 20, 0.99
DECODER = 0.5                   # what the decoder's own error counts beside what restoration leaves: not everybody restores
PER_DB = 0.18                   # natural logarithm of the bits over PSNR, as a recording's curve has it: bits as decibels
SHIPPED, ALONE, BOTH = "as shipped", "restoration alone", "end to end"
PARTS = ((6 / 8, slice(LUMA_CHANNELS)), (2 / 8, slice(LUMA_CHANNELS, None)))
Row = dict[str, float]          # bits (natural logarithm), decoder and restored (dB), by name


class Joint(codec.Trainer):
    """A run from the networks that ship. `both`: the synthesis learns too; else the correlation network alone, as a comparison."""

    def __init__(self, model: CodecModel, restorer: CorrelationNet, both: bool) -> None:
        super().__init__(RATE)
        self.net.load_state_dict({k: v.float() for k, v in model.net.state_dict().items()})
        self.tables, self.restorer, self.shown = model.tables, copy.deepcopy(restorer).float().train().requires_grad_(True), list[Tensor]()
        for name, p in self.net.named_parameters():
            p.requires_grad_(both and name.startswith(SYNTHESIS))
        self.own = [p for p in (*self.net.parameters(), *self.restorer.parameters()) if p.requires_grad]
        self.opt = torch.optim.AdamW(self.own, RATE, weight_decay=1e-5)
        self.mean = [p.detach().clone() for p in self.own]

    def slice_loss(self, left: Tensor, right: Tensor, source: Tensor, quality: Tensor, delta: Tensor, g: Tensor, lam: Tensor, kind: int,
                   ref: Tensor) -> Scored:
        """Codes a slice and keeps what is shown of it; nothing is learned before the chunk is whole."""
        with torch.no_grad():
            if kind in KINDS:
                symbols, rec = self._key_slice(left, source, quality, delta, g, kind)
            else:
                c, features, value, symbols, _ = self._between(left, right, source, quality, delta, g, kind)
        if kind not in KINDS:
            rec = self.net.finish(left, right, features, value, symbols, c, g)
        self.shown.append(rec.float())
        return torch.zeros(()), symbols, rec.detach(), torch.zeros(2)

    def learn(self, film: list[list[np.ndarray]], quality: int, rng: random.Random, rate: float) -> tuple[float, float]:
        """One step on a film of two chunks, frames of (y, u, v) float32; (decibels that restoration gains, loss)."""
        last: list[Reference] = []
        sym, gained, total = None, 0.0, 0.0
        for group in self.opt.param_groups:
            group["lr"] = RATE * rate * min(1.0, (self.steps + 1) / WARM_UP)
        self.opt.zero_grad(set_to_none=True)
        for start in range(0, len(film), CHUNK):
            frames, key = film[start:start + CHUNK], start == 0
            self.shown = []
            last, sym, _ = self.chunk([frames], [quality], key, last, sym)
            loss, more = self._restored(frames, quality, key, rng)
            loss.backward()  # type: ignore[no-untyped-call]
            gained, total = gained + more / 2, total + float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self.own, 0.5)
        self.opt.step()
        self.steps += 1
        keep = min(AVERAGE, self.steps / (self.steps + 9))
        for kept, p in zip(self.mean, self.own, strict=True):
            kept.lerp_(p.detach(), 1 - keep)
        return gained, total

    def _restored(self, frames: list[list[np.ndarray]], quality: int, key: bool, rng: random.Random) -> tuple[Tensor, float]:
        """(loss, decibels gained) of sets of the chunk just coded: logarithms of the error that restoration leaves, under the weights that
        are best for them, and of the decoder's own."""
        order = slices(len(frames), key)
        made = {s.time: [p[0] for p in inverse(rec)] for s, rec in zip(order, self.shown, strict=True)}
        kinds = {s.time: s.kind for s in order}
        levels = [np.stack(level).astype(np.float32) for level in zip(*(search.pyramid(made[t][0].detach().numpy()) for t in
                                                                        range(len(frames))), strict=True)]
        cells, target = [], []
        for _ in range(SETS):
            room, places = (SIZE - search.WINDOW) // 2 + 1, np.empty((len(frames), 2), np.int64)
            search.track(*levels, rng.randrange(len(frames)), 2 * rng.randrange(room), 2 * rng.randrange(room), places)
            cells.append(_tiles([made[t] for t in range(len(frames))], places))
            target.append(_tiles([[torch.from_numpy(p) for p in f] for f in frames], places))
        x, truth = torch.cat(cells), torch.cat(target)
        factor = torch.tensor([STEP_FACTOR[kinds[t]] for t in range(len(frames))] * SETS)
        base = step(quality)
        hand = given(x.detach().permute(0, 2, 3, 1).contiguous().numpy(), base, factor.numpy(), len(frames))
        patterns = self.restorer(x, torch.from_numpy(hand).permute(0, 3, 1, 2), torch.full((len(x),), base), factor, len(frames))
        error, loss, gained = (truth - x) * GREY, torch.zeros(()), 0.0
        for share, at in PARTS:
            p, e = patterns[:, :, at].transpose(0, 1).flatten(1), error[:, at].flatten()
            left, whole = torch.log((e - best(p, e) @ p).square().sum() + 1), torch.log(e.square().sum() + 1)
            loss = loss + share * (left + DECODER * whole)
            gained += share * 10 / np.log(10) * float((whole - left).detach())
        return loss, gained

    def made(self) -> tuple[CodecModel, CorrelationModel]:
        """The averaged networks as they would ship, in half precision."""
        net, restorer = copy.deepcopy(self.net), copy.deepcopy(self.restorer)
        own = [p for p in (*net.parameters(), *restorer.parameters()) if p.requires_grad]
        with torch.no_grad():
            for p, kept in zip(own, self.mean, strict=True):
                p.copy_(kept)
        for part in (net, restorer):
            part.load_state_dict({k: v.half().float() for k, v in part.state_dict().items()})
        return CodecModel(net.eval().requires_grad_(False), self.tables), CorrelationModel(restorer, "0" * 64, precision="float32")


def _tiles(planes: list[list[Tensor]], places: np.ndarray) -> Tensor:
    """Cells of the windows at `places` `[T, 2]` of pictures (y, u, v)."""
    size = search.WINDOW
    cut = [torch.stack([p[k][y // d:(y + size) // d, x // d:(x + size) // d] for p, (y, x) in zip(planes, places.tolist(), strict=True)])
           for k, d in ((0, 1), (1, 2), (2, 2))]
    return to_cells(*cut)


def train(data: Path, out: Path = Path("runs/joint"), minutes: float = 60.0, steps: int = 0, *, threads: int = 1, seed: int = 1,
          clips: list[Clip] | None = None) -> Generator[Progress, None, JobResult]:
    """Half of `minutes` (or `steps`) with the correlation network alone, as many steps end to end; writes both networks of the second into
    `out`, and what either gains on validation clips beside what ships. `clips`: instead of the footage of `data / "train"`."""
    torch.set_num_threads(threads)
    model, restorer = load_codec(device="cpu", precision="float32"), load_correlation(device="cpu", precision="float32").net
    clips = load(data / "train") if clips is None else clips
    ways, told = {SHIPPED: Joint(model, restorer, False).made()}, steps
    for name, both in ((ALONE, False), (BOTH, True)):
        run, rng, begun, gain = Joint(model, restorer, both), random.Random(seed), time.monotonic(), 0.0
        feed = crops(clips, SIZE, 2 * CHUNK, rng)
        while not told or run.steps < told:
            gone = run.steps / told if told else (time.monotonic() - begun) / (30 * minutes)
            if gone >= 1:
                break
            now, _ = run.learn(next(feed), rng.randint(*QUALITIES), rng, 1 - gone)
            gain += max(0.02, 1 / run.steps) * (now - gain)
            yield Progress(run.steps, told, f"{name}, {gain:+.3f} dB")
        ways[name], told = run.made(), told or max(1, run.steps)
    found = {}
    for name, way in ways.items():
        found[name] = yield from _measured(name, data, *way)
    return _written(out, told, *ways[BOTH], found)


def _measured(name: str, data: Path, model: CodecModel, restorer: CorrelationModel) -> Generator[Progress, None, dict[int, Row]]:
    """Means over validation clips by quality: what they take, what the decoder shows, what restoration makes of it."""
    rows: dict[int, list[Row]] = {q: [] for q in MEASURED}
    for n, pair in enumerate(val_pairs(data, model, MEASURED), 1):
        got = measure(restorer, pair, ("decoder", "sets"))
        rows[pair.quality].append({"bits": float(np.log(max(1, pair.size))), "decoder": got["decoder"], "restored": got["sets"]})
        yield Progress(n, 0, f"measure {name}: {pair.name}")
    return {q: {k: float(np.mean([r[k] for r in found])) for k in found[0]} for q, found in rows.items() if found}


def _written(out: Path, steps: int, model: CodecModel, restorer: CorrelationModel, found: dict[str, dict[int, Row]]) -> JobResult:
    """Networks and figures into `out`."""
    save_codec(model.net, model.tables, out)
    payload = as_shipped(restorer.net.state_dict(), restorer.net.config)
    write_atomically(out / WEIGHTS, payload)
    first, rows, gains = found[SHIPPED], [], {}
    for name, by in found.items():
        for q, row in by.items():
            base = first[q]
            bits, decoder, restored = row["bits"] - base["bits"], row["decoder"] - base["decoder"], row["restored"] - base["restored"]
            rows.append([name, str(q), f"{100 * np.expm1(bits):+.2f} %", f"{row['decoder']:.2f} ({decoder:+.3f})",
                         f"{row['restored']:.2f} ({restored:+.3f})"])
            gains[f"{name}, quality {q}"] = round(restored - bits / PER_DB, 4)
    text = "\n".join(["# Joint training", "", "Means over validation clips, beside what ships; decibels of (6Y+U+V)/8.", "",
                      table(["what learned", "quality", "bits", "decoder dB", "restored dB"], rows), ""])
    write_atomically(out / "joint.md", text.encode())
    facts: dict[str, Any] = {"steps": steps, "sha256": hashlib.sha256(payload).hexdigest(), **gains}
    write_atomically(out / "joint.json", (json.dumps({**facts, "measured": found}, indent=1) + "\n").encode())
    return JobResult((str(out / "joint.md"), str(out / "joint.json"), str(out / WEIGHTS)), facts)


__all__ = ["Joint", "train"]
