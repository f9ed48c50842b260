"""Measures prediction in time on clips it has not seen: PSNR and MS-SSIM of luma 1, 4 and 8 frames ahead, beside repeating the last
picture and beside moving it on without judgement; and bridges over gaps."""
from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from engine.api import Frame
from engine.diffusor.ahead import AheadModel, between
from engine.diffusor.flow import carried_on, motion_between, moved

from .data import Clip, load_clip, to_uint8
from .detail_eval import Row, psnr

HORIZONS = (1, 4, 8)
MOVING = 0.6  # mean absolute difference of neighbouring frames, in grey steps, from which a place of a clip counts as moving
_SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def ms_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Multi-scale structural similarity (Wang 2003) of luma, fewer scales where the picture is small."""
    g = torch.exp(-(torch.arange(-5, 6, dtype=torch.float32) ** 2) / 4.5)
    g = g / g.sum()
    x = torch.from_numpy(np.stack((a, b)).astype(np.float32))[:, None] - 128
    total, weights = 1.0, 0.0
    for n, weight in enumerate(_SCALES):
        last = n == len(_SCALES) - 1 or min(x.shape[-2:]) < 24
        every = torch.cat((x, x * x, x[:1] * x[1:]))
        ma, mb, aa, bb, ab = F.conv2d(F.conv2d(every, g.view(1, 1, 1, -1)), g.view(1, 1, -1, 1))[:, 0]
        aa, bb, ab = aa - ma**2, bb - mb**2, ab - ma * mb
        part = (2 * ab + 58.5225) / (aa + bb + 58.5225)
        if last:
            ma, mb = ma + 128, mb + 128
            part = part * (2 * ma * mb + 6.5025) / (ma**2 + mb**2 + 6.5025)
        total *= max(float(part.mean()), 1e-6) ** weight
        weights += weight
        if last:
            break
        x = F.avg_pool2d(x, 2)
    return float(total ** (1 / weights))


def frame_of(clip: Clip, t: int) -> Frame:
    return Frame(clip.y[t], clip.u[t], clip.v[t], t)


def places(clip: Clip, count: int) -> list[int]:
    """Up to `count` frames, spread over the clip, that have enough frames after them, and where the clip moves both before and after (a
    screen recording that jumps and then stands still tells nothing of motion)."""
    change = [np.abs(b.astype(np.int16) - a).mean() for a, b in pairwise(clip.y)]
    found = [t for t in range(1, len(clip.y) - HORIZONS[-1]) if min(change[t - 1], change[t]) > MOVING]
    return [found[i] for i in np.unique(np.linspace(0, len(found) - 1, min(count, len(found))).astype(int))] if found else []


def measure(model: AheadModel, paths: list[Path], count: int = 2, frames: int = 32, size: int = 640) -> dict[str, dict[int, Row]]:
    """Clip name -> frames ahead -> figures, for clips that move."""
    out: dict[str, dict[int, Row]] = {}
    for path in paths:
        clip = load_clip(path, frames, size, every=1)
        if clip is None:
            continue
        rows: dict[int, list[Row]] = {h: [] for h in HORIZONS}
        for t in places(clip, count):
            made = model.after(frame_of(clip, t - 1), frame_of(clip, t), HORIZONS[-1])
            a, b = (torch.from_numpy(clip.y[n].astype(np.float32))[None, None] for n in (t - 1, t))
            back = motion_between(b, a)
            for h in HORIZONS:
                truth = clip.y[t + h]
                plain = to_uint8(moved(b, carried_on(back, float(h)))[0, 0].numpy())
                rows[h].append({f"{name} {kind}": f(picture, truth) for name, picture in
                                (("stand", clip.y[t]), ("moved", plain), ("ours", made[h - 1].y)) for kind, f in
                                (("psnr", psnr), ("ms_ssim", ms_ssim))})
        if rows[1]:
            out[path.name] = {h: {k: float(np.mean([r[k] for r in v])) for k in v[0]} for h, v in rows.items()}
    return out


def means(measured: dict[str, dict[int, Row]]) -> dict[int, Row]:
    """Frames ahead -> figures, every clip counting once."""
    return {h: {k: float(np.mean([c[h][k] for c in measured.values()])) for k in next(iter(measured.values()))[h]} for h in HORIZONS}


def bridges(paths: list[Path], gap: int = 8, frames: int = 32, size: int = 640) -> dict[str, Row]:
    """PSNR of luma in the middle of gaps of `gap` frames: repeated from before, cross-faded, bridged."""
    out: dict[str, Row] = {}
    for path in paths:
        clip = load_clip(path, frames, size, every=1)
        if clip is None:
            continue
        rows: list[Row] = []
        for t in places(clip, 2):
            if t + gap + 1 >= len(clip.y):
                continue
            a, b = frame_of(clip, t), frame_of(clip, t + gap + 1)
            share = (gap // 2 + 1) / (gap + 1)
            truth = clip.y[t + gap // 2 + 1]
            faded = to_uint8(a.y * (1 - share) + b.y * share)
            rows.append({"stand": psnr(a.y, truth), "faded": psnr(faded, truth), "bridged": psnr(between(a, b, [share])[0].y, truth)})
        if rows:
            out[path.name] = {k: float(np.mean([r[k] for r in rows])) for k in rows[0]}
    return out
