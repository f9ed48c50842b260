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
        """The classes of the pixels that can be seen in the leading view, of whichever side they are. In a difference each is of both
        sides, and every side counts half."""
        c = self.c
        a: ZoomView = c.w.zoom_view
        (first, last), (start, end) = self._seen()
        left, right = a.shares(first, last), {None: 1.0} if c.waits() else c.view.shares(start, end)
        b = 0.5 if c.mode == "difference" else last
        return {k: left.get(k, 0.0) * b + right.get(k, 0.0) * (1 - b) for k in (*Provenance, None)}

    def unsure(self) -> bool | None:
        """Of the uncertainty map in the leading view, of whichever side it is; None over a difference, which has no map."""
        c = self.c
        if c.mode == "difference" and c.side is not None:
            return None
        (first, last), (start, end) = self._seen()
        return (last > first and c.w.zoom_view.lacks(first, last)) or (end > start and (bool(c.waits()) or c.view.lacks(start, end)))

    def _seen(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Which part of the width, 0 … 1, can be seen of side A and of side B in the leading view."""
        c = self.c
        if c.side is None or c.mode not in ("wipe", "blink", "difference"):
            return (0.0, 1.0), (1.0, 1.0)
        if c.mode == "difference":
            return (0.0, 1.0), (0.0, 1.0)
        b = c.wipe if c.mode == "wipe" else 0.0 if c.second else 1.0
        return (0.0, b), (b, 1.0)

    def kinds(self) -> str:
        """What the pixel under the cursor is, in words, of both sides in a difference; "" while it is not known."""
        c = self.c
        view, at = c.under()
        kind = view.class_under_cursor(at)
        other = c.view.class_under_cursor(at) if self._mixed(view) else kind
        if kind is None or other is None:
            return ""
        if kind == other:
            return tr(drawing.NAMES[kind])
        return tr("A {a}, B {b}").format(a=tr(drawing.NAMES[kind]), b=tr(drawing.NAMES[other]))

    def _mixed(self, view: ZoomView) -> bool:
        """Whether `view` shows what is of both sides."""
        return self.c.mode == "difference" and self.c.side is not None and view is self.c.w.zoom_view

    def pixels(self, view: ZoomView) -> np.ndarray | None:
        """The pixels (BGRX) that stand on screen where those of the `view`'s canvas lie; None while there are none."""
        if self._mixed(view):
            return self._drawn[1] if self._drawn is not None else None
        return view.canvas.pixels if view.canvas is not None else None

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
