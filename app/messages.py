"""The one channel for what a person should know: a line over the lower edge of the pictures, never a dialog or a traceback. It logs too."""
from __future__ import annotations

import logging
from collections import deque

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app import icons, theme
from app.told import told
from app.words import tr

log = logging.getLogger("lorentz")
_LOOKS = {"info": ("ACCENT", "#1d2a38", "#dcebfa"), "warn": ("WARN", "#332a19", "#fbeed2"), "error": ("BAD", "#3a2020", "#fbdedb")}
_STAY_MS = 6000


class MessageBar(QWidget):
    """`say(level, line)`: info lines leave by themselves, warnings and errors stay until closed or replaced. Lines of the engine are shown
    in the language of the window; `history` and the log keep them as they came."""

    level = ""  # events come while it is being made
    covers = Signal(int)  # height of the parent's lower edge that lies under the bar now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history: deque[tuple[str, str]] = deque(maxlen=200)
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Message"))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(self._label, 1)
        close = QToolButton()
        icons.put(close, "close")
        close.setAccessibleName(tr("Close the message"))
        close.setToolTip(tr("Close the message"))
        close.clicked.connect(self.dismiss)
        row.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self.hide()
        if parent is not None:
            parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """Along the lower edge of the parent: floating, so that a message never moves the pictures."""
        parent = self.parentWidget()
        if parent is not None:
            height = max(34, self.heightForWidth(parent.width()))  # the hint alone supposes a narrow column
            self.setGeometry(0, parent.height() - height, parent.width(), height)
            self.raise_()
            self.covers.emit(height if self.text else 0)

    def say(self, level: str, line: str, stay: bool = False) -> None:
        line = " ".join(line.split())
        self.history.append((level, line))
        log.log({"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}[level], "%s", line)
        if not self.isHidden() and self.level in ("warn", "error") and level == "info":
            return  # what may matter is not talked over by good news
        self.level, self.text = level, (line := told(line))
        self._colour()
        self._label.setText(line)
        self.setAccessibleDescription(line)
        self.place()
        self.show()
        self._timer.stop()
        if level == "info" and not stay:
            self._timer.start(_STAY_MS)

    def _colour(self) -> None:
        if not self.level:
            return
        name, dark, light = _LOOKS[self.level]
        colour, back = theme.THEMES[theme.NAME][name], dark if theme.NAME == "dark" else light
        sheet = f"MessageBar {{ background: {back}; border-left: 3px solid {colour}; }}"
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self._colour()  # the theme may be another one now

    def dismiss(self) -> None:
        self._timer.stop()
        self.level, self.text = "", ""
        self.hide()
        self.covers.emit(0)
