"""The look: a dark, quiet palette so that the picture is the brightest thing on screen. One place for every colour."""
from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from engine.api import Provenance

BACK = "#131417"
PANEL = "#1b1d21"
RAISED = "#25282e"
LINE = "#3a3e46"
TEXT = "#dfe2e8"
DIM = "#9aa1ad"
ACCENT = "#5aa9f0"
WARN = "#f0b04a"
BAD = "#f0736a"
GOOD = "#6cc18a"

# classes of pixels: the hues of the masks that exports carry, lighter, because they lie on a dark window
TRUTH: dict[Provenance, QColor] = {
    Provenance.CODED: QColor(46, 160, 92),
    Provenance.RESTORED: QColor(80, 140, 240),
    Provenance.INTERPOLATED: QColor(240, 190, 50),
    Provenance.SYNTHESISED: QColor(222, 62, 142),
}
TRUTH_ALPHA = 95

_HERE = Path(__file__).parent.as_posix()

_SHEET = f"""
* {{ font-size: 10pt; }}
QMainWindow, QDialog, QWidget#panel {{ background: {PANEL}; }}
QMainWindow::separator {{ background: {BACK}; width: 4px; height: 4px; }}
QMenuBar {{ background: {PANEL}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {RAISED}; color: {TEXT}; }}
QMenu {{ background: {PANEL}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
QMenu::item:disabled {{ color: #6a707b; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 4px 8px; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px 6px; }}
QStatusBar {{ background: {PANEL}; border-top: 1px solid {BACK}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {DIM}; padding: 1px 9px; }}
QDockWidget {{ titlebar-close-icon: none; color: {DIM}; }}
QDockWidget::title {{ background: {PANEL}; padding: 7px 10px; text-align: left; }}
QSplitter::handle {{ background: {BACK}; }}
QToolButton, QPushButton {{ background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 4px 8px; color: {TEXT}; }}
QPushButton {{ background: {RAISED}; border-color: {LINE}; padding: 6px 14px; }}
QToolButton:hover, QPushButton:hover {{ background: #30343c; }}
QToolButton:pressed, QPushButton:pressed {{ background: #3a3f49; }}
QToolButton:checked {{ background: #2d4257; border-color: {ACCENT}; }}
QToolButton:focus, QPushButton:focus, QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QListWidget:focus
{{ border: 1px solid {ACCENT}; }}
QToolButton:disabled, QPushButton:disabled, QLineEdit:disabled, QComboBox:disabled {{ color: #6a707b; }}
QPushButton:default {{ background: #2d4a66; border-color: {ACCENT}; }}
QLineEdit, QComboBox, QAbstractSpinBox {{ background: {BACK}; border: 1px solid {LINE}; border-radius: 5px; padding: 3px 6px; color: {TEXT};
  selection-background-color: #34567a; }}
QLineEdit[bad="true"] {{ border-color: {BAD}; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow, QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: url("{_HERE}/down.svg"); width: 10px; height: 10px; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url("{_HERE}/up.svg"); width: 10px; height: 10px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent; width: 18px; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {LINE}; border-radius: 3px; background: {BACK}; }}
QCheckBox::indicator:checked {{ background: #2d4a66; border-color: {ACCENT}; image: url("{_HERE}/check.svg"); }}
QCheckBox:focus {{ color: #ffffff; }}
QComboBox QAbstractItemView {{ background: {PANEL}; border: 1px solid {LINE}; selection-background-color: {RAISED}; }}
QProgressBar {{ background: {BACK}; border: 1px solid {LINE}; border-radius: 4px; height: 8px; text-align: center; color: {TEXT}; }}
QProgressBar::chunk {{ background: #3f78ad; border-radius: 3px; }}
QListWidget, QTextEdit, QScrollArea {{ background: {BACK}; border: 1px solid {LINE}; border-radius: 5px; }}
QListWidget::item {{ padding: 5px 8px; }}
QListWidget::item:selected {{ background: #2d4257; color: {TEXT}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 5px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QLabel[dim="true"] {{ color: {DIM}; }}
QLabel[past="true"] {{ color: {WARN}; }}
QLabel#title {{ font-size: 20pt; color: {TEXT}; }}
"""


def apply(app: QApplication) -> None:
    """Dark everywhere, whatever the desktop says."""
    app.setStyle("Fusion")
    p, role = QPalette(), QPalette.ColorRole
    for r, c in ((role.Window, PANEL), (role.WindowText, TEXT), (role.Base, BACK), (role.AlternateBase, PANEL), (role.Text, TEXT),
                 (role.Button, RAISED), (role.ButtonText, TEXT), (role.ToolTipBase, RAISED), (role.ToolTipText, TEXT),
                 (role.Highlight, "#34567a"), (role.HighlightedText, "#ffffff"), (role.PlaceholderText, DIM), (role.Link, ACCENT)):
        p.setColor(r, QColor(c))
    for r in (role.Text, role.WindowText, role.ButtonText):
        p.setColor(QPalette.ColorGroup.Disabled, r, QColor("#6a707b"))
    app.setPalette(p)
    app.setStyleSheet(_SHEET)
