"""Writes a `.lzc` file: chunks go to `<name>.part`, and only a finished file appears under its own name."""
from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

from engine.api import LzcError
from engine.lzc.durable import open_exclusive, read_json, remove, sync, sync_folder, write_json
from engine.lzc.header import Header
from engine.lzc.index import HASH_SIZE, EndMark, Entry, encode_end, encode_index
from engine.lzc.layout import SIGNATURE, STRUCTURE_TYPES, WRITER_VERSION, ChunkKey, encode_chunk
from engine.lzc.limits import Limits
from engine.lzc.packed import pack_json
from engine.lzc.scan import scan
from engine.lzc.store import ByteSource, reason


class LzcWriter:
    """One file in the making. Within one chunk of time add the coarse levels first, so that a cut-off file shows a picture.

    `checkpoint(note)` puts everything added so far safely on the disk. With `resume=True`, a `.part` left behind is taken
    up again when its header (source, settings, models) is exactly this one: it is cut back to the last checkpoint,
    `committed` lists the keys it holds and `note` is the note of that checkpoint. Otherwise writing starts afresh.
    Used as a context manager, leaving without `finish()` removes the part unless `keep` is set.
    Errors: LzcError, with one line that names the file; nothing ever stands half-written under the final name.
    """

    def __init__(self, final_path: str | os.PathLike[str], header: Header, *, resume: bool = False, keep: bool = False,
                 limits: Limits | None = None) -> None:
        self.path = Path(final_path)
        self.part = self.path.with_name(self.path.name + ".part")
        self.journal = self.path.with_name(self.path.name + ".part.json")
        self.keep, self.limits = keep, limits or Limits()
        self.committed: list[ChunkKey] = []
        self.note: dict[str, Any] | None = None
        header.check(self.limits)
        payload = header.encode()
        self._prefix = SIGNATURE + header.versions
        self._head = encode_chunk(ChunkKey("HEAD"), payload, 0)
        self._salt = int.from_bytes(self._head[-4:], "little")
        self._identity = hashlib.sha256(payload).hexdigest()
        self._entries: list[tuple[ChunkKey, int]] = []
        self._keys: set[ChunkKey] = set()
        self._held: dict[ChunkKey, Entry] = {}
        self._hash = hashlib.sha256()
        self._size = 0
        if self.path.is_dir():
            raise LzcError("is a folder, not a file to write", where=str(self.path))
        self._file: BinaryIO | None = open_exclusive(self.part)
        try:
            if not (resume and self._take_up()):
                self._start()
        except BaseException:
            self.abort(keep=self.journal.exists())
            raise

    @property
    def resumed(self) -> bool:
        return self.note is not None

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def _start(self) -> None:
        remove(self.journal)
        try:
            self._open_file.truncate(0)
            self._open_file.seek(0)
        except OSError as error:
            raise self._failed(error) from error
        self._write(self._prefix + self._head)

    def _take_up(self) -> bool:
        """Continue an interrupted file; False when there is none or it is not the same work."""
        journal = read_json(self.journal)
        if journal is None or journal.get("header") != self._identity or not isinstance(journal.get("note"), dict):
            return False
        size, digest = journal.get("bytes"), journal.get("sha256")
        prefix = self._prefix + self._head
        source = ByteSource(self.part)
        try:
            if type(size) is not int or not len(prefix) <= size <= source.size or source.read(0, len(prefix)) != prefix:
                return False
            engine = hashlib.sha256()
            for block in source.blocks(0, size):
                engine.update(block)
            if engine.hexdigest() != digest:
                return False
            found = scan(source, len(prefix), size, self._salt, self.limits)
            if found.losses or found.heads or found.indices:
                return False
        finally:
            source.close()
        try:
            self._open_file.truncate(size)
            self._open_file.seek(size)
        except OSError as error:
            raise self._failed(error) from error
        self._entries = [(e.key, e.length) for e in found.entries]
        self._keys = {key for key, _ in self._entries}
        self._hash, self._size = engine, size
        self.committed, self.note = [key for key, _ in self._entries], journal["note"]
        self._held = {e.key: e for e in found.entries}
        return True

    @property
    def _open_file(self) -> BinaryIO:
        if self._file is None:
            raise LzcError("is no longer open for writing", where=str(self.path))
        return self._file

    def _failed(self, error: OSError) -> LzcError:
        return LzcError(f"cannot be written: {reason(error)}", where=str(self.part), hint="free space or choose another folder")

    def _write(self, data: bytes) -> None:
        try:
            self._open_file.write(data)
        except OSError as error:
            raise self._failed(error) from error
        self._hash.update(data)
        self._size += len(data)

    def read(self, key: ChunkKey) -> bytes:
        """A payload that was there when this work was taken up. LzcError when it was not, or the disk fails."""
        entry = self._held.get(key)
        if entry is None:
            raise LzcError("the part holds no such chunk", where=str(self.part), chunk=str(key))
        source = ByteSource(self.part)
        try:
            return source.read(entry.offset + entry.head, entry.length)
        finally:
            source.close()

    def add(self, key: ChunkKey, payload: bytes) -> None:
        """Append one chunk. LzcError for a key added before, a type of the container's own, or a value over a limit."""
        if key.type in STRUCTURE_TYPES:
            raise LzcError(f"{key.type} chunks are written by the container itself", where=str(self.path))
        self._append(key, bytes(payload))

    def _append(self, key: ChunkKey, payload: bytes) -> None:
        if key in self._keys:
            raise LzcError("is in the file already", where=str(self.path), chunk=str(key))
        self.limits.at_most("chunk_bytes", len(payload), where=str(self.path))
        self.limits.at_most("streams", key.stream + 1, where=str(self.path))
        self.limits.at_most("levels", key.level + 1, where=str(self.path))
        self.limits.at_most("chunks", len(self._entries) + 1, where=str(self.path))
        self._write(encode_chunk(key, payload, self._salt))
        self._entries.append((key, len(payload)))
        self._keys.add(key)

    def checkpoint(self, note: dict[str, Any] | None = None) -> None:
        """All chunks so far are on the disk, and a later `resume` starts from here with `note` (JSON-able)."""
        try:
            sync(self._open_file)
            write_json(self.journal, {"lzc": WRITER_VERSION, "header": self._identity, "bytes": self._size,
                                      "sha256": self._hash.hexdigest(), "note": note or {}})
        except OSError as error:
            raise self._failed(error) from error

    def finish(self, trailer_meta: dict[str, Any] | None = None) -> int:
        """Close the file with header copy, index and end mark, and give it its name. Returns its size in bytes."""
        if trailer_meta:
            self._append(ChunkKey("TRLR"), pack_json(trailer_meta))
        tail_start = self._size
        index = encode_chunk(ChunkKey("INDX"), encode_index(self._entries), self._salt)
        self._write(self._head + index)
        tail = self._size - tail_start + 32
        self._write(encode_end(EndMark(tail, len(self._entries), self._hash.digest()[:HASH_SIZE])))
        try:
            sync(self._open_file)
            self._close()
            os.replace(self.part, self.path)
        except OSError as error:
            self.abort(keep=self.keep)
            raise self._failed(error) from error
        sync_folder(self.path.parent)
        remove(self.journal)
        return self._size

    def abort(self, keep: bool = False) -> None:
        """Stop. `keep` leaves the part and its journal for a later resume; otherwise nothing stays behind."""
        self._close()
        if not keep:
            remove(self.part, self.journal)

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):     # what was not yet flushed is not promised to anybody
                file.close()

    def __enter__(self) -> LzcWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self.abort(keep=self.keep)
