"""The window itself: layout, names, looks, the end."""
from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app import theme, words
from app.backend import Backend
from app.flow import GAP, Flow
from app.layout import first_size
from app.settings import Settings
from app.window import MainWindow
from engine.api import Provenance
from tests.app.conftest import put_away, wait_done
from tests.app.fakes import FakeController


@pytest.mark.parametrize(("size", "dock"), [((1024, 700), False), ((1024, 700), True), ((1280, 800), True), ((1920, 1080), False)])
def test_nothing_is_squeezed(make_window: Callable[..., MainWindow], qtbot: QtBot, size: tuple[int, int], dock: bool) -> None:
    window = make_window(size)
    if dock:
        window.show_jobs_dock()
    window.open_path("/clips/a-rather-long-name-of-a-clip-from-camera-three.mp4")
    wait_done(window, qtbot)
    window.steering.magnify(123.4)
    window.steering.set_seed(12)
    wait_done(window, qtbot)
    assert (window.width(), window.height()) == size
    bars = [window.zoom_bar.magnification, window.zoom_bar.readout, *window.zoom_bar.fields.values(), window.zoom_bar.seed,
            *window.zoom_bar.findChildren(QToolButton), window.transport.time, window.transport.frame, window.transport.timeline,
            window.title]
    for part in bars:
        least = part.sizeHint() if isinstance(part, QToolButton) else part.minimumSizeHint()
        assert part.isVisible() and (part.width() >= least.width() or part is window.zoom_bar.readout), part.accessibleName()
        right = part.mapTo(window, QPoint(part.width(), 0)).x()
        assert right <= window.width(), part.accessibleName()
    readout = window.zoom_bar.readout
    assert readout.fontMetrics().horizontalAdvance(readout.text()) <= readout.width()


def laid_out(parts: list[QWidget], window: MainWindow) -> bool:
    """Whether each lies within what holds it, as wide as it must be, and none over another."""
    places = [QRect(part.mapTo(window, QPoint(0, 0)), part.size()) for part in parts]
    for part, place in zip(parts, places, strict=True):
        least = part.sizeHint() if isinstance(part, (QToolButton, QComboBox)) else part.minimumSizeHint()
        bar = next(b for b in (window.zoom_bar, window.transport) if b.isAncestorOf(part))
        if not part.isVisible() or part.width() < least.width() or not QRect(bar.mapTo(window, QPoint(0, 0)), bar.size()).contains(place):
            return False
    return not any(a.intersects(b) for n, a in enumerate(places) for b in places[:n])


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("dock", ["", "show_library", "show_measure", "show_marks", "show_facts", "show_jobs"])
def test_nothing_is_cut_off_in_the_smallest_window(make_window: Callable[..., MainWindow], qtbot: QtBot, language: str, dock: str) -> None:
    words.use(language)
    try:
        window = make_window((760, 480))
        window.open_path("/clips/clip.mp4")
        wait_done(window, qtbot)
        window.steering.magnify(123.4)
        bar, transport = window.zoom_bar, window.transport
        usual = bar.height()
        parts: list[QWidget] = [*bar.findChildren(QToolButton), bar.presets, bar.magnification, bar.readout, *bar.fields.values(),
                                *transport.buttons.values(), transport.speed, transport.time, transport.frame, transport.count,
                                transport.timeline, window.volume]
        assert laid_out(parts, window)
        if dock:
            window.actions_by_id[dock].setChecked(True)
            qtbot.waitUntil(lambda: bar.height() > usual and laid_out(parts, window))
        assert window.minimumSizeHint().width() <= 760 and (window.width(), window.height()) == (760, 480)
        assert bar.readout.fontMetrics().horizontalAdvance(bar.readout.text()) <= bar.readout.width()
        if dock:
            window.actions_by_id[dock].setChecked(False)
            qtbot.waitUntil(lambda: bar.height() == usual and laid_out(parts, window))
    finally:
        words.use("en")


