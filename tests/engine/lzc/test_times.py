"""Time stamps: exact, small, bounded."""
from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import LzcError
from engine.lzc import decode_times, encode_times
from engine.lzc.layout import put_varint, zigzag

big = st.integers(-(1 << 62) + 1, (1 << 62) - 1)


@given(st.one_of(st.lists(big, max_size=30), st.lists(st.integers(0, 3000), max_size=60),
                 st.builds(lambda a, d, n: [a + d * k for k in range(n)],
                           st.integers(-9999, 9999), st.integers(-99, 99), st.integers(0, 50))))
def test_they_come_back(pts: list[int]) -> None:
    assert decode_times(encode_times(pts), len(pts)) == tuple(pts)
    if pts:
        with pytest.raises(LzcError, match="limit"):
            decode_times(encode_times(pts), len(pts) - 1)


def test_constant_rate_takes_a_few_bytes_and_variable_rate_little() -> None:
    assert len(encode_times([512 * k for k in range(100_000)])) <= 8
    rounded = encode_times([round(k * 1000 / 29.97) for k in range(3000)])
    assert len(rounded) < 400
    rng, pts = random.Random(1), [0]
    for _ in range(2999):
        pts.append(pts[-1] + rng.choice((3000, 3000, 3000, 6000)))
    assert len(encode_times(pts)) < 1000


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x03\x01\x00", b"\x00\x01\x00\x00", b"\x00\x02\x00\x02\x00", b"\x01\x03\x00",
                                  b"\x01\x03\x00xyz",                                  b"\x00\x81\x00\x00", b"\x02\x02\x00\x02"])
def test_damaged_stamps_are_refused(data: bytes) -> None:
    with pytest.raises(LzcError):
        decode_times(data, 100)


def test_counts_and_values_that_explode_are_refused() -> None:
    huge = bytearray(b"\x00")
    put_varint(huge, 1 << 31)
    with pytest.raises(LzcError, match="limit"):
        decode_times(bytes(huge) + b"\x00\x02", 1 << 24)
    far = bytearray(b"\x00\x03\x00")
    put_varint(far, zigzag((1 << 63) - 1))
    with pytest.raises(LzcError, match="range"):
        decode_times(bytes(far), 10)
    with pytest.raises(LzcError, match="range"):
        encode_times([1 << 62])


def test_every_flip_is_bounded() -> None:
    rng, pts = random.Random(3), [0]
    for _ in range(60):
        pts.append(pts[-1] + rng.randrange(1, 2000))
    data = encode_times(pts)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit >> 3] ^= 1 << (bit & 7)
        try:
            assert len(decode_times(bytes(flipped), 1000)) <= 1000
        except LzcError:
            continue
