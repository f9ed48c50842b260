"""What is written is read, in few bytes, and never past a buffer."""
from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.lorentzian import rangecoder as rc
from engine.lorentzian.tables import RATE, logistic_tables

STRETCH, SQUASH = logistic_tables()
CONTEXTS = 12

decision = st.one_of(
    st.tuples(st.just("one"), st.integers(0, 1), st.integers(0, CONTEXTS - 1)),
    st.tuples(st.just("mixed"), st.integers(0, 1), st.integers(0, CONTEXTS - 4)),
    st.tuples(st.just("plain"), st.integers(0, 8191), st.just(13)))


def play(coder: tuple[np.ndarray, np.ndarray], decisions: list[tuple[str, int, int]], chance: int) -> list[int]:
    s, buf = coder
    prob, count = np.full(CONTEXTS, chance, np.uint16), np.zeros(CONTEXTS, np.uint16)
    weight = np.full((1, 6), 20000, np.int32)
    out = []
    for kind, value, k in decisions:
        if kind == "one":
            out.append(int(rc.code_one(s, buf, value, prob, count, k, RATE)))
        elif kind == "mixed":
            out.append(int(rc.code_mixed(s, buf, value, prob, count, RATE, np.arange(k, k + 4), 4, weight, 0, STRETCH, SQUASH)))
        else:
            out.append(int(rc.code_plain(s, buf, value, k)))
    return out


@given(st.lists(decision, max_size=300), st.sampled_from((32, 1000, 32768, 65503)))
def test_reads_what_was_written(decisions: list[tuple[str, int, int]], chance: int) -> None:
    coder = rc.writer(1 << 14)
    values = [v for _, v, _ in decisions]
    assert play(coder, decisions, chance) == values
    data = rc.finish(*coder)
    assert not data.endswith(b"\0"), "zeros at the end are implied"
    blank = [(kind, 0, k) for kind, _, k in decisions]
    assert play(rc.reader(data), blank, chance) == values


@given(st.binary(max_size=40), st.lists(decision, max_size=200))
def test_any_bytes_give_some_decisions(data: bytes, decisions: list[tuple[str, int, int]]) -> None:
    got = play(rc.reader(data), decisions, 32768)
    assert len(got) == len(decisions)
    assert all(0 <= v < (1 << 13 if kind == "plain" else 2) for v, (kind, _, _) in zip(got, decisions, strict=True))


def test_a_full_buffer_is_told_and_nothing_is_written_behind_it() -> None:
    s, _ = rc.writer(16)
    long = np.full(64, 170, np.uint8)
    long[:16] = 0
    for _ in range(200):
        rc.code_plain(s, long, 5461, 13)
    assert s[rc.POS] > s[rc.END] == 16
    assert (long[16:] == 170).all()


def test_what_never_changes_costs_next_to_nothing() -> None:
    coder = rc.writer(1 << 14)
    play(coder, [("one", 0, 3)] * 4000, 32768)
    assert len(rc.finish(*coder)) < 40
    coder = rc.writer(1 << 14)
    play(coder, [("mixed", 1, 0)] * 4000, 32768)
    assert len(rc.finish(*coder)) < 40


def test_fair_coins_cost_one_bit_each() -> None:
    bits = np.random.default_rng(1).integers(0, 2, 8000)
    coder = rc.writer(1 << 14)
    for b in bits:
        rc.code_plain(*coder, int(b), 1)
    assert 998 <= len(rc.finish(*coder)) <= 1004
