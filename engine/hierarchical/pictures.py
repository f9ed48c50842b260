"""PNG in and out (RFC 2083), 8 and 16 bit, grey and colour with or without alpha: exactly the samples of the file, no colour conversion."""
from __future__ import annotations

import struct
import zlib

import numpy as np
from numba import njit

from engine.api import MediaError
from engine.entropy.coder import FLAGS

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
LARGEST = 1 << 28          # pixels


@njit(**FLAGS)
def _unfilter(rows, step):
    """Undo the line filters in place; rows `[h, 1 + n]`. False for an unknown filter."""
    height, width = rows.shape
    for y in range(height):
        kind = rows[y, 0]
        if kind > 4:
            return False
        for x in range(1, width):
            a = np.int64(rows[y, x - step]) if x > step else np.int64(0)
            b = np.int64(rows[y - 1, x]) if y > 0 else np.int64(0)
            c = np.int64(rows[y - 1, x - step]) if y > 0 and x > step else np.int64(0)
            p = np.int64(0)
            if kind == 1:
                p = a
            elif kind == 2:
                p = b
            elif kind == 3:
                p = (a + b) >> 1
            elif kind == 4:
                pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
                p = a if pa <= pb and pa <= pc else (b if pb <= pc else c)
            rows[y, x] = (rows[y, x] + p) & 255
    return True


def read_png(data: bytes, where: str = "") -> np.ndarray | None:
    """`[C, H, W]` uint8 or uint16; None for a kind of PNG that is left to others (palette, interlaced, below 8 bits). MediaError."""
    wrong = MediaError("this picture is damaged or cut off", where=where, hint="make the copy again")
    if not data.startswith(_SIGNATURE):
        return None
    at, body, head = 8, [], b""
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        part = data[at + 8:at + 8 + length]
        if len(part) < length or at + 12 + length > len(data):
            raise wrong
        if struct.unpack_from(">I", data, at + 8 + length)[0] != zlib.crc32(kind + part):
            raise wrong
        at += 12 + length
        if kind == b"IHDR":
            head = part
        elif kind == b"IDAT":
            body.append(part)
        elif kind in (b"tRNS", b"acTL"):
            return None
        elif kind == b"IEND":
            break
    if len(head) != 13 or not body:
        raise wrong
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    if depth not in (8, 16) or colour not in _CHANNELS or interlaced:
        return None
    if not (0 < width and 0 < height and width * height <= LARGEST):
        raise MediaError(f"a picture of {width}x{height} is too large", where=where, hint="scale it down first")
    channels = _CHANNELS[colour]
    line = width * channels * depth // 8
    engine = zlib.decompressobj()
    try:
        raw = engine.decompress(b"".join(body), height * (line + 1))
    except zlib.error:
        raise wrong from None
    if len(raw) != height * (line + 1):
        raise wrong
    rows = np.frombuffer(raw, np.uint8).reshape(height, line + 1).copy()
    if not _unfilter(rows, channels * depth // 8):
        raise wrong
    samples = rows[:, 1:].copy().view(">u2" if depth == 16 else np.uint8).reshape(height, width, channels)
    return np.ascontiguousarray(samples.transpose(2, 0, 1)).astype(np.uint16 if depth == 16 else np.uint8)


@njit(**FLAGS)
def _filter(raw, step, rows):
    """Lines raw `[h, n]` as what a Paeth predictor leaves, into rows `[h, 1 + n]`."""
    height, width = raw.shape
    for y in range(height):
        rows[y, 0] = 4
        for x in range(width):
            a = np.int64(raw[y, x - step]) if x >= step else np.int64(0)
            b = np.int64(raw[y - 1, x]) if y > 0 else np.int64(0)
            c = np.int64(raw[y - 1, x - step]) if y > 0 and x >= step else np.int64(0)
            pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
            p = a if pa <= pb and pa <= pc else (b if pb <= pc else c)
            rows[y, x + 1] = (raw[y, x] - p) & 255


def _deflate(data: bytes) -> bytes:
    """A search for repeats takes six times as long, and finds nothing in photographs; drawings are worth it."""
    engine = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    small = engine.compress(data) + engine.flush()
    return small if 3 * len(small) > len(data) else min(small, zlib.compress(data, 6), key=len)


def write_png(x: np.ndarray) -> bytes:
    """A PNG of `[C, H, W]` uint8 or uint16, C 1 to 4."""
    channels, height, width = x.shape
    deep = x.dtype == np.uint16
    rows = np.ascontiguousarray(x.transpose(1, 2, 0).reshape(height, -1))
    raw = rows.astype(">u2").view(np.uint8) if deep else rows
    out = np.zeros((height, raw.shape[1] + 1), np.uint8)
    _filter(raw, channels * (2 if deep else 1), out)
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 16 if deep else 8, colour, 0, 0, 0)),
             (b"IDAT", _deflate(out.tobytes())), (b"IEND", b"")]
    return _SIGNATURE + b"".join(struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in parts)
