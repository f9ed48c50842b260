"""The integer coder: what goes in comes out, tables are what they are everywhere, hostile bytes end where counts end."""
import hashlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.entropy import coder, logistic


def run(bits: list[int], chances: list[int], data: bytes | None = None) -> bytes | list[int]:
    s, buf = coder.writer(4 * len(bits) + 64) if data is None else coder.reader(data)
    got = [int(coder.code(s, buf, bit, p)) for bit, p in zip(bits, chances)]
    return coder.finish(s, buf) if data is None else got


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 65535)), max_size=300))
def test_bits_come_back(pairs: list[tuple[int, int]]) -> None:
    bits, chances = [b for b, _ in pairs], [p for _, p in pairs]
    packed = run(bits, chances)
    assert isinstance(packed, bytes)
    assert run([0] * len(bits), chances, packed) == bits


def test_likely_bits_are_cheap() -> None:
    cheap, dear = run([1] * 2000, [65000] * 2000), run([0] * 2000, [65000] * 2000)
    assert len(cheap) < 10 and len(dear) > 1500


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_decode_to_something(data: bytes) -> None:
    got = run([0] * 400, [20000] * 400, data)
    assert len(got) == 400


def test_tables_are_the_same_everywhere() -> None:
    joined = logistic.SQUASH.astype("<i8").tobytes() + logistic.STRETCH.astype("<i8").tobytes() + logistic.RATE.astype("<i8").tobytes()
    assert hashlib.sha256(joined).hexdigest()[:16] == "d9cdd4d756aa2540"


def test_mixing_learns_which_context_is_right() -> None:
    prob, count = np.full(4, 32768, np.uint16), np.zeros(4, np.uint8)
    weight = np.full((1, 2), 20000, np.int32)
    rng = np.random.default_rng(1)
    bits = rng.integers(0, 2, 3000)
    s, buf = coder.writer(4096)
    for b in bits:
        idx = np.array([b, 2 + rng.integers(0, 2)])     # the first context knows, the second guesses
        coder.code_mixed(s, buf, int(b), prob, count, idx, 2, weight, 0, 250, logistic.RATE, logistic.STRETCH, logistic.SQUASH)
    assert len(coder.finish(s, buf)) < 60
    assert weight[0, 0] > 2 * abs(weight[0, 1])
