"""Pictures that grow darker: found, told to the decoder, and worth their bits; every way of reading knows of it."""
from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import Frame
from engine.lorentzian import light, overlap, payload, search
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.light import GAIN, OFFSET, estimate, factors
from engine.lorentzian.likeness import find, first_look
from engine.lorentzian.motion import predict_planes, prepare
from engine.lorentzian.payload import TileState
from engine.lorentzian.schedule import slices
from engine.lorentzian.slices import Field, Reference
from engine.lorentzian.source import LzcSource
from engine.lorentzian.tables import Tables
from tests.engine.lorentzian.clips import lively, psnr, same_field, scene, write
from tests.engine.lorentzian.reading import read_every_way

SIZE = (64, 48)
HALVES = [np.s_[0:12, 0:8], np.s_[0:12, 8:16]]
SETTINGS = CodecSettings(24, key_interval=16, effort="fast", fresh_every=1)


def fading(frames: int = 10) -> list[Frame]:
    """A page of letters that goes dark."""
    rng = np.random.default_rng(3)
    w, h = SIZE
    page = np.where(rng.random((h, w)) < 0.3, 40, 220).astype(np.float64)
    out = []
    for n in range(frames):
        by = 1 - 0.06 * n
        tint = np.full((h // 2, w // 2), round(128 + by * 40), np.uint8)
        out.append(Frame(np.rint(page * by + 4).astype(np.uint8), tint, 255 - tint, n, 40 * n, 8))
    return out


@given(gain=st.integers(-100, 120), offset=st.integers(-40, 40), noise=st.sampled_from((0.0, 1.0)))
@settings(max_examples=40)
def test_a_fade_is_found_beside_what_else_happens(gain: int, offset: int, noise: float) -> None:
    rng = np.random.default_rng(1)
    ref = rng.uniform(40, 120, (40, 60)).astype(np.float32)
    cur = ref * (1 + gain / GAIN) + offset / OFFSET + rng.normal(0, noise, ref.shape)
    cur[:12, :20] = 200  # a window that opens
    found = estimate(cur.astype(np.float32), ref)
    if np.abs(cur - ref)[12:].mean() > 4:
        assert abs(found[0] - gain) <= 3 + 2 * noise and abs(found[1] - offset) <= 8 + 4 * noise
    if gain == offset == 0:
        assert found == (0, 0)


def test_what_only_moves_has_no_weights() -> None:
    pictures = [f[0].astype(np.float32) for f in scene(8, 96, 80)]
    assert estimate(pictures[0], pictures[0]) == estimate(pictures[4], pictures[0]) == (0, 0)
    assert estimate(np.full((8, 8), 90, np.float32), np.full((8, 8), 70, np.float32)) == (0, 0), "flat: the lowest coefficients tell it"


def grains(dy: int = 0, dx: int = 0) -> np.ndarray:
    """A quarter-size picture of gravel, moved, with a rim that comes into view."""
    around = np.random.default_rng(5).uniform(60, 190, (80, 96)).astype(np.float32)
    return np.ascontiguousarray(around[16 + dy:64 + dy, 16 + dx:80 + dx])


@given(dy=st.integers(-7, 7), dx=st.integers(-7, 7), gain=st.sampled_from((0, 0, 20, -30)))
@settings(max_examples=25)
def test_texture_that_moves_is_no_darker_for_it(dy: int, dx: int, gain: int) -> None:
    cur = grains(dy, dx) * np.float32(1 + gain / GAIN) + np.random.default_rng(2).normal(0, 2, (48, 64)).astype(np.float32)
    weights, vectors = first_look(cur, grains(), HALVES, 8)
    assert np.median(vectors.reshape(-1, 2), 0).tolist() == [16 * dy, 16 * dx]
    for half in (weights[:, :8], weights[:, 8:]):
        assert (half == half[0, 0]).all() and abs(half[0, 0, 0] - gain) <= (10 if gain else 0), "as light as it is, where it lies now"


def test_a_part_that_grows_darker_alone_has_weights_alone() -> None:
    cur, still = grains(), grains()
    cur[:, 32:] = 0.7 * cur[:, 32:] + 5
    weights, vectors = first_look(cur, still, HALVES, 4)
    assert not weights[:, :8].any() and np.abs(weights[:, 8:] - [-38, 10]).max() <= 4 and not vectors[2:-2, 2:-2].any()


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("mode", [0, 1, 2])
def test_predictions_are_weighted_by_side_and_tile(level: int, mode: int) -> None:
    h, w = 32, 64
    rng = np.random.default_rng(0)
    cl = min(level + 1, 3)
    sides = [prepare([rng.uniform(20, 200, (h >> k, w >> k)).astype(np.float32) for k in (level, cl, cl)], level) for _ in range(2)]
    f = Field.empty(h, w)
    f.mode[:] = mode
    f.mv[:] = rng.integers(-40, 41, (2, 1, 1, 2))
    f.light[:, 2:] = [[-30, 9], [50, -12]]  # the right half is another tile
    plain = predict_planes(*sides, f.mode, f.mv, h, w, level)
    got = predict_planes(*sides, f.mode, f.mv, h, w, level, light=f.light)
    for n, (a, b) in enumerate(zip(plain, got, strict=True)):
        middle, edge = a.shape[2] // 2, max(1, 4 >> level)
        assert np.array_equal(a[:, :, :middle - edge], b[:, :, :middle - edge])
        for out in range(2):
            g, o = factors(f.light[0, 2, mode - 1 if mode else out], n > 0)
            assert np.allclose(b[out, :, middle + edge:], g * a[out, :, middle + edge:] + o, atol=1e-2)
    assert factors(np.array([64, 0], np.int16), True).tolist() == [1.5, -64], "grey stays grey"


@given(numbers=st.tuples(*[st.integers(-127, 127)] * 4), key=st.booleans(), share=st.sampled_from((0.0, 0.3, 1.0)), seed=st.integers(0, 9))
@settings(max_examples=40)
def test_weights_survive_the_coder_and_are_in_the_hash(numbers: tuple[int, ...], key: bool, share: float, seed: int) -> None:
    order, tables, rng = slices(8, key), Tables.untrained(), np.random.default_rng(seed)
    fields = {s.time: Field.empty(32, 48) for s in order}
    for s in order:
        if s.kind:
            f = fields[s.time]
            f.light[:] = np.array(numbers).reshape(2, 2)
            if s.right is None:
                f.light[..., 1, :] = 0
            f.light[rng.random(f.split.shape) < share] = 0  # blocks that take no part
    data = payload.write_level(3, order, TileState.blank(4, 6), fields, 30, tables)
    got = {s.time: Field.empty(32, 48) for s in order}
    state = TileState.blank(4, 6)
    payload.read_level(data, 3, order, state, got, 30, tables)
    for s in order:
        assert same_field(got[s.time], fields[s.time])
    none = {t: dataclasses.replace(f, light=np.zeros_like(f.light)) for t, f in got.items()}
    same = payload.symbol_hash([state], [got], order) == payload.symbol_hash([state], [none], order)
    assert same == (not any(f.light.any() for f in fields.values()))


def test_a_fade_costs_less_and_looks_no_worse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = fading()
    sizes, errors = [], []
    for name, told in (("lit", estimate), ("plain", lambda *_: (0, 0))):
        monkeypatch.setattr(light, "estimate", told)
        made = write(tmp_path / f"{name}.lzc", film, SETTINGS, lively())
        with LzcSource(made, lively()) as opened:
            sizes.append(made.stat().st_size)
            errors.append(np.mean([psnr(got.y, have.y) for got, have in zip(opened.frames(), film, strict=True)]))
    assert sizes[0] < 0.75 * sizes[1] and errors[0] > errors[1] - 0.3


def windowed(now: float, at: int) -> np.ndarray:
    """A page of letters, `now` as bright as it was, and a bright window over it that slides in."""
    rng = np.random.default_rng(6)
    page, window = (np.where(rng.random((96, 96)) < 0.3, 60.0, 200.0) for _ in range(2))
    page = (page * now).astype(np.float32)
    page[16:80, 64 - at:96] = window[:64, :32 + at]
    return page


def test_a_window_over_a_page_that_goes_dark_keeps_its_light(monkeypatch: pytest.MonkeyPatch) -> None:
    order, cur = slices(2, True), windowed(0.7, 34)
    ref = Reference([windowed(1.0, 32), *(np.full((48, 48), 128, np.float32) for _ in range(2))])
    ready = ref.ready()[0]

    def found() -> tuple[Field, float]:
        f = find(cur, (ref, None), True, order[1], order, [{}], [((0, 0, 96, 96), TileState.blank(12, 12))], 30, 1)
        rest = overlap.left_over(cur, ready, ready, 0, 0, f.mode, f.mv, bool(f.straight.any()), overlap.Lit(ready, ready, f.light))
        return f, float(np.abs(rest).mean())

    f, left = found()
    lit = f.light.any((2, 3))
    assert lit[:, :2].all() and not lit[2:4, 3:5].any(), "the page is darker, the window is not"
    monkeypatch.setattr(search, "search_lit", lambda cur, left, right, a, b, *rest: search.search(cur, a, b, *rest[:-1]))
    g, more = found()
    assert g.light.any((2, 3)).all() and left < 0.6 * more


def test_every_way_of_reading_a_window_that_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tint = np.full((48, 48), 128, np.uint8)
    film = [Frame(np.rint(windowed(1 - 0.06 * n, 3 * n)).astype(np.uint8), tint, tint, n, 40 * n, 8) for n in range(9)]
    path, seen = tmp_path / "w.lzc", []
    real = light.code_light
    monkeypatch.setattr(payload, "code_light", lambda *a: (real(*a), seen.append(a[4].any((2, 3)))))
    write(path, film, SETTINGS, lively())
    assert any(lit.any() and not lit.all() for lit in seen)
    read_every_way(path, lively(), (8, 3, 0), monkeypatch)


def test_every_way_of_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "f.lzc", fading(), SETTINGS, lively())
    want = read_every_way(path, lively(), (9, 3, 0, 6), monkeypatch)
    with LzcSource(path, lively()) as opened:
        for n in (9, 3, 0, 6):
            small = opened.read_level(n, 1).y.astype(float)
            assert abs(small.mean() - want[n].y.mean()) < 6, "a coarser level goes dark as well"
