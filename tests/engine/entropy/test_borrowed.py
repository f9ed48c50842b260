"""Borrowed arrays are the same memory, and a loop that hands them on counts no references to them."""
import re
import sys
from collections.abc import Callable

import numpy as np
from numba import njit

from engine.entropy import coder, logistic
from engine.entropy.borrowed import borrowed


@njit
def _counted(s, buf, bits, prob, count, rate, times):
    for _ in range(times):
        for i in range(bits.size):
            bits[i] = coder.code_one(s, buf, bits[i], prob, count, i & 3, 60, rate)


@njit
def _uncounted(s, buf, bits, prob, count, rate, times):
    s, buf, bits, prob, count, rate = borrowed(s), borrowed(buf), borrowed(bits), borrowed(prob), borrowed(count), borrowed(rate)
    for _ in range(times):
        for i in range(bits.size):
            bits[i] = coder.code_one(s, buf, bits[i], prob, count, i & 3, 60, rate)


def _written(loop: Callable[..., None]) -> bytes:
    bits = (np.arange(400) % 7 == 0).astype(np.int64)
    s, buf = coder.writer(2000)
    loop(s, buf, bits, np.full(4, 32768, np.uint16), np.zeros(4, np.uint8), logistic.RATE, 3)
    return coder.finish(s, buf)


def test_the_same_bytes_without_counting() -> None:
    assert _written(_uncounted) == _written(_counted) != b""
    text = _uncounted.inspect_llvm(_uncounted.signatures[0])
    counted = [line for line in text.splitlines() if re.search(r"call void @NRT_incref\(.*%arg\.(s|buf|prob|count|rate|bits)\b", line)]
    assert not counted, "a loop over borrowed arrays counts references again"


def test_it_is_the_same_memory_and_leaves_no_reference_behind() -> None:
    bits = np.zeros(8, np.int64)
    s, buf = coder.reader(b"")
    before = sys.getrefcount(bits)
    _uncounted(s, buf, bits, np.full(4, 32768, np.uint16), np.zeros(4, np.uint8), logistic.RATE, 1)
    assert sys.getrefcount(bits) == before and bits.all()      # zeros past the end say 1 every time
