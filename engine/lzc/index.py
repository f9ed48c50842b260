"""The index (a cache of all chunk headers) and the end mark that closes a finished file."""
from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.lzc.layout import (
    CHUNK_MIN,
    HAS_FLAGS,
    HAS_STREAM,
    HAS_TILE,
    LEVEL_ESCAPE,
    SHAPE_RESERVED,
    TYPE_NAMES,
    ChunkKey,
    encode_header,
    get_varint,
    put_varint,
    shape_byte,
    type_code,
    unzigzag,
    zigzag,
)
from engine.lzc.packed import inflate

END_MAGIC = b"\x89END"
END_SIZE = 32
HASH_SIZE = 16
_MOST_PER_ENTRY = 40      # bytes of one entry before deflating: 2 + 4 + six varints of at most 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One chunk at its place: `offset` of its sync id, `head` bytes of header, `length` of payload."""

    key: ChunkKey
    offset: int
    head: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.head + self.length + 4


@dataclass(frozen=True)
class EndMark:
    """`tail` is the distance from the header copy to the end of the file, `chunks` the count between the two headers,
    `digest` the first 16 bytes of SHA-256 over everything before the mark."""

    tail: int
    chunks: int
    digest: bytes


def encode_index(entries: Sequence[tuple[ChunkKey, int]]) -> bytes:
    """Payload of an INDX chunk from (key, payload length) in file order."""
    types, shapes, names = bytearray(), bytearray(), bytearray()
    streams, levels, tiles, flags, times, lengths = (bytearray() for _ in range(6))
    before = 0
    for key, length in entries:
        code, literal = type_code(key.type)
        types.append(code)
        names += literal
        shapes.append(shape_byte(key))
        for column, value in ((streams, key.stream), (tiles, key.tile), (flags, key.flags)):
            if value:
                put_varint(column, value)
        if key.level >= LEVEL_ESCAPE:
            put_varint(levels, key.level)
        put_varint(times, zigzag(key.time - before))
        before = key.time
        put_varint(lengths, length)
    out = bytearray()
    put_varint(out, len(entries))
    columns = b"".join((types, shapes, names, levels, streams, tiles, flags, times, lengths))
    bodies = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED):
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy)
        bodies.append(squeeze.compress(columns) + squeeze.flush())
    return bytes(out) + min(bodies, key=len)


def decode_index(payload: bytes, start: int, stop: int | None, most: int) -> list[Entry]:
    """Entries of an index whose chunks must fill the bytes `start` to `stop` exactly (None: not checked). ValueError when
    anything does not fit."""
    count, at = get_varint(payload, 0)
    if count > most or (stop is not None and count * CHUNK_MIN > stop - start):
        raise ValueError("more chunks than the file has room for")
    data = inflate(payload[at:], count * _MOST_PER_ENTRY)
    try:
        keys, lengths = _columns(data, count)
    except IndexError as error:
        raise ValueError("index cut off") from error
    entries, offset = [], start
    for key, length in zip(keys, lengths, strict=True):
        head = len(encode_header(key, 0, 0)) - 1 + _varint_size(length)
        entries.append(Entry(key, offset, head, length))
        offset = entries[-1].end
        if stop is not None and offset > stop:
            break
    if (stop is not None and offset != stop) or len(entries) != count:
        raise ValueError("index does not cover the file")
    return entries


def _columns(data: bytes, count: int) -> tuple[list[ChunkKey], list[int]]:
    codes, shapes = data[:count], data[count:2 * count]
    at = 2 * count
    names = []
    for code in codes:
        if code & 0x7F:
            names.append(TYPE_NAMES.get(code, f"#{code:03d}"))
            continue
        name = data[at:at + 4].decode("ascii")
        at += 4
        if type_code(name) != (code, name.encode("ascii")):
            raise ValueError("bad chunk type in index")
        names.append(name)
    if "HEAD" in names or "INDX" in names or len(shapes) != count or any(s & SHAPE_RESERVED for s in shapes):
        raise ValueError("index malformed")
    levels = []
    for shape in shapes:
        level = shape & 15
        if level == LEVEL_ESCAPE:
            level, at = get_varint(data, at)
        levels.append(level)
    optional = []
    for bit in (HAS_STREAM, HAS_TILE, HAS_FLAGS):
        column = []
        for shape in shapes:
            value = 0
            if shape & bit:
                value, at = get_varint(data, at)
            column.append(value)
        optional.append(column)
    times, time = [], 0
    for _ in range(count):
        step, at = get_varint(data, at, 1 << 33)
        time += unzigzag(step)
        if not 0 <= time < 1 << 32:
            raise ValueError("time out of range")
        times.append(time)
    lengths = []
    for _ in range(count):
        length, at = get_varint(data, at)
        lengths.append(length)
    if at != len(data):
        raise ValueError("index malformed")
    keys = [ChunkKey(*row) for row in zip(names, optional[0], levels, times, optional[1], optional[2], strict=True)]
    if any(shape_byte(key) != shape for key, shape in zip(keys, shapes, strict=True)):
        raise ValueError("index not in shortest form")
    return keys, lengths


def _varint_size(value: int) -> int:
    return max(1, (value.bit_length() + 6) // 7)


def encode_end(mark: EndMark) -> bytes:
    """The 32 bytes of an end mark."""
    body = mark.tail.to_bytes(4, "little") + mark.chunks.to_bytes(4, "little") + mark.digest
    return body + zlib.crc32(body).to_bytes(4, "little") + END_MAGIC


def parse_end(data: bytes) -> EndMark | None:
    """The end mark in these 32 bytes, or None."""
    if len(data) != END_SIZE or data[28:] != END_MAGIC or zlib.crc32(data[:24]) != int.from_bytes(data[24:28], "little"):
        return None
    return EndMark(int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little"), data[8:24])


def short_hash(parts: Iterable[bytes]) -> bytes:
    """The hash of an end mark over `parts` joined."""
    engine = hashlib.sha256()
    for part in parts:
        engine.update(part)
    return engine.digest()[:HASH_SIZE]