def test_a_name_that_is_wider_than_its_dock_is_scrolled_to(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window((760, 480))
    window.actions_by_id["show_facts"].setChecked(True)
    window.facts.show_rows([("File", "camera_" * 12)], ())
    qtbot.waitUntil(lambda: window.facts.isVisible() and window.facts.horizontalScrollBar().maximum() > 0)
    assert window.facts.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff


def test_a_row_becomes_several_where_it_must(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    flow = Flow(box)
    flow.setContentsMargins(0, 0, 0, 0)
    parts = [QWidget() for _ in range(4)]
    for n, part in enumerate(parts):
        part.setMinimumSize(50, 20) if n == 2 else part.setFixedSize(50, 20)
        flow.put(part, grows=n == 2, apart=n == 3)

    def places(width: int) -> list[tuple[int, int, int]]:
        flow.setGeometry(QRect(0, 0, width, 100))
        return [(p.x(), p.y(), p.width()) for p in parts]

    assert flow.full == 4 * 50 + 3 * GAP and flow.heightForWidth(flow.full) == 20 and flow.heightForWidth(flow.full - 1) == 40 + GAP
    assert places(300) == [(0, 0, 50), (54, 0, 50), (108, 0, 138), (250, 0, 50)], "what grows takes the rest"
    assert places(104) == [(0, 0, 50), (54, 0, 50), (0, 24, 50), (54, 24, 50)]
    assert places(60) == [(0, 0, 50), (0, 24, 50), (0, 48, 60), (0, 72, 50)] and flow.minimumSize().width() == 50


def test_a_long_name_leaves_the_menus_their_room(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window((800, 600))
    window.open_path(f"/clips/{'recording-of-the-front-door-' * 5}.mp4")
    wait_done(window, qtbot)
    bar = window.menuBar()

    def menus_shown() -> bool:
        last = bar.actionGeometry(bar.actions()[-1])
        return not last.isEmpty() and last.right() < window.title.x()

    qtbot.waitUntil(menus_shown)
    short = window.title.text()
    assert "…" in short and "front-door" in window.windowTitle()
    window.resize(1600, 600)
    qtbot.waitUntil(lambda: len(window.title.text()) > len(short) and menus_shown())


def test_a_message_can_be_read_in_the_theme_that_comes(window: MainWindow, qapp: QApplication) -> None:
    bar = window.message_bar
    bar.say("error", "the disk is full")
    try:
        for name, light in (("light", True), ("dark", False)):
            theme.apply(qapp, name)
            assert (bar.grab().toImage().pixelColor(bar.width() // 2, 3).lightness() > 128) == light
    finally:
        theme.apply(qapp)


def test_the_first_hint_is_shown_until_it_is_closed(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window(hint=True)
    window.open_path("/clips/clip.mp4")
    wait_done(window, qtbot)
    assert window.zoom_view.first_hint
    QTest.mouseClick(window.zoom_view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert not window.zoom_view.first_hint and window.settings.flag("hint_read")


def test_a_first_window_lies_within_the_screen(qtbot: QtBot, controller: FakeController) -> None:
    window = MainWindow(Backend(controller), Settings())
    room = window.screen().availableGeometry()
    assert window.width() <= room.width() - 8 and window.height() <= room.height() - 40, "with the frame that the desktop puts around it"
    put_away(window)
    assert first_size(QRect(0, 0, 3840, 2160)) == QSize(1280, 800) and first_size(QRect(0, 0, 1280, 800)) == QSize(1272, 760)


@pytest.mark.parametrize("language", ["en", "de"])
def test_docks_that_share_the_height_cut_no_words(make_window: Callable[..., MainWindow], qtbot: QtBot, language: str) -> None:
    words.use(language)
    try:
        window = make_window((1024, 700))
        window.open_path("/clips/clip.lzc")
        wait_done(window, qtbot)
        for name in ("show_facts", "show_marks"):
            window.actions_by_id[name].setChecked(True)
        line = window.marks_panel.empty
        qtbot.waitUntil(lambda: line.isVisible() and line.height() >= line.heightForWidth(line.width()))
    finally:
        words.use("en")


def test_the_layout_is_remembered(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    first = make_window((1100, 720))
    first.open_path("/clips/clip.mp4")
    wait_done(first, qtbot)
    first.splitter.setSizes([300, 795])
    first.actions_by_id["show_facts"].trigger()
    assert first.facts_dock.isVisible()
    first.close()
    second = make_window((1100, 720))
    assert not second.facts_dock.isHidden() and second.jobs_dock.isHidden()
    second.open_path("/clips/clip.mp4")
    wait_done(second, qtbot)
    assert second.splitter.sizes()[0] < second.splitter.sizes()[1]


def test_everything_a_person_can_reach_has_a_name(opened: MainWindow) -> None:
    from PySide6.QtWidgets import QComboBox, QLineEdit

    for kind in (QLineEdit, QComboBox, QToolButton):
        for part in opened.findChildren(kind):
            if part.objectName().startswith("qt_"):
                continue
            assert part.accessibleName(), part
            assert part.toolTip() or part.accessibleDescription() or part.defaultAction(), part.accessibleName()
    for part in (opened.frame_view, opened.zoom_view, opened.transport.timeline):
        assert part.accessibleName() and part.accessibleDescription()


@pytest.mark.parametrize("state", [
    "welcome", "first hint", "whole", "zoomed", "truth", "recorded only", "playing", "jobs", "facts", "message"])
def test_every_main_state_can_be_looked_at(make_window: Callable[..., MainWindow], qtbot: QtBot, state: str, tmp_path: Path) -> None:
    """Pictures of the states go to $LORENTZ_SHOTS, for a person to look at."""
    window = make_window(hint=state == "first hint")
    if state != "welcome":
        window.open_path("/clips/clip.mp4")
        wait_done(window, qtbot)
    if state in ("zoomed", "truth", "recorded only"):
        window.steering.magnify(8)
        window.actions_by_id["truth"].setChecked(state != "zoomed")
        window.actions_by_id["recorded_only"].setChecked(state == "recorded only")
        wait_done(window, qtbot)
    elif state == "playing":
        window.player.play()
        qtbot.waitUntil(lambda: window.player.index > 3)
    elif state == "jobs":
        window.exports.verify("/clips/yard.lzc")
        qtbot.waitUntil(lambda: not window.jobs.running)
    elif state == "facts":
        window.actions_by_id["show_facts"].trigger()
    elif state == "message":
        window.message_bar.say("error", "the disk is full")
    shot = window.grab().toImage()
    folder = Path(os.environ.get("LORENTZ_SHOTS", tmp_path))
    assert shot.save(str(folder / f"{state.replace(' ', '-')}.png"))
    colours = {shot.pixelColor(x, y).rgb() for x in range(0, shot.width(), 7) for y in range(0, shot.height(), 7)}
    assert len(colours) > 8
    if state in ("truth", "recorded only"):  # the pixels in the middle of the view carry the colour of their class
        at = window.zoom_view.mapTo(window, window.zoom_view.rect().center())
        seen = shot.pixelColor(at)
        want = theme.TRUTH[Provenance.SYNTHESISED if state == "truth" else Provenance.INTERPOLATED]
        grey = 200 if state == "truth" else 120
        mixed = [round(grey + (c - grey) * theme.TRUTH_ALPHA / 255) for c in (want.red(), want.green(), want.blue())]
        assert [seen.red(), seen.green(), seen.blue()] == pytest.approx(mixed, abs=3)


def test_a_fault_while_closing_is_for_the_log_and_the_rest_ends(opened: MainWindow, qtbot: QtBot, controller: FakeController,
                                                                monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("not now")

    opened.player.play()
    monkeypatch.setattr("app.unfinished.may_close", lambda *words: fail())
    monkeypatch.setattr("app.layout.keep", lambda w: fail())
    monkeypatch.setattr(opened.desk, "keep", fail)
    monkeypatch.setattr(opened.sounder, "close", fail)
    with qtbot.captureExceptions() as reached:
        opened.close()
    assert not reached and opened.closed and not opened.isVisible() and controller.closed
    assert opened.reader._thread is not None and not opened.reader._thread.is_alive()
    assert sum("not now" in (record.exc_text or "") for record in caplog.records) == 4


def test_closing_while_everything_runs_leaves_nothing(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.engines[0].gate.clear()
    opened.steering.magnify(8)
    opened.player.play()
    opened.close()
    assert controller.closed and all(s.closed for s in controller.opened)


@pytest.mark.timeout(300)
def test_reference_counts_hold_over_300_frames(make_window: Callable[..., MainWindow], controller: FakeController) -> None:
    """PySide6 releases have lost references to None at every signal or paint until the interpreter died."""
    opened = make_window((760, 480))
    opened.open_path("/clips/clip.mp4")

    def until(done: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not done():  # qtbot.waitUntil makes objects of its own for every wait
            assert time.monotonic() < end
            QApplication.processEvents()

    def rounds(count: int) -> tuple[int, int]:
        for i in range(count):
            at = 1 + i % 38
            opened.player.seek(at)
            until(lambda at=at: opened.player.index == at)  # type: ignore[misc]
            opened.zoom_view.repaint()
            opened.frame_view.repaint()
            controller.engines[0].requests.clear()
            controller.opened[0].reads.clear()
        until(lambda: opened.zoom.request is not None and opened.zoom.done)
        gc.collect()
        return sys.getrefcount(None), sys.getrefcount(True)

    until(lambda: opened.zoom.request is not None and opened.zoom.done)
    before = rounds(20)
    after = rounds(300)
    assert abs(after[0] - before[0]) < 60 and abs(after[1] - before[1]) < 60


def test_the_sample_is_offered_when_it_is_there(qtbot: QtBot, tmp_path: Path) -> None:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QPushButton

    from app.welcome import Welcome

    sample = tmp_path / "sample.lzc"
    sample.write_bytes(b"x")
    page = Welcome({n: QAction(n) for n in ("open_file", "open_folder")}, sample)
    qtbot.addWidget(page)
    button = next(b for b in page.findChildren(QPushButton) if b.text() == "Open the sample")
    with qtbot.waitSignal(page.chosen) as chosen:
        button.click()
    assert chosen.args == [str(sample)]


@pytest.mark.parametrize("enter", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_the_start_page_can_be_used_from_the_keyboard(qtbot: QtBot, tmp_path: Path, enter: Qt.Key) -> None:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QPushButton

    from app.welcome import Welcome

    actions = {n: QAction(n) for n in ("open_file", "open_folder")}
    (tmp_path / "sample.lzc").write_bytes(b"x")
    page = Welcome(actions, tmp_path / "sample.lzc")
    qtbot.addWidget(page)
    page.show_recent(["/clips/a.mp4"])
    first, second, sample, recent = page.findChildren(QPushButton)
    for button, signal in ((first, actions["open_file"].triggered), (second, actions["open_folder"].triggered), (sample, page.chosen),
                           (recent, page.chosen)):
        with qtbot.waitSignal(signal):
            QTest.keyClick(button, enter)


def test_the_start_page_names_files_as_they_are(qtbot: QtBot) -> None:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QPushButton

    from app.welcome import Welcome

    page = Welcome({n: QAction(n) for n in ("open_file", "open_folder")}, None)
    qtbot.addWidget(page)
    page.show_recent(["/clips/bold & co.mp4"])
    assert page.findChildren(QPushButton)[-1].text() == "bold && co.mp4", "shown with one &"


@pytest.mark.parametrize("language", ["en", "de"])
def test_docks_at_both_sides_only_where_there_is_room(make_window: Callable[..., MainWindow], qtbot: QtBot, language: str) -> None:
    words.use(language)
    try:
        window = make_window((1500, 800))
        window.open_path("/clips/clip.mp4")
        wait_done(window, qtbot)
        show, library, jobs = window.actions_by_id, window.library_dock, window.jobs_dock
        show["show_library"].setChecked(True)
        show["show_jobs"].setChecked(True)
        qtbot.waitUntil(lambda: window.last_dock is jobs)
        assert library.isVisible() and jobs.isVisible()
        window.resize(1024, 700)
        qtbot.waitUntil(lambda: not library.isVisible())
        assert jobs.isVisible() and not show["show_library"].isChecked()
        show["show_library"].setChecked(True)
        qtbot.waitUntil(lambda: library.isVisible() and not jobs.isVisible())
        qtbot.waitUntil(lambda: window.minimumSizeHint().width() <= window.width() == 1024)
    finally:
        words.use("en")
