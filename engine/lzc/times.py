"""Time stamps of frames, small: a few bytes at constant rate, deflated differences otherwise."""
from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from engine.api import LzcError
from engine.lzc.layout import get_varint, put_varint, unzigzag, zigzag
from engine.lzc.packed import inflate

_CONSTANT, _FIRST, _SECOND = 0, 1, 2
_I64 = 1 << 63
_U66 = (1 << 64) - 1


def encode_times(pts: Sequence[int]) -> bytes:
    """Any sequence of whole numbers (|value| < 2^62) as bytes; exact. LzcError when a value is out of range."""
    values = [int(p) for p in pts]
    if any(abs(v) >= 1 << 62 for v in values):
        raise LzcError("a time stamp is out of range (2^62)")
    out = bytearray()
    steps = [b - a for a, b in pairwise(values)]
    constant = all(s == steps[0] for s in steps)
    out.append(_CONSTANT)
    put_varint(out, len(values))
    if values:
        put_varint(out, zigzag(values[0]))
    if constant:
        if steps:
            put_varint(out, zigzag(steps[0]))
        return bytes(out)
    turns = [steps[0], *(b - a for a, b in pairwise(steps))]
    bodies = [(_FIRST, _deflate(steps)), (_SECOND, _deflate(turns))] if all(abs(t) < _I64 for t in turns) else [(_FIRST, _deflate(steps))]
    out[0], body = min(bodies, key=lambda b: len(b[1]))
    return bytes(out) + body


def decode_times(data: bytes, limit: int) -> tuple[int, ...]:
    """The sequence given to `encode_times`; at most `limit` stamps. LzcError when damaged or over the limit."""
    try:
        kind = data[0]
        count, at = get_varint(data, 1)
        if count > limit:
            raise ValueError(f"{count} time stamps, the limit is {limit}")
        if kind > _SECOND or (kind and count < 3):
            raise ValueError("unknown kind")
        if count == 0:
            _at_end(data, at)
            return ()
        raw, at = get_varint(data, at, _U66)
        first = unzigzag(raw)
        if kind == _CONSTANT:
            step = 0
            if count > 1:
                raw, at = get_varint(data, at, _U66)
                step = unzigzag(raw)
            _at_end(data, at)
            last = first + step * (count - 1)
            _in_range(first, last)
            return tuple(range(first, last + (1 if step > 0 else -1), step)) if step else (first,) * count
        return _sum_up(first, _varints(inflate(data[at:], 10 * (count - 1)), count - 1), twice=kind == _SECOND)
    except (ValueError, IndexError) as error:
        raise LzcError(f"time stamps are damaged: {error}") from error


def _sum_up(first: int, steps: list[int], *, twice: bool) -> tuple[int, ...]:
    values, value, step = [first], first, 0
    for entry in steps:
        step = step + entry if twice else entry
        value += step
        values.append(value)
    _in_range(min(values), max(values))
    return tuple(values)


def _deflate(values: list[int]) -> bytes:
    out = bytearray()
    for value in values:
        put_varint(out, zigzag(value))
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return squeeze.compress(bytes(out)) + squeeze.flush()


def _varints(data: bytes, count: int) -> list[int]:
    ends = int(np.count_nonzero(np.frombuffer(data, np.uint8) < 0x80))
    if ends != count:
        raise ValueError("count does not fit")
    values, at = [], 0
    for _ in range(count):
        raw, at = get_varint(data, at, _U66)
        values.append(unzigzag(raw))
    _at_end(data, at)
    return values


def _at_end(data: bytes, at: int) -> None:
    if at != len(data):
        raise ValueError("other bytes follow")


def _in_range(low: int, high: int) -> None:
    if min(low, high) < -_I64 or max(low, high) >= _I64:
        raise ValueError("a time stamp is out of range")
