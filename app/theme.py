"""The look: a quiet palette, dark or light, so that the picture is what is looked at. One place for every colour."""
from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from engine.api import Provenance

DARK = {
    "BACK": "#131417", "PANEL": "#1b1d21", "RAISED": "#25282e", "LINE": "#3a3e46", "TEXT": "#dfe2e8", "DIM": "#9aa1ad", "ACCENT": "#5aa9f0",
    "WARN": "#f0b04a", "BAD": "#f0736a", "GOOD": "#6cc18a", "OFF": "#6a707b", "HOVER": "#30343c", "PRESSED": "#3a3f49", "ON": "#2d4257",
    "MAIN": "#2d4a66", "CHOSEN": "#34567a", "FILL": "#3f78ad", "STRONG": "#ffffff",
}
LIGHT = {
    "BACK": "#ffffff", "PANEL": "#eef0f3", "RAISED": "#ffffff", "LINE": "#b9bfc9", "TEXT": "#1d2026", "DIM": "#565e6b", "ACCENT": "#1a6fc0",
    "WARN": "#8a5a00", "BAD": "#b3261e", "GOOD": "#1f7a43", "OFF": "#8d94a0", "HOVER": "#e0e4ea", "PRESSED": "#d3d8e0", "ON": "#cfe3f7",
    "MAIN": "#cfe3f7", "CHOSEN": "#bcd8f5", "FILL": "#4c8fd0", "STRONG": "#000000",
}
THEMES = {"dark": DARK, "light": LIGHT}
STAGE = "#131417"  # around pictures it is dark in both themes: the picture is what is looked at
NAME = "dark"
BACK = PANEL = RAISED = LINE = TEXT = DIM = ACCENT = WARN = BAD = GOOD = OFF = HOVER = PRESSED = ON = MAIN = CHOSEN = FILL = STRONG = ""


def use(name: str) -> None:
    """Colours asked for from now on are of this theme; `apply` puts them on everything that is there."""
    global NAME
    NAME = name if name in THEMES else "dark"
    globals().update(THEMES[NAME])


def on_plate(colour: str) -> str:
    """The same colour for words on a dark plate over a picture, whatever the theme."""
    return next((DARK[key] for key, value in LIGHT.items() if value == colour and key not in ("BACK", "RAISED", "PANEL")), colour)


use("dark")

# classes of pixels: the hues of the masks that exports carry, lighter, because they lie on a dark window
TRUTH: dict[Provenance, QColor] = {
    Provenance.CODED: QColor(46, 160, 92),
    Provenance.RESTORED: QColor(80, 140, 240),
    Provenance.INTERPOLATED: QColor(240, 190, 50),
    Provenance.SYNTHESISED: QColor(222, 62, 142),
}
TRUTH_ALPHA = 95

_HERE = Path(__file__).parent.as_posix()

