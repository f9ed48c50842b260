"""The files of the file system as the sources see them: digests made beside the opening, pictures of a folder in natural order."""
from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

from engine.api import MediaError

IMAGE_ENDINGS = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".tga", ".webp"}


class Digest:
    """A digest made beside the opening (reading the file once for both, as far as the system's cache goes)."""

    def __init__(self, work: Callable[[threading.Event], str]) -> None:
        self._work, self._stop = work, threading.Event()
        self._value, self._error = "", ""
        self._thread = threading.Thread(target=self._run, name="media-digest", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._work(self._stop)
        except OSError as error:
            self._error = str(error.strerror)

    def result(self) -> str:
        self._thread.join()
        if self._error:
            raise MediaError(f"cannot be read: {self._error}")
        return self._value

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def hash_file(path: str, stopped: threading.Event) -> str:
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while not stopped.is_set() and (part := file.read(1 << 20)):
            total.update(part)
    return total.hexdigest()


def hash_listing(files: list[str], stopped: threading.Event) -> str:
    """SHA-256 over names, sizes and the first 64 KiB of every file."""
    total = hashlib.sha256()
    for path in files:
        if stopped.is_set():
            break
        with open(path, "rb") as file:
            head = hashlib.sha256(file.read(1 << 16)).hexdigest()
            total.update(f"{os.path.basename(path)}\0{os.fstat(file.fileno()).st_size}\0{head}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def list_images(path: str | os.PathLike[str]) -> list[str]:
    """Full paths of the pictures in a folder, in natural order. MediaError where there are none."""
    folder = Path(path)
    try:
        names = [e.name for e in os.scandir(folder) if e.is_file() and os.path.splitext(e.name)[1].lower() in IMAGE_ENDINGS
                 and not e.name.startswith(".")]
    except OSError as error:
        raise MediaError(f"the folder cannot be read: {error.strerror}", where=str(folder)) from None
    if not names:
        raise MediaError("there are no pictures in the folder", where=str(folder), hint="png, jpg, tif, bmp, tga and webp are read")
    return [os.path.abspath(folder / name) for name in sorted(names, key=natural_key)]


def natural_key(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Sorts img2 before img10; case does not count, except between names that are otherwise equal."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((0, int(p), "") if i % 2 else (1, 0, p.casefold()) for i, p in enumerate(parts)), name
