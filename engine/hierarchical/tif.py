"""TIFF files, read and written by tifffile: band cubes (many bands, many pages, numbers that are no picture), and pictures.

A TIFF of one page with at most four unsigned samples of up to 16 bits a pixel is a picture.
"""
from __future__ import annotations

import logging
import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.api import JobError, MediaError
from engine.media.tags import SIGNATURES, first_page

__all__ = ["SIGNATURES", "facts_of_picture", "is_cube", "pages_of", "read", "write"]

# what tifffile finds odd is for a log, where there is one, and not for the terminal
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_GREY_BUT_WHITE_IS_0, _RGB, _PALETTE, _YCBCR = 0, 2, 3, 6
_UNPACKED_HERE = (1, 8, 32773, 32946)      # stored, deflate, packbits; FFmpeg knows more of them
_MOST = 1 << 32           # bytes of a packed cube that are unpacked in one go
# what says where on earth the cube lies and what its numbers mean: kept and written again
_KEPT = {270: "s", 33550: "d", 33922: "d", 34264: "d", 34735: "H", 34736: "d", 34737: "s", 42112: "s", 42113: "s"}
_LONGEST = 1 << 15


def is_cube(path: Path) -> bool:
    """Whether this TIFF is a cube, from its first directory alone. False for what cannot be read: its opener says why."""
    try:
        with path.open("rb") as file:
            found, following = first_page(file)
    except (OSError, OverflowError, struct.error, ValueError):
        return False
    bits, samples = found.get(258, 1), found.get(277, 1)
    return bool(following) or samples > 4 or found.get(339, 1) not in (1, 4) or bits > 16


def read(path: Path, picture: bool = False) -> tuple[np.ndarray, dict[str, Any]]:
    """(`[C, Y, X]`, facts for `write`); mapped from disk where it is not packed. EngineError in one line.

    A picture comes as it is looked at: in grey or RGB, white is the largest number."""
    import tifffile

    from engine.hierarchical.sound import decode_picture

    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            shape, axes, dtype = tuple(series.shape), series.axes, series.dtype
            tags = _tags(file)
            look = _look(file.pages[0], path) if picture else _colours(file.pages[0])
            more = len(file.series) > 1
            size = math.prod(shape) * np.dtype(dtype).itemsize
            if more:
                raise JobError("this file holds pictures of several sizes", where=str(path), hint="split it into one file for each")
            if not 0 < size <= _MOST and not series.dataoffset:
                raise JobError(f"this packed cube is {size >> 20} MB large", where=str(path), hint="save it without compression")
            if picture and _left_to_ffmpeg(file.pages[0], path):
                x, axes = decode_picture(path), "YXS"
                shape = x.shape
            else:
                x = tifffile.memmap(path, mode="r") if series.dataoffset else series.asarray()
                if picture and x.dtype == np.bool_:
                    x = x * np.uint8(255)
                if look.get("photometric") == _GREY_BUT_WHITE_IS_0:
                    x = ~x
    except (JobError, MediaError, MemoryError, KeyboardInterrupt):
        raise
    except Exception as fault:       # the library raises whatever a damaged file leads to
        kind = str(fault).split("<COMPRESSION.")[-1].split(":")[0] if "COMPRESSION." in str(fault) else ""
        if kind:
            raise JobError(f"this tif file is packed by {kind}, which needs the package imagecodecs", where=str(path),
                           hint="pip install imagecodecs, or save it without compression") from fault
        raise MediaError("this tif file is damaged or cut off", where=str(path), hint="copy it again") from fault
    y, form = _bands(np.asarray(x).reshape(shape), axes, path)
    return y, {**form, **({"tif": tags} if tags else {}), **look}


