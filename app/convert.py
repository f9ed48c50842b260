"""Frames into pictures for the screen: reduce, cut out, and pack as 32-bit BGRX. Runs on reader and engine threads, never in Qt's."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.api import Colour, Frame, Roi

ToRgb = Callable[[Frame, Colour], np.ndarray]


def pack(rgb: np.ndarray) -> np.ndarray:
    """uint8 `[h, w, 3]` -> C-contiguous uint8 `[h, w, 4]` in the byte order of QImage's fast 32-bit formats (B, G, R, 255)."""
    out = np.empty((*rgb.shape[:2], 4), np.uint8)
    out[..., 0] = rgb[..., 2]
    out[..., 1] = rgb[..., 1]
    out[..., 2] = rgb[..., 0]
    out[..., 3] = 255
    return out


def reduce_plane(plane: np.ndarray, k: int) -> np.ndarray:
    """Mean over k × k boxes, `[ceil(h / k), ceil(w / k)]`, same type; the last row and column are repeated where a box is not full."""
    h, w = plane.shape
    pad_h, pad_w = -h % k, -w % k
    if pad_h or pad_w:
        plane = np.pad(plane, ((0, pad_h), (0, pad_w)), mode="edge")
    wide = np.uint16 if plane.dtype == np.uint8 and k <= 16 else np.uint32  # holds k * k samples
    total = np.zeros((plane.shape[0] // k, plane.shape[1] // k), wide)
    for i in range(k):
        for j in range(k):
            total += plane[i::k, j::k]
    return ((total + k * k // 2) // (k * k)).astype(plane.dtype)


def reduce_frame(frame: Frame, k: int) -> Frame:
    """The frame at 1 / k of its size (k >= 1); chroma keeps the 4:2:0 shape."""
    if k <= 1:
        return frame
    y, u, v = (reduce_plane(p, k) for p in (frame.y, frame.u, frame.v))
    return Frame(y, u, v, frame.index, frame.pts, frame.bit_depth)


def covering(roi: Roi, width: int, height: int) -> tuple[int, int, int, int]:
    """Whole pixels (x, y, w, h) of a picture of that size that cover `roi`, on even borders; of a region outside the nearest corner."""
    x, y, w, h = roi
    x0 = max(0, min(int(x), width - 1)) & ~1
    y0 = max(0, min(int(y), height - 1)) & ~1
    x1 = min(width, int(np.ceil(x + w)) + 1 & ~1)
    y1 = min(height, int(np.ceil(y + h)) + 1 & ~1)
    return x0, y0, max(x1, min(x0 + 1, width)) - x0, max(y1, min(y0 + 1, height)) - y0


def cut(frame: Frame, roi: Roi) -> tuple[Frame, Roi]:
    """The part of `frame` that covers `roi`, on even borders so that chroma stays aligned, and the region it really covers. Of a region
    outside (of a larger file, open a moment ago) the nearest corner."""
    x0, y0, w, h = covering(roi, frame.width, frame.height)
    x1, y1 = x0 + w, y0 + h
    c = np.ascontiguousarray
    part = Frame(
        c(frame.y[y0:y1, x0:x1]), c(frame.u[y0 // 2:(y1 + 1) // 2, x0 // 2:(x1 + 1) // 2]),
        c(frame.v[y0 // 2:(y1 + 1) // 2, x0 // 2:(x1 + 1) // 2]), frame.index, frame.pts, frame.bit_depth,
    )
    return part, (float(x0), float(y0), float(x1 - x0), float(y1 - y0))


def picture(frame: Frame, colour: Colour, to_rgb: ToRgb, fits: tuple[int, int]) -> np.ndarray:
    """BGRX picture of the frame, reduced by a whole factor while it stays at least as large as `fits` (device pixels w, h)."""
    k = max(1, int(min(frame.width / max(1, fits[0]), frame.height / max(1, fits[1]))))
    return pack(to_rgb(reduce_frame(frame, k), colour))
