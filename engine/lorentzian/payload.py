"""From symbols and motion fields of a chunk to bytes and back: one payload per level and tile, decodable in any order of tiles.

Level 3 carries the motion fields and the lowest coefficients; each finer level needs the coarser ones of its own tile.
"""
from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass

import numpy as np

from engine.lorentzian import bases, fitted, lowest, symbols, vectors
from engine.lorentzian import rangecoder as rc
from engine.lorentzian.light import code_light
from engine.lorentzian.lowest import NEAR, PLAIN, STAIRS, WAVES
from engine.lorentzian.schedule import CAMERA, KINDS, LONGEST, PREVIOUS, Slice
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import CONTEXTS, RATE, S0, Tables

TILE, SMALL_TILE = 512, 256  # pixels; small ones where the picture is larger than LARGE: a region should not cost many of them
LARGE = 1 << 22
DIFFER = 0.9    # lowest coefficients are coded as differences where that leaves less than this share of their bits
ROOM = 1 << 16  # bytes of a level of a tile before it is written once more
SLOTS = LONGEST + 1  # the slices of a chunk and the previous chunk's last
PREV_SLOT = SLOTS - 1
_STRAIGHT = CONTEXTS + S0 + 5  # context of all slices: whether a tile's blocks lie beside each other
Model = tuple[np.ndarray, np.ndarray, np.ndarray]  # prob, count, weight of `tables.Tables.start`
Previous = tuple[np.ndarray, np.ndarray, Field | None, int, np.ndarray]
FINE = lowest.FINE


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
    low: np.ndarray     # int16 [SLOTS, h, w, 3]: lowest coefficients where they are transformed, see `lowest.py`
    mode: np.ndarray    # uint8 [SLOTS]: how the lowest coefficients are coded, likewise
    turned: np.ndarray  # bool [SLOTS]: blocks may have a basis of their own
    field: Field | None = None
    span: int = 0
    filters: np.ndarray = dataclasses.field(default_factory=fitted.blank)  # weights int8 [TYPES, 2, PARTS], see `fitted.py`

    @classmethod
    def blank(cls, h8: int, w8: int) -> TileState:
        return cls(np.zeros((SLOTS, h8 + 2, w8 + 2, 97), np.int16), np.zeros((SLOTS, h8 + 2, w8 + 2, 11), np.uint8),
                   np.zeros((SLOTS, h8, w8, 3), np.int16), np.zeros(SLOTS, np.uint8), np.zeros(SLOTS, bool))

    def advance(self, order: tuple[Slice, ...], fields: dict[int, Field]) -> None:
        """The last slice becomes the previous one; the slots of all are cleared."""
        self.q[PREV_SLOT], self.energy[PREV_SLOT], self.field, self.span, _ = self.following(order, fields)
        for s in order:
            self.q[s.time], self.energy[s.time] = 0, 0

    def following(self, order: tuple[Slice, ...], fields: dict[int, Field]) -> Previous:
        """What the chunk after this one will be kept, as soon as the last slice is coded."""
        last = max(order, key=lambda s: s.time)
        field, span = (None, 0) if last.left is None else (fields[last.time], last.time - last.left)
        return self.q[last.time].copy(), self.energy[last.time].copy(), field, span, self.filters

    def previous(self) -> Previous:
        """A copy of all that is kept from chunk to chunk."""
        return self.q[PREV_SLOT].copy(), self.energy[PREV_SLOT].copy(), self.field, self.span, self.filters

    def go_back(self, kept: Previous) -> None:
        self.reset()
        self.q[PREV_SLOT], self.energy[PREV_SLOT], self.field, self.span, self.filters = kept

    def reset(self) -> None:
        self.q[:] = 0
        self.energy[:] = 0
        self.field, self.span, self.filters = None, 0, fitted.blank()


def slot(time: int | None) -> int:
    return -1 if time is None or time == CAMERA else PREV_SLOT if time == PREVIOUS else time


