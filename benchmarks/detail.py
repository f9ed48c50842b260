"""How good the shipped detail network is on footage it has not seen: `python -m benchmarks.detail`.

`run()` gives figures and Markdown; they are empty, and the text says why, where there is no footage to measure on (set LORENTZ_DATA to a
folder with `val/`). What it costs is measured by `benchmarks.stages`.
"""
from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.diffusor import load_detail
from engine.training.data import dataset
from engine.training.detail_card import comparison_table
from engine.training.detail_eval import Picture, compare, load_pictures
from engine.training.detail_fit import BINS, CASES, coverage
from engine.training.detail_looks import flicker, looks
from engine.training.scorecard import table

if TYPE_CHECKING:
    from engine.diffusor import DetailModel

# luma PSNR in dB of bicubic and of SAFMN (Sun et al., ICCV 2023), as published; the photographs there are others than ours
PUBLISHED = {2: (("Set5", 33.66, 38.00), ("B100", 29.56, 32.16), ("Urban100", 26.88, 31.84)),
             4: (("Set5", 28.42, 32.18), ("B100", 25.96, 27.58), ("Urban100", 23.14, 25.97))}


FLICKERS = ("recorded", "bicubic", "mean", "sample", "mean, steadied", "sample, steadied")


def footage() -> Path:
    """The data folder; its `val/` is measured on."""
    base = os.environ.get("LORENTZ_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(base)


def run(frames: int = 2) -> dict[str, Any]:
    """x2 and x4 against bicubic and Lanczos, realism of samples, calibration, and flicker where nothing moves."""
    files = dataset(footage(), "val")
    if not files:
        return {"figures": {}, "markdown": f"No footage in {footage() / 'val'}, so nothing was measured.\n"}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _run(load_detail(), files, frames)
    finally:
        torch.set_num_threads(threads)


def _run(model: DetailModel, files: list[Path], frames: int) -> dict[str, Any]:
    pictures, small = load_pictures(files, frames=frames), load_pictures(files, frames=1, size=256)
    figures: dict[str, Any] = {f"x{f}": compare(model, pictures, f) for f in (2, 4)}
    parts = [f"Luma, {len(pictures)} pictures of {len({p.group for p in pictures})} unseen clips and photographs, "
             "input = area mean rounded to whole grey steps; every clip counts once."]
    for factor in (2, 4):
        parts += ["", f"x{factor}" + (" by recursion" if factor > 2 else ""), "", table(*comparison_table(figures[f"x{factor}"]))]
    parts += ["", *_beside_published(figures), "", *_looks(model, small, figures), "", *_calibration(model, small, figures), "",
              *_flicker(model, files, figures)]
    return {"figures": figures, "markdown": "\n".join(parts) + "\n"}


def _beside_published(figures: dict[str, Any]) -> list[str]:
    rows = []
    for factor, sets in PUBLISHED.items():
        ours = figures[f"x{factor}"]
        bicubic, mean = (ours[name]["photo"]["psnr"] for name in ("bicubic", "ours, mean"))
        rows.append([f"x{factor}", "our 8 photographs", f"{bicubic:.2f}", f"{mean:.2f}", f"{mean - bicubic:+.2f}", "ours"])
        rows += [[f"x{factor}", name, f"{low:.2f}", f"{high:.2f}", f"{high - low:+.2f}", "SAFMN, as published"] for name, low, high in sets]
    text = ("Photographs beside published figures. The pictures are not the same, and the published networks reduce by bicubic and were "
            "trained for days on a GPU; the gain over bicubic is what can be compared.")
    return [text, "", table(["", "pictures", "bicubic dB", "network dB", "gain", "network"], rows)]


def _looks(model: DetailModel, pictures: list[Picture], figures: dict[str, Any]) -> list[str]:
    parts = ["Does it look like a photograph? Distance between what 18 small filters see at two scales and what they see in the truth "
             "(0 = the same statistics; a blurred and a noisy picture are both far), beside PSNR; 256 x 256 from the middle of each clip."]
    for factor in (2, 4):
        figures[f"looks x{factor}"] = found = looks(model, pictures, factor)
        rows = [[name, f"{r['distance']:.3f}", f"{r['edges']:.3f}", f"{r['psnr']:.2f}"] for name, r in found.items()]
        parts += ["", table([f"x{factor}", "distance", "edge energy / truth", "PSNR dB"], rows)]
    return parts


def _calibration(model: DetailModel, pictures: list[Picture], figures: dict[str, Any]) -> list[str]:
    """The reliability table."""
    rows = []
    for quality, (coded, depths) in CASES.items():
        for depth in depths[:3]:
            figures[f"coverage q{quality} x{2 ** depth}"] = c = coverage(model, pictures, depth, quality)
            cells = [f"{100 * c[k]:.0f} % ({100 * c[s]:.0f} %)" if (k := f"inside_90 {a:g}-{b:g}") in c and (s := f"share {a:g}-{b:g}") in c
                     else "-" for a, b in BINS]
            rows.append([f"x{2 ** depth}", "not coded" if coded is None else f"quality {coded}", f"{100 * c['inside_90']:.1f} %", *cells])
    text = ("Is the uncertainty true? Share of luma pixels of unseen pictures whose truth lies in the 90 % band around the expected detail "
            "(90 is ideal), over all pixels and by the standard deviation that is stated, in grey steps (in brackets how many pixels that "
            "is). Fitted on training footage; 8 samples.")
    return [text, "", table(["level", "source", "all", *(f"{a:g} to {b:g}" if b < 256 else f"over {a:g}" for a, b in BINS)], rows)]


def _flicker(model: DetailModel, files: list[Path], figures: dict[str, Any]) -> list[str]:
    figures["flicker"] = found = flicker(model, [f for f in files if f.parent.name == "video"])
    rows = [[name, f"{100 * r['share']:.0f} %", *(f"{r[k]:.3f}" for k in FLICKERS)]
            for name, r in found.items()]
    if found:
        mean = {k: sum(r[k] for r in found.values()) / len(found) for k in FLICKERS}
        rows.append(["mean", "", *(f"{v:.3f}" for v in mean.values())])
        rows.append(["beside recorded", "", *(f"{100 * (v / mean['recorded'] - 1):+.0f} %" for v in mean.values())])
    text = ("Does it flicker? Mean absolute change from frame to frame where the recorded clip stands still, in grey steps, x2 from the "
            "clip at half its size. Steadied: mixed with the frame before and the one after where nothing moves, as zoomed clips are "
            "exported; single pictures and the viewer show frames by themselves.")
    return [text, "", table(["clip", "still", "recorded", "bicubic", "expected detail", "one sample",
                             "expected, steadied", "sample, steadied"], rows)]


if __name__ == "__main__":
    sys.stdout.write(run()["markdown"])
