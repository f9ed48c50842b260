"""TIFF files as band cubes: many bands, many pages or numbers that are no picture; read and written by tifffile.

A TIFF of one page with at most four samples of 8 or 16 bits a pixel is a picture and is not read here.
"""
from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.api import JobError, MediaError

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MOST = 1 << 32           # bytes of a packed cube that are unpacked in one go
# what says where on earth the cube lies and what its numbers mean: kept and written again
_KEPT = {270: "s", 33550: "d", 33922: "d", 34264: "d", 34735: "H", 34736: "d", 34737: "s", 42112: "s", 42113: "s"}
_LONGEST = 1 << 15


def is_cube(path: Path) -> bool:
    """Whether this TIFF is a cube, from its first directory alone. False for what cannot be read: its opener says why."""
    try:
        with path.open("rb") as file:
            found, following = _directory(file)
    except (OSError, struct.error, ValueError):
        return False
    bits, samples = found.get(258, 1), found.get(277, 1)
    return bool(following) or samples > 4 or found.get(339, 1) == 3 or bits > 16


def _directory(file: BinaryIO) -> tuple[dict[int, int], int]:
    """(first value of each small tag, where the next page is) of the first page."""
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
        if tag not in (258, 277, 339):
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


def read(path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """(`[C, Y, X]`, facts for `write`); mapped from disk where it is not packed. EngineError in one line."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            shape, axes, dtype = tuple(series.shape), series.axes, series.dtype
            tags = _tags(file)
            more = len(file.series) > 1
            size = math.prod(shape) * np.dtype(dtype).itemsize
            if more:
                raise JobError("this file holds pictures of several sizes", where=str(path), hint="split it into one file for each")
            if not 0 < size <= _MOST and not series.dataoffset:
                raise JobError(f"this packed cube is {size >> 20} MB large", where=str(path), hint="save it without compression")
            x = tifffile.memmap(path, mode="r") if series.dataoffset else series.asarray()
    except (JobError, MemoryError, KeyboardInterrupt):
        raise
    except Exception as fault:       # the library raises whatever a damaged file leads to
        kind = str(fault).split("<COMPRESSION.")[-1].split(":")[0] if "COMPRESSION." in str(fault) else ""
        if kind:
            raise JobError(f"this cube is packed by {kind}, which needs the package imagecodecs", where=str(path),
                           hint="pip install imagecodecs, or save the cube without compression") from fault
        raise MediaError("this tif file is damaged or cut off", where=str(path), hint="copy it again") from fault
    x = np.asarray(x).reshape(shape)
    if x.ndim == 2:
        order, y = (0, 1, 2), x[None]
    elif axes.endswith("S") and x.ndim == 3:
        order, y = (2, 0, 1), x.transpose(2, 0, 1)
    else:
        y = x.reshape(-1, *x.shape[-2:])
        order = (0, 1, 2)
    natural = list(y.shape) if order == (0, 1, 2) else list(x.shape)
    return y, {"shape": natural, "axes": list(order), **({"tif": tags} if tags else {})}


def _tags(file: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag in file.pages[0].tags:
        if tag.code not in _KEPT:
            continue
        value = tag.value
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        value = value if isinstance(value, str) else [v for v in (value if isinstance(value, tuple) else (value,))]
        if 0 < len(value) and len(str(value)) < _LONGEST:
            found[str(tag.code)] = value
    return found


def write(x: np.ndarray, facts: dict[str, Any], file: BinaryIO) -> None:
    """x in the shape the file had; one page a band, or all samples of a pixel together where they were."""
    import tifffile

    extra: list[tuple[int, str, int, Any, bool]] = []
    description = None
    for code, value in (facts.get("tif") or {}).items():
        kind = _KEPT.get(int(code), "")
        if int(code) == 270:
            description = str(value)
        elif kind == "s":
            extra.append((int(code), "s", 0, str(value), True))
        elif kind:
            extra.append((int(code), kind, len(value), tuple(value), True))
    together = facts.get("axes") == [2, 0, 1]
    tifffile.imwrite(file, x, photometric="minisblack", planarconfig="contig" if together else None, metadata=None,
                     description=description, extratags=extra, bigtiff=x.nbytes > 3 << 30)
