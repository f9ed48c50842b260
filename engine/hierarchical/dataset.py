"""A `.lzc` file of general data: written block by block, read block by block, at any level."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import LzcError, ModelError
from engine.hierarchical import block, grid, hearing, kinds, sound_quality, sound_whole, table
from engine.hierarchical.bundle import Bundle, pack, together
from engine.hierarchical.lattice import LEVELS, plan
from engine.hierarchical.lines import Survey
from engine.hierarchical.model import load
from engine.hierarchical.packing import In, Out
from engine.hierarchical.text import PART, decode_text, encode_text
from engine.hierarchical.tiles import Box, boxes
from engine.lzc import ChunkKey, Header, LzcReader, LzcWriter, ModelBinding, Stream, models_from, models_meta

CODEC, VERSION = "hierarchical", 5
BY_EAR, IN_ORDER, FAST = 2, 3, 6    # sound by quality, sound without loss, blocks by `swift`: programs before them must refuse these
_FORMER = (1, 4)                    # as 5 and 6, with other arithmetic and wider blocks
Payloads = dict[int, bytes]
Seen = table.Seen


def header(kind: str, size: int, params: dict[str, Any], source: dict[str, Any], settings: dict[str, Any]) -> Header:
    """size: decoded bytes, for the guards of readers."""
    version = BY_EAR if "quality" in params else IN_ORDER if "in_order" in params else FAST if "fast" in params else VERSION
    stream = Stream("data", CODEC, LEVELS, size=size, params={"kind": kind, "version": version, **params})
    meta: dict[str, Any] = {"source": source, "settings": settings}
    used = model_kind(kind, params)
    if used:
        known = load(used)
        meta["models"] = models_meta({used: ModelBinding(known.name, known.digest, known.digest, "")})
    return Header(meta, (stream,))


def model_kind(kind: str, params: dict[str, Any]) -> str:
    """Which model reads such data; empty for text and most sound, which need none."""
    if kind == kinds.TEXT or {"quality", "in_order", "fast"} & set(params):
        return ""
    return "series" if kind == kinds.TABLE or int(params["lattice"][1]) == 1 else "picture"


def table_params(survey: Survey) -> dict[str, Any]:
    """Only what differs from a comma-separated table with Unix line ends: the header stands in the file twice."""
    layout = survey.layout
    params: dict[str, Any] = {"columns": layout.columns}
    if layout.delimiter != 44:
        params["delimiter"] = layout.delimiter
    if layout.crlf:
        params["crlf"] = True
    if survey.arrow:
        params["arrow"] = [list(column) for column in survey.arrow]
    if survey.head:
        try:
            params["head"] = survey.head.decode("utf-8")
        except UnicodeDecodeError:
            params["head_hex"] = survey.head.hex()
    return params


def add(writer: LzcWriter, number: int, payloads: Payloads) -> None:
    """The chunks of one block, coarse level first."""
    for level in sorted(payloads, reverse=True):
        writer.add(ChunkKey("DATA", level=level, time=number), payloads[level])


def encode_box(x: np.ndarray, bound: float, fast: bool = False, see: Seen | None = None) -> Payloads:
    """A block of a tensor `[C, Y, X]`; bound in its units, 0 without loss. see: is shown what a reader will have."""
    whole = np.ascontiguousarray(x).astype(x.dtype.newbyteorder("="), copy=False)
    channels = [block.Channel(c, bound) for c in whole]
    coded = block.encode(channels, fast=fast, show=see is not None)
    if see is not None:
        see([(channels, coded)])
    return pack(coded.side, [coded.levels])


def sound_boxes(lattice: tuple[int, int, int]) -> list[Box]:
    """Blocks of sound by quality or without loss."""
    c, _, n = lattice
    return [(slice(0, c), slice(0, 1), slice(a, min(a + sound_quality.BLOCK, n))) for a in range(0, n, sound_quality.BLOCK)]


def encode_whole_sound(x: np.ndarray, box: Box) -> Payloads:
    """A block of sound x `[C, 1, n]` without loss: all of it in the coarsest level."""
    return {LEVELS - 1: sound_whole.encode(x[:, 0, box[2]])}


def encode_sound(x: np.ndarray, box: Box, facts: dict[str, Any], quality: int) -> Payloads:
    """A block of sound x `[C, 1, n]` by quality 0..63."""
    rate, (unit, silence) = int(facts["rate"]), sound_quality.scale(x.dtype, int(facts["bits"]))
    size, time = hearing.frame_size(rate), box[2]
    parts = sound_quality.encode(x[:, 0, time], x[:, 0, max(0, time.start - size):time.start], x[:, 0, time.stop:time.stop + 2 * size],
                                 rate, quality, unit, silence)
    return pack(b"", [parts])


def encode_words(raw: bytes) -> Payloads:
    """A part of a text."""
    out = Out()
    out.whole(len(raw))
    return pack(bytes(out.data), [], encode_text(raw))


class DataFile:
    """Opened general data. Only LzcError comes out of it, whatever the bytes.

    lenient: a damaged level counts as missing, like one that was cut off. `coarse` are the blocks that came without finer levels.
    """

    def __init__(self, path: Path, lenient: bool = False) -> None:
        self.coarse: set[int] = set()
        self._lenient = lenient
        self.reader = LzcReader(path)
        try:
            streams = self.reader.header.streams
            if not streams or streams[0].kind != "data" or streams[0].codec != CODEC:
                raise LzcError("this file holds no general data", where=str(path))
            self.params = streams[0].params
            self.head = b""                       # the first line of a table with names
            self.kind = str(self.params.get("kind"))
            self.by_ear = self.params.get("version") == BY_EAR and self.kind == kinds.AUDIO
            self.in_order = self.params.get("version") == IN_ORDER and self.kind == kinds.AUDIO
            self.fast = self.params.get("version") == FAST and self.kind not in (kinds.TABLE, kinds.TEXT)
            if self.params.get("version") in _FORMER:
                raise LzcError("this general data was written by an earlier program", where=str(path), hint="restore it with that one")
            if self.params.get("version") != VERSION and not (self.by_ear or self.in_order or self.fast):
                raise LzcError("this general data was written by a newer program", where=str(path), hint="update the program")
            self._chunks: dict[int, dict[int, ChunkKey]] = {}
            for key in self.reader.keys:
                if key.type == "DATA" and key.stream == 0 and key.tile == 0 and key.flags == 0 and key.level < LEVELS:
                    self._chunks.setdefault(key.time, {})[key.level] = key
            self._form()
        except BaseException:
            self.reader.close()
            raise

    def _form(self) -> None:
        p = self.params
        try:
            if self.kind == kinds.TABLE:
                self.head = str(p["head"]).encode() if "head" in p else bytes.fromhex(str(p.get("head_hex", "")))
                self.layout = table.Layout(int(p["columns"]), int(p.get("delimiter", 44)), bool(p.get("crlf", False)))
                if not 0 < self.layout.columns <= 1 << 16 or not 0 < self.layout.delimiter < 256:
                    raise ValueError
            elif self.kind != kinds.TEXT:
                c, y, x = (int(n) for n in p["lattice"])
                self.dtype = np.dtype(str(p["dtype"]))
                if min(c, y, x) < 1 or max(c, y, x) >= 1 << 40 or self.dtype.name not in grid.TYPES:
                    raise ValueError
                self.lattice = (c, y, x)
                self.boxes: list[Box] = sound_boxes(self.lattice) if self.by_ear or self.in_order else boxes(self.lattice, self.fast)
                if self.in_order and (y != 1 or c > 256 or self.dtype.kind == "f"):
                    raise ValueError
                if self.by_ear:
                    self.rate = int(p["facts"]["rate"])
                    self.unit, self.silence = sound_quality.scale(self.dtype, int(p["facts"]["bits"]))
                    if not (0 < self.rate < 1 << 24 and y == 1 and c <= 256 and 0 < self.unit <= 1 << 16):
                        raise ValueError
        except (KeyError, ValueError, TypeError):
            raise LzcError("the header of this general data makes no sense", where=self.reader.name) from None
        used = "" if self.by_ear or self.in_order or self.fast else model_kind(self.kind, p)
        if not used:
            return
        wanted = models_from(self.reader.header.meta).get(used)
        if wanted is None or wanted.weights != load(used).digest:
            named = f"{wanted.name!r} ({wanted.weights[:16]})" if wanted else "one that it does not name"
            raise ModelError(f"this file was made with another model, {named}", where=self.reader.name,
                             hint="use the version of the program that wrote it")

    @property
    def blocks(self) -> int:
        """How many blocks there are to be."""
        return len(self.boxes) if self.kind not in (kinds.TABLE, kinds.TEXT) else int(self.params.get("blocks", 0)) or len(self._chunks)

    def payloads(self, number: int, finest: int = 0) -> Payloads:
        """The levels of a block, down to `finest`; those behind a missing one are left out."""
        found: Payloads = {}
        for level in range(LEVELS - 1, finest - 1, -1):
            key = self._chunks.get(number, {}).get(level)
            if key is None:
                break
            try:
                found[level] = self.reader.read(key)
            except LzcError:
                if not found or not self._lenient:
                    raise
                break
        if not found:
            raise LzcError(f"block {number} of the general data is missing", where=self.reader.name)
        if finest not in found and not together(found):
            self.coarse.add(number)
        return found

    def box(self, number: int, finest: int = 0, nearer: block.Nearer | None = None) -> np.ndarray:
        """A block of a tensor as `[c, y, x]` of the file's type. nearer: what gives other values than were decoded."""
        c, y, x = self.boxes[number]
        shape = (c.stop - c.start, y.stop - y.start, x.stop - x.start)
        if self.in_order:
            return sound_whole.decode(self.payloads(number, LEVELS - 1)[LEVELS - 1], shape[0], shape[2], self.dtype)[:, None, :]
        bundle = Bundle(self.payloads(number, finest))
        if self.by_ear:
            parts = bundle.levels([hearing.LEVELS], finest)[0]
            return sound_quality.decode(parts, shape[0], shape[2], self.rate, self.unit, self.silence, self.dtype)[:, None, :]
        levels = bundle.levels([len(plan(shape[1], shape[2]))], finest)[0]
        found = block.decode(bundle.side, levels, shape[1:], [self.dtype] * shape[0], [False] * shape[0], fast=self.fast)
        values = [v for v, _, _ in found]
        if nearer is not None and len(levels) == len(plan(shape[1], shape[2])):
            widths = block.widths(bundle.side, shape[1] * shape[2], [self.dtype] * shape[0], [False] * shape[0])
            values = nearer([(values, [m for _, m, _ in found], widths)])[0]
        return np.stack(values)

    def lines(self, number: int, finest: int = 0, nearer: block.Nearer | None = None) -> bytes:
        """A block of a table or of a text. nearer: what gives other values than were decoded."""
        if self.kind == kinds.TABLE:
            return table.decode(self.payloads(number, finest), self.layout, finest, nearer)
        bundle = Bundle(self.payloads(number))
        length = In(bundle.side).whole(PART)
        bundle.levels([])
        if bundle.last is None:
            raise LzcError(f"part {number} of the text is missing", where=self.reader.name)
        return decode_text(bundle.last.raw(len(bundle.last.data) - bundle.last.at), length)

    def tensor(self, finest: int = 0) -> np.ndarray:
        """All blocks together `[C, Y, X]`."""
        out = np.zeros(self.lattice, self.dtype)
        for number, place in enumerate(self.boxes):
            out[place] = self.box(number, finest)
        return out

    def columns(self, finest: int = 0) -> Iterator[tuple[int, bytes]]:
        for number in range(self.blocks):
            yield number, self.lines(number, finest)

    def close(self) -> None:
        self.reader.close()

    def __enter__(self) -> DataFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def holds_data(path: Path) -> bool:
    """True for a `.lzc` file of general data."""
    try:
        with LzcReader(path) as reader:
            return bool(reader.header.streams) and reader.header.streams[0].kind == "data"
    except LzcError:
        return False
