"""What a recording knows of its camera beforehand: a picture of the place, coded once, on which any key interval may begin.

The picture is a key chunk of one frame, coded at a quality of its own, and lies in the file's MODL chunk:

    version (1) | quality (0..63) | 64 no colour, + number of chroma steps | per tile four varints: lengths of levels 3, 2, 1, 0 | the
    coded bytes in the same order, up to the end

All that builds on it is lost with it. So a recording beside which it is small holds it twice, at its two ends.
"""
from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field

import numpy as np

from engine.api import LzcError
from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, ChunkEncoder, CodecSettings, Planes
from engine.lorentzian.model import CodecModel
from engine.lorentzian.packing import read_varint, varint
from engine.lorentzian.payload import tile_grid
from engine.lorentzian.schedule import CHROMA, QUALITIES, Grain
from engine.lorentzian.slices import Reference
from engine.lorentzian.transform import pad_size
from engine.lzc import ChunkKey, LzcReader

KEY, SPARE = ChunkKey("MODL"), ChunkKey("MODL", time=1)
SMALL = 50  # times as large a recording must be to hold its picture twice
LARGEST = 64 << 20  # bytes
VERSION, GREY = 1, 64
FORMAT = 2  # version of the container that a reader must know to read a recording with a camera


@dataclass(frozen=True, eq=False)
class Camera:
    """The coded picture of a camera; `reference` decodes it, once for each level."""

    chunk: CodedChunk
    width: int
    height: int
    quality: int
    model: CodecModel
    _made: dict[int, Reference] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reference(self, level: int = 0) -> Reference:
        """The decoded picture at `level`, as later slices look at it. From any thread."""
        with self._lock:
            if level not in self._made:
                reader = SymbolReader(self.width, self.height, self.quality, self.model)
                pixels = ChunkDecoder(self.width, self.height, self.quality, self.model)
                self._made[level] = Reference(pixels.begin(reader.read(self.chunk, level), level).refs[0].planes, level)
                pixels.close()
            return self._made[level]

    def to_bytes(self) -> bytes:
        """Payload of the MODL chunk."""
        parts = [p for tile in self.chunk.payloads for p in tile[::-1]]
        head = bytes([VERSION, self.quality, (GREY if self.chunk.grey else 0) | self.chunk.grain.chroma])
        return b"".join([head, *(varint(len(p)) for p in parts), *parts])


def encode(picture: Planes, width: int, height: int, quality: int, model: CodecModel) -> Camera:
    """`picture`: (y, u, v) on the 0..255 scale, of `width` x `height`."""
    from engine.lorentzian.structure import FIRST, chroma

    encoder, number = ChunkEncoder(width, height, CodecSettings(quality), model), FIRST
    encoder.fits = False  # it is looked at by slices and never shown
    for _ in range(3):
        guess = number
        chunk, shown = encoder.encode([picture], True, grain=Grain(guess))
        number = chroma([picture], [(chunk, shown)], guess)
        if abs(number - guess) < 2:
            break
    encoder.close()
    return Camera(chunk, width, height, quality, model)


def decode(data: bytes, width: int, height: int, model: CodecModel) -> Camera:
    """From the payload of a MODL chunk. LzcError when it is none."""
    if len(data) < 3 or len(data) > LARGEST or data[0] != VERSION or data[1] >= QUALITIES or data[2] & ~GREY >= len(CHROMA):
        raise LzcError("what it says of its camera makes no sense")
    count, at, sizes = len(tile_grid(*reversed(pad_size(width, height)))), 3, []
    for _ in range(4 * count):
        n, at = read_varint(data, at)
        sizes.append(n)
    if at + sum(sizes) != len(data):
        raise LzcError("the picture of its camera is cut off")
    ends = at + np.cumsum(sizes)
    parts = [data[e - n:e] for e, n in zip(ends, sizes, strict=True)]
    tiles = tuple((parts[i + 3], parts[i + 2], parts[i + 1], parts[i]) for i in range(0, len(parts), 4))
    chunk = CodedChunk(tiles, b"", 1, True, bool(data[2] & GREY), grain=Grain(data[2] & ~GREY, frames=1))
    return Camera(chunk, width, height, data[1], model)


def name_of(payload: bytes) -> str:
    """What a header calls it: the first 16 hex digits of its SHA-256. Damage is found by the chunk's checks."""
    return hashlib.sha256(payload).hexdigest()[:16]


def read(file: LzcReader, name: str, width: int, height: int, model: CodecModel) -> Camera:
    """Of an open file whose header calls it by this name. LzcError with one line when it is lost."""
    kept = _kept(file, KEY)
    if isinstance(kept, LzcError) and not isinstance(spare := _kept(file, SPARE), LzcError):
        kept = spare
    if isinstance(kept, LzcError):
        raise LzcError("the picture of the camera, on which this recording builds, is damaged or missing", where=file.name,
                       hint="only another copy of the file can help") from kept
    if name_of(kept) != name:
        raise LzcError("the picture of the camera is not the one that this recording builds on", where=file.name)
    try:
        return decode(kept, width, height, model)
    except LzcError as error:
        raise LzcError(error.what, where=file.name) from error


def _kept(file: LzcReader, key: ChunkKey) -> bytes | LzcError:
    try:
        return file.read(key)
    except LzcError as error:
        return error
