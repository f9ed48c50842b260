"""The list of marks: a click goes there, a double click or F2 writes a note, Delete takes it away."""
from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app import theme
from app.mark_desk import MarkDesk
from app.mark_paint import COLOURS
from app.timecode import format_time
from app.tips import plain
from app.words import tr

_ID = Qt.ItemDataRole.UserRole


class _List(QTreeWidget):
    def __init__(self, desk: MarkDesk) -> None:
        super().__init__()
        self._desk = desk

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._desk.remove_chosen()
            return
        super().keyPressEvent(event)


class MarksPanel(QWidget):
    def __init__(self, desk: MarkDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._filling = desk, False
        self.setAccessibleName(tr("Marks"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        self.list = _List(desk)
        self.list.setAccessibleName(tr("List of marks"))
        self.list.setHeaderLabels([tr("Mark"), tr("Frame"), tr("Note")])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        for column_, mode in enumerate((QHeaderView.ResizeMode.ResizeToContents,) * 2 + (QHeaderView.ResizeMode.Stretch,)):
            self.list.header().setSectionResizeMode(column_, mode)
        self.list.itemClicked.connect(lambda item, _c: desk.choose(item.data(0, _ID)))
        self.list.itemActivated.connect(lambda item, _c: desk.choose(item.data(0, _ID)))
        self.list.itemDoubleClicked.connect(lambda item, _c: self.list.editItem(item, 2))
        self.list.itemChanged.connect(self._edited)
        self.empty = QLabel(tr("No marks yet. Ctrl+D sets a bookmark; the Mark and Measure menus draw."))
        self.empty.setWordWrap(True)
        self.empty.setProperty("dim", True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        self.setMinimumSize(215, 120)  # three lines of words, or a few marks, also where docks share the height
        desk.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the marks as they are; keeps what is being edited out of harm's way."""
        self._filling = True
        desk, info = self._desk, self._desk.w.player.info
        marks = desk.marks.all
        while self.list.topLevelItemCount() > len(marks):
            self.list.takeTopLevelItem(self.list.topLevelItemCount() - 1)
        for row, mark in enumerate(marks):
            item = self.list.topLevelItem(row)
            if item is None:
                item = QTreeWidgetItem()
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                self.list.addTopLevelItem(item)
            item.setData(0, _ID, mark.id)
            at = format_time(info.seconds(mark.frame)) if info is not None and mark.frame < info.frames else ""
            span = f"{mark.frame}" if mark.last == mark.frame else f"{mark.frame}–{mark.last}"
            words = desk.words(mark)
            for col, text in enumerate((tr(mark.kind), span, mark.text)):
                if item.text(col) != text:
                    item.setText(col, text)
            item.setToolTip(0, plain("   ".join(t for t in (at, words or tr(mark.kind)) if t)))
            colour = QColor(COLOURS[mark.kind])
            item.setForeground(0, colour if theme.NAME == "dark" else colour.darker(190))
            if mark.id == desk.chosen:
                self.list.setCurrentItem(item)
        self.list.setVisible(bool(marks))
        self.empty.setVisible(not marks)
        self._filling = False

    def edit(self, number: int) -> None:
        """Begins to write the note of a mark."""
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(0, _ID) == number:
                self.list.setCurrentItem(item)
                self.list.editItem(item, 2)

    def _edited(self, item: QTreeWidgetItem, col: int) -> None:
        if not self._filling and col == 2:
            self._desk.marks.change(item.data(0, _ID), text=item.text(2).strip())
        elif not self._filling:
            self.refresh()  # the other columns are not a person's to write
