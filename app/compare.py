"""Two pictures of one region: side by side, wiped, blinking, or their difference. Side A is the open file, side B anything else."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent

from app import patience
from app.compare_paint import ComparePaint
from app.difference import GAINS
from app.mailbox import Mailbox
from app.other_side import LinkedState, OtherSide
from app.patience import Patience
from app.reader import DataOpened, FrameReader, Lost, Opened, OpenFailed, Picture
from app.readouts import stands_for
from app.words import tr
from app.zoom_client import Wish, ZoomClient
from app.zoom_view import ZoomView
from engine.api import Frame, Look, Provenance, SourceInfo

MODES = ("side", "wipe", "blink", "difference")
BLINK_MS = 500
_GRIP = 8


class Compare(QObject):
    """`changed` when mode or sides did; `said(level, line)` for a person. `window` gives state, player, backend, views."""

    changed = Signal()
    said = Signal(str, str)

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.w = window
        self.mode = ""
        self.side: OtherSide | None = None
        self.gain = 4
        self.wipe = 0.5
        self.state = LinkedState(window.state)
        self.view = ZoomView(self.state)
        self.view.setAccessibleName(tr("Zoomed view of side B"))
        self.view.hide()
        self.zoom = ZoomClient(window.backend, self.view, self, share=window.zoom)
        self._box = Mailbox(self._handle, self)
        self.reader = FrameReader(window.backend.open, window.backend.to_rgb, self._box.post,
                                  lambda info, frame: self.zoom.offer(info, frame))
        self._opening = self._generation = -1
        self._wanted_mode = "wipe"
        self._held: int | None = None
        self._trouble = ""            # why side B has no picture and gets none
        self._wrong = ""              # what was said of an opening that failed
        self.patience = Patience(window.message_bar, self)
        self.second = False           # blink: side B is on screen
        self._dragging = False
        self._blink = QTimer(self)
        self._blink.setInterval(BLINK_MS)
        self._blink.timeout.connect(self._flip)
        lead: ZoomView = window.zoom_view
        self.paint = ComparePaint(self)
        lead.blend = self.paint.over_lead
        lead.account, lead.unsure = self.paint.shares, self.paint.unsure
        lead.tools.insert(0, self)
        self.view.over.append(self.paint.label_of_b)
        self.view.waiting = self.waits
        self.view.account = lambda: {None: 1.0} if self.waits() else self.view.shares()
        window.message_bar.covers.connect(self.view.set_covered)
        window.steering.attach(self.view)
        window.steering.asked = self.ask
        window.player.shown.connect(self._frame_shown)
        self.zoom.changed.connect(self._show)
        self.zoom.failed.connect(lambda line: self._failed(line, tr("not shown: the message says why")))

    # -- sides and modes ----------------------------------------------------------------------------------------------

    def open(self, path: str, mode: str = "") -> None:
        """Another file becomes side B when it is open."""
        self._wanted_mode = mode or self.mode or "wipe"
        self._open(str(Path(path).absolute()))

    def against(self, kind: str, mode: str = "") -> None:
        """The open file itself becomes side B: `frame` held as it is now, a `level`, `recorded` only, or another `seed`."""
        info = self.w.player.info
        if info is None:
            return
        self._wanted_mode = mode or self.mode or "wipe"
        if kind == "frame":
            self._held = self.w.player.index
            self._open(info.path)  # a decoder of its own
            return
        level = None
        if kind == "level":
            before = self.side.level if self.side is not None and self.side.kind == "level" else 0
            level = (before or 0) % max(1, info.levels - 1) + 1
        self._take(OtherSide(kind, info, 0, level, self.w.steering.seed + 1))

    def _open(self, path: str) -> None:
        self._opening = self.reader.open(path)
        if self._wrong and self.w.message_bar.text == self._wrong:
            self.w.message_bar.dismiss()
        self._wrong = ""
        self.patience.wait(tr("side B: {line}").format(line=tr("opening {name} …").format(name=Path(path).name)), patience.OPENING_MS)

    def _take(self, side: OtherSide) -> None:
        self.view.clear()
        self._trouble = ""
        self.paint.forget()
        self.side = side
        self.state.size = (side.info.width, side.info.height)
        self.set_mode(self._wanted_mode)
        self._frame_shown()
        self.w.squares.refresh()

    def set_mode(self, mode: str) -> None:
        """One of `MODES`, or "" for no comparison."""
        if mode and self.side is None:
            return
        self.mode = mode
        self.second = False
        self.view.fade_s = self.w.zoom_view.fade_s if mode == "side" else 0
        self.view.setVisible(mode == "side")
        self._blink.start() if mode == "blink" else self._blink.stop()
        if not mode:
            self.zoom.stop()
        self.changed.emit()
        self._show()
        self.ask()

    def forget(self) -> None:
        """The open file goes, and the comparison with it."""
        self._opening = self._generation = -1
        self._held, had, self.side = None, self.side is not None, None
        self.patience.over()
        self.paint.forget()
        self.set_mode("")
        self.view.clear()
        self.reader.forget()
        if had:
            self.w.let_go()

    def swap(self) -> str:
        """The path that should be opened to change the sides; "" where they are no two files."""
        return self.side.info.path if self.side is not None and self.side.kind == "file" else ""

    def next_gain(self) -> None:
        self.gain = GAINS[(GAINS.index(self.gain) + 1) % len(GAINS)]
        self.paint.forget()
        self._show()

    def close(self) -> None:
        self._blink.stop()
        self._box.close()
        self.view.stop()
        self.zoom.close()
        self.reader.close()

    # -- pictures -----------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """The leading view asked for a picture: side B needs the same region of its own."""
        side, player = self.side, self.w.player
        if side is None or not self.mode:
            return
        self.dress()
        _, _, w, h = self.state.target
        self.reader.look((w, h), (self.state.roi, (w, h)))
        self.view.moved()
        if player.info is None or player.picture is None or player.playing:
            self.zoom.stop()
            return
        steering = self.w.steering
        self.zoom.want(Wish(side.info, side.index(player.info, player.index), self.state.roi, (w, h),
                            self.view.recorded_only or self.w.zoom_view.hard, side.seed if side.kind == "seed" else steering.seed,
                            steering.samples, level=side.level, look=Look() if side.kind == "recorded" else steering.look_used))

    def dress(self) -> None:
        """Side B is shown in the way that side A is, and says so."""
        lead, view, side = self.w.zoom_view, self.view, self.side
        if side is None:
            return
        view.show_truth, view.show_heat = lead.show_truth, lead.show_heat
        view.recorded_only = self.w.steering.recorded_only or side.kind == "recorded"
        view.hard = lead.hard and side.kind != "level"  # of a level there is no frame to take squares from
        view.adjusted = "" if side.kind == "recorded" or lead.hard else lead.adjusted
        view.update()

    def still(self) -> tuple[SourceInfo, Frame] | None:
        """The frame that side B shows, as decoded; None while it plays, or where there is none of its own."""
        side, still = self.side, self.zoom.still
        if side is None or side.kind == "level" or self.w.player.playing:
            return None
        if not side.reads:
            return self.w.inspector.still()  # type: ignore[no-any-return]
        return still if still is not None and still[0] is side.info and self.view.frame == still[1].index else None

    def under(self) -> tuple[ZoomView, QPointF | None]:
        """Whose pixels lie under the cursor, and where, in device pixels."""
        lead, view = self.w.zoom_view, self.view
        at = lead.pointer
        if self.mode == "side" and view.pointer is not None:
            return view, view.pointer
        tx, _, tw, _ = self.state.target
        if at is not None and (self.second if self.mode == "blink" else self.mode == "wipe" and at.x() >= tx + round(tw * self.wipe)):
            return view, at
        return lead, at

    def _frame_shown(self) -> None:
        side, player = self.side, self.w.player
        if side is None or not self.mode or player.info is None or player.picture is None:
            return
        self.paint.forget()
        self._trouble = ""
        index = side.index(player.info, player.index)
        if side.reads:
            self._generation = self.reader.seek(index)
        elif side.kind == "level":
            self.view.set_picture(index, np.zeros((2, 2, 4), np.uint8), None, None, True)  # nothing finer may shine through
        else:
            picture = player.picture
            self.view.set_picture(index, picture.whole, picture.part, picture.part_roi, picture.coarse, picture.provenance)

    def waits(self) -> str:
        """What is said where side B has nothing to show; "" when there is no side B, or something of it to see."""
        side, view = self.side, self.view
        if side is None or not self.mode or (view.shows if side.kind != "level" else view.zoomed):
            return ""
        return self._trouble or tr("reading {name} …").format(name=Path(side.info.path).name)

    def _refuse(self, line: str) -> None:
        self.said.emit("error", line)
        self._wrong = self.w.message_bar.text

    def _failed(self, line: str, here: str) -> None:
        """`line` is said, and `here` stands where the picture would be."""
        self.patience.over()
        self._trouble = here
        self.said.emit("warn", tr("side B: {line}").format(line=line))
        self._show()

    def _handle(self, event: Any) -> None:
        if isinstance(event, (OpenFailed, DataOpened, Opened)) and event.generation == self._opening:
            self.patience.over()
        if isinstance(event, OpenFailed):
            if event.generation == self._opening:
                self._refuse(event.message)
        elif isinstance(event, DataOpened):
            if event.generation == self._opening:
                self._refuse(tr("{name} holds no pictures: it cannot be side B").format(name=Path(event.path).name))
        elif isinstance(event, Opened):
            if event.generation == self._opening and self.w.player.info is not None:
                held, self._held = self._held, None
                self._take(OtherSide("frame" if held is not None else "file", event.info, held or 0))
                if self.waits():
                    self.patience.wait(tr("side B: {line}").format(line=self.waits()), patience.READING_MS, humble=True)
                if held is None and event.info.width * self.w.player.info.height != event.info.height * self.w.player.info.width:
                    self.said.emit("warn", tr("the pictures have different shapes: side B is stretched to fit"))
        elif event.generation == self._generation:
            if isinstance(event, Picture):
                self.patience.over()
                if event.provenance != Provenance.CODED and self.view.recorded_only:
                    self.view.clear()
                    self._failed(stands_for(event), tr("frame {n} is lost").format(n=event.index))
                    return
                self.view.set_picture(event.index, event.whole, event.part, event.part_roi, event.early or event.coarse, event.provenance)
                self.w.squares.refresh()
                self._show()
            elif isinstance(event, Lost):
                self._failed(event.message, tr("frame {n} is lost").format(n=event.index))

    # -- painting ---------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        self.paint.forget()
        self.w.zoom_view.update()
        self.view.update()
        self.w.refresh()

    def _flip(self) -> None:
        self.second = not self.second
        self.w.zoom_view.update()
        self.w.refresh()

    # -- the handle of the wipe -----------------------------------------------------------------------------------------

    def press(self, at: QPointF, event: QMouseEvent) -> bool:
        tx, _, tw, _ = self.state.target
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self._dragging = self.mode == "wipe" and plain and abs(at.x() - (tx + tw * self.wipe)) <= _GRIP
        return self._dragging

    def move(self, at: QPointF) -> None:
        tx, _, tw, _ = self.state.target
        self.wipe = min(max((at.x() - tx) / max(1, tw), 0.0), 1.0)
        self._show()

    def cancel(self) -> None:
        self._dragging = False

    def release(self, at: QPointF) -> None:
        self.move(at)
