"""The status bar: region, seed, tiles, level, rate, device, and what is under the cursor."""
from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel, QStatusBar

from app.frame_view import FrameView
from app.player import Player
from app.reader import Picture
from app.words import tr
from app.zoom_bar import coordinate
from app.zoom_client import ZoomClient
from app.zoom_state import ZoomState
from app.zoom_view import ZoomView
from engine.api import Provenance

_PARTS = (("cursor", "What is under the cursor"), ("roi", "Region of the recording in the zoomed view"),
          ("seed",
           "Seed of the detail beyond the record: 0 is the expected detail, any other one a plausible alternative"),
          ("tiles", "Tiles of this view that are ready"),
          ("level", "Stored level in use, and levels made beyond it"), ("rate", "Frames shown per second"),
          ("device", "What the networks run on"))


class Readouts:
    """Labels in `bar`, by name in `labels`."""

    def __init__(self, bar: QStatusBar, player: Player, state: ZoomState, device: str) -> None:
        self._player, self._state = player, state
        self.labels: dict[str, QLabel] = {}
        bar.setSizeGripEnabled(False)
        for name, tip in _PARTS:
            label = QLabel()
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setToolTip(tr(tip))
            label.setAccessibleName(tr(tip))
            self.labels[name] = label
            if name == "cursor":
                bar.addWidget(label, 1)
            else:
                bar.addPermanentWidget(label)
        self._set("device", device)

    def _set(self, name: str, text: str) -> None:
        label = self.labels[name]
        if label.text() != text:
            label.setText(text)
        label.setVisible(bool(text) or name == "cursor")

    def show(self, zoom: ZoomClient, seed: int, locked: bool = False) -> None:
        """Everything but the cursor."""
        player, (x, y, w, h) = self._player, self._state.roi
        open_ = player.info is not None
        still = open_ and not player.playing
        self._set("roi", tr("ROI {a},{b}  {c} × {d}").format(
            a=coordinate(x), b=coordinate(y), c=coordinate(w), d=coordinate(h)) if open_ else "")
        self._set("seed", tr("seed {seed}").format(seed=seed) if open_ else "")
        self._set("tiles", tr("{a} of {b} tiles").format(
            a=zoom.tiles, b=max(zoom.total, zoom.tiles)) if still and zoom.request is not None else "")
        made = tr(" + {n} made").format(n=zoom.made) if zoom.made else ""
        words = tr("level {a} (locked){made}") if locked else tr("level {a}{made}")
        self._set("level", words.format(a=zoom.level, made=made) if still and zoom.level is not None else "")
        self._set("rate", tr("{a:.0f} fps").format(a=player.rate) if player.playing and player.rate else "")

    def show_line(self, text: str) -> None:
        """What is under the cursor, in the words of whatever is shown there."""
        self._set("cursor", text)

    def show_cursor(self, view: ZoomView, pointer: QPointF | None, frame_view: FrameView, kinds: str) -> None:
        """`view`: whose pixel is at `pointer`. kinds: what that is, in words."""
        at, text, state = None, "", view.state
        if self._player.info is not None:
            if pointer is not None:
                at = state.source_at(pointer.x(), pointer.y())
                text = f"   {kinds}" if kinds else ""
            elif frame_view.pointer is not None:
                at = (frame_view.pointer.x(), frame_view.pointer.y())
        w, h = state.size
        inside = at is not None and 0 <= at[0] < w and 0 <= at[1] < h
        digits = 0 if state.magnification <= 1 else 2
        self._set("cursor", f"{at[0]:.{digits}f}, {at[1]:.{digits}f}{text}" if inside and at is not None else "")


def stands_for(picture: Picture) -> str:
    """What a picture stands in for, in words; empty for a recorded one."""
    if picture.provenance == Provenance.CODED:
        return ""
    if picture.provenance == Provenance.SYNTHESISED:
        return tr("frame {n} is lost: synthesised from its neighbours").format(n=picture.index)
    return tr("frame {n} is lost in full: shown from a coarser level").format(n=picture.index)
