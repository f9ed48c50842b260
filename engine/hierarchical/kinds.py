"""What a file holds, told by its content: a text table, text, an array, sound, a picture, a band cube; None for anything else."""
from __future__ import annotations

import os
from pathlib import Path

from engine.api import JobError
from engine.hierarchical import tif
from engine.media import tga

TABLE, TEXT, ARRAY, AUDIO, IMAGE, CUBE = "table", "text", "array", "audio", "image", "cube"
_LOOK = 1 << 16
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", *tif.SIGNATURES, b"P5", b"P6")
_DELIMITERS = b",;\t|"


def sniff(path: str | os.PathLike[str]) -> str | None:
    """One of the kinds, by the first 64 KiB. OSError when it cannot be read."""
    p = Path(path)
    if not p.is_file():
        return None
    with p.open("rb") as file:
        head = file.read(_LOOK)
    if head.startswith(b"\x93NUMPY"):
        return ARRAY
    if head.startswith(b"fLaC") or (head.startswith(b"RIFF") and head[8:12] == b"WAVE") or head.startswith(b"RF64"):
        return AUDIO
    if head.startswith(tif.SIGNATURES) and tif.is_cube(p):
        return CUBE
    if head.startswith(_PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return IMAGE
    if tga.head_of(p) is not None:
        return IMAGE
    if head.startswith(b"ENVI") or header_of(p) is not None:
        return CUBE
    if head.startswith(b"PAR1"):
        return TABLE
    if head.startswith(b"YUV4MPEG2") or not _is_text(head):
        return None
    return TABLE if delimiter(head) is not None else TEXT


def decline(path: Path) -> None:
    """JobError for a file of no kind that is named like data and holds some, in a form that is not read."""
    ending = path.suffix.lower()
    if ending not in (".csv", ".tsv", ".txt", ".npz") or not path.is_file():
        return
    with path.open("rb") as file:
        head = file.read(_LOOK)
    if ending == ".npz" and head.startswith(b"PK"):
        raise JobError("a .npz holds several arrays", where=str(path), hint="save each of them as .npy")
    if ending != ".npz" and b"\0" in head and _is_text(head.replace(b"\0", b"")):
        raise JobError("this text is UTF-16, or holds zero bytes", where=str(path), hint="save it as UTF-8")


def header_of(path: Path) -> Path | None:
    """The ENVI header beside a raw cube: NAME.hdr or NAME.raw.hdr."""
    for candidate in (path.with_suffix(".hdr"), Path(f"{path}.hdr")):
        if candidate != path and candidate.is_file():
            try:
                with candidate.open("rb") as file:
                    if file.read(4) == b"ENVI":
                        return candidate
            except OSError:
                continue
    return None


def delimiter(head: bytes) -> int | None:
    """The byte that cuts most lines into the same number of cells, at least two; None when this is no table."""
    lines = head.replace(b"\r\n", b"\n").split(b"\n")
    if len(head) >= _LOOK:
        lines = lines[:-1]
    lines = [line for line in lines[:400] if line]
    if len(lines) < 2:
        return None
    for mark in _DELIMITERS:
        counts = [_outside(line, mark) for line in lines[1:]]
        usual = max(set(counts), key=counts.count)
        if usual and counts.count(usual) >= 0.9 * len(counts) and abs(_outside(lines[0], mark) - usual) <= 1 and _numeric(lines[1:], mark):
            return mark
    # a single column of numbers is a table too
    return 44 if all(_number(line) for line in lines[1:]) else None


def _outside(line: bytes, mark: int) -> int:
    """How often `mark` stands outside of quotes."""
    return sum(part.count(mark) for part in line.split(b'"')[::2]) if b'"' in line else line.count(mark)


def _numeric(lines: list[bytes], mark: int) -> bool:
    """Prose has commas too; a table has numbers in most lines."""
    cells = [c for line in lines for c in line.split(bytes([mark]))]
    return sum(_number(c.strip(b'" ')) for c in cells) >= 0.2 * len(cells)


def _number(cell: bytes) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
        return True
    except UnicodeDecodeError as fault:
        if len(head) == _LOOK and fault.start > _LOOK - 4:      # a character cut in two
            return True
    # older encodings: text has few control characters
    controls = sum(1 for b in head if b < 32 and b not in (9, 10, 12, 13, 27))
    return controls == 0 and sum(1 for b in head if b > 127) < 0.2 * len(head)
