"""From marks to the findings of a report: which region of which frame shows a mark, what is said of it, what is drawn."""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from app.mark_paint import COLOURS
from app.marks import Mark, Point, Scale, measured
from app.words import tr
from engine.api import Roi, SourceInfo

_LEAST = 64.0   # source pixels across the region around a small mark
_ACROSS = 640.0  # pixels across an enlarged picture
_MOST = 8.0     # never larger than this


def around(points: tuple[Point, ...], size: tuple[int, int]) -> Roi:
    """A region with room around the places, in the shape 4:3, inside the picture; the whole picture without places."""
    width, height = size
    if not points:
        return 0.0, 0.0, float(width), float(height)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    w = max(_LEAST, (max(xs) - min(xs)) * 1.4, (max(ys) - min(ys)) * 1.4 * 4 / 3)
    w, h = min(w, float(width)), min(w * 3 / 4, float(height))
    x = min(max((min(xs) + max(xs) - w) / 2, 0.0), width - w)
    y = min(max((min(ys) + max(ys) - h) / 2, 0.0), height - h)
    return round(x, 2), round(y, 2), round(w, 2), round(h, 2)


def shape_of(mark: Mark) -> tuple[Point, ...]:
    """The line that is drawn for a mark."""
    if mark.kind == "region":
        (x0, y0), (x1, y1) = mark.points
        return (x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)
    return mark.points


def rows_of(mark: Mark, scale: Scale | None, aspect: Fraction) -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, str]] = []
    value = measured(mark, scale, aspect)
    if value:
        rows.append((tr("Measured"), value))
    if mark.kind == "distance" and scale is not None:
        rows.append((tr("Scale"), f"{scale.per_pixel:.6g} {scale.unit} / px"))
    if mark.points and mark.kind != "track":
        rows.append((tr("Places"), "  ".join(f"({x:.2f}, {y:.2f})" for x, y in mark.points)))
    if mark.basis:
        rows.append((tr("Set on"), tr(f"{mark.basis} pixels")))
    if mark.last != mark.frame:
        rows.append((tr("Frames"), f"{mark.frame}–{mark.last}"))
    return tuple(rows)


def finding_of(make: Callable[..., Any], mark: Mark, info: SourceInfo, scale: Scale | None, made: bool, seed: int) -> Any:
    """The finding of a mark, made by the controller's `make`. A bookmark shows the whole frame."""
    roi = around(mark.points, (info.width, info.height))
    whole = roi[2] >= info.width and roi[3] >= info.height
    magnify = min(1.0, _ACROSS / roi[2]) if whole else min(_MOST, max(1.0, round(_ACROSS / roi[2], 2)))
    colour = COLOURS[mark.kind].lstrip("#")
    rgb = int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)
    title = f"{tr(mark.kind)}: {mark.text}" if mark.text else tr(mark.kind)
    return make(title, mark.frame, roi, magnify, rows_of(mark, scale, info.sample_aspect),
                   ((shape_of(mark), rgb),) if mark.points else (), made and not whole, seed)
