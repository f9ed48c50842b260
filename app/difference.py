"""The difference of two views, pixel by pixel, made visible: how far the colours on screen are apart."""
from __future__ import annotations

import numpy as np

from app.zoom_canvas import UNKNOWN, ZoomCanvas
from engine.api import Provenance

GAINS = (1, 2, 4, 8, 16)


def difference(a: np.ndarray, b: np.ndarray, gain: int) -> np.ndarray:
    """|a - b| times `gain`, of two pictures `[h, w, 4]` uint8 of one size; what would be more than 255 is 255."""
    out = np.maximum(a, b)
    out -= np.minimum(a, b)
    if gain > 1:
        out = np.minimum(np.arange(256) * gain, 255).astype(np.uint8)[out]
    out[..., 3] = 255
    return out


def resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The nearest pixels of `picture` for a picture of `size` (w, h)."""
    w, h = size
    ys = (np.arange(h) * picture.shape[0] // h)[:, None]
    return picture[ys, np.arange(w) * picture.shape[1] // w]


def what_differs(a: ZoomCanvas, b: ZoomCanvas) -> str:
    """Which kinds of pixels are compared: "recorded" where none of them was made, else "made"; "" while something is missing."""
    if (a.provenance == UNKNOWN).any() or (b.provenance == UNKNOWN).any():
        return ""
    made = Provenance.RESTORED, Provenance.SYNTHESISED
    return "made" if any((c.provenance == kind).any() for c in (a, b) for kind in made) else "recorded"
