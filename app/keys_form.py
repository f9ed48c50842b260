"""The page on which keys are changed: every command with its keys, a field that listens, and who has a key already."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from app.actions import ACTIONS, ActionSpec
from app.keymap import spoken
from app.words import tr


def title_of(spec: ActionSpec) -> str:
    return tr(f"&{spec.menu}").replace("&", "") + " ▸ " + tr(spec.text).replace("&", "").rstrip("…")


class KeysForm(QDialog):
    """Changes take effect at once and are kept."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.keymap = window.keymap
        self.setWindowTitle(tr("Shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(640, 560)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Part of a name, or a key"))
        self.filter.setAccessibleName(tr("Find a command"))
        self.filter.textChanged.connect(self._find)
        self.list = QTreeWidget()
        self.list.setHeaderLabels([tr("Command"), tr("Keys")])
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName(tr("Commands and their keys"))
        self.list.setColumnWidth(0, 400)
        for spec in ACTIONS:
            item = QTreeWidgetItem([title_of(spec), ""])
            item.setData(0, Qt.ItemDataRole.UserRole, spec.id)
            item.setToolTip(0, tr(spec.tip))
            self.list.addTopLevelItem(item)
        self.list.currentItemChanged.connect(lambda *_: self._chosen())
        self.edit = QKeySequenceEdit()
        self.edit.setAccessibleName(tr("New key"))
        self.edit.setMaximumSequenceLength(1)
        self.edit.setClearButtonEnabled(True)
        self.edit.keySequenceChanged.connect(lambda _: self._warn())
        self.set = self._button(tr("Set"), self._set)
        self.none = self._button(tr("No key"), lambda: self._apply(()))
        self.one = self._button(tr("As shipped"), lambda: self._reset(self.current))
        self.all = self._button(tr("All as shipped"), lambda: self._reset(""))
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setObjectName("wrong")
        row = QHBoxLayout()
        row.addWidget(QLabel(tr("New key")))
        row.addWidget(self.edit, 1)
        for button in (self.set, self.none, self.one):
            row.addWidget(button)
        low = QHBoxLayout()
        low.addWidget(self.all)
        low.addStretch(1)
        low.addWidget(self._button(tr("Done"), self.accept))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        column.addWidget(self.note)
        column.addLayout(low)
        self._fill()
        self.list.setCurrentItem(self._items()[0])

    def _button(self, text: str, act: Any) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: act())
        return button

    @property
    def current(self) -> str:
        item = self.list.currentItem()
        return str(item.data(0, Qt.ItemDataRole.UserRole)) if item is not None else ""

    def _items(self) -> list[QTreeWidgetItem]:
        return [item for n in range(self.list.topLevelItemCount()) if (item := self.list.topLevelItem(n)) is not None]

    def _fill(self) -> None:
        for item in self._items():
            name = str(item.data(0, Qt.ItemDataRole.UserRole))
            item.setText(1, ",  ".join(map(spoken, self.keymap.of(name))))
            font = item.font(1)
            font.setBold(self.keymap.changed(name))
            item.setFont(1, font)

    def _find(self, text: str) -> None:
        for item in self._items():
            item.setHidden(text.lower() not in f"{item.text(0)} {item.text(1)}".lower())

    def choose(self, name: str) -> None:
        for item in self._items():
            if item.data(0, Qt.ItemDataRole.UserRole) == name:
                self.list.setCurrentItem(item)

    def _chosen(self) -> None:
        self.edit.clear()
        line = self.edit.findChild(QLineEdit)
        if line is not None:
            line.setPlaceholderText(tr("press a key"))  # Qt's own words, which come with every clearing, are too long for this place
        self._warn()

    @property
    def _key(self) -> str:
        sequence: QKeySequence = self.edit.keySequence()
        return sequence.toString()

    def _warn(self) -> None:
        other = self.keymap.owner(self._key, self.current) if self._key else None
        self.set.setEnabled(bool(self._key))
        self.set.setText(tr("Take it over") if other is not None else tr("Set"))
        self.note.setText("" if other is None else tr("{key} belongs to {command}").format(key=spoken(self._key), command=title_of(other)))

    def _set(self) -> None:
        self._apply((self._key,))

    def _apply(self, keys: tuple[str, ...]) -> None:
        if self.current:
            self.keymap.set(self.current, keys)
            self._fill()
            self._chosen()

    def _reset(self, name: str) -> None:
        self.keymap.reset(name)
        self._fill()
        self._chosen()
