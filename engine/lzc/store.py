"""Bounded, thread-safe reading of an untrusted file; every fault of the system becomes one clear LzcError."""
from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.api import LzcError

_BLOCK = 1 << 20


class ByteSource:
    """Random reads of a file (or of bytes in memory). `size` is fixed when opened; `read` returns exactly what is asked for."""

    def __init__(self, source: str | os.PathLike[str] | bytes) -> None:
        self._lock = threading.Lock()
        self._file: BinaryIO
        if isinstance(source, bytes):
            self.name = "memory"
            self._file, self.size = io.BytesIO(source), len(source)
            return
        self.name = str(Path(source))
        try:
            found = os.stat(source)
            if not stat.S_ISREG(found.st_mode):
                raise LzcError("is not a regular file", where=self.name)
            self._file = open(source, "rb", buffering=0)  # noqa: SIM115 - closed by close()
            self.size = os.fstat(self._file.fileno()).st_size
        except (OSError, ValueError) as error:
            raise LzcError(f"cannot be opened: {reason(error)}", where=self.name) from error

    def read(self, offset: int, count: int) -> bytes:
        """`count` bytes at `offset`. LzcError when they are not there or the disk fails."""
        if offset < 0 or count < 0 or offset + count > self.size:
            raise LzcError(f"{count} bytes are not there", where=self.name, offset=offset)
        parts = []
        try:
            with self._lock:
                self._file.seek(offset)
                while count:
                    part = self._file.read(count)
                    if not part:
                        raise LzcError("the file became shorter while it was read", where=self.name, offset=offset)
                    parts.append(part)
                    count -= len(part)
        except (OSError, ValueError) as error:
            raise LzcError(f"cannot be read: {reason(error)}", where=self.name, offset=offset) from error
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def window(self, offset: int, most: int) -> bytes:
        """At most `most` bytes at `offset`, fewer at the end of the file."""
        return self.read(offset, max(0, min(most, self.size - offset)))

    def blocks(self, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            count = min(_BLOCK, stop - start)
            yield self.read(start, count)
            start += count

    def sha256(self) -> str:
        """SHA-256 of the whole file, hexadecimal."""
        engine = hashlib.sha256()
        for block in self.blocks(0, self.size):
            engine.update(block)
        return engine.hexdigest()

    def close(self) -> None:
        with self._lock:
            self._file.close()


def reason(error: BaseException) -> str:
    """The part of a system error that says something to a person."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
