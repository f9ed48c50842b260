"""From symbols and motion fields of a chunk to bytes and back: one payload per level and tile, decodable in any order of tiles.

Level 3 carries the motion fields and the lowest coefficients; each finer level needs the coarser ones of its own tile.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from engine.lorentzian import rangecoder as rc
from engine.lorentzian import symbols, vectors
from engine.lorentzian.light import code_light
from engine.lorentzian.schedule import KINDS, PREVIOUS, Slice
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import CONTEXTS, RATE, S0, Tables

TILE, SMALL_TILE = 512, 256  # pixels; small ones where the picture is larger than LARGE: a region should not cost many of them
LARGE = 1 << 22
DIFFER = 0.9    # lowest coefficients are coded as differences where that leaves less than this share of their bits
ROOM = 1 << 16  # bytes of a level of a tile before it is written once more
PREV_SLOT = symbols.SLOTS - 1
Model = tuple[np.ndarray, np.ndarray, np.ndarray]  # prob, count, weight of `tables.Tables.start`
Previous = tuple[np.ndarray, np.ndarray, Field | None, int]


def tile_grid(height: int, width: int) -> list[tuple[int, int, int, int]]:
    """(y, x, h, w) in pixels of the padded picture; a remainder under half a tile joins its neighbour."""
    size = TILE if height * width <= LARGE else SMALL_TILE

    def cuts(n: int) -> list[int]:
        k = max(1, (n + size // 2) // size)
        return [i * size for i in range(k)] + [n]
    ys, xs = cuts(height), cuts(width)
    return [(ys[i], xs[j], ys[i + 1] - ys[i], xs[j + 1] - xs[j]) for i in range(len(ys) - 1) for j in range(len(xs) - 1)]


@dataclass
class TileState:
    """Symbols and energies of one tile, kept from chunk to chunk for the last slice, and that slice's motion over how many frames."""

    q: np.ndarray
    energy: np.ndarray
    differs: np.ndarray  # bool [SLOTS]: lowest coefficients are coded as differences of neighbours
    turned: np.ndarray   # bool [SLOTS]: blocks may have a basis of their own
    field: Field | None = None
    span: int = 0

    @classmethod
    def blank(cls, h8: int, w8: int) -> TileState:
        return cls(np.zeros((symbols.SLOTS, h8 + 2, w8 + 2, 97), np.int16), np.zeros((symbols.SLOTS, h8 + 2, w8 + 2, 11), np.uint8),
                   np.zeros(symbols.SLOTS, bool), np.zeros(symbols.SLOTS, bool))

    def advance(self, order: tuple[Slice, ...], fields: dict[int, Field]) -> None:
        """The last slice becomes the previous one; all other slots are cleared."""
        last = max(order, key=lambda s: s.time)
        self.q[PREV_SLOT] = self.q[last.time]
        self.energy[PREV_SLOT] = self.energy[last.time]
        self.q[:PREV_SLOT] = 0
        self.energy[:PREV_SLOT] = 0
        self.field = None if last.left is None else fields[last.time]
        self.span = 0 if last.left is None else last.time - last.left

    def previous(self) -> Previous:
        """A copy of all that is kept from chunk to chunk."""
        return self.q[PREV_SLOT].copy(), self.energy[PREV_SLOT].copy(), self.field, self.span

    def go_back(self, kept: Previous) -> None:
        self.reset()
        self.q[PREV_SLOT], self.energy[PREV_SLOT], self.field, self.span = kept

    def reset(self) -> None:
        self.q[:] = 0
        self.energy[:] = 0
        self.field, self.span = None, 0


def slot(time: int | None) -> int:
    return -1 if time is None else PREV_SLOT if time == PREVIOUS else time


def temporal(order: tuple[Slice, ...], fields: dict[int, Field], s: Slice, state: TileState | None = None
             ) -> tuple[np.ndarray, bool, np.ndarray]:
    """Motion that slice `s` may take over: its right neighbour's, or the previous chunk's; none without either.

    (int16 `[2, h16, w16, 2]` scaled by distance in time, whether there is any, classes int8 `[h16, w16]` of that field).
    """
    h, w = next(iter(fields.values())).split.shape
    out = np.zeros((2, h, w, 2), np.int16)
    f, span = None, 0
    if s.right is not None and s.left is not None:
        owner = next(o for o in order if o.time == s.right)
        if owner.left is not None:
            f, span = fields[s.right], owner.time - owner.left
    elif s.left == PREVIOUS and state is not None:
        f, span = state.field, state.span
    if f is None or s.left is None:
        return out, False, np.zeros((h, w), np.int8)
    vectors.temporal_candidate(f.mode, f.mv, span, s.time - s.left, 0 if s.right is None else s.right - s.time, out)
    return out, True, f.classes()


def code_level(level: int, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], tables: Tables,
               start: Model, coder: tuple[np.ndarray, np.ndarray]) -> None:
    """Run `coder` over one level of one tile; `start` = (prob, count, weight) adapts as it goes."""
    for s in order:
        _code_slice(level, s, order, state, fields, tables, start, coder)


