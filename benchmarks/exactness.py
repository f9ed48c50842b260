"""One corpus of recordings, written on one configuration and decoded on every other within reach: symbols must be the same, pixels may
differ by one step of 255 at most."""
from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import machine
from .exactness_child import QUALITIES, Setting

if TYPE_CHECKING:
    from .run import Options

SOME = ("fast motion", "grey", "odd size 97 x 51", "scene cut", "two tiles side by side", "screen", "bundled sample", "p5_crosswalk",
        "webrtc_chrome")
ALIKE = ("text, scrolling", "screen", "fast motion")  # of one size: compiled once
OLD = (("ONEDNN_MAX_CPU_ISA", "SSE41"), ("ATEN_CPU_CAPABILITY", "default"), ("MKL_ENABLE_INSTRUCTIONS", "SSE4_2"))
CALM = (("GOMP_SPINCOUNT", "0"), ("OMP_WAIT_POLICY", "PASSIVE"))  # threads that wait must not keep others from working
SETTINGS = (
    Setting("as the writer"),
    Setting("one slice at a time", workers=1, films=SOME),
    Setting("four slices at a time, 2 threads in each", threads=2, workers=4, films=SOME, env=CALM),
    Setting("one slice at a time, 2 threads in it", threads=2, workers=1, films=SOME, env=CALM),
    Setting("channels first in memory", sums="first", films=SOME),
    Setting("convolutions four at a time", sums="batch", films=SOME),
    Setting("convolutions summed in float64", sums="double"),
    Setting("convolutions without oneDNN", mkldnn=False, films=SOME),
    Setting("a processor with SSE 4.1 only (oneDNN, torch, MKL)", env=OLD),
    Setting("integer loops compiled for any x86", env=(("NUMBA_CPU_NAME", "generic"), ("NUMBA_CACHE_DIR", "loops"))),
    Setting("bfloat16", precision="bfloat16"),
    Setting("bfloat16, one slice at a time, 2 threads in it", precision="bfloat16", threads=2, workers=1, films=SOME, env=CALM),
    Setting("tiles in the other order", tiles_back=True, films=SOME),
    Setting("frames one by one, the last first", frames_back=True),
    Setting("torch.compile (inductor), but for blocks in bases of their own", sums="compiled", workers=1, only=(32,), films=ALIKE),
    Setting("CUDA float32", device="cuda"),
    Setting("CUDA bfloat16", precision="bfloat16", device="cuda"),
    Setting("written in bfloat16: as the writer", precision="bfloat16", only=(32,), written="bfloat16"),
    Setting("written in bfloat16: read in float32", only=(32,), written="bfloat16"),
    Setting("written in bfloat16: summed in float64, one slice at a time", sums="double", workers=1, only=(32,), written="bfloat16"),
)
MOST = 1.0        # of 255: what pixels may differ by
LONGEST = 900.0   # seconds that one configuration may take


def child(what: str, folder: Path, setting: Setting, limit: float = LONGEST) -> dict[str, Any]:
    """`exactness_child` in a process of its own. RuntimeError with its last line when it fails."""
    env = {**os.environ, **{k: str(folder / v) if k.endswith("_DIR") else v for k, v in setting.env}}
    done = subprocess.run([sys.executable, "-m", "benchmarks.exactness_child", what, str(folder), json.dumps(asdict(setting))],
                          cwd=machine.ROOT, capture_output=True, text=True, env=env, timeout=limit)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1][:200])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def out_of_reach(setting: Setting) -> str:
    """Why this machine has no such configuration; empty where it has."""
    import torch
    if setting.device == "cuda" and not torch.cuda.is_available():
        return "no device here"
    if setting.sums == "compiled" and not (shutil.which("g++") or shutil.which("clang++")):
        return "no compiler here"
    if setting.sums == "compiled" and importlib.util.find_spec("torch._inductor") is None:
        return "torch has no compiler here"
    return ""


def run(options: Options) -> dict[str, Any]:
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        written = {}
        for precision, only in (("float32", QUALITIES), ("bfloat16", (32,))):
            folder = Path(name) / precision
            folder.mkdir()
            written[precision] = child("write", folder, Setting("", precision=precision, only=only), 2 * LONGEST)
        for setting in SETTINGS:
            row: dict[str, Any] = {"title": setting.title, "missing": out_of_reach(setting)}
            if not row["missing"]:
                try:
                    row |= child("read", Path(name) / setting.written, replace(setting, written=""))
                except (RuntimeError, subprocess.TimeoutExpired) as fault:
                    row["missing"] = f"failed: {fault}"[:200]
            figures.append(row)
            print(f"  {setting.title}: {row['missing'] or verdict(row)}", flush=True)
    if not any("wrong" in row for row in figures):
        raise RuntimeError("nothing could be read")
    return {"figures": {"rows": figures, "films": written["float32"]["films"]}, "markdown": markdown(figures, written)}


def verdict(row: dict[str, Any]) -> str:
    """The row in words."""
    good = row["wrong"] == row["hashes"] == 0 and row["pixels"] <= MOST
    return f"{'ok' if good else 'NOT EXACT'}, {row['wrong']} symbols wrong, pixels {row['pixels']:.3g}, at {row['worst']}"


def markdown(figures: list[dict[str, Any]], written: dict[str, Any]) -> str:
    rows = []
    for f in figures:
        if f["missing"]:
            rows.append([f["title"], f["missing"], *["-"] * 7])
            continue
        planes = None if not f["planes"] and f["pixels"] else f["planes"]
        rows.append([f["title"], f["files"], f["chunks"], f"{f['symbols'] / 1e6:.1f} M", f["wrong"], f["hashes"],
                     None if planes is None else round(planes, 4), round(f["pixels"], 3), f"{100 * f['changed'] / f['count']:.2g} %"])
    done = [f for f in figures if not f["missing"]]
    bad = [f["title"] for f in figures if f["missing"].startswith("failed")
           or (not f["missing"] and (f["wrong"] or f["hashes"] or f["pixels"] > MOST))]
    total = (f"{sum(f['wrong'] for f in done)} wrong of {sum(f['symbols'] for f in done) / 1e6:.0f} million symbols, pixels "
             f"{max((f['pixels'] for f in done), default=0):.3g} apart at most.")
    films = written["float32"]["films"]
    text = (f"{len(films)} films ({', '.join(films)}), each at qualities {', '.join(map(str, QUALITIES))}, are written by one process "
            "(float32; a second time, at quality 32, in bfloat16). Processes of other configurations decode the files. Symbols "
            "and vectors are compared one by one with those of the writer, and by the hash that the file stores of every chunk; pictures "
            "with those that the writer saw while it wrote: decoded planes in grey steps before rounding, pixels after it in 1/255, and "
            "the share of samples that rounding makes differ at all. Goals: no wrong symbol, pixels within 1. "
            + (f"Missed by: {'; '.join(bad)}. In all: " if bad else f"Held by all {len(done)} configurations: ") + total)
    head = ["decoded with", "files", "chunks", "symbols", "wrong", "wrong hashes", "planes apart", "pixels apart", "samples that differ"]
    return f"{text}\n\n{machine.table(head, rows)}"
