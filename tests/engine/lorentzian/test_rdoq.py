"""The choice of symbols by error plus bits: what it gives up it earns, and it stays within what can be coded."""
from __future__ import annotations

from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lorentzian import codec, payload, rdoq
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.payload import TileState, Writing, write_level
from engine.lorentzian.rdoq import Optimiser
from engine.lorentzian.schedule import QUALITIES, TYPES, Slice, slices
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import Tables
from engine.lorentzian.transform import CHANNELS
from engine.lorentzian.worth import USUALLY, price, prices
from tests.engine.lorentzian.clips import lively, scene

TABLES = Tables.untrained()
PARTS = ((0, 3), (3, 6), (6, 24), (24, 96))
START, AFTER = slices(1, True), slices(1, False)


def chosen(v: np.ndarray, price: float | np.ndarray, order: tuple[Slice, ...] = START) -> tuple[np.ndarray, TileState]:
    """Symbols `[h, w, 96]` for coefficients v `[h, w, 96]` in steps, all means zero, of one tile; and the tile, symbols in place."""
    h, w = v.shape[:2]
    state = TileState.blank(h, w)
    s = order[0]
    writing = Writing(order, state, {s.time: Field.empty(h * 8, w * 8)}, 30, TABLES)
    target = torch.from_numpy(v).permute(2, 0, 1)[None].float()
    worth = np.full((h, w), price, np.float32)
    choose = Optimiser(s, target, torch.ones(1, CHANNELS, 1, 1), 0.2, worth, True, [((0, 0, h * 8, w * 8), writing)])
    out = np.zeros(v.shape, np.float32)
    even = (np.add.outer(np.arange(h), np.arange(w)) % 2 == 0)
    for a, b in PARTS:
        for colour in (None,) if a == 0 else (0, 1):
            with patch.object(rdoq, "MODES", ()):
                got = choose(torch.zeros(1, b - a, h, w), a, b)[0].permute(1, 2, 0).numpy()
            here = np.ones((h, w), bool) if colour is None else even if colour == 0 else ~even
            out[here, a:b] = got[here]
    payload.put_fine(state, s, out.astype(np.int16))
    return out, state


def size(state: TileState, order: tuple[Slice, ...] = START) -> int:
    h, w = state.q.shape[1] - 2, state.q.shape[2] - 2
    fields = {order[0].time: Field.empty(h * 8, w * 8)}
    return sum(len(write_level(level, order, state, fields, 30, TABLES)) for level in (3, 2, 1, 0))


def coefficients(seed: int, spread: float, h: int = 16, w: int = 16) -> np.ndarray:
    """Laplacian, smaller towards high frequencies."""
    rng = np.random.default_rng(seed)
    return rng.laplace(0, spread, (h, w, CHANNELS)) / (1 + np.arange(CHANNELS) / 12)


def test_without_a_price_every_coefficient_is_rounded() -> None:
    v = coefficients(1, 2.0)
    out, _ = chosen(v, 0.0)
    assert np.array_equal(out[..., 3:], np.trunc(np.abs(v[..., 3:]) + 0.5) * np.sign(v[..., 3:]))


def test_at_a_huge_price_nothing_is_kept() -> None:
    assert not chosen(coefficients(2, 2.0), 1e6)[0][..., 3:].any()


def test_every_block_has_a_price_of_its_own() -> None:
    v, price = coefficients(2, 2.0), np.zeros((16, 16), np.float32)
    price[3:5, 7:] = 1e6
    out = chosen(v, price)[0][..., 3:] != 0
    assert min(out[:3].mean(), out[5:].mean(), out[3:5, :7].mean()) > 0.1
    assert out[3:5, 7:].mean() < 0.002, "nothing, or what nothing would be dearer than"


