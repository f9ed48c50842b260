"""General data brought nearer to its source: the writer's weights for each block in a chunk of their own, and a reader that uses them.

Whoever reads without asking for it gets what keeps the bound, as ever. Only files that were compressed within a bound have such chunks.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.api import LzcError, ModelError
from engine.correlation.nearer import BIT, Group, Said, apply, decide, pack, units, unpack
from engine.correlation.rows import RowsModel, kind_of, load_rows, task
from engine.hierarchical import block
from engine.hierarchical.near import BOUND, CHUNK, NAMED, decibels
from engine.lzc import ChunkKey, LzcReader, LzcWriter
from engine.lzc.layout import KNOWN_TYPES
from engine.resources import model_path

SHARE = 38          # bytes that a lone chunk takes beside what is said: its name, and its share of the container
_DAMAGED = "what would bring this data nearer to its source is damaged; it is shown as decoded"
_OTHER = "this data is shown as decoded: what would bring it nearer to its source was made for another network"
_NOTHING = "this file holds nothing that would bring its data nearer to its source"


def load_installed(height: int) -> RowsModel | None:
    """The network for lattices of this height, None where none is installed. ModelError when its weights are damaged."""
    kind = kind_of(height)
    return load_rows(kind) if model_path(f"{task(kind)}.safetensors").exists() else None


@dataclass(frozen=True)
class Look:
    """What is said of one block: its bytes, none where nothing is restored; squared errors in steps, without and with."""

    data: bytes = b""
    was: float = 0.0
    now: float = 0.0


def payload(said: Sequence[Said]) -> bytes:
    """What the chunk of a block says; nothing where it gains less than its bytes cost."""
    data, gained = pack(said), sum(s.was - s.now for s in said)
    return data if gained > BIT * 8 * (len(data) + SHARE) else b""


class Writing:
    """The writer's side. Blocks may be looked at on several threads; they are added in order."""

    def __init__(self, height: int) -> None:
        self.model = load_installed(height)
        self.bytes, self.was, self.now = 0, 0.0, 0.0
        self._last: tuple[int, bytes] | None = None

    def look(self, groups: Sequence[tuple[Sequence[block.Channel], block.Coded]]) -> Look:
        """At a block whose channels lie in groups of one lattice each, coded with `show`."""
        if self.model is None:
            return Look()
        said: list[Said] = []
        was = now = 0.0
        for channels, coded in groups:
            values, marks = [v for v, _, _ in coded.shown], [m.reshape(v.shape) for v, m, _ in coded.shown]
            counts, dtypes = [c.digits is not None for c in channels], [c.values.dtype for c in channels]
            group = Group(values, marks, block.widths(coded.side, values[0].size, dtypes, counts))
            found = decide(group, [c.values for c in channels], [c.bound for c in channels], self.model)
            said += found
            was, now = was + sum(s.was for s in found), now + sum(s.now for s in found)
        data = payload(said)
        return Look(data, was, now if data else was)

    def add(self, writer: LzcWriter, number: int, look: Look) -> None:
        """The chunk of block `number`, if anything is said of it; the last one waits for the end of the file."""
        self.was, self.now = self.was + look.was, self.now + look.now
        if look.data:
            if self._last is not None:
                writer.add(ChunkKey(CHUNK, time=self._last[0]), self._last[1])
            self._last = number, look.data
            self.bytes += len(look.data)

    @property
    def nearer(self) -> float:
        """Decibels that the root mean square of the error falls by, in steps of each channel, over all channels within a bound."""
        return 10 * math.log10(self.was / self.now) if self.now > 0 and self.bytes else 0.0

    def finish(self, writer: LzcWriter) -> None:
        """The last chunk, which says for which network all of them are, once in a file that has any."""
        if self.model is not None and self._last is not None:
            number, data = self._last
            writer.add(ChunkKey(CHUNK, time=number, flags=BOUND), bytes.fromhex(self.model.hash)[:8] + _centi(self.nearer) + data)


def _centi(gain: float) -> bytes:
    return min(65535, max(0, round(100 * gain))).to_bytes(2, "little")


class Reading:
    """What a file says of its blocks. `notes` tells a person why something is as decoded."""

    def __init__(self, path: Path, height: int) -> None:
        self.notes: list[str] = []
        self.decibels: float | None = None
        self._said: dict[int, bytes] = {}
        self._model: RowsModel | None = None
        try:
            self._model = load_installed(height)
        except ModelError as fault:
            self.notes.append(f"this data is shown as decoded: {fault}")
            return
        self._open(path)

    def _open(self, path: Path) -> None:
        with LzcReader(path, known={*KNOWN_TYPES, CHUNK}) as file:
            keys = [k for k in file.keys if k.type == CHUNK and k.stream == 0]
            bound = [k for k in keys if k.flags == BOUND]
            if not bound:
                self.notes.append(_NOTHING)
                return
            for key in [*bound[:1], *(k for k in keys if k.flags == 0)]:
                try:
                    data = file.read(key)
                except LzcError:
                    self._damaged()
                    if key.flags == BOUND:
                        return
                    continue
                if key.flags == 0:
                    self._said[key.time] = data
                elif self._model is None or data[:8] != bytes.fromhex(self._model.hash)[:8]:
                    self.notes.append(_OTHER)
                    return
                else:
                    self.decibels = decibels(data)
                    self._said[key.time] = data[NAMED:]

    def _damaged(self) -> None:
        self.decibels = None  # not all of that any more
        if _DAMAGED not in self.notes:
            self.notes.append(_DAMAGED)

    def block(self, number: int) -> block.Nearer | None:
        """What changes the values of a block after they were decoded; None where nothing is said of it."""
        data, model = self._said.get(number), self._model
        if data is None or model is None:
            return None

        def change(groups: Sequence[block.Shown]) -> list[list[np.ndarray]]:
            try:
                return _changed(data, groups, model)
            except LzcError:
                self._damaged()
                return [list(values) for values, _, _ in groups]
        return change


def _changed(data: bytes, groups: Sequence[block.Shown], model: RowsModel) -> list[list[np.ndarray]]:
    said = unpack(data, [units(v.shape) for values, _, _ in groups for v in values], model.count)
    out = []
    for values, marks, widths in groups:
        out.append(apply(Group(values, [m.reshape(v.shape) for v, m in zip(values, marks)], widths), said[:len(values)], model))
        said = said[len(values):]
    return out


__all__ = ["CHUNK", "SHARE", "Look", "Reading", "Writing", "load_installed", "payload"]
