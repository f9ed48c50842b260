"""How a picture lies in the shared memory between a source and its decoding child: y, u, v one after the other, native byte order."""
from __future__ import annotations

from typing import Any

import numpy as np

ALIGN = 4096


def plane_shapes(width: int, height: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    half = ((height + 1) // 2, (width + 1) // 2)
    return (height, width), half, half


def slot_bytes(width: int, height: int, depth: int) -> int:
    """Bytes of one slot, whole pages."""
    samples = sum(h * w for h, w in plane_shapes(width, height))
    return -(-samples * (1 if depth == 8 else 2) // ALIGN) * ALIGN


def planes_in(memory: Any, offset: int, width: int, height: int, depth: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three planes of the slot at `offset`, as views. Let go of them before the memory is closed."""
    kind = np.dtype(np.uint8 if depth == 8 else np.uint16)
    out = []
    for shape in plane_shapes(width, height):
        count = shape[0] * shape[1]
        out.append(np.frombuffer(memory, kind, count, offset).reshape(shape))
        offset += count * kind.itemsize
    return out[0], out[1], out[2]