def _code_slice(level: int, s: Slice, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], tables: Tables, start: Model,
                coder: tuple[np.ndarray, np.ndarray]) -> None:
    prob, count, weight = start
    st, buf = coder
    if level == 3 and s.kind > 0:
        f = fields[s.time]
        cand, has, hint = temporal(order, fields, s, state)
        light = f.light[0, 0].copy()
        code_light(st, buf, s.kind, 1 if s.right is None else 2, light, prob, count, RATE)
        f.light[:] = light
        vectors.code_field(st, buf, s.kind, s.right is not None, cand, has, hint, f.merge, f.split, f.mode, f.mv, prob, count,
                           weight, RATE, tables.stretch, tables.squash)
        state.differs[s.time] = rc.code_one(st, buf, int(state.differs[s.time]), prob, count, s.kind * CONTEXTS + S0, RATE)
    if level == 3 and s.kind in KINDS:
        state.turned[s.time] = rc.code_one(st, buf, int(state.turned[s.time]), prob, count, s.kind * CONTEXTS + S0 + 1, RATE)
    symbols.code_latents(st, buf, level, s.time, s.kind, int(s.kind in KINDS and state.turned[s.time]), slot(s.left), slot(s.right),
                         fields[s.time].classes(), state.q, state.energy, prob, count, weight, RATE, tables.stretch, tables.squash)


class Writing:
    """A chunk's tile being written slice by slice, so that what its model has learnt can serve the choice of the next symbols."""

    def __init__(self, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], quality: int, tables: Tables) -> None:
        self.order, self.state, self.fields, self.quality, self.tables = order, state, fields, quality, tables
        self.models = [tables.start(quality) for _ in range(4)]
        self._coders = [rc.writer(ROOM) for _ in range(4)]

    def add(self, s: Slice) -> None:
        """The next slice of the coding order, whose symbols and motion are in place."""
        for level in (3, 2, 1, 0):
            _code_slice(level, s, self.order, self.state, self.fields, self.tables, self.models[level], self._coders[level])

    def payloads(self) -> tuple[bytes, bytes, bytes, bytes]:
        """Levels 0 to 3 once every slice was added."""
        if any(st[rc.POS] > st[rc.END] for st, _ in self._coders):  # more than there was room for: once more, with all it takes
            made = [write_level(lv, self.order, self.state, self.fields, self.quality, self.tables) for lv in (3, 2, 1, 0)][::-1]
        else:
            made = [rc.finish(*coder) for coder in self._coders]
        return made[0], made[1], made[2], made[3]


def write_level(level: int, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], quality: int, tables: Tables) -> bytes:
    """Bytes of one level of one tile; coarser levels must have been written before (they fill `state.energy`)."""
    size = 1 << 14
    while True:
        coder = rc.writer(size)
        code_level(level, order, state, fields, tables, tables.start(quality), coder)
        if coder[0][rc.POS] <= coder[0][rc.END]:
            return rc.finish(*coder)
        size *= 4


def read_level(data: bytes, level: int, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], quality: int,
               tables: Tables) -> None:
    """Fill `state` and `fields` from bytes. Any bytes give some symbols: damage is found by checksums, not here."""
    code_level(level, order, state, fields, tables, tables.start(quality), rc.reader(data))


def put(state: TileState, s: Slice, q: np.ndarray, kinds: np.ndarray | int = 0) -> None:
    """Store the symbols `[h, w, 96]` of a slice, and of a key slice its blocks' bases `[h, w]`, as they are coded: lowest coefficients as
    differences of neighbours in a slice that starts anew, and where that makes them smaller (a fade, a change of exposure)."""
    own = state.q[s.time:s.time + 1]
    state.energy[s.time, 1:-1, 1:-1, symbols.BASIS] = kinds
    state.turned[s.time] = np.any(kinds)
    own[0, 1:-1, 1:-1, :96] = q
    state.differs[s.time] = s.kind == 0
    if s.kind == 0:
        symbols.dc_delta(own, 0, 1, True)
    elif q[..., :3].any():
        other = np.ascontiguousarray(own[..., :3])
        symbols.dc_delta(other, 0, 1, False)
        if _size(other[0, 1:-1, 1:-1]) < DIFFER * _size(q[..., :3]):
            own[..., :3] = other
            state.differs[s.time] = True


def _size(q: np.ndarray) -> float:
    """Roughly what symbols cost, in bits."""
    return float(np.log2(1 + np.abs(q, dtype=np.float32)).sum())


def take(state: TileState, s: Slice, channels: int) -> np.ndarray:
    """The symbols of a slice as values, `[h, w, channels + 1]` int16: a copy; the last is the basis of the block."""
    own = state.q[s.time:s.time + 1, ..., :channels + 1].copy()
    if s.kind == 0 or state.differs[s.time]:
        symbols.dc_delta(own, 0, -1, s.kind == 0)
    own[0, ..., channels] = state.energy[s.time, ..., symbols.BASIS]
    return own[0, 1:-1, 1:-1]


def symbol_hash(states: list[TileState], fields: list[dict[int, Field]], order: tuple[Slice, ...]) -> bytes:
    """8 bytes over every symbol and vector of a chunk, the same on every machine."""
    h = hashlib.sha256()
    for st, fs in zip(states, fields, strict=True):
        for s in order:
            h.update(np.ascontiguousarray(st.q[s.time, 1:-1, 1:-1, :96]).astype("<i2").tobytes())
            if s.kind in KINDS:
                h.update(st.energy[s.time, 1:-1, 1:-1, symbols.BASIS].tobytes())
            if s.kind:
                h.update(fs[s.time].mode.tobytes() + fs[s.time].mv.astype("<i2").tobytes() + fs[s.time].light[0, 0].astype("<i2").tobytes())
    return h.digest()[:8]
