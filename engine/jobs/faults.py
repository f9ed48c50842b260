"""Turns what the operating system says into one clear line for a person."""
from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.api import EngineError, JobError

_LINES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", "free some space or choose another folder"),
    errno.EDQUOT: ("the disk quota is used up", "free some space or choose another folder"),
    errno.EROFS: ("the folder is read-only", "choose another folder"),
    errno.EACCES: ("permission denied", "check the rights of the file and its folder"),
    errno.EPERM: ("the system does not allow this", "check the rights of the file and its folder"),
    errno.ENOENT: ("no such file or folder", "check the name"),
    errno.ENOTDIR: ("a part of the path is not a folder", "check the name"),
    errno.EISDIR: ("this is a folder, not a file", "name a file"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name"),
    errno.EIO: ("the disk reports a fault", "check the disk or choose another folder"),
    errno.EFBIG: ("the file grows past what the system allows", "choose another folder"),
    errno.EMFILE: ("too many open files", "close other programs"),
}


def explain(fault: BaseException, where: str | Path = "") -> EngineError | None:
    """The `EngineError` that says what `fault` means, or None when it is a defect of the program and must stay loud.

    An `EngineError` that only wraps a full disk or a refused write is looked through: the cause decides the line.
    """
    if isinstance(fault, JobError):
        return fault
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _LINES and (fault is cause or cause.errno in (errno.ENOSPC, errno.EDQUOT)):
            what, hint = _LINES[cause.errno]
            # av's errors carry short names such as "ENOSPC" instead of a path, so the caller's place is the better one
            return JobError(what, where=str(where or cause.filename or ""), hint=hint)
        cause = cause.__cause__ or cause.__context__
    if isinstance(fault, EngineError):
        return fault
    if isinstance(fault, MemoryError):
        return JobError("not enough memory for this picture size", where=str(where), hint="close other programs or use a smaller source")
    if isinstance(fault, OSError):
        return JobError((fault.strerror or str(fault) or type(fault).__name__).splitlines()[0], where=str(where or fault.filename or ""))
    return None


@contextmanager
def one_clear_line(where: str | Path) -> Iterator[None]:
    """Inside, operating system faults become `JobError`s that name `where`; everything else passes unchanged."""
    try:
        yield
    except Exception as fault:
        line = explain(fault, where)
        if line is None or line is fault:
            raise
        raise line from fault
