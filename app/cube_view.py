"""A band cube (or any array of pictures): one band as a picture, and beside it the spectrum of the pixel that was clicked."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QSplitter, QVBoxLayout, QWidget

from app import theme
from app.background import Background
from app.charts import Charts, Overlay
from app.series_view import figure
from app.words import tr

MODES = (("first", "as opened"), ("second", "the overlay"), ("difference", "the difference"))
_LOOK = 1 << 18       # samples looked at for the range of a band


def grey(band: np.ndarray, low: float, high: float) -> np.ndarray:
    """uint8 `[Y, X]` of a band: `low` is black, `high` is white."""
    scaled = (band.astype(np.float32) - low) * np.float32(255 / max(high - low, 1e-30))
    return np.ascontiguousarray(np.nan_to_num(np.clip(scaled, 0, 255), nan=0.0).astype(np.uint8))


def span(band: np.ndarray) -> tuple[float, float]:
    """From dark to bright without the outermost hundredth at either end."""
    flat = band.reshape(-1)[:: max(1, band.size // _LOOK)].astype(np.float64)
    flat = flat[np.isfinite(flat)]
    if not len(flat):
        return 0.0, 1.0
    low, high = np.percentile(flat, (1, 99))
    return (float(low), float(high)) if high > low else (float(flat.min()), float(max(flat.max(), flat.min() + 1e-9)))


class CubeView(QWidget):
    """`said(text)`: the value under the cursor. Pictures are made on `background`: a band may have to come from the disk."""

    said = Signal(str)

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.charts: Charts | None = None
        self.overlay: Overlay | None = None
        self.pixel: tuple[int, int] | None = None  # x, y
        self.picture: np.ndarray | None = None
        self.graphics = pg.GraphicsLayoutWidget()
        self.graphics.setAccessibleName(tr("Band"))
        self.graphics.setAccessibleDescription(tr("Wheel zooms, drag moves, a click shows the spectrum of that pixel"))
        self.plot = self.graphics.addPlot()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setAspectLocked(True)
        self.plot.invertY(True)
        for side in ("left", "bottom"):
            self.plot.hideAxis(side)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.plot.addItem(self.image)
        self.cross = pg.TargetItem(movable=False, size=12)
        self.cross.hide()
        self.plot.addItem(self.cross)
        self.graphics.scene().sigMouseClicked.connect(self._clicked)
        self.graphics.scene().sigMouseMoved.connect(self._moved)
        self.spectra = pg.PlotWidget()
        self.spectra.setAccessibleName(tr("Spectrum of the pixel"))
        self.spectra.getPlotItem().setMenuEnabled(False)
        self.spectra.getPlotItem().hideButtons()
        self.spectra.showGrid(x=True, y=True, alpha=0.15)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Band"))
        self.slider.setToolTip(tr("Which band is shown"))
        self.slider.valueChanged.connect(lambda _: self.show_band())
        self.name = QLabel()
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setMinimumWidth(150)
        self.mode = QComboBox()
        self.mode.setAccessibleName(tr("Shown"))
        self.mode.setToolTip(tr("Which of the two versions is shown, or how far they are apart"))
        for data, text in MODES:
            self.mode.addItem(tr(text), data)
        self.mode.currentIndexChanged.connect(lambda _: self.show_band())
        low = QHBoxLayout()
        low.setContentsMargins(10, 4, 10, 4)
        low.addWidget(QLabel(tr("Band")))
        low.addWidget(self.slider, 1)
        low.addWidget(self.name)
        low.addWidget(self.mode)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.graphics)
        self.split.addWidget(self.spectra)
        self.split.setSizes([700, 500])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.split, 1)
        column.addLayout(low)

    def show_charts(self, charts: Charts | None) -> None:
        self.charts, self.overlay, self.pixel, self.picture = charts, None, None, None
        self._background.drop("band")
        for part in (self.graphics, self.spectra):
            part.setBackground(theme.STAGE if part is self.graphics else theme.BACK)
        bands = self._bands(charts)
        for part in (self.slider, self.spectra):
            part.setVisible(bands is not None and bands.shape[0] > 1)
        self.mode.setVisible(False)
        self.mode.setCurrentIndex(0)
        self.cross.hide()
        if bands is None:
            self.image.clear()
            return
        self.slider.setRange(0, bands.shape[0] - 1)
        self.slider.setPageStep(max(1, bands.shape[0] // 10))
        self.slider.setValue(bands.shape[0] // 2)
        self.pixel = (bands.shape[2] // 2, bands.shape[1] // 2)
        self.show_band()
        self.plot.setRange(xRange=(0, bands.shape[2]), yRange=(0, bands.shape[1]), padding=0.02)
        self.show_pixel()

    def show_overlay(self, overlay: Overlay | None) -> None:
        self.overlay = overlay
        self.mode.setVisible(overlay is not None)
        if overlay is None:
            self.mode.setCurrentIndex(0)
        self.show_band()
        self.show_pixel()

    @staticmethod
    def _bands(charts: Charts | None) -> Any:
        return None if charts is None else charts.sheet.bands

    def show_band(self) -> None:
        """The band of the slider; its picture is made in the background, and only the newest is shown."""
        first = self._bands(self.charts)
        if first is None or self.charts is None:
            return
        n = min(self.slider.value(), first.shape[0] - 1)
        self.name.setText(self.charts.sheet.names[n] if first.shape[0] > 1 else f"{first.shape[2]} × {first.shape[1]}")
        second = self.overlay.sheet.bands if self.overlay is not None else None
        mode = self.mode.currentData() if second is not None else "first"
        self._background.do("band", self._work(first, second, n, mode), self._show)

    @staticmethod
    def _work(first: np.ndarray, second: np.ndarray | None, n: int, mode: str) -> Callable[[], np.ndarray]:
        def work() -> np.ndarray:
            band = np.asarray(first[n])
            if mode == "difference" and second is not None:
                error = np.abs(np.asarray(second[n]).astype(np.float64) - band)
                return grey(error, 0.0, float(np.nanmax(error)) or 1.0)
            return grey(np.asarray(second[n]) if mode == "second" and second is not None else band, *span(band))
        return work

    def _show(self, picture: np.ndarray) -> None:
        self.picture = picture
        self.image.setImage(picture, levels=(0, 255), autoLevels=False)

    # -- the pixel ----------------------------------------------------------------------------------------------------

    def _under(self, at: QPointF) -> tuple[int, int] | None:
        bands = self._bands(self.charts)
        if bands is None or not self.plot.sceneBoundingRect().contains(at):
            return None
        p = self.plot.getViewBox().mapSceneToView(at)
        x, y = int(np.floor(p.x())), int(np.floor(p.y()))
        return (x, y) if 0 <= x < bands.shape[2] and 0 <= y < bands.shape[1] else None

    def _clicked(self, event: Any) -> None:
        at = self._under(event.scenePos())
        if at is not None:
            self.choose(*at)

    def choose(self, x: int, y: int) -> None:
        """The spectrum of this pixel."""
        self.pixel = (x, y)
        self.show_pixel()

    def show_pixel(self) -> None:
        bands = self._bands(self.charts)
        if bands is None or self.pixel is None or self.charts is None:
            return
        x, y = self.pixel
        self.cross.setPos(x + 0.5, y + 0.5)
        self.cross.setPen(pg.mkPen(theme.WARN, width=1.5))
        self.cross.show()
        self.spectra.clear()
        if bands.shape[0] < 2:
            return
        at = places(self.charts.sheet.names)
        first = np.asarray(bands[:, y, x]).astype(np.float64)
        over = self.overlay
        if over is not None:
            bound = over.bounds[0]
            if bound:
                shade = QColor(theme.GOOD)
                shade.setAlpha(60)
                self.spectra.addItem(pg.FillBetweenItem(pg.PlotCurveItem(at, first + bound), pg.PlotCurveItem(at, first - bound),
                                                        brush=pg.mkBrush(shade)))
        self.spectra.addItem(pg.PlotCurveItem(at, first, pen=pg.mkPen(theme.DIM if over is not None else theme.ACCENT, width=1.2)))
        if over is not None:
            self.spectra.addItem(pg.PlotCurveItem(at, np.asarray(over.sheet.bands[:, y, x]).astype(np.float64),
                                                  pen=pg.mkPen(theme.WARN, width=1.2)))
        item = self.spectra.getPlotItem()
        item.setTitle(f"<span style='color:{theme.TEXT}'>{tr('pixel {x}, {y}').format(x=x, y=y)}</span>", size="9pt")
        for side in ("left", "bottom"):
            item.getAxis(side).setPen(theme.LINE)
            item.getAxis(side).setTextPen(theme.DIM)
            item.getAxis(side).enableAutoSIPrefix(False)
        item.getAxis("left").setWidth(64)
        unit = self.charts.sheet.names[0].rpartition(" ")[2] if self.charts.sheet.names[0][:1].isdigit() else tr("band")
        item.setLabel("bottom", unit)

    def _moved(self, at: QPointF) -> None:
        under = self._under(at)
        bands = self._bands(self.charts)
        if under is None or bands is None:
            return
        x, y = under
        n = min(self.slider.value(), bands.shape[0] - 1)
        text = f"{x}, {y}   {figure(float(bands[n, y, x]))}"
        if self.overlay is not None:
            text += f" → {figure(float(self.overlay.sheet.bands[n, y, x]))}"
        self.said.emit(text)

    def verdict(self) -> tuple[str, bool]:
        """See `SeriesView.verdict`."""
        from app.charts import keeps

        if self.overlay is None:
            return "", True
        worst, bound = self.overlay.worst[0], self.overlay.bounds[0]
        if bound is None:
            return tr("at most {worst} apart").format(worst=figure(worst)), True
        if not bound:
            return (tr("the same to the last digit") if worst == 0 else
                    tr("{worst} apart, though no loss was promised")).format(worst=figure(worst)), worst == 0
        return tr("at most {worst} apart, {bound} allowed").format(worst=figure(worst), bound=figure(bound)), keeps(worst, bound)

    # -- moves --------------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        bands = self._bands(self.charts)
        if bands is not None:
            self.plot.setRange(xRange=(0, bands.shape[2]), yRange=(0, bands.shape[1]), padding=0.02)

    def zoom(self, factor: float) -> None:
        self.plot.getViewBox().scaleBy((1 / factor, 1 / factor))

    def pan(self, share: float) -> None:
        low, high = self.plot.viewRange()[0]
        self.plot.getViewBox().translateBy(x=share * (high - low))


def places(names: tuple[str, ...]) -> np.ndarray:
    """Wavelengths where the names are such, else numbers from 1."""
    try:
        return np.array([float(name.split(" ")[0]) for name in names])
    except ValueError:
        return np.arange(1.0, len(names) + 1)
