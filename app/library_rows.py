"""The rows of the library: the model of what is listed, and how one row is painted. Nothing here reads a file."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app import theme
from app.library_files import Entry
from app.thumb_store import Glance
from app.tips import plain
from app.told import told
from app.words import tr

PICTURE = QSize(112, 63)
_GAP = 8
Index = QModelIndex | QPersistentModelIndex
_ENTRY, _GLANCE, _CURRENT = (Qt.ItemDataRole.UserRole + n for n in range(3))


class Rows(QAbstractListModel):
    """`glances` hold what is known of files; an entry with another size or time has to be looked at anew.

    `painted(row)`: that row looks different now. `dataChanged` would have a list of thousands laid out again for each picture.
    """

    painted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self._places: dict[Entry, int] = {}
        self.glances: dict[Entry, Glance] = {}
        self.open_path = ""

    def show(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self._places = {entry: n for n, entry in enumerate(entries)}
        self.endResetModel()

    def learn(self, entry: Entry, glance: Glance) -> None:
        self.glances[entry] = glance
        if entry in self._places:
            self.painted.emit(self._places[entry])

    def mark_open(self, path: str) -> None:
        before, self.open_path = self.open_path, path
        for row, entry in enumerate(self.entries):
            if entry.path in (before, path):
                self.painted.emit(row)

    # -- what Qt asks ---------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain("\n".join((entry.path, *self.lines(entry))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "\n".join((entry.name, *self.lines(entry)))
        if role == _ENTRY:
            return entry
        if role == _GLANCE:
            return self.glances.get(entry)
        if role == _CURRENT:
            return entry.path == self.open_path and entry.opens
        return None

    def lines(self, entry: Entry) -> tuple[str, ...]:
        """What stands under the name."""
        if entry.kind == "folder":
            return (tr("folder"),)
        if entry.kind == "gone":
            return (tr("is not there any more"),)
        seen = self.glances.get(entry)
        return (*seen.facts, *((told(seen.wrong),) if seen.wrong else ())) if seen is not None else ()

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags

    def mimeTypes(self) -> list[str]:
        return ["text/uri-list"]

    def mimeData(self, indexes: Any) -> QMimeData:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(self.entries[i.row()].path) for i in indexes])
        return data


class RowPainter(QStyledItemDelegate):
    """A picture, the name, two lines of facts; a bar at the left of what is open."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(PICTURE.width() + 90, max(PICTURE.height(), 3 * QFontMetrics(option.font).height() + 4) + 2 * _GAP)  # type: ignore[attr-defined]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(_ENTRY)
        seen: Glance | None = index.data(_GLANCE)
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        font: QFont = option.font  # type: ignore[attr-defined]
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(theme.ON))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(theme.HOVER))
        if index.data(_CURRENT):
            painter.fillRect(QRect(rect.left(), rect.top() + 2, 3, rect.height() - 4), QColor(theme.ACCENT))
        wide = min(PICTURE.width(), rect.width() * 2 // 5)  # in a narrow list the words need the room more
        high = wide * PICTURE.height() // PICTURE.width()
        place = QRect(rect.left() + _GAP, rect.top() + (rect.height() - high) // 2, wide, high)
        self._picture(painter, place, entry, seen)
        left = place.right() + _GAP + 2
        words = QRect(left, rect.top() + _GAP, rect.right() - left - _GAP, rect.height() - 2 * _GAP)
        model: Any = index.model()
        metrics = QFontMetrics(font)
        top = words.top() + max(0, (words.height() - metrics.height() * (1 + len(model.lines(entry)[:2])) - 2) // 2)
        painter.setFont(font)
        painter.setPen(QColor(theme.TEXT if entry.kind != "gone" else theme.OFF))
        painter.drawText(words.left(), top + metrics.ascent(), metrics.elidedText(entry.name, Qt.TextElideMode.ElideMiddle, words.width()))
        for n, line in enumerate(model.lines(entry)[-2:]):
            bad = seen is not None and bool(seen.wrong) and line == told(seen.wrong)
            painter.setPen(QColor(theme.BAD if bad else theme.DIM))
            painter.drawText(words.left(), top + metrics.height() * (n + 1) + 2 + metrics.ascent(),
                             metrics.elidedText(line, Qt.TextElideMode.ElideRight, words.width()))
        painter.restore()

    def _picture(self, painter: QPainter, place: QRect, entry: Entry, seen: Glance | None) -> None:
        if seen is not None and not seen.image.isNull():
            w, h = seen.image.width(), seen.image.height()
            k = min(place.width() / w, place.height() / h)
            to = QRectF(0, 0, w * k, h * k)
            to.moveCenter(QRectF(place).center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.fillRect(place, QColor(theme.STAGE))
            painter.drawImage(to, seen.image)
            return
        painter.setPen(QColor(theme.LINE))
        painter.setBrush(QColor(theme.PANEL))
        painter.drawRoundedRect(place.adjusted(0, 0, -1, -1), 4, 4)
        if entry.kind == "folder":
            self._folder(painter, QRectF(place))
            return
        painter.setPen(QColor(theme.DIM))
        ending = entry.path.rpartition(".")[2].upper() if "." in entry.name else ""
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "?" if entry.kind == "gone" else ending[:5])

    @staticmethod
    def _folder(painter: QPainter, place: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.OFF))
        x, y = place.center().x() - 17, place.center().y() - 12
        painter.drawRoundedRect(QRectF(x, y - 4, 15, 9), 2, 2)
        painter.drawRoundedRect(QRectF(x, y, 34, 25), 3, 3)

