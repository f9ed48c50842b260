"""Tool tips with names in them show the names, whatever a file is called."""
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as TextQt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.batch import Item
from app.batch_summary import Summary
from app.path_list import PathList
from app.tips import plain
from app.window import MainWindow
from tests.app.fakes import FakeController
from tests.app.test_data import show, table

NAME = "<b>x</b> & <i>y.mp4"
TIP = Qt.ItemDataRole.ToolTipRole


def seen(tip: Any) -> str:
    """What a person reads in a tool tip."""
    if not TextQt.mightBeRichText(str(tip)):
        return str(tip)
    page = QTextDocument()
    page.setHtml(str(tip))
    return page.toPlainText().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("text", ["plain.mp4", "a & b < c", NAME, f"/two/lines/{NAME}\n   1 MB", "<img src='file:///x.png'>"])
def test_a_tip_is_shown_as_it_is(text: str) -> None:
    assert seen(plain(text)) == text


def test_a_file_that_looks_like_markup_keeps_its_name(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "<b>in"
    folder.mkdir()
    path = folder / NAME.replace("/", "")
    path.write_bytes(b"x" * 10)
    window.actions_by_id["show_library"].setChecked(True)
    panel = window.library
    panel.go(str(folder))
    qtbot.waitUntil(lambda: bool(panel.rows.entries))
    assert seen(panel.rows.index(0).data(TIP)).splitlines()[0] == str(path)
    assert str(panel.rows.index(0).data(Qt.ItemDataRole.AccessibleTextRole)).startswith(path.name)
    assert seen(panel.places.itemData(panel.places.findData(str(folder)), TIP)) == str(folder)
    window.welcome.show_recent([str(path)])
    assert str(path) in [seen(button.toolTip()) for button in window.welcome.findChildren(QPushButton)]
    files = PathList()
    qtbot.addWidget(files)
    files.add([str(path)])
    assert seen(files.item(0).toolTip()) == str(path)


def test_a_batch_says_the_names_of_its_files(window: MainWindow, qtbot: QtBot) -> None:
    item = Item(f"/in/{NAME}", "/out/a", "failed", f"{NAME}: this file is empty")
    changed = SimpleNamespace(connect=lambda _slot: None)
    done: Any = SimpleNamespace(items=[item], title="Compress", state=SimpleNamespace(over=True), changed=changed)
    page = Summary(done, window)
    qtbot.addWidget(page)
    row = page.list.topLevelItem(0)
    assert row is not None and (seen(row.toolTip(0)), seen(row.toolTip(4))) == (f"/in/{NAME}", f"{NAME}: this file is empty")
    for label in (page.said, window.library.empty):
        assert isinstance(label, QLabel) and label.textFormat() == Qt.TextFormat.PlainText


def test_a_column_keeps_its_name(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sheets["odd.csv"] = table("/data/odd.csv", names=("<b>t</b>", "h"))
    page = show(window, qtbot, "odd.csv")
    assert seen(page.series.list.item(0).toolTip()).startswith("<b>t</b>")
