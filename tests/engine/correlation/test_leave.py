"""The bits that say which tiles to restore: exact, small, safe against any bytes, and with them no tile loses."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import LzcError
from engine.correlation import leave
from engine.correlation.model import CorrelationModel
from engine.correlation.restorer import restore, tiles
from tests.engine.correlation.test_restorer import recorded


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 8), st.integers(1, 700), st.integers(1, 700), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_bits_come_back(count: int, height: int, width: int, share: float, seed: int) -> None:
    keep = np.random.default_rng(seed).random((count, *tiles(height, width))) < share
    assert np.array_equal(leave.unpack(leave.pack(keep), height, width), keep)


def test_one_answer_for_all_takes_one_byte() -> None:
    assert len(leave.pack(np.ones((8, 6, 10), bool))) == len(leave.pack(np.zeros((8, 6, 10), bool))) == 1
    lone = np.ones((8, 6, 10), bool)
    lone[3, 2, 2] = False
    assert len(leave.pack(lone)) < 12


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40))
def test_hostile_bytes_give_bits_or_one_line(data: bytes) -> None:
    try:
        assert leave.unpack(data, 300, 200).shape[1:] == (5, 4)
    except LzcError as error:
        assert "damaged" in str(error)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x09", b"\x38", b"\x08\x00"])
def test_nonsense_is_named(data: bytes) -> None:
    with pytest.raises(LzcError, match="damaged"):
        leave.unpack(data, 64, 64)


def test_with_the_bits_no_tile_loses(model: CorrelationModel) -> None:
    r = recorded(160, 200)
    made = restore(r, model)
    rng = np.random.default_rng(1)
    # a truth that the network comes closer to in some tiles and away from in others
    truth = [[np.clip(np.rint(p + (q - p) * (rng.random() > 0.5) * 2), 0, 255).astype(np.uint8)
              for p, q in zip(planes, restored.planes, strict=True)] for planes, restored in zip(r.pictures, made.values(), strict=True)]
    truth[0] = [p.copy() for p in r.pictures[0]]
    truth[1] = [np.rint(p).astype(np.uint8) for p in made[1].planes]
    keep = leave.helps(r, made, truth)
    assert not keep[0].any() and keep[1].all()
    bounded = restore(r, model, keep=keep)
    for t, source in enumerate(truth):
        before, after = leave.errors(r.pictures[t], source, 255), leave.errors(bounded[t].planes, source, 255)
        assert (after <= before).all()
