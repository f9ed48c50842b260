"""Which keys a command has: those of the table, or those that a person chose instead, kept between runs."""
from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from PySide6.QtGui import QAction, QKeySequence

from app.actions import ACTIONS, ActionSpec
from app.words import tr

_SPECS = {spec.id: spec for spec in ACTIONS}


def portable(keys: Iterable[str]) -> tuple[str, ...]:
    """As Qt writes them, so that two spellings of one key are the same."""
    return tuple(t for k in keys if (t := QKeySequence(k).toString()))


def spoken(key: str) -> str:
    """A key as the menus of this system and language write it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


class Keymap:
    """`actions` get their keys and tool tips from here, now and after every change."""

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        self._actions: dict[str, QAction] = {}
        self._chosen: dict[str, tuple[str, ...]] = {}
        try:
            kept = json.loads(settings.text("keys", "{}"))
            self._chosen = {name: portable(map(str, keys)) for name, keys in kept.items() if name in _SPECS and isinstance(keys, list)}
        except (ValueError, AttributeError):
            settings.set_text("keys", "{}")  # kept by another version, or damaged

    def attach(self, actions: dict[str, QAction]) -> None:
        self._actions = actions
        for name in actions:
            self._dress(name)

    def of(self, name: str) -> tuple[str, ...]:
        return self._chosen.get(name, portable(_SPECS[name].keys))

    def changed(self, name: str) -> bool:
        return name in self._chosen

    def owner(self, key: str, but: str = "") -> ActionSpec | None:
        """The command that has this key already, other than `but`."""
        wanted = portable((key,))
        return next((s for s in ACTIONS if s.id != but and wanted and wanted[0] in self.of(s.id)), None)

    def set(self, name: str, keys: Iterable[str]) -> None:
        """Whoever had one of these keys loses it."""
        wanted = portable(keys)
        for key in wanted:
            other = self.owner(key, name)
            if other is not None:
                self._put(other.id, tuple(k for k in self.of(other.id) if k != key))
        self._put(name, wanted)
        self._keep()

    def reset(self, name: str = "") -> None:
        """The keys of the table again, of one command or of all; what took one of them over gives it back."""
        if not name:
            gone, self._chosen = list(self._chosen), {}
            for n in gone:
                self._dress(n)
            self._keep()
            return
        self.set(name, _SPECS[name].keys)

    def _put(self, name: str, keys: tuple[str, ...]) -> None:
        if keys == portable(_SPECS[name].keys):
            self._chosen.pop(name, None)
        else:
            self._chosen[name] = keys
        self._dress(name)

    def _keep(self) -> None:
        self._settings.set_text("keys", json.dumps({name: list(keys) for name, keys in self._chosen.items()}))
        self._settings.sync()

    def _dress(self, name: str) -> None:
        action = self._actions.get(name)
        if action is None:
            return
        keys = self.of(name)
        action.setShortcuts([QKeySequence(k) for k in keys])
        words = ", ".join(map(spoken, keys))
        action.setToolTip(tr(_SPECS[name].tip) + (f"  ({words})" if words else ""))
