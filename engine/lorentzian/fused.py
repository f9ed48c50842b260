"""What lies between the convolutions of a residual block of `keynet`, in one loop over memory each instead of one for every step.

Arrays are `[blocks, channels]`. What a convolution reads and writes is float32, or bfloat16 as its upper sixteen bits (uint16).
"""
from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import overload

from engine.lorentzian.rangecoder import FLAGS

_ZERO = np.float32(0)


@njit(**FLAGS)
def _narrow(v):
    """float32 -> bfloat16, the nearest, halves to even."""
    b = np.float32(v).view(np.uint32)
    odd = np.uint32(np.uint32(b >> np.uint32(16)) & np.uint32(1))
    return np.uint16(np.uint32(np.uint32(b + np.uint32(0x7FFF)) + odd) >> np.uint32(16))


def _kept(v, like):
    """`v` in the type of `like`."""
    return _narrow(v) if isinstance(like, np.uint16) else v


def _read(v):
    """`v` as float32."""
    return np.array(int(v) << 16, np.uint32).view(np.float32)[()] if isinstance(v, np.uint16) else v


@overload(_kept, inline="always")
def _compiled_kept(v, like):
    if like == types.uint16:
        return lambda v, like: _narrow(v)
    return lambda v, like: v


@overload(_read, inline="always")
def _compiled_read(v):
    if v == types.uint16:
        return lambda v: np.uint32(np.uint32(v) << np.uint32(16)).view(np.float32)
    return lambda v: v


@njit(**FLAGS)
def enter(x, more, scale, shift, out):
    """x += more; out = what the first convolution of a block sees of x: scaled, shifted, rectified."""
    for i in range(x.shape[0]):
        for c in range(x.shape[1]):
            v = x[i, c] + more[i, c]
            x[i, c] = v
            out[i, c] = _kept(max(shift[c] + v * scale[c], _ZERO), out[i, c])


@njit(**FLAGS)
def start(x, scale, shift, out):
    """`enter` with nothing to add."""
    for i in range(x.shape[0]):
        for c in range(x.shape[1]):
            out[i, c] = _kept(max(shift[c] + x[i, c] * scale[c], _ZERO), out[i, c])


@njit(**FLAGS)
def middle(y, scale, shift):
    """What comes from the first convolution becomes what the second one sees, in place."""
    for i in range(y.shape[0]):
        for c in range(y.shape[1]):
            y[i, c] = _kept(max(shift[c] + _read(y[i, c]) * scale[c], _ZERO), y[i, c])


@njit(**FLAGS)
def leave(x, z, out):
    """x += z, what comes from the second convolution; out = x rectified."""
    for i in range(x.shape[0]):
        for c in range(x.shape[1]):
            v = x[i, c] + _read(z[i, c])
            x[i, c] = v
            out[i, c] = max(v, _ZERO)


@njit(**FLAGS)
def take(symbol, value, width, which, scale, symbols, values, seen, heard):
    """Part of a level becomes known, `[blocks, channels of the part]` each, `width` blocks in a row.

    symbol, value of all blocks; which: colour of those that are decoded now, -1 for all. They go to symbols and values; networks see
    value * scale in `seen`, symbol within six of zero in `heard`, and zero where a block is of the other colour.
    """
    for i in range(symbol.shape[0]):
        if which >= 0 and (i // width + i % width + which) % 2:
            for c in range(symbol.shape[1]):
                seen[i, c] = heard[i, c] = _ZERO
            continue
        for c in range(symbol.shape[1]):
            s, v = symbol[i, c], value[i, c]
            symbols[i, c], values[i, c] = s, v
            seen[i, c] = v * scale[c]
            heard[i, c] = min(max(s, np.float32(-6)), np.float32(6))