def temporal(order: tuple[Slice, ...], fields: dict[int, Field], s: Slice, state: TileState | None = None
             ) -> tuple[np.ndarray, bool, np.ndarray]:
    """Motion that slice `s` may take over: its right neighbour's, or the previous chunk's; none without either.

    (int16 `[2, h16, w16, 2]` scaled by distance in time, whether there is any, classes int8 `[h16, w16]` of that field).
    """
    h, w = next(iter(fields.values())).split.shape
    out = np.zeros((2, h, w, 2), np.int16)
    f, span = None, 0
    right = None if s.right == CAMERA else s.right
    if right is not None and s.left is not None:
        owner = next(o for o in order if o.time == right)
        if owner.left is not None:
            f, span = fields[right], owner.time - owner.left
    elif s.left == PREVIOUS and state is not None:
        f, span = state.field, state.span
    if f is None or s.left is None:
        return out, False, np.zeros((h, w), np.int8)
    vectors.temporal_candidate(f.mode, f.mv, span, s.time - s.left, 0 if right is None else right - s.time, out)
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
        code_light(st, buf, s.kind, 1 if s.right is None else 2, f.light, prob, count, RATE)
        f.straight[:] = rc.code_one(st, buf, int(f.straight[0, 0]), prob, count, _STRAIGHT, RATE)
        vectors.code_field(st, buf, s.kind, s.right is not None, cand, has, hint, f.merge, f.split, f.mode, f.mv, prob, count,
                           weight, RATE, tables.stretch, tables.squash)
    if level == 3 and s.kind in KINDS:
        state.turned[s.time] = rc.code_one(st, buf, int(state.turned[s.time]), prob, count, s.kind * CONTEXTS + S0 + 1, RATE)
    motion = fields[s.time].classes()
    if level == 3:
        _code_lowest(s, state, motion, tables, start, coder)
    turned, done = int(s.kind in KINDS and state.turned[s.time]), int(state.mode[s.time] >= STAIRS)
    symbols.code_latents(st, buf, level, s.time, s.kind, turned, done, slot(s.left), slot(s.right), motion, state.q, state.energy, prob,
                         count, weight, RATE, tables.stretch, tables.squash)


def _code_lowest(s: Slice, state: TileState, motion: np.ndarray, tables: Tables, start: Model,
                 coder: tuple[np.ndarray, np.ndarray]) -> None:
    """How the lowest coefficients are coded; and they themselves, where they are transformed."""
    prob, count, weight = start
    st, buf = coder
    mode, at = int(state.mode[s.time]), s.kind * CONTEXTS + S0
    if s.kind == 0:
        mode = NEAR
    elif rc.code_one(st, buf, int(mode >= STAIRS), prob, count, at + 3, RATE):
        mode = STAIRS + rc.code_one(st, buf, int(mode == WAVES), prob, count, at + 4, RATE)
    else:
        mode = rc.code_one(st, buf, int(mode == NEAR), prob, count, at, RATE)
    state.mode[s.time] = mode
    if mode >= STAIRS:
        lowest.code_lowest(st, buf, s.time, s.kind, mode, slot(s.left), slot(s.right), motion, state.low, state.energy, prob, count, weight,
                           RATE, tables.stretch, tables.squash)
        lowest.spread(state.low, s.time, mode, np.empty((*state.low.shape[1:3], 3), np.int32), state.q, state.energy)


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

    def cost_of_lowest(self, s: Slice) -> float:
        """Bits of the lowest coefficients of a slice as they now are, nothing else of it being coded."""
        prob, count, weight = model = self.models[3][0].copy(), self.models[3][1].copy(), self.models[3][2].copy()
        coder = rc.writer(0)
        motion = self.fields[s.time].classes()
        _code_lowest(s, self.state, motion, self.tables, model, coder)
        st, buf = coder
        symbols.code_latents(st, buf, 3, s.time, s.kind, 0, int(self.state.mode[s.time] >= STAIRS), slot(s.left), slot(s.right), motion,
                             self.state.q, self.state.energy, prob, count, weight, RATE, self.tables.stretch, self.tables.squash)
        return rc.bits(st)

    def payloads(self, filters: np.ndarray) -> tuple[bytes, bytes, bytes, bytes]:
        """Levels 0 to 3 once every slice was added, with filters int8 `[TYPES, 2, PARTS]` for what is shown."""
        if any(st[rc.POS] > st[rc.END] for st, _ in self._coders):  # more than there was room for: once more, with all it takes
            made = [_write(lv, self.order, self.state, self.fields, self.quality, self.tables) for lv in (3, 2, 1, 0)][::-1]
        else:
            made = [rc.finish(*coder) for coder in self._coders]
        return _sealed(made[0], self.state, filters), made[1], made[2], made[3]


def write_level(level: int, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], quality: int, tables: Tables) -> bytes:
    """Bytes of one level of one tile; coarser levels must have been written before (they fill `state.energy`). Filters stay as they are."""
    made = _write(level, order, state, fields, quality, tables)
    return made if level else _sealed(made, state, state.filters)


def _write(level: int, order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], quality: int, tables: Tables) -> bytes:
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
    if level == 0:
        data = _opened(data, state)
    code_level(level, order, state, fields, tables, tables.start(quality, frozenset(s.kind for s in order)), rc.reader(data))


def _sealed(data: bytes, state: TileState, filters: np.ndarray) -> bytes:
    """Level 0 of a tile: symbols, then what changes of its filters, then in one byte how long that is; nothing where both are empty."""
    coder = rc.writer(255)
    fitted.code_weights(*coder, state.filters.copy(), filters)
    state.filters = filters
    changes = rc.finish(*coder)
    return data + changes + bytes([len(changes)]) if data or changes else b""


