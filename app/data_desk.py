"""General data in the window: shows what was opened, lays a second version over it, and leaves again when footage is opened.

The page (and pyqtgraph with it) is made when the first such file is opened: footage must not wait for it.
"""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.charts import Charts, Overlay, level_name, overlay
from app.words import tr
from engine.api import EngineError

if TYPE_CHECKING:
    from app.data_page import DataPage


class DataDesk(QObject):
    """`charts` is what is open, None while footage (or nothing) is."""

    def __init__(self, window: Any) -> None:
        super().__init__(window)
        self.w = window
        self.charts: Charts | None = None
        self.page: DataPage | None = None
        self._jobs: dict[int, tuple[str, str]] = {}
        window.jobs.over.connect(self._job_over)

    @property
    def on(self) -> bool:
        return self.charts is not None

    def show(self, charts: Charts) -> None:
        """Opened: takes the place of the pictures."""
        from app.data_page import DataPage
        from app.facts import data_rows

        w = self.w
        if self.page is None:
            self.page = DataPage(w.background, w.actions_by_id)
            self.page.levelled.connect(self._level)
            self.page.said.connect(w.readouts.show_line)
            w.stack.addWidget(self.page)
        self.charts = charts
        self.page.show_charts(charts)
        sheet = charts.sheet
        w.facts.show_rows(data_rows(sheet), sheet.notes)
        w.stack.setCurrentWidget(self.page)
        self.page.view.setFocus()
        w.library.opened(sheet.path)

    def close(self) -> None:
        if self.charts is not None and self.page is not None:
            self.page.show_charts(None)
        self.w.background.drop("overlay")
        self.charts = None

    # -- the second version -------------------------------------------------------------------------------------------

    def compare(self, path: str) -> None:
        """Lays the data of another file over what is open."""
        self._lay(path, 0, Path(path).name)

    def _level(self, level: int) -> None:
        assert self.charts is not None
        if level:
            self._lay(self.charts.sheet.path, level, level_name(level))
        else:
            self.alone()

    def _lay(self, path: str, level: int, name: str) -> None:
        charts = self.charts
        if charts is None:
            return

        def work() -> Overlay | str:
            sheet = self.w.controller.sheet(path, level)
            if sheet is None:
                return tr("{name} holds pictures: it cannot be laid over {kind}").format(name=Path(path).name, kind=tr(charts.sheet.kind))
            if sheet.kind == "text":
                return tr("text is kept as it is: there is nothing to lay over")
            try:
                return overlay(charts, sheet)
            except ValueError as wrong:
                return str(wrong)

        def then(got: Overlay | str) -> None:
            if self.charts is not charts or self.page is None:
                return
            if isinstance(got, str):
                self.w.message_bar.say("error", got)
            else:
                if self.w.message_bar.level == "error":  # of an attempt before this one
                    self.w.message_bar.dismiss()
                self.page.show_overlay(got, name)

        self.w.background.do("overlay", work, then)

    def alone(self) -> None:
        self.w.background.drop("overlay")
        if self.page is not None and self.charts is not None and self.charts.sheet.kind != "text":
            self.page.show_overlay(None)

    def watch(self, handle: Any, source: str, out: str) -> None:
        """A compression was started: of what is open, its result is laid over when it is done."""
        self._jobs[handle.id] = (source, out)
        if handle.state.over:  # before anyone could listen
            self._job_over(handle.id)

    def _job_over(self, job: int) -> None:
        source, out = self._jobs.pop(job, ("", ""))
        charts = self.charts
        if charts is None or not source or charts.sheet.kind == "text":
            return
        try:
            same = Path(source).samefile(charts.sheet.path) and Path(out).is_file()
        except (OSError, EngineError):
            return
        if same:
            self.compare(out)

    # -- moves --------------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        self._view("fit")

    def zoom(self, factor: float) -> None:
        self._view("zoom", factor)

    def pan(self, share: float) -> None:
        self._view("pan", share)

    def _view(self, what: str, *words: float) -> None:
        if self.page is not None and hasattr(self.page.view, what):
            getattr(self.page.view, what)(*words)

    def restyled(self) -> None:
        """The theme has changed: plots carry their colours with them."""
        if self.page is not None and self.charts is not None:
            over, name = self.page.overlay, self.page.name
            self.page.show_charts(self.charts)
            if over is not None:
                self.page.show_overlay(over, name)
