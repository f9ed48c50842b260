"""`python -m benchmarks.run [--only rd,speed] [--clips a,b] [--frames N]`: measures, then writes benchmarks/RESULTS.md.

Each section leaves its figures in `results/<section>.json`; RESULTS.md is written from all of these, so sections that are not run
keep what they last measured, with the date and machine of that time.
"""
from __future__ import annotations

import argparse
import contextlib
import fcntl
import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import machine

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
SECTIONS = {
    "rd": "Bits for the same picture: rate and distortion beside other coders",
    "rd_long": "The same over three key intervals: what stands still is not sent again",
    "rd_train": "Where the codec is worse than elsewhere: training clips",
    "effort": "What effort and restoration save",
    "adapt": "Adapting to one camera",
    "ablation": "What each part of the codec is worth",
    "designs": "Designs of the codec at equal training",
    "speed": "Coding speed and memory",
    "exactness": "The same symbols and the same pixels on every configuration",
    "odd": "Long and odd footage",
    "correlation": "Restoration from correlated sets",
    "partial": "A part beside the whole: regions, half size, shuttling",
    "zoom": "From a request to pixels",
    "paint": "Painting a frame in the viewer",
    "ui": "The viewer under load",
    "detail": "Synthesised detail beside interpolation",
    "promises": "What synthesis keeps, and work that nobody wants any more",
    "stages": "What each stage of a zoom costs",
    "ahead": "Prediction in time",
    "neighbours": "What neighbouring frames are worth",
    "data": "General data: sensors, cubes, sound, pictures, text",
    "data_nearer": "General data nearer to its source, from correlated sets",
    "dense": "General data through a dense autoencoder",
}


@dataclass(frozen=True)
class Options:
    """clips: names, empty for all; frames: of each clip; qualities: of `lorentz compress` for the curve; minutes: of training, 0 for what
    the section takes by itself."""

    clips: tuple[str, ...] = ()
    frames: int = 96
    qualities: str = "8,20,32,44,56"
    minutes: float = 0


def measure(name: str, options: Options, command: str) -> bool:
    """Run one section and keep its result; False when it failed (its last result stays)."""
    before = machine.describe()
    try:
        module = importlib.import_module(f"benchmarks.{name}")
        result = module.run(options) if name != "detail" else module.run()
    except Exception:
        traceback.print_exc()
        print(f"{name}: failed, its last result stays", file=sys.stderr)
        return False
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    with alone():
        if hasattr(module, "merge") and file.is_file():
            result = module.merge(result, json.loads(file.read_text()))
        if name in ("rd", "rd_long", "rd_train"):  # rows of earlier runs stay: the command that would make all of them again
            clips = ",".join(clip.rsplit(".", 1)[0] for clip in sorted(result["figures"]))
            command += f" --clips {clips} --frames {options.frames} --qualities {options.qualities}"
        kept: dict[str, Any] = {"machine": before, "command": command, **result}
        file.write_text(json.dumps(kept, indent=1) + "\n")
    return True


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two runs at once must not lose each other's rows."""
    folder = os.open(RESULTS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def write_report() -> Path:
    """RESULTS.md from every result at hand."""
    parts = ["# Results", "", "Made by `make bench`: every figure comes from a command, losses included; each section says when, where "
             "and how.", ""]
    for name, title in SECTIONS.items():
        file = RESULTS / f"{name}.json"
        parts += [f"## {title}", ""]
        if not file.is_file():
            parts += ["Not measured yet.", ""]
            continue
        kept = json.loads(file.read_text())
        parts += [kept["markdown"].strip(), "", f"`{kept['command']}`", "", machine.line(kept["machine"]), ""]
    report = HERE / "RESULTS.md"
    report.write_text("\n".join(parts).rstrip() + "\n")
    return report


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"some of {','.join(SECTIONS)}; 'none' only writes RESULTS.md again")
    parser.add_argument("--clips", default="", help="names of validation clips (rd_train: training clips); all without")
    parser.add_argument("--frames", type=int, default=Options.frames)
    parser.add_argument("--qualities", default=Options.qualities)
    parser.add_argument("--minutes", type=float, default=Options.minutes, help="of training of each design")
    a = parser.parse_args(words)
    chosen = list(SECTIONS) if a.only is None else [s for s in a.only.split(",") if s and s != "none"]
    for name in chosen:
        if name not in SECTIONS:
            parser.error(f"no section {name!r}; there are {', '.join(SECTIONS)}")
    options = Options(tuple(c for c in a.clips.split(",") if c), a.frames, a.qualities, a.minutes)
    failed = []
    for name in chosen:
        print(f"== {name}", flush=True)
        command = f"python -m benchmarks.run --only {name}" + (f" --frames {a.frames}" if name == "speed" else "")
        command += f" --minutes {a.minutes:g}" if name in ("designs", "dense") and a.minutes else ""
        if not measure(name, options, command):
            failed.append(name)
    print(f"written: {write_report().relative_to(machine.ROOT)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
