"""bfloat16 in compiled loops: the upper sixteen bits of a float32, kept as uint16.

`kept` and `read` do nothing to float32, so that one loop serves both types.
"""
from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import overload


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _narrow(v):
    """float32 -> bfloat16, the nearest, halves to even."""
    b = np.float32(v).view(np.uint32)
    odd = np.uint32(np.uint32(b >> np.uint32(16)) & np.uint32(1))
    return np.uint16(np.uint32(np.uint32(b + np.uint32(0x7FFF)) + odd) >> np.uint32(16))


def kept(v, like):
    """`v` in the type of `like`."""
    return _narrow(v) if isinstance(like, np.uint16) else v


def read(v):
    """`v` as float32."""
    return np.array(int(v) << 16, np.uint32).view(np.float32)[()] if isinstance(v, np.uint16) else v


@overload(kept, inline="always")
def _compiled_kept(v, like):
    if like == types.uint16:
        return lambda v, like: _narrow(v)
    return lambda v, like: v


@overload(read, inline="always")
def _compiled_read(v):
    if v == types.uint16:
        return lambda v: np.uint32(np.uint32(v) << np.uint32(16)).view(np.float32)
    return lambda v: v
