"""How long the viewer takes to set and paint a frame, without a screen (raster, as on a machine without OpenGL)."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import machine
from .child import call

if TYPE_CHECKING:
    from .run import Options

SIZES = {"1080p": (1920, 1080), "4K": (3840, 2160)}


def run(options: Options) -> dict[str, Any]:
    """Both sizes, the viewer's own frame view and a bare pyqtgraph ImageItem."""
    figures = {name: call("paint", *size) for name, size in SIZES.items()}
    rows = [[name, *(round(f[k], 2) for k in ("ours_ms", "ours_cpu_ms", "imageitem_ms")), round(f["peak_mb"])]
            for name, f in figures.items()]
    rows.append(["goal", 4.0, "", "", ""])
    return {"figures": figures, "markdown": "Milliseconds to set and paint a whole frame at 1:1, median of 30.\n\n" + machine.table(
        ["frame", "viewer's frame view ms", "processor time ms", "pyqtgraph ImageItem ms", "peak MB"], rows)}
