"""The uncertainty map: its colours, and the key that says what they mean."""
from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter

from app import theme
from app.words import tr

TOP = 64.0          # grey steps of one sigma that are drawn brightest; far past the record all of it is made, and 16 are common
MIDDLE = TOP / 4    # red
UNKNOWN = (70, 70, 70)
_STRIP = 150.0      # logical pixels
_STEPS = 16


def colours(sigma: np.ndarray) -> np.ndarray:
    """BGR uint8 `[..., 3]` of standard deviations in grey steps: dark where little, red at `MIDDLE`, yellow at `TOP` and more."""
    level = np.sqrt(np.clip(sigma / TOP, 0, 1))
    return np.stack([np.clip(90 * (1 - 3 * level), 0, 255), np.clip(255 * (level * 2 - 1), 0, 255), np.clip(510 * level, 0, 255)],
                    -1).astype(np.uint8)


def key(p: QPainter, area: QRectF, missing: bool) -> QRectF:
    """What the colours of the map mean, bottom right of `area`; gives the plate's rectangle. missing: of some made pixels nothing is known
    yet, and more is being drawn."""
    fm = QFontMetricsF(p.font())
    title = tr("uncertainty: samples are being drawn …") if missing else tr("uncertainty of made pixels, grey steps")
    grey, ends = tr("not known yet"), ("0", f"{MIDDLE:.0f}", tr("{n} and more").format(n=f"{TOP:.0f}"))
    row, box = fm.height() + 4, fm.height() * 0.7
    width = max(fm.horizontalAdvance(title), box + 6 + fm.horizontalAdvance(grey) + 18 + _STRIP + fm.horizontalAdvance(ends[2]) / 2) + 24
    plate = QRectF(area.right() - 10 - width, area.bottom() - 10 - 3 * row - 10, width, 3 * row + 10)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(QColor(12, 13, 15, 220))
    p.drawRoundedRect(plate, 6, 6)
    left, top = plate.left() + 12, plate.top() + 5 + row
    p.setBrush(QColor(*UNKNOWN))
    p.drawRect(QRectF(left, top + (row - box) / 2, box, box))
    strip = QRectF(left + box + 6 + fm.horizontalAdvance(grey) + 18, top + (row - box) / 2, _STRIP, box)
    gradient = QLinearGradient(strip.topLeft(), strip.topRight())
    for k in range(_STEPS + 1):  # along the square root, as the colours run
        b, g, r = (int(v) for v in colours(np.array(TOP * (k / _STEPS) ** 2)))
        gradient.setColorAt(k / _STEPS, QColor(r, g, b))
    p.setBrush(gradient)
    p.drawRect(strip)
    p.setPen(QColor(theme.on_plate(theme.WARN)))
    p.drawText(QRectF(left, plate.top() + 5, width, row), Qt.AlignmentFlag.AlignVCenter, title)
    p.setPen(QColor(theme.DARK["TEXT"]))
    p.drawText(QRectF(left + box + 6, top, width, row), Qt.AlignmentFlag.AlignVCenter, grey)
    for text, at in zip(ends, (0.0, (MIDDLE / TOP) ** 0.5, 1.0), strict=True):
        wide = fm.horizontalAdvance(text)
        p.drawText(QPointF(min(strip.left() + at * _STRIP - wide / 2, plate.right() - 12 - wide), top + row + fm.ascent()), text)
    return plate
