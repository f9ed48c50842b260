"""Many files in one go: the form, one job after the other, what fails alone, and what is said at the end."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import batch as batch_module
from app import words
from app.batch import Batch, Item, Orders, summary
from app.batch_form import BatchForm, region
from app.batch_summary import Summary
from app.settings import Settings
from app.window import MainWindow
from engine.api import JobError
from tests.app.fakes import FakeController


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    (place / "deeper").mkdir(parents=True)
    for name in ("cam2.mp4", "cam10.mp4", "old.lzc", "deeper/cam1.mkv"):
        (place / name).write_bytes(b"x" * 1000)
    return place


def form(window: MainWindow) -> BatchForm:
    found = window.exports.form
    assert isinstance(found, BatchForm) and found.isVisible()
    return found


def choose(box: Any, data: str) -> None:
    box.setCurrentIndex(box.findData(data))


def batch_of(window: MainWindow, qtbot: QtBot) -> Batch:
    qtbot.waitUntil(lambda: window.batches.last is not None)
    return window.batches.last


def ended(window: MainWindow, qtbot: QtBot) -> Batch:
    batch = batch_of(window, qtbot)
    qtbot.waitUntil(lambda: batch.state.over)
    return batch


def test_a_folder_is_compressed_file_by_file(window: MainWindow, qtbot: QtBot, controller: FakeController, folder: Path,
                                             tmp_path: Path) -> None:
    window.actions_by_id["batch"].trigger()
    f = form(window)
    f.list.add([str(folder)])
    qtbot.waitUntil(lambda: f.note.text().startswith("2 files, 2 kB"))
    f.deep.setChecked(True)
    qtbot.waitUntil(lambda: f.note.text().startswith("3 files"))
    f.folder.setText(str(tmp_path / "out"))
    f.quality.setValue(20)
    f.start.click()
    batch = ended(window, qtbot)
    assert [(c[0], Path(c[1][0]).name, Path(c[1][1]).relative_to(tmp_path)) for c in controller.calls] == [
        ("compress", "cam2.mp4", Path("out/cam2.lzc")), ("compress", "cam10.mp4", Path("out/cam10.lzc")),
        ("compress", "cam1.mkv", Path("out/cam1.lzc"))]
    assert controller.calls[0][2] == {"quality": 20, "effort": "normal"} and (tmp_path / "out").is_dir()
    assert list(window.jobs.rows) == [batch.id] and window.jobs_dock.isVisible(), "one row stays for all of them"
    qtbot.waitUntil(lambda: window.message_bar.text == "Compress 3 files: 3 done")
    assert window.message_bar.level == "info"
    assert sum("cam" in line for _, line in window.message_bar.history) == 0, "no message for every file"


def test_a_camera_is_used_for_films_alone(window: MainWindow, qtbot: QtBot, controller: FakeController, folder: Path) -> None:
    (folder / "still.png").write_bytes(b"x")
    window.actions_by_id["batch"].trigger()
    f = form(window)
    f.list.add([str(folder / "cam2.mp4"), str(folder / "still.png")])
    f.camera.setText("/clips/door.lza")
    f.start.click()
    ended(window, qtbot)
    assert [(Path(c[1][0]).name, c[2].get("adapted")) for c in controller.calls] == [("cam2.mp4", "/clips/door.lza"), ("still.png", None)]


def test_one_file_at_a_time_and_one_that_is_cancelled_is_that_one_alone(window: MainWindow, qtbot: QtBot, controller: FakeController,
                                                                        folder: Path) -> None:
    controller.job_gate.clear()
    items = [Item(str(folder / n), str(folder / n)) for n in ("cam2.mp4", "cam10.mp4", "old.lzc")]
    batch = window.batches.start(Orders("frame", "skip", {"frame": 3}), items)
    qtbot.waitUntil(lambda: len(window.jobs.rows) == 2 and len(controller.calls) == 1)
    row = next(r for n, r in window.jobs.rows.items() if n > 0)
    assert row.title.text() == "Frame of cam2.mp4" and window.jobs.live == 1
    qtbot.waitUntil(lambda: "cam2.mp4 · 0 of 3" in window.jobs.rows[batch.id].line.text())
    assert window.jobs.rows[batch.id].bar.maximum() == 3
    done = replace(batch.items[1], outcome="done")
    batch.items[1] = done
    window.jobs.rows[batch.id].refresh()
    assert window.jobs.rows[batch.id].line.text().endswith("1 of 3"), "no guess at the time that is left"
    batch.items[1] = replace(done, outcome="")
    window.actions_by_id["cancel_job"].trigger()
    controller.job_gate.set()
    qtbot.waitUntil(lambda: batch.state.over)
    assert [i.outcome for i in batch.items] == ["cancelled", "done", "done"] and batch.state.value == "done"
    assert "→" not in summary(batch.items), "a picture is no smaller version of its film"
    assert [Path(c[1][1]).name for c in controller.calls] == ["cam2.mp4-frame3.png", "cam10.mp4-frame3.png", "old.lzc-frame3.png"]


def test_one_that_fails_does_not_stop_the_others_and_can_be_tried_again(window: MainWindow, qtbot: QtBot, controller: FakeController,
                                                                        folder: Path) -> None:
    items = [Item(str(folder / n), str(folder / Path(n).stem)) for n in ("cam2.mp4", "gone.mp4", "cam10.mp4")]
    batch = window.batches.start(Orders("compress", "skip", {"quality": 32}), items)
    qtbot.waitUntil(lambda: batch.state.over and window.message_bar.level == "warn")
    assert [i.outcome for i in batch.items] == ["done", "failed", "done"] and "no such file" in batch.items[1].line
    assert "2 done, 1 failed" in window.message_bar.text
    window.jobs.rows[batch.id].more.click()
    (page,) = window.findChildren(Summary)
    assert page.list.topLevelItemCount() == 3 and page.list.topLevelItem(1).text(1) == "failed"  # type: ignore[union-attr]
    assert "no such file" in page.list.topLevelItem(1).text(4)  # type: ignore[union-attr]
    page.list.setCurrentItem(page.list.topLevelItem(1))
    assert "no such file" in page.said.text() and "gone.mp4" in page.said.text()
    page.copy.click()
    assert QGuiApplication.clipboard().text().splitlines()[1].startswith(f"{folder / 'gone.mp4'}\tfailed")
    (folder / "gone.mp4").write_bytes(b"back")
    page.again.click()
    second = window.batches.last
    assert second is not batch
    qtbot.waitUntil(lambda: second.state.over)
    assert [(Path(i.source).name, i.outcome) for i in second.items] == [("gone.mp4", "done")]


def test_the_summary_follows_what_runs_and_opens_what_was_written(window: MainWindow, qtbot: QtBot, controller: FakeController,
                                                                  folder: Path) -> None:
    controller.job_gate.clear()
    items = [Item(str(folder / n), str(folder / n)) for n in ("cam2.mp4", "cam10.mp4")]
    batch = window.batches.start(Orders("compress", "skip", {}), items)
    qtbot.waitUntil(lambda: len(controller.calls) == 1)
    batch.details()
    (page,) = window.findChildren(Summary)
    assert [page.list.topLevelItem(n).text(1) for n in (0, 1)] == ["running", "waits"]  # type: ignore[union-attr]
    assert not page.again.isEnabled() and "2 not begun" in page.head.text()
    controller.job_gate.set()
    qtbot.waitUntil(lambda: batch.state.over)
    first = page.list.topLevelItem(0)
    assert first is not None and first.text(1) == "done" and first.text(2) == "1 kB"
    page.list.itemActivated.emit(first, 0)
    qtbot.waitUntil(lambda: window.player.info is not None and window.player.info.path == str(folder / "cam2.mp4.lzc"))


def test_pause_go_on_and_cancel_all(window: MainWindow, qtbot: QtBot, controller: FakeController, folder: Path) -> None:
    controller.job_gate.clear()
    items = [Item(str(folder / n), str(folder / n)) for n in ("cam2.mp4", "cam10.mp4", "old.lzc")]
    batch = window.batches.start(Orders("frame", "skip", {"frame": 0}), items)
    row = window.jobs.rows[batch.id]
    qtbot.waitUntil(lambda: len(controller.calls) == 1)
    row.pause.click()
    qtbot.waitUntil(lambda: row.pause.text() == "Go on")
    controller.job_gate.set()
    qtbot.waitUntil(lambda: any(r.state == "paused" for n, r in window.jobs.rows.items() if n > 0))
    controller.job_gate.clear()
    row.pause.click()
    qtbot.waitUntil(lambda: row.state == "running")
    row.cancel.click()
    controller.job_gate.set()
    qtbot.waitUntil(lambda: batch.state.over and row.line.text().startswith("stopped: 1 cancelled"))
    assert [i.outcome for i in batch.items] == ["cancelled", "", ""] and "2 not begun" in row.line.text()
    assert len(controller.calls) == 1


def test_paused_between_two_files_it_waits(window: MainWindow, qtbot: QtBot, controller: FakeController, folder: Path) -> None:
    batch = window.batches.start(Orders("frame", "skip", {"frame": 0}), [Item(str(folder / "cam2.mp4"), str(folder / "a"))])
    batch.pause()
    qtbot.waitUntil(lambda: window.jobs.rows[batch.id].pause.text() == "Go on")
    assert not controller.calls
    batch.resume()
    qtbot.waitUntil(lambda: batch.state.value == "done")
    other = window.batches.start(Orders("frame", "skip", {"frame": 0}), [Item(str(folder / "cam2.mp4"), str(folder / "b"))])
    other.pause()
    other.cancel()
    qtbot.waitUntil(lambda: other.state.value == "cancelled")


def test_what_was_left_goes_on_at_the_next_start(make_window: Callable[..., MainWindow], qtbot: QtBot, controller: FakeController,
                                                 folder: Path) -> None:
    first = make_window()
    items = [Item(str(folder / n), str(folder / Path(n).stem)) for n in ("gone.mp4", "cam2.mp4", "cam10.mp4")]
    controller.job_gate.clear()
    first.batches.start(Orders("compress", "number", {"quality": 9}), items)
    qtbot.waitUntil(lambda: len(controller.calls) == 1)  # the first has failed, the second is under way
    second = make_window()  # as after a crash
    assert second.message_bar.text.startswith("A job was not finished")
    second.actions_by_id["resume_jobs"].trigger()
    batch = second.batches.last
    assert batch is not None and [Path(i.source).name for i in batch.items] == ["cam2.mp4", "cam10.mp4"]
    assert batch.orders == Orders("compress", "number", {"quality": 9})
    controller.job_gate.set()
    qtbot.waitUntil(lambda: batch.state.over and first.batches.last.state.over)
    qtbot.waitUntil(lambda: Settings().text("unfinished") == "[]")


def test_the_form_asks_for_what_belongs_to_the_task(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.exact((100, 40, 16, 9))
    opened.player.seek(7)
    qtbot.waitUntil(lambda: opened.player.index == 7)
    opened.actions_by_id["batch"].trigger()
    f = form(opened)
    assert f.list.paths == ["/clips/clip.mp4"]
    assert f.quality.isVisible() and not f.kind.isVisible() and not f.roi.isVisible() and not f.error.isVisible()
    choose(f.data, "error")
    assert f.error.isVisible()
    choose(f.what, "clip")
    assert f.frames.isVisible() and f.roi.isVisible() and not f.quality.isVisible() and not f.error.isVisible()
    assert f._options("clip") == {"frame": 7, "roi": [100, 40, 16, 9], "magnify": pytest.approx(opened.state.magnification, abs=0.01),
                                  "recorded_only": False, "seed": 0, "count": 25}
    choose(f.what, "restore")
    assert f.kind.isVisible() and f._options("restore") == {"ending": ".mp4", "level": 0} and not f.magnify.isVisible()
    choose(f.values, "nearer")
    assert f.values.isVisible() and f._options("restore") == {"ending": ".mp4", "level": 0, "nearer": True}
    choose(f.level, "1")
    with pytest.raises(ValueError, match="coarser levels are not brought nearer"):
        f._options("restore")
    qtbot.waitUntil(lambda: "no such file" in f.note.text())
    f.list.selectAll()
    QTest.keyClick(f.list, Qt.Key.Key_Delete)
    f.start.click()
    assert f.isVisible() and f.wrong.text() == "choose some files first"
    f.reject()


def test_files_are_dropped_on_the_list(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    window.actions_by_id["batch"].trigger()
    f = form(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / "cam2.mp4")), QUrl.fromLocalFile(str(folder)), QUrl("http://far/away.mp4")])
    for _ in range(2):
        f.list.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                                    Qt.KeyboardModifier.NoModifier))
    assert f.list.paths == [str(folder / "cam2.mp4"), str(folder)]
    qtbot.waitUntil(lambda: f.note.text().startswith("2 files"))
    f.reject()


def test_nothing_of_that_kind_is_said(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    window.batches.begin(Orders("restore", "skip", {}), [str(folder / "deeper")], "", False)
    qtbot.waitUntil(lambda: window.message_bar.level == "error")
    assert "no files of this kind" in window.message_bar.text and window.batches.last is None


def test_closing_with_a_batch_under_way(make_window: Callable[..., MainWindow], qtbot: QtBot, controller: FakeController,
                                        folder: Path) -> None:
    window = make_window()
    controller.job_gate.clear()
    items = [Item(str(folder / n), str(folder / Path(n).stem)) for n in ("cam2.mp4", "cam10.mp4")]
    window.batches.start(Orders("compress", "skip", {}), items)
    qtbot.waitUntil(lambda: len(controller.calls) == 1)
    controller.job_gate.set()
    window.shut_down()
    left = Settings().text("unfinished")
    assert "cam10.mp4" in left and left.startswith('[["batch"')


def test_small_words() -> None:
    items = [Item("a", "a", "done", "", "b", 2_000_000, 500_000), Item("b", "b", "skipped"), Item("c", "c", "failed", "why"),
             Item("d", "d")]
    assert summary(items) == "1 done, 1 left alone, 1 failed, 1 not begun · 2.0 MB → 500 kB"
    assert region(" 1, 2.5,30 ,40") == [1, 2.5, 30, 40]
    for bad in ("1,2,3", "a,b,c,d", "1,2,0,4", "-1,2,3,4", "1,2,nan,4", "1,2,inf,4"):
        with pytest.raises(ValueError, match="x, y, width, height"):
            region(bad)


def test_a_fault_of_the_disk_is_of_that_file(window: MainWindow, qtbot: QtBot, controller: FakeController, folder: Path) -> None:
    controller.job_fault = JobError("the disk is full", where="/tmp")
    batch = window.batches.start(Orders("frame", "skip", {"frame": 0}), [Item(str(folder / "cam2.mp4"), str(folder / "a"))])
    qtbot.waitUntil(lambda: batch.state.over)
    assert batch.items[0].line == "/tmp: the disk is full" and batch.items[0].outcome == "failed"


@pytest.mark.parametrize("language", ["en", "de"])
def test_rows_fit_into_a_narrow_dock(make_window: Callable[..., MainWindow], qtbot: QtBot, controller: FakeController, folder: Path,
                                     language: str) -> None:
    words.use(language)
    try:
        window = make_window()
        controller.job_gate.clear()
        batch = window.batches.start(Orders("compress", "skip", {}), [Item(str(folder / "cam2.mp4"), str(folder / "a"))])
        qtbot.waitUntil(lambda: len(controller.calls) == 1)
        for row in window.jobs.rows.values():
            assert row.minimumSizeHint().width() <= window.jobs.minimumWidth() - 16, row.title.text()
        controller.job_gate.set()
        qtbot.waitUntil(lambda: batch.state.over)
        assert window.jobs.rows[batch.id].minimumSizeHint().width() <= window.jobs.minimumWidth() - 16
    finally:
        words.use("en")


def test_what_is_left_is_noted_now_and_then_not_for_every_file(window: MainWindow, qtbot: QtBot, folder: Path,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[int] = []
    add = window.exports.unfinished.add
    monkeypatch.setattr(window.exports.unfinished, "add", lambda number, recipe: (notes.append(len(recipe[1][3])), add(number, recipe)))
    monkeypatch.setattr(batch_module, "_KEEP_MS", 10_000_000)
    items = [Item(str(folder / "cam2.mp4"), str(folder / f"a{n}")) for n in range(8)]
    batch = window.batches.start(Orders("frame", "skip", {"frame": 0}), items)
    qtbot.waitUntil(lambda: batch.state.over)
    assert notes == [8, 7]
    qtbot.waitUntil(lambda: Settings().text("unfinished") == "[]")
