"""The scorecard of a detail network, measured on the held-back footage by the trainer."""
from __future__ import annotations

import hashlib
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import safe_open

from engine.diffusor import DetailModel

from .data import dataset
from .detail_eval import Picture, Row, calibration, compare
from .scorecard import data_facts, hardware

if TYPE_CHECKING:
    from .detail import TrainSettings

Table = tuple[list[str], list[list[str]]]


def comparison_table(figures: dict[str, dict[str, Row]]) -> Table:
    """Rows of `compare` as text: PSNR over all clips, videos, photos; SSIM; edge energy."""
    rows = []
    for name, groups in figures.items():
        psnrs = [f"{groups[g]['psnr']:.2f}" if g in groups else "-" for g in ("all", "video", "photo")]
        rows.append([name, *psnrs, f"{groups['all']['ssim']:.4f}", f"{groups['all']['edges']:.3f}"])
    return ["method", "PSNR dB", "clips", "photos", "SSIM", "edge energy / truth"], rows


def view_seconds(model: DetailModel, repeats: int = 3) -> float:
    """Best time of a 512 x 512 view at x4: two passes with the context a view needs around it."""
    side = 128 + 2 * (model.halo + model.halo // 2 + 2)
    rng = np.random.default_rng(0)
    y = rng.uniform(0, 255, (side, side)).astype(np.float32)
    u = rng.uniform(0, 255, (side // 2, side // 2)).astype(np.float32)
    best = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        a, b, c = model.synthesise(y, u, u, origin=(0, 0), key=("time", 0, 0), seed=0)
        cut = (a.shape[0] - (256 + 2 * model.halo)) // 4 * 2
        a, b, c = a[cut:-cut, cut:-cut], b[cut // 2:-cut // 2, cut // 2:-cut // 2], c[cut // 2:-cut // 2, cut // 2:-cut // 2]
        model.synthesise(a, b, c, origin=(cut, cut), key=("time", 0, -1), seed=0)
        best = min(best, time.perf_counter() - began)
    return best


def make_card(model: DetailModel, weights: Path, data_dir: Path, pictures: list[Picture], settings: TrainSettings,
              command: str) -> dict[str, Any]:
    """Everything a reader needs to judge the weights and make the figures again."""
    with safe_open(str(weights), framework="pt") as file:
        meta = file.metadata() or {}
    x2, x4 = compare(model, pictures, 2), compare(model, pictures, 4)
    spread = calibration(model, pictures[::2])
    train_files, val_files = dataset(data_dir, "train"), dataset(data_dir, "val")
    facts = data_facts(data_dir, train_files)
    sources = sorted({f"{f['source_repo'] or f['file']} ({f['licence'] or 'licence unknown'}; {f['attribution']})" for f in facts})
    header, rows = comparison_table(x2)
    return {
        "title": "Detail network (diffusor across scales)", "task": "detail", "summary":
            "Synthesises the next finer level (x2) of a decoded picture; x4, x8 ... by recursion. Output reduced again equals its input.",
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(), "bytes": weights.stat().st_size,
        "parameters": sum(p.numel() for p in model.net.parameters()),
        "steps": int(meta.get("step", 0)), "hours": int(meta.get("elapsed", 0)) / 3600,
        **{k: v for k, v in hardware().items()},
        "command": command, "measure_again": "python -m benchmarks.detail",
        "training_files": len(train_files), "val_files": len(val_files), "val_pictures": len(pictures),
        "crop": settings.crop, "batch": settings.batch, "learning_rate": settings.rate, "seed": settings.seed,
        "psnr_x2": x2["ours, mean"]["all"]["psnr"], "bicubic_x2": x2["bicubic"]["all"]["psnr"],
        "psnr_x4": x4["ours, mean"]["all"]["psnr"], "bicubic_x4": x4["bicubic"]["all"]["psnr"],
        "temperature": model.temperature, "inside_90_percent_band": spread["inside_90"],
        "mean_of_8_samples_psnr_x2": spread["psnr_mean_of_samples"],
        "same_pictures_mean_head_psnr_x2": spread["psnr_mean_head"],
        "settings": asdict(settings), "figures": {"x2": x2, "x4": x4, "calibration_x2": spread},
        "tables": {"x2, luma, on val": (header, rows), "x4 by recursion, luma, on val": comparison_table(x4)},
        "limits": ["single pictures, no window of frames: noise belongs to the place, so what stands still does not flicker, what moves "
                   "changes",
                   "measured against footage that was itself compressed before; learned from up to 4K footage reduced by 1, 2 or 3",
                   "HDR footage was left out of training",
                   "one sample is one possibility: it is never evidence"],
        "sources": sources, "training_data": facts, "val_data": [p.relative_to(data_dir).as_posix() for p in val_files],
    }
