"""Series as plots, one below the other over one clock, with a second version over them, the bound, and the difference below."""
from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSplitter, QVBoxLayout, QWidget

from app import theme
from app.charts import Charts, Overlay, bound_of, keeps
from app.envelope import Envelope
from app.tips import plain
from app.words import tr

MOST_AT_ONCE = 8
FIRST = 3


def figure(value: float) -> str:
    return f"{value:.6g}"


class _Row:
    """One plot with its curves."""

    def __init__(self, plot: Any) -> None:
        self.plot = plot
        self.band = pg.FillBetweenItem(pg.PlotCurveItem(), pg.PlotCurveItem())
        self.first, self.second = pg.PlotCurveItem(connect="finite"), pg.PlotCurveItem(connect="finite")
        for item in (self.band, self.first, self.second):
            plot.addItem(item)
        self.line = pg.InfiniteLine(angle=90, movable=False)
        self.line.hide()
        plot.addItem(self.line, ignoreBounds=True)


class SeriesView(QWidget):
    """`said(text)`: what is under the cursor; `focused`: another series' difference is shown."""

    said = Signal(str)
    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.charts: Charts | None = None
        self.overlay: Overlay | None = None
        self.rows: dict[int, _Row] = {}
        self.error: _Row | None = None
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Series"))
        self.list.setToolTip(tr("Tick the series to plot; the difference is shown of the chosen one"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemChanged.connect(self._ticked)
        self.list.currentRowChanged.connect(self._chosen)
        self.graphics = pg.GraphicsLayoutWidget()
        self.graphics.setAccessibleName(tr("Plots"))
        self.graphics.setAccessibleDescription(tr("Wheel zooms in time, drag moves"))
        self.graphics.scene().sigMouseMoved.connect(self._moved)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(self.graphics)
        split.setSizes([210, 900])
        split.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(split)
        self._later = QTimer(self)  # many changes of the range in one turn are drawn once
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.draw)

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_charts(self, charts: Charts | None) -> None:
        self.charts, self.overlay = charts, None
        self.list.blockSignals(True)
        self.list.clear()
        if charts is not None:
            sheet = charts.sheet
            for n, name in enumerate(sheet.names):
                kind = sheet.groups[n] if n < len(sheet.groups) else ""
                item = QListWidgetItem(name if kind in ("", "other") or kind == name else f"{name}  ({tr(kind)})")
                item.setToolTip(plain(item.text()))
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if n < FIRST else Qt.CheckState.Unchecked)
                self.list.addItem(item)
            self.list.setCurrentRow(0)
        self.list.setVisible(charts is not None and len(charts.sheet.names) > 1)
        self.list.blockSignals(False)
        self.build(fit=True)

    def show_overlay(self, overlay: Overlay | None) -> None:
        self.overlay = overlay
        self.build()

    @property
    def ticked(self) -> list[int]:
        return [n for n in range(self.list.count()) if self.list.item(n).checkState() == Qt.CheckState.Checked]

    @property
    def current(self) -> int:
        return max(0, self.list.currentRow())

    def _ticked(self, item: QListWidgetItem) -> None:
        if len(self.ticked) > MOST_AT_ONCE:
            item.setCheckState(Qt.CheckState.Unchecked)
            self.said.emit(tr("at most {n} series at once").format(n=MOST_AT_ONCE))
            return
        self.build()

    def _chosen(self, _row: int) -> None:
        if self.overlay is not None:
            self.build()
        self.focused.emit()

    # -- plots --------------------------------------------------------------------------------------------------------

    def build(self, fit: bool = False) -> None:
        """Lays out the plots anew; the range of time stays unless `fit`."""
        span = None if fit or not self.rows else next(iter(self.rows.values())).plot.viewRange()[0]
        self.graphics.clear()
        self.rows, self.error = {}, None
        self.graphics.setBackground(theme.BACK)
        charts = self.charts
        if charts is None or not charts.envelopes:
            return
        lead = None
        for n in self.ticked or [self.current]:
            plot = self._plot(charts.sheet.names[n])
            self.rows[n] = _Row(plot)
            if lead is None:
                lead = plot
                self._limit(plot)
            else:
                plot.setXLink(lead)
        if self.overlay is not None and self.overlay.errors and self.overlay.errors[self.current] is not None:
            plot = self._plot(tr("difference, {name}").format(name=charts.sheet.names[self.current]))
            plot.setXLink(lead)
            self.error = _Row(plot)
            self.graphics.ci.layout.setRowStretchFactor(len(self.rows), 1)
            for place in range(len(self.rows)):
                self.graphics.ci.layout.setRowStretchFactor(place, 2)
            bound = self.overlay.bounds[self.current]
            for edge in (bound, -bound) if bound else ():
                plot.addItem(pg.InfiniteLine(edge, angle=0, movable=False, pen=pg.mkPen(theme.WARN, style=Qt.PenStyle.DashLine)))
        plots = [row.plot for row in self._all()]
        for plot in plots[:-1]:
            plot.getAxis("bottom").setStyle(showValues=False)
        for plot in plots:
            plot.getAxis("left").setWidth(64)
        assert lead is not None
        lead.sigXRangeChanged.connect(lambda *_: self._later.start(0))
        if span is None:
            self.fit()
        else:
            lead.setXRange(*span, padding=0)
        self.draw()

    def _plot(self, name: str) -> Any:
        assert self.charts is not None
        axes = {"bottom": pg.DateAxisItem(utcOffset=0)} if self.charts.sheet.dated else {}
        plot = self.graphics.addPlot(row=self.graphics.ci.layout.rowCount(), col=0, axisItems=axes)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=True, y=False)
        plot.getViewBox().setAutoVisible(y=True)
        plot.showGrid(x=True, y=True, alpha=0.15)
        plot.setTitle(f"<span style='color:{theme.TEXT}'>{escape(name)}</span>", size="9pt", justify="left")
        for side in ("left", "bottom"):
            plot.getAxis(side).setPen(theme.LINE)
            plot.getAxis(side).setTextPen(theme.DIM)
            plot.getAxis(side).enableAutoSIPrefix(False)
        return plot

    def _limit(self, plot: Any) -> None:
        low, high = self.whole()
        plot.setLimits(xMin=low - (high - low) * 0.02, xMax=high + (high - low) * 0.02, minXRange=(high - low) / max(1, self._count()) * 4)

    def _all(self) -> list[_Row]:
        return [*self.rows.values(), *([self.error] if self.error is not None else [])]

    def _count(self) -> int:
        return len(self.charts.envelopes[0].values) if self.charts is not None and self.charts.envelopes else 0

    def whole(self) -> tuple[float, float]:
        """The range of the clock (of row numbers where there is none)."""
        assert self.charts is not None
        clock = self.charts.sheet.clock
        return (float(clock[0]), float(clock[-1])) if clock is not None else (0.0, float(max(1, self._count() - 1)))

    def _at(self, places: np.ndarray) -> np.ndarray:
        assert self.charts is not None
        clock = self.charts.sheet.clock
        return places if clock is None else np.asarray(clock[np.minimum(places.astype(np.int64), len(clock) - 1)], np.float64)

    def _index(self, x: float) -> int:
        """The sample nearest to a place on the axis."""
        assert self.charts is not None
        clock, count = self.charts.sheet.clock, self._count()
        if clock is None:
            return min(max(round(x), 0), count - 1)
        right = min(int(np.searchsorted(clock, x)), count - 1)
        left = max(0, right - 1)
        return left if abs(clock[left] - x) < abs(clock[right] - x) else right

    def draw(self) -> None:
        if not self.rows or self.charts is None:
            return
        low, high = next(iter(self.rows.values())).plot.viewRange()[0]
        a, b = max(0, self._index(low) - 1), self._index(high) + 2
        for n, row in self.rows.items():
            own = self.charts.envelopes[n]
            row.first.setData(*self._line(own, a, b), connect="finite")
            second = self.overlay.envelopes[n] if self.overlay is not None else None
            strong = second is None
            row.first.setPen(pg.mkPen(QColor(theme.ACCENT if strong else theme.DIM), width=1))
            if second is not None:
                row.second.setData(*self._line(second, a, b), connect="finite")
                row.second.setPen(pg.mkPen(QColor(theme.WARN), width=1))
            row.second.setVisible(second is not None)
            self._band(row, own, n, a, b)
        if self.error is not None and self.overlay is not None:
            error = self.overlay.errors[self.current]
            assert error is not None
            self.error.first.setData(*self._line(error, a, b), connect="finite")
            self.error.first.setPen(pg.mkPen(QColor(theme.BAD), width=1))
            bound = self.overlay.bounds[self.current]
            reach = max(self.overlay.worst[self.current], bound or 0.0) or 1.0
            self.error.plot.setYRange(-1.15 * reach, 1.15 * reach, padding=0)

    def bound(self, n: int) -> float | None:
        """What series `n` may be off; None where nothing is promised."""
        assert self.charts is not None
        if self.overlay is not None:
            return self.overlay.bounds[n]
        own = self.charts.envelopes[n]
        return bound_of(self.charts.sheet, own.low, own.high)

    def _band(self, row: _Row, own: Envelope, n: int, a: int, b: int) -> None:
        bound = self.bound(n)
        row.band.setVisible(bool(bound))
        if not bound:
            return
        x, y = self._line(own, a, b)
        there = np.isfinite(y)
        level = np.where(there, y, 0.0)[np.maximum.accumulate(np.where(there, np.arange(len(y)), 0))]
        edges = [pg.PlotCurveItem(x, level + side * bound * there) for side in (1, -1)]  # of no height over a gap
        row.band.setCurves(*edges)
        shade = QColor(theme.GOOD)
        shade.setAlpha(60)
        row.band.setBrush(pg.mkBrush(shade))

    def _line(self, own: Envelope, a: int, b: int) -> tuple[np.ndarray, np.ndarray]:
        """Points of a line; it breaks where the clock has a gap."""
        places, y = own.draw(a, b, max(400, 2 * self.graphics.width()))
        x = self._at(places)
        if len(x) > 3:
            steps = np.diff(x)
            wide = np.flatnonzero(steps > 3 * max(float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0, 1e-30))
            if 0 < len(wide) < 2000 and self.charts is not None and self.charts.sheet.gaps:
                both = np.stack([x[wide], x[wide + 1]], 1).ravel()
                x, y = np.insert(x, np.repeat(wide + 1, 2), both), np.insert(y, np.repeat(wide + 1, 2), np.nan)
        return x, y

    # -- moves --------------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        if self.rows:
            next(iter(self.rows.values())).plot.setXRange(*self.whole(), padding=0.01)

    def zoom(self, factor: float) -> None:
        if self.rows:
            next(iter(self.rows.values())).plot.getViewBox().scaleBy(x=1 / factor)

    def pan(self, share: float) -> None:
        if self.rows:
            plot = next(iter(self.rows.values())).plot
            low, high = plot.viewRange()[0]
            plot.setXRange(low + share * (high - low), high + share * (high - low), padding=0)

    def _moved(self, at: QPointF) -> None:
        row = next((r for r in self._all() if r.plot.sceneBoundingRect().contains(at)), None)
        if row is None or self.charts is None:
            return
        x = row.plot.getViewBox().mapSceneToView(at).x()
        n = self._index(x)
        for other in self._all():
            other.line.setPen(pg.mkPen(QColor(theme.DIM), width=1))
            other.line.setValue(float(self._at(np.array([n]))[0]))
            other.line.show()
        self.said.emit(self.words_at(n))

    def words_at(self, n: int) -> str:
        """Time and values of sample `n`, of both versions."""
        assert self.charts is not None
        sheet = self.charts.sheet
        if sheet.clock is None:
            when = tr("row {n}").format(n=n)
        elif sheet.dated:
            when = datetime.fromtimestamp(float(sheet.clock[n]), UTC).strftime("%Y-%m-%d %H:%M:%S")
        else:
            when = f"{sheet.clock[n]:.6g} s"
        words = [when]
        for k in self.rows:
            text = f"{sheet.names[k]} {figure(float(self.charts.envelopes[k].values[n]))}"
            second = self.overlay.envelopes[k] if self.overlay is not None else None
            if second is not None:
                text += f" → {figure(float(second.values[n]))}"
            words.append(text)
        return "   ".join(words)

    def verdict(self) -> tuple[str, bool]:
        """How far the chosen series of the two versions are apart, in words, and whether that is within what was promised."""
        if self.charts is None or self.overlay is None or not self.overlay.worst or self.overlay.errors[self.current] is None:
            return "", True
        worst, bound = self.overlay.worst[self.current], self.overlay.bounds[self.current]
        words: dict[str, Any] = {"name": self.charts.sheet.names[self.current], "worst": figure(worst)}
        if bound is None:
            return tr("{name}: at most {worst} apart").format(**words), True
        if not bound:
            return (tr("{name}: the same to the last digit") if worst == 0 else
                    tr("{name}: {worst} apart, though no loss was promised")).format(**words), worst == 0
        return tr("{name}: at most {worst} apart, {bound} allowed").format(**words, bound=figure(bound)), keeps(worst, bound)
