"""A set of files that appears whole or not at all: written under other names, made durable, then renamed one after the other."""
from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from engine.api import JobError, MediaError

_LINES = {
    28: ("the disk is full", "free some space or choose another folder"), 30: ("the folder is read-only", "choose another folder"),
    13: ("permission denied", "choose another folder"), 2: ("the folder does not exist", "make it first"),
    36: ("the name is too long", "choose a shorter name"), 122: ("the disk quota is used up", "free some space"),
}


def clear_line(error: OSError, path: Path) -> MediaError:
    """What the system's error means for the person."""
    what, hint = _LINES.get(error.errno or 0, (error.strerror or str(error), "choose another name or folder"))
    return MediaError(what, where=str(path), hint=hint)


def check_target(path: Path, source: str) -> None:
    """JobError when `path` is a folder, is the source, has no folder, or lies in a source folder of pictures (which it would change)."""
    if not path.parent.is_dir():
        raise JobError("the output folder does not exist", where=str(path.parent), hint="make it first or choose another")
    if path.is_dir():
        raise JobError("this is a folder, not a file", where=str(path), hint="name a file")
    here, there = os.path.realpath(path), os.path.realpath(source)
    same = here == there
    with contextlib.suppress(OSError):
        same = same or os.path.samefile(path, source)
    if same:
        raise JobError("the output is the input", where=str(path), hint="choose another name")
    if os.path.isdir(there) and os.path.dirname(here) == there:
        raise JobError("the output would become part of the source folder", where=str(path), hint="choose another folder")


class OutputSet:
    """`add` files, then `commit`. Left without commit (an error, a cancel), nothing stays behind."""

    def __init__(self) -> None:
        self._files: list[tuple[Path, Path]] = []

    def add(self, path: Path, data: bytes) -> None:
        """Writes `data` beside `path`. MediaError with one clear line when that fails."""
        part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
        self._files.append((part, path))
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise clear_line(error, path) from error

    def commit(self) -> tuple[str, ...]:
        """Gives all files their names; when one cannot have it, those that were new are taken back."""
        fresh: list[Path] = []
        for part, path in self._files:
            new = not path.exists()
            try:
                os.replace(part, path)
            except OSError as error:
                for other in fresh:
                    other.unlink(missing_ok=True)
                raise clear_line(error, path) from error
            if new:
                fresh.append(path)
        for folder in {path.parent for _, path in self._files}:
            with contextlib.suppress(OSError):  # some file systems cannot sync a folder
                handle = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
        names = tuple(str(path) for _, path in self._files)
        self._files.clear()
        return names

    def __enter__(self) -> OutputSet:
        return self

    def __exit__(self, *exc: object) -> None:
        for part, _ in self._files:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
