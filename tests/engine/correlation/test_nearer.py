"""What is said of general data: exact, small, safe against any bytes; planted families come nearer, nothing is worse or too far off."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import LzcError
from engine.correlation import nearer, picking
from engine.correlation.given_rows import GIVEN
from engine.correlation.nearer import Group, Said, apply, decide, pack, unpack
from engine.entropy.weights import bits
from tests.engine.correlation.test_rows import model


def planted(kind: str, count: int = 4, seed: int = 0) -> np.ndarray:
    """A family: one slow course, in other sizes and turned over, with a little noise of each."""
    rng = np.random.default_rng(seed)
    if kind == "series":
        at = np.arange(3000)
        course = (np.sin(at / 40) + np.sin(at / 133))[None]
    else:
        y, x = np.mgrid[:40, :52]
        course = np.sin(y / 9) + np.cos(x / 11)
    size = rng.uniform(1, 3, (count, 1, 1)) * rng.choice((-1, 1), (count, 1, 1))
    return size * course + rng.normal(size=(count, *course.shape)) * 0.01 + 5


def coded(x: np.ndarray, bound: float) -> Group:
    """On steps of twice the bound."""
    return Group(list(np.rint(x / (2 * bound)) * (2 * bound)), [np.zeros(c.shape, np.uint8) for c in x], [2 * bound] * len(x))


def squared(values: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """By channel and unit."""
    return np.stack([(nearer.cut(v.astype(float) - t) ** 2).sum(1) for v, t in zip(values, x)])


def through(group: Group, x: np.ndarray, bound: float, kind: str, **options: object) -> tuple[list[np.ndarray], list[Said]]:
    """As a reader has it, from the bytes."""
    net = model(kind)
    said = decide(group, list(x), [bound] * len(x), net, **options)  # type: ignore[arg-type]
    data = pack(said)
    return (apply(group, unpack(data, [len(s.keep) for s in said], net.count), net), said) if data else (list(group.values), said)


@pytest.mark.parametrize("kind", ["series", "bands"])
@pytest.mark.parametrize("learned", [False, True])
def test_a_planted_family_comes_nearer(kind: str, learned: bool) -> None:
    x, bound = planted(kind), 0.15
    group = coded(x, bound)
    made, said = through(group, x, bound, kind, learned=learned)
    was, now = squared(list(group.values), x), squared(made, x)
    assert (10 * np.log10(was.sum(1) / now.sum(1)) > 3).all()
    assert (now <= was).all() and now.sum() == pytest.approx(sum(s.now for s in said) * (2 * bound) ** 2, rel=1e-6)
    assert len(pack(said)) < 60


@pytest.mark.parametrize("kind", ["series", "bands"])
def test_no_unit_is_worse_and_none_further_off_than_twice_the_bound(kind: str) -> None:
    """Half of every channel is slow, half is noise that nobody can know anything of; and one sample jumps."""
    rng = np.random.default_rng(3)
    x, bound = planted(kind), 0.15
    x[..., x.shape[2] // 2:] += rng.normal(size=x[..., x.shape[2] // 2:].shape)
    x[1, 0, 9] += 40
    group = coded(x, bound)
    made, said = through(group, x, bound, kind)
    was, now = squared(list(group.values), x), squared(made, x)
    assert (now <= was).all() and (now < 0.8 * was).any() and any(not s.keep.all() and s.keep.any() for s in said)
    assert max(np.abs(m - t).max() for m, t in zip(made, x)) <= 2 * bound
    assert max(np.abs(m - v).max() for m, v in zip(made, group.values)) <= bound * (1 + 1e-9)


def test_where_the_bound_itself_is_to_hold_it_does() -> None:
    x, bound = planted("series"), 0.15
    x[..., :300] += np.random.default_rng(8).normal(size=(4, 1, 300)) * 0.1
    group = coded(x, bound)
    made, said = through(group, x, bound, "series", furthest=1.0)
    far, _ = through(group, x, bound, "series")
    assert max(np.abs(m - t).max() for m, t in zip(made, x)) <= bound < max(np.abs(m - t).max() for m, t in zip(far, x))
    assert any(s.keep.any() for s in said) and not all(s.keep.all() for s in said)


def test_noise_is_left_alone() -> None:
    x = np.random.default_rng(4).normal(size=(3, 1, 4000)) * 1000
    assert pack(decide(coded(x, 1.0), list(x), [1.0] * 3, model("series"), learned=False)) == b""


def test_without_loss_nothing_is_said() -> None:
    x = planted("series")
    assert not any(s.plays for s in decide(coded(x, 0.1), list(x), [0.0] * 4, model("series")))


def test_sets_help_and_who_belongs_together_is_found() -> None:
    """Two families of noisy courses in one table: with the organiser's sets each comes nearer than alone, whatever the order of columns."""
    rng = np.random.default_rng(5)
    course = np.cumsum(rng.normal(size=(2, 4000)), 1)
    x = np.concatenate([rng.uniform(1, 2, (8, 1)) * c for c in course])[:, None] + rng.normal(size=(16, 1, 4000)) * 0.05
    bound, mixed = 2.5, rng.permutation(16)
    made, _ = through(coded(x, bound), x, bound, "series", learned=False)
    net = model("series")
    ones = [np.array([c]) for c in range(16)]
    alone = apply(coded(x, bound), decide(coded(x, bound), list(x), [bound] * 16, net, False, sets=ones), net, ones)
    assert squared(made, x).sum() < 0.9 * squared(alone, x).sum()
    other, _ = through(coded(x[mixed], bound), x[mixed], bound, "series", learned=False)
    # every column is where it was, however they came in
    assert (squared(other, x[mixed]).sum(1) < squared(list(coded(x, bound).values), x).sum(1)[mixed]).all()
    assert squared(other, x[mixed]).sum() == pytest.approx(squared(made, x).sum(), rel=0.02)


