"""The order of the slices: each once, neighbours first, and what is worked on together does not wait for each other."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lorentzian.schedule import CHUNK, PREVIOUS, QUALITIES, TYPES, lagrangian, slices, step, waves

every = pytest.mark.parametrize(("count", "key"), [(n, k) for n in range(1, CHUNK + 1) for k in (False, True)])


@every
def test_every_frame_once_and_references_first(count: int, key: bool) -> None:
    order = slices(count, key)
    assert sorted(s.time for s in order) == list(range(count))
    done = set() if key else {PREVIOUS}
    for s in order:
        assert {t for t in (s.left, s.right) if t is not None} <= done
        assert s.left is None or s.left < s.time
        assert s.right is None or s.right > s.time
        assert 0 <= s.kind < TYPES
        done.add(s.time)


@every
def test_a_key_chunk_looks_at_nothing_before_it(count: int, key: bool) -> None:
    order = slices(count, key)
    anew = [s for s in order if s.left is None]
    assert [s.time for s in anew] == ([0] if key else [])
    assert [s.kind for s in anew] == [0] * key and all(s.kind for s in order if s.left is not None)
    assert key == (PREVIOUS not in {t for s in order for t in (s.left, s.right)})


@every
def test_last_slice_needs_nothing_but_what_is_before_it_in_the_order(count: int, key: bool) -> None:
    """Passing through a chunk decodes its first slices only."""
    order = slices(count, key)
    at = next(n for n, s in enumerate(order) if s.time == count - 1)
    assert at <= 1


@every
def test_waves_keep_the_order_and_are_independent(count: int, key: bool) -> None:
    order = slices(count, key)
    ws = waves(order)
    assert [s for w in ws for s in w] == list(order)
    done = {PREVIOUS}
    for w in ws:
        for s in w:
            assert {t for t in (s.left, s.right) if t is not None} <= done
        done |= {s.time for s in w}
    assert len(ws) <= 5


def test_a_full_chunk_is_dyadic() -> None:
    assert [len(w) for w in waves(slices(8, False))] == [1, 1, 2, 4]
    assert [s.time for s in slices(8, False)] == [7, 3, 1, 5, 0, 2, 4, 6]


@pytest.mark.parametrize(("count", "kinds"), [(8, [1, 2, 3, 3, 4, 4, 4, 4]), (4, [1, 2, 3, 3]), (2, [1, 3]), (1, [1])])
def test_types_follow_the_depth(count: int, kinds: list[int]) -> None:
    assert [s.kind for s in slices(count, False)] == kinds


@every
def test_types_never_fall_in_coding_order(count: int, key: bool) -> None:
    """Shuttling stops reading at the first slice that is too fine."""
    kinds = [s.kind for s in slices(count, key)]
    assert kinds == sorted(kinds)


@given(st.integers(0, QUALITIES - 2))
def test_higher_quality_has_finer_steps(q: int) -> None:
    assert step(q + 1) < step(q) and lagrangian(q + 1) < lagrangian(q)
    assert 64 <= step(0) <= 256 and 1 <= step(QUALITIES - 1) <= 2
