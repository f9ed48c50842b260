"""How good and how fast the shipped detail network is on footage it has not seen: `python -m benchmarks.detail`.

`run()` gives figures and Markdown; None where there is no footage to measure on (set LORENTZ_DATA to a folder with `val/`).
"""
from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import torch

from engine.diffusor import load_detail
from engine.training.data import dataset
from engine.training.detail_card import comparison_table, view_seconds
from engine.training.detail_eval import calibration, compare, load_pictures
from engine.training.scorecard import table


def footage() -> Path:
    """The data folder; its `val/` is measured on."""
    base = os.environ.get("LORENTZ_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(base)


def run(frames: int = 2) -> dict[str, Any]:
    """Measures x2 and x4 against bicubic and Lanczos, calibration of samples, and the time of a 512 x 512 view at x4.

    Returns {"figures": .., "markdown": text}; figures are empty, and the text says why, where there is no footage.
    """
    model, threads = load_detail(), torch.get_num_threads()
    seconds = view_seconds(model)
    speed = f"A 512 x 512 view at x4 (two passes, with context): {seconds * 1000:.0f} ms on {threads} thread(s)."
    files = dataset(footage(), "val")
    if not files:
        text = f"No footage in {footage() / 'val'}, so no PSNR was measured.\n\n{speed}\n"
        return {"figures": {"view_x4_seconds": seconds}, "markdown": text}
    pictures = load_pictures(files, frames=frames)
    figures: dict[str, Any] = {f"x{f}": compare(model, pictures, f) for f in (2, 4)}
    figures["calibration_x2"] = spread = calibration(model, pictures[::2])
    figures["view_x4_seconds"] = seconds
    parts = [f"Luma, {len(pictures)} pictures of {len({p.group for p in pictures})} unseen clips and photographs, "
             "input = area mean rounded to whole grey steps; every clip counts once."]
    for factor in (2, 4):
        parts += ["", f"x{factor}" + (" by recursion" if factor > 2 else ""), "", table(*comparison_table(figures[f"x{factor}"]))]
    parts += ["", f"Of the pixels with a spread above half a grey step, {100 * spread['inside_90']:.1f} % lie inside the 90 % band of "
              f"{spread['samples']:.0f} samples at x2 (90 is ideal).", "", speed]
    return {"figures": figures, "markdown": "\n".join(parts) + "\n"}


if __name__ == "__main__":
    sys.stdout.write(run()["markdown"])
