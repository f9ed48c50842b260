"""Outputs that are either whole under their final name or not there: written beside it, synced, then renamed."""
from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.api import MediaError


def explain(error: BaseException, path: Path) -> MediaError:
    """One line for a failure to write `path`."""
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC or number == errno.EDQUOT:
        return MediaError("the disk is full", where=str(path), hint="nothing was left behind; make room and try again")
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return MediaError("no permission to write here", where=str(path))
    if number == errno.ENOENT:
        return MediaError("the folder does not exist", where=str(path.parent))
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return MediaError(f"cannot be written: {words}", where=str(path))


def open_new(path: Path) -> BinaryIO:
    """A new file for writing; one place, so that a test can make the disk full."""
    return open(path, "xb")


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """(open file, its temporary path) to write to; becomes `path` when the block ends well, vanishes when it does not."""
    if path.is_dir():
        raise MediaError("is a folder", where=str(path))
    if not path.parent.is_dir():
        raise MediaError("the folder does not exist", where=str(path.parent))
    part = path.parent / f".{path.name[:80]}.{secrets.token_hex(6)}.part"
    try:
        with open_new(part) as file:
            yield file, part
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        sync_folder(path.parent)
    except OSError as error:
        raise explain(error, path) from None
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(path: Path, ours: str) -> Iterator[Path]:
    """A new folder to fill; becomes `path` when the block ends well. A folder there already is replaced only if it is empty or holds
    nothing but files that match the glob `ours`."""
    if path.exists():
        if not path.is_dir():
            raise MediaError("a file of that name is in the way of the folder", where=str(path))
        if any(entry not in set(path.glob(ours)) for entry in path.iterdir()):
            raise MediaError("the folder exists and holds other files", where=str(path), hint="choose a new name")
    if not path.parent.is_dir():
        raise MediaError("the folder does not exist", where=str(path.parent))
    try:
        part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    except OSError as error:
        raise explain(error, path) from None
    try:
        yield part
        part.chmod(0o755)
        sync_folder(part)
        if path.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".old", dir=path.parent))
            os.replace(path, old)
            os.replace(part, path)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(part, path)
        sync_folder(path.parent)
    except OSError as error:
        raise explain(error, path) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
