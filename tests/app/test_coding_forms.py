"""What the forms of Compress and Restore look up in the background may arrive when they are closed."""
from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.coding_forms import look_up


def test_an_answer_for_a_form_that_is_gone_is_dropped(qtbot: QtBot) -> None:
    waiting: list[Callable[[str], None]] = []
    told: list[str] = []
    background = SimpleNamespace(do=lambda name, work, then: waiting.append(then))
    window = SimpleNamespace(background=background, controller=None)
    form = QWidget()
    look_up(window, form, "a.csv", told.append)
    waiting[0]("table")
    assert told == ["table"]
    delete(form)
    waiting[0]("audio")
    assert told == ["table"]
