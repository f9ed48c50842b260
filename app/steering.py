"""Moves of the view: wheel, drag, boxes, numbers, alternatives. Each changes the shared `ZoomState`, shows at once, and asks for better."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.frame_view import FrameView
from app.look_form import said
from app.player import Player
from app.reader import FrameReader
from app.zoom_client import Wish, ZoomClient
from app.zoom_state import ZoomState
from app.zoom_view import ZoomView
from engine.api import Look, Roi

_GESTURE_MS = 700  # wheel turns closer together than this are one gesture in the history


class Steering(QObject):
    """`moved` after every change of what the view shows."""

    moved = Signal()

    def __init__(self, state: ZoomState, player: Player, reader: FrameReader, zoom: ZoomClient, frame_view: FrameView, zoom_view: ZoomView,
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state, self.player, self.reader, self.zoom = state, player, reader, zoom
        self.frame_view, self.zoom_view = frame_view, zoom_view
        self.recorded_only, self.seed = False, 0
        self._gesture = QTimer(self)
        self._gesture.setSingleShot(True)
        self._gesture.setInterval(_GESTURE_MS)
        self.level: int | None = None
        self.samples, self.response_ms = 1, 1000
        self.look = Look()
        self.asked: Callable[[], None] = lambda: None  # hears of every `ask`
        frame = frame_view
        for v in (zoom_view, frame):
            v.resized.connect(self.resized)
        frame.gesture_began.connect(self._gesture_began)
        self.attach(zoom_view)
        frame.banded.connect(lambda x, y, w, h: self.move_view(lambda: state.band((x, y, w, h))))
        frame.centred.connect(self._centre_on)
        frame.box_moved.connect(lambda dx, dy: self._continue(lambda: state.pan(-dx * state.magnification, -dy * state.magnification)))
        frame.wheeled.connect(self._wheel_on_frame)

    def attach(self, view: ZoomView) -> None:
        """Gestures in `view` move the one region that all views show."""
        state = self.state
        view.gesture_began.connect(self._gesture_began)
        view.wheeled.connect(lambda x, y, f: self._wheel(lambda: state.zoom_at(x, y, f)))
        view.dragged.connect(lambda dx, dy: self._continue(lambda: state.pan(dx, dy)))
        view.banded.connect(self._band_in_view)

    def ask(self) -> None:
        """What the zoomed view should show goes to the engine; what the playing view should cut goes to the reader."""
        info, picture = self.player.info, self.player.picture
        _, _, w, h = self.state.target
        self.reader.look(self.frame_view.viewport_size(), (self.state.roi, (w, h)))
        if info is not None and picture is not None and not self.player.playing and self.player.glimpse is None:
            self.zoom.want(Wish(info, picture.index, self.state.roi, (w, h), self.recorded_only or self.zoom_view.hard, self.seed,
                                self.samples, self.level, self.response_ms, self.look_used))
        self.asked()

    def view_moved(self) -> None:
        """The state has changed: show it at once with what is there, and ask for better."""
        self.zoom_view.moved()
        self.frame_view.update()
        self.ask()
        self.moved.emit()

    def move_view(self, move: Callable[[], None]) -> None:
        """One move that can be gone back from."""
        self.zoom_view.glide.stop()
        self.state.remember()
        self._continue(move)

    def _continue(self, move: Callable[[], None]) -> None:
        before = self.state.roi, self.state.magnification
        move()
        if (self.state.roi, self.state.magnification) != before:
            self.view_moved()

    def _gesture_began(self) -> None:
        if not self._gesture.isActive():
            self.state.remember()

    def _wheel(self, move: Callable[[], None]) -> None:
        self._gesture_began()
        self._gesture.start()
        self._continue(move)

    def _wheel_on_frame(self, x: float, y: float, factor: float) -> None:
        state = self.state
        rx, ry, rw, rh = state.roi
        cx, cy = state.centre
        inside = rx <= x <= rx + rw and ry <= y <= ry + rh
        # the point under the cursor keeps its place in the view; from outside, the view comes to it
        to = (x + (cx - x) / factor, y + (cy - y) / factor) if inside else (x, y)
        self._wheel(lambda: state.look(to[0], to[1], state.magnification * factor))

    def _centre_on(self, x: float, y: float) -> None:
        if self.state.whole:
            return
        self.move_view(lambda: self.state.look(x, y, self.state.magnification))

    def _band_in_view(self, x: float, y: float, w: float, h: float) -> None:
        a, b = self.state.source_at(x, y), self.state.source_at(x + w, y + h)
        self.move_view(lambda: self.state.band((a[0], a[1], b[0] - a[0], b[1] - a[1])))

    def magnify(self, m: float) -> None:
        self.move_view(lambda: self.state.look(*self.state.centre, m))

    def exact(self, roi: Roi) -> None:
        """ValueError with one line when the region is not in the picture."""
        self.state.check(roi)
        self.move_view(lambda: self.state.exact(roi))

    def set_recorded_only(self, on: bool) -> None:
        self.recorded_only = self.zoom_view.recorded_only = on
        self.view_moved()

    @property
    def look_used(self) -> Look:
        """What is recorded is shown as it is."""
        return Look() if self.recorded_only or self.zoom_view.hard else self.look

    def set_look(self, look: Look) -> None:
        if look != self.look:
            self.look = look
            self.zoom_view.adjusted = said(look)
            self.view_moved()

    def set_samples(self, count: int) -> None:
        if count != self.samples:
            self.samples = count
            self.view_moved()

    def set_level(self, level: int | None) -> None:
        """Lock the view to a level, the nearest one there is; None chooses by the magnification."""
        info = self.player.info
        if level is not None and info is not None:
            made = (min(info.width, info.height) // 16).bit_length() - 1  # those that are not stored are means down to 16 pixels
            level = min(max(level, 0), max(min(made, 8), info.levels - 1))
        if level != self.level:
            self.level = level
            self.view_moved()

    def set_seed(self, seed: int) -> None:
        if seed != self.seed:
            self.seed = seed
            self.view_moved()

    def resized(self) -> None:
        self.state.resize(*self.zoom_view.viewport_size())
        self.view_moved()
