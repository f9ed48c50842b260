"""The library: what it lists, pictures made off the GUI thread and kept on disk, and what hands do with the rows."""
from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import library, library_files, library_looks, thumb_make
from app.convert import reduce_frame
from app.library import RECENT, LibraryPanel
from app.library_files import of_folder, of_paths
from app.thumb_store import Glance, ThumbStore, key_of
from app.window import MainWindow
from engine.api import EngineError, Frame, FrameSource
from engine.media.colour import to_rgb
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "films"
    (place / "more").mkdir(parents=True)
    for name in ("cam2.mp4", "cam10.mp4", "yard.lzc", "bad.mp4", "letter.odt", ".hidden.mp4", "more/deep.mp4"):
        (place / name).write_bytes(b"x" * 1500)
    return place


def names(panel: LibraryPanel) -> list[str]:
    return [e.name for e in panel.rows.entries]


def shown(window: MainWindow, qtbot: QtBot, place: Path) -> LibraryPanel:
    """The library with `place` listed, and every row looked at."""
    window.actions_by_id["show_library"].setChecked(True)
    panel = window.library
    panel.go(str(place))
    qtbot.waitUntil(lambda: bool(panel.rows.entries))
    looked_at(panel, qtbot)
    return panel


def looked_at(panel: LibraryPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.looks.idle and all(e in panel.rows.glances for e in panel.rows.entries if e.opens))


def row_of(panel: LibraryPanel, name: str) -> int:
    return names(panel).index(name)


