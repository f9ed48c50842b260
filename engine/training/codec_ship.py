"""From a training state to what ships: fit the entropy tables, measure on val clips, write weights, tables and scorecards."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.api import JobResult, Progress
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.model import CodecModel, load_codec, paths, save_codec
from engine.lorentzian.nets import LorentzianNet
from engine.lorentzian.schedule import CHROMA, QUALITIES, STEP_FACTOR, runs, step
from engine.lorentzian.structure import Structure
from engine.lorentzian.tables import Tables
from engine.training import filters
from engine.training.codec_data import SUFFIXES, Clip, load, read_clip
from engine.training.entropy import fit
from engine.training.scorecard import data_facts, hardware, page, write_atomically

QUALITY_POINTS = (0, 8, 20, 32, 44, 56, 63)
FRAMES, WIDTH, HEIGHT = 16, 480, 352


def measure(model: CodecModel, clip: Clip, quality: int) -> tuple[float, float]:
    """(bits per pixel of the coded payloads, PSNR (6Y+U+V)/8 in dB) of a clip, one key chunk and one after it."""
    n, h, w = clip.y.shape
    encoder = ChunkEncoder(w, h, CodecSettings(quality), model)
    structure = Structure(encoder, "fast")
    size, scores = 0, []
    for k, end in runs(n, CodecSettings().key_interval):
        part = [[clip.y[i], clip.u[i], clip.v[i]] for i in range(k, end)]
        made = structure.encode(part, k == 0)
        size += sum(len(b) for chunk, _ in made for tile in chunk.payloads for b in tile)
        for have, got in zip(part, (planes for _, shown in made for planes in shown), strict=True):
            errors = [float(np.mean((np.rint(g[:a.shape[0], :a.shape[1]]) - a) ** 2)) for a, g in zip(have, got, strict=True)]
            db = [10 * np.log10(255 ** 2 / max(e, 0.01)) for e in errors]
            scores.append((6 * db[0] + db[1] + db[2]) / 8)
    encoder.close()
    return 8 * size / (n * h * w), float(np.mean(scores))


def _middle(clip: Clip) -> Clip:
    _, h, w = clip.y.shape
    ch, cw = min(h, HEIGHT), min(w, WIDTH)
    y, x = (h - ch) // 4 * 2, (w - cw) // 4 * 2
    return Clip(clip.name, clip.y[:, y:y + ch, x:x + cw], *(p[:, y // 2:(y + ch) // 2, x // 2:(x + cw) // 2] for p in (clip.u, clip.v)))


def key_weights(folder: Path) -> dict[str, Tensor]:
    """Networks of key slices: trained in `folder` (`key.pt`, see `codec_key`), else those that ship. ModelError without either."""
    if (folder / "key.pt").exists():
        trained: dict[str, Tensor] = torch.load(folder / "key.pt", weights_only=True)["average"]
        return trained
    return {k: v.float() for k, v in load_codec(device="cpu", precision="float32").net.key.state_dict().items()}


def key_facts(folder: Path) -> dict[str, Any]:
    """What a scorecard says of the training of the key slices' networks."""
    if not (folder / "key.pt").exists():
        return {}
    saved = torch.load(folder / "key.pt", weights_only=True)
    return {"steps_key_slices": int(saved["steps"]), "hours_key_slices": round(float(saved["seconds"]) / 3600, 3), "batch_key_slices": 8}


def ship(state: Path, data: Path, out: Path, *, rounds: int = 4, clips: list[Clip] | None = None,
         tables: Tables | None = None) -> Generator[Progress, None, JobResult]:
    """Writes codec.safetensors, codec_tables.safetensors and their scorecards into `out` from the averaged weights of `state`."""
    saved: dict[str, Any] = torch.load(state, weights_only=True)
    net = LorentzianNet().eval()
    net.load_state_dict({**saved["average"], **{f"key.{k}": v for k, v in key_weights(state.parent).items()}})
    if tables is None:
        clips = clips or load(data / "train")
        tables = yield from fit(CodecModel(net, load_codec(device="cpu").tables), clips, rounds)
        tables = replace(tables, filters=(yield from filters.fit(CodecModel(net, tables), clips)))
    save_codec(net, tables, out)
    model = load_codec(out, device="cpu")
    rows: list[list[str]] = []
    stills = (state.parent / "key.pt").exists()  # photographs take part in training the networks of key slices
    found = sorted(p for p in (data / "val").rglob("*") if p.suffix in SUFFIXES)
    for n, path in enumerate(found):
        clip = read_clip(path, 1, 0, FRAMES)
        if clip is not None:
            points = [measure(model, _middle(clip), q) for q in QUALITY_POINTS]
            rows.append([path.name, *(f"{bpp:.4f} / {db:.2f}" for bpp, db in points)])
        yield Progress(n + 1, len(found), f"measure {path.name}")
    for path, what in zip(paths(out), ("weights", "tables"), strict=True):
        card: dict[str, Any] = {
            "title": f"Lorentzian codec: {what}", "task": "codec", "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "summary": "Codes video as chunks of slices, coarse to fine in time and space (docs/codec.md)." if what == "weights" else
                       "Starting tables of the integer entropy model and patterns of fitted filters, fitted with the weights beside them.",
            "bytes": path.stat().st_size, "parameters": sum(p.numel() for p in net.parameters()), "steps": int(saved["steps"]),
            "hours": round(float(saved["seconds"]) / 3600, 3), **key_facts(state.parent),
            **hardware(), "chunk": 8, "crop": 128, "batch": 4, "optimiser": "AdamW",
            "table_rounds": rounds, "filter_rounds": filters.ROUNDS, "step_quality_0": step(0), "step_quality_63": step(QUALITIES - 1),
            "step_by_slice_type": " ".join(map(str, STEP_FACTOR)), "chroma_step": " ".join(f"{f:.2f}" for f in CHROMA),
            "command": "lorentz train codec DATA --out OUT", "measure_again": "python -m benchmarks.run --only rd",
            "tables": {"val clips, bits per pixel / PSNR (6Y+U+V)/8 in dB, middle 480x352, 16 frames": [
                ["clip", *(f"q{q}" for q in QUALITY_POINTS)], rows]},
            "limits": ["8-bit and 10-bit 4:2:0", "levels 1 to 3 decoded alone drift from the reduced full picture until the next key chunk",
                       "trained on a CPU for the hours above: far from what this design can reach"],
            "files": data_facts(data, [p for p in sorted((data / "train").rglob("*"))
                                       if (p.suffix in SUFFIXES and "hdr" not in p.name) or (stills and p.parent.name == "image")]),
        }
        card["sources"] = [f"{f['file']}: {f['source_repo']} {f['commit'][:12]} ({f['licence']})" for f in card["files"]]
        write_atomically(path.with_suffix(".json"), (json.dumps(card, indent=1) + "\n").encode())
        write_atomically(path.with_suffix(".md"), page(card).encode())
    return JobResult(tuple(str(p) for p in paths(out)), {"steps": int(saved["steps"]), "weights": model.weights_hash})
