"""One finished zoom for an export: the same drawing as on screen, to the full depth, with every pixel accounted for."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from engine.api import CancelCheck, Cancelled, EngineError, FrameSource, Look, ModelError, Roi

from . import geometry, looks, provenance
from .cache import TileCache
from .controller import DRAW_TILE, MAX_SAMPLES
from .geometry import Grid, Rect
from .parts import part_of
from .pictures import Pictures
from .restored import restorer_for
from .tiles import TILE, Synthesiser, context
from .view import View

MAX_AROUND = 2


class Rendered(NamedTuple):
    """rgb `[h, w, 3]` uint8, provenance `[h, w]` uint8, uncertainty `[h, w]` float32 (one sigma, grey steps) or None, JSON-able facts."""

    rgb: np.ndarray
    provenance: np.ndarray
    uncertainty: np.ndarray | None
    facts: dict[str, Any]


def render_zoom(source: FrameSource, frame: int, roi: Roi, magnify: float, *, recorded_only: bool = False, seed: int = 0,
                samples: int = 1, detail_model: Synthesiser | None = None, level: int | None = None, cache: TileCache | None = None,
                cancelled: CancelCheck | None = None, on_progress: Callable[[int, int], None] | None = None,
                look: Look | None = None, around: int = 0) -> Rendered:
    """`round(w * magnify) x round(h * magnify)` pixels of `roi` of one frame.

    look: put on the picture last, and said in the facts. around: frames on each side (0 to 2) whose made detail is mixed in where nothing
    moves, so that clips do not flicker.
    recorded_only: nothing is restored or synthesised. seed: 0 gives the expected detail, any other a plausible sample. samples > 1: the
    expected detail, with the standard deviation of so many samples. detail_model: None takes the shipped one when it is needed; where
    that is missing, the result is interpolated and `facts["notes"]` says so.
    level: locks to a recorded level. cache: shared between calls for several frames or regions. on_progress(done, total tiles).
    Raises EngineError with one clear line for a region, frame or size that makes no sense, Cancelled when `cancelled()` says so,
    MediaError / LzcError when the frame is lost.
    """
    info = source.info
    geometry.check_frame(frame, info)
    if not 1 <= samples <= MAX_SAMPLES:
        raise EngineError(f"{samples} samples cannot be drawn", hint=f"choose 1 to {MAX_SAMPLES}")
    if around not in range(MAX_AROUND + 1):
        raise EngineError(f"{around!r} frames on each side cannot be used", hint=f"choose 0 to {MAX_AROUND}")
    look = looks.check_look(look or Look())
    grid = geometry.grid_of_export(roi, magnify, info)
    coarsest = geometry.coarsest_level(info)
    if level is not None and not 0 <= level <= coarsest:
        raise EngineError(f"there is no level {level}", where=info.path, hint=f"levels are 0 to {coarsest}")
    recorded = geometry.recorded_level(grid.pitch, coarsest) if level is None else level
    depth = 0 if recorded_only or recorded else geometry.synthesis_depth(grid.pitch)
    notes: list[str] = []

    def check() -> None:
        if cancelled is not None and cancelled():
            raise Cancelled

    if depth and detail_model is None:
        detail_model, missing = _shipped()
        notes += missing
    view = View(source, frame, grid, Pictures(TileCache(256 << 20) if cache is None else cache), seed=seed, model=detail_model, check=check,
                look=look, around=around)
    check()
    view.part = part_of(source, frame, recorded, grid)
    picture = view.picture(recorded)
    if depth and not view.can_synthesise():
        depth = 0
    refine = depth > 0 and samples > 1
    if not (recorded_only or depth or picture.level) and view.part is None:
        view.restorer, missing_why = restorer_for(source)
        notes += [f"this picture is as decoded, nothing is restored: {missing_why}"] if missing_why else []

    rgb, mask = np.empty((grid.height, grid.width, 3), np.uint8), np.empty((grid.height, grid.width), np.uint8)
    sigma = np.empty((grid.height, grid.width), np.float32) if refine else None
    rects = _rows(grid)
    for done, rect in enumerate(rects, 1):
        x, y, w, h = rect
        check()
        drawn = (view.restored(rect) if view.restorer is not None else
                 view.recorded(rect, recorded) if not depth else view.refined(rect, -depth, samples) if refine
                 else view.made(rect, -depth))
        place = (slice(y, y + h), slice(x, x + w))
        rgb[place], mask[place] = drawn.rgb, drawn.provenance
        if sigma is not None:
            assert drawn.uncertainty is not None
            sigma[place] = drawn.uncertainty
        if on_progress is not None:
            on_progress(done, len(rects))
    facts = _facts(source, frame, roi, magnify, grid, view, picture.level, depth, samples if refine else 1)
    facts.update(recorded_only=recorded_only, locked_level=level, notes=notes + view.pictures.take_notes(view.info),
                 pixels=provenance.counts(mask), look=looks.to_facts(look) if look != Look() else None, around=around)
    return Rendered(rgb, mask, sigma, facts)


def _shipped() -> tuple[Synthesiser | None, list[str]]:
    try:
        from engine.diffusor import load_detail  # torch comes with it: only when synthesis is needed

        return load_detail(), []
    except ModelError as error:
        return None, [f"beyond the record this picture is interpolated, nothing is synthesised: {error}"]


def _rows(grid: Grid) -> list[Rect]:
    """Tiles row by row, so that the data of neighbours is still in the cache."""
    t = DRAW_TILE
    return [(x, y, min(t, grid.width - x), min(t, grid.height - y)) for y in range(0, grid.height, t) for x in range(0, grid.width, t)]


def _facts(source: FrameSource, frame: int, roi: Roi, magnify: float, grid: Grid, view: View, level: int, depth: int,
           samples: int) -> dict[str, Any]:
    info = source.info
    data_level = -depth if depth else level
    q = 2.0 ** data_level
    operations: list[dict[str, Any]] = [{"op": "decode", "frame": frame, "level": level}]
    models: dict[str, str] = {}
    codec = getattr(getattr(source, "model", None), "weights_hash", None)  # of a recording
    if isinstance(codec, str) and codec:
        models["codec"] = codec
    device = "cpu"
    if depth:
        assert view.model is not None
        models["detail"] = view.model.hash
        device = str(getattr(view.model, "device", "cpu"))
        shows = "one sample" if view.seed and samples == 1 else "expected detail"
        operations.append({"op": "synthesise", "levels": [-k for k in range(1, depth + 1)], "seed": view.seed, "samples": samples,
                           "shows": shows, "tile": TILE, "context": context(view.model), "edge": "mirrored",
                           "limits": list(view.limits)})
        if view.around:
            operations[-1]["with_frames"] = [n for n, _ in view.neighbours()]
    if view.restorer is not None:
        models["correlation"] = view.restorer.model.hash
        operations.append({"op": "restore", "precision": view.restorer.model.precision})
    operations.append({"op": "resample", "filter": "area mean" if grid.pitch >= q else "Catmull-Rom",
                       "chroma": "area mean" if grid.pitch >= 2 * q else "linear"})
    operations.append({"op": "to RGB", "matrix": info.colour.matrix, "full_range": info.colour.full})
    if view.look != Look():
        operations.append({"op": "look", **looks.to_facts(view.look), "step": looks.step_of(grid.pitch)})
    return {
        "frame": frame, "time_s": info.seconds(frame), "pts": info.pts[frame], "time_base": str(info.time_base),
        "roi": [float(value) for value in roi], "magnify": float(magnify), "size": [grid.width, grid.height],
        "seed": view.seed, "samples": samples, "level": level, "depth": depth,
        "levels_used": [level, *(-k for k in range(1, depth + 1))],
        "recorded_limit": geometry.recorded_limit(level), "models": models, "device": device, "precision": "float32",
        "operations": operations, "calibrated": bool(depth and samples > 1 and view.calibrated),
    }
