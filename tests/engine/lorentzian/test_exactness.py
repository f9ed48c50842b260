"""Symbols are the same whatever the float arithmetic of a machine does; pixels differ by less than can be seen."""
from __future__ import annotations

import functools

import numpy as np
import pytest
import torch

from engine.lorentzian import payload
from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.model import CodecModel, load_codec
from engine.lorentzian.payload import TileState, tile_grid
from engine.lorentzian.schedule import slices
from engine.lorentzian.slices import Field
from engine.lorentzian.transform import CHANNELS, LEVEL_END, pad_size
from tests.engine.lorentzian.clips import Planes, decode, lively, scene

WIDE = (1040, 32)  # two tiles
QUALITY = 34
STEPS = 1.0  # grey steps by which bfloat16 and float32 may differ at any pixel of sixteen frames in a row (real clips: up to 0.80)


@functools.cache
def wide(precision: str = "float32") -> tuple[tuple[CodedChunk, ...], list[Planes]]:
    encoder = ChunkEncoder(*WIDE, CodecSettings(QUALITY), lively(precision))
    film = scene(7, *WIDE)
    made = [encoder.encode(list(film[a:b]), a == 0) for a, b in ((0, 4), (4, 7))]
    encoder.close()
    return tuple(c for c, _ in made), [p for _, planes in made for p in planes]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("written", ["float32", "bfloat16"])
def test_symbols_do_not_depend_on_threads_or_precision(precision: str, threads: int, written: str) -> None:
    torch.set_num_threads(threads)
    coded, _ = wide(written)
    reader = SymbolReader(*WIDE, QUALITY, lively(precision))
    assert len(coded[0].payloads) == 2
    for chunk in coded:
        assert reader.read(chunk, check=True).hash == chunk.symbols


def test_the_hash_sees_one_wrong_symbol_and_one_wrong_vector() -> None:
    coded, _ = wide()
    order = slices(4, True)
    reader = SymbolReader(*WIDE, QUALITY, lively())
    got = reader.read(coded[0], check=True)
    parts = [{t: f.crop(y // 16, x // 16, h // 16, w // 16) for t, f in got.fields.items()} for y, x, h, w in reader.tiles]
    states = [TileState.blank(h // 8, w // 8) for _, _, h, w in reader.tiles]
    for tile, st in enumerate(states):
        for level in (3, 2, 1, 0):
            payload.read_level(coded[0].payloads[tile][level], level, order, st, parts[tile], QUALITY, lively().tables)
    assert payload.symbol_hash(states, parts, order) == got.hash
    states[1].q[2, 3, 3, 95] += 1
    assert payload.symbol_hash(states, parts, order) != got.hash
    states[1].q[2, 3, 3, 95] -= 1
    parts[0][3].mv[0, 1, 1, 0] += 1
    assert payload.symbol_hash(states, parts, order) != got.hash


def test_tiles_may_be_read_in_any_order() -> None:
    coded, _ = wide()
    w, h = pad_size(*WIDE)
    grid = tile_grid(h, w)
    reader = SymbolReader(*WIDE, QUALITY, lively())
    whole = [reader.read(chunk) for chunk in coded]
    for tile in reversed(range(len(grid))):
        y, x, th, tw = grid[tile]
        state = TileState.blank(th // 8, tw // 8)
        for chunk, want in zip(coded, whole, strict=True):
            order = slices(chunk.frames, chunk.key)
            fields = {s.time: Field.empty(th, tw) for s in order}
            for level in (3, 2, 1, 0):
                payload.read_level(chunk.payloads[tile][level], level, order, state, fields, QUALITY, lively().tables)
            for s in order:
                assert np.array_equal(payload.take(state, s, CHANNELS), want.q[s.time][y // 8:(y + th) // 8, x // 8:(x + tw) // 8])
            state.advance(order, fields)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_level_read_alone_is_the_prefix_of_everything(level: int) -> None:
    coded, _ = wide()
    full, alone = SymbolReader(*WIDE, QUALITY, lively()), SymbolReader(*WIDE, QUALITY, lively())
    for chunk in coded:
        bare = CodedChunk(tuple((p[0] if level < 1 else b"", p[1] if level < 2 else b"", p[2] if level < 3 else b"", p[3])
                                for p in chunk.payloads), chunk.symbols, chunk.frames, chunk.key)
        want, got = full.read(chunk), alone.read(bare, level)
        for s in want.order:
            assert np.array_equal(got.q[s.time][..., :-1], want.q[s.time][..., :LEVEL_END[level]])
            assert np.array_equal(got.q[s.time][..., -1], want.q[s.time][..., -1])
            assert np.array_equal(got.fields[s.time].mv, want.fields[s.time].mv)


def test_passing_through_a_chunk_leads_to_the_same_symbols() -> None:
    coded, _ = wide()
    full, quick = SymbolReader(*WIDE, QUALITY, lively()), SymbolReader(*WIDE, QUALITY, lively())
    full.read(coded[0])
    assert set(quick.read(coded[0], last_only=True).q) == {0, 3}
    want, got = full.read(coded[1]), quick.read(coded[1], check=True)
    assert got.hash == coded[1].symbols and all(np.array_equal(got.q[t], want.q[t]) for t in want.q)


def test_a_remainder_under_half_a_tile_joins_its_neighbour() -> None:
    assert [t[2:] for t in tile_grid(32, 1040)] == [(32, 512), (32, 528)]
    assert [t[3] for t in tile_grid(16, 1280)] == [512, 512, 256] and len(tile_grid(16, 1264)) == 2
    for h, w in ((16, 16), (1088, 1920), (2160, 3840), (528, 784)):
        area = np.zeros((h // 16, w // 16), int)
        for y, x, th, tw in tile_grid(h, w):
            area[y // 16:(y + th) // 16, x // 16:(x + tw) // 16] += 1
        assert (area == 1).all()


def apart(a: list[Planes], b: list[Planes]) -> float:
    return max(float(np.abs(p - q).max()) for x, y in zip(a, b, strict=True) for p, q in zip(x, y, strict=True))


def far_apart(one: CodecModel, other: CodecModel, quality: int) -> float:
    """Largest difference in grey steps between two decodes of the same bytes, over two chunks."""
    encoder = ChunkEncoder(96, 64, CodecSettings(quality), one)
    film = scene(16, 96, 64)
    coded = [encoder.encode(list(film[a:a + 8]), a == 0)[0] for a in (0, 8)]
    encoder.close()
    return apart(decode(coded, 96, 64, quality, one), decode(coded, 96, 64, quality, other))


@pytest.mark.parametrize("quality", [4, 32, 60])
def test_bfloat16_and_float32_show_the_same_picture(shipped: CodecModel, quality: int) -> None:
    assert far_apart(load_codec(precision="bfloat16"), shipped, quality) <= STEPS


def test_networks_with_an_effect_drift_little_too() -> None:
    assert 0 < far_apart(lively("bfloat16"), lively(), QUALITY) <= STEPS


def test_threads_do_not_show() -> None:
    film, model = scene(2, 48, 32), lively()
    encoder = ChunkEncoder(48, 32, CodecSettings(QUALITY), model)
    coded = encoder.encode(list(film), True)[0]
    encoder.close()
    pictures = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        pictures.append(decode([coded], 48, 32, QUALITY, model))
    assert apart(*pictures) <= STEPS
