"""Looks at the files of the library, one after the other, on a thread of its own: from the disk's store, or from the file itself."""
from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from app import words
from app.background import Background
from app.library_files import Entry
from app.thumb_make import glance
from app.thumb_store import Glance, ThumbStore, key_of

log = logging.getLogger(__name__)


class Looks(QObject):
    """`wanted()` says on the GUI thread what to look at next, None for nothing; `learned(entry, glance)` hears of it there.

    The thread begins with the first look. `do` has it read something else in between; `failed(line)` hears of what went wrong there.
    """

    def __init__(self, backend: Any, wanted: Callable[[], Entry | None], learned: Callable[[Entry, Glance], None],
                 failed: Callable[[str], None], store: ThumbStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend, self._wanted, self._learned, self._failed, self.store = backend, wanted, learned, failed, store
        self._thread: Background | None = None
        self._busy = self._closed = False

    def do(self, kind: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        if self._closed:
            return
        if self._thread is None:
            self._thread = Background(self._failed, self)
        self._thread.do(kind, work, then)

    def go_on(self) -> None:
        """Looks at what is wanted now, unless it is at it already."""
        entry = None if self._busy or self._closed else self._wanted()
        if entry is None:
            return
        self._busy = True
        self.do("look", lambda: self._look(entry), lambda got: self._looked(entry, got))

    def _look(self, entry: Entry) -> Glance:
        """On the thread."""
        try:
            key = key_of(entry.path, entry.size, entry.changed, words.language)
            known = self.store.load(key)
            if known is not None:
                return known
            made = glance(self._backend, entry.path, entry.size)
            if not made.wrong:
                self.store.keep(key, made)
            return made
        except Exception as fault:  # of one file: the others are looked at all the same
            log.exception("looking at %s failed", entry.path)
            return Glance((), QImage(), str(fault))

    def _looked(self, entry: Entry, got: Glance) -> None:
        self._busy = False
        self._learned(entry, got)
        self.go_on()

    @property
    def idle(self) -> bool:
        return not self._busy and (self._thread is None or self._thread.idle)

    def close(self) -> None:
        self._closed = True
        if self._thread is not None:
            self._thread.close()
