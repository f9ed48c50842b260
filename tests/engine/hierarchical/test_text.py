"""Text always comes back as it was, and small."""
import lzma
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.hierarchical.text import decode_text, encode_text


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_come_back(raw: bytes) -> None:
    assert decode_text(encode_text(raw), len(raw)) == raw


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=50), st.integers(0, 400))
def test_any_bytes_decode_to_the_length_asked(packed: bytes, length: int) -> None:
    assert len(decode_text(packed, length)) == length


def test_prose_is_smaller_than_xz_makes_it() -> None:
    import argparse

    raw = Path(argparse.__file__).read_bytes()[:30000]
    assert len(encode_text(raw)) < 0.9 * len(lzma.compress(raw, preset=9))


def test_repetition_costs_next_to_nothing() -> None:
    assert len(encode_text(b"the same line again\n" * 2000)) < 150