def _bands(x: np.ndarray, axes: str, path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """(`[C, Y, X]`, shape and axes of the file): every sample of every page is a band. A copy where pages have samples side by side."""
    pages = x.ndim - 3
    if axes.endswith("S") and pages >= 0:
        order = (*range(pages), x.ndim - 1, pages, pages + 1)
        if pages and x.nbytes > _MOST:
            raise JobError(f"these pages of several samples a pixel are {x.nbytes >> 20} MB large", where=str(path),
                           hint="split them into several files")
        y = x.transpose(order)
        return y.reshape(-1, *y.shape[-2:]), {"shape": list(x.shape), "axes": list(order)}
    y = x.reshape(-1, *x.shape[-2:])
    if axes[:-2].endswith("S") and pages:
        return y, {"shape": list(x.shape), "axes": list(range(x.ndim))}
    return y, {"shape": list(y.shape), "axes": [0, 1, 2]}


def _look(page: Any, path: Path) -> dict[str, Any]:
    """What makes the numbers of this page a picture, for `write`."""
    kind, bits = int(page.photometric), int(page.bitspersample)
    if kind > _YCBCR or kind in (4, 5) or (kind != _PALETTE and bits not in (1, 8, 16)):
        raise JobError(f"a tif picture of the kind {page.photometric.name} with {bits} bits is not read", where=str(path),
                       hint="save it as grey or RGB with 8 or 16 bits")
    extra = [int(e) for e in page.extrasamples]
    return {"photometric": _RGB if kind in (_PALETTE, _YCBCR) else kind, **({"extra": extra} if extra else {}),
            **({"bool": 255} if bits == 1 and kind != _PALETTE else {})}


def _colours(page: Any) -> dict[str, Any]:
    """What the samples of a pixel of a cube are, for `write`: its numbers are kept as they are."""
    extra = [int(e) for e in page.extrasamples]
    return {**({"photometric": _RGB} if int(page.photometric) == _RGB else {}), **({"extra": extra} if extra else {})}


def _left_to_ffmpeg(page: Any, path: Path) -> bool:
    coloured = int(page.photometric) in (_PALETTE, _YCBCR)
    if page.is_tiled and coloured:
        raise JobError(f"a tif picture of the kind {page.photometric.name} is not read in tiles", where=str(path),
                       hint="save it as grey or RGB with 8 or 16 bits")
    return not page.is_tiled and (coloured or int(page.compression) not in _UNPACKED_HERE)


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


def pages_of(facts: dict[str, Any]) -> tuple[int, str]:
    """(pages, what each pixel has) of a cube whose pages have several samples a pixel; (0, "") of all others."""
    shape, axes = facts.get("shape") or [], facts.get("axes") or []
    if ("photometric" not in facts and "extra" not in facts) or not 3 < len(axes) == len(shape):
        return 0, ""
    samples, alpha = int(shape[axes[-3]]), (facts.get("extra") or [0])[-1] in (1, 2)
    plain = samples - alpha
    named = "RGB" if facts.get("photometric") == _RGB and plain == 3 else "grey" if plain == 1 else f"{plain} samples a pixel"
    return math.prod(shape) // (samples * shape[axes[-2]] * shape[axes[-1]]), named + (" with alpha" if alpha else "")


def facts_of_picture(lattice: Sequence[int]) -> dict[str, Any]:
    """For `write`: a picture `[C, Y, X]` in grey or RGB, with alpha or without, as pictures usually lie in a tif."""
    channels, height, width = lattice
    return {"shape": [height, width, channels], "axes": [2, 0, 1], "photometric": _RGB if channels > 2 else 1,
            **({} if channels % 2 else {"extra": [2]})}


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
    axes, kind = facts.get("axes") or [], facts.get("photometric", 1)
    together = len(axes) > 2 and axes[-1] == len(axes) - 2
    if together and x.shape[-1] == 1:
        together, x = False, x[..., 0]
    if kind == _GREY_BUT_WHITE_IS_0:
        x = ~x
    planar = "contig" if together else "separate" if kind == _RGB or facts.get("extra") else None
    tifffile.imwrite(file, x, photometric={_GREY_BUT_WHITE_IS_0: "miniswhite", _RGB: "rgb"}.get(kind, "minisblack"), planarconfig=planar,
                     extrasamples=facts.get("extra"), metadata=None, description=description, extratags=extra, bigtiff=x.nbytes > 3 << 30)
