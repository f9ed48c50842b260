"""Bytes of a chunk: keys, type codes, varints and the two checks. Written down for strangers in `docs/lzc.md`."""
from __future__ import annotations

import re
import zlib
from binascii import crc_hqx
from dataclasses import dataclass

from engine.api import LzcError

SIGNATURE = b"\x89LZC\r\n\x1a\n"     # high bit, both line ends and a DOS end-of-file: text-mode copies break it visibly
WRITER_VERSION = 1
READER_VERSION = 2                    # newest minimum version that this reader understands; 2: recordings that build on a camera
PREFIX_SIZE = len(SIGNATURE) + 2
SYNC = b"\xb7Lz\x1b"                  # starts every chunk; no proper prefix of it is also a suffix
HEADER_MAX = 48                       # a chunk header is never longer
CRC_SIZE = 4
CHUNK_MIN = 14                        # sync 4, type, shape, time, length, header CRC 2, payload CRC 4

ANCILLARY_BIT = 0x80
LEVEL_ESCAPE = 15
HAS_STREAM, HAS_TILE, HAS_FLAGS, SHAPE_RESERVED = 0x10, 0x20, 0x40, 0x80

# Registered codes never change meaning. 0 and 0x80 mean that four ASCII bytes follow.
TYPE_CODES = {
    "HEAD": 0x01, "INDX": 0x02, "VIDC": 0x03, "AUDP": 0x04, "TIME": 0x05, "DATA": 0x06, "MODL": 0x07,
    "TRLR": 0x81, "SYMH": 0x82, "NOTE": 0x83,
}
TYPE_NAMES = {code: name for name, code in TYPE_CODES.items()}
STRUCTURE_TYPES = frozenset({"HEAD", "INDX", "TRLR"})     # written by the container itself
KNOWN_TYPES = frozenset(TYPE_CODES)
_LITERAL = re.compile(r"[A-Za-z0-9]{4}", re.ASCII)
_NUMBERED = re.compile(r"#[0-9]{3}", re.ASCII)
U32 = (1 << 32) - 1


@dataclass(frozen=True, order=True, slots=True)
class ChunkKey:
    """Names one chunk of a file; a file holds each key once. `type` is 4 ASCII characters, the rest 0 <= value < 2^32.

    `time` counts chunks of time (not frames) and `tile` is row-major by the stream's own rule; both, like `flags`, are
    opaque to the container.
    """

    type: str
    stream: int = 0
    level: int = 0
    time: int = 0
    tile: int = 0
    flags: int = 0

    def __str__(self) -> str:
        tail = f" flags {self.flags}" if self.flags else ""
        return f"{self.type} stream {self.stream} level {self.level} time {self.time} tile {self.tile}{tail}"


@dataclass(frozen=True, slots=True)
class ChunkHeader:
    """A parsed chunk header: `size` is its own length in bytes, `length` the payload's."""

    key: ChunkKey
    length: int
    size: int

    @property
    def total(self) -> int:
        """Bytes of the whole chunk: header, payload and payload check."""
        return self.size + self.length + CRC_SIZE


def type_code(name: str) -> tuple[int, bytes]:
    """Type byte and literal name bytes (empty for registered types). LzcError for a name that is no chunk type."""
    code = TYPE_CODES.get(name)
    if code is not None:
        return code, b""
    if _NUMBERED.fullmatch(name):       # a registered type of a later version, known here by number only
        number = int(name[1:])
        if number <= 255 and number not in TYPE_NAMES and number & 0x7F:
            return number, b""
    elif _LITERAL.fullmatch(name):
        return (ANCILLARY_BIT if name[0].islower() else 0), name.encode("ascii")
    raise LzcError(f"{name!r} is not a chunk type (4 ASCII letters or digits)")


def is_ancillary(name: str) -> bool:
    """True when a reader that does not know this type may skip it. Unregistered names: lower-case first letter."""
    return bool(type_code(name)[0] & ANCILLARY_BIT)


def put_varint(out: bytearray, value: int) -> None:
    """Append `value` (0 <= value < 2^64) as little-endian base 128, shortest form."""
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def get_varint(data: bytes, at: int, cap: int = U32) -> tuple[int, int]:
    """Value and next position. ValueError when cut off, longer than needed, or above `cap`."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("varint cut off or too long")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if (byte == 0 and shift) or value > cap:
                raise ValueError("varint not in shortest form or too large")
            return value, at
        shift += 7


def zigzag(value: int) -> int:
    """Signed to unsigned, small magnitudes stay small: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return value << 1 if value >= 0 else ((-value) << 1) - 1


