"""Small things drawn over pictures: labels with a dark back, the legend of pixel classes, boxes that stay visible on anything."""
from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app import theme
from app.words import tr
from engine.api import Provenance

NAMES: dict[Provenance | None, str] = {
    Provenance.CODED: "coded",
    Provenance.RESTORED: "restored",
    Provenance.INTERPOLATED: "interpolated",
    Provenance.SYNTHESISED: "synthesised",
    None: "still loading",
}
MEANING: dict[Provenance, str] = {
    Provenance.CODED: "decoder output of recorded data",
    Provenance.RESTORED: "changed by the correlation network",
    Provenance.INTERPOLATED: "resampled between recorded pixels",
    Provenance.SYNTHESISED: "made by the detail network: not recorded",
}


def surround(p: QPainter, outer: QRect, inner: QRectF) -> None:
    """The dark around a picture that will cover `inner`: what it will cover is not painted twice, which at 4K is a third of the time."""
    hole = QRect(math.ceil(inner.left()) + 2, math.ceil(inner.top()) + 2, math.floor(inner.width()) - 5, math.floor(inner.height()) - 5)
    hole = hole.intersected(outer) if hole.isValid() else QRect()
    if hole.isEmpty():
        p.fillRect(outer, QColor(theme.STAGE))
        return
    x, y, right, bottom = outer.x(), outer.y(), hole.x() + hole.width(), hole.y() + hole.height()
    for part in (QRect(x, y, outer.width(), hole.y() - y), QRect(x, bottom, outer.width(), y + outer.height() - bottom),
                 QRect(x, hole.y(), hole.x() - x, hole.height()), QRect(right, hole.y(), x + outer.width() - right, hole.height())):
        if not part.isEmpty():
            p.fillRect(part, QColor(theme.STAGE))


def label(p: QPainter, at: QPointF, text: str, colour: str = theme.DARK["TEXT"], align_right: bool = False,
          centred: bool = False) -> QRectF:
    """One line on a dark plate with its top left (or right) corner, or its middle, at `at`; gives the plate's rectangle."""
    fm = QFontMetricsF(p.font())
    w, h = fm.horizontalAdvance(text) + 14, fm.height() + 6
    plate = QRectF(at.x() - (w / 2 if centred else w if align_right else 0), at.y() - (h / 2 if centred else 0), w, h)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(QColor(12, 13, 15, 205))
    p.drawRoundedRect(plate, 4, 4)
    p.setPen(QColor(theme.on_plate(colour)))
    p.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    return plate


def device_label(p: QPainter, at: QPointF, text: str, colour: str = theme.DARK["TEXT"], align_right: bool = False,
                 centred: bool = False) -> None:
    """`label` for a painter that works in device pixels: as large as every other label."""
    ratio = 1 / p.transform().m11() if p.transform().m11() else 1.0
    p.save()
    p.scale(ratio, ratio)
    label(p, at / ratio, text, colour, align_right, centred)
    p.restore()


def legend(p: QPainter, area: QRectF, shares: dict[Provenance | None, float]) -> None:
    """The classes with their share of the view, bottom left of `area`."""
    fm = QFontMetricsF(p.font())
    row = fm.height() + 5
    rows: list[tuple[QColor, str, str]] = [
        (theme.TRUTH[k], tr(NAMES[k]), percent(shares.get(k, 0.0))) for k in Provenance
    ]
    if shares.get(None, 0.0) > 0:
        rows.append((QColor(90, 94, 102), tr(NAMES[None]), percent(shares[None])))
    name_w = max(fm.horizontalAdvance(r[1]) for r in rows)
    value_w = fm.horizontalAdvance("100 %")
    w, h = 14 + row * 0.7 + 8 + name_w + 14 + value_w + 12, row * len(rows) + 12
    plate = QRectF(area.left() + 10, area.bottom() - h - 10, w, h)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(QColor(12, 13, 15, 220))
    p.drawRoundedRect(plate, 6, 6)
    for i, (colour, name, value) in enumerate(rows):
        y = plate.top() + 6 + i * row
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(colour)
        p.drawRoundedRect(QRectF(plate.left() + 12, y + row * 0.16, row * 0.68, row * 0.68), 3, 3)
        p.setPen(QColor(theme.DARK["TEXT"] if value != "0 %" else theme.DARK["DIM"]))
        x = plate.left() + 12 + row * 0.7 + 8
        p.drawText(QRectF(x, y, name_w + 4, row), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        p.drawText(QRectF(x + name_w + 10, y, value_w + 4, row), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value)


def percent(share: float) -> str:
    """Never `0 %` for something, never `100 %` for less than all."""
    if share <= 0:
        return "0 %"
    return f"{min(99, max(1, round(share * 100)))} %" if share < 1 else "100 %"


def box(p: QPainter, rect: QRectF, colour: str, dashed: bool = False) -> None:
    """An outline with a dark rim, readable on any picture."""
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(QColor(0, 0, 0, 150), 3))
    p.drawRect(rect)
    p.setPen(QPen(QColor(theme.on_plate(colour)), 1.4, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
    p.drawRect(rect)


def hint(p: QPainter, area: QRectF, title: str, lines: list[str]) -> None:
    """A quiet card in the middle of `area`."""
    fm = QFontMetricsF(p.font())
    bold = QFont(p.font())
    bold.setBold(True)
    w = max([QFontMetricsF(bold).horizontalAdvance(title)] + [fm.horizontalAdvance(t) for t in lines]) + 40
    row = fm.height() + 6
    h = row * (len(lines) + 1) + 34
    card = QRectF(area.center().x() - w / 2, area.center().y() - h / 2, w, h)
    p.setPen(QPen(QColor(theme.DARK["LINE"]), 1))
    p.setBrush(QColor(19, 20, 23, 235))
    p.drawRoundedRect(card, 8, 8)
    plain = p.font()
    p.setFont(bold)
    p.setPen(QColor(theme.DARK["TEXT"]))
    p.drawText(QRectF(card.left() + 20, card.top() + 14, w - 40, row), Qt.AlignmentFlag.AlignVCenter, title)
    p.setFont(plain)
    p.setPen(QColor(theme.DARK["DIM"]))
    for i, line in enumerate(lines):
        p.drawText(QRectF(card.left() + 20, card.top() + 20 + row * (i + 1), w - 40, row), Qt.AlignmentFlag.AlignVCenter, line)
