"""The page that general data is shown on: a line that says what it is, the plots, the band or the words, and what is under the cursor."""
from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFontDatabase
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPlainTextEdit, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.background import Background
from app.charts import Charts, Overlay, level_name
from app.cube_view import CubeView
from app.series_view import SeriesView
from app.tips import plain
from app.told import told
from app.words import tr


class DataPage(QWidget):
    """`levelled(level)`: another stored level was chosen, to be laid over. `said(text)`: what is under the cursor."""

    said = Signal(str)
    overlaid = Signal()       # or taken off
    levelled = Signal(int)

    def __init__(self, background: Background, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.head = QLabel()
        self.head.setTextFormat(Qt.TextFormat.PlainText)
        self.head.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.over = QLabel()
        self.over.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.over.setProperty("dim", True)
        self.level = QComboBox()
        self.level.setAccessibleName(tr("Stored level laid over"))
        self.level.setToolTip(tr("Lays over what the coarser levels alone give back"))
        self.level.activated.connect(lambda _: self.levelled.emit(int(self.level.currentData())))
        self.buttons = []
        for name in ("compare_file", "compare_off"):
            button = QToolButton()
            button.setText(tr("Lay over…") if name == "compare_file" else tr("Alone"))
            button.setAccessibleName(button.text())
            button.setToolTip(tr("Lay the original or a compressed version over this") if name == "compare_file" else
                               tr("Without what is laid over"))
            button.clicked.connect(actions[name].trigger)
            self.buttons.append(button)
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 10, 6)
        row.setSpacing(8)
        row.addWidget(self.head, 1)
        row.addWidget(self.level)
        for button in self.buttons:
            row.addWidget(button)
        second = QHBoxLayout()
        second.setContentsMargins(12, 0, 10, 6)
        second.addWidget(self.over, 1)
        self.series, self.cube, self.words = SeriesView(), CubeView(background), QPlainTextEdit()
        self.words.setReadOnly(True)
        self.words.setAccessibleName(tr("Text"))
        self.words.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.words.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.stack = QStackedWidget()
        for part in (self.series, self.cube, self.words):
            self.stack.addWidget(part)
        for part in (self.series, self.cube):
            part.said.connect(self.said)
        self.series.focused.connect(self._verdict)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addLayout(second)
        column.addWidget(self.stack, 1)
        self.overlay: Overlay | None = None
        self._kept = self.name = ""

    @property
    def view(self) -> Any:
        """The part that is shown: it can fit, zoom and pan."""
        return self.stack.currentWidget()

    def show_charts(self, charts: Charts | None) -> None:
        self.overlay, self._kept = None, ""
        self.said.emit("")
        sheet = charts.sheet if charts is not None else None
        cube = sheet is not None and sheet.bands is not None
        text = sheet is not None and sheet.kind == "text"
        self.series.show_charts(None if cube or text else charts)
        self.cube.show_charts(charts if cube else None)
        self.words.setPlainText(sheet.words if sheet is not None and text else "")
        self.stack.setCurrentWidget(self.cube if cube else self.words if text else self.series)
        if sheet is None:
            return
        self.head.setText(headline(sheet))
        self.head.setToolTip(plain(self.head.text()))
        self.level.clear()
        for n in range(sheet.levels):
            self.level.addItem(level_name(n), n)
        self.level.setVisible(sheet.levels > 1)
        for button in self.buttons:
            button.setVisible(not text)
        self._kept = promise(sheet)
        self._verdict()

    def show_overlay(self, overlay: Overlay | None, name: str = "") -> None:
        self.overlay = overlay
        self.view.show_overlay(overlay)
        if overlay is None:
            self.level.setCurrentIndex(0)
        self.name = name
        self._verdict()
        self.overlaid.emit()

    def _verdict(self) -> None:
        self.buttons[1].setEnabled(self.overlay is not None)
        self.over.setVisible(self.overlay is not None or bool(self._kept))
        if self.overlay is None:
            self.over.setText(self._kept)
            return
        text, good = self.view.verdict()
        parts = [tr("laid over: {name}").format(name=self.name), promise(self.overlay.sheet), text]
        colour = theme.DIM if good else theme.BAD
        self.over.setText(f"<span style='color:{theme.WARN}'>{escape(parts[0])}</span>   " + (f"{escape(parts[1])}   " if parts[1] else "")
                          + f"<span style='color:{colour}'><b>{escape(parts[2])}</b></span>")
        self.over.setAccessibleName("  ".join(parts))


def grouped(n: int) -> str:
    """12 345 678, with narrow spaces."""
    return f"{n:,}".replace(",", "\u202f")


def headline(sheet: Any) -> str:
    """What it is, how much of it, over which clock."""
    parts = [tr(sheet.kind)]
    if sheet.bands is not None:
        c, y, x = sheet.bands.shape
        parts.append((tr("{c} bands of {x} × {y}") if c > 1 else tr("{x} × {y}")).format(c=c, x=x, y=y))
    elif sheet.kind == "text":
        parts.append(tr("{n} bytes").format(n=grouped(sheet.rows)))
    else:
        rows = tr("{n} samples") if sheet.kind in ("audio", "array") else tr("{n} rows")
        parts.append(tr("{c} series").format(c=len(sheet.names)) + ", " + rows.format(n=grouped(sheet.rows)))
    if sheet.kind == "audio" and sheet.period:
        parts.append(f"{1 / sheet.period:g} Hz, {sheet.rows * sheet.period:.2f} s")
    elif sheet.clock is not None and sheet.period:
        parts.append(tr("one every {n} s").format(n=f"{sheet.period:g}"))
    if sheet.gaps:
        parts.append(tr("{n} gaps in time").format(n=sheet.gaps) if sheet.gaps > 1 else tr("one gap in time"))
    if sheet.left_out:
        names = ", ".join(sheet.left_out[:4]) + (" …" if len(sheet.left_out) > 4 else "")
        parts.append(tr("not plotted, no numbers: {names}").format(names=names))
    if not sheet.whole:
        parts.append(tr("only the beginning is shown"))
    return "  ·  ".join([*parts, *map(told, sheet.notes)])


def promise(sheet: Any) -> str:
    """What a compressed version promises; "" for an original."""
    if not sheet.compressed:
        return ""
    if sheet.level:
        return tr("without the finest levels: no bound holds")
    if sheet.lossless:
        return tr("compressed without loss")
    if sheet.relative:
        return tr("compressed, no value further off than {p} % of its range").format(p=f"{100 * sheet.max_error:g}")
    if not sheet.max_error:
        return tr("compressed for the ear")
    return tr("compressed, no value further off than {e}").format(e=f"{sheet.max_error:g}")
