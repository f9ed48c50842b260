"""Jobs from the menus: forms, progress, pause, cancel, and the line that says what came of them."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.dialogs import JobForm, free_name, out_folder
from app.jobs_dock import JobRow, duration, result_line, verdict
from app.settings import Settings
from app.window import MainWindow
from engine.api import JobError, JobResult
from tests.app.fakes import FakeController


def only_row(window: MainWindow) -> JobRow:
    (row,) = window.jobs.rows.values()
    return row


def form(window: MainWindow) -> JobForm:
    assert window.exports.form is not None and window.exports.form.isVisible()
    return window.exports.form


def set_path(form: JobForm, name: str, value: str) -> None:
    next(e for e in form.findChildren(QLineEdit) if e.accessibleName() == name).setText(value)


def test_compress_from_the_menu(opened: MainWindow, qtbot: QtBot, controller: FakeController, tmp_path: Path) -> None:
    opened.actions_by_id["compress"].trigger()
    f = form(opened)
    out = tmp_path / "out.lzc"
    set_path(f, "To", str(out))
    f.start.click()
    qtbot.waitUntil(lambda: bool(opened.jobs.rows) and only_row(opened).state == "done")
    assert controller.calls == [("compress", ("/clips/clip.mp4", str(out)), {"quality": 32, "effort": "normal"})]
    assert opened.jobs_dock.isVisible() and opened.actions_by_id["show_jobs"].isChecked()
    qtbot.waitUntil(lambda: "written: out.lzc" in opened.message_bar.text)
    assert opened.message_bar.level == "info" and "123 kB" in opened.message_bar.text
    row = only_row(opened)
    assert row.open.isVisible() and not row.cancel.isVisible()
    row.open.click()
    qtbot.waitUntil(lambda: opened.player.info is not None and opened.player.info.path == str(out))


def test_a_form_is_walked_in_reading_order_and_enter_starts_it(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.actions_by_id["compress"].trigger()
    f = form(opened)
    seen = []
    for _ in range(7):
        seen.append(f.focusWidget().accessibleName() or f.focusWidget().text())  # type: ignore[union-attr,attr-defined]
        QTest.keyClick(f.focusWidget(), Qt.Key.Key_Tab)
    assert seen[:6] == ["From", "Choose from", "To", "Choose to", "Quality", "Effort"] and seen[6] in ("Compress", "Cancel")
    QTest.keyClick(next(e for e in f.findChildren(QLineEdit) if e.accessibleName() == "To"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(opened.jobs.rows) and only_row(opened).state == "done")


def test_restore_from_the_menu(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.open_path("/clips/yard.lzc")
    qtbot.waitUntil(lambda: opened.player.picture is not None and opened.player.info.kind == "lzc")
    opened.actions_by_id["restore"].trigger()
    f = form(opened)
    set_path(f, "To", "/tmp/x.y4m")
    f.start.click()
    qtbot.waitUntil(lambda: bool(opened.jobs.rows) and only_row(opened).over)
    assert controller.calls == [("restore", ("/clips/yard.lzc", "/tmp/x.y4m"), {"level": 0})]


def test_exports_carry_what_is_on_screen(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.player.seek(12)
    opened.steering.exact((100, 40, 16, 9))
    opened.steering.set_seed(3)
    opened.actions_by_id["recorded_only"].setChecked(True)
    qtbot.waitUntil(lambda: opened.player.index == 12)
    for name, out in (("export_frame", "/tmp/f.png"), ("export_roi", "/tmp/r.png"), ("export_clip", "/tmp/c.mp4")):
        opened.actions_by_id[name].trigger()
        set_path(form(opened), "To", out)
        form(opened).start.click()
    qtbot.waitUntil(lambda: len(controller.calls) == 3 and not opened.jobs.running)
    m = round(opened.state.magnification, 2)
    roi = (100.0, 40.0, 16.0, 9.0)
    assert controller.calls == [
        ("export_frame", ("/clips/clip.mp4", "/tmp/f.png", 12), {}),
        ("export_roi", ("/clips/clip.mp4", "/tmp/r.png", 12, roi, m), {"recorded_only": True, "seed": 3}),
        ("export_roi", ("/clips/clip.mp4", "/tmp/c.mp4", 12, roi, m), {"recorded_only": True, "seed": 3, "frames": (12, 37)}),
    ]


def test_a_form_that_will_not_do_says_why_and_stays(opened: MainWindow, controller: FakeController) -> None:
    opened.actions_by_id["compress"].trigger()
    f = form(opened)
    set_path(f, "To", " ")
    f.start.click()
    assert f.isVisible() and f.wrong.text() == "say where to write"
    set_path(f, "To", "/tmp/same")
    f.start.click()
    assert f.isVisible() and f.wrong.text() == "the output is the input" and not opened.jobs.rows
    f.reject()


def test_progress_pause_and_cancel(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.job_gate.clear()
    handle = opened.exports.compress("/clips/clip.mp4", "/tmp/o.lzc", 20)
    row = only_row(opened)
    qtbot.waitUntil(lambda: row.state == "running")
    assert row.cancel.isVisible() and row.pause.isVisible() and len(opened.jobs.running) == 1
    row.pause.click()
    controller.job_gate.set()
    qtbot.waitUntil(lambda: row.state == "paused" and row.pause.text() == "Go on")
    assert "of 4" in row.line.text() and row.bar.maximum() == 4
    controller.job_gate.clear()
    row.pause.click()
    row.cancel.click()
    controller.job_gate.set()
    qtbot.waitUntil(lambda: row.over and not row.cancel.isVisible())
    assert handle.state.value == "cancelled"
    qtbot.waitUntil(lambda: opened.message_bar.level == "warn")
    assert "cancelled" in opened.message_bar.text
    opened.actions_by_id["clear_jobs"].trigger()
    assert not opened.jobs.rows and opened.jobs.empty.isVisible()


def test_a_failed_job_is_one_line(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.job_fault = JobError("the disk is full", where="/tmp", hint="free some space")
    opened.exports.verify("/clips/yard.lzc")
    qtbot.waitUntil(lambda: opened.message_bar.level == "error")
    assert opened.message_bar.text == "Verify yard.lzc: /tmp: the disk is full (free some space)"


def test_checking_an_export(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.exports.verify_export("/tmp/r.png.json")
    qtbot.waitUntil(lambda: bool(opened.jobs.rows) and only_row(opened).over)
    assert controller.calls == [("verify_export", ("/tmp/r.png.json",), {})]


def test_outputs_go_where_one_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert out_folder(tmp_path / "a.mp4") == tmp_path
    tmp_path.chmod(0o555)
    assert out_folder(tmp_path / "a.mp4") == Path.home(), "not even as root, who could"
    tmp_path.chmod(0o755)
    assert out_folder(tmp_path / "a.mp4") == tmp_path
    assert out_folder(tmp_path / "gone" / "a.mp4") == Path.home()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert out_folder(tmp_path / "a.mp4") == Path.home()


def test_the_cancel_command_takes_the_running_job(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.actions_by_id["cancel_job"].trigger()
    assert opened.message_bar.text == "no job is running"
    controller.job_gate.clear()
    first = opened.exports.compress("/clips/clip.mp4", "/tmp/1.lzc", 20)
    second = opened.exports.compress("/clips/clip.mp4", "/tmp/2.lzc", 20)
    qtbot.waitUntil(lambda: first.state.value == "running")
    opened.actions_by_id["cancel_job"].trigger()
    controller.job_gate.set()
    qtbot.waitUntil(lambda: first.state.value == "cancelled" and second.state.value == "done")


@pytest.mark.parametrize("quit_", [False, True])
def test_closing_asks_while_a_job_runs(opened: MainWindow, qtbot: QtBot, controller: FakeController, monkeypatch: pytest.MonkeyPatch,
                                       quit_: bool) -> None:
    answer = QMessageBox.StandardButton.Yes if quit_ else QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", lambda *a, **kw: answer)
    controller.job_gate.clear()
    handle = opened.exports.compress("/clips/clip.mp4", "/tmp/1.lzc", 20)
    qtbot.waitUntil(lambda: handle.state.value == "running")
    controller.job_gate.set()
    if not quit_:
        controller.job_gate.clear()
    opened.close()
    assert opened.isVisible() != quit_ and controller.closed == quit_
    controller.job_gate.set()


def test_a_job_is_seen_whole_where_docks_share_the_height(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.resize(1024, 700)
    for name in ("show_marks", "show_jobs"):
        opened.actions_by_id[name].setChecked(True)
    controller.job_gate.clear()
    opened.exports.start("frame", controller.export_frame("/clips/clip.mp4", "/tmp/a.png"))
    row = opened.jobs.running[0]
    qtbot.waitUntil(lambda: opened.jobs.isVisible() and row.cancel.isVisible())
    qtbot.waitUntil(lambda: not row.cancel.visibleRegion().isEmpty()
                    and row.cancel.visibleRegion().boundingRect().height() == row.cancel.height())
    controller.job_gate.set()
    qtbot.waitUntil(lambda: not opened.jobs.running)


def test_small_words() -> None:
    assert [duration(s) for s in (5, 89, 90, 3599, 7300)] == ["5 s", "89 s", "1 min 30 s", "59 min 59 s", "2 h 01 min"]
    assert result_line(JobResult(("/a/b.png",), {"bytes": 1500})) == "written: b.png · 2 kB"
    damaged = JobResult((), {"ok": False, "problems": ["frame 3 is lost", "b", "c"]})
    assert result_line(damaged) == "damaged: frame 3 is lost; b and 1 more"
    assert [verdict("done", damaged), verdict("done", JobResult((), {"match": False, "line": "no match"})),
            verdict("done", JobResult((), {"ok": True})), verdict("cancelled", None), verdict("failed", None)] == [
                "warn", "warn", "info", "warn", "error"]
    assert "whole" in result_line(JobResult((), {"ok": True}))


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert free_name(path) == path
    path.touch()
    (tmp_path / "a-2.png").touch()
    assert free_name(path) == tmp_path / "a-3.png"


def test_what_was_left_when_the_program_ended_goes_on(make_window: Callable[..., MainWindow], qtbot: QtBot,
                                                      controller: FakeController) -> None:
    first = make_window()
    controller.job_gate.clear()
    first.exports.compress("/clips/clip.mp4", "/tmp/1.lzc", 20, "fast")
    first.exports.roi("/clips/clip.mp4", "/tmp/1.png", 3, (1, 2, 3, 4), 2.0, True, 5, None)
    done = first.exports.verify("/clips/yard.lzc")
    second = make_window()  # as after a crash: the first never said goodbye
    assert second.message_bar.level == "warn" and "2 jobs" in second.message_bar.text
    second.open_path("/clips/clip.mp4")
    qtbot.waitUntil(lambda: second.player.info is not None)
    assert "2 jobs" in second.message_bar.text, "opening a file does not take it away"
    controller.calls.clear()
    second.actions_by_id["resume_jobs"].trigger()
    assert [c[0] for c in controller.calls] == ["compress", "export_roi"] and not second.actions_by_id["resume_jobs"].isEnabled()
    assert controller.calls[0] == ("compress", ("/clips/clip.mp4", "/tmp/1.lzc"), {"quality": 20, "effort": "fast"})
    assert controller.calls[1][1] == ("/clips/clip.mp4", "/tmp/1.png", 3, (1, 2, 3, 4), 2.0)
    controller.job_gate.set()
    qtbot.waitUntil(lambda: done.state.value == "done" and not second.jobs.running and not first.jobs.running)
    qtbot.waitUntil(lambda: Settings().text("unfinished") == "[]")


def test_what_was_left_can_be_forgotten(make_window: Callable[..., MainWindow]) -> None:
    Settings().set_text("unfinished", '[["compress", ["a", "b", 1, "fast"]], ["nonsense", []]]')
    window = make_window()
    window.actions_by_id["forget_jobs"].trigger()
    assert Settings().text("unfinished") == "[]" and not window.jobs.rows


def test_what_was_left_is_said_until_something_weightier_is(make_window: Callable[..., MainWindow]) -> None:
    Settings().set_text("unfinished", '[["compress", ["a", "b", 1, "fast"]]]')
    bar = make_window().message_bar
    bar.say("info", "4:2:2 reduced to 4:2:0")
    assert bar.text.startswith("A job was not finished") and bar.history[-1] == ("info", "4:2:2 reduced to 4:2:0")
    bar.say("warn", "something is damaged")
    assert bar.text == "something is damaged"


@pytest.mark.parametrize("stored", ["{", "[1]", '[["compress"]]', "null"])
def test_settings_that_were_spoilt_do_no_harm(make_window: Callable[..., MainWindow], stored: str) -> None:
    Settings().set_text("unfinished", stored)
    assert make_window().exports.unfinished.left == []


def test_the_size_can_be_estimated_before_it_starts(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.actions_by_id["compress"].trigger()
    f = form(opened)
    next(b for b in f.findChildren(QPushButton) if b.text() == "Estimate the size").click()
    qtbot.waitUntil(lambda: bool(opened.jobs.rows) and only_row(opened).state == "done")
    assert controller.calls == [("estimate", ("/clips/clip.mp4",), {"quality": 32, "effort": "normal"})] and f.isVisible()
    set_path(f, "From", " ")
    next(b for b in f.findChildren(QPushButton) if b.text() == "Estimate the size").click()
    assert f.wrong.isVisible()
    f.reject()


def test_file_facts_show_where_the_bytes_are(opened: MainWindow, qtbot: QtBot) -> None:
    opened.open_path("/clips/yard.lzc")
    qtbot.waitUntil(lambda: opened.facts.spread.counts is not None)
    assert "level 0: 70 %" in opened.facts.spread.toolTip()
    opened.open_path("/clips/clip.mp4")
    qtbot.waitUntil(lambda: opened.player.info is not None and opened.player.info.kind == "video")
    assert opened.facts.spread.counts is None
