"""Keys that a person changes: at once, kept, conflicts named, and back again. And a drag that glides on."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeySequence, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.inertia import Glide
from app.keymap import Keymap, portable
from app.keys_form import KeysForm
from app.window import MainWindow
from tests.app.conftest import wait_done
from tests.app.hands import key


def keys_of(window: MainWindow, name: str) -> list[str]:
    return [s.toString() for s in window.actions_by_id[name].shortcuts()]


def page(window: MainWindow) -> KeysForm:
    window.actions_by_id["edit_keys"].trigger()
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, KeysForm) and w.isVisible())


def test_a_new_key_works_at_once_and_is_kept(opened: MainWindow, make_window: Callable[..., MainWindow]) -> None:
    form = page(opened)
    form.choose("truth")
    form.edit.setKeySequence(QKeySequence("Ctrl+Alt+Y"))
    assert form.note.text() == "" and form.set.isEnabled()
    form.set.click()
    assert keys_of(opened, "truth") == ["Ctrl+Alt+Y"] and "Ctrl+Alt+Y" in opened.actions_by_id["truth"].toolTip()
    form.accept()
    key(opened, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert opened.zoom_view.show_truth
    key(opened, Qt.Key.Key_T)
    assert opened.zoom_view.show_truth, "the old key is nobody's"
    assert keys_of(make_window(), "truth") == ["Ctrl+Alt+Y"]
    form = page(opened)
    form.choose("truth")
    form.one.click()
    assert keys_of(opened, "truth") == ["T"] and keys_of(make_window(), "truth") == ["T"]


def test_who_has_a_key_is_named_and_loses_it(opened: MainWindow) -> None:
    form = page(opened)
    form.choose("truth")
    form.edit.setKeySequence(QKeySequence("H"))
    assert "Hold this frame" in form.note.text() and form.set.text() == "Take it over"
    form.set.click()
    assert keys_of(opened, "truth") == ["H"] and keys_of(opened, "compare_frame") == []
    every = [k for s in ACTIONS for k in keys_of(opened, s.id)]
    assert len(every) == len(set(every))
    form.choose("compare_frame")
    form.one.click()
    assert keys_of(opened, "compare_frame") == ["H"] and keys_of(opened, "truth") == []
    form.all.click()
    assert keys_of(opened, "truth") == ["T"] and not any(opened.keymap.changed(s.id) for s in ACTIONS)


def test_a_command_may_have_no_key_and_is_found_by_name(opened: MainWindow) -> None:
    form = page(opened)
    form.choose("loupe")
    form.none.click()
    assert keys_of(opened, "loupe") == []
    form.filter.setText("minim")
    seen = [form.list.topLevelItem(n).text(0) for n in range(form.list.topLevelItemCount()) if not form.list.topLevelItem(n).isHidden()]
    assert seen == ["View ▸ Minimap"]


def test_the_held_key_follows(opened: MainWindow) -> None:
    opened.keymap.set("recorded_only", ("Y",))
    key(opened, Qt.Key.Key_Y)
    assert opened.steering.recorded_only
    key(opened, Qt.Key.Key_R)
    assert opened.steering.recorded_only


@pytest.mark.parametrize("kept", ["junk", "[]", '{"no_such_command": ["A"]}', '{"truth": 3}', '{"truth": ["", "Ctrl+Alt+U"]}'])
def test_what_another_version_kept_does_no_harm(window: MainWindow, kept: str) -> None:
    window.settings.set_text("keys", kept)
    again = Keymap(window.settings)
    assert again.of("truth") in (("T",), ("Ctrl+Alt+U",)) and portable(["shift+left"]) == ("Shift+Left",)


def mouse(window: MainWindow, kind: QEvent.Type, x: float, ms: int) -> None:
    at = QPointF(x, 200)
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, at, window.zoom_view.mapToGlobal(at), button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    event.setTimestamp(ms)
    QApplication.sendEvent(window.zoom_view, event)


def fling(window: MainWindow, rest_ms: int) -> None:
    mouse(window, QEvent.Type.MouseButtonPress, 400, 1000)
    for i in range(1, 8):
        mouse(window, QEvent.Type.MouseMove, 400 - 12 * i, 1000 + 10 * i)
    mouse(window, QEvent.Type.MouseButtonRelease, 316, 1070 + rest_ms)


def test_a_drag_let_go_in_motion_glides_on(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(16)
    wait_done(opened, qtbot)
    start = opened.state.roi[0]
    fling(opened, 5)
    dropped = opened.state.roi[0]
    assert dropped == pytest.approx(start + 84 / 16) and opened.zoom_view.glide.on
    qtbot.waitUntil(lambda: not opened.zoom_view.glide.on)
    assert opened.state.roi[0] > dropped + 2
    opened.actions_by_id["view_back"].trigger()
    assert opened.state.roi[0] == pytest.approx(start), "drag and glide are one step back"


def test_a_drag_that_rested_stays_and_a_press_stops_a_glide(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(16)
    wait_done(opened, qtbot)
    fling(opened, 200)
    assert not opened.zoom_view.glide.on
    fling(opened, 5)
    assert opened.zoom_view.glide.on
    QTest.mousePress(opened.zoom_view, Qt.MouseButton.LeftButton)
    assert not opened.zoom_view.glide.on
    QTest.mouseRelease(opened.zoom_view, Qt.MouseButton.LeftButton)
    fling(opened, 5)
    opened.actions_by_id["fit"].trigger()
    assert not opened.zoom_view.glide.on and opened.state.whole


def test_a_glide_goes_a_bounded_way_whatever_the_beat() -> None:
    ways = []
    for beat in (4, 16, 50):
        moved: list[float] = []
        glide = Glide(lambda dx, dy, m=moved: m.append(dx))
        glide.begin(QPointF(0, 0), 0)
        for i in range(1, 6):
            glide.move(QPointF(10.0 * i, 0), 10 * i)
        glide.release(52)
        while glide.on:
            glide.step(beat)
        ways.append(sum(moved))
    assert ways[0] == pytest.approx(130, rel=0.1) and max(ways) - min(ways) < 8
