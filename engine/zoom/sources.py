"""The few sources an engine keeps open, opened again when their file has changed."""
from __future__ import annotations

import contextlib
import os
from collections import OrderedDict
from collections.abc import Callable, Collection

from engine.api import FrameSource

OpenSource = Callable[[str], FrameSource]
_KEPT = 4


def _stamp(path: str) -> tuple[int, int]:
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return (0, 0)
    return facts.st_mtime_ns, facts.st_size


class SourceShelf:
    """Sources by path, the least recently used one closed first. `known` may be asked from another thread than the rest."""

    def __init__(self, open_source: OpenSource | None = None) -> None:
        self._open = open_source
        self._held: OrderedDict[str, tuple[tuple[int, int], FrameSource]] = OrderedDict()

    def known(self, path: str) -> FrameSource | None:
        """The source, where it is open and its file is still the same."""
        held = self._held.get(path)
        if held is None or held[0] != _stamp(path):
            return None
        with contextlib.suppress(KeyError):  # closed just now: `get` opens it again
            self._held.move_to_end(path)
        return held[1]

    def get(self, path: str) -> FrameSource:
        """The open source. Whatever opening raises goes on to the caller."""
        known = self.known(path)
        if known is not None:
            return known
        stamp, held = _stamp(path), self._held.get(path)
        if held is not None:
            self._held.pop(path)[1].close()
        if self._open is None:
            from engine.opening import open_source  # decoders come with it: only when something is opened

            self._open = open_source
        source = self._open(path)
        self._held[path] = (stamp, source)
        while len(self._held) > _KEPT:
            self._held.popitem(last=False)[1][1].close()
        return source

    def keep_only(self, paths: Collection[str]) -> None:
        """Closes what is not among `paths`."""
        for path in [p for p in self._held if p not in paths]:
            with contextlib.suppress(Exception):
                self._held.pop(path)[1].close()

    def close(self) -> None:
        """Closes all of them; the shelf can be used again."""
        while self._held:
            with contextlib.suppress(Exception):  # a source that cannot close must not keep the others open
                self._held.popitem()[1][1].close()