def _opened(data: bytes, state: TileState) -> bytes:
    """The symbols of what `_sealed` made; the state has the filters then."""
    end = max(len(data) - 1 - data[-1], 0) if data else 0
    state.filters = state.filters.copy()
    fitted.code_weights(*rc.reader(data[end:-1]), state.filters, state.filters.copy())
    return data[:end]


def put(state: TileState, s: Slice, q: np.ndarray, kinds: np.ndarray | int = 0) -> None:
    """Store the symbols `[h, w, 96]` of a slice, and of a key slice its blocks' bases `[h, w]`; the lowest ones untransformed."""
    put_fine(state, s, q, kinds)
    put_plain(state, s, q[..., :3])


def put_fine(state: TileState, s: Slice, q: np.ndarray, kinds: np.ndarray | int = 0) -> None:
    """The same without the lowest ones."""
    state.energy[s.time, 1:-1, 1:-1, symbols.BASIS] = kinds
    state.turned[s.time] = np.any(kinds)
    state.q[s.time, 1:-1, 1:-1, 3:96] = q[..., 3:]


def put_plain(state: TileState, s: Slice, q: np.ndarray) -> None:
    """Store the lowest symbols `[h, w, 3]`: as differences of neighbours in a slice that starts anew, and where that makes them smaller
    (a fade, a change of exposure)."""
    own = np.zeros((1, *state.q.shape[1:3], 3), np.int16)
    own[0, 1:-1, 1:-1] = q
    mode = PLAIN
    if s.kind == 0:
        symbols.dc_delta(own, 0, 1, True)
        mode = NEAR
    elif q.any():
        other = own.copy()
        symbols.dc_delta(other, 0, 1, False)
        if _size(other[0]) < DIFFER * _size(q):
            own, mode = other, NEAR
    state.mode[s.time] = mode
    state.q[s.time, ..., :3] = own[0]


def sum_lowest(state: TileState, s: Slice) -> None:
    """Energies of the lowest symbols, untransformed, for the contexts of others."""
    coded = np.abs(state.q[s.time, :, :, :3].astype(np.int32))
    state.energy[s.time, ..., 0] = np.minimum(coded[..., 0], 255)
    state.energy[s.time, ..., 1] = np.minimum(coded[..., 1] + coded[..., 2], 255)


def put_transformed(state: TileState, s: Slice, mode: int, low: np.ndarray) -> np.ndarray:
    """Store lowest symbols `[h, w, 3]` of a transform; int32 `[h, w, 3]` of what they stand for, in sixteenths of a step."""
    out = np.empty(low.shape, np.int32)
    state.mode[s.time] = mode
    state.low[s.time] = low
    lowest.spread(state.low, s.time, mode, out, state.q, state.energy)
    return out


def _size(q: np.ndarray) -> float:
    """Roughly what symbols cost, in bits."""
    return float(np.log2(1 + np.abs(q, dtype=np.float32)).sum())


def take(state: TileState, s: Slice, channels: int) -> np.ndarray:
    """The symbols of a slice as values, `[h, w, channels + 1]` int16: a copy; the lowest three in sixteenths of a step, the last is the
    basis of the block."""
    own = state.q[s.time:s.time + 1, ..., :channels + 1].copy()
    mode = int(state.mode[s.time])
    out = own[0, 1:-1, 1:-1]
    if mode >= STAIRS:
        values = np.empty((*out.shape[:2], 3), np.int32)
        lowest.values(state.low, s.time, mode, values)
        out[..., :3] = values
    else:
        if mode == NEAR:
            symbols.dc_delta(own, 0, -1, s.kind == 0)
        out[..., :3] = np.clip(out[..., :3], -lowest.LIMIT, lowest.LIMIT) * FINE
    out[..., channels] = bases.of_way(state.energy[s.time, 1:-1, 1:-1, symbols.BASIS])
    return out


def symbol_hash(states: list[TileState], fields: list[dict[int, Field]], order: tuple[Slice, ...]) -> bytes:
    """8 bytes over every symbol, vector and filter of a chunk, the same on every machine."""
    h = hashlib.sha256()
    for st, fs in zip(states, fields, strict=True):
        h.update(st.filters.tobytes())
        for s in order:
            h.update(np.ascontiguousarray(st.q[s.time, 1:-1, 1:-1, :96]).astype("<i2").tobytes())
            h.update(st.mode[s.time:s.time + 1].tobytes())
            if st.mode[s.time] >= STAIRS:
                h.update(st.low[s.time].astype("<i2").tobytes())
            if s.kind in KINDS:
                h.update(st.energy[s.time, 1:-1, 1:-1, symbols.BASIS].tobytes())
            if s.kind:
                h.update(fs[s.time].mode.tobytes() + fs[s.time].mv.astype("<i2").tobytes() + fs[s.time].light.astype("<i2").tobytes()
                         + fs[s.time].straight[0, :1].tobytes())
    return h.digest()[:8]
