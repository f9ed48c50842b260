"""Small computations off the GUI thread: one plain thread, and of each kind of work only the newest."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from app.mailbox import Mailbox
from engine.api import EngineError

log = logging.getLogger(__name__)


class Background(QObject):
    """`do(kind, work, then)`: `work()` runs on the thread, `then(result)` on the GUI thread. Newer work of a kind replaces older.

    `failed(line)` is called on the GUI thread when `work` raises.
    """

    def __init__(self, failed: Callable[[str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._failed = failed
        self._box = Mailbox(lambda call: call(), self)
        self._changed = threading.Condition()
        self._todo: dict[str, tuple[int, Callable[[], Any], Callable[[Any], None]]] = {}
        self._newest: dict[str, int] = {}
        self._count = 0
        self._busy = self._closing = False
        self._thread: threading.Thread | None = None

    def do(self, kind: str, work: Callable[[], Any], then: Callable[[Any], None] = lambda result: None) -> None:
        with self._changed:
            if self._closing:
                return
            self._count += 1
            self._todo.pop(kind, None)  # goes to the end of the queue
            self._todo[kind] = (self._count, work, then)
            self._newest[kind] = self._count
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lorentz-background")
                self._thread.start()
            self._changed.notify_all()

    def drop(self, kind: str) -> None:
        """Nothing of this kind is wanted any more; what runs may finish, its result goes nowhere."""
        with self._changed:
            self._todo.pop(kind, None)
            self._newest.pop(kind, None)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What waits to be done."""
        with self._changed:
            return tuple(self._todo)

    @property
    def idle(self) -> bool:
        with self._changed:
            return not self._todo and not self._busy

    def close(self, finish: tuple[str, ...] = ()) -> None:
        """Ends the thread; work of the kinds in `finish` that waits is done before."""
        with self._changed:
            self._closing = True
            self._todo = {k: v for k, v in self._todo.items() if k in finish}
            self._changed.notify_all()
            thread = self._thread
        self._box.close()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.wait_for(lambda: self._closing or bool(self._todo))
                if not self._todo:
                    return
                kind = next(iter(self._todo))
                number, work, then = self._todo.pop(kind)
                self._busy = True
            try:
                result = work()
            except Exception as fault:
                if not isinstance(fault, (EngineError, OSError)):
                    log.exception("work in the background failed")
                self._box.post(lambda line=str(fault): self._failed(line))
                continue
            self._box.post(lambda k=kind, n=number, t=then, r=result: self._deliver(k, n, t, r))

    def _deliver(self, kind: str, number: int, then: Callable[[Any], None], result: Any) -> None:
        if self._newest.get(kind) == number:
            then(result)
