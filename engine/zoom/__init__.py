"""Zoom: plans, draws and exports views of a source, within the record and beyond it, with the truth on every pixel."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cache import TileCache, TileKey
    from .controller import Priority, ZoomController, ZoomPlan, ZoomStep
    from .costs import CostTable
    from .engine import ZoomEngine
    from .geometry import Grid, clamp_roi, recorded_limit
    from .render import Rendered, render_zoom
    from .sidecar import Exported, VerifyReport, sidecar_path, verify_sidecar, write_export

_HOMES = {"TileCache": "cache", "TileKey": "cache",
          "Priority": "controller", "ZoomController": "controller", "ZoomPlan": "controller", "ZoomStep": "controller",
          "CostTable": "costs", "ZoomEngine": "engine", "Grid": "geometry", "clamp_roi": "geometry", "recorded_limit": "geometry",
          "Rendered": "render", "render_zoom": "render", "Exported": "sidecar", "VerifyReport": "sidecar", "sidecar_path": "sidecar",
          "verify_sidecar": "sidecar", "write_export": "sidecar"}
__all__ = [
    "CostTable", "Exported", "Grid", "Priority", "Rendered", "TileCache", "TileKey", "VerifyReport", "ZoomController",
    "ZoomEngine", "ZoomPlan", "ZoomStep", "clamp_roi", "recorded_limit", "render_zoom", "sidecar_path",
    "verify_sidecar", "write_export",
]


def __getattr__(name: str) -> Any:
    """Load a part only when it is asked for: who bridges lost frames for a first picture needs nothing of the rest."""
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"engine.zoom.{_HOMES[name]}"), name)
