"""The forms of Compress, Restore and Learn a camera; what they look up in the background may arrive when they are closed."""
from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.coding_forms import look_up
from app.dialogs import JobForm
from app.jobs_dock import result_line
from app.path_list import PathList
from app.window import MainWindow
from engine.api import JobError, JobResult
from tests.app.fakes import FakeController


def test_an_answer_for_a_form_that_is_gone_is_dropped(qtbot: QtBot) -> None:
    waiting: list[Callable[[str], None]] = []
    told: list[str] = []
    background = SimpleNamespace(do=lambda name, work, then: waiting.append(then))
    window = SimpleNamespace(background=background, controller=None)
    form = QWidget()
    look_up(window, form, "a.csv", told.append)
    waiting[0]("table")
    assert told == ["table"]
    delete(form)
    waiting[0]("audio")
    assert told == ["table"]


def line(form: JobForm, name: str) -> QLineEdit:
    return next(edit for edit in form.findChildren(QLineEdit) if edit.accessibleName() == name)


def asked(window: MainWindow, command: str) -> JobForm:
    window.actions_by_id[command].trigger()
    form = window.exports.form
    assert form is not None and form.isVisible()
    return form


def test_a_film_is_compressed_with_what_was_learnt_of_its_camera(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    form = asked(opened, "compress")
    qtbot.waitUntil(lambda: line(form, "Camera").isVisible())
    line(form, "Camera").setText(" /clips/door.lza ")
    form.start.click()
    assert controller.calls[-1][2]["adapted"] == "/clips/door.lza"
    qtbot.waitUntil(lambda: not opened.jobs.running)
    asked(opened, "compress").start.click()
    assert "adapted" not in controller.calls[-1][2], "none unless one is named"
    qtbot.waitUntil(lambda: not opened.jobs.running)


def test_what_comes_from_no_camera_asks_for_none(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    form = asked(opened, "compress")
    qtbot.waitUntil(lambda: line(form, "Camera").isVisible())
    line(form, "Camera").setText("/clips/door.lza")
    line(form, "From").setText("/clips/still.png")
    qtbot.waitUntil(lambda: not line(form, "Camera").isVisible())
    form.start.click()
    assert "adapted" not in controller.calls[-1][2]
    qtbot.waitUntil(lambda: not opened.jobs.running)


def choice(form: JobForm, name: str) -> QComboBox:
    return next(box for box in form.findChildren(QComboBox) if box.accessibleName() == name)


def test_data_that_says_how_is_restored_nearer_only_when_asked(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    for name in ("nearer.lzc", "bound.lzc"):
        controller.sheets[name] = SimpleNamespace(kind="table")
    form = asked(opened, "restore")
    values = choice(form, "Values")
    line(form, "From").setText("/clips/bound.lzc")
    qtbot.waitUntil(lambda: choice(form, "Kind").currentData() == ".csv")
    assert not values.isVisible()
    line(form, "From").setText("/clips/nearer.lzc")
    qtbot.waitUntil(values.isVisible)
    assert values.currentText() == "within the bound" and "2.5 dB nearer" in values.itemText(1) and "twice the bound" in values.itemText(1)
    line(form, "To").setText("/clips/out.csv")
    form.start.click()
    assert "nearer" not in controller.calls[-1][2], "the bound is kept unless something else is asked for"
    qtbot.waitUntil(lambda: not opened.jobs.running)
    form = asked(opened, "restore")
    line(form, "From").setText("/clips/nearer.lzc")
    qtbot.waitUntil(choice(form, "Values").isVisible)
    choice(form, "Values").setCurrentIndex(1)
    line(form, "To").setText("/clips/out.csv")
    form.start.click()
    assert controller.calls[-1][0] == "restore" and controller.calls[-1][2]["nearer"] is True
    qtbot.waitUntil(lambda: not opened.jobs.running)


def test_series_within_a_bound_may_be_given_more_effort(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sheets["room.csv"] = SimpleNamespace(kind="table")
    form = asked(opened, "compress")
    line(form, "From").setText("/clips/room.csv")
    how, effort = choice(form, "What is kept"), choice(form, "Effort")
    qtbot.waitUntil(lambda: how.findData("error") >= 0)
    assert not effort.isVisible(), "without loss there is nothing to gain"
    how.setCurrentIndex(how.findData("error"))
    how.activated.emit(how.currentIndex())
    assert effort.isVisible()
    effort.setCurrentIndex(effort.findData("high"))
    form.start.click()
    assert controller.calls[-1][2]["effort"] == "high" and controller.calls[-1][2]["max_error"] == "1%"
    qtbot.waitUntil(lambda: not opened.jobs.running)


def test_a_camera_is_learnt_as_a_job(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.job_gate.clear()
    form = asked(opened, "learn_camera")
    clips = form.findChild(PathList)
    assert clips.paths == ["/clips/clip.mp4"]
    clips.add(["/clips/second.mp4"])
    assert line(form, "To").text().endswith("clip.lza")
    form.start.click()
    name, words, _ = controller.calls[-1]
    assert (name, words[0]) == ("adapt", ["/clips/clip.mp4", "/clips/second.mp4"]) and words[1].endswith("clip.lza")
    row = next(iter(opened.jobs.rows.values()))
    assert "Learn the camera of clip.mp4" in row.title.text() and row.cancel.isVisible()
    assert opened.exports.unfinished._live, "it is offered again after a crash"
    controller.job_fault = JobError("this camera cannot be adapted to", hint="it helps where the camera stands still")
    controller.job_gate.set()
    qtbot.waitUntil(lambda: opened.message_bar.level == "error")
    assert "this camera cannot be adapted to (it helps where the camera stands still)" in opened.message_bar.text


def test_a_camera_needs_a_clip(window: MainWindow) -> None:
    form = asked(window, "learn_camera")
    form.start.click()
    assert form.isVisible() and form.wrong.text() == "choose some clips of the camera first"


def test_what_it_saves_is_one_line() -> None:
    facts = {"saved_percent": 17.1, "pays_after_seconds": 95.0, "bytes": 120_400}
    assert result_line(JobResult(("/clips/door.lza",), facts)) == (
        "written: door.lza · 120 kB · 17.1 % fewer bits for frames it had not seen · pays for itself after 1 min 35 s of recording")


def test_how_much_nearer_data_came_is_said() -> None:
    assert result_line(JobResult(("/d/room.csv",), {"nearer_db": 3.57, "bytes": 529_000})) == (
        "written: room.csv · 529 kB · 3.6 dB nearer to the source, up to twice the bound off")
    assert result_line(JobResult(("/d/room.lzc",), {"nearer_db": 3.57, "nearer_bytes": 70, "bytes": 6400})).endswith(
        " · 6 kB · can be restored 3.6 dB nearer to the source")
