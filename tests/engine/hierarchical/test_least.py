"""Least squares: sums made for many samples at once are those of one after the other, and the solution is the one of exact arithmetic."""
import numpy as np

from engine.hierarchical import least

FEATURES = 15


def test_bit_lengths() -> None:
    for v in [0, 1, 2, 3, 4095, 4096, 4097, (1 << 24) - 1, 1 << 24, (1 << 36) + 5, (1 << 62) - 1]:
        assert least.bits(v) == v.bit_length()


def test_sums_at_once_are_the_sums_one_by_one() -> None:
    rng = np.random.default_rng(4)
    for count in (1, 4, 31, least.TOGETHER):
        u = rng.integers(-(1 << 17), 1 << 17, (count, FEATURES + 1))
        miss = rng.integers(-(1 << 26), 1 << 26, count)
        waiting = np.full((1, FEATURES + 1, least.TOGETHER), 99, np.int32)      # what an earlier run left behind
        filled, sums = np.zeros(1, np.int64), np.zeros((FEATURES + 1, FEATURES + 1), np.int64)
        used = 9 if count == 4 else FEATURES                                    # a channel without parents has fewer features
        for t in range(count):
            least.keep(waiting, filled, 0, u[t], used, miss[t])
        assert filled[0] == count
        least.gather(waiting[0], count, used, sums)
        a, b = np.zeros((FEATURES + 1, FEATURES + 1), np.int64), np.zeros(FEATURES + 1, np.int64)
        least.add(sums, a, b)
        x = u[:, 1:].copy()
        x[:, used:] = 0
        assert (np.tril(a[:FEATURES, :FEATURES]) == np.tril(x.T @ x)).all()
        assert (b[:FEATURES] == x.T @ miss).all()


def test_the_solution_is_near_the_exact_one_and_features_never_seen_weigh_nothing() -> None:
    rng = np.random.default_rng(5)
    x, want = rng.integers(-900, 900, (400, FEATURES)), rng.normal(0, 0.3, FEATURES)
    x[:, 12:] = 0
    want[12:] = 0
    a, b = np.zeros((FEATURES + 1, FEATURES + 1), np.int64), np.zeros(FEATURES + 1, np.int64)
    a[:FEATURES, :FEATURES] = x.T @ x
    b[:FEATURES] = (x @ want * 256).round().astype(np.int64) @ x
    w, low, d = np.full(FEATURES + 1, 77, np.int64), np.zeros((FEATURES + 1, FEATURES + 1), np.int64), np.zeros(FEATURES + 1, np.int64)
    least.solve(a, b, FEATURES, w, low, d)
    assert np.abs(w[:FEATURES] / 65536 - want).max() < 0.01 and not w[12:FEATURES].any()
