"""Blocks: channels of any type come back within their bounds, levels restore coarser copies, damage is told in one line."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import LzcError
from engine.hierarchical import block, lattice
from engine.hierarchical.model import fresh, load


def wave(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(size=n)).reshape(1, n)


def back(coded: block.Coded, like: np.ndarray, channels: int = 1, levels: int | None = None) -> list[np.ndarray]:
    found = block.decode(coded.side, coded.levels[:levels], like.shape, [like.dtype] * channels, [False] * channels)
    return [values for values, _, _ in found]


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 40), channels=st.integers(1, 4), seed=st.integers(0, 99),
       size=st.sampled_from([0, 1, 3, 200, 10 ** 6, 10 ** 15]))
def test_any_lattice_comes_back_exactly(height: int, width: int, channels: int, seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    x = [rng.integers(-size, size + 1, (height, width)) for _ in range(channels)]
    coded = block.encode([block.Channel(c) for c in x])
    assert all((a == b).all() for a, b in zip(back(coded, x[0], channels), x))
    coded = block.encode([block.Channel(c) for c in x], fast=True)
    found = block.decode(coded.side, coded.levels, (height, width), [x[0].dtype] * channels, [False] * channels, fast=True)
    assert all((a == b).all() for (a, _, _), b in zip(found, x))


@pytest.mark.parametrize("bound", [0.0, 1e-3, 0.3])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_types_and_bounds(dtype: str, bound: float) -> None:
    x = wave(700).astype(dtype)
    if dtype != "int16":
        x[0, 3], x[0, 90], x[0, 91], x[0, 200] = np.nan, np.inf, -np.inf, np.finfo(dtype).tiny / 8
    got = back(block.encode([block.Channel(x, bound)]), x)[0]
    if bound == 0:
        assert got.tobytes() == x.tobytes()
    else:
        finite = np.isfinite(x)
        assert (np.isfinite(got) == finite).all()
        assert np.abs(got[finite].astype(np.float64) - x[finite].astype(np.float64)).max() <= bound
        assert dtype == "int16" or (np.isnan(got[0, 3]) and got[0, 90] == np.inf and got[0, 91] == -np.inf)


def test_a_nan_keeps_its_own_bits_without_loss() -> None:
    x = wave(100)
    x.view(np.uint64)[0, 7] = 0x7FF8_0000_0000_1234
    x[0, 9] = np.nan
    assert back(block.encode([block.Channel(x)]), x)[0].tobytes() == x.tobytes()


def test_every_prefix_of_levels_restores_and_more_is_closer() -> None:
    x = np.sin(np.arange(3000) / 40)[None] * 50 + wave(3000) * 0.05
    coded = block.encode([block.Channel(x, 0.05)])
    assert len(coded.levels) == lattice.LEVELS
    errors = [np.abs(back(coded, x, levels=n)[0] - x).mean() for n in range(1, 5)]
    assert errors[0] < 20 and errors == sorted(errors, reverse=True) and errors[3] <= 0.05


def test_a_channel_that_follows_another_is_nearly_free() -> None:
    x = wave(4000)
    alone = block.encode([block.Channel(x, 0.05)])
    both = block.encode([block.Channel(x, 0.05), block.Channel(2 * x + 3, 0.1)])
    size, pair = (sum(map(len, c.levels)) for c in (alone, both))
    assert pair < 1.25 * size


def test_the_trained_model_beats_the_untrained_one() -> None:
    x = [np.round(np.sin(np.arange(2000) / 90 + k) * 30 + wave(2000, k)[0], 1)[None] for k in range(2)]
    known, unknown = (sum(map(len, block.encode([block.Channel(c, 0.5) for c in x], model=m).levels)) for m in (load("series"), fresh()))
    assert known < unknown


def test_damage_is_told() -> None:
    x = wave(500)
    coded = block.encode([block.Channel(x, 0.01)])
    worse = list(coded.levels)
    worse[-1] = worse[-1][:10] + bytes([worse[-1][10] ^ 8]) + worse[-1][11:]
    with pytest.raises(LzcError, match="other values"):
        back(block.Coded(coded.side, tuple(worse)), x)


@settings(max_examples=60, deadline=None)
@given(side=st.binary(max_size=60), level=st.binary(max_size=30), spot=st.integers(0, 200), value=st.integers(0, 255))
def test_hostile_bytes_raise_one_kind_of_error(side: bytes, level: bytes, spot: int, value: int) -> None:
    x = wave(60)
    coded = block.encode([block.Channel(x, 0.01)])
    bent = bytearray(coded.side)
    bent[spot % len(bent)] = value
    for facts, levels in ((side, coded.levels), (bytes(bent), coded.levels), (coded.side, [level] * len(coded.levels))):
        try:
            got = block.decode(facts, levels, x.shape, [x.dtype], [False])
        except LzcError:
            continue
        assert got[0][0].shape == x.shape


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
def test_smooth_bands_in_steps_around_their_predictions_are_smaller_and_keep_the_bound(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    z, y, x = np.mgrid[:6, :40, :50]
    bands = 120 + 60 * np.sin(y / 9 + z / 5) * np.cos(x / 11) + np.random.default_rng(0).normal(0, 1, z.shape)
    bands = (np.rint(bands) if np.dtype(dtype).kind != "f" else bands * 0.37).astype(dtype)
    bound = 5.0 if np.dtype(dtype).kind != "f" else 1.7
    channels = [block.Channel(b, bound) for b in bands]
    around = block.encode(channels)
    monkeypatch.setattr(block, "_around", lambda c, normal: (*block.grid.fit(c.values, normal, c.bound), 0))      # no steps around
    assert block._size(around) < 0.8 * block._size(block.encode(channels))
    found = block.decode(around.side, around.levels, (40, 50), [bands.dtype] * 6, [False] * 6)
    assert max(np.abs(v.astype(np.float64) - b).max() for (v, _, _), b in zip(found, bands)) <= bound
    coarse = block.decode(around.side, around.levels[:2], (40, 50), [bands.dtype] * 6, [False] * 6)
    assert np.mean([np.abs(v.astype(np.float64) - b).mean() for (v, _, _), b in zip(coarse, bands)]) < 4 * bound


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint64", "int64"])
@pytest.mark.parametrize("bound", [1, 2, 7])
def test_whole_numbers_use_all_of_their_bound(dtype: str, bound: int) -> None:
    """To the last unit, at the ends of their types too, in less than steps of one unit less would take."""
    info, rng = np.iinfo(dtype), np.random.default_rng(3)
    x = rng.integers(info.min, info.max, (24, 40), dtype, endpoint=True)
    x[:12] = (40 + np.arange(12)[:, None] + rng.integers(-9, 10, (12, 40))).astype(dtype)
    coded = block.encode([block.Channel(x, bound)])
    off = np.array([abs(int(a) - int(b)) for a, b in zip(x.ravel(), back(coded, x)[0].ravel())])
    if info.bits > 16:
        assert off.max() <= bound       # too far apart for steps: nothing may be lost then, but never more than the bound
        return
    assert off.max() == bound
    assert block._size(coded) < block._size(block.encode([block.Channel(x, bound - 1)]))
