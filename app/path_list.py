"""A list of files and folders to be worked on: chosen with buttons, or dropped on it."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from app.tips import plain
from app.words import tr

_PATH = Qt.ItemDataRole.UserRole


class PathList(QListWidget):
    """Files and folders, each once; dropped on it, or taken off with Delete. `paths_changed` after either."""

    paths_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Files and folders"))
        self.setAccessibleDescription(tr("Drop files and folders here; Delete takes the chosen ones off"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAcceptDrops(True)
        self.setMinimumHeight(120)

    @property
    def paths(self) -> list[str]:
        return [str(self.item(n).data(_PATH)) for n in range(self.count())]

    def add(self, paths: list[str]) -> None:
        known = set(self.paths)
        for path in paths:
            full = str(Path(path).absolute())
            if full not in known:
                known.add(full)
                item = QListWidgetItem(f"{Path(full).parent.name}/{Path(full).name}")
                item.setData(_PATH, full)
                item.setToolTip(plain(full))
                self.addItem(item)
        self.paths_changed.emit()

    def remove_chosen(self) -> None:
        for item in self.selectedItems():
            self.takeItem(self.row(item))
        self.paths_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_chosen()
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()


def files_box(parent: QWidget, files: PathList, add_files: Callable[[], object], add_folder: Callable[[], object] | None = None) -> QWidget:
    """The list, and beside it the buttons that add to it and take off."""
    side = QWidget(parent)
    row = QHBoxLayout(side)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(files, 1)
    buttons = QVBoxLayout()
    for text, act in ((tr("Add files…"), add_files), (tr("Add a folder…"), add_folder), (tr("Take off"), files.remove_chosen)):
        if act is not None:
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            buttons.addWidget(button)
    buttons.addStretch(1)
    row.addLayout(buttons)
    return side