@pytest.mark.parametrize("dtype", ["int16", "uint8", "int64", "float32"])
def test_types_keep_their_range(dtype: str) -> None:
    x = np.clip(np.rint(60 * planted("bands") - 180), 0, 255).astype(dtype)
    step = 9
    values = [(np.rint(c.astype(float) / step) * step).clip(0, 255).astype(dtype) for c in x]
    group = Group(values, [np.zeros(c.shape, np.uint8) for c in x], [float(step)] * len(x))
    made, _ = through(group, x.astype(float), 4.0, "bands", learned=False)
    assert all(m.dtype == dtype and m.min() >= (0 if dtype == "uint8" else -9) and m.max() <= 264 for m in made)
    assert squared(made, x).sum() < squared(values, x).sum()


def test_gaps_stay_as_they_are() -> None:
    x = planted("series", 3)
    group = coded(x, 0.15)
    for v, m in zip(group.values, group.marks):
        m[0, 100:140] = 1
        v[0, 100:140] = np.nan
    made, said = through(group, x, 0.15, "series", learned=False)
    assert all(np.isnan(m[0, 100:140]).all() and np.isfinite(np.delete(m[0], np.arange(100, 140))).all() for m in made)
    assert any(s.keep.any() for s in said)
    whole = Group([np.rint(np.nan_to_num(v, nan=-9) / 0.3).astype(np.int64) for v in group.values], group.marks, [3.0] * len(x))
    every = Said(True, np.full(model("series").count, 20, np.int8), np.ones(nearer.units(x[0].shape), bool))
    for m, v in zip(apply(whole, [every] * len(x), model("series")), whole.values):
        assert np.array_equal(m[0, 100:140], v[0, 100:140]) and not np.array_equal(m, v)


def test_what_is_said_of_other_data_is_refused() -> None:
    x, net = planted("series", 3), model("series")
    x[2] = 1.0  # all the same: this one cannot be a member
    group = coded(x, 0.15)
    every = Said(True, np.full(net.count, 20, np.int8), np.ones(nearer.units(x[0].shape), bool))
    with pytest.raises(LzcError, match="damaged"):
        apply(group, [every] * 3, net)
    with pytest.raises(LzcError, match="damaged"):
        apply(group, [every] * 2, net)


