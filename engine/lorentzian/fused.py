"""What lies between the convolutions of a residual block of `keynet`, in one loop over memory each instead of one for every step.

Arrays are `[blocks, channels]`. What a convolution reads and writes is float32, or bfloat16 as its upper sixteen bits (uint16).
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian.rangecoder import FLAGS
from engine.short import kept, read

_ZERO = np.float32(0)


@njit(**FLAGS)
def enter(x, more, scale, shift, out):
    """x += more; out = what the first convolution of a block sees of x: scaled, shifted, rectified."""
    for i in range(x.shape[0]):
        for c in range(x.shape[1]):
            v = x[i, c] + more[i, c]
            x[i, c] = v
            out[i, c] = kept(max(shift[c] + v * scale[c], _ZERO), out[i, c])


@njit(**FLAGS)
def start(x, scale, shift, out):
    """`enter` with nothing to add."""
    for i in range(x.shape[0]):
        for c in range(x.shape[1]):
            out[i, c] = kept(max(shift[c] + x[i, c] * scale[c], _ZERO), out[i, c])


@njit(**FLAGS)
def middle(y, scale, shift):
    """What comes from the first convolution becomes what the second one sees, in place."""
    for i in range(y.shape[0]):
        for c in range(y.shape[1]):
            y[i, c] = kept(max(shift[c] + read(y[i, c]) * scale[c], _ZERO), y[i, c])


@njit(**FLAGS)
def leave(x, z, out):
    """x += z, what comes from the second convolution; out = x rectified."""
    for i in range(x.shape[0]):
        for c in range(x.shape[1]):
            v = x[i, c] + read(z[i, c])
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
