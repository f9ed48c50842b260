"""Do neighbouring frames help? Two questions, asked of unseen clips.

Across scales: the same place seen in the frames before and after, made finer, moved here and mixed in where motion explains it, beside the
frame alone. In time: the predicted picture offered to the coder as a further block predictor, beside motion that is sent.
"""
from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from . import machine

if TYPE_CHECKING:
    from engine.diffusor import DetailModel
    from engine.training.data import Clip

    from .run import Options

SIZE, REACH = 256, 2          # pixels of the truth; frames on each side
SHARES = (0.25, 0.5, 1.0)     # weight of a neighbour that motion explains wholly
MISSED = (1.0, 3.0)           # grey steps of the coarse picture by which a neighbour may miss until its weight has fallen to 1/e
AHEAD, BLOCK = (1, 4, 8), 16
VECTOR_BITS = 6.0             # what a block's motion costs the coder, about; a block that takes the prediction pays one bit


def run(options: Options) -> dict[str, Any]:
    """Luma of up to 256 x 256 pixels from the middle of every validation clip."""
    from engine.diffusor import load_detail
    from engine.diffusor.ahead import load_ahead
    from engine.training.data import load_clip
    paths = machine.val_clips(options.clips)
    if not paths:
        return {"figures": {}, "markdown": "No footage to measure on (set LORENTZ_DATA)."}
    detail, ahead = load_detail(), load_ahead()
    spatial: dict[str, dict[str, float]] = {}
    coding: dict[str, dict[str, float]] = {}
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for path in paths:
            clip = load_clip(path, 16, 1 << 20, every=1)
            if clip is None or len(clip.y) < 2 * REACH + 1:
                continue
            spatial[path.name] = _fused(detail, path, clip)
            if len(clip.y) > AHEAD[-1] + 1:
                coding[path.name] = _context(ahead, clip)
    finally:
        torch.set_num_threads(before)
    return {"figures": {"scales": spatial, "time": coding}, "markdown": _text(spatial, coding)}


def _text(spatial: dict[str, dict[str, float]], coding: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(spatial.values())))
    mean = {n: float(np.mean([c[n] for c in spatial.values()])) for n in names}
    best = max((n for n in names if n != "alone"), key=lambda n: mean[n])
    rows: list[list[Any]] = [[n, round(mean[n], 2), f"{mean[n] - mean['alone']:+.2f}"] for n in names]
    each: list[list[Any]] = [[clip, round(c["alone"], 2), f"{c[best] - c['alone']:+.2f}"] for clip, c in spatial.items()]
    gain = [[h, *(round(float(np.mean([c[f"{n} {h}"] for c in coding.values()])), 2) for n in ("sent", "predicted", "best")),
             f"{100 * float(np.mean([c[f'taken {h}'] for c in coding.values()])):.0f} %",
             f"{100 * float(np.mean([c[f'bits {h}'] for c in coding.values()])):+.1f} %"] for h in AHEAD]
    return ("Across scales: x2, luma, expected detail of a frame alone, and mixed with that of "
            f"{REACH} frames before and {REACH} after, moved here and tied to this frame's record; {len(spatial)} unseen clips.\n\n"
            + machine.table(["neighbours weigh / may miss by", "PSNR dB", "gain"], rows)
            + f"\n\nThe best of them ({best}), clip by clip:\n\n"
            + machine.table(["clip", "alone dB", "gain"], each)
            + f"\n\nIn time: PSNR of the picture as predicted from the last one, by motion of {BLOCK} x {BLOCK} blocks, "
            "found against the truth and sent, by the network (nothing is sent), and by the better of both at each "
            "block; how many blocks take the network's; and what that is worth, as half the logarithm of what is left over plus the "
            f"price of vectors, relative to motion alone, {len(coding)} clips.\n\n"
            + machine.table(["frames ahead", "motion sent dB", "network dB", "better of both", "blocks taken", "estimated bits"], gain))


