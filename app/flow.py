"""A row of parts that becomes several where there is no room for it: nothing is cut off or laid over something else."""
from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMargins, QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem, QWidget

GAP = 4


@dataclass
class _Part:
    """fresh: begins a row. grows: takes what is left of its row; apart: that is left between it and what is before it. before: pixels."""

    item: QLayoutItem
    fresh: bool = False
    grows: bool = False
    apart: bool = False
    before: int = 0

    @property
    def size(self) -> QSize:
        """The least that it needs; what does not grow is as large as it would be."""
        widget = self.item.widget()
        if self.grows and widget is not None:
            return QSize(widget.minimumSizeHint().expandedTo(widget.minimumSize()).width(), self.item.sizeHint().height())
        return self.item.sizeHint()


class Flow(QLayout):
    """`put` adds a part; the rows are as few as the width allows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: list[_Part] = []

    def put(self, part: QWidget, fresh: bool = False, grows: bool = False, apart: bool = False, before: int = 0) -> None:
        """See `_Part`."""
        self.addWidget(part)
        said = self._parts[-1]
        said.fresh, said.grows, said.apart, said.before = fresh, grows, apart, before

    @property
    def full(self) -> int:
        """The width at which there are no more rows than were asked for."""
        margins = self.contentsMargins()
        return max((_width(row) for row in self._rows(None)), default=0) + margins.left() + margins.right()

    # -- what Qt asks ---------------------------------------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        self._parts.append(_Part(item))

    def count(self) -> int:
        return len(self._parts)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._parts[index].item if 0 <= index < len(self._parts) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._parts.pop(index).item if 0 <= index < len(self._parts) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._height(self._rows(self._inner(width)))

    def sizeHint(self) -> QSize:
        return QSize(self.full, self._height(self._rows(None)))

    def minimumSize(self) -> QSize:
        margins: QMargins = self.contentsMargins()
        widest = max((part.size.width() for part in self._parts if not part.item.isEmpty()), default=0)
        return QSize(widest + margins.left() + margins.right(), self._height(self._rows(None)))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        margins = self.contentsMargins()
        top = rect.top() + margins.top()
        for row in self._rows(self._inner(rect.width())):
            high, left = max(part.size.height() for part in row), rect.left() + margins.left()
            rest = max(0, self._inner(rect.width()) - _width(row))
            for n, part in enumerate(row):
                size = part.size
                width = size.width() + (rest if part.grows else 0)
                if n:
                    left += GAP + part.before + (rest if part.apart else 0)
                part.item.setGeometry(QRect(left, top + (high - size.height()) // 2, width, size.height()))
                left += width
                rest = 0 if part.grows or (part.apart and n) else rest
            top += high + GAP

    # -- rows -----------------------------------------------------------------------------------------------------------

    def _inner(self, width: int) -> int:
        margins = self.contentsMargins()
        return width - margins.left() - margins.right()

    def _rows(self, width: int | None) -> list[list[_Part]]:
        """The parts that are shown, row by row; None: however wide."""
        rows: list[list[_Part]] = []
        for part in self._parts:
            if part.item.isEmpty():
                continue
            if not rows or part.fresh or (width is not None and _width([*rows[-1], part]) > width):
                rows.append([])
            rows[-1].append(part)
        return rows

    def _height(self, rows: list[list[_Part]]) -> int:
        margins = self.contentsMargins()
        return sum(max(part.size.height() for part in row) for row in rows) + GAP * max(0, len(rows) - 1) + margins.top() + margins.bottom()


def _width(row: list[_Part]) -> int:
    return sum(part.size.width() for part in row) + sum(GAP + part.before for part in row[1:])


def pair(first: QWidget, second: QWidget) -> QWidget:
    """Two parts that stay side by side."""
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP)
    row.addWidget(first)
    row.addWidget(second)
    return both
