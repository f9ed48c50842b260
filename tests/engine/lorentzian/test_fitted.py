"""Filters of what is shown: their code, their sums, their choice, and that no slice ever looks at a filtered picture."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.entropy.weights import MOST
from engine.lorentzian import LzcSource, fitted, fitting
from engine.lorentzian import rangecoder as rc
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, ChunkEncoder, CodecSettings
from engine.lorentzian.fitted import CHROMA, LUMA, OFFSETS, PAIRS, PARTS, REACH, TAPS
from engine.lorentzian.schedule import TYPES, slices
from tests.engine.lorentzian.clips import film, lively, scene, write

LIMIT = np.float32(1.5)


def weights(seed: int, share: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    z = rng.integers(-MOST, MOST + 1, (TYPES, 2, PARTS)) * rng.integers(0, 2, (TYPES, 2, PARTS)) >> rng.integers(0, 7, (TYPES, 2, 1))
    return np.where(rng.random((TYPES, 2, 1)) < share, z, 0).astype(np.int8)


def picture(seed: int, h: int, w: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (128 + np.cumsum(np.cumsum(rng.normal(0, 1, (h, w)), 0), 1) % 60 + rng.normal(0, 3, (h, w))).astype(np.float32)


def by_hand(plane: np.ndarray, tap: np.ndarray, limit: float) -> np.ndarray:
    """The filter as its formula says."""
    e, (h, w) = np.pad(plane.astype(np.float64), REACH, "edge"), plane.shape
    out = plane.astype(np.float64)
    for n, (dy, dx) in enumerate(OFFSETS):
        for sign in (1, -1):
            d = e[REACH + sign * dy:REACH + sign * dy + h, REACH + sign * dx:REACH + sign * dx + w] - plane
            out += tap[n] * d + tap[n + PAIRS] * np.clip(d, -limit, limit)
    return np.clip(out, 0, 255.75)


@given(seed=st.integers(0, 1 << 30), share=st.sampled_from((0.0, 0.3, 1.0)))
@settings(max_examples=60)
def test_weights_survive_and_cost_what_is_said(seed: int, share: float) -> None:
    before = weights(seed)
    new = np.where(np.random.default_rng(seed).random((TYPES, 2, 1)) < share, weights(seed + 1), before).astype(np.int8)
    coder, now = rc.writer(255), before.copy()
    fitted.code_weights(*coder, now, new)
    assert np.array_equal(now, new), "who writes knows the same as who reads"
    changed = (before != new).any(-1)
    said = sum(fitted.bits(new[k, p]) if changed[k, p] else 1.0 for k in range(TYPES) for p in (LUMA, CHROMA))
    assert 0 <= said - rc.bits(coder[0]) + 0.01 < 0.02 + (np.abs(new.astype(int)) > 123).sum()  # the longest code ends by itself
    data = rc.finish(*coder)
    assert changed.any() or data == b"", "what stays as it is takes no byte"
    got = before.copy()
    fitted.code_weights(*rc.reader(data), got, got.copy())
    assert np.array_equal(got, new)


@given(data=st.binary(max_size=80), seed=st.integers(0, 99))
def test_any_bytes_are_some_filter(data: bytes, seed: int) -> None:
    now = weights(seed)
    fitted.code_weights(*rc.reader(data), now, now.copy())
    assert np.abs(now.astype(int)).max() <= MOST


def test_the_filter_is_its_formula_and_stops_at_its_tile() -> None:
    planes = [picture(1, 48, 64), picture(2, 24, 32), picture(3, 24, 32)]
    patterns = np.random.default_rng(4).integers(-300, 300, (2, PARTS, TAPS)).astype(np.int16)
    z = np.stack([weights(5)[2], weights(6)[2]])  # [tile, plane, part]
    z[1, CHROMA] = 0
    tiles = [(0, 0, 48, 32), (0, 32, 48, 32)]
    shown = fitted.shown(planes, tiles, list(z), patterns, LIMIT)
    for n, plane in enumerate(planes):
        k = 1 if n == 0 else 2
        for tile, (y, x, h, w) in enumerate(tiles):
            tap = fitted.taps(z[tile, min(n, 1)], patterns[min(n, 1)])
            part = np.s_[y // k:(y + h) // k, x // k:(x + w) // k]
            assert np.abs(shown[n][part] - by_hand(plane, tap, float(LIMIT))[part]).max() < 1e-3
    assert np.array_equal(shown[1][:, 16:], planes[1][:, 16:]), "a tile without a filter is the decoder's"
    nothing = fitted.shown(planes, tiles, [np.zeros((2, PARTS), np.int8)] * 2, patterns, LIMIT)
    assert all(a is b for a, b in zip(nothing, planes, strict=True))


@given(seed=st.integers(0, 1 << 30), height=st.integers(5, 40), width=st.integers(5, 150))
@settings(max_examples=20, deadline=None)
def test_sums_foretell_the_error(seed: int, height: int, width: int) -> None:
    """Also where the picture ends within its padding: what nobody sees does not count."""
    decoded = picture(seed, 40, 160)
    source = np.clip(decoded + np.random.default_rng(seed).normal(0, 4, decoded.shape), 0, 255).astype(np.uint8)[:height, :width]
    sums = fitting.gather(fitted.surrounded(decoded), source, (0, 0, 40, 160), LIMIT)
    tap = np.random.default_rng(seed).normal(0, 0.02, TAPS)
    want = float(((by_hand(decoded, tap, float(LIMIT))[:height, :width] - source) ** 2).sum())
    assert abs(sums.error - 2 * sums.b @ tap + tap @ sums.a @ tap - want) < 2e-3 * want


def test_a_planted_filter_is_found() -> None:
    sharp = picture(7, 96, 128)
    patterns = fitted.plain(1)[0, LUMA]
    planted = np.array([9, 5, 0, 0, 0, 0, -7, 3, 0, 0, 0, 0], np.int8)
    source = by_hand(sharp, fitted.taps(planted, patterns), float(LIMIT)).astype(np.float32)
    sums = fitting.gather(fitted.surrounded(sharp), source, (0, 0, 96, 128), LIMIT)
    assert np.array_equal(fitting.choose(sums, patterns, np.zeros(PARTS, np.int8), 0.01), planted)
    assert np.array_equal(fitting.choose(sums, patterns, planted, 1e9), planted), "what is there already costs nothing"


@given(seed=st.integers(0, 1 << 30), price=st.sampled_from((0.0, 10.0, 1e4, 1e7)))
@settings(max_examples=25, deadline=None)
def test_no_choice_is_worse_than_none_or_the_one_before(seed: int, price: float) -> None:
    rng = np.random.default_rng(seed)
    decoded, before = picture(seed, 40, 48), weights(seed)[0, 0]
    source = decoded + rng.normal(0, 3, decoded.shape).astype(np.float32)
    patterns = fitted.plain(1)[0, LUMA]
    sums = fitting.gather(fitted.surrounded(decoded), source, (0, 0, 40, 48), LIMIT)

    def cost(z: np.ndarray) -> float:
        t = fitted.taps(z, patterns).astype(np.float64)
        return float(t @ sums.a @ t - 2 * sums.b @ t) + price * (1 if np.array_equal(z, before) else fitted.bits(z))
    best = cost(fitting.choose(sums, patterns, before, price))
    assert best <= min(cost(before), cost(np.zeros_like(before))) + 1e-3 * sums.error


@pytest.fixture(scope="module")
def noisy() -> list[list[np.ndarray]]:
    rng = np.random.default_rng(0)
    return [[np.clip(p + rng.normal(0, 4, p.shape), 0, 255).astype(np.uint8) for p in f] for f in scene(16, 128, 96)]


def test_what_is_shown_is_nearer_and_nobody_looks_at_it(noisy: list[list[np.ndarray]]) -> None:
    """The same bytes of symbols with filters as without; the pictures are nearer to the source, and the decoder agrees to the bit."""
    made = {}
    for fits in (False, True):
        encoder = ChunkEncoder(128, 96, CodecSettings(36), lively())
        encoder.fits = fits
        made[fits] = [encoder.encode(noisy[k:k + 8], k == 0) for k in (0, 8)]
        encoder.close()
    for plain, filtered in zip(made[False], made[True], strict=True):
        for a, b in zip(plain[0].payloads, filtered[0].payloads, strict=True):
            assert a[1:] == b[1:] and a[0][-1] == 0 and a[0][:-1] == b[0][:len(b[0]) - 1 - b[0][-1]]

    def off(which: bool) -> float:
        return sum(float(((p[0] - f[0]) ** 2).sum()) for f, p in zip(noisy, [p for _, shown in made[which] for p in shown], strict=True))
    assert off(True) < 0.99 * off(False)
    reader, decoder = SymbolReader(128, 96, 36, lively()), ChunkDecoder(128, 96, 36, lively())
    for chunk, shown in made[True]:
        symbols = reader.read(chunk, check=True)
        assert symbols.hash == chunk.symbols and any(z.any() for z in symbols.filters)
        pictures = decoder.decode(symbols)
        assert all(np.array_equal(a, b) for t, planes in enumerate(shown) for a, b in zip(planes, pictures[t], strict=True))
    decoder.close()


def test_every_way_of_reading_shows_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "f.lzc", film(20, 160, 96), CodecSettings(36, key_interval=16), lively())
    with LzcSource(path, lively()) as one, LzcSource(path, lively()) as other:
        row = [f.y for f in one.frames()]
        for n in (0, 13, 5, 19, 8):  # by itself: a first slice at once, others with what they look at
            assert np.array_equal(other.read(n).y, row[n])
        assert other._regions == {}
        for n, box in ((3, (48, 32, 32, 32)), (0, (0, 0, 34, 20)), (17, (96, 64, 64, 32))):
            x, y, w, h = box
            part = other.read_region(n, box)
            assert np.abs(part.y.astype(int) - row[n][y:y + h, x:x + w]).max() <= 1
        entry = one.entries[0]
        read = SymbolReader(160, 96, 36, lively()).read(one.coded(entry)[0])
        assert any(z.any() for z in read.filters), "there was something to compare"
        assert SymbolReader(160, 96, 36, lively()).read(one.coded(entry, 1)[0], 1).filters == ()


def test_a_filter_goes_on_until_the_next_key_chunk(noisy: list[list[np.ndarray]]) -> None:
    encoder = ChunkEncoder(128, 96, CodecSettings(36), lively())
    encoder.encode(noisy[:8], True)
    first = encoder.states[0].filters
    assert first.any() and encoder.anchor is not None
    encoder.fits = False
    encoder.encode(noisy[8:], False)
    assert np.array_equal(encoder.states[0].filters, first)
    encoder.encode(noisy[8:], True)
    assert not encoder.states[0].filters.any()
    encoder.close()


def test_limits_follow_the_steps_of_a_slice() -> None:
    from engine.lorentzian.schedule import Grain, step

    assert fitted.bound(20, 4, Grain()) == np.float32(0.1 * step(20) * 3.0)
    assert fitted.bound(20, 0, Grain(fine=True)) < fitted.bound(20, 0, Grain())
    assert {s.kind for s in slices(8, True)} == set(range(TYPES))
