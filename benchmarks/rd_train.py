"""`rd` over crops of training clips: where is the codec worse than elsewhere? Not how good it is: networks and tables have seen them.

There are four times as many of them as validation clips, of more kinds. The middle of each, at most `MOST` pixels in size, is coded and
scored like a clip of its own.
"""
from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import machine
from .effort import tool
from .rd import bd_rate, measured

if TYPE_CHECKING:
    from .run import Options

MOST = (416, 352)
FRAMES = 65  # two key intervals and the frame that begins a third
OTHERS = ("x264", "x265", "svtav1")


def run(options: Options) -> dict[str, Any]:
    """Measure the chosen training clips."""
    clips = machine.train_clips(options.clips)
    if not clips:
        raise FileNotFoundError(f"no clips in {machine.data_dir() / 'train' / 'video'}")
    rows = {}
    for clip in clips:
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / f"{clip.stem}.y4m"
            count = min(options.frames, FRAMES)
            if middle(clip, part, count):
                rows[clip.stem] = measured(part, replace(options, frames=count))
    return {"figures": rows, "markdown": markdown(rows)}


def middle(clip: Path, out: Path, count: int) -> bool:
    """Write the middle of the first `count` frames of a clip; False where it has too few to code in slices, or `rdcurve.py` cannot read
    it (odd sizes)."""
    rdcurve = tool()
    try:
        frames, rate = rdcurve.read(clip, count)
    except ValueError as wrong:
        print(f"{clip.name}: left out: {wrong}", flush=True)
        return False
    if len(frames) < 9:
        return False
    h, w = frames[0][0].shape
    rows, columns = min(MOST[1], h // 16 * 16), min(MOST[0], w // 16 * 16)
    y, x = (h - rows) // 4 * 2, (w - columns) // 4 * 2
    whole, half = np.s_[y:y + rows, x:x + columns], np.s_[y // 2:(y + rows) // 2, x // 2:(x + columns) // 2]
    rdcurve.write_y4m(out, [(a[whole], b[half], c[half]) for a, b, c in frames], rate)
    return True


def merge(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """The new rows beside what is kept of other clips."""
    return machine.merged(new, old, markdown)


def markdown(figures: dict[str, Any]) -> str:
    """BD-rates, the clips that ask to be looked at first."""
    rates = {clip: [bd_rate(e["curves"][other], e["curves"]["lorentz"], key)[0] for key in ("psnr", "msssim_db") for other in OTHERS]
             for clip, e in figures.items()}
    worst = sorted(rates, key=lambda clip: -np.nan_to_num(rates[clip][:len(OTHERS)], nan=-100.0).max())
    rows = [[clip, figures[clip]["frames"], *(_percent(r) for r in rates[clip]), figures[clip]["machine"]["commit"]] for clip in worst]
    rows.append(["mean", "", *(_percent(float(np.nanmean(column))) for column in zip(*rates.values(), strict=True)), ""])
    absent = [c.stem for c in machine.train_clips() if c.stem not in figures]
    return "\n".join([
        f"Middle {MOST[0]}x{MOST[1]} of clips that the networks and tables were trained on: to find what is worse than "
        "elsewhere, not to say how good the codec is. Percent bits of ours at equal PSNR (6Y+U+V)/8 and at equal MS-SSIM, others as above; "
        "the worst in PSNR first." + (f" Not measured: {', '.join(absent)}." if absent else ""), "",
        machine.table(["clip", "frames asked", *(f"{key}, {other}" for key in ("PSNR", "MS-SSIM") for other in OTHERS), "commit"], rows)])


def _percent(rate: float) -> str:
    return f"{rate:+.1f} %" if rate == rate else "no overlap"
