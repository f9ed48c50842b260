"""The command palette: type a few letters of what you want, Enter does it."""
from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.keymap import spoken
from app.words import tr


def score(wanted: str, text: str) -> int | None:
    """How well `text` answers `wanted`, smaller is better: as a whole, by words, by letters in order; None when not at all."""
    w, t = wanted.lower().strip(), text.lower()
    if not w:
        return 0
    at = t.find(w)
    if at >= 0:
        return at
    words = w.split()
    if all(word in t for word in words):
        return 100 + sum(t.find(word) for word in words)
    pos, gaps = -1, 0
    for ch in w.replace(" ", ""):
        found = t.find(ch, pos + 1)
        if found < 0:
            return None
        gaps += found - pos - 1
        pos = found
    return 300 + gaps


class Palette(QDialog):
    """Lists the actions that can be done now, with their menus and keys."""

    def __init__(self, actions: list[tuple[str, QAction]], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._actions = actions
        self.setAccessibleName(tr("Command palette"))
        self.setObjectName("palette")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(tr("Type a command"))
        self.edit.setAccessibleName(tr("Command to look for"))
        self.edit.textChanged.connect(self._fill)
        self.edit.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _item: self._run())
        column.addWidget(self.edit)
        column.addWidget(self.list)
        self.resize(520, 360)
        self._fill("")

    def open_over(self, window: QWidget) -> None:
        top = window.mapToGlobal(window.rect().topLeft())
        self.move(top.x() + (window.width() - self.width()) // 2, top.y() + 70)
        self.show()
        self.edit.setFocus()

    def _fill(self, wanted: str) -> None:
        found = []
        for order, (menu, action) in enumerate(self._actions):
            if not action.isEnabled():
                continue
            name = action.text().replace("&", "")
            s = score(wanted, name)
            if s is None:
                by_menu = score(wanted, f"{menu} {name}")
                s = None if by_menu is None else 500 + by_menu
            if s is not None:
                found.append((s, order, menu, name, action))
        found.sort(key=lambda f: f[:2])
        self.list.clear()
        for _, _, menu, name, action in found:
            keys = ", ".join(spoken(k.toString()) for k in action.shortcuts())
            item = QListWidgetItem(f"{menu}:  {name.rstrip('…')}" + (f"      {keys}" if keys else ""))
            item.setData(Qt.ItemDataRole.UserRole, self._actions.index((menu, action)))
            item.setToolTip(action.toolTip())
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.edit and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            move = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(Qt.Key(event.key()))
            if move is not None:
                self.list.setCurrentRow(min(max(self.list.currentRow() + move, 0), self.list.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
        return super().eventFilter(watched, event)

    def _run(self) -> None:
        item = self.list.currentItem()
        self.close()
        if item is not None:
            self._actions[item.data(Qt.ItemDataRole.UserRole)][1].trigger()
