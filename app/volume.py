"""The loudspeaker beside the timeline: on, off, how loud; and why there is nothing to hear."""
from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton, QWidget

from app import icons
from app.backend import Backend
from app.clock import Clock
from app.mailbox import Mailbox
from app.player import Player
from app.settings import Settings
from app.sound import SoundThread
from app.words import tr
from engine.api import SourceInfo


class Sounder(QObject):
    """Keeps the sound thread in step with the player. `said(line)` for a person; `changed` when volume or mute did."""

    said = Signal(str)
    changed = Signal()

    def __init__(self, backend: Backend, player: Player, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._box = Mailbox(self.said.emit, self)
        self.thread_ = SoundThread(backend.sound, self._box.post)
        self.muted = settings.flag("muted")
        self.level = min(100, max(0, int(settings.text("volume", "80") or 80)))
        self._apply()
        player.on_clock = self._clock

    def _apply(self) -> None:
        self.thread_.volume = 0.0 if self.muted else (self.level / 100) ** 2  # steps that sound even
        self.changed.emit()

    def open(self, info: SourceInfo | None) -> None:
        self.thread_.open(info.path if info is not None and info.has_audio else None)

    def _clock(self, clock: Clock | None) -> None:
        if clock is None:
            self.thread_.hush()
        else:
            self.thread_.run(clock)

    def mute(self, on: bool) -> None:
        self.muted = on
        self._settings.set_flag("muted", on)
        self._apply()

    def set_level(self, level: int) -> None:
        self.level = min(100, max(0, level))
        self._settings.set_text("volume", str(self.level))
        self._apply()

    def close(self) -> None:
        self._box.close()
        self.thread_.close()


class VolumeControl(QWidget):
    """Mute button and slider."""

    def __init__(self, sounder: Sounder, mute: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sounder, self._mute = sounder, mute
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(2)
        self.button = QToolButton()
        self.button.setIconSize(QSize(20, 20))
        self.button.setCheckable(True)
        self.button.setAccessibleName(tr("Mute"))
        self.button.clicked.connect(lambda on=False: mute.setChecked(on))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setFixedWidth(64)
        self.slider.setAccessibleName(tr("Volume"))
        self.slider.setToolTip(tr("Volume"))
        self.slider.valueChanged.connect(sounder.set_level)
        row.addWidget(self.button)
        row.addWidget(self.slider)
        sounder.changed.connect(self.refresh)
        self.show_source(None)

    def show_source(self, info: SourceInfo | None) -> None:
        has = self._has = info is not None and info.has_audio
        self.slider.setEnabled(has)
        self.button.setEnabled(has)
        self.button.setToolTip(self._mute.toolTip() if has else tr("this file has no sound"))
        self.refresh()

    def refresh(self) -> None:
        quiet = self._sounder.muted or self._sounder.level == 0
        icons.put(self.button, "muted" if quiet or not self._has else "speaker")
        self.button.setChecked(self._sounder.muted and self._has)
        self.slider.blockSignals(True)
        self.slider.setValue(self._sounder.level)
        self.slider.blockSignals(False)
