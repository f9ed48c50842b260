"""Marks on a recording: bookmarks, notes, regions, arrows, measured distances and angles, tracks; with undo and redo. No Qt.

They are kept beside the source in `<name>.marks.json`; the source itself is never touched.
"""
from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine.api import EngineError, SourceInfo

Point = tuple[float, float]
KINDS: dict[str, int] = {"bookmark": 0, "note": 1, "region": 2, "arrow": 2, "distance": 2, "angle": 3, "track": 0}  # places each needs
FORMAT, VERSION = "lorentz-marks", 1
_MAX_BYTES = 64 << 20
_UNDO = 500


class MarksError(EngineError):
    """The marks of a file cannot be read or kept."""


@dataclass(frozen=True)
class Mark:
    """`points` in source pixels; seen on frames `frame` to `last`. `basis`: what the pixels were that the points were set on
    ("recorded", "interpolated", "made", or "" where it was not known). A track has one centre for each of its frames."""

    id: int
    kind: str
    frame: int
    last: int
    points: tuple[Point, ...] = ()
    text: str = ""
    basis: str = ""

    def on(self, frame: int) -> bool:
        return self.frame <= frame <= self.last


@dataclass(frozen=True)
class Scale:
    """Length of one pixel, set by a person from something of known size. It holds at the distance of that thing only."""

    per_pixel: float
    unit: str


State = tuple[tuple[Mark, ...], Scale | None]


