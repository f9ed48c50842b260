"""Planes on the device grid to RGB, in floating point, so that only the last step rounds.

The formulas are those of `engine.media.colour.to_rgb`, which works on whole 4:2:0 frames; here luma and chroma have one size already.
"""
from __future__ import annotations

import numpy as np

from engine.api import Colour
from engine.media.colour import ranges, weights


def to_rgb(y: np.ndarray, u: np.ndarray, v: np.ndarray, colour: Colour) -> np.ndarray:
    """y, u, v `[h, w]` float32 in grey steps of the 8-bit scale -> float32 `[h, w, 3]`, not clipped, not rounded."""
    kr, kb = weights(colour.matrix)
    kg = 1.0 - kr - kb
    black, span, centre, chroma = ranges(colour.full, 8)
    unit = 255.0 / chroma
    luma = y * np.float32(255.0 / span)
    luma -= np.float32(black * 255.0 / span)
    cb, cr = u - np.float32(centre), v - np.float32(centre)
    out = np.empty((*y.shape, 3), np.float32)
    np.multiply(cr, np.float32(2 * (1 - kr) * unit), out=out[..., 0])
    np.multiply(cb, np.float32(2 * (1 - kb) * unit), out=out[..., 2])
    out[..., 0] += luma
    out[..., 2] += luma
    cb *= np.float32(-2 * kb * (1 - kb) / kg * unit)
    cr *= np.float32(-2 * kr * (1 - kr) / kg * unit)
    cb += cr
    np.add(luma, cb, out=out[..., 1])
    return out


def to_bytes(rgb: np.ndarray) -> np.ndarray:
    """Float RGB to uint8, halves up, C-contiguous."""
    out = rgb + np.float32(0.5)
    np.clip(out, 0.0, 255.0, out=out)
    return out.astype(np.uint8)
