"""Trainer of the detail network (`lorentz train diffusor`, or `python -m engine.training.detail`).

The data folder holds `train/` (footage and pictures to learn from) and `val/` (never learned from; picks the checkpoint). A run keeps
its state in a run folder and goes on from there exactly: weights, their moving average, the optimiser, and batches that are a
function of the step. Weights are shipped only when they measure better on `val` than the ones already there.
"""
from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from engine.api import JobError, JobResult, ModelError, Progress
from engine.diffusor import DetailModel, load_detail
from engine.diffusor.model import TASK, VERSION, WEIGHTS
from engine.diffusor.net import DetailConfig, DetailNet
from engine.resources import model_path

from .data import dataset, load_clips
from .detail_card import make_card
from .detail_data import Batches, unit_noise
from .detail_eval import Picture, compare, load_pictures
from .detail_fit import CASES, fit_table, fitted, refitted
from .detail_loss import CHROMA, charbonnier, energy_score, slope_score
from .scorecard import write_atomically, write_scorecard

DEFAULT_RUN = Path("runs") / "detail"


@dataclass(frozen=True)
class TrainSettings:
    """Hyper-parameters of one run. `steps` 0: as many as the minutes allow (the learning rate then follows the clock)."""

    minutes: float = 45.0
    steps: int = 0
    batch: int = 16
    crop: int = 128
    rate: float = 5e-4
    warmup: int = 100
    average: float = 0.999
    sample_weight: float = 0.25
    slope_weight: float = 0.5
    frames: int = 10
    max_size: int = 1920
    seed: int = 1
    threads: int = 1
    check_seconds: float = 300.0
    save_seconds: float = 120.0
    half: bool = True    # bfloat16 convolutions while training
    fit: int = 40        # training pictures that temperature and uncertainty are fitted on before shipping; 0 leaves both alone


