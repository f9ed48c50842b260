"""The report form: which marks, with or without made detail, HTML or PDF; the work is a job like any other."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from app.dialogs import JobForm
from app.file_dialog import pick_save
from app.findings import finding_of
from app.marks import Mark
from app.words import tr


class ReportDesk:
    """`ask()` opens the form; without marks the report shows the present view."""

    def __init__(self, window: Any) -> None:
        self.w = window

    def ask(self) -> JobForm | None:
        w = self.w
        info = w.player.info
        if info is None:
            return None
        w.player.pause()
        from app.exports import beside, named

        form = JobForm(tr("Report"), tr("Write"), w)
        out = form.path_row(tr("To"), beside(info, "-report", ".html"), pick_save(tr("HTML (*.html);;PDF (*.pdf)")))
        kind = form.choice_row(tr("Kind"), [("HTML", ".html"), ("PDF", ".pdf")], tr("HTML carries the records of its pictures; PDF prints"))
        kind.activated.connect(lambda _row: out.setText(str(Path(out.text()).with_suffix(kind.currentData()))))
        title = form.text_row(tr("Title"), Path(info.path).name, tr("Stands at the top"))
        author = form.text_row(tr("Made by"), w.settings.text("author"), tr("Your name, if it should be in the report"))
        made = form.tick_row(tr("show synthesised detail too, marked as such"), False, tr("Recorded pixels are always shown alone as well"))
        count = len(w.desk.marks.all)
        form.note.setText(tr("One mark, with its region enlarged.") if count == 1 else
                          tr("{n} marks, each with its region enlarged.").format(n=count) if count else
                          tr("There are no marks: the present view is reported."))

        def begin() -> None:
            w.settings.set_text("author", author.text().strip())
            self.start(named(out.text(), tr("where to write")), title.text().strip(), author.text().strip(), made.isChecked())

        form.on_start = begin
        w.exports.show_form(form)
        return form

    def start(self, out: str, title: str, author: str, made: bool) -> Any:
        """Queues the job. ValueError or EngineError with one line when it cannot be."""
        w = self.w
        info = w.player.info
        marks = w.desk.marks.all or (self._view(),)
        findings = tuple(finding_of(w.controller.finding, m, info, w.desk.marks.scale, made, w.steering.seed) for m in marks)
        options: dict[str, Any] = {"title": title, "author": author, "log": tuple(w.journal.lines)}
        if Path(out).suffix.lower() == ".pdf":
            from app.report_pdf import render

            options["render"] = render
        return w.exports.start(tr("Report on {name}").format(name=Path(info.path).name),
                               w.controller.report(info.path, out, findings, **options))

    def _view(self) -> Mark:
        x, y, w, h = self.w.state.roi
        points = () if self.w.state.whole else ((x + w * 0.15, y + h * 0.15), (x + w * 0.85, y + h * 0.85))
        return Mark(0, "region" if points else "bookmark", self.w.player.index, self.w.player.index, points, tr("present view"))
