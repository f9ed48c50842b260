"""Writing that survives a crash: whole files appear under their name at once or not at all; links are never followed."""
from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from engine.api import LzcError
from engine.lzc.store import reason

try:
    import fcntl
except ImportError:      # Windows: no advisory locks there
    fcntl = None  # type: ignore[assignment]

_JOURNAL_MAX = 1 << 20


def open_exclusive(path: Path) -> BinaryIO:
    """Open for reading and writing, made when missing, not truncated. LzcError when it is a link or another job has it open."""
    if path.is_symlink():
        raise LzcError("is a link, which is never written through", where=str(path), hint="remove the link")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        file = os.fdopen(os.open(path, flags, 0o666), "r+b")
    except OSError as error:
        raise LzcError(f"cannot be written: {reason(error)}", where=str(path)) from error
    if fcntl is not None:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise LzcError("is being written by another job", where=str(path)) from error
        except OSError:
            pass          # some network file systems have no locks; the write itself still works
    return file


def sync(file: BinaryIO) -> None:
    """Everything written so far is on the disk when this returns."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """A rename in `folder` is on the disk when this returns (where the system can do that)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove(*paths: Path) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Replace `path` by `value` as JSON, whole or not at all. OSError when the disk does not take it."""
    temporary = path.with_name(path.name + ".tmp")
    remove(temporary)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(value, separators=(",", ":")).encode("utf-8"))
            sync(file)
        os.replace(temporary, path)
    except BaseException:
        remove(temporary)
        raise
    sync_folder(path.parent)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in `path`; None when it is missing, a link, too large or not a JSON object."""
    try:
        if path.is_symlink() or path.stat().st_size > _JOURNAL_MAX:
            return None
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
