"""The table of actions and everything that is made from it."""
from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QTextEdit
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS, MENUS
from app.commands import Commands
from app.palette import score
from app.window import MainWindow


def test_every_line_of_the_table_is_whole_and_done_by_someone() -> None:
    assert len({s.id for s in ACTIONS}) == len(ACTIONS)
    for spec in ACTIONS:
        assert spec.menu in MENUS and spec.text and spec.tip and callable(getattr(Commands, spec.id))
    done = {name for kind in Commands.__mro__[:-1] for name in vars(kind) if not name.startswith("_")} - {"ready"}
    assert done == {s.id for s in ACTIONS}, "no command without a line"


def test_no_two_actions_share_a_key() -> None:
    keys = [QKeySequence(k).toString() for s in ACTIONS for k in s.keys]
    assert all(keys) and len(set(keys)) == len(keys)


def test_menus_and_tool_tips_come_from_the_table(window: MainWindow) -> None:
    menus = {m.title().replace("&", ""): m for m in (a.menu() for a in window.menuBar().actions()) if m is not None}
    assert tuple(menus) == MENUS
    for spec in ACTIONS:
        action = window.actions_by_id[spec.id]
        assert action in menus[spec.menu].actions()
        assert spec.tip in action.toolTip()
        assert [k.toString() for k in action.shortcuts()] == [QKeySequence(k).toString() for k in spec.keys]


def test_what_needs_a_file_is_off_without_one(window: MainWindow) -> None:
    idle = ("tool_off", "resume_jobs", "forget_jobs")
    for spec in ACTIONS:
        assert window.actions_by_id[spec.id].isEnabled() == (not spec.needs and spec.id not in idle), spec.id


def test_verify_is_for_lzc_only(opened: MainWindow, qtbot: QtBot) -> None:
    assert not opened.actions_by_id["verify"].isEnabled()
    opened.open_path("/clips/yard.lzc")
    qtbot.waitUntil(lambda: opened.player.info is not None and opened.player.info.kind == "lzc")
    assert opened.actions_by_id["verify"].isEnabled()


@pytest.mark.parametrize(("wanted", "text"), [
    ("trut", "Truth overlay"), ("exp clip", "Export region as clip"), ("erc", "Export region as clip")])
def test_the_palette_finds_by_parts(wanted: str, text: str) -> None:
    assert score(wanted, text) is not None and score(wanted + "q", text) is None


def test_the_palette_runs_what_is_chosen(opened: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(opened.zoom_view, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    palette = opened.command_palette
    assert palette.isVisible()
    assert palette.list.count() == sum(opened.actions_by_id[s.id].isEnabled() for s in ACTIONS if s.id != "palette")
    qtbot.keyClicks(palette.edit, "truth")
    assert palette.list.item(0).text().startswith("View:  Truth overlay")
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    assert opened.zoom_view.show_truth


def test_the_palette_walks_with_the_arrows_and_leaves_with_escape(opened: MainWindow, qtbot: QtBot) -> None:
    opened.actions_by_id["palette"].trigger()
    palette = opened.command_palette
    QTest.keyClick(palette.edit, Qt.Key.Key_Down)
    QTest.keyClick(palette.edit, Qt.Key.Key_Down)
    QTest.keyClick(palette.edit, Qt.Key.Key_Up)
    assert palette.list.currentRow() == 1
    with qtbot.waitSignal(palette.destroyed):
        QTest.keyClick(palette.edit, Qt.Key.Key_Escape)


@pytest.mark.parametrize(("name", "says"), [("keys", "Ctrl+Shift+P"), ("messages", "nothing to worry about"), ("about", "synthesised")])
def test_help_pages(opened: MainWindow, qtbot: QtBot, name: str, says: str) -> None:
    opened.message_bar.say("info", "nothing to worry about")
    opened.actions_by_id[name].trigger()
    page = next(d for d in opened.findChildren(QDialog) if d.isVisible())
    assert says in page.findChildren(QTextEdit)[0].toPlainText()
    with qtbot.waitSignal(page.destroyed):
        page.close()


def test_view_switches(opened: MainWindow) -> None:
    opened.actions_by_id["zoom_alone"].trigger()
    assert not opened.frame_view.isVisible()
    opened.actions_by_id["zoom_alone"].trigger()
    assert opened.frame_view.isVisible()
    opened.actions_by_id["full_screen"].trigger()
    assert opened.isFullScreen()
    opened.actions_by_id["full_screen"].trigger()
    assert not opened.isFullScreen()
    opened.actions_by_id["show_facts"].trigger()
    assert opened.facts_dock.isVisible() and "160 × 90" in opened.facts.text.text()
    opened.facts_dock.close()
    assert not opened.actions_by_id["show_facts"].isChecked()


def test_loop_and_speed_keys(opened: MainWindow) -> None:
    QTest.keyClick(opened.zoom_view, Qt.Key.Key_BracketRight)
    assert opened.player.speed == 2
    QTest.keyClick(opened.zoom_view, Qt.Key.Key_BracketLeft)
    QTest.keyClick(opened.zoom_view, Qt.Key.Key_BracketLeft)
    assert opened.player.speed == 0.5 and opened.transport.speed.currentText() == "×0.5"
    opened.actions_by_id["loop"].trigger()
    assert opened.player.loop


def test_pans_by_quarters(opened: MainWindow) -> None:
    opened.steering.magnify(20)
    x, y, w, h = opened.state.roi
    QTest.keyClick(opened.zoom_view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(opened.zoom_view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert opened.state.roi == pytest.approx((x + opened.state.viewport[0] / 80, y + opened.state.viewport[1] / 80, w, h))


def test_file_dialogs_do_not_block(window: MainWindow, qtbot: QtBot) -> None:
    for name in ("open_file", "open_folder"):
        window.actions_by_id[name].trigger()
        dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
        with qtbot.waitSignal(dialog.destroyed):
            dialog.close()
        QApplication.processEvents()