class Marks:
    """The marks of one source. `changed` is called after every change; `saved` state is for the caller to compare with `state`."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.changed = changed
        self.state: State = ((), None)
        self._undo: list[State] = []
        self._redo: list[State] = []

    @property
    def all(self) -> tuple[Mark, ...]:
        return self.state[0]

    @property
    def scale(self) -> Scale | None:
        return self.state[1]

    def start(self, state: State) -> None:
        """Another source: no way back to the marks of the one before."""
        self.state = state
        self._undo.clear()
        self._redo.clear()
        self.changed()

    def _set(self, state: State) -> None:
        if state == self.state:
            return
        self._undo.append(self.state)
        del self._undo[:-_UNDO]
        self._redo.clear()
        self.state = state
        self.changed()

    def add(self, kind: str, frame: int, points: tuple[Point, ...] = (), text: str = "", last: int | None = None, basis: str = "") -> Mark:
        if kind not in KINDS or (kind != "track" and len(points) != KINDS[kind]):
            raise ValueError(f"a {kind} has {KINDS.get(kind, 0)} places, not {len(points)}")
        number = max((m.id for m in self.all), default=0) + 1
        mark = Mark(number, kind, frame, frame if last is None else last, points, text, basis)
        self._set((tuple(sorted((*self.all, mark), key=lambda m: (m.frame, m.id))), self.scale))
        return mark

    def get(self, number: int) -> Mark | None:
        return next((m for m in self.all if m.id == number), None)

    def change(self, number: int, **fields: Any) -> None:
        self._set((tuple(sorted((replace(m, **fields) if m.id == number else m for m in self.all), key=lambda m: (m.frame, m.id))),
                   self.scale))

    def remove(self, number: int) -> None:
        self._set((tuple(m for m in self.all if m.id != number), self.scale))

    def set_scale(self, scale: Scale | None) -> None:
        self._set((self.all, scale))

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def undo(self) -> None:
        self._step(self._undo, self._redo)

    def redo(self) -> None:
        self._step(self._redo, self._undo)

    def _step(self, take: list[State], give: list[State]) -> None:
        if take:
            give.append(self.state)
            self.state = take.pop()
            self.changed()

    def next_from(self, frame: int, way: int) -> Mark | None:
        """The nearest mark that begins after (`way` 1) or before (-1) `frame`."""
        later = [m for m in self.all if (m.frame - frame) * way > 0]
        return min(later, key=lambda m: abs(m.frame - frame), default=None)


def length(a: Point, b: Point, aspect: Fraction = Fraction(1)) -> float:
    """Distance in pixel heights; `aspect` is the width of a pixel over its height."""
    return math.hypot((b[0] - a[0]) * float(aspect), b[1] - a[1])


def corner(a: Point, b: Point, c: Point, aspect: Fraction = Fraction(1)) -> float:
    """The angle at `b` between `a` and `c`, 0 to 180 degrees; 0 where a side has no length."""
    k = float(aspect)
    u, v = ((a[0] - b[0]) * k, a[1] - b[1]), ((c[0] - b[0]) * k, c[1] - b[1])
    return abs(math.degrees(math.atan2(u[0] * v[1] - u[1] * v[0], u[0] * v[0] + u[1] * v[1]))) if any(u) and any(v) else 0.0


def measured(mark: Mark, scale: Scale | None, aspect: Fraction = Fraction(1)) -> str:
    """What a mark measures, in words; "" for one that measures nothing."""
    if mark.kind == "distance":
        pixels = length(mark.points[0], mark.points[1], aspect)
        return f"{pixels:.1f} px" if scale is None else f"{pixels * scale.per_pixel:.4g} {scale.unit}"
    if mark.kind == "angle":
        return f"{corner(mark.points[0], mark.points[1], mark.points[2], aspect):.1f}°"
    if mark.kind == "region":
        (x0, y0), (x1, y1) = mark.points
        return f"{abs(x1 - x0):.0f} × {abs(y1 - y0):.0f} px"
    return ""


# -- beside the source ----------------------------------------------------------------------------------------------------


def sidecar(source: str) -> Path:
    path = Path(source)
    return path.with_name(f"{path.name}.marks.json")


def dump(state: State, info: SourceInfo) -> bytes:
    marks, scale = state
    return (json.dumps({
        "format": FORMAT, "version": VERSION, "source": {"name": Path(info.path).name, "sha256": info.digest},
        "scale": asdict(scale) if scale is not None else None, "marks": [asdict(m) for m in marks]}, indent=1) + "\n").encode()


def parse(data: bytes) -> tuple[State, str]:
    """(marks, SHA-256 of the source they were made for). MarksError when it is not what `dump` writes."""
    try:
        record = json.loads(data)
        if record["format"] != FORMAT:
            raise ValueError("another kind of file")
        if record["version"] > VERSION:
            raise MarksError("these marks were written by a newer program", hint="update the program")
        scale = None if record["scale"] is None else Scale(_finite(record["scale"]["per_pixel"]), str(record["scale"]["unit"]))
        return (tuple(_mark(m) for m in record["marks"]), scale), str(record["source"]["sha256"])
    except MarksError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as fault:
        raise MarksError("the marks beside this file cannot be read", hint="they stay as they are; new ones get another name") from fault


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("no number")
    return number


def _mark(m: dict[str, Any]) -> Mark:
    points = tuple((_finite(x), _finite(y)) for x, y in m["points"])
    kind, frame, last = m["kind"], m["frame"], m["last"]
    needed = len(points) if kind == "track" else KINDS[kind]
    if not (isinstance(frame, int) and isinstance(last, int) and 0 <= frame <= last and len(points) == needed):
        raise ValueError("a mark that is none")
    return Mark(int(m["id"]), kind, frame, last, points, str(m["text"]), str(m["basis"]))


def load(source: str) -> tuple[State, str] | None:
    """The marks beside `source`; None where there are none. MarksError when they cannot be read."""
    path = sidecar(source)
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > _MAX_BYTES:
            raise MarksError("the marks beside this file are too large to be marks", where=str(path))
        return parse(path.read_bytes())
    except OSError as fault:
        raise MarksError(f"the marks cannot be read: {fault.strerror}", where=str(path)) from fault


def save(path: Path, data: bytes) -> None:
    """Writes `data` to `path`, whole or not at all. MediaError in one line when that cannot be."""
    from engine.media.atomic import whole_file

    with whole_file(path) as (file, _):
        file.write(data)
