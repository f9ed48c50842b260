"""Opens a `.lzc` file: finished, cut off, damaged or still being written. Only LzcError comes out of it."""
from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from engine.api import LzcError
from engine.lzc.header import Header, decode_header, refuse_newer
from engine.lzc.index import END_SIZE, EndMark, Entry, decode_index, parse_end
from engine.lzc.layout import (
    CRC_SIZE,
    HEADER_MAX,
    KNOWN_TYPES,
    PREFIX_SIZE,
    SIGNATURE,
    STRUCTURE_TYPES,
    ChunkKey,
    is_ancillary,
    parse_header,
    payload_of,
)
from engine.lzc.limits import Limits
from engine.lzc.packed import unpack_json
from engine.lzc.scan import Scan, missing, scan
from engine.lzc.store import ByteSource

_DAMAGED = "the signature is damaged"


class LzcReader:
    """Random access to the whole chunks of a file; safe to use from several threads.

    `known` are the chunk types the caller understands: another critical type is refused, another ancillary one left out
    of `keys` and listed in `skipped`. `known=None` accepts all types (repair). `lenient` opens a file whose signature or
    both headers' places are damaged, by searching for a header anywhere.
    """

    def __init__(self, path: str | os.PathLike[str] | bytes, limits: Limits | None = None, *,
                 known: Iterable[str] | None = KNOWN_TYPES, lenient: bool = False) -> None:
        self.limits = limits or Limits()
        self.losses: list[str] = []
        self.damaged: list[ChunkKey] = []     # keys of chunks seen but not whole (by scanning only)
        self.trailer: dict[str, Any] = {}
        self.skipped: list[str] = []
        self.end_mark: EndMark | None = None
        self.entries: list[Entry] = []        # every chunk but headers and index, in file order
        self.scanned = False
        self.complete = False                 # end mark there, and every chunk it counts has its place
        self._digest = ""
        self._src = ByteSource(path)
        self.name, self.size = self._src.name, self._src.size
        try:
            self._open(lenient)
            self._choose(None if known is None else frozenset(known) | STRUCTURE_TYPES)
        except LzcError as error:
            self._src.close()
            if error.where:
                raise
            named = LzcError(error.what, where=self.name, hint=error.hint)      # `what` says the place already
            named.offset, named.chunk = error.offset, error.chunk
            raise named from error
        except BaseException:
            self._src.close()
            raise

    def _open(self, lenient: bool) -> None:
        src = self._src
        prefix = src.window(0, PREFIX_SIZE)
        intact = prefix.startswith(SIGNATURE)
        if not intact and not lenient:
            damaged = _why_no_signature(prefix) == _DAMAGED
            raise LzcError(_why_no_signature(prefix), hint="`lorentz repair` writes a file of everything that is whole" if damaged else "")
        mark = parse_end(src.read(src.size - END_SIZE, END_SIZE)) if src.size >= PREFIX_SIZE + END_SIZE else None
        self.end_mark = mark
        tail = src.size - mark.tail if mark else -1
        first = self._head_at(PREFIX_SIZE)
        copy = self._head_at(tail) if mark and tail > PREFIX_SIZE else None
        head = first or copy
        if head is None and len(prefix) == PREFIX_SIZE and intact:
            refuse_newer(prefix[9], prefix[8])
        if head is None and lenient:
            heads = scan(src, 0, src.size, 0, self.limits).heads
            head = self._head_at(heads[0].offset) if heads else None
        if head is None:
            raise LzcError("no readable header, at the start or at the end", offset=min(PREFIX_SIZE, src.size),
                           hint="the file was cut off before its first picture, or is badly damaged")
        entry, payload = head
        self.header: Header = decode_header(payload, self.limits)
        self.salt = int.from_bytes(src.read(entry.end - CRC_SIZE, CRC_SIZE), "little")
        self.writer_version = payload[0]
        if not intact:
            self.losses.append(_DAMAGED)
        elif prefix[8:] != payload[:2]:
            self.losses.append("the version bytes are damaged")
        if first is None:
            self.losses.append("the header at the start is damaged, its copy was used")
        elif mark and copy is None:
            self.losses.append("the header copy at the end is damaged")
        head_size = entry.end - entry.offset
        start = PREFIX_SIZE + head_size if first or copy else PREFIX_SIZE
        self._list(start, tail, tail + head_size if mark else -1, mark)

    def _list(self, start: int, tail: int, index_at: int, mark: EndMark | None) -> None:
        """Entries by the index; where that is missing or wrong, by scanning."""
        src = self._src
        if mark:
            self.limits.at_most("chunks", mark.chunks, where=self.name)
        if mark:
            index = self._whole_at(index_at, "INDX")
            if index and index[0].end == src.size - END_SIZE:
                try:
                    entries = decode_index(index[1], start, tail, self.limits.chunks)
                    if len(entries) == mark.chunks and len({e.key for e in entries}) == len(entries):
                        self.entries = entries
                        self.complete = True
                        return
                except (ValueError, LzcError):
                    pass      # the index is only a cache: the scan decides
        found = scan(src, start, src.size - END_SIZE if mark else src.size, self.salt, self.limits)
        self.scanned = True
        self.entries, self.damaged = found.entries, found.damaged
        fills = sum(e.end - e.offset for e in found.entries) == tail - start      # no holes, nothing foreign in between
        self.complete = mark is not None and mark.chunks == len(found.entries) and fills
        self._explain(found, mark)

    def _explain(self, found: Scan, mark: EndMark | None) -> None:
        lost = missing(self._src, found, self.salt)
        known = {str(k) for k in found.damaged}
        self.losses += found.losses + [f"{k}: lost" for k in lost if str(k) not in known]
        if found.hidden:
            self.losses.append(f"and {found.hidden} more")
        if mark is None:
            self.losses.append("no end mark: the file was cut off or never finished, chunks at the end may be missing")
        elif mark.chunks > len(found.entries):
            self.losses.append(f"{mark.chunks - len(found.entries)} of {mark.chunks} chunks are lost")
        elif mark.chunks < len(found.entries):
            self.losses.append(f"{len(found.entries)} chunks found, the end mark counts {mark.chunks}")
        elif self.complete:
            self.losses.append("the index is damaged, it was rebuilt by scanning")
        else:
            self.losses.append("the file holds bytes that are not its own")

    def _choose(self, known: frozenset[str] | None) -> None:
        for entry in self.entries:
            name = entry.key.type
            if known is not None and name not in known:
                if not is_ancillary(name):
                    raise LzcError(f"the file needs chunks of type {name}, which this program does not know", offset=entry.offset,
                                   chunk=str(entry.key), hint="update the program")
                if name not in self.skipped:
                    self.skipped.append(name)
            self.limits.at_most("streams", entry.key.stream + 1, where=self.name)
            self.limits.at_most("levels", entry.key.level + 1, where=self.name)
            self.limits.at_most("chunk_bytes", entry.length, where=self.name)
        if self.complete:
            room = self.limits.output_floor + self.limits.output_per_byte * self.size
            if self.header.declared_bytes > room:
                raise LzcError(f"{self.size} bytes claim to hold {self.header.declared_bytes} decoded bytes",
                               hint="raise output_per_byte only for a file you trust")
        hidden = STRUCTURE_TYPES | frozenset(self.skipped)
        self._by_key = {e.key: e for e in self.entries if e.key.type not in hidden}
        self.keys: list[ChunkKey] = sorted(self._by_key)
        for entry in self.entries:
            if entry.key.type == "TRLR":
                self._read_trailer(entry)

    def _read_trailer(self, entry: Entry) -> None:
        try:
            value = unpack_json(self._payload(entry), self.limits)
        except LzcError as error:
            self.losses.append(f"the trailer cannot be read: {error.what}")
            return
        if isinstance(value, dict):
            self.trailer = value
            repaired = value.get("repaired")
            lost = repaired.get("lost") if isinstance(repaired, dict) else None
            if isinstance(lost, list):
                self.losses += [f"before the repair: {line}" for line in lost if isinstance(line, str)]

    def _head_at(self, offset: int) -> tuple[Entry, bytes] | None:
        return self._whole_at(offset, "HEAD")

    def _whole_at(self, offset: int, kind: str) -> tuple[Entry, bytes] | None:
        """A chunk of the container's own at `offset`, or None when it is not there whole."""
        salt = 0 if kind == "HEAD" else self.salt
        if not 0 < offset < self._src.size:
            return None
        parsed = parse_header(self._src.window(offset, HEADER_MAX), salt)
        if parsed is None or parsed.key != ChunkKey(kind) or parsed.length > self.limits.chunk_bytes:
            return None
        if offset + parsed.total > self._src.size:
            return None
        payload = payload_of(self._src.read(offset, parsed.total), parsed, salt)
        return None if payload is None else (Entry(parsed.key, offset, parsed.size, parsed.length), payload)

    def _payload(self, entry: Entry) -> bytes:
        chunk = self._src.read(entry.offset, entry.end - entry.offset)
        parsed = parse_header(chunk[:HEADER_MAX], self.salt)
        payload = None
        if parsed is not None and parsed.key == entry.key and parsed.length == entry.length:
            payload = payload_of(chunk, parsed, self.salt)
        if payload is None:
            raise LzcError("a chunk is damaged", where=self.name, offset=entry.offset, chunk=str(entry.key),
                           hint="`lorentz repair` writes a file of everything that is whole")
        return payload

    def read(self, key: ChunkKey) -> bytes:
        """The payload of `key`, checked. LzcError when the file has no such chunk or it is damaged."""
        entry = self._by_key.get(key)
        if entry is None:
            raise LzcError("the file has no such chunk", where=self.name, chunk=str(key))
        return self._payload(entry)

    def check(self, entry: Entry) -> None:
        """LzcError when the chunk of this entry is not whole."""
        self._payload(entry)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the whole file, computed once."""
        if not self._digest:
            self._digest = self._src.sha256()
        return self._digest

    @property
    def source(self) -> ByteSource:
        """The bytes underneath, for checks over the whole file."""
        return self._src

    def close(self) -> None:
        self._src.close()

    def __enter__(self) -> LzcReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _why_no_signature(prefix: bytes) -> str:
    if prefix[:4] == SIGNATURE[:4] and prefix[4:].startswith((b"\n", b"\r\r", b"\r\n\x1a\r")):  # one of the two line ends became the other
        return "was changed by a copy in text mode, which damages binary files"
    if len(prefix) < len(SIGNATURE):
        return f"is no .lzc file: only {len(prefix)} bytes long"
    if prefix[:4] == SIGNATURE[:4]:
        return _DAMAGED
    return "is no .lzc file (wrong signature)"
