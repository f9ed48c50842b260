"""What the zoomed view shows: the layers of a region, from coarse to fine, and the labels over them.

Everything is measured in device pixels of the widget. Layers, back to front: the whole frame magnified, the region cut from the
playing frame, the last finished view of the same frame, the tiles of this view, the classes of pixels, labels.
"""
from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import drawing, heat, theme
from app.words import tr
from app.zoom_canvas import UNKNOWN, Patch, Tile, ZoomCanvas, image_of
from app.zoom_state import ZoomState
from engine.api import Provenance, Roi

FADE_S = 0.15
HINT = (
    "Drag a box in the left picture: it opens here, and fills in.",
    "Turn the wheel to zoom at the cursor, drag to move about.",
    "T colours recorded and made pixels, R shows only what was recorded.",
    "Ctrl+Shift+P finds every command. A click here closes this note.",
)


class ZoomPaint(QWidget):
    """`state` is shared with the window, which moves it and then calls `moved()`. `settled` when all that came is there and
    nothing fades in any more."""

    settled = Signal()

    def __init__(self, state: ZoomState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self.fade_s = FADE_S
        self.show_truth = False
        self.show_heat = False                    # how uncertain made pixels are
        self.recorded_only = False
        self.hard = False                         # recorded pixels as squares, no filter
        self.squares: tuple[int, np.ndarray, Roi] | None = None
        self.first_hint = False
        self.notice = ""
        self.waiting: Callable[[], str] = lambda: ""  # what is said while there is nothing to show
        self.adjusted = ""                        # how what is shown differs from what the pixels are, in words
        self.tool_hint = ""                       # what to do with the tool in hand
        self.blend: Callable[[QPainter], None] | None = None   # paints a second picture over this one, in device pixels
        self.account: Callable[[], dict[Provenance | None, float]] = self.shares   # what the legend says
        self.unsure: Callable[[], bool | None] = self.lacks  # what the key of the map says: whether it is still being drawn; None: no map
        self.over: list[Callable[[QPainter], None]] = []        # paint marks and tools, in logical pixels
        self.covered = 0                          # height of the lower edge that something floats over
        self.canvas: ZoomCanvas | None = None
        self.pointer: QPointF | None = None
        self._before: ZoomCanvas | None = None
        self._patches: list[Patch] = []
        self._leaving: list[Patch] = []           # of `_before`: still fading in when the next view was asked for
        self._whole: tuple[int, np.ndarray] | None = None
        self._part: tuple[int, np.ndarray, Roi] | None = None
        self._early, self._kind = False, Provenance.CODED
        self._band: QRectF | None = None          # logical pixels
        self._fading = QTimer(self)
        self._fading.setInterval(16)
        self._fading.timeout.connect(self._fade)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(140, 120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # -- what is shown --------------------------------------------------------------------------------------------

    def viewport_size(self) -> tuple[int, int]:
        """Device pixels."""
        r = self.devicePixelRatioF()
        return max(1, round(self.width() * r)), max(1, round(self.height() * r))

    def clear(self) -> None:
        self.canvas = self._before = self._whole = self._part = self.squares = None
        self._patches.clear()
        self._leaving.clear()
        self.update()

    def set_picture(self, frame: int, whole: np.ndarray, part: np.ndarray | None, part_roi: Roi | None, early: bool = False,
                    kind: Provenance = Provenance.CODED) -> None:
        """A new frame from the player (BGRX). What was zoomed of another frame is no longer true and goes. early: not all of it is decoded,
        and so none of it counts as recorded pixels yet. kind: what it is made of, where it stands in for a lost one."""
        self._early, self._kind = early, kind
        self._whole = (frame, whole)
        self._part = (frame, part, part_roi) if part is not None and part_roi is not None else None
        if self.canvas is not None and self.canvas.frame != frame:
            self.canvas = None
            self._patches.clear()
        if self._before is not None and self._before.frame != frame:
            self._before = None
            self._leaving.clear()
        if self.squares is not None and self.squares[0] != frame:
            self.squares = None
        self.update()

    def begin(self, canvas: ZoomCanvas) -> None:
        """A new request: its tiles will come; until then the last view stands in where it shows the same moment and kind."""
        old, fading = self.canvas, self._patches
        self._patches = []
        if old is not None and old.tiles:
            if self._before is not None and self._alike(self._before, old) and self._before.done and not old.done:
                pass  # the finished one is the better stand-in
            else:
                self._before, self._leaving = old, fading  # goes on fading in
        if self._before is not None and not self._alike(self._before, canvas):
            self._before, self._leaving = None, []
        self.canvas = canvas
        self.update()

    @staticmethod
    def _alike(a: ZoomCanvas, b: ZoomCanvas) -> bool:
        return (a.frame, a.recorded_only, a.seed) == (b.frame, b.recorded_only, b.seed)

    def add_tile(self, tile: Tile) -> None:
        canvas = self.canvas
        if canvas is None:
            return
        self._take_in(canvas, canvas.add(tile))

    def _take_in(self, canvas: ZoomCanvas, patches: list[Patch]) -> None:
        for patch in patches:
            if self.fade_s <= 0:
                canvas.bake(patch)
                self.update(self._logical(patch.rect))
                continue
            patch.since = perf_counter()
            self._patches.append(patch)
            if not self._fading.isActive():
                self._fading.start()

    def finish(self) -> None:
        """All tiles are out."""
        if self.canvas is not None:
            self.canvas.done = True
            self._take_in(self.canvas, self.canvas.finish())
            if not self._patches:
                self.settled.emit()
        self.update()

    def moved(self) -> None:
        self.update()

    def set_covered(self, height: int) -> None:
        self.covered = height
        self.update()

    def at_source(self, x: float, y: float) -> QPointF:
        """Where a place of the recording lies in the widget, in logical pixels."""
        r = self.devicePixelRatioF()
        spot = self._place((x, y, 1.0, 1.0))
        return QPointF(spot.x() / r, spot.y() / r)

    def part_shown(self) -> np.ndarray | None:
        """The region cut from the frame on screen (BGRX), where it was cut for the present region."""
        return self._part[1] if self._part is not None else None

    @property
    def zoomed(self) -> bool:
        """Whether something of the present request is there."""
        return self.canvas is not None and bool(self.canvas.tiles)

    @property
    def shows(self) -> bool:
        return self._whole is not None or self.zoomed

    @property
    def frame(self) -> int | None:
        """The frame that is shown."""
        return self._whole[0] if self._whole is not None else None

    def stop(self) -> None:
        self._fading.stop()

    def class_under_cursor(self, pointer: QPointF | None = None) -> Provenance | None:
        """The class of the pixel under the cursor (or at `pointer`); None outside, or while it is not known."""
        c, at = self.canvas, pointer or self.pointer
        tx, ty, tw, th = self.state.target
        if self.hard and at is not None and self.shows and self.state.magnification >= 1:
            return self._live_class() if tx <= at.x() < tx + tw and ty <= at.y() < ty + th else None
        if c is None or at is None or c.roi != self.state.roi or c.size != (tw, th):
            return None
        x, y = int(at.x()) - tx, int(at.y()) - ty
        if not (0 <= x < c.size[0] and 0 <= y < c.size[1]) or c.provenance[y, x] == UNKNOWN:
            return None
        return Provenance(int(c.provenance[y, x]))

    # -- painting -------------------------------------------------------------------------------------------------

    def _logical(self, rect: QRect) -> QRect:
        r = self.devicePixelRatioF()
        tx, ty, _, _ = self.state.target
        return QRectF((rect.x() + tx) / r, (rect.y() + ty) / r, rect.width() / r, rect.height() / r).toAlignedRect().adjusted(-1, -1, 1, 1)

    def finish_fades(self) -> None:
        """Everything that fades is there at once."""
        for canvas, patches in ((self._before, self._leaving), (self.canvas, self._patches)):
            for patch in patches:
                if canvas is not None:
                    canvas.bake(patch)
            patches.clear()
        self._fading.stop()

    def _fade(self) -> None:
        now = perf_counter()
        for canvas, patches in ((self._before, self._leaving), (self.canvas, self._patches)):
            while patches and canvas is not None and now - patches[0].since >= self.fade_s:
                patch = patches.pop(0)
                canvas.bake(patch)
                self.update(self._logical(patch.rect))
            for patch in patches:
                self.update(self._logical(patch.rect))
        if self._leaving:
            self.update()  # the view may lie elsewhere by now
        if not self._patches and not self._leaving:
            self._fading.stop()
            self.settled.emit()

    def fades_at(self, x: int, y: int) -> bool:
        """Whether a pixel of the present view is still between two colours."""
        return any(patch.rect.contains(x, y) for patch in self._patches)

    def _share(self, patch: Patch) -> float:
        """How far a patch has faded in, 0 … 1."""
        return min(1.0, (perf_counter() - patch.since) / max(self.fade_s, 1e-3))

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        r = self.devicePixelRatioF()
        tx, ty, tw, th = self.state.target
        drawing.surround(p, event.rect(), QRectF(tx / r, ty / r, tw / r, th / r) if self.shows else QRectF())
        if self.shows:
            p.save()
            p.scale(1 / r, 1 / r)
            self.paint_layers(p)
            if self.blend is not None:
                self.blend(p)
            p.restore()
            for paint in self.over:
                p.save()
                paint(p)
                p.restore()
            self._paint_marks(p)
        elif self.waiting():
            drawing.label(p, QPointF(self.rect().center()), self.waiting(), theme.DIM, centred=True)
        p.end()

    def _live_class(self) -> Provenance:
        """What the pixels of the playing frame are: nothing is made while it plays."""
        if self._kind != Provenance.CODED:
            return self._kind
        return Provenance.CODED if self.state.magnification <= 1 and not self._early else Provenance.INTERPOLATED

    def shares(self, start: float = 0.0, end: float = 1.0) -> dict[Provenance | None, float]:
        """Part of each class in what is shown between `start` and `end` of the width, 0 … 1."""
        if self.canvas is None or (self.hard and self.state.magnification >= 1):
            return {self._live_class(): 1.0}
        w = self.canvas.size[0]
        return self.canvas.shares(slice(round(start * w), round(end * w)))

    def lacks(self, start: float = 0.0, end: float = 1.0) -> bool:
        """Whether of some made pixels between `start` and `end` of the width, 0 … 1, it is not known yet how uncertain they are."""
        if self.canvas is None or not self.canvas.done:
            return True
        w = self.canvas.size[0]
        return bool(self.canvas.unsure[:, round(start * w):round(end * w)].any())

    def _place(self, roi: Roi) -> QRectF:
        """Where a source region lies in the viewport now."""
        tx, ty, tw, th = self.state.target
        x, y, w, h = self.state.roi
        sx, sy = tw / w, th / h
        return QRectF(tx + (roi[0] - x) * sx, ty + (roi[1] - y) * sy, roi[2] * sx, roi[3] * sy)

    def paint_layers(self, p: QPainter, inside: QRect | None = None) -> None:
        """Everything that is known of the region, within the viewport or the part `inside` of it."""
        state = self.state
        tx, ty, tw, th = state.target
        p.setClipRect(QRect(tx, ty, tw, th) if inside is None else QRect(tx, ty, tw, th).intersected(inside))
        if self.hard and state.magnification >= 1:
            self._paint_squares(p)
            p.setClipping(False)
            return
        exact = self.canvas is not None and self.canvas.roi == state.roi and self.canvas.size == (tw, th)
        full = exact and self.canvas is not None and self.canvas.done and not self._patches
        if not full and self._whole is not None:
            whole = self._whole[1]
            self._paint_part(p, whole, (0.0, 0.0, float(state.size[0]), float(state.size[1])))
            if self._part is not None:
                self._paint_part(p, self._part[1], self._part[2])
            if self._before is not None:
                self._paint_canvas(p, self._before, self._leaving)
        if self.canvas is not None:
            if exact:
                p.drawImage(tx, ty, self.canvas.image)
                for patch in self._patches:
                    p.setOpacity(self._share(patch))
                    p.drawImage(patch.rect.topLeft() + QRect(tx, ty, 1, 1).topLeft(), patch.image)
                p.setOpacity(1)
                if self.show_truth:
                    p.drawImage(tx, ty, self.canvas.overlay())
                if self.show_heat:
                    p.drawImage(tx, ty, image_of(self.canvas.heat()))
            else:
                self._paint_canvas(p, self.canvas, self._patches)
                if self.show_truth:
                    p.fillRect(QRect(tx, ty, tw, th), QColor(0, 0, 0, 120))
        elif self.show_truth:
            colour = QColor(theme.TRUTH[self._live_class()])
            colour.setAlpha(theme.TRUTH_ALPHA)
            p.fillRect(QRect(tx, ty, tw, th), colour)
        p.setClipping(False)

    def _paint_squares(self, p: QPainter) -> None:
        for layer in (self._whole and (*self._whole, (0.0, 0.0, float(self.state.size[0]), float(self.state.size[1]))), self._part,
                      self.squares):
            if layer is not None:
                self._paint_part(p, layer[1], layer[2], smooth=False)
        if self.show_truth:
            colour = QColor(theme.TRUTH[self._live_class()])
            colour.setAlpha(theme.TRUTH_ALPHA)
            p.fillRect(QRect(*self.state.target), colour)

    def _paint_canvas(self, p: QPainter, canvas: ZoomCanvas, fading: list[Patch]) -> None:
        """A canvas of another region or size, where it lies now."""
        to = self._place(canvas.roi)
        kx, ky = to.width() / canvas.size[0], to.height() / canvas.size[1]
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        p.drawImage(to, canvas.image, QRectF(0, 0, *canvas.size))
        for patch in fading:
            r = patch.rect
            p.setOpacity(self._share(patch))
            p.drawImage(QRectF(to.x() + r.x() * kx, to.y() + r.y() * ky, r.width() * kx, r.height() * ky), patch.image,
                        QRectF(0, 0, r.width(), r.height()))
        p.setOpacity(1)

    def _paint_part(self, p: QPainter, bgrx: np.ndarray, covers: Roi, smooth: bool = True) -> None:
        """Draws the visible part of a picture that covers source region `covers`; only that part is touched."""
        h, w = bgrx.shape[:2]
        x, y, rw, rh = self.state.roi
        kx, ky = w / covers[2], h / covers[3]
        x0, y0 = max(0, int((x - covers[0]) * kx) - 1), max(0, int((y - covers[1]) * ky) - 1)
        x1, y1 = min(w, int((x + rw - covers[0]) * kx) + 2), min(h, int((y + rh - covers[1]) * ky) + 2)
        if x1 <= x0 or y1 <= y0:
            return
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        to = self._place((covers[0] + x0 / kx, covers[1] + y0 / ky, (x1 - x0) / kx, (y1 - y0) / ky))
        p.drawImage(to, image_of(bgrx), QRectF(x0, y0, x1 - x0, y1 - y0))

    def _paint_marks(self, p: QPainter) -> None:
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0, 0, 0, -self.covered)
        if self._band is not None:
            drawing.box(p, self._band, theme.ACCENT, dashed=True)
        if self.recorded_only:
            drawing.label(p, QPointF(10, 10), tr("recorded only"), theme.GOOD)
        elif self.hard and self.state.magnification >= 1 and self._kind == Provenance.CODED:
            drawing.label(p, QPointF(10, 10), tr("recorded pixels, unfiltered"), theme.GOOD)
        elif self.adjusted and self.canvas is not None:
            drawing.label(p, QPointF(10, 10), tr("view adjusted: {a}").format(a=self.adjusted), theme.WARN)
        if self.notice or self.tool_hint:
            drawing.label(p, QPointF(area.right() - 10, 10), self.tool_hint or self.notice, theme.ACCENT if self.tool_hint else theme.DIM,
                          align_right=True)
        if self.show_truth:
            drawing.legend(p, area, self.account())
        unsure = self.unsure() if self.show_heat else None
        if unsure is not None:
            heat.key(p, area, unsure)
        if self.first_hint:
            drawing.hint(p, area, tr("Look closer"), [tr(line) for line in HINT])
