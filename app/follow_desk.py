"""Keeps the zoomed view on a moving thing while it plays or steps: a follower on the reader thread, what it found by frame number."""
from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QPainter

from app import drawing, theme
from app.marks import Mark, Point
from app.words import tr
from engine.api import Frame, Roi
from engine.media.follow import Follower, Found

_JUMP = 8  # frames that may be left out between two looks at the thing


class FollowDesk(QObject):
    """`look` is called on the reader thread with each frame before it is shown; everything else on the GUI thread."""

    changed = Signal()
    said = Signal(str, str)

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.w = window
        self.on = False
        self._lock = threading.Lock()
        self._follower: Follower | None = None
        self._at = 0
        self._found: dict[int, Found] = {}
        self._offset = (0.0, 0.0)     # of the view's centre from the thing's
        self._moving = self._was_lost = False
        self._warned = ""
        window.reader.follow = self.look
        window.steering.moved.connect(self._moved_by_hand)
        window.zoom_view.over.append(self._paint)

    # -- on the reader thread -----------------------------------------------------------------------------------------------

    def look(self, frame: Frame) -> tuple[float, float] | None:
        """Where the view should be centred for this frame; None when it should stay."""
        with self._lock:
            if not self.on:
                return None
            found = self._found.get(frame.index)
            if found is None and self._follower is not None and abs(frame.index - self._at) <= _JUMP:
                found = self._found[frame.index] = self._follower.update(frame.y)
                self._at = frame.index
            if found is None:
                return None
            x, y, w, h = found.box
            return x + w / 2 + self._offset[0], y + h / 2 + self._offset[1]

    # -- on the GUI thread ----------------------------------------------------------------------------------------------------

    def start(self) -> bool:
        """Follows what fills the zoomed view, or a kept track that is chosen. False (and said why) when that cannot be."""
        w = self.w
        kept = w.desk.marks.get(w.desk.chosen)
        if kept is not None and kept.kind == "track" and kept.on(w.player.index):
            found = {kept.frame + n: Found((x - 1, y - 1, 2.0, 2.0), 0.0, False) for n, (x, y) in enumerate(kept.points)}
            follower = None
        else:
            still = w.inspector.still()
            if w.state.whole or still is None:
                self.said.emit("info", tr("stop, and zoom in on the thing to follow first"))
                return False
            x, y, rw, rh = w.state.roi
            box = (x + rw * 0.1, y + rh * 0.1, rw * 0.8, rh * 0.8)  # what lies at the edge of the view is ground rather than the thing
            follower = Follower(still[1].y, box)
            found = {w.player.index: Found(box, 99.0, False)}
        with self._lock:
            self._follower, self._found, self._at = follower, found, w.player.index
            self._offset, self._was_lost, self.on = (0.0, 0.0), False, True
        w.zoom_view.update()
        self.changed.emit()
        return True

    def stop(self) -> None:
        """Ends following; what was found is kept as a track, one for each run of frames without a gap."""
        with self._lock:
            was, self.on = self.on, False
            found, follower = self._found, self._follower
            self._found, self._follower = {}, None
        if was and follower is not None:
            for run in runs([n for n, f in sorted(found.items()) if not f.lost]):
                if len(run) > 1:
                    self.w.desk.marks.add("track", run[0], tuple(centre(found[n].box) for n in run), last=run[-1])
        self.w.zoom_view.update()
        self.changed.emit()

    def shown(self, index: int, at: Point | None) -> None:
        """A frame is about to be shown: the view goes where the thing is."""
        if not self.on:
            return
        if at is not None:
            self._moving = True
            self.w.state.look(at[0], at[1], self.w.state.magnification)
            self._moving = False
        found = self._found.get(index)
        lost = found is None or found.lost
        if lost and not self._was_lost:
            self.said.emit("warn", tr("lost at frame {n}: the view stays where the thing was last seen").format(n=index))
            self._warned = self.w.message_bar.text
        elif self._was_lost and not lost:
            if self.w.message_bar.text == self._warned:
                self.w.message_bar.dismiss()  # it is settled, and would stand before the good news
            self.said.emit("info", tr("found again at frame {n}").format(n=index))
        self._was_lost = lost

    def _moved_by_hand(self) -> None:
        found = self._found.get(self.w.player.index) if self.on and not self._moving else None
        if found is not None:
            (x, y), (cx, cy) = centre(found.box), self.w.state.centre
            self._offset = cx - x, cy - y

    def _paint(self, p: QPainter) -> None:
        if self.on:
            text, colour = (tr("following: lost"), theme.BAD) if self._was_lost else (tr("following"), theme.GOOD)
            drawing.label(p, QPointF(10, 40), text, colour)


def centre(box: Roi) -> Point:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def runs(numbers: list[int]) -> list[list[int]]:
    """Runs of consecutive numbers of a rising list."""
    out: list[list[int]] = [[numbers[0]]] if numbers else []
    for a, b in pairwise(numbers):
        if b == a + 1:
            out[-1].append(b)
        else:
            out.append([b])
    return out


def track_at(mark: Mark, frame: int) -> Point | None:
    """Where a track is on a frame."""
    return mark.points[frame - mark.frame] if mark.on(frame) and frame - mark.frame < len(mark.points) else None
