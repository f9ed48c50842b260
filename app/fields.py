"""A line to type into that applies on Enter, goes back on Escape, and says what is wrong without a dialog."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.words import tr


class Field(QLineEdit):
    """`apply(text)` raises ValueError with one line when the text will not do; `refused(line)` then says so. `done` gives focus back."""

    refused = Signal(str)
    done = Signal()

    def __init__(self, name: str, tip: str, widest: str, apply: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._apply = apply
        self._shown = ""
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self._widest = widest
        self.group: list[Field] = [self]  # fields that are typed one after the other and applied together
        self.returnPressed.connect(self._enter)

    def sizeHint(self) -> QSize:
        self.ensurePolished()  # the style sheet's font is known only then
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self._widest) + 18, super().sizeHint().height())

    def showEvent(self, event: object) -> None:
        self.setFixedWidth(self.sizeHint().width())
        super().showEvent(event)  # type: ignore[arg-type]

    def show_value(self, text: str, force: bool = False) -> None:
        """The present value; what a person is typing is left alone, unless the value moved away under it (`force`)."""
        self._shown = text
        if force or not self.isModified():
            self._revert()

    def _enter(self) -> None:
        try:
            self._apply(self.text())
        except ValueError as wrong:
            self._mark(True)
            self.refused.emit(str(wrong))
            return
        for field in self.group:
            field._revert()  # shows the value as it was taken
        self.done.emit()

    def _mark(self, bad: bool) -> None:
        if self.property("bad") != bad:
            self.setProperty("bad", bad)
            self.style().unpolish(self)
            self.style().polish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            for field in self.group:
                field._revert()
            self.done.emit()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if len(self.group) == 1:
            self._revert()
        super().focusOutEvent(event)

    def _revert(self) -> None:
        if self.text() != self._shown:
            self.setText(self._shown)
        self.setModified(False)
        self._mark(False)


def number(text: str) -> float:
    """A finite number as people type it (`1,5` and `×8` too); ValueError with one line otherwise."""
    try:
        value = float(text.strip().lstrip("×xX").replace(",", "."))
    except ValueError:
        raise ValueError(tr("“{a}” is no number").format(a=text.strip())) from None
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(tr("“{a}” is no number to work with").format(a=text.strip()))
    return value
