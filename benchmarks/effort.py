"""What `--effort` and restoration are worth on whole files, in bits at equal quality, by the measures of `rdcurve.py`.

Every effort writes the same frames; each file is restored twice, as `lorentz restore` does by default and with `--no-correlation`. A run
over some clips replaces only these clips' rows.
"""
from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import machine, rd
from .rd import Points, bd_rate

if TYPE_CHECKING:
    from types import ModuleType

    from .run import Options

EFFORTS = ("fast", "normal", "high")
QUALITIES = (8, 20, 32, 44)
MOST = 64  # frames
# (way, what it is set beside): a way is an effort, and whether the correlation network and its patterns restore
PAIRS = ((("high", True), ("normal", True)), (("high", False), ("normal", False)), (("fast", True), ("normal", True)),
         (("normal", True), ("normal", False)), (("high", True), ("high", False)))


def tool() -> ModuleType:
    """`rdcurve.py` as a module: its reading, writing and scoring."""
    path = rd.rdcurve()
    spec = importlib.util.spec_from_file_location("rdcurve", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise FileNotFoundError(f"needs {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(options: Options) -> dict[str, Any]:
    """Measure the chosen clips."""
    rdcurve, clips = tool(), machine.val_clips(options.clips)
    if not clips:
        raise FileNotFoundError(f"no clips in {machine.data_dir() / 'val' / 'video'}")
    rows = {}
    for clip in clips:
        begun = machine.describe()
        rows[clip.stem] = {**measure(rdcurve, clip, min(options.frames, MOST)), "machine": begun}
        print(clip.stem, _row(rows[clip.stem]), flush=True)
    return {"figures": rows, "markdown": markdown(rows)}


def merge(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """The new rows beside what is kept of other clips."""
    return machine.merged(new, old, markdown)


def measure(rdcurve: ModuleType, clip: Path, count: int) -> dict[str, Any]:
    """Points of every way for one clip, and frames a second of every effort's writing."""
    lorentz = str(Path(sys.executable).with_name("lorentz"))
    frames, rate = rdcurve.read(clip, count)
    pixels = len(frames) * frames[0][0].size
    curves: dict[str, Points] = {_name(e, r): [] for e in EFFORTS for r in (True, False)}
    speeds: dict[str, list[float]] = {e: [] for e in EFFORTS}
    with tempfile.TemporaryDirectory() as folder:
        source, out, shown = (Path(folder) / n for n in ("source.y4m", "a.lzc", "a.y4m"))
        rdcurve.write_y4m(source, frames, rate)
        for effort in EFFORTS:
            for quality in QUALITIES:
                began = time.perf_counter()
                subprocess.run([lorentz, "compress", str(source), str(out), "--quality", str(quality), "--effort", effort], check=True,
                               stdout=subprocess.DEVNULL)
                speeds[effort].append(len(frames) / (time.perf_counter() - began))
                for restored in (True, False):
                    subprocess.run([lorentz, "restore", str(out), str(shown), *([] if restored else ["--no-correlation"])], check=True,
                                   stdout=subprocess.DEVNULL)
                    score = rdcurve.score(frames, rdcurve.read(shown, 0)[0])
                    curves[_name(effort, restored)].append({"q": quality, "bpp": 8 * out.stat().st_size / pixels, **score})
                    shown.unlink()
                out.unlink()
    return {"frames": len(frames), "curves": curves, "fps": {e: float(np.mean(v)) for e, v in speeds.items()}}


def _name(effort: str, restored: bool) -> str:
    return effort if restored else f"{effort}, not restored"


def _rates(entry: dict[str, Any], key: str = "psnr") -> list[float]:
    return [bd_rate(entry["curves"][_name(*other)], entry["curves"][_name(*way)], key)[0] for way, other in PAIRS]


def _row(entry: dict[str, Any]) -> list[str]:
    return [f"{v:+.1f} %" for v in _rates(entry)]


def markdown(figures: dict[str, Any]) -> str:
    """Tables of BD-rates and of the points."""
    head = ["clip", "frames", *(f"{_name(*way)}, against {_name(*other)}" for way, other in PAIRS), "commit"]
    rows = [[name, e["frames"], *_row(e), e["machine"]["commit"]] for name, e in sorted(figures.items())]
    mean = [f"{v:+.1f} %" for v in np.mean([_rates(e) for e in figures.values()], 0)]
    ssim = [f"{v:+.1f} %" for v in np.nanmean([_rates(e, "msssim_db") for e in figures.values()], 0)]
    points = [[name, way, int(p["q"]), round(p["bpp"], 5), round(p["psnr"], 3), round(p.get("msssim_db", float("nan")), 3)]
              for name, e in sorted(figures.items()) for way, curve in e["curves"].items() for p in curve]
    speeds = [[name, *(round(e["fps"][s], 1) for s in EFFORTS)] for name, e in sorted(figures.items())]
    return "\n".join([
        "Bits at equal PSNR (6Y+U+V)/8 of whole files, everything counted: **below zero fewer bits**. *Restored* is what `lorentz restore` "
        "does by itself; at effort normal that is given patterns alone, at effort high also the correlation network, at effort fast "
        "nothing. Qualities " + ", ".join(map(str, QUALITIES)) + ".", "",
        machine.table(head, [*rows, ["mean", "", *mean, ""], ["mean, MS-SSIM", "", *ssim, ""]]), "",
        "Frames a second of the whole command, mean over qualities:", "", machine.table(["clip", *EFFORTS], speeds), "",
        machine.table(["clip", "way", "quality", "bit/px", "PSNR", "MS-SSIM dB"], points)])
