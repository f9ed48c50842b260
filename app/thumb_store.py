"""Small pictures of files with a line of facts, kept on disk between runs, within a limit of bytes. For one thread at a time.

A file that was changed has another key, so nothing old is ever shown. One `.thumb` file each: a line of JSON, then a JPEG (or nothing).
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage

LIMIT = 64 << 20
_VERSION = 1       # of the pictures: another one makes all of them anew
_LARGEST = 1 << 20  # of one file: more is not ours


@dataclass(frozen=True, eq=False)
class Glance:
    """What a look at a file gave. `facts` are short texts; `wrong` says in one line why there is no picture; image may be null."""

    facts: tuple[str, ...]
    image: QImage
    wrong: str = ""


def cache_folder() -> Path:
    """Where the desktop wants such things."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lorentz-zoom" / "thumbs"


def key_of(path: str, size: int, changed: int, language: str = "") -> str:
    """`size` in bytes and `changed` (nanoseconds) tell one version of the file from another; `language` is that of the facts."""
    words = "\0".join((os.path.realpath(path), str(size), str(changed), language, str(_VERSION)))
    return hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()[:40]


class ThumbStore:
    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder, self.limit = folder, limit
        self._total = -1  # bytes; -1 until counted

    def load(self, key: str) -> Glance | None:
        """None where nothing (or nothing whole) is kept; what is damaged is thrown away."""
        path = self.folder / f"{key}.thumb"
        try:
            data = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
        except OSError:
            return None
        head, _, picture = data.partition(b"\n")
        try:
            facts = tuple(str(text) for text in json.loads(head)["facts"])
        except (ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
            return None
        image = QImage.fromData(QByteArray(picture)) if picture else QImage()
        if picture and image.isNull():
            path.unlink(missing_ok=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the oldest go first
        return Glance(facts, image)

    def keep(self, key: str, glance: Glance) -> None:
        """A full or read-only disk is no fault: the picture is made again next time."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if not glance.image.isNull():
            glance.image.save(buffer, "JPG", 85)  # type: ignore[call-overload]
        data = json.dumps({"facts": glance.facts}, ensure_ascii=False).encode() + b"\n" + bytes(buffer.data().data())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
                file.write(data)
            os.replace(file.name, self.folder / f"{key}.thumb")
        except OSError:
            return
        self._total = self._count() if self._total < 0 else self._total + len(data)
        if self._total > self.limit:
            self._trim()

    def _files(self) -> list[tuple[int, int, Path]]:
        found = []
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith((".thumb", ".part")):
                    state = entry.stat()
                    found.append((state.st_mtime_ns, state.st_size, Path(entry.path)))
        return sorted(found)

    def _count(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _trim(self) -> None:
        """Down to nine tenths of the limit; what was looked at least recently goes first."""
        files = self._files()
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            if total <= self.limit * 0.9:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
        self._total = total
