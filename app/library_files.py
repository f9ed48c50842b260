"""What the library lists: the files of a folder that can be opened, its folders, or what was opened before. Read off the GUI thread."""
from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.file_dialog import OPENS
from app.words import tr
from engine.api import EngineError

ENDINGS = frozenset(re.findall(r"\*(\.\w+)", OPENS))
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".tga", ".webp"})
MOST = 20_000


@dataclass(frozen=True)
class Entry:
    """`kind`: "file", "folder" (to go into), "clip" (a folder of pictures, to be opened as one), "gone" (was opened before)."""

    path: str
    name: str
    kind: str = "file"
    size: int = 0       # bytes
    changed: int = 0    # nanoseconds

    @property
    def opens(self) -> bool:
        return self.kind in ("file", "clip")


def of_folder(path: str) -> list[Entry]:
    """Folders first, then files, as people count. `EngineError` with one line when it cannot be read."""
    folders: list[Entry] = []
    files: list[Entry] = []
    try:
        with os.scandir(path) as found:
            for entry in found:
                if entry.name.startswith(".") or len(files) >= MOST:
                    continue
                if entry.is_dir():
                    folders.append(Entry(entry.path, entry.name, "folder"))
                elif os.path.splitext(entry.name)[1].lower() in ENDINGS and entry.is_file():
                    state = entry.stat()
                    files.append(Entry(entry.path, entry.name, "file", state.st_size, state.st_mtime_ns))
        changed = os.stat(path).st_mtime_ns
    except OSError as fault:
        raise EngineError((fault.strerror or str(fault)).lower(), where=path, hint="choose another folder") from fault
    pictures = sum(os.path.splitext(e.name)[1].lower() in PICTURES for e in files)
    clip = []
    if pictures > 1:
        clip = [Entry(path, tr("{n} pictures as a clip").format(n=pictures), "clip", sum(e.size for e in files), changed)]
    return clip + ordered(folders) + ordered(files)


def of_paths(paths: Iterable[str]) -> list[Entry]:
    """In the order given; what is gone since stays in the list and says so."""
    out = []
    for path in paths:
        try:
            state = os.stat(path)
        except OSError:
            out.append(Entry(path, Path(path).name, "gone"))
            continue
        folder = os.path.isdir(path)
        out.append(Entry(path, Path(path).name, "clip" if folder else "file", 0 if folder else state.st_size, state.st_mtime_ns))
    return out


def ordered(entries: list[Entry]) -> list[Entry]:
    """cam2 before cam10, whatever the case."""
    return sorted(entries, key=lambda e: [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", e.name.casefold())])