def test_a_folder_with_pictures_lengths_sizes_and_formats(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(window, qtbot, folder)
    assert names(panel) == ["more", "bad.mp4", "cam2.mp4", "cam10.mp4", "yard.lzc"]
    entry = panel.rows.entries[row_of(panel, "cam2.mp4")]
    assert panel.rows.lines(entry) == ("1.6 s · 160 × 90", "MP4 · 2 kB")
    seen = panel.rows.glances[entry]
    assert not seen.image.isNull() and seen.image.pixelColor(80, 60).red() > 16, "a frame from within, not the first"
    bad = panel.rows.entries[row_of(panel, "bad.mp4")]
    assert panel.rows.glances[bad].image.isNull() and panel.rows.lines(bad) == ("MP4 · 2 kB", "this is no video")
    assert not window.message_bar.text, "a file that cannot be read is no news here"
    assert "cam2.mp4" in str(panel.rows.index(2).data(Qt.ItemDataRole.AccessibleTextRole))


def test_everything_is_read_off_the_gui_thread(window: MainWindow, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[str] = set()
    glance, load = library_looks.glance, ThumbStore.load

    def looked(*words: object) -> Glance:
        threads.add(threading.current_thread().name)
        return glance(*words)  # type: ignore[arg-type]

    def loaded(self: ThumbStore, key: str) -> Glance | None:
        threads.add(threading.current_thread().name)
        return load(self, key)

    monkeypatch.setattr(library_looks, "glance", looked)
    monkeypatch.setattr(ThumbStore, "load", loaded)
    shown(window, qtbot, folder)
    assert threads == {"lorentz-background"}


def test_a_double_click_opens_and_the_open_one_is_marked(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(window, qtbot, folder)
    at = panel.rows.index(row_of(panel, "cam10.mp4"))
    place = panel.list.visualRect(at).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    QTest.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    wait_done(window, qtbot)
    assert window.player.info is not None and window.player.info.path == str(folder / "cam10.mp4")
    assert panel.rows.open_path == str(folder / "cam10.mp4")
    panel.list.grab()
    window.close_source()
    assert panel.rows.open_path == ""


def test_keys_go_into_folders_and_up_again(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(window, qtbot, folder)
    panel.list.setCurrentIndex(panel.rows.index(0))
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(panel) == ["deep.mp4"])
    assert panel.places.currentText() == "more" and window.settings.text("library") == str(folder / "more")
    QTest.keyClick(panel.list, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: len(names(panel)) == 5)


def test_what_was_opened_before(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    window.settings.add_recent(str(folder / "gone.mp4"))
    window.settings.add_recent(str(folder / "cam2.mp4"))
    window.actions_by_id["show_library"].setChecked(True)
    panel = window.library
    qtbot.waitUntil(lambda: names(panel) == ["cam2.mp4", "gone.mp4"])
    assert panel.place == RECENT and panel.rows.lines(panel.rows.entries[1]) == ("is not there any more",)
    panel.list.grab()
    assert [panel.places.itemText(n) for n in range(panel.places.count())] == ["Opened before", "films"]
    window.open_path(str(folder / "yard.lzc"))
    qtbot.waitUntil(lambda: names(panel) == ["yard.lzc", "cam2.mp4", "gone.mp4"])


def test_a_name_is_found(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(window, qtbot, folder)
    QTest.keyClicks(panel.search, "CAM")
    assert names(panel) == ["cam2.mp4", "cam10.mp4"]
    QTest.keyClicks(panel.search, "x")
    assert names(panel) == [] and panel.empty.isVisible() and panel.empty.text() == "Nothing of that name."
    panel.search.clear()
    assert len(names(panel)) == 5


def test_what_is_chosen_stays_chosen_when_the_list_changes(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(window, qtbot, folder)
    panel.list.selectAll()
    (folder / "cam3.mp4").write_bytes(b"y")
    qtbot.waitUntil(lambda: "cam3.mp4" in names(panel))
    assert [e.name for e in panel.chosen()] == [n for n in names(panel) if n != "cam3.mp4"]


def test_too_many_are_said(window: MainWindow, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MOST", 3)
    monkeypatch.setattr(library_files, "MOST", 3)
    panel = shown(window, qtbot, folder)
    assert len([e for e in panel.rows.entries if e.kind == "file"]) == 3
    assert panel.empty.isVisible() and panel.empty.text() == "Only the first 3 are listed."


def test_a_picture_that_is_made_lays_nothing_out_again(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    """With thousands of files that would take as long as half a frame, for each of them."""
    panel = shown(window, qtbot, folder)
    painted: list[int] = []
    panel.rows.painted.connect(painted.append)
    panel.rows.dataChanged.connect(lambda *_: pytest.fail("laid out again"))
    entry = panel.rows.entries[2]
    panel.rows.learn(entry, panel.rows.glances[entry])
    panel.rows.mark_open(entry.path)
    assert painted == [2, 2]


def test_a_new_file_appears(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(window, qtbot, folder)
    (folder / "cam3.mp4").write_bytes(b"y")
    qtbot.waitUntil(lambda: "cam3.mp4" in names(panel))
    looked_at(panel, qtbot)


def test_a_folder_that_cannot_be_read_is_one_line(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(window, qtbot, folder)
    panel.go(str(folder / "nowhere"))
    qtbot.waitUntil(lambda: panel.empty.isVisible() and "no such file" in panel.empty.text())
    assert not names(panel)


def test_pictures_come_from_the_disk_the_second_time(window: MainWindow, qtbot: QtBot, folder: Path, controller: FakeController) -> None:
    panel = shown(window, qtbot, folder)
    count = len(controller.opened)
    assert count == 3, "each once, and the one that cannot be opened not at all"
    panel.rows.glances.clear()
    panel.refresh()
    looked_at(panel, qtbot)
    assert len(controller.opened) == count and all(s.closed for s in controller.opened)
    seen = panel.rows.glances[panel.rows.entries[row_of(panel, "cam2.mp4")]]
    assert seen.facts == ("1.6 s · 160 × 90", "MP4 · 2 kB") and seen.image.width() == 160
    os.utime(folder / "cam2.mp4", (1, 1))
    panel.refresh()
    qtbot.waitUntil(lambda: len(controller.opened) == count + 1)
    looked_at(panel, qtbot)


def test_nothing_is_looked_at_while_it_plays(opened: MainWindow, qtbot: QtBot, folder: Path, controller: FakeController) -> None:
    opened.player.play()
    opened.actions_by_id["show_library"].setChecked(True)
    panel = opened.library
    before = len(controller.opened)
    panel.go(str(folder))
    qtbot.waitUntil(lambda: len(names(panel)) == 5)
    assert len(controller.opened) == before and not panel.rows.glances
    opened.player.pause()
    looked_at(panel, qtbot)


def test_nothing_is_looked_at_while_a_file_is_opened(make_window: Callable[..., MainWindow], qtbot: QtBot, folder: Path,
                                                   controller: FakeController) -> None:
    """Also at the start, when the library was there the last time: the first frame comes first."""
    first = make_window()
    shown(first, qtbot, folder)
    first.shut_down()
    gate, opened = threading.Event(), controller.open
    controller.opened.clear()

    def slow(path: str) -> FrameSource:
        if "first" in path:
            gate.wait()
        return opened(path)

    controller.open = slow  # type: ignore[method-assign]
    (folder / "cam4.mp4").write_bytes(b"z")
    window = make_window()
    window.open_path(str(folder / "first.mp4"))
    assert window.library_dock.isVisible()
    qtbot.waitUntil(lambda: "cam4.mp4" in names(window.library))
    assert not controller.opened and not window.library.rows.glances
    gate.set()
    looked_at(window.library, qtbot)
    assert controller.opened[0].info.path.endswith("first.mp4")


def test_rows_can_be_dragged_and_folders_dropped(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(window, qtbot, folder)
    data = panel.rows.mimeData([panel.rows.index(1), panel.rows.index(2)])
    assert [u.toLocalFile() for u in data.urls()] == [str(folder / "bad.mp4"), str(folder / "cam2.mp4")]
    assert panel.rows.flags(panel.rows.index(1)) & Qt.ItemFlag.ItemIsDragEnabled
    for path in (folder / "more", folder / "more" / "deep.mp4"):
        panel.go(str(folder))
        dropped = QMimeData()
        dropped.setUrls([QUrl.fromLocalFile(str(path))])
        panel.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, dropped, Qt.MouseButton.LeftButton,
                                   Qt.KeyboardModifier.NoModifier))
        qtbot.waitUntil(lambda: names(panel) == ["deep.mp4"])


def test_the_menu_of_the_chosen_ones(opened: MainWindow, qtbot: QtBot, folder: Path) -> None:
    panel = shown(opened, qtbot, folder)
    panel.list.setCurrentIndex(panel.rows.index(row_of(panel, "cam2.mp4")))
    assert [(a.text(), a.isEnabled()) for a in panel.menu().actions()] == [
        ("Open", True), ("Compare with what is open", True), ("Several files…", True)]
    panel.list.selectAll()
    menu = panel.menu()
    assert [a.isEnabled() for a in menu.actions()] == [False, False, True]
    menu.actions()[2].trigger()
    form = opened.exports.form
    assert form is not None and [Path(p).name for p in form.list.paths] == [  # type: ignore[attr-defined]
        "more", "bad.mp4", "cam2.mp4", "cam10.mp4", "yard.lzc"]
    form.reject()


# -- listings -------------------------------------------------------------------------------------------------------------


def test_pictures_in_a_folder_can_be_opened_as_a_clip(tmp_path: Path) -> None:
    for n in (1, 2, 10):
        (tmp_path / f"P{n}.png").write_bytes(b"1")
    first, *rest = of_folder(str(tmp_path))
    assert (first.path, first.name, first.kind, first.opens) == (str(tmp_path), "3 pictures as a clip", "clip", True)
    assert [e.name for e in rest] == ["P1.png", "P2.png", "P10.png"]
    assert [e.kind for e in of_paths([str(tmp_path), str(tmp_path / "x")])] == ["clip", "gone"]
    with pytest.raises(EngineError, match="no such file"):
        of_folder(str(tmp_path / "x"))


# -- the store ------------------------------------------------------------------------------------------------------------


def picture(grey: int = 120) -> QImage:
    image = QImage(160, 90, QImage.Format.Format_RGB32)
    image.fill(0x010101 * grey)
    return image


def test_the_store_keeps_within_its_limit_and_drops_what_was_not_looked_at(tmp_path: Path) -> None:
    store = ThumbStore(tmp_path / "thumbs")
    store.keep("a" * 40, Glance(("x",), picture()))
    size = (tmp_path / "thumbs" / ("a" * 40 + ".thumb")).stat().st_size
    store = ThumbStore(tmp_path / "thumbs", limit=size * 10 + 5)
    for n in range(12):
        store.keep(f"{n:040d}", Glance(("x",), picture()))
        os.utime(tmp_path / "thumbs" / f"{n:040d}.thumb", ns=(n * 10**9, n * 10**9))
        os.utime(tmp_path / "thumbs" / ("a" * 40 + ".thumb"))
    kept = sorted(p.name for p in (tmp_path / "thumbs").iterdir())
    assert sum(p.stat().st_size for p in (tmp_path / "thumbs").iterdir()) <= store.limit
    assert f"{11:040d}.thumb" in kept and "a" * 40 + ".thumb" in kept and f"{0:040d}.thumb" not in kept


@pytest.mark.parametrize("data", [b"", b"nonsense", b'{"facts": 3}\n', b'{"facts": ["a"]}\nnot a picture', b"[]\n"])
def test_what_is_damaged_is_thrown_away(tmp_path: Path, data: bytes) -> None:
    store = ThumbStore(tmp_path)
    path = tmp_path / "k.thumb"
    path.write_bytes(data)
    assert store.load("k") is None and not path.exists()
    assert store.load("never") is None


def test_a_store_that_cannot_write_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = ThumbStore(tmp_path / "file")
    store.keep("k", Glance(("x",), QImage()))
    assert store.load("k") is None


def test_facts_without_a_picture_are_kept_too(tmp_path: Path) -> None:
    store = ThumbStore(tmp_path)
    store.keep("k", Glance(("CSV · 2 kB", "ä"), QImage()))
    found = store.load("k")
    assert found is not None and found.facts == ("CSV · 2 kB", "ä") and found.image.isNull()


def test_another_version_of_a_file_has_another_key(tmp_path: Path) -> None:
    keys = {key_of(str(tmp_path / "a"), 1, 1), key_of(str(tmp_path / "a"), 2, 1), key_of(str(tmp_path / "a"), 1, 2),
            key_of(str(tmp_path / "b"), 1, 1), key_of(str(tmp_path / "a"), 1, 1, "de")}
    assert len(keys) == 5 and key_of(str(tmp_path / "x" / ".." / "a"), 1, 1) in keys


# -- pictures of data -----------------------------------------------------------------------------------------------------


def test_series_and_cubes_have_pictures_too() -> None:
    up = np.arange(500.0)
    up[200:300] = np.nan
    image = thumb_make.plot(SimpleNamespace(bands=None, series=(up, np.zeros(500))))
    assert (image.width(), image.height()) == (thumb_make.SIZE.width(), thumb_make.SIZE.height())
    ink = [[image.pixelColor(x, y).red() > 100 for x in range(image.width())] for y in range(image.height())]
    columns = np.array(ink)[: image.height() // 2].any(0)
    assert columns[5] and columns[-5] and not columns[image.width() // 2], "a gap stays empty"
    first, last = (np.argmax(np.array(ink)[: image.height() // 2, x]) for x in (5, -5))
    assert last < first, "what rises, rises in the picture"
    cube = thumb_make.plot(SimpleNamespace(bands=np.stack([np.zeros((60, 80)), np.eye(60, 80), np.zeros((60, 80))]), series=()))
    assert cube.pixelColor(10, 10).red() == 255 and cube.pixelColor(40, 10).red() == 0
    assert thumb_make.plot(SimpleNamespace(bands=None, series=())).isNull()


@pytest.mark.parametrize(("size", "level"), [((1920, 1080), 3), ((400, 300), 0), ((160, 90), 0), ((900, 500), 2)])
def test_a_recording_is_read_no_finer_than_needed(size: tuple[int, int], level: int) -> None:
    source = FakeSource(make_info("a.lzc", "lzc", size=size, levels=4))
    asked: list[int] = []

    def read_level(index: int, k: int) -> Frame:
        asked.append(k)
        return reduce_frame(source.read(index), 2 ** k)

    source.read_level = read_level  # type: ignore[attr-defined]
    image = thumb_make.still(SimpleNamespace(to_rgb=to_rgb), source)
    assert asked == ([level] if level else []) and source.reads == [4]
    assert image.width() <= thumb_make.SIZE.width() and image.height() <= thumb_make.SIZE.height()


def test_lengths_are_short() -> None:
    assert [thumb_make.short_time(s) for s in (0.64, 9.94, 9.96, 72.4, 3599.6, 7384)] == [
        "0.6 s", "9.9 s", "0:10", "1:12", "1:00:00", "2:03:04"]
