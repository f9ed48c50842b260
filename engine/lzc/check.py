"""What a person asks of a file: what is in it, is it sound, save what can be saved."""
from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.api import LzcError
from engine.lzc.durable import remove, sync_folder
from engine.lzc.index import END_SIZE, short_hash
from engine.lzc.layout import STRUCTURE_TYPES, ChunkKey
from engine.lzc.limits import Limits
from engine.lzc.reader import LzcReader
from engine.lzc.store import reason
from engine.lzc.writer import LzcWriter

_MOST_LINES = 100


@dataclass(frozen=True)
class VerifyReport:
    """`lines` name every fault found (empty when `ok`), `facts` is JSON-able."""

    ok: bool
    lines: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RepairReport:
    """`chunks` written, `lost` in words, `bytes` of the new file; `whole` when nothing was lost."""

    chunks: int
    lost: tuple[str, ...]
    bytes: int

    @property
    def whole(self) -> bool:
        return not self.lost


def describe(reader: LzcReader) -> dict[str, Any]:
    """JSON-able facts of an open file."""
    kinds: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    levels: Counter[int] = Counter()
    for entry in reader.entries:
        kinds[entry.key.type] += 1
        sizes[entry.key.type] += entry.length
        if entry.key.type == "VIDC":
            levels[entry.key.level] += entry.length
    return {
        "file": reader.name, "bytes": reader.size, "format": reader.writer_version, "complete": reader.complete,
        "meta": reader.header.meta, "trailer": reader.trailer,
        "streams": [dict(vars(s)) for s in reader.header.streams],
        "chunks": {name: {"count": kinds[name], "bytes": sizes[name]} for name in sorted(kinds)},
        "levels": {str(level): levels[level] for level in sorted(levels)},
        "overhead_bytes": reader.size - sum(size for name, size in sizes.items() if name not in STRUCTURE_TYPES),
        "coarse_first": _coarse_first([e.key for e in reader.entries]),
        "skipped_types": list(reader.skipped), "losses": list(reader.losses)}


def info(path: str | os.PathLike[str] | bytes, limits: Limits | None = None) -> dict[str, Any]:
    """What the file says of itself, without checking its payloads. LzcError when it cannot be opened."""
    with LzcReader(path, limits) as reader:
        return describe(reader)


def verify(path: str | os.PathLike[str] | bytes, limits: Limits | None = None) -> VerifyReport:
    """Check every byte: both headers, every chunk, index, end mark and running hash. LzcError when it cannot be opened.
    Takes the bytes themselves as well as a path."""
    with LzcReader(path, limits) as reader:
        lines = list(reader.losses)
        damaged = 0
        for entry in reader.entries:
            try:
                reader.check(entry)
            except LzcError as error:
                damaged += 1
                lines.append(error.what)
        mark = reader.end_mark
        hashed = mark is not None and short_hash(reader.source.blocks(0, reader.size - END_SIZE)) == mark.digest
        if mark is not None and not hashed:
            lines.append("the running hash of the end mark does not fit the bytes before it")
        facts = {"file": reader.name, "bytes": reader.size, "complete": reader.complete, "chunks": len(reader.entries),
                 "damaged_chunks": damaged, "end_mark": mark is not None, "hash_fits": hashed, "sha256": reader.digest}
    return VerifyReport(not lines, tuple(lines), facts)


def repair(src: str | os.PathLike[str], dst: str | os.PathLike[str], limits: Limits | None = None) -> RepairReport:
    """Write a finished file of every whole chunk of `src`; its trailer and the report name what is lost.

    LzcError when not even a header can be read, or `dst` is `src` (the damaged file is evidence and stays as it is).
    """
    target = Path(dst)
    if _same(src, target):
        raise LzcError("a repair needs another name for its result", where=str(dst))
    fresh = target.with_name(target.name + ".repair")      # `src` may well be `<dst>.part`
    with LzcReader(src, limits, known=None, lenient=True) as reader:
        lost = list(reader.losses)
        if not reader.complete and not reader.scanned:
            lost.append("the file is not complete")
        with LzcWriter(fresh, reader.header, limits=limits) as writer:
            count = 0
            for entry in reader.entries:
                if entry.key.type in STRUCTURE_TYPES:
                    continue
                try:
                    payload = reader.read(entry.key)
                except LzcError as error:
                    lost.append(error.what)
                    continue
                writer.add(entry.key, payload)
                count += 1
            trailer = {k: v for k, v in reader.trailer.items() if k != "repaired"}
            if lost:
                more = [f"and {len(lost) - _MOST_LINES} more"] if len(lost) > _MOST_LINES else []
                trailer["repaired"] = {"lost": lost[:_MOST_LINES] + more}
            size = writer.finish(trailer)
    try:
        os.replace(fresh, target)
    except OSError as error:
        remove(fresh)
        raise LzcError(f"cannot be written: {reason(error)}", where=str(target)) from error
    sync_folder(target.parent)
    return RepairReport(count, tuple(lost), size)


def _same(src: str | os.PathLike[str], dst: Path) -> bool:
    try:
        return os.path.samefile(src, dst)
    except OSError:
        return False


def _coarse_first(keys: list[ChunkKey]) -> bool:
    """True when, within every chunk of time, coarse levels (high numbers) come before fine ones."""
    last: dict[tuple[int, int, int], int] = {}
    for key in keys:
        if key.type == "VIDC":
            place = (key.stream, key.time, key.tile)
            if last.get(place, key.level) < key.level:
                return False
            last[place] = key.level
    return True
