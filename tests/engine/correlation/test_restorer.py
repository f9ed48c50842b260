"""Restoration of windows: what is wanted changes, what is to be left stays to the last bit."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.correlation.given import GIVEN
from engine.correlation.model import CorrelationModel
from engine.correlation.restorer import Made, Part, Recorded, organised, restore, tiles
from tests.engine.correlation.fakes import texture, weights


def recorded(height: int, width: int, count: int = 3, depth: int = 8) -> Recorded:
    kind, scale = (np.uint8, 1) if depth == 8 else (np.uint16, 4)
    def plane(h: int, w: int, seed: int) -> np.ndarray:
        return texture(h, w, seed).astype(kind) * kind(scale)
    ch, cw = (height + 1) // 2, (width + 1) // 2
    return Recorded(tuple((plane(height, width, 1), plane(ch, cw, 2), plane(ch, cw, 3)) for _ in range(count)), 20.0, (1.0,) * count, depth)


@pytest.mark.parametrize(("height", "width"), [(128, 192), (97, 131), (30, 40), (64, 64), (1, 1)])
def test_any_size_comes_back_in_its_size(model: CorrelationModel, height: int, width: int) -> None:
    r = recorded(height, width)
    made = restore(r, model, weights(model))
    for planes, restored in zip(r.pictures, made.values(), strict=True):
        assert [p.shape for p in restored.planes] == [p.shape for p in planes] and restored.changed.shape == (height, width)
        assert restored.changed.mean() > 0.9 and np.abs(restored.planes[0] - planes[0]).max() > 0.01
        assert all(np.isfinite(p).all() and p.min() >= 0 and p.max() <= 255.75 for p in restored.planes)


def test_tiles_that_are_to_be_left_stay_exactly(model: CorrelationModel) -> None:
    r = recorded(128, 192)
    keep = np.ones((3, *tiles(128, 192)), bool)
    keep[1, 0, 1] = False
    made = restore(r, model, weights(model), keep=keep)
    assert np.array_equal(made[1].planes[0][:64, 64:128], r.pictures[1][0][:64, 64:128].astype(np.float32))
    assert np.array_equal(made[1].planes[2][:32, 32:64], r.pictures[1][2][:32, 32:64].astype(np.float32))
    assert not made[1].changed[:64, 64:128].any() and made[1].changed[64:].all() and made[0].changed[:64, 64:128].all()


def test_what_is_left_or_not_wanted_changes_nothing_else(model: CorrelationModel) -> None:
    r, w = recorded(192, 256), weights(model)
    keep = np.zeros((3, *tiles(192, 256)), bool)
    keep[1, 0, 1] = keep[2, 2, 3] = True
    every, some = restore(r, model, w), restore(r, model, w, keep=keep)
    assert not some[0].changed.any()
    for t in (1, 2):
        where = some[t].changed
        assert where.sum() == 64 * 64
        np.testing.assert_allclose(some[t].planes[0][where], every[t].planes[0][where], atol=1e-4)
    asked: list[int] = []

    def spread(work: Callable[[Part], Made], parts: list[Part]) -> list[Made]:
        asked.append(sum(len(where) for _, where in parts))
        return [work(p) for p in parts]
    again = restore(r, model, w, keep=keep, spread=spread)
    assert np.array_equal(again[1].planes[0], some[1].planes[0])
    assert 0 < sum(asked) < sum(len(s.members) for s in organised(r))  # sets without a kept tile are not looked at


def test_outside_the_box_nothing_changes(model: CorrelationModel) -> None:
    r = recorded(192, 256)
    made = restore(r, model, weights(model), members=2, only=[1], box=(64, 64, 128, 128))
    assert list(made) == [1]
    outside = np.ones((192, 256), bool)
    outside[64:128, 64:128] = False
    assert np.array_equal(made[1].planes[0][outside], r.pictures[1][0][outside].astype(np.float32))
    assert made[1].changed[64:128, 64:128].all() and not made[1].changed[outside].any()


def test_ten_bits_are_the_same_picture(model: CorrelationModel) -> None:
    eight, ten = restore(recorded(64, 64, 1), model, weights(model))[0], restore(recorded(64, 64, 1, 10), model, weights(model))[0]
    for a, b in zip(eight.planes, ten.planes, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)


def test_windows_meet_without_a_seam(model: CorrelationModel) -> None:
    flat = np.full((128, 192), 100, np.uint8)
    r = Recorded(((flat, flat[::2, ::2].copy(), flat[::2, ::2].copy()),), 20.0, (1.0,))
    y = restore(r, model, weights(model))[0].planes[0]
    step = np.abs(np.diff(y[32], axis=0))
    assert step.max() < 2 * np.abs(y - 100).max()  # feathered: never the sum of two windows


def test_it_is_the_same_every_time(model: CorrelationModel) -> None:
    r = recorded(97, 131)
    first, second = (restore(r, model, weights(model))[1].planes for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_without_weights_on_what_was_learned_the_network_is_not_asked(model: CorrelationModel, monkeypatch: pytest.MonkeyPatch) -> None:
    rng, w = np.random.default_rng(4), weights(model)
    cells, factors = rng.normal(0, 1, (4, 16, 16, 24)).astype(np.float32), np.array([1.0, 2.0, 1.0, 3.0], np.float32)
    w[:, GIVEN:] = 0
    nearly = w.copy()
    nearly[:, -1] = 1  # the smallest weight on one learned pattern
    one = model.residuals(cells, 20.0, factors, 4, nearly) - model.residuals(cells, 20.0, factors, 4, 2 * nearly - w)
    whole = model.residuals(cells, 20.0, factors, 4, nearly) + one
    monkeypatch.setattr(model, "net", None)
    np.testing.assert_allclose(model.residuals(cells, 20.0, factors, 4, w), whole, atol=1e-3)


def test_warming_up_compiles_what_a_first_use_needs() -> None:
    from engine.correlation import attention, given, leave, passes, search
    from engine.correlation.warm import warm

    warm()
    for loop in (given._all, leave._code, search.correlate, attention.attend, passes.shaped, passes.patterns):
        assert loop.signatures, loop
