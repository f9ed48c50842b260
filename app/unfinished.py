"""Jobs that were under way when the program ended (or was ended): how to start them again, kept in the settings until they are over."""
from __future__ import annotations

import json
from typing import Any

from PySide6.QtWidgets import QMessageBox, QWidget

from app.settings import Settings
from app.words import tr

Recipe = tuple[str, list[Any]]  # a kind of job, and the words it was started with
_NAME = "unfinished"


class Unfinished:
    """What is in the settings at the start was left by the run before."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.left = self._read()
        self._live: dict[int, Recipe] = {}

    def _read(self) -> list[Recipe]:
        try:
            return [(str(kind), list(words)) for kind, words in json.loads(self._settings.text(_NAME, "[]"))]
        except (ValueError, TypeError):
            return []

    def _write(self) -> None:
        self._settings.set_text(_NAME, json.dumps([*self.left, *self._live.values()]))
        self._settings.sync()  # a crash asks nobody

    def add(self, number: int, recipe: Recipe) -> None:
        self._live[number] = recipe
        self._write()

    def over(self, number: int) -> None:
        """A job is done, failed, or was cancelled by a person."""
        if self._live.pop(number, None) is not None:
            self._write()

    def take(self) -> list[Recipe]:
        """What was left, to be started again; it is forgotten here."""
        left, self.left = self.left, []
        self._write()
        return left


def may_close(parent: QWidget, live: int) -> bool:
    """Asks when `live` jobs are not over; what can go on later is said."""
    if not live:
        return True
    what = tr("A job is") if live == 1 else tr("{n} jobs are").format(n=live)
    answer = QMessageBox.question(parent, tr("Quit"), tr(
        "{what} not finished. Stop and quit?\nA stopped compression can go on later.").format(what=what),
        defaultButton=QMessageBox.StandardButton.No)
    return answer == QMessageBox.StandardButton.Yes
