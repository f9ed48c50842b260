"""How a comparison is painted over the leading view, in its device pixels."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QPainter, QPen

from app import drawing, theme
from app.difference import difference, resized, what_differs
from app.words import tr
from app.zoom_canvas import image_of
from app.zoom_view import ZoomView
from engine.api import Provenance


class ComparePaint:
    """`compare` is the `Compare` whose sides are painted."""

    def __init__(self, compare: Any) -> None:
        self.c = compare
        self._drawn: tuple[str, np.ndarray] | None = None

    def forget(self) -> None:
        """A side has changed: the difference must be made again."""
        self._drawn = None

    def over_lead(self, p: QPainter) -> None:
        c = self.c
        if not c.mode or c.side is None:
            return
        tx, ty, tw, th = c.state.target
        y = self._label_y()
        a = self._a_name()
        if c.mode == "wipe":
            x = tx + round(tw * c.wipe)
            self._paint_b(p, QRect(x, ty, tx + tw - x, th))
            p.setPen(QPen(QColor(0, 0, 0, 150), 3))
            p.drawLine(x, ty, x, ty + th)
            p.setPen(QPen(QColor(theme.DARK["TEXT"]), 1.4))
            p.drawLine(x, ty, x, ty + th)
            p.setBrush(QColor(theme.DARK["TEXT"]))
            p.drawEllipse(QPointF(x, ty + th / 2), 5, 5)
            drawing.device_label(p, QPointF(x - 10, y), a, align_right=True)
            drawing.device_label(p, QPointF(x + 10, y), self._b_name())
        elif c.mode == "blink":
            if c.second:
                self._paint_b(p, QRect(tx, ty, tw, th))
            drawing.device_label(p, QPointF(tx + 10, y), self._b_name() if c.second else a, theme.ACCENT)
        elif c.mode == "difference":
            self._paint_difference(p)
        else:
            drawing.device_label(p, QPointF(tx + 10, y), a)

    def _label_y(self) -> float:
        """Of the names of the sides: below what stands in the upper corners; the legends have the lower ones."""
        return max(self.c.state.target[1] + 10.0, 40 * self.c.view.devicePixelRatioF())

    def shares(self) -> dict[Provenance | None, float]:
        """The classes of the pixels that can be seen in the leading view, of whichever side they are."""
        c = self.c
        a: ZoomView = c.w.zoom_view
        b = c.wipe if c.mode == "wipe" else 0.0 if c.mode == "blink" and c.second else 1.0
        left, right = a.shares(0, b), {None: 1.0} if c.waits() else c.view.shares(b, 1)
        return {k: left.get(k, 0.0) * b + right.get(k, 0.0) * (1 - b) for k in (*Provenance, None)}

    def _paint_b(self, p: QPainter, inside: QRect) -> None:
        """Side B, or what it waits for: side A must not be taken for it."""
        waits = self.c.waits()
        if not waits:
            self.c.view.paint_layers(p, inside)
            return
        p.fillRect(inside, QColor(theme.STAGE))
        drawing.device_label(p, QPointF(inside.center()), waits, theme.DIM, centred=True)

    def label_of_b(self, p: QPainter) -> None:
        """The name of side B over its own view."""
        c = self.c
        r = c.view.devicePixelRatioF()
        drawing.label(p, QPointF(c.state.target[0] / r + 10, self._label_y() / r), self._b_name())
        if c.waits():
            drawing.label(p, QPointF(c.view.rect().center()), c.waits(), theme.DIM, centred=True)

    def _a_name(self) -> str:
        c = self.c
        info = c.w.player.info
        side = c.side
        if info is None or side is None:
            return "A"
        if side.kind == "file":
            return f"A  {Path(info.path).name}"
        if side.kind == "frame":
            return "A  " + tr("frame {n}").format(n=c.w.player.index)
        return "A  " + (tr("alternative {n}").format(n=c.w.steering.seed) if side.kind == "seed" else tr("as shown"))

    def _b_name(self) -> str:
        c = self.c
        assert c.side is not None
        info = c.w.player.info
        if c.side.kind == "file" and info is not None:
            return f"B  {c.side.name()}  #{c.side.index(info, c.w.player.index)}"
        return f"B  {c.side.name()}"

    def _paint_difference(self, p: QPainter) -> None:
        c = self.c
        tx, ty, tw, th = c.state.target
        y = self._label_y()
        made = self._difference()
        if made is None:
            p.fillRect(QRect(tx, ty, tw, th), QColor(theme.STAGE))
            drawing.device_label(p, QPointF(tx + 10, y),
                                 c.waits() or tr("difference: waiting for both sides"), theme.DIM)
            return
        kind, pixels = made
        p.drawImage(tx, ty, image_of(pixels))
        words = {"recorded": tr("recorded pixels only"), "made": tr("made pixels are part of it: no evidence"),
                 "": tr("not all is there yet"), "playing": tr("recorded pixels only")}[kind]
        drawing.device_label(p, QPointF(tx + 10, y), tr("difference ×{gain}").format(gain=c.gain) + f"   {words}",
                      theme.WARN if kind == "made" else theme.TEXT)

    def _difference(self) -> tuple[str, np.ndarray] | None:
        c = self.c
        if self._drawn is not None:
            return self._drawn
        a, b = c.w.zoom_view, c.view
        size = c.state.target[2:]
        if a.canvas is not None and b.canvas is not None and a.canvas.size == b.canvas.size == size and a.canvas.tiles and b.canvas.tiles:
            a.finish_fades()
            b.finish_fades()
            self._drawn = what_differs(a.canvas, b.canvas), difference(a.canvas.pixels, b.canvas.pixels, c.gain)
            return self._drawn
        parts = a.part_shown(), b.part_shown()
        if parts[0] is None or parts[1] is None or not c.w.player.playing:
            return None
        self._drawn = "playing", difference(resized(parts[0], size), resized(parts[1], size), c.gain)
        return self._drawn
