"""Looks before the leap: everything that would make a long job fail at its end is said before it starts."""
from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from engine.api import JobError

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".tga", ".webp"})
_ROOM_TO_SPARE = 64 * 1024


def check_input(path: str | Path) -> Path:
    """The input as a path. JobError when it is missing, unreadable, empty, or a folder without pictures."""
    given = Path(path)
    try:
        if not given.exists():
            if given.is_symlink():
                raise JobError("this link points to nothing", where=str(path), hint="check where it leads")
            raise JobError("no such file", where=str(path), hint="check the name")
        if given.is_dir():
            if not any(entry.suffix.lower() in PICTURES for entry in given.iterdir()):
                raise JobError("this folder has no pictures in it", where=str(path), hint="name a video file or a folder of pictures")
        elif not given.is_file():
            raise JobError("this is neither a file nor a folder", where=str(path), hint="name a video file")
        elif given.stat().st_size == 0:
            raise JobError("this file is empty", where=str(path), hint="the recording or the copy may have been broken off")
        if not os.access(given, os.R_OK):
            raise JobError("this file cannot be read", where=str(path), hint="check its rights")
    except (OSError, ValueError) as fault:
        raise JobError(getattr(fault, "strerror", None) or str(fault), where=str(path), hint="check the name") from fault
    return given


def check_output(path: str | Path, *inputs: str | Path, endings: tuple[str, ...] = ()) -> Path:
    """The output as a path. JobError when it is one of `inputs` (also by links), has none of `endings`, or cannot be written.

    The name for frames (`.png`) may be an existing folder; every other output may only replace a file.
    """
    out = Path(path)
    if "\0" in str(path) or not out.name:
        raise JobError("this cannot be a file name", where=str(path).replace("\0", "\\0"), hint="choose another name")
    for source in inputs:
        if same_file(out, source):
            raise JobError("the output is the input", where=str(path), hint="choose another name")
    if endings and out.suffix.lower() not in endings and not (out.suffix == "" and ".png" in endings and len(endings) > 1 and out.is_dir()):
        raise JobError(f"unknown ending {out.suffix!r}" if out.suffix else "the output needs an ending", where=str(path),
                       hint="use one of " + ", ".join(endings))
    folder = out.parent
    try:
        if not folder.is_dir():
            raise JobError("the output folder does not exist" if not folder.exists() else "this is not a folder",
                           where=str(folder), hint="make it first or choose another")
        if out.is_dir() and out.suffix.lower() not in (".png", ""):
            raise JobError("this is a folder, not a file", where=str(path), hint="name a file")
        if out.exists() and not (out.is_file() or out.is_dir()):
            raise JobError("this is not an ordinary file", where=str(path), hint="choose another name")
    except OSError as fault:
        raise JobError(fault.strerror or str(fault), where=str(path), hint="choose another name") from fault
    _probe_folder(folder)
    return out


def is_lzc(path: Path) -> bool:
    """True for a `.lzc` file, told by its first bytes, or by its name where those are damaged."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x89LZC" or path.suffix.lower() == ".lzc"


def same_file(one: str | Path, other: str | Path) -> bool:
    """True when both names lead to one file: the same path, a symbolic or a hard link. Names that do not exist compare by path."""
    try:
        if os.path.samefile(one, other):
            return True
    except OSError:
        pass
    return os.path.realpath(one) == os.path.realpath(other)


def inside(path: str | Path, folder: str | Path) -> bool:
    """True when `path` lies in `folder` or below it."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _probe_folder(folder: Path) -> None:
    # rights bits lie (root, read-only mounts, network folders): only writing shows whether writing works
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as fault:
        raise JobError("cannot write into this folder", where=str(folder), hint=(fault.strerror or "check its rights").lower()) from fault


def check_space(folder: str | Path, needed: int) -> None:
    """JobError when `needed` bytes surely do not fit into `folder`. A folder that cannot say counts as large enough."""
    try:
        free = shutil.disk_usage(folder or ".").free
    except OSError:
        return
    if needed + _ROOM_TO_SPARE > free:
        raise JobError(f"not enough free space: about {human_bytes(needed + _ROOM_TO_SPARE)} needed, {human_bytes(free)} free",
                       where=str(folder), hint="free some space or choose another folder")


def human_bytes(count: float) -> str:
    """`count` bytes for a person: 812 B, 4.1 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")