@pytest.mark.parametrize("dtype", ["uint8", "int16"])
def test_no_weight_carries_a_value_past_its_type(dtype: str) -> None:
    rng, info = np.random.default_rng(9), np.iinfo(dtype)
    values = [rng.choice((info.min, info.max, 50), (24, 24)).astype(dtype) for _ in range(3)]
    every = Said(True, np.full(model("bands").count, -127, np.int8), np.ones(nearer.units((24, 24)), bool))  # away from the others
    made = apply(Group(values, [np.zeros((24, 24), np.uint8)] * 3, [9.0] * 3), [every] * 3, model("bands"))
    assert all(0 < np.abs(m.astype(int) - v.astype(int)).max() <= 4 for m, v in zip(made, values))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_what_is_said_comes_back(counts: list[int], share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = [Said(bool(rng.random() < 0.8), rng.integers(-127, 128, 16).astype(np.int8) * (rng.random(16) < 0.4), np.zeros(n, bool))
            for n in counts]
    said = [Said(s.plays, s.weights, rng.random(len(s.keep)) < share) if s.plays else s for s in said]
    data = pack(said)
    assert bool(data) == any(s.keep.any() for s in said)
    for s, got in zip(said, unpack(data, counts, 16)) if data else ():
        assert got.plays == s.plays and np.array_equal(got.keep, s.keep)
        assert np.array_equal(got.weights, s.weights) or not s.keep.any()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80))
def test_hostile_bytes_never_move_anything_further_than_half_a_step(data: bytes) -> None:
    x = planted("series", 3)
    x[2] = 1.0  # this one cannot be a member
    group, net = coded(x, 0.15), model("series")
    said = unpack(data, [nearer.units(v.shape) for v in group.values], net.count)
    said = [Said(s.plays, np.where(np.arange(net.count) < GIVEN, s.weights, 0).astype(np.int8), s.keep) for s in said]
    try:
        made = apply(group, said, net)
    except LzcError as fault:
        assert "damaged" in str(fault) and said[2].plays
        return
    assert all(np.abs(m - v).max() <= 0.15 * (1 + 1e-9) for m, v in zip(made, group.values))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-127, 127), min_size=1, max_size=20))
def test_bits_are_counted_as_the_coder_writes_them(weights: list[int]) -> None:
    z = np.array(weights, np.int64)
    assert picking.bits(z) == 5 + bits(z)


def test_picked_weights_are_as_good_as_any_near_them() -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        p = rng.normal(size=(3, 40))
        a, b = p @ p.T, p @ rng.normal(size=40) * 3
        z = picking.best(a, b, 0.5)
        least = picking.cost(z, a, b, 0.5)
        every = [picking.cost(z + np.array([i, k, m]), a, b, 0.5) for i in (-1, 0, 1) for k in (-1, 0, 1) for m in (-1, 0, 1)]
        assert least <= min(every) + 1.5 and least <= 0.5 * 5 + 1e-9
        assert least <= picking.cost(np.rint(np.linalg.solve(a, b)).astype(np.int64), a, b, 0.5) + 1e-9


def test_planted_weights_are_picked() -> None:
    rng = np.random.default_rng(7)
    p = rng.normal(size=(10, 6, 256)) * 0.1
    wanted = np.array([0, 16, 0, -40, 0, 3])
    error = np.einsum("k,uks->us", wanted / 16, p)
    a, b = p @ p.transpose(0, 2, 1) / 256, np.einsum("uks,us->uk", p, error) / 16
    assert np.array_equal(picking.pick(a, b, 1e-4, np.zeros(6, np.int64), 6, 1.0), wanted)
    assert np.array_equal(picking.pick(a, b, 1e-4, wanted, 6, 1.0), wanted)
    given_only = picking.pick(a, b, 1e-4, np.zeros(6, np.int64), 3, 1e9)
    assert not given_only[3:].any()  # the others would have to gain far more