def unzigzag(value: int) -> int:
    return -((value + 1) >> 1) if value & 1 else value >> 1


def shape_byte(key: ChunkKey) -> int:
    return (min(key.level, LEVEL_ESCAPE) | (HAS_STREAM if key.stream else 0) | (HAS_TILE if key.tile else 0)
            | (HAS_FLAGS if key.flags else 0))


def salt_for(key: ChunkKey, salt: int) -> int:
    """Headers are checked without the file's salt: the salt comes from them."""
    return 0 if key.type == "HEAD" else salt


def encode_header(key: ChunkKey, length: int, salt: int) -> bytes:
    """Chunk header with its check, 10 to 48 bytes. LzcError when a field is out of range."""
    for name in ("stream", "level", "time", "tile", "flags"):
        value = getattr(key, name)
        if not isinstance(value, int) or not 0 <= value <= U32:
            raise LzcError(f"{name} {value!r} does not fit a chunk header (0 to 2^32 - 1)", chunk=key.type)
    if not 0 <= length <= U32:
        raise LzcError(f"a payload of {length} bytes does not fit a chunk", chunk=str(key))
    code, literal = type_code(key.type)
    out = bytearray(SYNC)
    out.append(code)
    out += literal
    out.append(shape_byte(key))
    if key.level >= LEVEL_ESCAPE:
        put_varint(out, key.level)
    for value in (key.stream, key.tile, key.flags):
        if value:
            put_varint(out, value)
    put_varint(out, key.time)
    put_varint(out, length)
    out += crc_hqx(bytes(out[4:]), salt_for(key, salt) & 0xFFFF).to_bytes(2, "little")
    return bytes(out)


def encode_chunk(key: ChunkKey, payload: bytes, salt: int) -> bytes:
    """The whole chunk: header, payload, CRC-32 over everything after the sync id."""
    head = encode_header(key, len(payload), salt)
    crc = zlib.crc32(payload, zlib.crc32(head[4:], salt_for(key, salt)))
    return b"".join((head, payload, crc.to_bytes(4, "little")))


def parse_fields(data: bytes, at: int) -> tuple[ChunkKey, int, int]:
    """Key, payload length and next position from the fields between sync id and header check. ValueError when malformed."""
    code = data[at]
    if code & 0x7F:
        name = TYPE_NAMES.get(code, f"#{code:03d}")
        at += 1
    else:
        name = data[at + 1:at + 5].decode("ascii")
        at += 5
        if not _LITERAL.fullmatch(name) or name in TYPE_CODES or name[0].islower() != bool(code):
            raise ValueError("bad literal chunk type")
    shape = data[at]
    at += 1
    if shape & SHAPE_RESERVED:
        raise ValueError("reserved bit set")
    level = shape & 15
    if level == LEVEL_ESCAPE:
        level, at = get_varint(data, at)
        if level < LEVEL_ESCAPE:
            raise ValueError("level not in shortest form")
    optional = [0, 0, 0]
    for place, bit in enumerate((HAS_STREAM, HAS_TILE, HAS_FLAGS)):
        if shape & bit:
            optional[place], at = get_varint(data, at)
            if not optional[place]:
                raise ValueError("zero field written out")
    time, at = get_varint(data, at)
    length, at = get_varint(data, at)
    return ChunkKey(name, optional[0], level, time, optional[1], optional[2]), length, at


def parse_header(data: bytes, salt: int) -> ChunkHeader | None:
    """The chunk header at the start of `data` (at least HEADER_MAX bytes where the file has them), or None."""
    if data[:4] != SYNC:
        return None
    try:
        key, length, at = parse_fields(data, 4)
    except (ValueError, IndexError):
        return None
    if len(data) < at + 2 or crc_hqx(data[4:at], salt_for(key, salt) & 0xFFFF) != int.from_bytes(data[at:at + 2], "little"):
        return None
    return ChunkHeader(key, length, at + 2)


def payload_of(chunk: bytes, header: ChunkHeader, salt: int) -> bytes | None:
    """The payload of a whole chunk read into `chunk`, or None when its CRC-32 does not fit."""
    end = header.size + header.length
    if len(chunk) != end + CRC_SIZE or zlib.crc32(chunk[4:end], salt_for(header.key, salt)) != int.from_bytes(chunk[end:], "little"):
        return None
    return chunk[header.size:end]
