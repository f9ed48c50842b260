"""The second transform of the lowest coefficients: exact on every machine, orthonormal, and worth having where they hang together."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.api import Frame
from engine.lorentzian import lowest, payload
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.lowest import FINE, STAIRS, WAVES, analyse, matrix
from engine.lorentzian.payload import TileState, write_level
from engine.lorentzian.schedule import slices
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import Tables
from tests.engine.lorentzian.clips import lively, write
from tests.engine.lorentzian.reading import read_every_way

TABLES = Tables.untrained()


@pytest.mark.parametrize("mode", [STAIRS, WAVES])
@pytest.mark.parametrize("shape", [(8, 8), (6, 4), (2, 2), (10, 14)])
def test_symbols_stand_for_what_was_transformed(mode: int, shape: tuple[int, int]) -> None:
    """Rounded coefficients are at most half a step off, so values are within half a step in the mean square."""
    v = np.random.default_rng(3).normal(0, 20, (*shape, 3)).astype(np.float32)
    state = TileState.blank(*shape)
    made = payload.put_transformed(state, slices(1, False)[0], mode, np.rint(analyse(mode, v)).astype(np.int16)) / FINE
    assert float(((made - v) ** 2).mean()) == pytest.approx(1 / 12, rel=0.35)
    assert np.array_equal(payload.take(state, slices(1, False)[0], 96)[..., :3], made * FINE)


@pytest.mark.parametrize("mode", [STAIRS, WAVES])
@pytest.mark.parametrize(("h", "w"), [(4, 4), (2, 4), (4, 2), (2, 2)])
def test_transforms_are_orthonormal_and_begin_with_the_mean(mode: int, h: int, w: int) -> None:
    m = matrix(mode, h, w)
    assert np.allclose(m @ m.T, np.eye(h * w))
    assert np.allclose(m[0], (h * w) ** -0.5)


def test_a_smooth_noisy_field_costs_less_transformed() -> None:
    order = slices(1, False)
    y, x = np.mgrid[0:64, 0:64]
    v = (np.sin(y / 9) * np.cos(x / 7))[..., None] + np.random.default_rng(1).normal(0, 0.4, (64, 64, 3)).astype(np.float32)
    size = {}
    for mode in (None, STAIRS, WAVES):
        state = TileState.blank(64, 64)
        if mode is None:
            payload.put_plain(state, order[0], np.rint(v).astype(np.int16))
        else:
            payload.put_transformed(state, order[0], mode, np.rint(analyse(mode, v)).astype(np.int16))
        size[mode] = len(write_level(3, order, state, {0: Field.empty(512, 512)}, 30, TABLES))
    assert max(size[WAVES], size[STAIRS]) < 0.85 * size[None]


def test_recordings_with_transformed_means_read_the_same_every_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A light that wanders over a blurred wall: no motion explains it, and what is left is smooth."""
    rng, (yy, xx) = np.random.default_rng(5), np.mgrid[0:96, 0:160]
    film = []
    for n in range(12):
        y = 120 + 50 * np.sin(xx / 37 + 1.7 * n) * np.cos(yy / 29 - 1.1 * n) + rng.normal(0, 1, yy.shape)
        u, v = (128 + 20 * np.sin((xx + k * yy)[::2, ::2] / 31 + n) for k in (1, -1))
        film.append(Frame(*(np.rint(p).astype(np.uint8) for p in (y, u, v)), n, 40 * n))
    path = write(tmp_path / "t.lzc", film, CodecSettings(30), lively())
    seen, real = [], lowest.code_lowest
    monkeypatch.setattr(lowest, "code_lowest", lambda *a: (seen.append(a[4]), real(*a)))
    read_every_way(path, lively(), (11, 4, 9), monkeypatch)
    assert seen, "no slice was transformed"
