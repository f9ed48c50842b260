"""What is known of the open file, in words: size, rate, levels, notes, and what of it is lost."""
from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.plots import Spread
from app.timecode import format_time
from app.told import told
from app.words import tr
from engine.api import SourceInfo

_KINDS = {"lzc": "Lorentz recording (.lzc)", "video": "video", "images": "pictures"}
_MATRIX = {0: "RGB", 1: "BT.709", 2: "not said", 5: "BT.601", 6: "BT.601", 9: "BT.2020", 10: "BT.2020"}


def rows(info: SourceInfo) -> list[tuple[str, str]]:
    seconds = info.seconds(info.frames - 1) + 1 / max(float(info.rate), 1e-6) if info.frames else 0.0
    uneven = len({b - a for a, b in zip(info.pts, info.pts[1:])}) > 2
    out = [
        (tr("File"), Path(info.path).name),
        (tr("Kind"), tr(_KINDS.get(info.kind, info.kind))),
        (tr("Picture"), tr("{w} × {h}, {depth} bit").format(w=info.width, h=info.height, depth=info.bit_depth)),
        (tr("Frames"), f"{info.frames}, {float(info.rate):.3f}".rstrip("0").rstrip(".") + " " + tr("per second")
         + (tr(", uneven") if uneven else "") if info.frames > 1 else tr("one picture")),
        *([(tr("Length"), format_time(seconds))] if info.frames > 1 else []),
        (tr("Colour"), f"{tr(_MATRIX.get(info.colour.matrix, '')) or tr('matrix {n}').format(n=info.colour.matrix)}, "
         f"{tr('full') if info.colour.full else tr('limited')} {tr('range')}"),
        (tr("Sound"), tr("yes, played along; M switches it off") if info.has_audio else tr("none")),
    ]
    if info.kind == "lzc":
        out.append((tr("Levels"), tr("{n} stored: full size").format(n=info.levels)
                    + "".join(f", 1/{2 ** k}" for k in range(1, info.levels))))
    if info.rotation:
        out.append((tr("Turned"), tr("{n}° clockwise, as the file asks").format(n=info.rotation)))
    if info.sample_aspect != 1:
        out.append((tr("Pixels"), tr("{n} as wide as high; shown square").format(n=info.sample_aspect)))
    return out


def data_rows(sheet: Any) -> list[tuple[str, str]]:
    """Of general data."""
    from app.data_page import grouped, promise
    from app.jobs_dock import size_text

    out = [(tr("File"), Path(sheet.path).name), (tr("Kind"), tr(sheet.kind)), (tr("Size"), size_text(sheet.size))]
    if sheet.bands is not None:
        out += [(tr("Bands"), str(len(sheet.names))), (tr("Picture"), f"{sheet.bands.shape[2]} × {sheet.bands.shape[1]}"),
                (tr("Values"), sheet.bands.dtype.name)]
    elif sheet.series:
        out += [(tr("Rows"), grouped(sheet.rows)), (tr("Series"), ", ".join(sheet.names[:12]) + (" …" if len(sheet.names) > 12 else ""))]
        kinds = {k: sheet.groups.count(k) for k in sheet.groups if k}
        if kinds:
            out.append((tr("Sensors"), ", ".join(f"{tr(k)} {n}" for k, n in kinds.items())))
        if sheet.clock_name:
            out.append((tr("Clock"), sheet.clock_name + (f", {sheet.period:g} s" if sheet.period else "")))
        out.append((tr("Gaps"), str(sheet.gaps)))
    if sheet.compressed:
        out += [(tr("Kept"), promise(sheet)), (tr("Levels"), str(sheet.levels))]
    return out


class FactsPanel(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("File facts"))
        self.setWidgetResizable(True)
        self.setObjectName("flat")  # names too long for a narrow panel are scrolled to
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
        if info is None:
            self.spread.show_spread(None, None, 1)
            self.text.setText(f"<span style='color:{theme.DIM}'>{escape(tr('No file is open.'))}</span>")
            return
        self.show_rows(rows(info), tuple(n for n in info.notes if n not in damage), damage)

    def show_rows(self, found: list[tuple[str, str]], notes: tuple[str, ...], damage: tuple[str, ...] = ()) -> None:
        """Names and values, then what a person should know of it."""
        self.spread.show_spread(None, None, 1)
        style = f"color:{theme.DIM}; padding-right:10px; padding-bottom:5px"
        cells = "".join(f"<tr><td style='{style}'>{name}</td><td>{escape(value)}</td></tr>" for name, value in found)
        text = f"<table>{cells}</table>"
        for head, lines, colour in ((tr("Lost"), damage, theme.BAD), (tr("Notes"), notes, theme.WARN)):
            if lines:
                text += f"<p style='color:{colour}; margin-bottom:2px'><b>{head}</b></p>" + "".join(
                    f"<p style='margin-top:2px; margin-bottom:2px'>{escape(told(line))}</p>" for line in lines)
        if damage:
            text += f"<p style='color:{theme.DIM}'>{escape(tr('Everything else is whole and shown. File ▸ Restore writes it out.'))}</p>"
        self.text.setText(text)
