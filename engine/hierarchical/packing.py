"""What must be known of a block before its levels: the grid of each channel, marks, exceptions, order and parents, as bytes."""
from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np

from engine.api import LzcError
from engine.hierarchical.text import decode_text, encode_text

_CAP = 1 << 30


class Out:
    """Bytes in the making: varints (lowest 7 bits first), runs of them, raw bytes."""

    def __init__(self) -> None:
        self.data = bytearray()

    def whole(self, value: int) -> None:
        """value >= 0, below 2^64."""
        value = int(value)
        while value > 127:
            self.data.append(value & 127 | 128)
            value >>= 7
        self.data.append(value)

    def signed(self, value: int) -> None:
        value = int(value)
        self.whole(value << 1 if value >= 0 else (-value << 1) - 1)

    def rising(self, values: Iterable[int]) -> None:
        """A rising list: count, then differences."""
        listed = [int(v) for v in values]
        self.whole(len(listed))
        before = 0
        for i, v in enumerate(listed):
            self.signed(v) if i == 0 else self.whole(v - before)
            before = v

    def real(self, value: float) -> None:
        self.data += struct.pack("<d", value)

    def blob(self, data: bytes) -> None:
        self.whole(len(data))
        self.data += data

    def packed(self) -> bytes:
        """All of it behind its length, smaller where that pays."""
        raw = bytes(self.data)
        small = encode_text(raw) if len(raw) > 24 else raw
        head = Out()
        if len(small) + 3 < len(raw):
            head.whole(len(raw) << 1 | 1)
            head.blob(small)
        else:
            head.whole(len(raw) << 1)
            head.data += raw
        return bytes(head.data)


class In:
    """Reads what `Out` wrote. LzcError for anything that cannot be."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def whole(self, cap: int = (1 << 64) - 1) -> int:
        value = shift = 0
        while True:
            if self.at >= len(self.data) or shift > 63:
                raise LzcError("general data is cut off")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if value > cap:
            raise LzcError("general data asks for more than can be")
        return value

    def signed(self) -> int:
        v = self.whole()
        return -((v + 1) >> 1) if v & 1 else v >> 1

    def rising(self, cap: int) -> np.ndarray:
        count = self.whole(min(cap, 8 * len(self.data)))
        out = np.zeros(count, np.int64)
        value = 0
        for i in range(count):
            value = self.signed() if i == 0 else value + self.whole()
            if not -(1 << 63) <= value < 1 << 63:
                raise LzcError("general data holds a number out of range")
            out[i] = value
        return out

    def real(self) -> float:
        value: float = struct.unpack("<d", self.raw(8))[0]
        if not -1e300 < value < 1e300:
            raise LzcError("general data holds a number out of range")
        return value

    def raw(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise LzcError("general data is cut off")
        self.at += count
        return bytes(self.data[self.at - count:self.at])

    def blob(self) -> bytes:
        return self.raw(self.whole(len(self.data)))

    def packed(self) -> In:
        """The part that `Out.packed` made; reading goes on behind it."""
        head = self.whole(_CAP)
        length = head >> 1
        if not head & 1:
            return In(self.raw(length))
        small = self.blob()
        if length > 4096 + 4096 * len(small):     # the coder cannot do better on anything it is used for
            raise LzcError("general data asks for more than can be")
        return In(decode_text(small, length))


def put_runs(out: Out, marks: np.ndarray) -> None:
    """A flat uint8 array of few different values, as runs."""
    flat = marks.ravel()
    ends = np.flatnonzero(np.diff(flat, append=flat[-1:] ^ 255)) if flat.size else np.zeros(0, np.int64)
    out.whole(len(ends))
    before = -1
    for end in ends:
        out.data.append(int(flat[end]))
        out.whole(int(end) - before)
        before = int(end)


def get_runs(src: In, size: int) -> np.ndarray:
    out = np.zeros(size, np.uint8)
    at = 0
    for _ in range(src.whole(size)):
        value = src.raw(1)[0]
        length = src.whole(size - at)
        out[at:at + length] = value
        at += length
    if at != size:
        raise LzcError("the marks of general data do not add up")
    return out
