"""Symbols and motion of every kind of slice survive the entropy coder; hostile bytes do no harm."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.lorentzian import payload, symbols, vectors
from engine.lorentzian.bases import WAYS
from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.lowest import LIMIT, STAIRS, WAVES
from engine.lorentzian.payload import TileState
from engine.lorentzian.schedule import KINDS, TYPES, Slice, slices
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import SETS, Tables
from engine.lorentzian.transform import CHANNELS, LEVEL_END
from tests.engine.lorentzian.clips import decode, lively, same_field

TABLES = Tables.untrained()
ROOT = Path(__file__).resolve().parents[3]


def tensor(rng: np.random.Generator, h: int, w: int, density: float, largest: int) -> np.ndarray:
    """Random symbols; whole blocks stay empty, as in real pictures."""
    q = rng.integers(-largest, largest + 1, (h, w, CHANNELS))
    q[rng.random(q.shape) >= density] = 0
    q[rng.random((h, w)) < 0.3] = 0
    return q.astype(np.int16)


def motion(rng: np.random.Generator, h16: int, w16: int, two: bool, reach: int) -> Field:
    """A random field as a search could leave it: own motion for each 16x16 block, or for each 8x8 part where it is split."""
    f = Field.empty(h16 * 16, w16 * 16)
    f.merge[:] = -1
    if rng.random() < 0.5:
        f.light[:, :, :2 if two else 1] = rng.integers(-127, 128, (2 if two else 1, 2))
    f.straight[:] = rng.random() < 0.5
    for i in range(h16):
        for j in range(w16):
            f.split[i, j] = rng.random() < 0.4
            parts = [np.s_[2 * i + k // 2:2 * i + k // 2 + 1, 2 * j + k % 2:2 * j + k % 2 + 1] for k in range(4)]
            for b in parts if f.split[i, j] else [np.s_[2 * i:2 * i + 2, 2 * j:2 * j + 2]]:
                m = int(rng.integers(0, 3)) if two else 1
                f.mode[b] = m
                for side in range(2):
                    if m in (0, side + 1):
                        f.mv[(side, *b)] = rng.integers(-reach, reach + 1, 2)
    return f


def put_all(rng: np.random.Generator, order: tuple[Slice, ...], state: TileState, h: int, w: int, density: float, largest: int,
            reach: int) -> dict[int, Field]:
    fields = {}
    for s in order:
        q = tensor(rng, h, w, density, largest)
        if s.kind == 0:
            q[..., :3] //= 2  # coded as differences
        payload.put(state, s, q, rng.integers(0, WAYS, (h, w)) * (rng.random((h, w)) < 0.6) if s.kind in KINDS else 0)
        if s.kind and rng.random() < 0.5:
            payload.put_transformed(state, s, int(rng.integers(STAIRS, WAVES + 1)), q[..., :3].clip(-LIMIT, LIMIT))
        fields[s.time] = motion(rng, h // 2, w // 2, s.right is not None, reach) if s.kind else Field.empty(h * 8, w * 8)
    return fields


@given(seed=st.integers(0, 1 << 30), count=st.integers(1, 8), key=st.booleans(), h=st.sampled_from((2, 4)), w=st.sampled_from((2, 6)),
       density=st.sampled_from((0.0, 0.01, 0.2, 1.0)), largest=st.sampled_from((1, 3, 40, 4095)), reach=st.sampled_from((0, 3, 200, 2047)),
       quality=st.integers(0, 63))
@example(seed=0, count=8, key=True, h=4, w=6, density=1.0, largest=4095, reach=2047, quality=63)
@example(seed=1, count=8, key=False, h=2, w=2, density=1.0, largest=4095, reach=2047, quality=0)
@settings(max_examples=120)
def test_round_trip_of_random_symbols_and_motion(seed: int, count: int, key: bool, h: int, w: int, density: float, largest: int,
                                                 reach: int, quality: int) -> None:
    rng = np.random.default_rng(seed)
    writer, readers = TileState.blank(h, w), {level: TileState.blank(h, w) for level in (0, 1, 2, 3)}
    for n in range(2):  # the second chunk looks at the last slice of the first
        order = slices(count, key and n == 0)
        fields = put_all(rng, order, writer, h, w, density, largest, reach)
        wanted = {s.time: writer.q[s.time].copy() for s in order}
        low, modes = writer.low.copy(), writer.mode.copy()
        kinds = {s.time: writer.energy[s.time, ..., symbols.BASIS].copy() for s in order}
        kept = {t: f.crop(0, 0, h // 2, w // 2) for t, f in fields.items()}
        data = {level: payload.write_level(level, order, writer, fields, quality, TABLES) for level in (3, 2, 1, 0)}
        assert all(np.array_equal(writer.q[t], q) for t, q in wanted.items()), "writing changed the symbols"
        assert all(same_field(fields[t], f) for t, f in kept.items()), "writing changed the motion"
        for finest, state in readers.items():
            got = {s.time: Field.empty(h * 8, w * 8) for s in order}
            for level in range(3, finest - 1, -1):
                payload.read_level(data[level], level, order, state, got, quality, TABLES)
            end = LEVEL_END[finest]
            for s in order:
                assert np.array_equal(state.q[s.time, ..., :end], wanted[s.time][..., :end])
                assert np.array_equal(state.energy[s.time, ..., symbols.BASIS], kinds[s.time])
                assert state.mode[s.time] == modes[s.time]
                assert modes[s.time] < STAIRS or np.array_equal(state.low[s.time], low[s.time])
                assert same_field(got[s.time], kept[s.time])
            state.advance(order, got)
        writer.advance(order, fields)


@given(seed=st.integers(0, 1 << 30), two=st.booleans())
@settings(max_examples=20)
def test_merged_motion_round_trip(seed: int, two: bool) -> None:
    """Any candidate number is a valid choice; the writer takes over the motion of the candidate, and the reader does the same."""
    rng = np.random.default_rng(seed)
    order = slices(8, False)
    state = TileState.blank(4, 6)
    fields = put_all(rng, order, state, 4, 6, 0.0, 1, 20)
    for f in fields.values():
        f.merge[:] = rng.integers(-1, 6, f.merge.shape)
        f.split[:] = rng.integers(0, 2, f.split.shape)
    data = payload.write_level(3, order, state, fields, 30, TABLES)
    got = {s.time: Field.empty(32, 48) for s in order}
    payload.read_level(data, 3, order, TileState.blank(4, 6), got, 30, TABLES)
    assert all(same_field(got[t], f) for t, f in fields.items())


def test_only_the_tables_of_slice_types_at_hand_are_copied() -> None:
    tables = lively().tables
    whole, some = tables.start(32), tables.start(32, frozenset((1, 3)))
    for a, b in zip(whole[:2], some[:2], strict=True):
        a, b = a.reshape(SETS, -1), b.reshape(SETS, -1)
        assert a.shape == b.shape and all(np.array_equal(a[k], b[k]) for k in (1, 3, TYPES + 1)), "and those of blocks with a basis"
    assert np.array_equal(whole[2], some[2]) and not any(np.shares_memory(a, b) for a, b in zip(whole, some, strict=True))


def test_lowest_coefficients_of_a_new_start_are_differences() -> None:
    """A flat bright picture: one value, then zeros."""
    s = slices(1, True)[0]
    state = TileState.blank(4, 4)
    q = np.zeros((4, 4, CHANNELS), np.int16)
    q[..., 0] = 321
    payload.put(state, s, q)
    assert state.q[0, 1, 1, 0] == 321 and np.count_nonzero(state.q[0]) == 1
    q[..., :3] *= payload.FINE
    assert np.array_equal(payload.take(state, s, CHANNELS)[..., :-1], q)


def test_empty_costs_next_to_nothing() -> None:
    order = slices(8, False)
    state, fields = TileState.blank(40, 40), {s.time: Field.empty(320, 320) for s in order}
    for f in fields.values():
        f.mode[:] = 1 if f is fields[7] else 0
    sizes = [len(payload.write_level(level, order, state, fields, 20, TABLES)) for level in (3, 2, 1, 0)]
    assert sizes[1:] == [0, 0, 0] and sizes[0] < 40, "12,800 empty blocks from untrained tables"


def test_more_symbols_than_the_first_buffer_holds() -> None:
    """4095s everywhere overflow the buffer that writing starts with; it grows and the bytes are right."""
    order = slices(2, True)
    state, back = TileState.blank(12, 12), TileState.blank(12, 12)
    fields = put_all(np.random.default_rng(3), order, state, 12, 12, 1.0, 4095, 100)
    data = [payload.write_level(level, order, state, fields, 63, TABLES) for level in (3, 2, 1, 0)]
    assert len(data[3]) > 1 << 14
    got = {s.time: Field.empty(96, 96) for s in order}
    for level in (3, 2, 1, 0):
        payload.read_level(data[3 - level], level, order, back, got, 63, TABLES)
    assert np.array_equal(back.q, state.q)


@given(data=st.lists(st.binary(max_size=400), min_size=4, max_size=4), count=st.integers(1, 8), key=st.booleans(),
       quality=st.integers(0, 63))
@settings(max_examples=120)
def test_any_bytes_give_symbols_within_limits(data: list[bytes], count: int, key: bool, quality: int) -> None:
    reader = SymbolReader(50, 30, quality, lively())
    got = reader.read(CodedChunk(((data[0], data[1], data[2], data[3]),), b"", count, key))
    for s in got.order:
        f = got.fields[s.time]
        assert abs(got.q[s.time][..., 3:]).max() <= symbols.LIMIT and abs(got.q[s.time][..., :3]).max() <= LIMIT * payload.FINE
        assert abs(f.mv).max() <= 4095 and f.mode.min() >= 0 and f.mode.max() <= 2
        assert f.merge.min() >= -1 and f.merge.max() < vectors.MERGES
        assert s.right is not None or s.kind == 0 or (f.mode == 1).all()


@pytest.mark.parametrize("size", [(1, 1), (50, 30)])
def test_any_bytes_give_a_picture(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    coded = [CodedChunk(((rng.bytes(500), rng.bytes(200), rng.bytes(100), rng.bytes(300)),), b"", 8, key) for key in (True, False)]
    for level in range(4):
        for planes in decode(coded, *size, 10, lively(), level):
            assert all(np.isfinite(p).all() and p.min() >= 0 and p.max() < 256 for p in planes)


@pytest.mark.parametrize("what", ["symbols", "motion"])
def test_hostile_bytes_stay_within_every_array(what: str) -> None:
    """The same loops as plain Python, on arrays that refuse every index outside them."""
    done = subprocess.run([sys.executable, "-m", "tests.engine.lorentzian.bounds", what], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, timeout=100)
    assert done.returncode == 0 and done.stdout.strip() == "inside", done.stderr[-3000:]
