"""Where the zoomed view looks: region, magnification, moves and history. No Qt, no drawing.

Magnification is device pixels per source pixel. The region of interest `roi` is (x, y, w, h) in source pixels and lies inside
the picture; it is drawn centred, as large as the viewport allows. A picture smaller than the viewport may also be shown whole at
×1. Past ×1 at level 0 nothing more was recorded.
"""
from __future__ import annotations

from dataclasses import dataclass, field

from app.words import tr
from engine.api import Roi

MAX_MAGNIFICATION = 65536.0
MIN_SIDE = 1e-3
PRESETS: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 64)


@dataclass
class ZoomState:
    """Moves change `roi`; `remember()` puts the present view on the way back (call it once per gesture)."""

    size: tuple[int, int] = (1, 1)
    viewport: tuple[int, int] = (1, 1)
    roi: Roi = (0.0, 0.0, 1.0, 1.0)
    _typed: bool = False
    _cap: float | None = None  # magnification of the whole picture where it is less than the viewport allows
    _past: list[tuple[Roi, float | None]] = field(default_factory=list)
    _future: list[tuple[Roi, float | None]] = field(default_factory=list)

    def open(self, width: int, height: int) -> None:
        """A new picture: the whole of it, no history."""
        self.size = (max(1, width), max(1, height))
        self.fit()
        self._past.clear()
        self._future.clear()

    @property
    def magnification(self) -> float:
        m = min(self.viewport[0] / self.roi[2], self.viewport[1] / self.roi[3])
        return m if self._cap is None else min(m, self._cap)

    @property
    def least(self) -> float:
        """The smallest magnification: the whole picture, or ×1 where that is less."""
        return min(self.fit_magnification, 1.0)

    @property
    def fit_magnification(self) -> float:
        return min(self.viewport[0] / self.size[0], self.viewport[1] / self.size[1])

    @property
    def whole(self) -> bool:
        return self.roi[2] >= self.size[0] - 1e-6 and self.roi[3] >= self.size[1] - 1e-6

    @property
    def target(self) -> tuple[int, int, int, int]:
        """(x, y, w, h) in whole device pixels of the viewport that the region fills."""
        m = self.magnification
        w = max(1, min(self.viewport[0], round(self.roi[2] * m)))
        h = max(1, min(self.viewport[1], round(self.roi[3] * m)))
        return (self.viewport[0] - w) // 2, (self.viewport[1] - h) // 2, w, h

    def resize(self, width: int, height: int) -> None:
        """The viewport changed: the whole and a typed region stay, everything else keeps its centre and magnification."""
        old, keeps, (cx, cy) = self.magnification, self.whole or self._typed, self.centre
        first = self.viewport == (1, 1)
        self.viewport = (max(1, width), max(1, height))
        if not keeps and not first:
            self.look(cx, cy, old)
        elif not keeps and self.magnification > MAX_MAGNIFICATION:
            self.look(cx, cy, MAX_MAGNIFICATION)

    @property
    def centre(self) -> tuple[float, float]:
        x, y, w, h = self.roi
        return x + w / 2, y + h / 2

    def source_at(self, px: float, py: float) -> tuple[float, float]:
        """Source coordinates under the viewport position (device pixels)."""
        tx, ty, tw, th = self.target
        x, y, w, h = self.roi
        return x + (px - tx) * w / tw, y + (py - ty) * h / th

    def look(self, cx: float, cy: float, magnification: float) -> None:
        """Centre (cx, cy) at a magnification; held inside the picture and the sensible range."""
        m = min(max(magnification, self.least), MAX_MAGNIFICATION)
        self._cap = m if m < self.fit_magnification else None
        w = min(self.viewport[0] / m, self.size[0])
        h = min(self.viewport[1] / m, self.size[1])
        self.roi = self._inside(cx - w / 2, cy - h / 2, w, h)
        self._typed = False

    def zoom_at(self, px: float, py: float, factor: float) -> None:
        """Magnify by `factor`, keeping the source point under viewport position (px, py) where it is."""
        sx, sy = self.source_at(px, py)
        m = min(max(self.magnification * factor, self.least), MAX_MAGNIFICATION)
        vw, vh = self.viewport
        self.look(sx - (px - vw / 2) / m, sy - (py - vh / 2) / m, m)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by device pixels, as if dragged."""
        m = self.magnification
        x, y, w, h = self.roi
        self.roi = self._inside(x - dx / m, y - dy / m, w, h)

    def band(self, roi: Roi) -> None:
        """Show all of a dragged box, and what lies around it where the viewport has another shape."""
        x, y, w, h = roi
        self.look(x + w / 2, y + h / 2, min(self.viewport[0] / max(w, MIN_SIDE), self.viewport[1] / max(h, MIN_SIDE)))

    def check(self, roi: Roi) -> None:
        """ValueError with one line when the region is empty or not inside the picture."""
        x, y, w, h = roi
        if not (w >= MIN_SIDE and h >= MIN_SIDE):
            raise ValueError(tr("the region must be wider and higher than nothing"))
        if x < 0 or y < 0 or x + w > self.size[0] + 1e-6 or y + h > self.size[1] + 1e-6:
            raise ValueError(tr("the region must lie inside the {a} × {b} picture").format(a=self.size[0], b=self.size[1]))

    def exact(self, roi: Roi) -> None:
        """Exactly this region, as typed; ValueError as from `check`."""
        self.check(roi)
        x, y, w, h = roi
        self.roi = (float(x), float(y), float(w), float(h))
        self._typed, self._cap = True, None

    def fit(self) -> None:
        self.roi = (0.0, 0.0, float(self.size[0]), float(self.size[1]))
        self._cap = None

    def remember(self) -> None:
        """Call before a gesture: the present view can be gone back to."""
        if not self._past or self._past[-1] != (self.roi, self._cap):
            self._past.append((self.roi, self._cap))
            del self._past[:-200]
        self._future.clear()

    @property
    def can_back(self) -> bool:
        return bool(self._past)

    @property
    def can_forward(self) -> bool:
        return bool(self._future)

    def back(self) -> bool:
        return self._step(self._past, self._future)

    def forward(self) -> bool:
        return self._step(self._future, self._past)

    def _step(self, take: list[tuple[Roi, float | None]], give: list[tuple[Roi, float | None]]) -> bool:
        while take:
            view, here = take.pop(), (self.roi, self._cap)
            if view != here:
                give.append(here)
                self.roi, self._cap = view
                return True
        return False

    def _inside(self, x: float, y: float, w: float, h: float) -> Roi:
        return (min(max(x, 0.0), self.size[0] - w), min(max(y, 0.0), self.size[1] - h), w, h)
