"""The rows above the zoomed view: magnification, presets, readout of the recorded limit, exact region, truth and alternatives."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QToolButton, QWidget

from app import icons
from app.fields import Field, number
from app.flow import Flow, pair
from app.words import tr
from app.zoom_state import MAX_MAGNIFICATION, PRESETS, ZoomState
from engine.api import Roi


def times(m: float) -> str:
    """A magnification as people say it: ×0.31, ×4, ×11.5, ×160."""
    return f"×{m:.2f}".rstrip("0").rstrip(".") if m < 10 else f"×{m:.1f}".rstrip("0").rstrip(".") if m < 100 else f"×{m:.0f}"


def coordinate(v: float) -> str:
    return f"{v:.2f}".rstrip("0").rstrip(".") or "0"


class Readout(QLabel):
    """Shows the longest of several wordings that fits: a number must never be cut off, so there is always room for `narrowest`."""

    def __init__(self, narrowest: str = "") -> None:
        super().__init__()
        self._narrowest = narrowest
        self._texts = [""]
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, texts: list[str]) -> None:
        self._texts = texts
        self._choose()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._narrowest), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        fits = [t for t in self._texts if self.fontMetrics().horizontalAdvance(t) <= self.width()]
        text = fits[0] if fits else self._texts[-1]
        if text != self.text():
            self.setText(text)


class ZoomBar(QWidget):
    """`magnify(m)` and `exact(roi)` are called with what was typed and raise ValueError with one line when it will not do."""

    refused = Signal(str)
    done = Signal()
    preset = Signal(str)

    def __init__(self, state: ZoomState, actions: dict[str, QAction], magnify: Callable[[float], None], exact: Callable[[Roi], None],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.state, self._magnify, self._exact = state, magnify, exact
        self._roi: Roi | None = None
        self.setStyleSheet("QToolButton { padding: 4px 6px; } QLineEdit { padding: 3px 4px; }")
        self.rows = rows = Flow(self)
        rows.setContentsMargins(8, 5, 8, 5)
        for name, picture in (("view_back", "back"), ("view_forward", "forward"), ("band_tool", "band")):
            button = QToolButton()
            button.setDefaultAction(actions[name])
            icons.put(actions[name], picture)
            button.setIconSize(QSize(18, 18))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(actions[name].text().replace("&", ""))
            rows.put(button)
        self.presets = QComboBox()
        self.presets.setAccessibleName(tr("Magnification presets"))
        self.presets.setToolTip(tr("Presets: fit, 1:1, ×2 … ×64"))
        self.presets.addItem(tr("Zoom"), "")
        self.presets.addItem(tr("Fit"), "fit")
        for p in PRESETS:
            self.presets.addItem("1:1" if p == 1 else times(p), f"zoom_{int(p)}")
        self.presets.activated.connect(self._pick)
        rows.put(self.presets)
        tip = tr("Screen pixels for each recorded pixel: type any value")
        self.magnification = Field(tr("Magnification"), tip, "×00000.0", self._type_magnification)
        rows.put(self.magnification)
        self.readout = Readout(tr("{past}× past limit").format(past="6.55e+04"))
        self.readout.setAccessibleName(tr("Recorded limit"))
        rows.put(self.readout, grows=True, before=4)
        self.seed = QToolButton()
        self.seed.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.seed.setAccessibleName(tr("Next alternative"))
        self.seed.setToolTip(actions["next_alternative"].toolTip())
        self.seed.clicked.connect(actions["next_alternative"].trigger)
        rows.put(self.seed)
        self.fields: dict[str, Field] = {}
        for name, tip in (("x", tr("Left edge of the region, in pixels of the recording")), ("y", tr("Top edge of the region")),
                          ("w", tr("Width of the region")), ("h", tr("Height of the region"))):
            field = Field(tr("Region {name}").format(name=name), tip, "0000.00", self._type_region)
            letter = QLabel(name)
            letter.setProperty("dim", True)
            letter.setBuddy(field)
            rows.put(pair(letter, field), fresh=name == "x")
            self.fields[name] = field
        for field in self.fields.values():
            field.group = list(self.fields.values())
        for name in ("truth", "recorded_only"):
            button = QToolButton()
            button.setDefaultAction(actions[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setAccessibleName(actions[name].text().replace("&", ""))
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            rows.put(button, apart=name == "truth")
        for field in (self.magnification, *self.fields.values()):
            field.refused.connect(self.refused)
            field.done.connect(self.done)

    def _pick(self, row: int) -> None:
        wanted = self.presets.itemData(row)
        self.presets.setCurrentIndex(0)
        if wanted:
            self.preset.emit(wanted)
            self.done.emit()

    def _type_magnification(self, text: str) -> None:
        m = number(text)
        if not 0 < m <= MAX_MAGNIFICATION:
            raise ValueError(tr("the magnification must be above 0 and at most {MAX_MAGNIFICATION:.0f}").format(
                MAX_MAGNIFICATION=MAX_MAGNIFICATION))
        self._magnify(m)

    def _type_region(self, _text: str) -> None:
        x, y, w, h = (number(self.fields[n].text()) for n in "xywh")
        self._exact((x, y, w, h))

    def show_state(self, limit: float, recorded_only: bool, made: int, seed: int, open_: bool) -> None:
        self.setEnabled(open_)
        if not open_:
            self.readout.say([""])
            for field in (self.magnification, *self.fields.values()):
                field.show_value("")
            self.seed.setText(tr("Seed 0"))
            return
        m = self.state.magnification
        self.magnification.show_value(times(m))
        moved, self._roi = self._roi != self.state.roi, self.state.roi
        for name, value in zip("xywh", self.state.roi):
            self.fields[name].show_value(coordinate(value), force=moved)
        past = m > limit * (1 + 1e-9)
        words = {"limit": times(limit), "past": f"{m / limit:.3g}"}
        texts = [tr("recorded limit {limit}").format(**words), tr("limit {limit}").format(**words)]
        if past:
            texts = [tr("recorded limit {limit}, now {past}× past it").format(**words),
                     tr("limit {limit}, {past}× past it").format(**words),
                     tr("{past}× past limit").format(**words)]
            self.readout.setToolTip(texts[0] + ". " + tr("Nothing finer was recorded here.") + " " + (
                tr("Only recorded pixels are shown, magnified.") if recorded_only else
                tr("Levels of detail made beyond the record: {n}.").format(n=made) if made else tr("What is finer is made.")))
        else:
            self.readout.setToolTip(texts[0] + ". " + tr("Every pixel on screen stands for at least one recorded pixel."))
        self.readout.say(texts)
        if self.readout.property("past") != past:
            self.readout.setProperty("past", past)
            self.readout.style().unpolish(self.readout)
            self.readout.style().polish(self.readout)
        self.seed.setText(tr("Seed {seed}").format(seed=seed))
