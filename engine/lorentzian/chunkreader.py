"""Payloads of a chunk to symbols, in integers: the half of decoding that must be the same to the last bit on every machine."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.lorentzian import payload
from engine.lorentzian.chunk import CodedChunk, Symbols
from engine.lorentzian.model import CodecModel
from engine.lorentzian.payload import TileState, tile_grid
from engine.lorentzian.schedule import TYPES, USUAL_GRAIN, Grain, slices
from engine.lorentzian.slices import Field
from engine.lorentzian.transform import LEVEL_END, pad_size
from engine.lorentzian.workers import map_slices


class SymbolReader:
    """Payloads to symbols, in integers. Keeps what the next chunk's model looks at, and what anchored ones do; chunks of a key interval go
    through in order."""

    def __init__(self, width: int, height: int, quality: int, model: CodecModel, camera: bool = False) -> None:
        self.camera = camera
        self.pw, self.ph = pad_size(width, height)
        self.quality, self.model = quality, model
        self.tiles = tile_grid(self.ph, self.pw)
        self.states = [TileState.blank(h // 8, w // 8) for _, _, h, w in self.tiles]
        self._anchor: list[payload.Previous] = []
        self._grain = USUAL_GRAIN

    def read(self, coded: CodedChunk, level: int = 0, last_only: bool = False, check: bool = False, kinds: int = TYPES,
             first_only: bool = False) -> Symbols:
        """Levels 3..`level` of every slice, or with `last_only` of what leads up to the last one, or with `kinds` also of slices of types
        below that, or of the first alone, after which a key chunk must be next; `check` also makes the hash."""
        begins = coded.key or coded.camera
        self._grain = replace(coded.grain if begins else Grain(self._grain.chroma), frames=coded.frames)
        full = slices(coded.frames, coded.key, self.camera and not coded.camera)
        least = next(n for n, s in enumerate(full) if s.time == coded.frames - 1) + 1
        most = next((n for n, s in enumerate(full) if s.kind >= kinds), len(full))
        order = full[:1 if first_only else least if last_only else max(least, most)]
        q = {s.time: np.zeros((self.ph // 8, self.pw // 8, LEVEL_END[level] + 1), np.int16) for s in order}
        fields = {s.time: Field.empty(self.ph, self.pw) for s in order}
        if coded.anchored:
            for st, p in zip(self.states, self._anchor, strict=True):
                st.go_back(p)

        def tile(at: int) -> dict[int, Field]:
            st, (y, x, h, w) = self.states[at], self.tiles[at]
            if begins:
                st.reset()
            fs = {s.time: Field.empty(h, w) for s in order}
            for lv in range(3, level - 1, -1):
                payload.read_level(coded.payloads[at][lv], lv, order, st, fs, self.quality, self.model.tables)
            for s in order:
                q[s.time][y // 8:(y + h) // 8, x // 8:(x + w) // 8] = payload.take(st, s, LEVEL_END[level])
                fields[s.time].paste(fs[s.time], y // 16, x // 16)
            return fs

        if len(coded.payloads) != len(self.tiles):
            raise ValueError(f"{len(coded.payloads)} payloads for {len(self.tiles)} tiles")
        parts = map_slices(tile, range(len(self.tiles)))
        digest = payload.symbol_hash(self.states, parts, order) if check else b""
        for st, fs in zip(self.states, parts, strict=True):
            st.advance(order, fs)
        if coded.key:
            self._anchor = [st.previous() for st in self.states]
        return Symbols(q, fields, order, coded.key, digest, coded.grey, coded.anchored, self._grain, coded.camera,
                       () if level else tuple(st.filters for st in self.states))
