"""What the first page of a TIFF says of itself (TIFF 6.0, BigTIFF)."""
from __future__ import annotations

import struct
from typing import BinaryIO

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TOLD = (258, 277, 322, 339)      # bits, samples, width of a tile, format of the samples


def first_page(file: BinaryIO) -> tuple[dict[int, int], int]:
    """(first value of each tag in `_TOLD`, where the next page is) of the first page. struct.error, ValueError when it is damaged."""
    file.seek(0)
    head = file.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = head[2:4] in (b"+\0", b"\0+")
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)
    file.seek(at)
    (count,) = struct.unpack(order + ("Q" if big else "H"), file.read(8 if big else 2))
    if not 0 < count < 4096:
        raise ValueError
    size = 20 if big else 12
    body = file.read(count * size + (8 if big else 4))
    found = {}
    for i in range(count):
        tag, kind = struct.unpack_from(order + "HH", body, i * size)
        if tag not in _TOLD:
            continue
        place = i * size + (12 if big else 8)
        (many,) = struct.unpack_from(order + ("Q" if big else "I"), body, i * size + 4)
        if kind == 3 and many > (4 if big else 2):        # the values lie elsewhere
            (where,) = struct.unpack_from(order + ("Q" if big else "I"), body, place)
            file.seek(where)
            (found[tag],) = struct.unpack(order + "H", file.read(2))
        else:
            (found[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), body, place)
    (following,) = struct.unpack_from(order + ("Q" if big else "I"), body, count * size)
    return found, following


def in_tiles(path: str) -> bool:
    """False for what cannot be read: its opener says why."""
    try:
        with open(path, "rb") as file:
            return file.read(4) in SIGNATURES and 322 in first_page(file)[0]
    except (OSError, OverflowError, struct.error, ValueError):
        return False
