"""The library: what was opened before, or the files of a folder, with pictures. A double click opens, a drag takes a file elsewhere.

Pictures and listings are made on a thread of the library's own, the visible ones first, and none while something plays.
"""
from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFileSystemWatcher, QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.file_dialog import pick_folder
from app.library_files import MOST, Entry, of_folder, of_paths
from app.library_looks import Looks
from app.library_rows import RowPainter, Rows
from app.throttle import Throttle
from app.thumb_store import ThumbStore, cache_folder
from app.tips import plain
from app.words import tr

RECENT = ""
_PLACES = 8


class _List(QListView):
    """Enter opens, Backspace goes up."""

    def __init__(self, panel: LibraryPanel) -> None:
        super().__init__()
        self._panel = panel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._panel.activate(self.currentIndex())
        elif event.key() == Qt.Key.Key_Backspace:
            self._panel.go_up()
        else:
            super().keyPressEvent(event)


class LibraryPanel(QWidget):
    """`window` is the MainWindow. `place` is a folder, or `RECENT`."""

    def __init__(self, window: Any, store: ThumbStore | None = None) -> None:
        super().__init__()
        self.w = window
        self.place, self.seen = RECENT, False
        self.all: list[Entry] = []
        self.rows = Rows()
        self.looks = Looks(window.backend, self._next, self.rows.learn, self._failed, store or ThumbStore(cache_folder()), self)
        self._watcher = QFileSystemWatcher(self)
        self._again = Throttle(500, self)
        self._watcher.directoryChanged.connect(lambda _: self._again.call(self.refresh))
        self.setAccessibleName(tr("Library"))
        self.setAcceptDrops(True)
        self.setMinimumWidth(238)
        self._build()
        window.player.changed.connect(self.looks.go_on)

    def _build(self) -> None:
        self.places = QComboBox()
        self.places.setAccessibleName(tr("Place"))
        self.places.setToolTip(tr("What was opened before, or a folder"))
        self.places.activated.connect(lambda _: self.go(str(self.places.currentData())))
        self.up, self.choose = QPushButton(tr("Up")), QPushButton(tr("Folder…"))
        self.up.setToolTip(tr("The folder above"))
        self.choose.setToolTip(tr("List another folder"))
        self.up.clicked.connect(self.go_up)
        self.choose.clicked.connect(self._choose)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find by name"))
        self.search.setAccessibleName(tr("Find by name"))
        self.search.setToolTip(tr("Only files with this in their name"))
        self.search.setClearButtonEnabled(True)
        for button in self.search.findChildren(QToolButton):
            button.setAccessibleName(tr("All files again"))
            button.setToolTip(tr("All files again"))
        self.search.textChanged.connect(lambda _: self._filter())
        self.list = _List(self)
        self.list.setObjectName("library")
        self.list.setAccessibleName(tr("Files"))
        self.list.setModel(self.rows)
        self.list.setItemDelegate(RowPainter(self.list))
        self.rows.painted.connect(lambda row: self.list.update(self.rows.index(row)))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setDragEnabled(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.doubleClicked.connect(self.activate)
        self.list.verticalScrollBar().valueChanged.connect(lambda _: self.looks.go_on())
        self.empty = QLabel()
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setWordWrap(True)
        self.empty.setProperty("dim", True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.places, 1)
        top.addWidget(self.up)
        second = QHBoxLayout()
        second.setSpacing(6)
        second.addWidget(self.search, 1)
        second.addWidget(self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        for row in (top, second):
            column.addLayout(row)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)

    def sizeHint(self) -> QSize:
        return QSize(330, 480)

    # -- places ---------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.seen:
            self.seen = True
            self.go(self.w.settings.text("library"))
        else:
            self.refresh()

    def go(self, place: str) -> None:
        """Lists `place`: a folder, or `RECENT`."""
        self.place = place
        self.w.settings.set_text("library", place)
        self.search.clear()
        if self._watcher.directories():
            self._watcher.removePaths(self._watcher.directories())
        self.all = []
        self.rows.show([])
        self.refresh()

    def go_up(self) -> None:
        if self.place:
            self.go(str(Path(self.place).parent))

    def refresh(self) -> None:
        """Reads the place again, in the background."""
        if not self.isVisible():
            return
        place, recent = self.place, self.w.settings.recent()
        self._show_places(recent)

        self.looks.do("list", lambda: of_folder(place) if place else of_paths(recent), lambda got: self._listed(place, got))

    def _failed(self, line: str) -> None:
        self.all = []
        self._filter()
        self.empty.setText(line)
        self.empty.show()

    def _show_places(self, recent: list[str]) -> None:
        known = [RECENT, *([self.place] if self.place else [])]
        for path in recent:
            folder = str(Path(path).parent)
            if folder not in known and len(known) < _PLACES:
                known.append(folder)
        self.places.clear()
        for place in known:
            self.places.addItem(tr("Opened before") if place == RECENT else Path(place).name or place, place)
            self.places.setItemData(self.places.count() - 1, plain(place), Qt.ItemDataRole.ToolTipRole)
        self.places.setCurrentIndex(known.index(self.place))
        self.up.setEnabled(bool(self.place))

    def _listed(self, place: str, entries: list[Entry]) -> None:
        if place != self.place:
            return
        if place and not self._watcher.directories():
            self._watcher.addPath(place)
        if entries != self.all:
            self.all = entries
            self._filter()
        self._say_empty()
        self.looks.go_on()

    def _filter(self) -> None:
        text = self.search.text().strip().casefold()
        at, kept = self.list.verticalScrollBar().value(), {e.path for e in self.chosen()}
        self.rows.show([e for e in self.all if text in e.name.casefold()])
        if kept:
            again = QItemSelection()  # runs of rows: one by one, thousands take a second
            numbers = [n for n, entry in enumerate(self.rows.entries) if entry.path in kept]
            for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
                first, *rest = [n for _, n in run]
                again.select(self.rows.index(first), self.rows.index(rest[-1] if rest else first))
            self.list.selectionModel().select(again, QItemSelectionModel.SelectionFlag.Select)
        self.list.verticalScrollBar().setValue(at)
        self._say_empty()
        self.looks.go_on()

    def _say_empty(self) -> None:
        many = len(self.all) >= MOST
        self.empty.setVisible(not self.rows.entries or many)
        if many:
            self.empty.setText(tr("Only the first {n} are listed.").format(n=MOST))
        elif self.all:
            self.empty.setText(tr("Nothing of that name."))
        elif self.place:
            self.empty.setText(tr("Nothing here that can be opened."))
        else:
            self.empty.setText(tr("Nothing was opened yet. Drop a folder here, or choose one."))

    # -- pictures -------------------------------------------------------------------------------------------------------

    def _next(self) -> Entry | None:
        """What to look at next: the first unknown of the rows in sight and a page below. Nothing while something is opened or plays."""
        if self.w.closed or not self.isVisible() or self.w.opening >= 0 or self.w.player.playing:
            return None
        top = self.list.indexAt(QPoint(4, 4)).row()
        height = max(1, self.list.sizeHintForRow(0))
        first = max(0, top)
        last = first + 2 * (self.list.viewport().height() // height + 1)
        return next((e for e in self.rows.entries[first:last] if e.opens and e not in self.rows.glances), None)

    # -- what hands do --------------------------------------------------------------------------------------------------

    def chosen(self) -> list[Entry]:
        return [self.rows.entries[i.row()] for i in self.list.selectedIndexes()]

    def activate(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        entry = self.rows.entries[index.row()]
        if entry.kind == "folder":
            self.go(entry.path)
        else:
            self.w.open_path(entry.path)

    def _choose(self) -> None:
        path = pick_folder(self, self.place or self.w.settings.text("folder", str(Path.home())))
        if path:
            self.go(path)

    def menu(self) -> QMenu:
        """What can be done with the chosen ones."""
        menu, every = QMenu(self), [e.path for e in self.chosen() if e.kind != "gone"]
        chosen = [e for e in self.chosen() if e.opens]
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        one = chosen[0].path if len(chosen) == 1 else ""
        open_ = self.w.player.info is not None
        for text, act, can in ((tr("Open"), lambda: self.w.open_path(one), bool(one)),
                               (tr("Compare with what is open"), lambda: self.w.compare.open(one), bool(one) and open_),
                               (tr("Several files…"), lambda: self.w.batches.ask(every), bool(every))):
            action = menu.addAction(text)
            action.triggered.connect(act)
            action.setEnabled(can)
        return menu

    def _menu(self, at: QPoint) -> None:
        self.menu().popup(self.list.viewport().mapToGlobal(at))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is not self.list and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A folder is listed; of a file, the folder it lies in."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.go(paths[0] if Path(paths[0]).is_dir() else str(Path(paths[0]).parent))
            event.acceptProposedAction()

    def opened(self, path: str) -> None:
        """A file is on screen; "" when none is."""
        self.rows.mark_open(path)
        if not self.place:
            self.refresh()
        self.looks.go_on()

    def close_thread(self) -> None:
        self.looks.close()
