"""Prediction in time on unseen clips: PSNR and MS-SSIM 1, 4 and 8 frames ahead beside repeating the last picture; gaps bridged."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from . import machine

if TYPE_CHECKING:
    from .run import Options


def run(options: Options) -> dict[str, Any]:
    """Every validation clip that moves, reduced to at most 640 pixels."""
    from engine.diffusor.ahead import load_ahead
    from engine.training.ahead_eval import HORIZONS, bridges, means, measure
    clips = machine.val_clips(options.clips)
    if not clips:
        return {"figures": {}, "markdown": "No footage to measure on (set LORENTZ_DATA)."}
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found, gaps = measure(load_ahead(), clips), bridges(clips)
    finally:
        torch.set_num_threads(before)
    mean = means(found)
    rows: list[list[Any]] = [
        [h, *(round(mean[h][f"{n} psnr"], 2) for n in ("stand", "moved", "ours")),
         *(round(mean[h][f"{n} ms_ssim"], 4) for n in ("stand", "moved", "ours")),
         f"{sum(c[h]['ours psnr'] >= c[h]['stand psnr'] for c in found.values())} of {len(found)}"] for h in HORIZONS]
    each: list[list[Any]] = [[name, *(f"{c[h]['ours psnr'] - c[h]['stand psnr']:+.2f}" for h in HORIZONS)] for name, c in found.items()]
    gap = {k: sum(g[k] for g in gaps.values()) / len(gaps) for k in ("stand", "faded", "bridged")}
    text = (
        f"The picture 1, 4 and 8 frames after the last decoded one, luma of {len(found)} unseen clips, at places where "
        "they move before and after, reduced to at most 640 "
        "pixels. Beside it: the last picture repeated, and all of it moved on without judging where that is right.\n\n"
        + machine.table(["frames ahead", "repeated dB", "moved on dB", "ours dB", "repeated MS-SSIM", "moved on", "ours",
                         "clips not worse"], rows)
        + "\n\nGain over repeating the last picture, dB, clip by clip:\n\n"
        + machine.table(["clip", *(f"{h} ahead" for h in HORIZONS)], each)
        + f"\n\nThe middle of gaps of 8 lost frames: the last frame repeated {gap['stand']:.2f} dB, cross-faded {gap['faded']:.2f} dB, "
        f"bridged by motion from both sides {gap['bridged']:.2f} dB ({len(gaps)} clips).")
    return {"figures": {"clips": found, "mean": mean, "gaps": gaps}, "markdown": text}
