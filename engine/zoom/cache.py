"""A cache of planes bounded in bytes, least recently used out first, and the key that tells two tiles apart."""
from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from engine.api import SourceInfo


@dataclass(frozen=True)
class TileKey:
    """Everything the pixels of a tile depend on. Two requests with one key may share pixels; nothing else may.

    Recorded pictures are kept whole: tile (0, 0), no model, seed 0.
    """

    digest: str
    frame: int
    level: int
    tile: tuple[int, int] = (0, 0)
    model: str = ""
    seed: int = 0
    options: tuple[tuple[str, int | str], ...] = ()


def identity(info: SourceInfo) -> str:
    """What was recorded, for the noise of made pixels: the digest, or (for sources without one) path and shape. A `.lzc` has that of the
    source it was made from."""
    return info.digest or f"path:{info.path}:{info.width}x{info.height}:{info.frames}"


def opened(info: SourceInfo) -> str:
    """What names a source in keys: the file whose pixels these are, as it was when it was opened."""
    return f"{identity(info)}:{info.path}:{info.stamp}"


class TileCache:
    """Least-recently-used cache of at most `max_bytes`. Safe to share between threads."""

    def __init__(self, max_bytes: int = 384 << 20) -> None:
        self.max_bytes = max_bytes
        self._held: OrderedDict[TileKey, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: TileKey) -> Any | None:
        """The value, now the most recently used one, or None."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def __contains__(self, key: TileKey) -> bool:
        with self._lock:
            return key in self._held

    def put(self, key: TileKey, value: Any, size: int) -> None:
        """Keeps `value` of `size` bytes; a value larger than the whole cache is not kept."""
        with self._lock:
            old = self._held.pop(key, None)
            if old is not None:
                self._bytes -= old[1]
            if size > self.max_bytes:
                return
            self._held[key] = (value, size)
            self._bytes += size
            while self._bytes > self.max_bytes:
                _, (_, dropped) = self._held.popitem(last=False)
                self._bytes -= dropped

    def resize(self, max_bytes: int) -> None:
        """Changes the bound; what no longer fits is dropped, oldest first."""
        with self._lock:
            self.max_bytes = max_bytes
            while self._bytes > max_bytes and self._held:
                _, (_, dropped) = self._held.popitem(last=False)
                self._bytes -= dropped

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._bytes = 0

    @property
    def bytes(self) -> int:
        with self._lock:
            return self._bytes

    def __len__(self) -> int:
        with self._lock:
            return len(self._held)
