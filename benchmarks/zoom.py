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
STAGES = ("first", "recorded", "synthesised")


def run(options: Options) -> dict[str, Any]:
    """Three kinds of request, a 512 x 512 view of 128 x 128 pixels (x4), of the sample and of a video file; then jumps in the viewer."""
    paths = {"sample": Path(asset_path("sample.lzc"))} | {f"video {c.name}": c for c in machine.val_clips(("p5_crosswalk.mp4",))}
    figures = {name: {**call("zoom", path, 6), "seek": call("seek", path, 8)} for name, path in paths.items()}

    def cells(found: dict[str, float], names: tuple[str, ...]) -> list[str]:
        return [f"{round(found[s])} ({round(found[s + ' cpu'])})" if s in found else "-" for s in names]

    rows = [[name, title, *cells(found[case], STAGES)] for name, found in figures.items() for case, title in CASES.items()]
    jumps = [[name, *cells(found["seek"], ("first", "frame"))] for name, found in figures.items()]
    text = ("Milliseconds from the request to the first pixels, to the last recorded tile and to the last synthesised tile; in brackets "
            "processor time of this process (a video is decoded in another one). A 512 x 512 view of 128 x 128 pixels, medians of six. The "
            "viewer hands in the frame that it shows, so that a zoom of it is another place of the same frame.\n\n"
            + machine.table(["source", "request", "first pixels", "recorded", "synthesised x4"],
                            [*rows, ["goal", "not the first", "50", "150", "1000"]])
            + "\n\nA jump to a frame far away, as the viewer makes it: to the first look (of a recording, from its coarsest level), and to "
            "the whole frame, medians of eight.\n\n" + machine.table(["source", "first look", "whole frame"], jumps)
            + f"\n\nPeak memory of the process with the sample: {figures['sample']['peak_mb']:.0f} MB.")
    return {"figures": figures, "markdown": text}
