"""What came of each file of a batch: a list that follows it while it runs, and a way to try again what failed."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QLabel, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app import theme
from app.batch import OUTCOMES, Batch, Item, summary
from app.jobs_dock import size_text
from app.tips import plain
from app.told import told
from app.words import tr

_NUMBER = Qt.ItemDataRole.UserRole


class Summary(QDialog):
    def __init__(self, batch: Batch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.batch = batch
        self.setWindowTitle(batch.title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        self.head = QLabel()
        self.head.setWordWrap(True)
        column.addWidget(self.head)
        self.list = QTreeWidget()
        self.list.setAccessibleName(tr("Files"))
        self.list.setHeaderLabels([tr("File"), tr("Outcome"), tr("Before"), tr("After"), tr("More")])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.list.header().setStretchLastSection(True)
        for place, width in enumerate((220, 110, 80, 80)):
            self.list.setColumnWidth(place, width)
        self.list.itemActivated.connect(self._open)
        self.list.currentItemChanged.connect(lambda row, _before: self._say(row))
        column.addWidget(self.list, 1)
        self.said = QLabel(tr("A double click opens what was written."))
        self.said.setWordWrap(True)
        self.said.setProperty("dim", True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.said)
        self.again, self.copy = QPushButton(tr("Try again what failed")), QPushButton(tr("Copy as text"))
        self.close_ = QPushButton(tr("Close"))
        row = QHBoxLayout()
        row.addStretch(1)
        for button, act in ((self.again, self._again), (self.copy, self._copy), (self.close_, self.accept)):
            button.setAutoDefault(False)
            button.clicked.connect(act)
            row.addWidget(button)
        self.close_.setDefault(True)
        column.addLayout(row)
        self.resize(760, 420)
        batch.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        items = self.batch.items
        self.head.setText(summary(items))
        while self.list.topLevelItemCount() < len(items):
            self.list.addTopLevelItem(QTreeWidgetItem())
        for n, item in enumerate(items):
            row = self.list.topLevelItem(n)
            if row is None or row.data(0, _NUMBER) == item:
                continue
            row.setData(0, _NUMBER, item)
            for place, text in enumerate(cells(item)):
                row.setText(place, text)
            row.setToolTip(0, plain(item.source))
            row.setToolTip(4, plain(told(item.line)))
            colour = {"failed": theme.BAD, "cancelled": theme.WARN, "done": theme.GOOD}.get(item.outcome, theme.DIM)
            row.setForeground(1, QColor(colour))
        self.again.setEnabled(self.batch.state.over and bool(self._failed()))

    def _failed(self) -> list[Item]:
        return [item for item in self.batch.items if item.outcome in ("failed", "cancelled", "")]

    def _say(self, row: QTreeWidgetItem | None) -> None:
        """All of what is known of the chosen file: a column is too narrow for it."""
        item: Any = row.data(0, _NUMBER) if row is not None else None
        if item is not None:
            self.said.setText(told(item.line) or item.output or item.source)

    def _again(self) -> None:
        items = [replace(item, outcome="", line="") for item in self._failed()]
        self.accept()
        self.batch.w.batches.start(self.batch.orders, items)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join("\t".join((item.source, *cells(item)[1:])) for item in self.batch.items))

    def _open(self, row: QTreeWidgetItem, _column: int) -> None:
        item: Any = row.data(0, _NUMBER)
        if item.output:
            self.accept()
            self.batch.w.open_path(item.output)


def cells(item: Item) -> tuple[str, ...]:
    more = told(item.line) if item.outcome != "done" else Path(item.output).name
    return (Path(item.source).name, tr(OUTCOMES.get(item.outcome, item.outcome)), size_text(item.before) if item.before else "",
            size_text(item.after) if item.after else "", more)
