"""How a coded chunk lies in the container: one VIDC chunk per level and tile, or one per tile when the chunk is small.

    level 3 payload   frames (low 4 bits) | 16 key | 32 all levels inside | 64 no colour | 128 with 16: finer first slice, else anchored;
                      tile 0 also: symbol hash, signature (4 bytes each), then a varint: of a key chunk its chroma, of an
                      anchored one the frames back to the key chunk it builds on, or 0 for the camera's picture and then its chroma
    all inside        then three varints: lengths of levels 3, 2, 1; then the four payloads
    other levels      the coded bytes as they are
The chunk's `time` is the number of its first frame.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.api import LzcError
from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.schedule import CHROMA, LONGEST, USUAL_GRAIN, Grain
from engine.lzc import ChunkKey

TYPE = "VIDC"
KEY, TOGETHER, GREY, MORE = 16, 32, 64, 128
FINER = 8  # added to the number of the chroma steps of a chunk on the camera's picture whose first slice is finer
SMALL = 8000   # bytes of a tile under which its levels share one container chunk: reading a coarse one alone saves little there
FEW = 8        # tiles; where there are more, whoever reads a region wants the motion of many tiles, and the rest of few
LITTLE = 1500  # bytes in that case


def varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def pack(chunk: CodedChunk, start: int, signature: bytes, anchor: int = 0) -> list[tuple[ChunkKey, bytes]]:
    """Container chunks of a coded chunk, coarse levels first; anchor: first frame of the last key chunk."""
    out: list[tuple[ChunkKey, bytes]] = []
    most = SMALL if len(chunk.payloads) <= FEW else min(SMALL, LITTLE)
    for level in (3, 2, 1, 0):
        for tile, parts in enumerate(chunk.payloads):
            together = sum(map(len, parts)) < most
            if level < 3 and together:
                continue
            data = parts[level]
            if level == 3:
                more = chunk.anchored or chunk.camera or (chunk.key and chunk.grain.fine)
                head = bytes([chunk.frames | (KEY if chunk.key else 0) | (TOGETHER if together else 0)
                              | (GREY if chunk.grey else 0) | (MORE if more else 0)])
                if tile == 0:
                    extra = varint(start - anchor) if chunk.anchored else b""
                    if chunk.key or chunk.camera:
                        finer = chunk.camera and chunk.grain.fine
                        extra = (b"\0" if chunk.camera else b"") + varint(chunk.grain.chroma + (FINER if finer else 0))
                    head += chunk.symbols[:4] + signature + extra
                if together:
                    data = b"".join([*(varint(len(parts[k])) for k in (3, 2, 1)), parts[3], parts[2], parts[1], parts[0]])
                data = head + data
            out.append((ChunkKey(TYPE, 0, level, start, tile, 0), data))
    return out


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """(value, end). LzcError when malformed."""
    n = shift = 0
    while at < len(data) and shift <= 28:
        n |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return n, at
    raise LzcError("the lengths inside a chunk are malformed")


@dataclass(frozen=True)
class Head:
    """What the first byte of a level 3 payload says; see `CodedChunk`."""

    frames: int
    key: bool
    anchored: bool  # to the last key chunk, or to the camera's picture
    fine: bool
    grey: bool


def head(data: bytes) -> Head:
    """Of the level 3 payload of any tile. LzcError when impossible."""
    if not data or not 1 <= data[0] & 15 <= LONGEST:
        raise LzcError("a coded chunk has an impossible number of frames")
    key, more = bool(data[0] & KEY), bool(data[0] & MORE)
    return Head(data[0] & 15, key, more and not key, more and key, bool(data[0] & GREY))


def on_camera(data: bytes) -> bool:
    """Whether an anchored chunk builds on the camera's picture, from the level 3 payload of tile 0."""
    return head(data).anchored and data[9:10] == b"\0"


def grain(data: bytes) -> Grain:
    """Of a key chunk or one on the camera's picture, from the level 3 payload of tile 0. LzcError when impossible."""
    camera, h = on_camera(data), head(data)
    number = read_varint(data, 10 if camera else 9)[0]
    if number >= (2 * FINER if camera else len(CHROMA)):
        raise LzcError("a coded chunk names impossible steps")
    return Grain(number % FINER, number >= FINER if camera else h.fine, h.frames, int(camera))


def back(data: bytes) -> int:
    """Frames from the key chunk that an anchored chunk builds on, from the level 3 payload of tile 0. LzcError when impossible."""
    frames = read_varint(data, 9)[0]
    if frames < 1:
        raise LzcError("a coded chunk claims to build on itself")
    return frames


def unpack_tile(read: Callable[[int, int], bytes], tile: int, level: int) -> tuple[int, tuple[bytes, bytes, bytes, bytes], bytes]:
    """(flags, payloads of the four levels, for tile 0 also its first eleven bytes) of one tile, from `read(level, tile)`, down to
    `level`; finer levels may stay empty. LzcError when malformed."""
    data = read(3, tile)
    h = head(data)
    if tile == 0 and len(data) < 9:
        raise LzcError("a coded chunk is too short")
    body = data[1:]
    if tile == 0:
        at = read_varint(data, 9)[1] if h.key or h.anchored else 9
        body = data[read_varint(data, at)[1] if on_camera(data) else at:]
    parts = [b"", b"", b"", b""]
    if data[0] & TOGETHER:
        sizes, at = [], 0
        for _ in range(3):
            n, at = read_varint(body, at)
            sizes.append(n)
        if at + sum(sizes) > len(body):
            raise LzcError("the lengths inside a chunk exceed it", chunk=f"tile {tile}")
        for k, n in zip((3, 2, 1), sizes, strict=True):
            parts[k] = body[at:at + n]
            at += n
        parts[0] = body[at:]
    else:
        parts[3] = body
        for k in range(2, level - 1, -1):
            parts[k] = read(k, tile)
    return data[0] & ~TOGETHER, (parts[0], parts[1], parts[2], parts[3]), data[:11] if tile == 0 else b""


def unpack(read: Callable[[int, int], bytes], tiles: int, level: int) -> tuple[CodedChunk, bytes]:
    """(coded chunk, signature) from `read(level, tile)`, down to `level`; finer levels stay empty. LzcError when malformed."""
    payloads: list[tuple[bytes, bytes, bytes, bytes]] = []
    facts, first = b"", -1
    for tile in range(tiles):
        flags, parts, more = unpack_tile(read, tile, level)
        if tile == 0:
            first, facts = flags, more
        elif flags != first:
            raise LzcError("the tiles of a chunk disagree", chunk=f"tile {tile}")
        payloads.append(parts)
    h = head(bytes([first]))
    camera = on_camera(facts)
    made = CodedChunk(tuple(payloads), facts[1:5], h.frames, h.key, h.grey, h.anchored and not camera,
                      grain(facts) if h.key or camera else USUAL_GRAIN, camera)
    return made, facts[5:9]


def signature(luma: object) -> bytes:
    """Four bytes: mean grey of the quadrants of the last picture. Tells drift and damage from rounding (tolerance 2)."""
    import numpy as np

    a = np.asarray(luma, np.float32)
    h, w = max(1, a.shape[0] // 2), max(1, a.shape[1] // 2)
    quads = (a[:h, :w], a[:h, w:], a[h:, :w], a[h:, w:])
    return bytes(int(min(255, max(0, round(float(q.mean()))))) if q.size else 0 for q in quads)
