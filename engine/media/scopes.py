"""Measurements of recorded pixels: histogram, waveform, line profile, single samples. Pure numpy; nothing is interpolated.

All take a `Frame` as decoded and regions or places in its own pixels. Values are sample values of the recording (0..255 or 0..1023).
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.api import Frame, Roi

BINS = 256


def inside(frame: Frame, roi: Roi) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1): the whole pixels that `roi` touches, within the frame; at least one."""
    x, y, w, h = roi
    x0, y0 = min(max(0, int(np.floor(x))), frame.width - 1), min(max(0, int(np.floor(y))), frame.height - 1)
    return x0, y0, min(max(x0 + 1, int(np.ceil(x + w))), frame.width), min(max(y0 + 1, int(np.ceil(y + h))), frame.height)


def planes(frame: Frame, roi: Roi) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Views of y, u and v over the pixels that `roi` touches (chroma: the samples that belong to them)."""
    x0, y0, x1, y1 = inside(frame, roi)
    cx0, cy0, cx1, cy1 = x0 // 2, y0 // 2, (x1 + 1) // 2, (y1 + 1) // 2
    return frame.y[y0:y1, x0:x1], frame.u[cy0:cy1, cx0:cx1], frame.v[cy0:cy1, cx0:cx1]


def histogram(frame: Frame, roi: Roi) -> np.ndarray:
    """`[3, 256]` int64: how many samples of y, u and v have each value (10 bit: four values to a bin)."""
    shift = frame.bit_depth - 8
    return np.stack([np.bincount((p >> shift).ravel(), minlength=BINS)[:BINS] for p in planes(frame, roi)])


def waveform(frame: Frame, roi: Roi, columns: int = 256) -> np.ndarray:
    """`[256, columns]` int64: for each column of the region (its width shared among `columns`), how many luma samples have each value."""
    y = planes(frame, roi)[0] >> (frame.bit_depth - 8)
    column = np.arange(y.shape[1]) * columns // y.shape[1]
    index = y.astype(np.int64) * columns + column
    return np.bincount(index.ravel(), minlength=BINS * columns).reshape(BINS, columns)


def profile(frame: Frame, a: tuple[float, float], b: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """The recorded pixels that the line from `a` to `b` passes, each once: places `[n, 2]` (x, y) and luma `[n]`. Nothing is made up."""
    steps = max(1, int(np.ceil(max(abs(b[0] - a[0]), abs(b[1] - a[1])) * 2)))
    t = np.linspace(0.0, 1.0, steps + 1)
    xs = np.clip(np.floor(a[0] + (b[0] - a[0]) * t), 0, frame.width - 1).astype(np.int64)
    ys = np.clip(np.floor(a[1] + (b[1] - a[1]) * t), 0, frame.height - 1).astype(np.int64)
    places = np.stack([xs, ys], 1)
    kept = np.ones(len(places), bool)
    kept[1:] = (places[1:] != places[:-1]).any(1)
    places = places[kept]
    return places, frame.y[places[:, 1], places[:, 0]]


@dataclass(frozen=True)
class Sample:
    """One recorded pixel: place, luma, and the two chroma samples that it shares with its three neighbours."""

    x: int
    y: int
    luma: int
    u: int
    v: int


def sample(frame: Frame, x: float, y: float) -> Sample | None:
    """The pixel at a place, None outside the frame."""
    px, py = int(np.floor(x)), int(np.floor(y))
    if not (0 <= px < frame.width and 0 <= py < frame.height):
        return None
    return Sample(px, py, int(frame.y[py, px]), int(frame.u[py // 2, px // 2]), int(frame.v[py // 2, px // 2]))
