"""The page without a file: what can be opened, and what was open before."""
from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.tips import plain
from app.words import tr


class Welcome(QWidget):
    chosen = Signal(str)

    def __init__(self, actions: dict[str, QAction], sample: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        title = QLabel(tr("Look closer"))
        title.setObjectName("title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(title)
        line = QLabel(tr("Drop a .lzc file, a video, a picture or a folder of pictures here."))
        line.setProperty("dim", True)
        line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(line)
        outer.addSpacing(14)
        row = QHBoxLayout()
        row.addStretch(1)
        for name in ("open_file", "open_folder"):
            button = QPushButton(actions[name].text().replace("&", ""))
            button.setToolTip(actions[name].toolTip())
            button.setAutoDefault(True)  # Enter presses it, not only the space bar
            button.clicked.connect(actions[name].trigger)
            row.addWidget(button)
        if sample is not None and sample.exists():
            button = QPushButton(tr("Open the sample"))
            button.setToolTip(tr("A short recording that is worth looking into"))
            button.setAutoDefault(True)
            button.clicked.connect(lambda: self.chosen.emit(str(sample)))
            row.addWidget(button)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addSpacing(22)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        outer.addLayout(self._recent)
        outer.addStretch(3)

    def show_recent(self, paths: list[str]) -> None:
        while self._recent.count():
            item = self._recent.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()  # it goes in a later turn of the event loop only
                widget.deleteLater()
        if not paths:
            return
        head = QLabel(tr("Opened before"))
        head.setProperty("dim", True)
        head.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._recent.addWidget(head)
        for path in paths[:6]:
            button = QPushButton(Path(path).name.replace("&", "&&"))
            button.setFlat(True)
            button.setAutoDefault(True)
            button.setObjectName("link")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setToolTip(plain(path))
            button.setAccessibleName(tr("Open {path}").format(path=path))
            button.clicked.connect(lambda _=False, p=path: self.chosen.emit(p))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