class Trainer:
    """Network, moving average, optimiser and clock of one run, with exact save and resume."""

    def __init__(self, config: DetailConfig, settings: TrainSettings) -> None:
        torch.manual_seed(settings.seed)
        self.config, self.settings = config, settings
        self.net = DetailNet(config).to(memory_format=torch.channels_last)
        self.average = {k: v.detach().clone() for k, v in self.net.state_dict().items()}
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=settings.rate, betas=(0.9, 0.99))
        self.step, self.elapsed, self.best = 0, 0.0, -math.inf

    def fraction(self) -> float:
        """How much of the run is behind us, 0 to 1."""
        s = self.settings
        return min(1.0, self.step / s.steps if s.steps else self.elapsed / (60 * s.minutes))

    def learning_rate(self) -> float:
        """Warm-up, then half a cosine down to 2 %."""
        warm = min(1.0, (self.step + 1) / self.settings.warmup)
        return self.settings.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.fraction())))

    def train_step(self, batches: Batches) -> tuple[float, float]:
        """One step; returns the loss of the mean and of the samples in grey steps."""
        s, batch = self.settings, batches.at(self.step)
        noise = unit_noise(s.seed, self.step, (2 * s.batch, self.config.noise, s.crop // 4, s.crop // 4))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=s.half):
            features = self.net.features(batch.y, batch.uv)
            mean = self.net.mean_residual(features)
            off = self.net.sample_residual(torch.cat((features, features)), noise)
        mean_y, mean_uv = self.net.assemble(batch.y, batch.uv, mean)
        fixed, (one, two) = mean.detach().float(), off.float().chunk(2)
        (y1, uv1), (y2, uv2) = self.net.assemble(batch.y, batch.uv, fixed + one), self.net.assemble(batch.y, batch.uv, fixed + two)
        of_mean = charbonnier(mean_y, batch.fine_y) + CHROMA * charbonnier(mean_uv, batch.fine_uv)
        of_samples = energy_score(batch.fine_y, y1, y2) + CHROMA * energy_score(batch.fine_uv, uv1, uv2, (1, 4))
        of_samples = of_samples + s.slope_weight * slope_score(batch.fine_y, y1, y2)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        self.optimiser.zero_grad(set_to_none=True)
        (of_mean + s.sample_weight * of_samples).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        keep = min(s.average, self.step / (self.step + 10))
        with torch.no_grad():
            for k, v in self.net.state_dict().items():
                self.average[k].lerp_(v, 1 - keep)
        return float(of_mean.detach()), float(of_samples.detach())

    def save(self, path: Path) -> None:
        """Everything needed to go on, in one safetensors file, replaced atomically."""
        tensors: dict[str, Tensor] = {f"net.{k}": v for k, v in self.net.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"adam.{number}.{k}": v for k, v in state.items()}
        meta = self.config.as_text() | {"step": str(self.step), "elapsed": repr(self.elapsed), "best": repr(self.best)}
        write_atomically(path, save({k: v.contiguous() for k, v in tensors.items()}, meta))

    def resume(self, path: Path) -> None:
        """Takes up the state of `save`. ModelError when it is of another shape."""
        with safe_open(str(path), framework="pt") as file:
            meta = file.metadata() or {}
            if any(meta.get(k) != v for k, v in self.config.as_text().items()):
                raise ModelError("checkpoint is of another network", where=str(path), hint="train without --resume")
            tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118
        self.net.load_state_dict({k[4:]: v for k, v in tensors.items() if k.startswith("net.")})
        self.average = {k[8:]: v for k, v in tensors.items() if k.startswith("average.")}
        full = self.optimiser.state_dict()
        for name, value in tensors.items():
            if name.startswith("adam."):
                _, number, field = name.split(".")
                full["state"].setdefault(int(number), {})[field] = value
        self.optimiser.load_state_dict(full)
        self.step, self.elapsed, self.best = int(meta["step"]), float(meta["elapsed"]), float(meta["best"])

    def start_from(self, path: Path) -> None:
        """Takes over what fits from the state of another run (weights, moving average, optimiser); the clock starts anew, and batches go
        on after those of the other run. Parts of another shape stay as they were made."""
        with safe_open(str(path), framework="pt") as file:
            meta, tensors = file.metadata() or {}, {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118
        mine, full, moments = self.net.state_dict(), self.optimiser.state_dict(), [n for n, _ in self.net.named_parameters()]
        fits = {k for k, v in mine.items() if f"net.{k}" in tensors and tensors[f"net.{k}"].shape == v.shape}
        self.net.load_state_dict(mine | {k: tensors[f"net.{k}"] for k in fits})
        self.average = {k: tensors[f"average.{k}"] if k in fits else v.detach().clone() for k, v in self.net.state_dict().items()}
        for number, name in enumerate(moments):
            found = {k.split(".")[2]: v for k, v in tensors.items() if k.startswith(f"adam.{number}.")}
            if name in fits and found:
                full["state"][number] = found
        self.optimiser.load_state_dict(full)
        self.step = int(meta["step"])

    def model(self) -> DetailModel:
        """The moving average as a model to measure."""
        net = DetailNet(self.config)
        net.load_state_dict(self.average)
        return DetailModel(net.eval().requires_grad_(False).to(memory_format=torch.channels_last), "in training", "cpu")

    def weights(self) -> bytes:
        """The moving average as a file to ship: float16 safetensors."""
        meta = self.config.as_text() | {"task": TASK, "version": VERSION, "step": str(self.step), "elapsed": f"{self.elapsed:.0f}"}
        return save({k: v.half().contiguous() for k, v in self.average.items()}, meta)


def quick_score(model: DetailModel, pictures: list[Picture]) -> float:
    """PSNR in dB at x2 on unseen pictures, every clip counting once."""
    return compare(model, pictures, 2, classical=False, full=False)["ours, mean"]["all"]["psnr"]


def to_fit_on(data_dir: Path, count: int, seed: int) -> list[Picture]:
    """Training pictures, drawn at random: photographs and first of all short clips, which are quick to decode."""
    paths = [p for p in dataset(data_dir, "train") if p.stat().st_size < 1 << 20]
    chosen = np.random.default_rng(seed).permutation(len(paths))[:count]
    return load_pictures([paths[i] for i in sorted(chosen)], 1, 256)


def ship(candidate: Path, out: Path, data_dir: Path, settings: TrainSettings, command: str) -> tuple[bool, dict[str, object]]:
    """Makes `candidate` into `out` (fitted, measured in full, with its scorecard) unless what is there is as good at x2. Returns (shipped,
    card), the card short where nothing was shipped. When `out` holds the candidate's weights already, they are fitted and measured again.
    """
    pictures, data = load_pictures(dataset(data_dir, "val")), candidate.read_bytes()
    model = load_detail(candidate)
    try:
        standing = load_detail(out)
        same = all(torch.equal(a, b) for a, b in zip(standing.net.state_dict().values(), model.net.state_dict().values(), strict=False)
                   if a.shape == b.shape) and standing.net.config == model.net.config
        quick = compare(model, pictures, 2, full=False)
        if not same and quick["ours, mean"]["all"]["psnr"] <= quick_score(standing, pictures):
            return False, {"psnr_x2": quick["ours, mean"]["all"]["psnr"], "bicubic_x2": quick["bicubic"]["all"]["psnr"]}
    except ModelError:
        pass  # nothing there, or nothing usable
    if settings.fit:
        data = fitted(data, model, to_fit_on(data_dir, settings.fit, settings.seed))
        trial = candidate.with_name("fitted.safetensors")
        write_atomically(trial, data)
        model = load_detail(trial)
        candidate = trial
    card = make_card(model, candidate, data_dir, pictures, settings, command)
    write_atomically(out, data)
    write_scorecard(out, card)
    return True, card


def refit(out: Path, data_dir: Path, quality: int, settings: TrainSettings) -> None:
    """Fits the table of uncertainties in `out` anew for one quality of recordings, and says in the scorecard which file it is now."""
    model = load_detail(out)
    table = fit_table(model, to_fit_on(data_dir, settings.fit, settings.seed), model.spread, (quality,))
    data = refitted(out.read_bytes(), model, table)
    write_atomically(out, data)
    card = json.loads(out.with_suffix(".json").read_text())
    write_scorecard(out, card | {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)})


def train(data_dir: Path, out: Path | None = None, minutes: float = 45.0, resume: bool = False, threads: int = 1,
          steps: int = 0, seed: int = 1, *, run_dir: Path | None = None, settings: TrainSettings | None = None,
          config: DetailConfig | None = None, start: Path | None = None) -> Generator[Progress, None, JobResult]:
    """Trains and ships the detail network; a generator of Progress whose return value is a JobResult.

    data_dir: folder with `train/` and `val/`; out: weights file (default: the shipped one); steps: so many instead of the minutes;
    resume: go on from `run_dir` (default `runs/detail` below the working folder); settings: all of it, in place of the single values.
    start: state of another run to take over what fits, where there is nothing to resume. Closing the generator saves a checkpoint first.
    JobError when there is no data.
    """
    out, run = Path(out or model_path(WEIGHTS)), Path(run_dir or DEFAULT_RUN)
    s = settings or TrainSettings(minutes=minutes, threads=threads, steps=steps, seed=seed)
    data_dir = Path(data_dir)
    sources, unseen = dataset(data_dir, "train"), dataset(data_dir, "val")
    if not sources or not unseen:
        hint = "it needs train/ and val/ folders of clips or pictures"
        raise JobError("no footage to train on and measure with", where=str(data_dir), hint=hint)
    run.mkdir(parents=True, exist_ok=True)
    checkpoint, best = run / "last.safetensors", run / "best.safetensors"
    trainer = Trainer(config or DetailConfig(), s)
    if resume and checkpoint.exists():
        trainer.resume(checkpoint)
    elif start is not None:
        trainer.start_from(start)
    threads_before = torch.get_num_threads()
    torch.set_num_threads(s.threads)
    total = s.steps or int(60 * s.minutes)
    yield Progress(0, total, "reading footage")
    videos = [p for p in sources if p.suffix.lower() not in (".png", ".jpg", ".jpeg")]
    images = [p for p in sources if p not in set(videos)]
    batches = Batches(load_clips(videos, s.frames, s.max_size), load_clips(images, 1, s.max_size), s.crop, s.batch, s.seed)
    held_back = load_pictures(unseen)
    try:
        yield from _loop(trainer, batches, held_back, run, total)
    finally:
        trainer.save(checkpoint)
        torch.set_num_threads(threads_before)
    command = f"python -m engine.training.detail DATA --minutes {s.minutes:g} --threads {s.threads} --seed {s.seed}"
    shipped, card = ship(best, out, data_dir, s, command)
    facts = {"shipped": shipped, "steps": trainer.step, "hours": trainer.elapsed / 3600,
             "psnr_x2": card["psnr_x2"], "bicubic_x2": card["bicubic_x2"]}
    return JobResult((str(out),) if shipped else (), facts)


def _loop(trainer: Trainer, batches: Batches, held_back: list[Picture], run: Path, total: int) -> Iterator[Progress]:
    """Steps until the run is over; checks on unseen pictures, keeps the best, appends to `curve.csv`."""
    s, best, curve = trainer.settings, run / "best.safetensors", run / "curve.csv"
    saved = checked = trainer.elapsed
    sums, count = [0.0, 0.0], 0
    if not curve.exists() or trainer.step == 0:
        curve.write_text("step,seconds,rate,loss_mean,loss_samples,val_psnr_x2\n")
    while trainer.fraction() < 1.0:
        began = time.monotonic()
        losses = trainer.train_step(batches)
        sums, count = [a + b for a, b in zip(sums, losses, strict=True)], count + 1
        trainer.elapsed += time.monotonic() - began
        over = trainer.fraction() >= 1.0
        if over or trainer.elapsed - checked >= s.check_seconds:
            checked = trainer.elapsed
            score = quick_score(trainer.model(), held_back)
            if score > trainer.best:
                trainer.best = score
                write_atomically(best, trainer.weights())
            with curve.open("a", newline="") as file:
                csv.writer(file).writerow([trainer.step, f"{trainer.elapsed:.1f}", f"{trainer.learning_rate():.3g}",
                                           *(f"{v / count:.4f}" for v in sums), f"{score:.4f}"])
            sums, count = [0.0, 0.0], 0
        if over or trainer.elapsed - saved >= s.save_seconds:
            saved = trainer.elapsed
            trainer.save(run / "last.safetensors")
        done = trainer.step if s.steps else int(trainer.elapsed)
        label = f"step {trainer.step}, loss {losses[0]:.3f} / {losses[1]:.3f}, best val {trainer.best:.2f} dB"
        yield Progress(min(done, total), total, label)


def main(arguments: list[str] | None = None) -> int:
    """Command line of the trainer."""
    parser = argparse.ArgumentParser(prog="python -m engine.training.detail", description="Trains the detail network.")
    parser.add_argument("data", type=Path, help="folder with train/ and val/")
    parser.add_argument("--out", type=Path, default=model_path(WEIGHTS))
    parser.add_argument("--run", type=Path, default=DEFAULT_RUN)
    parser.add_argument("--minutes", type=float, default=45.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start", type=Path, help="state (last.safetensors) of another run to start from")
    parser.add_argument("--check-seconds", type=float, default=300.0, help="time between two measurements on val/")
    parser.add_argument("--fit", type=int, default=TrainSettings.fit, help="training pictures that uncertainty is fitted on; 0: none")
    parser.add_argument("--ship-best", action="store_true", help="no training: measure and ship the best checkpoint of the run so far")
    parser.add_argument("--refit", type=int, choices=tuple(CASES), help="no training: fits the uncertainty anew, on recordings of this "
                        "quality and better (0: lowest), as the codec may have changed")
    a = parser.parse_args(arguments)
    settings = TrainSettings(minutes=a.minutes, threads=a.threads, seed=a.seed, check_seconds=a.check_seconds,
                             fit=a.fit)
    if a.ship_best:
        torch.set_num_threads(a.threads)
        command = f"python -m engine.training.detail DATA --minutes {a.minutes:g} --threads {a.threads} --seed {a.seed}"
        shipped, _ = ship(a.run / "best.safetensors", a.out, a.data, settings, command)
        print("shipped" if shipped else "kept what is there", file=sys.stderr)
        return 0
    if a.refit is not None:
        torch.set_num_threads(a.threads)
        refit(a.out, a.data, a.refit, settings)
        return 0
    last = 0.0
    for p in train(a.data, a.out, run_dir=a.run, settings=settings, resume=a.resume, start=a.start):
        if time.monotonic() - last > 10:
            last = time.monotonic()
            print(f"{p.done}/{p.total} {p.label}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
