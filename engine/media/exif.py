"""Which way up a picture is to be held, as cameras write it into JPEG, PNG and WebP (Exif 2.32, tag 274; TIFF 6.0)."""
from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

Turn = tuple[bool, bool, bool, int]  # transpose, flip rows, flip columns, degrees clockwise

TURNS: dict[int, Turn] = {2: (False, False, True, 0), 3: (False, True, True, 180), 4: (False, True, False, 0), 5: (True, False, False, 90),
                          6: (True, False, True, 90), 7: (True, True, True, 90), 8: (True, True, False, 270)}
UPRIGHT: Turn = (False, False, False, 0)
_MOST = 1 << 20     # bytes of Exif data that are looked at
_PIECES = 10_000


def turn_of(path: str) -> Turn:
    """What makes the picture in file `path` upright; `UPRIGHT` where nothing is said, or it is not understood."""
    try:
        with open(path, "rb") as file:
            for body in _pieces(file):
                turn = TURNS.get(_orientation(body.removeprefix(b"Exif\0\0")))
                if turn is not None:
                    return turn
    except (OSError, struct.error):
        pass
    return UPRIGHT


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Bodies of what may be Exif data."""
    head = file.read(12)
    if head[:2] == b"\xff\xd8":
        yield from _jpeg(file)
    elif head[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _chunks(file, 8, ">I4s", (1, 0), b"eXIf", 4)
    elif head[:4] == b"RIFF" and head[8:] == b"WEBP":
        yield from _chunks(file, 12, "<4sI", (0, 1), b"EXIF", 0)


def _jpeg(file: BinaryIO) -> Iterator[bytes]:
    at = 2
    for _ in range(_PIECES):
        file.seek(at)
        mark = file.read(4)
        if len(mark) < 4 or mark[0] != 0xFF or mark[1] in (0xD9, 0xDA):
            return
        if mark[1] == 0xFF:
            at += 1
            continue
        length = int.from_bytes(mark[2:], "big")
        if mark[1] == 0xE1 and file.read(6) == b"Exif\0\0":
            yield file.read(max(0, length - 8))
        at += 2 + length


def _chunks(file: BinaryIO, at: int, form: str, order: tuple[int, int], wanted: bytes, behind: int) -> Iterator[bytes]:
    """Chunks of name and length, `behind` bytes after each body; those of RIFF are padded to even lengths."""
    end = file.seek(0, os.SEEK_END)
    for _ in range(_PIECES):
        if at + 8 > end:
            return
        file.seek(at)
        found = struct.unpack(form, file.read(8))
        name, length = found[order[0]], found[order[1]]
        if name == wanted:
            yield file.read(min(length, _MOST))
        at += 8 + length + behind + (length & 1 if not behind else 0)


def _orientation(body: bytes) -> int:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(body[:4])
    if order is None:
        return 1
    (at,) = struct.unpack_from(order + "I", body, 4)
    (count,) = struct.unpack_from(order + "H", body, at)
    for place in range(at + 2, at + 2 + 12 * min(count, 1000), 12):
        tag, kind = struct.unpack_from(order + "HH", body, place)
        if tag == 274 and kind == 3:
            return int(struct.unpack_from(order + "H", body, place + 8)[0])
    return 1