def sheet() -> str:
    """The style sheet in the colours of the theme."""
    tick = "check" if NAME == "dark" else "check-light"
    arrow = "" if NAME == "dark" else "-light"
    return f"""
* {{ font-size: 10pt; }}
QMainWindow, QDialog, QWidget#panel {{ background: {PANEL}; }}
QMainWindow::separator {{ background: {BACK}; width: 4px; height: 4px; }}
QMenuBar {{ background: {PANEL}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {RAISED}; color: {TEXT}; }}
QMenu {{ background: {PANEL}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
QMenu::item:disabled {{ color: {OFF}; }}
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
QToolButton:hover, QPushButton:hover {{ background: {HOVER}; }}
QToolButton:pressed, QPushButton:pressed {{ background: {PRESSED}; }}
QToolButton:checked {{ background: {ON}; border-color: {ACCENT}; }}
QToolButton:focus, QPushButton:focus, QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QListWidget:focus, QListView#library:focus
{{ border: 1px solid {ACCENT}; }}
QToolButton:disabled, QPushButton:disabled, QLineEdit:disabled, QComboBox:disabled {{ color: {OFF}; }}
QPushButton:default {{ background: {MAIN}; border-color: {ACCENT}; }}
QLineEdit, QComboBox, QAbstractSpinBox {{ background: {BACK}; border: 1px solid {LINE}; border-radius: 5px; padding: 3px 6px; color: {TEXT};
  selection-background-color: {CHOSEN}; }}
QLineEdit[bad="true"] {{ border-color: {BAD}; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow, QSpinBox::down-arrow, QDoubleSpinBox::down-arrow
{{ image: url("{_HERE}/down{arrow}.svg"); width: 10px; height: 10px; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url("{_HERE}/up{arrow}.svg"); width: 10px; height: 10px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent; width: 18px; }}
QCheckBox::indicator, QListView::indicator
{{ width: 14px; height: 14px; border: 1px solid {LINE}; border-radius: 3px; background: {BACK}; }}
QCheckBox::indicator:checked, QListView::indicator:checked
{{ background: {MAIN}; border-color: {ACCENT}; image: url("{_HERE}/{tick}.svg"); }}
QCheckBox:focus {{ color: {STRONG}; }}
QComboBox QAbstractItemView {{ background: {PANEL}; border: 1px solid {LINE}; selection-background-color: {RAISED}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QProgressBar {{ background: {BACK}; border: 1px solid {LINE}; border-radius: 4px; height: 8px; text-align: center; color: {TEXT}; }}
QProgressBar::chunk {{ background: {FILL}; border-radius: 3px; }}
QListWidget, QListView#library, QTextEdit, QScrollArea {{ background: {BACK}; border: 1px solid {LINE}; border-radius: 5px; }}
QListWidget::item {{ padding: 5px 8px; }}
QListWidget::item:selected {{ background: {ON}; color: {TEXT}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 5px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QLabel[dim="true"] {{ color: {DIM}; }}
QLabel[past="true"] {{ color: {WARN}; }}
QLabel#title {{ font-size: 20pt; color: {TEXT}; }}
QFrame#job {{ background: {PANEL}; border: 1px solid {LINE}; border-radius: 6px; }}
QScrollArea#flat {{ border: none; background: {PANEL}; }}
Welcome {{ background: {BACK}; }}
QPushButton#link {{ background: transparent; border: none; color: {ACCENT}; padding: 4px; }}
QPushButton#link:hover, QPushButton#link:focus {{ text-decoration: underline; }}
QLabel#wrong {{ color: {BAD}; }}
QTreeWidget::item {{ padding: 2px 0; }}
QTreeWidget {{ background: {BACK}; border: 1px solid {LINE}; border-radius: 5px; color: {TEXT}; }}
QHeaderView::section {{ background: {RAISED}; color: {DIM}; border: none; border-right: 1px solid {LINE}; padding: 3px 6px; }}
QSlider::groove:horizontal {{ height: 4px; background: {LINE}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {FILL}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {TEXT}; width: 12px; margin: -4px 0; border-radius: 6px; }}
QSlider::handle:horizontal:disabled {{ background: {OFF}; }}
QSlider::handle:horizontal:focus {{ background: {ACCENT}; }}
"""


def apply(app: QApplication, name: str = "dark") -> None:
    """This theme everywhere, whatever the desktop says."""
    use(name)
    app.setStyle("Fusion")
    p, role = QPalette(), QPalette.ColorRole
    for r, c in ((role.Window, PANEL), (role.WindowText, TEXT), (role.Base, BACK), (role.AlternateBase, PANEL), (role.Text, TEXT),
                 (role.Button, RAISED), (role.ButtonText, TEXT), (role.ToolTipBase, RAISED), (role.ToolTipText, TEXT),
                 (role.Highlight, CHOSEN), (role.HighlightedText, STRONG), (role.PlaceholderText, DIM), (role.Link, ACCENT)):
        p.setColor(r, QColor(c))
    for r in (role.Text, role.WindowText, role.ButtonText):
        p.setColor(QPalette.ColorGroup.Disabled, r, QColor(OFF))
    app.setPalette(p)
    app.setStyleSheet(sheet())
