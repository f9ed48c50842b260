"""Small non-blocking forms for jobs: where to, how good, which frames. They only collect; `exports` starts the work."""
from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.told import told
from app.words import tr


def free_name(path: Path) -> Path:
    """`path`, or the same with a number where something of that name exists already."""
    if not path.exists():
        return path
    return next(p for n in range(2, 100000) if not (p := path.with_stem(f"{path.stem}-{n}")).exists())


def out_folder(source: Path) -> Path:
    """The source's folder; the home folder where that cannot, or (read-only by its rights, which root may ignore) should not be written."""
    folder = source.parent
    try:
        meant = bool(folder.stat().st_mode & 0o222)
    except OSError:
        meant = False
    return folder if meant and os.access(folder, os.W_OK) else Path.home()


class JobForm(QDialog):
    """A form with source and output rows; subclasses of one idea are made by adding rows. `on_start()` runs on Start; a ValueError
    or EngineError raised there is shown in the form and it stays open."""

    def __init__(self, title: str, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self.on_start: Callable[[], None] = lambda: None
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        self.form = QFormLayout()
        self.form.setSpacing(10)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        column.addLayout(self.form)
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setProperty("dim", True)
        column.addWidget(self.note)
        self.wrong = QLabel()
        self.wrong.setTextFormat(Qt.TextFormat.PlainText)
        self.wrong.setWordWrap(True)
        self.wrong.setObjectName("wrong")
        self.wrong.hide()
        column.addWidget(self.wrong)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        cancel = box.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setText(tr("Cancel"))
        self.start = box.addButton(button, QDialogButtonBox.ButtonRole.AcceptRole)
        for button_ in box.findChildren(QPushButton):
            button_.setAutoDefault(False)
        box.accepted.connect(self._start)
        box.rejected.connect(self.reject)
        self.start.setDefault(True)
        self._box = box
        column.addWidget(box)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # the buttons were made before the rows: walk in reading order
        parts = [w for w in self.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()]
        parts.sort(key=lambda w: (w.mapTo(self, w.rect().center()).y() // 12, w.mapTo(self, w.rect().center()).x()))
        for a, b in pairwise(parts):
            QWidget.setTabOrder(a, b)
        if parts:
            parts[0].setFocus()

    def path_row(self, name: str, value: str, pick: Callable[[QWidget, str], str]) -> QLineEdit:
        edit = QLineEdit(value)
        edit.setAccessibleName(name)
        browse = QPushButton("…")
        browse.setAccessibleName(tr("Choose {a}").format(a=name.lower()))
        browse.setToolTip(tr("Choose"))
        browse.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(edit, 1)
        row.addWidget(browse)
        self.form.addRow(name, row)

        def choose() -> None:
            path = pick(self, edit.text())
            if path:
                edit.setText(path)

        browse.clicked.connect(choose)
        return edit

    def text_row(self, name: str, value: str, tip: str) -> QLineEdit:
        edit = QLineEdit(value)
        edit.setAccessibleName(name)
        edit.setToolTip(tip)
        self.form.addRow(name, edit)
        return edit

    def number_row(self, name: str, low: int, high: int, value: int, tip: str) -> QSpinBox:
        spin = QSpinBox()
        spin.setRange(low, high)
        spin.setValue(value)
        spin.setToolTip(tip)
        spin.setAccessibleName(name)
        self.form.addRow(name, spin)
        return spin

    def factor_row(self, name: str, value: float, tip: str) -> QDoubleSpinBox:
        spin = QDoubleSpinBox()
        spin.setDecimals(2)
        spin.setRange(0.01, 65536)
        spin.setValue(value)
        spin.setToolTip(tip)
        spin.setAccessibleName(name)
        self.form.addRow(name, spin)
        return spin

    def quality_row(self, value: int) -> QSlider:
        slider, label = QSlider(Qt.Orientation.Horizontal), QLabel()
        slider.setRange(0, 63)
        slider.setAccessibleName(tr("Quality"))
        slider.setToolTip(tr("0 is smallest, 63 is best"))
        slider.valueChanged.connect(lambda v: label.setText(f"{v}"))
        slider.setValue(value)
        label.setText(str(value))
        label.setMinimumWidth(24)
        row = QHBoxLayout()
        row.addWidget(QLabel(tr("small")))
        row.addWidget(slider, 1)
        row.addWidget(QLabel(tr("good")))
        row.addWidget(label)
        self.form.addRow(tr("Quality"), row)
        return slider

    def choice_row(self, name: str, choices: list[tuple[str, str]], tip: str) -> QComboBox:
        combo = QComboBox()
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # what a file holds is found when the form is there
        for text, data in choices:
            combo.addItem(text, data)
        combo.setToolTip(tip)
        combo.setAccessibleName(name)
        self.form.addRow(name, combo)
        return combo

    def tick_row(self, text: str, on: bool, tip: str) -> QCheckBox:
        tick = QCheckBox(text)
        tick.setChecked(on)
        tick.setToolTip(tip)
        self.form.addRow("", tick)
        return tick

    def side_button(self, text: str, tip: str, act: Callable[[], object]) -> QPushButton:
        """A button that does something without closing the form; what it raises is shown like what Start raises."""
        button = self._box.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self._try(act))
        return button

    def _try(self, act: Callable[[], object]) -> bool:
        from engine.api import EngineError

        try:
            act()
        except (ValueError, EngineError) as wrong:
            self.wrong.setText(told(str(wrong)))
            self.wrong.show()
            return False
        self.wrong.hide()
        return True

    def _start(self) -> None:
        if self._try(self.on_start):
            self.accept()
