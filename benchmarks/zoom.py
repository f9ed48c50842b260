"""How long a zoom of the bundled sample takes, stage by stage, in a fresh process."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.resources import asset_path

from . import machine
from .child import call

if TYPE_CHECKING:
    from .run import Options

CASES = {"cold": "first request of a fresh process", "place": "another place of the same frame", "frame": "another frame"}
STAGES = ("first", "near", "recorded", "synthesised")


def run(options: Options) -> dict[str, Any]:
    """Three kinds of request, a 512 x 512 view of 128 x 128 source pixels (x4), of the sample and of a video file."""
    paths = {"sample": Path(asset_path("sample.lzc"))} | {f"video {c.name}": c for c in machine.val_clips(("p5_crosswalk.mp4",))}
    figures = {name: call("zoom", path, 6) for name, path in paths.items()}
    rows: list[list[Any]] = []
    for name, found in figures.items():
        for case, title in CASES.items():
            cells = [f"{round(found[case][s])} ({round(found[case][s + ' cpu'])})" if s in found[case] else "-" for s in STAGES]
            rows.append([name, title, *cells])
    rows.append(["goal", "not the first", "50", "150", "150", "1000"])
    text = ("Milliseconds from the request to the first pixels, to the detail that is recorded (of a part of the picture decoded alone: at "
            "most a grey step away, and not yet called recorded), to the last recorded tile and to the last synthesised tile; in brackets "
            "processor time of this process. A 512 x 512 view of 128 x 128 pixels, medians of six. The viewer hands in the frame that it "
            "shows, so that a zoom of it is another place of the same frame.\n\n"
            + machine.table(["source", "request", "first pixels", "detail", "recorded", "synthesised x4"], rows)
            + f"\n\nPeak memory of the process with the sample: {figures['sample']['peak_mb']:.0f} MB.")
    return {"figures": figures, "markdown": text}
