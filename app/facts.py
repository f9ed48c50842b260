"""What is known of the open file, in words: size, rate, levels, notes, and what of it is lost."""
from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.plots import Spread
from app.timecode import format_time
from engine.api import SourceInfo

_KINDS = {"lzc": "Lorentz recording (.lzc)", "video": "video", "images": "pictures"}
_MATRIX = {0: "RGB", 1: "BT.709", 2: "not said", 5: "BT.601", 6: "BT.601", 9: "BT.2020", 10: "BT.2020"}


def rows(info: SourceInfo) -> list[tuple[str, str]]:
    seconds = info.seconds(info.frames - 1) + 1 / max(float(info.rate), 1e-6) if info.frames else 0.0
    uneven = len({b - a for a, b in zip(info.pts, info.pts[1:])}) > 2
    out = [
        ("File", Path(info.path).name),
        ("Kind", _KINDS.get(info.kind, info.kind)),
        ("Picture", f"{info.width} × {info.height}, {info.bit_depth} bit"),
        ("Frames", f"{info.frames}, {float(info.rate):.3f}".rstrip("0").rstrip(".") + " per second" + (", uneven" if uneven else "")),
        ("Length", format_time(seconds)),
        ("Colour", f"{_MATRIX.get(info.colour.matrix, f'matrix {info.colour.matrix}')}, {'full' if info.colour.full else 'limited'} range"),
        ("Sound", "yes, played along; M switches it off" if info.has_audio else "none"),
    ]
    if info.kind == "lzc":
        out.append(("Levels", f"{info.levels} stored: full size" + "".join(f", 1/{2 ** k}" for k in range(1, info.levels))))
    if info.rotation:
        out.append(("Turned", f"{info.rotation}° clockwise, as the file asks"))
    if info.sample_aspect != 1:
        out.append(("Pixels", f"{info.sample_aspect} as wide as high; shown square"))
    return out


class FactsPanel(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("File facts")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("flat")
        inside = QWidget()
        inside.setObjectName("panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 6, 12, 10)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.text)
        self.spread = Spread()
        self.spread.hide()
        column.addWidget(self.spread)
        column.addStretch(1)
        self.setWidget(inside)
        self.setMinimumWidth(215)
        self.show_source(None, ())

    def show_source(self, info: SourceInfo | None, damage: tuple[str, ...]) -> None:
        self.spread.show_spread(None, None, 1)
        if info is None:
            self.text.setText(f"<span style='color:{theme.DIM}'>No file is open.</span>")
            return
        style = f"color:{theme.DIM}; padding-right:10px; padding-bottom:5px"
        cells = "".join(f"<tr><td style='{style}'>{name}</td><td>{escape(value)}</td></tr>" for name, value in rows(info))
        text = f"<table>{cells}</table>"
        notes = tuple(n for n in info.notes if n not in damage)
        for head, lines, colour in (("Lost", damage, theme.BAD), ("Notes", notes, theme.WARN)):
            if lines:
                text += f"<p style='color:{colour}; margin-bottom:2px'><b>{head}</b></p>" + "".join(
                    f"<p style='margin-top:2px; margin-bottom:2px'>{escape(line)}</p>" for line in lines)
        if damage:
            text += f"<p style='color:{theme.DIM}'>Everything else is whole and shown. File ▸ Restore writes it out.</p>"
        self.text.setText(text)
