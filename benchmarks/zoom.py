"""How long a zoom of the bundled sample takes, stage by stage, in a fresh process."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.resources import asset_path

from . import machine
from .child import call

if TYPE_CHECKING:
    from .run import Options

CASES = {"cold": "first request of a fresh process", "place": "another place of the same frame", "frame": "another frame"}


def run(options: Options) -> dict[str, Any]:
    """Three kinds of request, a 512 x 512 view of 128 x 128 source pixels (x4)."""
    figures = call("zoom", asset_path("sample.lzc"), 6)
    stages = ("first", "recorded", "synthesised")
    rows: list[list[Any]] = [[title, *(round(figures[case].get(s, float("nan"))) if s in figures[case] else None for s in stages)]
                             for case, title in CASES.items()]
    rows.append(["goal (not cold)", 50, 150, 1000])
    text = ("Milliseconds from the request to the first pixels, to the last recorded tile and to the last synthesised tile; "
            "a 512 x 512 view of 128 x 128 pixels of the sample (1280x720), medians of six.\n\n"
            + machine.table(["request", "first pixels ms", "recorded ms", "synthesised x4 ms"], rows)
            + f"\n\nPeak memory of the process: {figures['peak_mb']:.0f} MB.")
    return {"figures": figures, "markdown": text}
