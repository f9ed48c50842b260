"""A small PNG writer (RFC 2083) for pictures, masks and uncertainty, and a careful reader for comparing an export with its file."""
from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from engine.api import MediaError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BAND = 256  # rows filtered at once


def encode(pixels: np.ndarray, *, palette: list[tuple[int, int, int]] | None = None, text: dict[str, str] | None = None) -> bytes:
    """A PNG of `[h, w, 3]` uint8 (RGB), `[h, w]` uint8 (grey, or indices with `palette`) or `[h, w]` uint16 (grey).

    text: Latin-1 key words and values, kept in tEXt chunks. The same input gives the same bytes.
    """
    height, width = pixels.shape[:2]
    colour = 3 if palette is not None else 2 if pixels.ndim == 3 else 0
    depth = 16 if pixels.dtype == np.uint16 else 8
    rows = pixels.astype(">u2").view(np.uint8) if depth == 16 else pixels
    data = _filtered(np.ascontiguousarray(rows).reshape(height, -1), 1 if colour == 3 else 3 if colour == 2 else depth // 8, colour != 3)
    parts = [_SIGNATURE, _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))]
    if palette is not None:
        parts.append(_chunk(b"PLTE", bytes(value for entry in palette for value in entry)))
    for key, value in (text or {}).items():
        parts.append(_chunk(b"tEXt", key.encode("latin-1") + b"\0" + value.encode("latin-1", "replace")))
    parts += [_chunk(b"IDAT", zlib.compress(data, 6)), _chunk(b"IEND", b"")]
    return b"".join(parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _filtered(rows: np.ndarray, step: int, filters: bool) -> bytes:
    """Scan lines with the filter that leaves the smallest differences; indices stay as they are. `step` is bytes per pixel."""
    height, length = rows.shape
    out = np.zeros((height, length + 1), np.uint8)
    for top in range(0, height, _BAND):
        band = rows[top:top + _BAND]
        if not filters:
            out[top:top + _BAND, 1:] = band
            continue
        above = np.zeros_like(band)
        above[1:] = band[:-1]
        if top:
            above[0] = rows[top - 1]
        left, corner = np.zeros_like(band), np.zeros_like(band)
        left[:, step:], corner[:, step:] = band[:, :-step], above[:, :-step]
        a, b, c = left.astype(np.int16), above.astype(np.int16), corner.astype(np.int16)
        pa, pb, pc = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
        paeth = np.where((pa <= pb) & (pa <= pc), left, np.where(pb <= pc, above, corner))
        tried = np.stack([band, band - left, band - above, band - ((a + b) >> 1).astype(np.uint8), band - paeth])
        best = np.abs(tried.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64).argmin(axis=0)
        out[top:top + _BAND, 0] = best
        out[top:top + _BAND, 1:] = tried[best, np.arange(len(band))]
    return out.tobytes()


def size_of(path: Path) -> tuple[int, int]:
    """(width, height) as the file's header says. MediaError when it is not a PNG."""
    try:
        with path.open("rb") as file:
            head = file.read(33)
    except OSError as error:
        raise MediaError(error.strerror or "cannot be read", where=str(path)) from error
    if len(head) < 33 or head[:8] != _SIGNATURE or head[12:16] != b"IHDR" or zlib.crc32(head[12:29]) != int.from_bytes(head[29:33], "big"):
        raise MediaError("this is not a PNG picture", where=str(path))
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def read_rgb(path: Path, size: tuple[int, int]) -> np.ndarray:
    """The picture as `[h, w, 3]` uint8. MediaError when it is not a readable PNG of exactly `size` (w, h)."""
    if size_of(path) != size:
        raise MediaError(f"this picture is not {size[0]}x{size[1]} pixels", where=str(path))
    import av  # loads FFmpeg: only when a file is compared

    try:
        with av.open(str(path), format="png_pipe") as container:
            pixels = next(container.decode(video=0)).to_ndarray(format="rgb24")
    except (av.FFmpegError, StopIteration, ValueError) as error:
        raise MediaError("this PNG picture is damaged", where=str(path)) from error
    if pixels.shape != (size[1], size[0], 3):
        raise MediaError(f"this picture is not {size[0]}x{size[1]} pixels", where=str(path))
    return np.ascontiguousarray(pixels)
