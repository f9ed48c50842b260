"""From symbols and motion fields of a chunk to bytes and back: one payload per level and tile, decodable in any order of tiles.

Level 3 carries the motion fields and the lowest coefficients; each finer level needs the coarser ones of its own tile.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from engine.lorentzian import rangecoder as rc
from engine.lorentzian import symbols, vectors
from engine.lorentzian.schedule import PREVIOUS, Slice
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import RATE, Tables

TILE = 512
PREV_SLOT = symbols.SLOTS - 1


def tile_grid(height: int, width: int) -> list[tuple[int, int, int, int]]:
    """(y, x, h, w) in pixels of the padded picture; a remainder under half a tile joins its neighbour."""
    def cuts(n: int) -> list[int]:
        k = max(1, (n + TILE // 2) // TILE)
        return [i * TILE for i in range(k)] + [n]
    ys, xs = cuts(height), cuts(width)
    return [(ys[i], xs[j], ys[i + 1] - ys[i], xs[j + 1] - xs[j]) for i in range(len(ys) - 1) for j in range(len(xs) - 1)]


@dataclass
class TileState:
    """Symbols and energies of one tile, kept from chunk to chunk for the last slice."""

    q: np.ndarray
    energy: np.ndarray

    @classmethod
    def blank(cls, h8: int, w8: int) -> TileState:
        return cls(np.zeros((symbols.SLOTS, h8 + 2, w8 + 2, 97), np.int16), np.zeros((symbols.SLOTS, h8 + 2, w8 + 2, 10), np.uint8))

    def advance(self, last: int) -> None:
        """The last slice becomes the previous one; all other slots are cleared."""
        self.q[PREV_SLOT] = self.q[last]
        self.energy[PREV_SLOT] = self.energy[last]
        self.q[:PREV_SLOT] = 0
        self.energy[:PREV_SLOT] = 0

    def reset(self) -> None:
        self.q[:] = 0
        self.energy[:] = 0


def _slot(time: int | None) -> int:
    return -1 if time is None else PREV_SLOT if time == PREVIOUS else time


def temporal(order: tuple[Slice, ...], fields: dict[int, Field], s: Slice) -> tuple[np.ndarray, bool]:
    """Co-located motion for slice `s`, from its right neighbour's field (or none): int16 `[2, h16, w16, 2]`."""
    some = next(iter(fields.values()))
    h, w = some.merge.shape
    out = np.zeros((2, h, w, 2), np.int16)
    if s.right is None or s.left is None:
        return out, False
    owner = next(o for o in order if o.time == s.right)
    if owner.kind == 0 or owner.left is None:
        return out, False
    f = fields[s.right]
    vectors.temporal_candidate(f.mode, f.mv, owner.time - owner.left, s.time - s.left, s.right - s.time, out)
    return out, True


def code_level(level: int, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], tables: Tables,
               start: tuple[np.ndarray, np.ndarray, np.ndarray], coder: tuple[np.ndarray, np.ndarray]) -> None:
    """Run `coder` over one level of one tile; `start` = (prob, count, weight) adapts as it goes."""
    prob, count, weight = start
    st, buf = coder
    for s in order:
        if level == 3 and s.kind > 0:
            f = fields[s.time]
            cand, has = temporal(order, fields, s)
            hint = fields[s.right].classes() if s.right is not None else np.zeros_like(f.merge)
            vectors.code_field(st, buf, s.kind, s.right is not None, cand, has, hint, f.merge, f.split, f.mode, f.mv, prob, count,
                               weight, RATE, tables.stretch, tables.squash)
        symbols.code_latents(st, buf, level, s.time, s.kind, _slot(s.left), _slot(s.right), fields[s.time].classes(),
                             state.q, state.energy, prob, count, weight, RATE, tables.stretch, tables.squash)


def write_level(level: int, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], quality: int, tables: Tables) -> bytes:
    """Bytes of one level of one tile; coarser levels must have been written before (they fill `state.energy`)."""
    size = 1 << 14
    while True:
        coder = rc.writer(size)
        code_level(level, order, state, fields, tables, tables.start(quality), coder)
        rc.flush(*coder)
        if not coder[0][rc.FULL]:
            return coder[1][:coder[0][rc.POS]].tobytes().rstrip(b"\0")
        size *= 4


def read_level(data: bytes, level: int, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], quality: int,
               tables: Tables) -> None:
    """Fill `state` and `fields` from bytes. Any bytes give some symbols: damage is found by checksums, not here."""
    code_level(level, order, state, fields, tables, tables.start(quality), rc.reader(data))


def put(state: TileState, s: Slice, q: np.ndarray) -> None:
    """Store the symbols `[h, w, 96]` of a slice as they are coded: lowest coefficients of a slice that starts anew as differences."""
    state.q[s.time, 1:-1, 1:-1, :96] = q
    if s.kind == 0:
        symbols.dc_delta(state.q, s.time, 1)


def take(state: TileState, s: Slice) -> np.ndarray:
    """The symbols `[h, w, 96]` int16 of a slice as values."""
    if s.kind:
        return state.q[s.time, 1:-1, 1:-1, :96]
    own = state.q[s.time:s.time + 1].copy()
    symbols.dc_delta(own, 0, -1)
    return own[0, 1:-1, 1:-1, :96]


def symbol_hash(states: list[TileState], fields: list[dict[int, Field]], order: tuple[Slice, ...]) -> bytes:
    """8 bytes over every symbol and vector of a chunk, the same on every machine."""
    h = hashlib.sha256()
    for st, fs in zip(states, fields, strict=True):
        for s in order:
            h.update(np.ascontiguousarray(st.q[s.time, 1:-1, 1:-1, :96]).astype("<i2").tobytes())
            if s.kind:
                h.update(fs[s.time].mode.tobytes() + fs[s.time].mv.astype("<i2").tobytes())
    return h.digest()[:8]
