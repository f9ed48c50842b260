"""What lies under the cursor, number by number, and a loupe over it: recorded pixels as they were decoded, never what was made of them."""
from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app import drawing, theme
from app.convert import cut, pack
from app.words import tr
from app.zoom_canvas import UNKNOWN, image_of
from engine.api import Frame, SourceInfo

_SIDE = 11   # recorded pixels across the loupe
_CELL = 15   # their size on screen


class Inspector(QObject):
    """Reads the frame that stands on screen, as decoded."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.w = window
        self.loupe = False
        for view in (window.zoom_view, window.frame_view):
            view.over.append(lambda p, v=view: self._paint_loupe(p, v))
            view.hovered.connect(self._hovered)

    def still(self) -> tuple[SourceInfo, Frame] | None:
        """The frame on screen as decoded; None while it plays, or before it came."""
        still, player = self.w.zoom.still, self.w.player
        if still is None or player.info is None or player.picture is None or player.playing:
            return None
        return still if still[0] is player.info and still[1].index == player.index else None

    def _read(self) -> tuple[SourceInfo, Frame] | None:
        """The frame under the cursor, of whichever side of a comparison it is."""
        compare = self.w.compare
        return compare.still() if compare.under()[0] is compare.view else self.still()

    def place(self) -> tuple[float, float] | None:
        """Where the cursor is, in source pixels."""
        (view, at), frame = self.w.compare.under(), self.w.frame_view
        if at is not None:
            x, y = view.state.source_at(at.x(), at.y())
        elif frame.pointer is not None:
            x, y = frame.pointer.x(), frame.pointer.y()
        else:
            return None
        w, h = view.state.size
        return (x, y) if 0 <= x < w and 0 <= y < h else None

    def rows(self) -> list[tuple[str, str]]:
        """What is known of the pixel under the cursor, as name and value; none without one."""
        at, still = self.place(), self._read()
        if at is None:
            return []
        out = [(tr("Place"), f"{int(at[0])}, {int(at[1])}")]
        if still is None:
            return [*out, (tr("Recorded"), tr("read when it stands still"))]
        from engine.media.scopes import sample

        info, frame = still
        found = sample(frame, *at)
        if found is not None:
            rgb = self._colours(info, frame, at)[1]
            out += [(tr("Recorded Y U V"), f"{found.luma}  {found.u}  {found.v}"), (tr("Recorded as R G B"), "  ".join(map(str, rgb)))]
        kinds = self.w.compare.paint.kinds()
        if kinds:
            rgb_shown = self._shown()
            out += [(tr("Shown R G B"), "  ".join(map(str, rgb_shown)))] if rgb_shown is not None else []
            out.append((tr("Shown pixel is"), kinds))
        return out

    def _colours(self, info: SourceInfo, frame: Frame, at: tuple[float, float]) -> tuple[np.ndarray, tuple[int, int, int]]:
        """BGRX of the recorded pixels around a place, `[11, 11, 4]`, black outside the frame; and R, G, B of the one at the place."""
        half = _SIDE // 2
        px, py = int(at[0]), int(at[1])
        part, (x0, y0, w, h) = cut(frame, (px - half, py - half, _SIDE, _SIDE))
        pixels = pack(self.w.backend.to_rgb(part, info.colour))
        out = np.zeros((_SIDE, _SIDE, 4), np.uint8)
        ax, ay = int(x0) - (px - half), int(y0) - (py - half)  # where the part lies in the loupe; it may be wider by its even borders
        sx, sy = max(0, -ax), max(0, -ay)
        ax, ay = max(0, ax), max(0, ay)
        tw, th = min(_SIDE - ax, int(w) - sx), min(_SIDE - ay, int(h) - sy)
        out[ay:ay + th, ax:ax + tw] = pixels[sy:sy + th, sx:sx + tw]
        b, g, r = (int(v) for v in out[half, half, :3])
        return out, (r, g, b)

    def _shown(self) -> tuple[int, int, int] | None:
        """R, G, B of the pixel on screen, as far as the zoomed view knows it: unfiltered pixels are the recorded ones."""
        view, at = self.w.compare.under()
        tx, ty, _, _ = self.w.state.target
        if view.canvas is None or at is None or view.hard:
            return None
        x, y = int(at.x()) - tx, int(at.y()) - ty
        w, h = view.canvas.size
        if not (0 <= x < w and 0 <= y < h) or view.canvas.provenance[y, x] == UNKNOWN or view.fades_at(x, y):
            return None
        pixels = self.w.compare.paint.pixels(view)
        if pixels is None:
            return None
        b, g, r = (int(v) for v in pixels[y, x, :3])
        return r, g, b

    # -- the loupe ------------------------------------------------------------------------------------------------------------

    def set_loupe(self, on: bool) -> None:
        self.loupe = on
        self._hovered()

    def _hovered(self) -> None:
        if self.loupe:
            self.w.zoom_view.update()
            self.w.frame_view.update()

    def _paint_loupe(self, p: QPainter, view: Any) -> None:
        if not self.loupe or view.pointer is None:
            return
        at, still = self.place(), self._read()
        if at is None or (view is self.w.frame_view and self.w.zoom_view.pointer is not None):
            return
        under = self.w.compare.under()[0]
        spot = under.at_source(*at) if view is self.w.zoom_view else view.from_source(QRectF(at[0], at[1], 0, 0)).topLeft()
        if still is None:
            drawing.label(p, spot + QPointF(16, 16), tr("the loupe reads when it stands still"), theme.DIM)
            return
        pixels, (r, g, b) = self._colours(*still, at)
        side = _SIDE * _CELL
        left = spot.x() + 18 if spot.x() + 18 + side < view.width() else spot.x() - 18 - side
        top = spot.y() + 18 if spot.y() + 44 + side < view.height() else spot.y() - 44 - side
        box = QRectF(max(2.0, left), max(2.0, top), side, side)
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        p.drawImage(box, image_of(pixels))
        p.setBrush(Qt.BrushStyle.NoBrush)
        cell = QRectF(box.left() + _SIDE // 2 * _CELL, box.top() + _SIDE // 2 * _CELL, _CELL, _CELL)
        drawing.box(p, cell, theme.ACCENT)
        p.setPen(QPen(QColor(0, 0, 0, 160), 3))
        p.drawRect(box)
        p.setPen(QPen(QColor(theme.DARK["TEXT"]), 1.2))
        p.drawRect(box)
        drawing.label(p, box.bottomLeft() + QPointF(0, 4), f"{int(at[0])}, {int(at[1])}   {r} {g} {b}   " + tr("recorded"), theme.GOOD)
