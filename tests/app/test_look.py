"""The look of the view: it follows the numbers, is said, and reaches neither the recorded pixels nor an export unasked."""
from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox
from pytestqt.qtbot import QtBot

from app.dialogs import JobForm
from app.window import MainWindow
from engine.api import Look
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController
from tests.app.hands import key


def ask(window: MainWindow) -> tuple[JobForm, dict[str, QDoubleSpinBox]]:
    window.actions_by_id["look"].trigger()
    form = window.exports.form
    assert form is not None
    return form, {f.accessibleName(): f for f in form.findChildren(QDoubleSpinBox)}


def test_the_view_follows_and_goes_back(opened: MainWindow, qtbot: QtBot) -> None:
    form, fields = ask(opened)
    fields["Sharpening"].setValue(0.8)
    wait_done(opened, qtbot)
    assert opened.zoom.request.look == Look(sharpen=0.8) and opened.zoom_view.adjusted == "sharpening 0.8"
    form.reject()
    wait_done(opened, qtbot)
    assert opened.zoom.request.look == Look() and not opened.zoom_view.adjusted


def test_recorded_only_shows_none_of_it(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.set_look(Look(contrast=2.0))
    key(opened, Qt.Key.Key_R)
    wait_done(opened, qtbot)
    assert opened.zoom.request.recorded_only and opened.zoom.request.look == Look()
    key(opened, Qt.Key.Key_R)
    wait_done(opened, qtbot)
    assert opened.zoom.request.look == Look(contrast=2.0)


def test_exports_leave_it_out_unless_asked(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.steering.set_look(Look(contrast=2.0))
    for wanted in (False, True):
        opened.actions_by_id["export_roi"].trigger()
        form = opened.exports.form
        assert form is not None
        tick = next(t for t in form.findChildren(QCheckBox) if "look of the view" in t.text())
        assert not tick.isChecked()
        tick.setChecked(wanted)
        form.start.click()
        qtbot.waitUntil(lambda n=wanted: len(controller.calls) == 1 + n)
        assert controller.calls[-1][2].get("look") == (Look(contrast=2.0) if wanted else None)


def test_without_a_look_nothing_is_asked(opened: MainWindow) -> None:
    opened.actions_by_id["export_roi"].trigger()
    assert not [t for t in opened.exports.form.findChildren(QCheckBox) if "look" in t.text()]