def test_a_bit_is_worth_less_where_others_keep_the_error() -> None:
    assert np.allclose(prices(0.1, (2, 3), None), 0.1)
    kept = np.array([[0.0, 0.5], [USUALLY, 1.0]], np.float32)
    got = prices(0.1, (2, 3), kept)
    assert got.dtype == np.float32 and got[0, 0] > got[0, 1] > got[1, 0] > got[1, 1] > 0 and got[1, 0] == pytest.approx(0.1)
    assert np.allclose(got[:, 2], 0.1), "nothing is known of the padding"


@pytest.mark.parametrize("spread", [0.4, 1.0, 3.0])
def test_error_plus_bits_is_less_than_of_rounding_and_of_a_dead_zone(spread: float) -> None:
    v, price = coefficients(3, spread, 32, 32), 0.12

    def cost(q: np.ndarray) -> float:
        state = TileState.blank(32, 32)
        payload.put(state, START[0], q.astype(np.int16))
        return float(((v - q) ** 2).sum() + price * 8 * size(state))

    first = chosen(v, price)[0]
    for dead in (0.0, 0.15, 0.25):
        other = np.trunc(np.abs(v) + 0.5 - dead) * np.sign(v)
        other[..., :3] = first[..., :3]
        assert cost(first) < cost(other)


@given(seed=st.integers(0, 1 << 30), spread=st.sampled_from((0.3, 2.0, 900.0)), price=st.sampled_from((0.05, 0.2)),
       order=st.sampled_from((START, AFTER)))
@settings(max_examples=25)
def test_symbols_are_zero_or_next_to_the_coefficient(seed: int, spread: float, price: float, order: tuple[Slice, ...]) -> None:
    v = coefficients(seed, spread, 4, 6)
    out, state = chosen(v, price, order)
    near = np.clip(np.trunc(np.abs(v) + 0.5), 0, 2047)
    mag = np.abs(out)
    assert ((mag == 0) | (mag == near) | (mag == near - 1))[..., 3:].all()
    assert (out * v >= 0).all() and np.isfinite(size(state, order))


def test_a_slice_at_a_time_gives_the_bytes_of_level_after_level() -> None:
    """The payloads that `Writing` makes as slices come are those of the whole chunk written at once; also where room runs out."""
    frames = [list(f) for f in scene(8, 64, 48)]
    encoder = ChunkEncoder(64, 48, CodecSettings(40), lively())
    seen = []

    def look(order: tuple[Slice, ...], state: TileState, fields: dict[int, Field]) -> None:
        seen.append([write_level(level, order, state, fields, 40, lively().tables) for level in (3, 2, 1, 0)][::-1])

    encoder.observer, encoder.fits = look, False
    chunk, _ = encoder.encode(frames, True)
    encoder.close()
    assert [list(p) for p in chunk.payloads] == seen


def test_more_than_there_was_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [list(f) for f in scene(2, 64, 48)]
    made = []
    for room in (1 << 16, 8):
        monkeypatch.setattr(payload, "ROOM", room)
        encoder = ChunkEncoder(64, 48, CodecSettings(50), lively())
        made.append(encoder.encode(frames, True)[0])
        encoder.close()
    assert made[0] == made[1] and len(made[0].payloads[0][0]) > 100
    assert SymbolReader(64, 48, 50, lively()).read(made[1], check=True).hash == made[0].symbols


def test_a_higher_price_means_fewer_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [list(f) for f in scene(8, 64, 48)]
    sizes = []
    for least in (0.0, 0.15, 0.4):
        monkeypatch.setattr(codec, "price", lambda *_, least=least: least)
        encoder = ChunkEncoder(64, 48, CodecSettings(40), lively())
        sizes.append(sum(map(len, encoder.encode(frames, True)[0].payloads[0])))
        encoder.close()
    assert sizes[0] > sizes[1] > sizes[2]


def test_bits_never_cost_more_at_a_finer_quality() -> None:
    rows = [[price(q, kind) for q in range(QUALITIES)] for kind in range(TYPES)]
    assert all(a >= b > 0 for row in rows for a, b in pairwise(row)) and rows[0][0] > rows[0][-1]
