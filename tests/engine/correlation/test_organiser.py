"""The organiser finds what was planted, is deterministic, covers everything, and order is restored exactly."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.correlation.organiser import Order, group, matrix, organise, organise_rows, places
from engine.correlation.search import WINDOW
from tests.engine.correlation.fakes import texture


def test_planted_motion_is_found(moving: list[np.ndarray]) -> None:
    sets = organise(moving)
    full = [s for s in sets if len(s.members) == 8]
    assert full
    for s in full:
        _, y, x = s.members.T
        assert np.abs(np.diff(x) + 6).max() <= 2 and np.abs(np.diff(y) + 2).max() <= 2  # what slides right is found further left
        assert s.correlation.min() > 0.9 and np.allclose(np.diag(s.correlation), 1, atol=1e-5)


def test_the_same_pictures_give_the_same_sets(moving: list[np.ndarray]) -> None:
    a, b = organise(moving), organise(moving)
    assert len(a) == len(b) and all(np.array_equal(p.members, q.members) and np.array_equal(p.correlation, q.correlation)
                                    for p, q in zip(a, b, strict=True))


def test_nothing_is_left_out(moving: list[np.ndarray]) -> None:
    covered = np.zeros((8, 128, 192), bool)
    for s in organise(moving):
        for t, y, x in s.members:
            covered[t, y:y + WINDOW, x:x + WINDOW] = True
    assert covered.mean() > 0.97


def test_pictures_that_have_nothing_in_common_share_no_set() -> None:
    sets = organise([texture(128, 128, seed) for seed in range(4)])
    assert max(len(s.members) for s in sets) == 1


def test_still_pictures_need_each_window_once() -> None:
    picture = texture(128, 192)
    sets = organise([picture] * 8)
    assert len(sets) == len(places(128)) * len(places(192))
    assert all(len(s.members) == 8 and (s.members[:, 1:] == s.members[0, 1:]).all() for s in sets)


def test_only_the_wanted_picture_and_box_are_covered(moving: list[np.ndarray]) -> None:
    sets = organise(moving, 4, only=[2], box=(64, 0, 128, 64))
    assert 1 <= len(sets) <= 6
    assert all(s.members[s.made_for, 0] == 2 and len(s.members) <= 4 for s in sets)
    assert all(s.members[s.made_for, 1] < 64 and s.members[s.made_for, 2] < 128 for s in sets)


def planted(rng: np.random.Generator, families: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    base = rng.normal(size=(families, 200))
    family = rng.permutation(np.repeat(np.arange(families), each))
    sign = rng.choice([-1.0, 1.0], len(family))[:, None]
    return base[family] * sign * rng.uniform(0.1, 9, (len(family), 1)) + 0.02 * rng.normal(size=(len(family), 200)), family


def test_planted_families_of_series_are_found() -> None:
    rows, family = planted(np.random.default_rng(2), 5, 4)
    order = organise_rows(rows, 4)
    assert sorted(len(s) for s in order.sets) == [4] * 5
    assert all(len(set(family[s])) == 1 for s in order.sets)


def test_measured_groups_beat_random_ones() -> None:
    rng = np.random.default_rng(4)
    rows, _ = planted(rng, 6, 4)
    c = np.abs(matrix(rows))
    def inner(sets: list[np.ndarray]) -> float:
        return float(np.mean([c[np.ix_(s, s)].mean() for s in sets]))
    assert inner(group(matrix(rows), 4)) > inner(list(rng.permutation(24).reshape(6, 4))) + 0.3


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 23), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_order_is_restored_exactly(count: int, members: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(count, 12))
    order = organise_rows(rows, members)
    assert sorted(np.concatenate(order.sets).tolist()) == list(range(count)) and max(len(s) for s in order.sets) <= members
    back = order.restore(order.arrange(rows))
    assert np.array_equal(np.stack(back), rows)


def test_flat_rows_are_alone_in_what_they_say() -> None:
    c = matrix(np.array([[5.0] * 8, [5.0] * 8, list(range(8))]))
    assert np.array_equal(c, np.eye(3, dtype=np.float32))


def test_a_person_regroups_as_they_like() -> None:
    assert Order((np.array([0, 1, 2]),), 3).regroup(["hall", "yard", "hall"]) == {"hall": [0, 2], "yard": [1]}


def test_sets_that_miss_an_item_are_refused() -> None:
    with pytest.raises(ValueError, match="every item"):
        Order((np.array([0]),), 2).restore([np.zeros((1, 3))])