def _fused(model: DetailModel, path: Path, clip: Clip) -> dict[str, float]:
    from engine.diffusor.consistency import group_mean, project
    from engine.diffusor.flow import box, motion_between, moved
    from engine.training.data import area_mean, to_uint8
    from engine.training.detail_eval import psnr
    h, w = (min(SIZE, s) // 8 * 8 for s in clip.y.shape[1:])
    y0, x0 = ((s - t) // 4 * 2 for s, t in zip(clip.y.shape[1:], (h, w), strict=True))
    c = np.s_[y0 // 2:(y0 + h) // 2, x0 // 2:(x0 + w) // 2]
    middle = len(clip.y) // 2
    made: dict[int, tuple[Tensor, Tensor]] = {}
    for t in range(max(middle - REACH, 0), min(middle + REACH + 1, len(clip.y))):
        small = [to_uint8(area_mean(p, 2)).astype(np.float32) for p in (clip.y[t][y0:y0 + h, x0:x0 + w], clip.u[t][c], clip.v[t][c])]
        fine = model.synthesise(*small, origin=(0, 0), key=(path.name, 0, 0), seed=0, stochastic=False)[0]
        made[t] = torch.from_numpy(small[0])[None, None], torch.from_numpy(fine)[None, None]
    record, alone = made[middle]
    truth = clip.y[middle][y0:y0 + h, x0:x0 + w]
    out = {"alone": psnr(to_uint8(alone[0, 0].numpy()), truth)}
    there = []
    for t, (_, fine) in made.items():
        if t != middle:
            picture = moved(fine, motion_between(alone, fine))
            there.append((picture, box((group_mean(picture) - record).abs(), 5)))
    for share in SHARES:
        for missed in MISSED:
            weights = [share * F.interpolate(torch.exp(-m / missed), scale_factor=2.0, mode="nearest") for _, m in there]
            mixed = (alone + sum(p * k for (p, _), k in zip(there, weights, strict=True))) / (1 + sum(weights))
            out[f"{share:g} / {missed:g}"] = psnr(to_uint8(project(mixed, record)[0, 0].numpy()), truth)
    return out


def _blocks(x: Tensor) -> Tensor:
    """`[B, C, h, w]` to the mean of each whole block."""
    return F.avg_pool2d(x, BLOCK)


def _context(model: Any, clip: Clip) -> dict[str, float]:
    """Errors left by both predictors, per block, at several horizons."""
    from engine.diffusor.flow import motion_between, moved
    from engine.training.ahead_eval import frame_of
    h, w = (min(SIZE, s) // BLOCK * BLOCK for s in clip.y.shape[1:])
    pick = np.s_[:, (clip.y.shape[1] - h) // 2 // 2 * 2:, (clip.y.shape[2] - w) // 2 // 2 * 2:]
    planes = clip.y[pick][:, :h, :w]
    half = np.zeros((h // 2, w // 2), np.uint8)
    cut = type(clip)(clip.name, planes, np.stack([half] * len(planes)), np.stack([half] * len(planes)))
    later = model.after(frame_of(cut, 0), frame_of(cut, 1), AHEAD[-1])
    last = torch.from_numpy(planes[1].astype(np.float32))[None, None]
    out: dict[str, float] = {}
    for n in AHEAD:
        truth = torch.from_numpy(planes[1 + n].astype(np.float32))[None, None]
        vectors = torch.round(4 * _blocks(motion_between(truth, last))) / 4  # quarter pixels, one for each block
        sent = moved(last, F.interpolate(vectors, scale_factor=float(BLOCK), mode="nearest"))
        stand = _blocks((last - truth) ** 2)
        a = torch.minimum(_blocks((sent - truth) ** 2), stand)
        b = _blocks((torch.from_numpy(later[n - 1].y.astype(np.float32))[None, None] - truth) ** 2)
        pixels, floor = BLOCK * BLOCK, 4.0  # squared grey steps that a coder of middling quality leaves anyway
        bits_a = 0.5 * pixels * torch.log2(a.clamp_min(floor) / floor) + torch.where(stand <= a, 1.0, VECTOR_BITS)
        bits_b = 0.5 * pixels * torch.log2(b.clamp_min(floor) / floor)
        both = torch.minimum(bits_a, bits_b) + 1.0
        out |= {f"{name} {n}": 10 * math.log10(255**2 / max(float(e.mean()), 1e-4))
                for name, e in (("sent", a), ("predicted", b), ("best", torch.minimum(a, b)))}
        out |= {f"taken {n}": float((bits_b < bits_a).float().mean()), f"bits {n}": float(both.sum() / bits_a.sum() - 1)}
    return out
