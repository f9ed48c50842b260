"""Zoom: plans, draws and exports views of a source, within the record and beyond it, with the truth on every pixel."""
from .blending import Mosaic, crossfade, feather_weights
from .cache import TileCache, TileKey
from .controller import Priority, ZoomController, ZoomPlan, ZoomStep
from .costs import CostTable
from .engine import ZoomEngine
from .geometry import Grid, clamp_roi, recorded_limit
from .render import Rendered, render_zoom
from .sidecar import Exported, VerifyReport, sidecar_path, verify_sidecar, write_export

__all__ = [
    "CostTable", "Exported", "Grid", "Mosaic", "Priority", "Rendered", "TileCache", "TileKey", "VerifyReport", "ZoomController",
    "ZoomEngine", "ZoomPlan", "ZoomStep", "clamp_roi", "crossfade", "feather_weights", "recorded_limit", "render_zoom", "sidecar_path",
    "verify_sidecar", "write_export",
]
