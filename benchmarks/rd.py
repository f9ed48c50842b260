"""Rate-distortion on validation clips, with x264, x264-intra, x265 and SVT-AV1 on the same frames in the same run.

The curves come from `rdcurve.py` (`$LORENTZ_RDCURVE`, else `../shared/tools/rdcurve.py`), called clip by clip; here they become
BD-rates against every one of the anchors. A run over some clips replaces only these clips' rows.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from . import machine

if TYPE_CHECKING:
    from .run import Options

ANCHORS = ("x264-intra", "x264", "x265", "svtav1")
Points = list[dict[str, float]]


def bd_rate(anchor: Points, test: Points, key: str = "psnr") -> tuple[float, float]:
    """Percent bits of `test` against `anchor` at equal quality (mean over the overlap of the two curves, PCHIP on log rate), and
    the overlap as a share of the anchor's quality range. NaN where the curves do not meet."""
    def curve(points: Points) -> tuple[np.ndarray, np.ndarray]:
        quality: list[float] = []
        rate: list[float] = []
        for p in sorted(points, key=lambda p: p[key]):
            if not quality or p[key] > quality[-1] + 1e-6:
                quality.append(p[key])
                rate.append(float(np.log(p["bpp"])))
        return np.array(quality), np.array(rate)

    (qa, ra), (qt, rt) = curve(anchor), curve(test)
    low, high = max(qa[0], qt[0]), min(qa[-1], qt[-1])
    if high <= low or len(qa) < 3 or len(qt) < 3:
        return float("nan"), 0.0
    grid = np.linspace(low, high, 256)
    difference = PchipInterpolator(qt, rt)(grid) - PchipInterpolator(qa, ra)(grid)
    return float((np.exp(np.mean(difference)) - 1) * 100), float((high - low) / (qa[-1] - qa[0]))


def monotone(points: Points) -> bool:
    """Bytes and PSNR both rise with the quality setting."""
    p = sorted(points, key=lambda p: p["q"])
    return all(a["bpp"] < b["bpp"] and a["psnr"] < b["psnr"] for a, b in pairwise(p))


def rdcurve() -> Path:
    """Where `rdcurve.py` should be."""
    return Path(os.environ.get("LORENTZ_RDCURVE") or machine.ROOT.parent / "shared" / "tools" / "rdcurve.py")


def run(options: Options) -> dict[str, Any]:
    """Measure the chosen clips."""
    clips = machine.val_clips(options.clips)
    if not rdcurve().is_file() or not clips:
        raise FileNotFoundError(f"needs {rdcurve()} and clips in {machine.data_dir() / 'val' / 'video'}")
    rows = {clip.name: measured(clip, options) for clip in clips}
    return {"figures": rows, "markdown": markdown(rows)}


def measured(clip: Path, options: Options) -> dict[str, Any]:
    """Ours and the others' points for one clip, with what they were measured on."""
    lorentz = Path(sys.executable).with_name("lorentz")
    with tempfile.TemporaryDirectory() as folder:
        out, begun = Path(folder) / "curves.json", machine.describe()
        subprocess.run([sys.executable, str(rdcurve()), str(clip), "--frames", str(options.frames), "--qualities", options.qualities,
                        "--cmd", str(lorentz), "--json", str(out)], check=True)
        return {"curves": next(iter(json.loads(out.read_text()).values())), "frames": options.frames, "machine": begun}


def merge(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """The new rows beside what is kept of other clips."""
    return machine.merged(new, old, markdown)


def markdown(figures: dict[str, Any]) -> str:
    """Tables of BD-rates, of the points of our curve, and of speeds."""
    rows, columns = [], {a: [] for a in ANCHORS}
    for clip, entry in sorted(figures.items()):
        curves, row = entry["curves"], [clip.rsplit(".", 1)[0]]
        for anchor in ANCHORS:
            rate, overlap = bd_rate(curves[anchor], curves["lorentz"])
            if rate == rate:
                columns[anchor].append(rate)
            row.append(f"{rate:+.1f} % ({overlap:.2f})" if rate == rate else "no overlap")
        rows.append([*row, "yes" if monotone(curves["lorentz"]) else "NO", entry["machine"]["commit"]])
    mean = ["mean"] + [f"{np.mean(c):+.1f} % ({len(c)} of {len(figures)})" if c else "-" for c in columns.values()]
    rows.append([*mean, "", ""])
    absent = [c.stem for c in machine.val_clips() if c.name not in figures]
    parts = [
        "BD-rate of ours, in percent bits at equal PSNR (6Y+U+V)/8: **below zero we need fewer bits, above zero more**. In brackets the "
        "overlap of the curves as a share of the other's quality range (under 0.3 read it with care). Others: medium / preset 8, tuned "
        "for PSNR, a key frame every 32 frames; x264-intra: every frame a key frame. Real file bytes. Monotone: bytes and PSNR rise with "
        "the quality setting." + (f" Not measured: {', '.join(absent)}." if absent else ""), "",
        machine.table(["clip", *(f"against {a}" for a in ANCHORS), "monotone", "commit"], rows), "",
        "The same in MS-SSIM, mean over clips: " + ", ".join(_msssim(figures, a) for a in ANCHORS) + ".", "",
        "For scale, the others against x264: " + ", ".join(_between(figures, a) for a in ANCHORS if a != "x264") + ".", "",
        "Points of our curve: quality setting, bits per pixel, PSNR in dB, frames per second of the whole command (start included).", "",
    ]
    points = []
    for clip, entry in sorted(figures.items()):
        for p in entry["curves"]["lorentz"]:
            points.append([clip.rsplit(".", 1)[0], entry["frames"], int(p["q"]), float(p["bpp"]), float(p["kbps"]), round(p["psnr"], 2),
                           float(p["enc_fps"]), float(p["dec_fps"])])
    parts.append(machine.table(["clip", "frames asked", "quality", "bit/px", "kbit/s", "PSNR", "encode fps", "decode fps"], points))
    return "\n".join(parts)


def _msssim(figures: dict[str, Any], anchor: str) -> str:
    values = [bd_rate(e["curves"][anchor], e["curves"]["lorentz"], "msssim_db")[0] for e in figures.values()
              if "msssim_db" in e["curves"]["x264"][0]]
    good = [v for v in values if v == v]
    return f"{anchor} {np.mean(good):+.1f} % ({len(good)} clips)" if good else f"{anchor} no overlap"


def _between(figures: dict[str, Any], anchor: str) -> str:
    good = [v for e in figures.values() if (v := bd_rate(e["curves"]["x264"], e["curves"][anchor])[0]) == v]
    return f"{anchor} {np.mean(good):+.1f} %" if good else f"{anchor} no overlap"
