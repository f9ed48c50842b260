"""The bar below the pictures: step, play, speed, position as time and frame, timeline."""
from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton, QWidget

from app import icons
from app.fields import Field
from app.flow import Flow
from app.player import Player
from app.timecode import format_time, parse_position
from app.timeline import Timeline
from app.words import tr

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def speed_text(speed: float) -> str:
    return f"×{speed:g}"


class TransportBar(QWidget):
    """Shows the player and moves it. `refused(line)`: what was typed is no position. `done`: give the keyboard back to the picture."""

    refused = Signal(str)
    done = Signal()

    def __init__(self, player: Player, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.player = player
        self._face = "play"
        self.rows = row = Flow(self)
        row.setContentsMargins(10, 4, 10, 4)
        self.buttons: dict[str, QToolButton] = {}
        for name, picture in (("step_back", "step_back"), ("play", "play"), ("step_forward", "step_forward")):
            row.put(self._button(actions[name], picture))
        self.speed = QComboBox()
        self.speed.setAccessibleName(tr("Speed"))
        self.speed.setToolTip(tr("Speed"))
        for s in SPEEDS:
            self.speed.addItem(speed_text(s), s)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.activated.connect(self._pick_speed)
        row.put(self.speed)
        self.time = self._field(tr("Time"), tr("Time: type one like 1:12.5 or 3.2s"), "00:00:00.0000")
        self.frame = self._field(tr("Frame"), tr("Frame number, counted from 0: type one to go there"), "#0000000")
        row.put(self.time, before=6)
        row.put(self.frame)
        self.count = QLabel()
        self.count.setProperty("dim", True)
        row.put(self.count)
        self.timeline = Timeline()
        self.timeline.seeked.connect(player.seek)
        row.put(self.timeline, grows=True)
        player.shown.connect(self.refresh)
        player.glimpsed.connect(self.refresh)
        player.changed.connect(self.refresh)
        self.refresh()

    def add(self, part: QWidget) -> None:
        """At the right end."""
        self.rows.put(part)

    def _button(self, action: QAction, picture: str) -> QToolButton:
        button = QToolButton()
        icons.put(button, picture)
        button.setIconSize(QSize(22, 22))
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text().replace("&", ""))
        button.setAutoRepeat(picture.startswith("step"))
        button.clicked.connect(action.trigger)
        self.buttons[picture] = button
        return button

    def _field(self, name: str, tip: str, widest: str) -> Field:
        field = Field(name, tip, widest, self._go)
        field.refused.connect(self.refused)
        field.done.connect(self.done)
        return field

    def _go(self, text: str) -> None:
        if self.player.info is None:
            raise ValueError(tr("open a file first"))
        self.player.seek(parse_position(text, self.player.info))

    def _pick_speed(self, row: int) -> None:
        self.player.set_speed(SPEEDS[row])
        self.done.emit()

    def nudge_speed(self, steps: int) -> None:
        near = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - abs(self.player.speed)))
        self.player.set_speed(SPEEDS[min(max(near + steps, 0), len(SPEEDS) - 1)])

    def refresh(self) -> None:
        player, info = self.player, self.player.info
        self.setEnabled(info is not None)
        face = "pause" if player.playing else "play"
        if face != self._face:
            self._face = face
            icons.put(self.buttons["play"], face)
        speed = abs(player.speed)
        if speed in SPEEDS:
            self.speed.setCurrentIndex(SPEEDS.index(speed))
        if info is None:
            self.time.show_value("")
            self.frame.show_value("")
            self.count.setText("")
            return
        self.time.show_value(format_time(info.seconds(player.index)))
        self.frame.show_value(f"#{player.index}")
        self.count.setText(f"/ {info.frames - 1}")
        self.timeline.set_index(player.index)
