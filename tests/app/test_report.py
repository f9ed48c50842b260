"""The report from the menu: marks become findings, the form starts the job, PDF comes out of Qt."""
from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from threading import Thread
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from app.findings import around, finding_of
from app.journal import Journal
from app.marks import Mark, Scale
from app.report_pdf import lay_out, render
from app.window import MainWindow
from engine.jobs.report import Finding, Picture, ReportData, Section
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, make_info


def field(form: object, name: str) -> QLineEdit:
    return next(e for e in form.findChildren(QLineEdit) if e.accessibleName() == name)  # type: ignore[attr-defined]


def test_the_form_starts_a_job_with_every_mark(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.desk.marks.add("bookmark", 3, text="start")
    opened.desk.marks.add("distance", 9, ((10, 10), (40, 50)))
    opened.desk.marks.set_scale(Scale(0.1, "m"))
    opened.actions_by_id["report"].trigger()
    form = opened.exports.form
    assert "2 marks" in form.note.text()
    field(form, "To").setText("/tmp/r.html")
    field(form, "Made by").setText("A. Nalyst")
    form.start.click()
    qtbot.waitUntil(lambda: bool(controller.calls) and not opened.jobs.running)
    (name, (source, out, findings), options) = controller.calls[0]
    assert (name, source, out) == ("report", "/clips/clip.mp4", "/tmp/r.html") and options["author"] == "A. Nalyst"
    assert [f.title for f in findings] == ["bookmark: start", "distance"] and not findings[1].made and "render" not in options
    assert ("Measured", "5 m") in findings[1].rows and findings[0].roi == (0, 0, 160, 90)
    assert options["log"][0][1].startswith("opened /clips/clip.mp4")
    assert opened.settings.text("author") == "A. Nalyst"
    qtbot.waitUntil(lambda: any("Report on" in line for _, line in opened.journal.lines))


def test_pdf_and_made_detail_are_choices(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.steering.magnify(8)
    opened.actions_by_id["report"].trigger()
    form = opened.exports.form
    kind = next(c for c in form.findChildren(QComboBox))
    kind.setCurrentIndex(1)
    kind.activated.emit(1)
    assert field(form, "To").text().endswith(".pdf")
    form.findChild(QCheckBox).setChecked(True)
    form.start.click()
    qtbot.waitUntil(lambda: bool(controller.calls) and not opened.jobs.running)
    (_, (_, out, findings), options) = controller.calls[0]
    assert out.endswith(".pdf") and options["render"] is render and len(findings) == 1 and findings[0].made
    wait_done(opened, qtbot)


def test_the_region_around_a_mark() -> None:
    size = (1920, 1080)
    assert around((), size) == (0, 0, 1920, 1080)
    x, y, w, h = around(((100.0, 100.0), (300.0, 150.0)), size)
    assert x <= 100 and x + w >= 300 and y <= 100 and y + h >= 150 and w / h == pytest.approx(4 / 3, abs=0.01)
    for corner in ((0.0, 0.0), (1920.0, 1080.0)):
        x, y, w, h = around((corner,), size)
        assert x >= 0 and y >= 0 and x + w <= 1920 and y + h <= 1080 and w == 64
    assert around(((3.0, 3.0),), (20, 10))[2:] == (20, 10)


def test_a_finding_says_on_what_it_was_measured() -> None:
    mark = Mark(3, "angle", 4, 8, ((1.0, 1.0), (2.0, 2.0), (3.0, 1.0)), "roof", "made")
    made = finding_of(Finding, mark, make_info(size=(640, 480)), None, True, 7)
    assert made.title == "angle: roof" and ("Set on", "made pixels") in made.rows and ("Frames", "4–8") in made.rows
    assert made.magnify == 8 and made.seed == 7 and made.made and made.shapes[0][0] == mark.points
    assert finding_of(Finding, mark, make_info(size=(60, 40)), None, True, 0).made is False or made.roi[2] < 640
    assert ("Scale", "0.5 m / px") in finding_of(Finding, Mark(1, "distance", 0, 0, ((0.0, 0.0), (9.0, 9.0))), make_info(), Scale(0.5, "m"),
                                                False, 0).rows
    assert Fraction(1) == make_info().sample_aspect


def report(width: int, height: int, log: int = 1) -> ReportData:
    """With four pictures of this size, and so many lines of what was done."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 40))
    raw = QByteArray()
    buffer = QBuffer(raw)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    sections = [Section(f"finding {i}", [("Frame", "3")], [Picture("recorded", bytes(raw.data()))]) for i in range(4)]
    return ReportData("Case ü", "me", "now", [("SHA-256", "ab" * 32)], sections, [("10:00", "opened")] * log)


def test_the_pdf_has_pages_with_the_pictures_on_them(qapp: object) -> None:
    data = render(report(600, 400))
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF") and data.count(b"/Type /Page\n") >= 2
    assert data.count(b"/Subtype /Image") >= 1


def test_a_picture_in_a_pdf_takes_its_own_height_and_no_more(qapp: object) -> None:
    document = lay_out(report(1400, 700))
    document.setTextWidth(720)
    blocks = [document.begin()]
    while blocks[-1].next().isValid():
        blocks.append(blocks[-1].next())
    tops = [document.documentLayout().blockBoundingRect(b).y() for b in blocks]
    takes = [tops[n + 1] - tops[n] for n, b in enumerate(blocks) if "\ufffc" in b.text()]
    assert len(takes) == 4 and all(350 <= t <= 380 for t in takes), takes


def test_the_pdf_is_made_on_a_job_thread_without_a_word_from_qt(qapp: object, qtlog: Any) -> None:
    made: list[bytes] = []
    for _ in range(2):
        thread = Thread(target=lambda: made.append(render(report(700, 350, 400))))
        thread.start()
        thread.join()
    assert [len(data) > 1000 for data in made] == [True, True] and not [r.message for r in qtlog.records]


def test_the_journal_keeps_order_and_no_echoes() -> None:
    journal = Journal(lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    journal.start("opened a")
    journal.note("x")
    journal.note("x")
    assert journal.lines == [("03:04:05 UTC", "opened a"), ("03:04:05 UTC", "x")]
    journal.start("opened b")
    assert len(journal.lines) == 1
