"""QActions from the table, menus from the QActions, and the list of recent files."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QEvent, QObject
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from app.actions import ACTIONS, MENUS
from app.commands import Commands
from app.keymap import Keymap
from app.settings import Settings
from app.words import tr

HOLD_MS = 400  # a key held longer than this acts for as long as it is held
REPEAT_MS = 40  # a key that goes down again sooner was not let go: some systems repeat a held key in this way


def make_actions(window: QWidget, commands: Commands, keymap: Keymap) -> dict[str, QAction]:
    """One QAction per line of the table, by id, with its keys and its tool tip; all of them work anywhere in the window."""
    actions: dict[str, QAction] = {}
    for spec in ACTIONS:
        action = QAction(tr(spec.text), window)
        handler: Callable[..., None] = getattr(commands, spec.id)
        action.setAutoRepeat(spec.repeat)
        action.setCheckable(spec.checkable)
        action.setIconVisibleInMenu(False)
        if spec.checkable:
            action.toggled.connect(handler)
        else:
            action.triggered.connect(lambda _=False, h=handler, needs=spec.needs: h() if commands.ready(needs) else None)
        window.addAction(action)
        actions[spec.id] = action
    keymap.attach(actions)
    actions["truth"].setIconText(tr("Truth"))
    actions["recorded_only"].setIconText(tr("Recorded"))
    return actions


def make_menus(bar: QMenuBar, actions: dict[str, QAction], recent: QMenu) -> None:
    for name in MENUS:
        menu = bar.addMenu(tr(f"&{name}"))
        menu.setToolTipsVisible(True)
        for spec in ACTIONS:
            if spec.menu != name:
                continue
            if spec.separator:
                menu.addSeparator()
            menu.addAction(actions[spec.id])
            if spec.id == "open_folder":
                menu.addMenu(recent)


class RecentMenu(QMenu):
    """Filled when it opens; `forgotten` is called after the list was emptied."""

    def __init__(self, settings: Settings, opener: Callable[[str], None], forgotten: Callable[[], None], parent: QWidget) -> None:
        super().__init__(tr("Open &recent"), parent)
        self._settings, self._opener, self._forgotten = settings, opener, forgotten
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        self.clear()
        for path in self._settings.recent():
            self.addAction(path.replace("&", "&&")).triggered.connect(lambda _=False, p=path: self._opener(p))
        if self.isEmpty():
            self.addAction(tr("nothing yet")).setEnabled(False)
        else:
            self.addSeparator()
            self.addAction(tr("Forget these")).triggered.connect(self._forget)

    def _forget(self) -> None:
        self._settings.forget_recent()
        self._forgotten()


class HoldKey(QObject):
    """Makes a switch that has a key also a momentary one: when the key was held for long, letting go switches back.

    An event filter for the whole application: the key may go up anywhere.
    """

    def __init__(self, action: QAction, parent: QObject) -> None:
        super().__init__(parent)
        self._action = action
        self._held = QElapsedTimer()
        self._down = self._acted = self._back = False  # acted: no field for text has taken the key
        self._up_at = 0
        action.toggled.connect(self._toggled)

    def _toggled(self) -> None:
        self._acted = self._acted or self._down

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and not event.isAutoRepeat() and self._is_key(event):
            if event.type() == QEvent.Type.ShortcutOverride and not self._down:
                self._down = True
                if self._acted and self._up_at and event.timestamp() - self._up_at <= REPEAT_MS:
                    if self._back:
                        self._action.toggle()
                    event.accept()  # and so it does not reach the action
                    return True
                self._held.start()
                self._acted = False
            elif event.type() == QEvent.Type.KeyRelease and self._down:
                self._down, self._up_at = False, event.timestamp()
                self._back = self._acted and self._held.elapsed() >= HOLD_MS and self._action.isEnabled()
                if self._back:
                    self._action.toggle()
        return False

    def _is_key(self, event: QKeyEvent) -> bool:
        """One of the action's own keys, as they are now, without Ctrl and the like."""
        return not event.modifiers() and QKeySequence(event.key()).toString() in [s.toString() for s in self._action.shortcuts()]
