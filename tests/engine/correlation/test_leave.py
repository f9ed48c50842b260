"""The bits that say which tiles to restore: exact, small, safe against any bytes, and with them no tile loses."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import LzcError
from engine.correlation import leave
from engine.correlation.model import CorrelationModel
from engine.correlation.restorer import Recorded, restore, tiles
from engine.correlation.weights import UNIT, Sums, choose
from tests.engine.correlation.fakes import weights
from tests.engine.correlation.test_restorer import recorded


def said(count: int, height: int, width: int, share: float, rng: np.random.Generator, patterns: int = 6) -> leave.Said:
    return rng.random((count, *tiles(height, width))) < share, rng.integers(-127, 128, (2, patterns)).astype(np.int8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=8), st.integers(1, 700), st.integers(1, 700), st.floats(0, 1), st.booleans(),
       st.integers(0, 2**32 - 1))
def test_bits_and_weights_come_back(counts: list[int], height: int, width: int, share: float, alike: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    windows = [said(n, height, width, share, rng) for n in counts]
    windows = [(k, windows[0][1]) for k, _ in windows] if alike else windows
    back = leave.unpack(leave.pack(windows), height, width, 6)
    assert len(back) == len(windows)
    for (keep, sent), (kept, got) in zip(windows, back, strict=True):
        assert np.array_equal(keep, kept) and (np.array_equal(sent, got) or not keep.any())


def test_one_answer_for_all_takes_next_to_nothing() -> None:
    sent = np.zeros((2, 14), np.int8)
    sent[0, 2] = 5
    every, none = np.ones((8, 6, 10), bool), np.zeros((8, 6, 10), bool)
    assert len(leave.pack([(every, sent)])) < 8 and len(leave.pack([(none, sent)])) <= 2
    assert len(leave.pack([(every, sent)] * 8)) < len(leave.pack([(every, sent)])) + 7  # the same weights are not sent again
    lone = every.copy()
    lone[3, 2, 2] = False
    assert len(leave.pack([(lone, sent)])) < 20


def test_weights_of_nought_restore_nothing() -> None:
    keep, _ = leave.unpack(leave.pack([(np.ones((8, 2, 2), bool), np.zeros((2, 6), np.int8))]), 128, 128, 6)[0]
    assert not keep.any()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_hostile_bytes_give_bits_or_one_line(data: bytes) -> None:
    try:
        found = leave.unpack(data, 300, 200, 14)
        assert all(k.shape[1:] == (5, 4) and 1 <= len(k) <= 8 and w.shape == (2, 14) for k, w in found)
    except LzcError as error:
        assert "damaged" in str(error)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x09", b"\xff\x00"])
def test_nonsense_is_named(data: bytes) -> None:
    with pytest.raises(LzcError, match="damaged"):
        leave.unpack(data, 64, 64, 6)


def test_with_the_bits_no_tile_loses(model: CorrelationModel) -> None:
    r = recorded(160, 200)
    w = weights(model)
    made = restore(r, model, w)
    rng = np.random.default_rng(1)
    # a truth that the network comes closer to in some tiles and away from in others
    truth = [[np.clip(np.rint(p + (q - p) * (rng.random() > 0.5) * 2), 0, 255).astype(np.uint8)
              for p, q in zip(planes, restored.planes, strict=True)] for planes, restored in zip(r.pictures, made.values(), strict=True)]
    truth[0] = [p.copy() for p in r.pictures[0]]
    truth[1] = [np.rint(p).astype(np.uint8) for p in made[1].planes]
    keep = leave.helps(r, made, truth)
    assert not keep[0].any() and keep[1].all()
    bounded = restore(r, model, w, keep=keep)
    for t, source in enumerate(truth):
        before, after = leave.errors(r.pictures[t], source, 255), leave.errors(bounded[t].planes, source, 255)
        assert (after <= before).all()


def planted(model: CorrelationModel, height: int, width: int) -> tuple[Recorded, list[list[np.ndarray]], np.ndarray]:
    """A window, a source that is what restoration makes of it under some weights, and these."""
    r = recorded(height, width)
    w = np.zeros((2, model.patterns), np.int8)
    w[0, 6], w[0, -1], w[1, 7] = 40, 12, 50
    made = restore(r, model, w)
    return r, [[np.rint(p).astype(np.uint8) for p in made[t].planes] for t in range(len(r.pictures))], w


def test_the_writer_finds_what_the_error_is_made_of(model: CorrelationModel) -> None:
    r, truth, _ = planted(model, 160, 200)
    keep, found = leave.decide(r, model, truth)
    assert keep.mean() > 0.9
    made = restore(r, model, found, keep=keep)
    def left(pictures: list[tuple[np.ndarray, ...]]) -> float:
        return sum(float(leave.errors([p.astype(np.float32) for p in a], b, 255).sum()) for a, b in zip(pictures, truth, strict=True))
    assert left([made[t].planes for t in range(3)]) < 0.25 * left(list(r.pictures))


def test_what_is_not_worth_its_bytes_is_not_sent(model: CorrelationModel) -> None:
    r = recorded(160, 200)
    rng = np.random.default_rng(2)
    noisy = [[np.clip(p + rng.integers(-3, 4, p.shape), 0, 255).astype(np.uint8) for p in picture] for picture in r.pictures]
    keep, found = leave.decide(r, model, noisy)
    assert not keep.any() and not found.any()


def test_weights_that_cost_nothing_are_taken_again(model: CorrelationModel) -> None:
    r, truth, w = planted(model, 160, 200)
    nearly = w.copy()
    nearly[0, 6] += 1
    _, found = leave.decide(r, model, truth, before=nearly)
    assert np.array_equal(found, nearly)


def test_the_network_is_asked_only_where_it_gains_clearly() -> None:
    rng = np.random.default_rng(3)
    parts = rng.normal(0, 1, (5, 4000))  # two patterns that take little time, two that do not, and noise
    def chosen(learned: float) -> np.ndarray:
        p = np.concatenate([parts[:4], (parts[:1] + learned * parts[2:3] + 0.1 * parts[4:])])
        whole = np.stack([p @ p.T] * 2)[None]
        return choose(Sums(whole[..., :4, :4], whole[..., 4, :4], whole[..., 4, 4]), 0.01, cheap=2)
    assert (chosen(0.1)[:, 0] == UNIT).all() and not chosen(0.1)[:, 2:].any()
    assert (chosen(0.8)[:, 2] != 0).all()
