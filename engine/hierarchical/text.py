"""Text and other bytes, always lossless: context mixing over the last bytes, words and the longest earlier match, in integers only.

Orders 1 to 6, the current word with the one before it, the column under the line above, and a match model; mixed in the logistic
domain bit by bit. Working memory follows the length of the text (at most 64 MB).
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy import coder, logistic
from engine.entropy.borrowed import borrowed
from engine.entropy.coder import FLAGS, code_mixed

ORDERS = 10                 # contexts mixed: orders 0..6, word, column, match
_LARGEST = 22
PART = 1 << 22              # longer texts are cut: memory stays bounded and parts restore alone


@njit(**FLAGS)
def _run(s, buf, data, start, prob, count, weight, mask, heads, rate, stretch, squash):
    s, buf, data, prob, count, weight = borrowed(s), borrowed(buf), borrowed(data), borrowed(prob), borrowed(count), borrowed(weight)
    heads, rate, stretch, squash = borrowed(heads), borrowed(rate), borrowed(stretch), borrowed(squash)
    idx = np.zeros(ORDERS, np.int64)
    ctx = np.zeros(ORDERS, np.int64)
    n = data.size
    word = np.int64(0)
    before = np.int64(0)
    line = np.int64(0)
    above = np.int64(-1)
    match = np.int64(0)
    length = np.int64(0)
    writing = s[5] == 1
    hmask = heads.size - 1
    for i in range(start, n):
        h = np.int64(0)
        ctx[0] = 0
        for o in range(1, 7):
            if i >= o:
                h = (h + data[i - o] + 1) * 0x2F0B4C47 & 0xFFFFFFFFFFF
                h ^= h >> 19
            ctx[o] = (h + o * 0x51ED270B) & 0xFFFFFFFFFFF
        ctx[7] = (word * 0x1C3A5F29 + before * 0x6B43A9B5 + 77) & 0xFFFFFFFFFFF
        up = np.int64(0)
        if above >= 0 and above + (i - line) < line:
            up = np.int64(data[above + (i - line)]) + 1
        last = np.int64(data[i - 1]) if i > 0 else np.int64(0)
        ctx[8] = (up * 0x27D4EB2F + last * 0x2C1B3C6D + 99) & 0xFFFFFFFFFFF
        want = np.int64(-1)
        if length > 0:
            want = np.int64(data[match])
        ml = min(length, 15)
        c0 = np.int64(1)
        value = np.int64(data[i]) if writing else np.int64(0)
        agree = want >= 0
        for b in range(7, -1, -1):
            for o in range(ORDERS - 1):
                h = (ctx[o] + c0 * 0x3D4D51CB) * 0x2C1B3C6D & 0x7FFFFFFFFFFF
                idx[o] = ((h >> 18) ^ h) & mask
            if agree:
                idx[9] = mask + 1 + ml * 2 + ((want >> b) & 1)
            else:
                idx[9] = mask + 1 + 32
            row = (ml if agree else 0) * 3 + (0 if c0 < 2 else 1 if c0 < 32 else 2)
            bit = code_mixed(s, buf, (value >> b) & 1, prob, count, idx, ORDERS, weight, row, 220, rate, stretch, squash)
            if agree and ((want >> b) & 1) != bit:
                agree = False
            c0 = (c0 << 1) | bit
        c0 &= 255
        data[i] = c0
        # ---- what follows from this byte
        if (65 <= c0 <= 90) or (97 <= c0 <= 122) or c0 >= 128 or (48 <= c0 <= 57):
            word = ((word + c0) * 0x2F0B4C47) & 0xFFFFFFFF
        elif word != 0:
            before = word
            word = np.int64(0)
        if c0 == 10:
            above = line
            line = np.int64(i + 1)
        if length > 0 and agree:
            length += 1
            match += 1
        else:
            length = np.int64(0)
        if i >= 4:
            h = np.int64(0)
            for o in range(5):
                h = (h * 0x2F0B + data[i - o] + 1) & 0xFFFFFFFF
            h = ((h * 0x2C1B3C6D) >> 12) & hmask
            if length == 0:
                match = heads[h]
                if match > 0:
                    while length < 32 and match - 1 - length >= 0 and data[match - 1 - length] == data[i - length]:
                        length += 1
                    if length < 4:
                        length = np.int64(0)
            heads[h] = i + 1


def _memory(n: int) -> tuple[np.ndarray, ...]:
    bits = min(_LARGEST, max(12, n.bit_length() + 5))
    size = 1 << bits
    return (np.full(size + 64, 32768, np.uint16), np.zeros(size + 64, np.uint8), np.full((48, ORDERS), 65536 // 4, np.int32),
            np.int64(size - 1), np.zeros(1 << max(8, min(20, bits - 2)), np.int32))  # type: ignore[return-value]


def encode_text(raw: bytes) -> bytes:
    """`raw` smaller; its length is not inside."""
    if not raw:
        return b""
    s, buf = coder.writer(2 * len(raw) + 4096)
    _run(s, buf, np.frombuffer(raw, np.uint8).copy(), 0, *_memory(len(raw)), logistic.RATE, logistic.STRETCH, logistic.SQUASH)
    return coder.finish(s, buf)


def decode_text(packed: bytes, length: int) -> bytes:
    """The `length` bytes that `encode_text` was given. Any `packed` gives some bytes: the container's check sums tell damage."""
    if not length:
        return b""
    s, buf = coder.reader(packed)
    out = np.zeros(length, np.uint8)
    _run(s, buf, out, 0, *_memory(length), logistic.RATE, logistic.STRETCH, logistic.SQUASH)
    return out.tobytes()
