"""The page on which files are chosen."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app import file_dialog, theme, words
from app.file_dialog import media, page, pick_folder, pick_many, pick_open, pick_save
from app.window import MainWindow
from tests.app.conftest import wait_done


@pytest.fixture
def german() -> Iterator[None]:
    words.use("de")
    yield
    words.use("en")


def brightest(image: QImage) -> int:
    return max((image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(image.height())
                if image.pixelColor(x, y).alpha() > 200), default=0)


def test_its_buttons_are_seen_on_a_dark_page(window: MainWindow) -> None:
    dialog = page(window, "Open", "/", QFileDialog.FileMode.ExistingFile, media())
    for name in file_dialog._ICONS:
        button = dialog.findChild(QToolButton, name)
        assert button is not None and brightest(button.icon().pixmap(24, 24).toImage()) > 180, name
    dialog.show()
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None and all(b.icon().isNull() for b in box.findChildren(QPushButton)), "words, no coloured marks"
    assert theme.NAME == "dark"
    dialog.reject()


def test_its_filters_are_short_and_german(window: MainWindow, german: None) -> None:
    dialog = page(window, "Öffnen", "/", QFileDialog.FileMode.ExistingFile, media())
    assert [f.partition(" (")[0] for f in dialog.nameFilters()] == ["Video, Bilder und Aufnahmen", "Alle Dateien"]
    assert dialog.testOption(QFileDialog.Option.HideNameFilterDetails)


def answer(qtbot: QtBot, window: MainWindow, choose: str | None, seen: list[QFileDialog]) -> None:
    """What a hand does with the page that is about to open."""
    def act() -> None:
        dialog = next((d for d in window.findChildren(QFileDialog) if d.isVisible()), None)
        if dialog is None:
            QTimer.singleShot(5, act)
            return
        seen.append(dialog)
        if choose is None:
            dialog.reject()
        else:
            dialog.selectFile(choose)
            dialog.accept()
    QTimer.singleShot(0, act)


def test_what_is_chosen_comes_back_and_nothing_when_it_is_put_away(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    (tmp_path / "deep").mkdir()
    seen: list[QFileDialog] = []
    save = pick_save("Picture (*.png)")
    for pick, chosen, got in ((lambda: pick_open(window, str(tmp_path)), "a.mp4", str(tmp_path / "a.mp4")),
                              (lambda: save(window, str(tmp_path / "new.png")), "other.png", str(tmp_path / "other.png")),
                              (lambda: pick_folder(window, str(tmp_path)), str(tmp_path / "deep"), str(tmp_path / "deep")),
                              (lambda: pick_many(window, "Add files", str(tmp_path)), "a.mp4", [str(tmp_path / "a.mp4")]),
                              (lambda: pick_open(window, str(tmp_path)), None, ""),
                              (lambda: pick_many(window, "Add files", str(tmp_path)), None, [])):
        answer(qtbot, window, chosen, seen)
        assert pick() == got
    assert len(seen) == 6


def test_saving_starts_with_the_name_that_is_there(window: MainWindow, tmp_path: Path) -> None:
    dialog = page(window, "Where to", str(tmp_path / "new.png"), QFileDialog.FileMode.AnyFile, "Picture (*.png)", True)
    assert dialog.selectedFiles() == [str(tmp_path / "new.png")] and dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave


def test_open_from_the_menu(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    window.settings.set_text("folder", str(tmp_path))
    window.actions_by_id["open_file"].trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None and dialog.directory().absolutePath() == str(tmp_path)
    dialog.selectFile("clip.mp4")
    dialog.accept()
    wait_done(window, qtbot)
    assert window.player.info is not None and window.player.info.path == str(tmp_path / "clip.mp4")
