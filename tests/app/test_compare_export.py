"""A comparison written as a picture, with a record of both sides."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.compare_export import record, shown, write
from app.window import MainWindow
from tests.app.conftest import wait_done


@pytest.fixture
def held(opened: MainWindow, qtbot: QtBot) -> MainWindow:
    """Frame 2 beside frame 5."""
    opened.player.seek(2)
    qtbot.waitUntil(lambda: opened.player.index == 2)
    opened.actions_by_id["compare_frame"].trigger()
    opened.player.seek(5)
    qtbot.waitUntil(lambda: opened.player.index == 5)
    wait_done(opened, qtbot)
    qtbot.waitUntil(lambda: opened.compare.zoom.done and opened.compare.view.canvas is not None)
    return opened


def test_it_is_written_through_the_queue_with_both_sides(held: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    held.actions_by_id["compare_side"].trigger()
    wait_done(held, qtbot)
    qtbot.waitUntil(lambda: held.compare.zoom.done and held.zoom.done)
    held.actions_by_id["export_comparison"].trigger()
    form = held.exports.form
    image = shown(held.compare)
    assert image.width() == held.zoom_view.width() + held.compare.view.width() + 4
    out = tmp_path / "both.png"
    handle = held.exports.start("both", write(image, record(held.compare), str(out)))
    qtbot.waitUntil(lambda: handle.state.over)
    assert handle.error is None and QImage(str(out)).size() == image.size()
    said = json.loads((tmp_path / "both.png.json").read_text())
    assert (said["a"]["frame"], said["b"]["frame"], said["b"]["kind"], said["how"]) == (5, 2, "frame", "side")
    assert sum(said["a"]["share_of_pixels"].values()) == pytest.approx(1, abs=1e-3)
    assert sorted(p.name for p in tmp_path.glob("*both*")) == ["both.png", "both.png.json"]
    form.close()


def test_what_cannot_be_written_leaves_nothing(held: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    handle = held.exports.start("both", write(shown(held.compare), record(held.compare), str(tmp_path / "no folder" / "both.png")))
    qtbot.waitUntil(lambda: handle.state.over)
    assert handle.state.value == "failed" and "cannot be written" in str(handle.error) and not list(tmp_path.glob("**/*both*"))


def test_without_a_comparison_it_says_so(opened: MainWindow) -> None:
    opened.actions_by_id["export_comparison"].trigger()
    assert opened.exports.form is None and "nothing compared" in opened.message_bar.text
