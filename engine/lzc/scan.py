"""Finds every whole chunk of a damaged or unfinished file, and says in words what is missing."""
from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from engine.api import LzcError
from engine.lzc.index import END_SIZE, EndMark, Entry, decode_index, parse_end
from engine.lzc.layout import CRC_SIZE, HEADER_MAX, SYNC, ChunkHeader, ChunkKey, parse_header, payload_of, salt_for
from engine.lzc.limits import Limits
from engine.lzc.store import ByteSource

_WINDOW = 1 << 20
_MOST_LOSSES = 200
_BUDGET_FLOOR = 1 << 26


@dataclass
class Scan:
    """What a scan found: whole chunks in file order, headers and indices apart, the end mark when one follows an index."""

    entries: list[Entry] = field(default_factory=list)
    heads: list[Entry] = field(default_factory=list)
    indices: list[Entry] = field(default_factory=list)
    end_mark: EndMark | None = None
    losses: list[str] = field(default_factory=list)
    damaged: list[ChunkKey] = field(default_factory=list)     # header readable, payload not whole
    hidden: int = 0

    def lose(self, line: str) -> None:
        if len(self.losses) < _MOST_LOSSES:
            self.losses.append(line)
        else:
            self.hidden += 1

    def break_off(self, key: ChunkKey, line: str) -> None:
        self.lose(f"{key}: {line}")
        if len(self.damaged) < _MOST_LOSSES:
            self.damaged.append(key)


class _Cursor:
    """Small looks ahead and searches over one cached block, so that searching stays linear."""

    def __init__(self, src: ByteSource, stop: int) -> None:
        self.src, self.stop = src, stop
        self.at, self.block = 0, b""

    def peek(self, pos: int, count: int) -> bytes:
        count = min(count, self.stop - pos)
        if self.at <= pos and pos + count <= self.at + len(self.block):
            return self.block[pos - self.at:pos - self.at + count]
        return self.src.read(pos, count)

    def next_sync(self, pos: int) -> int:
        """Position of the next sync id at or after `pos`, or `stop`."""
        while pos + len(SYNC) <= self.stop:
            if not self.at <= pos <= self.at + len(self.block) - HEADER_MAX:
                self.at, self.block = pos, self.src.read(pos, min(_WINDOW, self.stop - pos))
            hit = self.block.find(SYNC, pos - self.at)
            if hit >= 0:
                return self.at + hit
            if self.at + len(self.block) >= self.stop:
                break
            pos = self.at + len(self.block) - len(SYNC) + 1
        return self.stop


def scan(src: ByteSource, start: int, stop: int, salt: int, limits: Limits) -> Scan:
    """Walk the bytes `start` to `stop` from chunk to chunk; where the chain is broken, search for the next sync id that
    starts a chunk.

    Work is linear in the file size: payloads that fail their check are paid from a budget, after which a broken chunk is
    jumped over by its length instead of searched.
    """
    found = Scan()
    seen: set[ChunkKey] = set()
    budget = _BUDGET_FLOOR + 4 * src.size
    pos, gap = start, -1
    cursor = _Cursor(src, stop)
    while pos < stop:
        header = parse_header(cursor.peek(pos, HEADER_MAX), salt)
        fits = header is not None and header.length <= limits.chunk_bytes and pos + header.total <= stop
        if header is not None and fits:
            if _payload_whole(src, pos, header, salt):
                gap = _close_gap(found, gap, pos)
                _sort_in(found, seen, Entry(header.key, pos, header.size, header.length))
                limits.at_most("chunks", len(found.entries), where=src.name)
                pos += header.total
                if header.key.type == "INDX":
                    found.end_mark = parse_end(src.window(pos, END_SIZE))
                    if found.end_mark:
                        if pos + END_SIZE < src.size:
                            found.lose(f"{src.size - pos - END_SIZE} bytes after the end mark do not belong to the file")
                        return found
                continue
            gap = _close_gap(found, gap, pos)
            found.break_off(header.key, f"payload damaged (at byte {pos})")
            budget -= header.total
            end = pos + header.total
            if end == stop or budget < 0 or cursor.peek(end, 4) == SYNC:
                pos = end
                continue
        elif header is not None:
            gap = _close_gap(found, gap, pos)
            over = header.length > limits.chunk_bytes
            why = "larger than the limit" if over else f"cut off, {stop - pos - header.size} of {header.length} payload bytes"
            found.break_off(header.key, f"{why} (at byte {pos})")
        elif gap < 0:
            gap = pos
        pos = cursor.next_sync(pos + 1)
    _close_gap(found, gap, stop)
    return found


def _payload_whole(src: ByteSource, pos: int, header: ChunkHeader, salt: int) -> bool:
    crc = salt_for(header.key, salt)
    end = pos + header.total - CRC_SIZE
    for block in src.blocks(pos + 4, end):
        crc = zlib.crc32(block, crc)
    return crc == int.from_bytes(src.read(end, CRC_SIZE), "little")


def _sort_in(found: Scan, seen: set[ChunkKey], entry: Entry) -> None:
    if entry.key.type == "HEAD":
        found.heads.append(entry)
    elif entry.key.type == "INDX":
        found.indices.append(entry)
    elif entry.key in seen:
        found.lose(f"{entry.key}: occurs twice, the first is used (second at byte {entry.offset})")
    else:
        seen.add(entry.key)
        found.entries.append(entry)


def _close_gap(found: Scan, gap: int, pos: int) -> int:
    if gap >= 0:
        found.lose(f"bytes {gap} to {pos - 1} cannot be read")
    return -1


def missing(src: ByteSource, found: Scan, salt: int) -> list[ChunkKey]:
    """Keys that a surviving index lists and the scan did not find."""
    have = {e.key for e in found.entries}
    for place in found.indices:
        chunk = src.read(place.offset, place.end - place.offset)
        parsed = parse_header(chunk[:HEADER_MAX], salt)
        payload = payload_of(chunk, parsed, salt) if parsed else None
        if payload is not None:
            try:
                return [e.key for e in decode_index(payload, 0, None, src.size) if e.key not in have]
            except (ValueError, LzcError):
                continue
    return []
