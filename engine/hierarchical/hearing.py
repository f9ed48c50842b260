"""Sound as the ear takes it apart: frames of overlapping cosine transforms, bands of about one Bark, and how much noise each may carry.

The transform back runs in whole numbers (an exact matrix product of integers in float64), so a file gives the same samples everywhere.
What the noise may be is the encoder's business alone: the file carries the steps.
"""
from __future__ import annotations

from functools import lru_cache

import numpy as np

LEVELS = 4
PARTS = 16                   # steps and coefficients count sixteenths of a grey step of 16-bit sound
_BITS = 24                   # of the transform's table
LARGEST = 1 << 23            # of a coefficient, in sixteenths
STEPS = 96                   # step s is 2^(s / 4 - 2)
# how the noise follows what is heard: by this share the band itself, by that the loudest frame, by the rest the frame; chosen by PESQ
_BEND, _FAR = 0.6, 0.3
_PER_QUALITY, _AT_ZERO = 0.8, 8.0      # decibels


def frame_size(rate: int) -> int:
    """Coefficients of a frame: about 23 ms."""
    size = 64
    while size * 1.5 < rate * 0.0232 and size < 2048:
        size *= 2
    return size


@lru_cache(maxsize=4)
def table(size: int) -> np.ndarray:
    """float64 `[2 * size, size]` whole numbers: window times cosine in 2^-24, its columns of length 1."""
    n, k = np.arange(2 * size)[:, None], np.arange(size)[None]
    window = np.sin(np.pi * (n + 0.5) / (2 * size))
    return np.rint(2.0 ** _BITS * np.sqrt(2 / size) * window * np.cos(np.pi / size * (n + 0.5 + size / 2) * (k + 0.5)))


@lru_cache(maxsize=8)
def edges(size: int, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """(first coefficient of each band and the end, `[B + 1]`; level of each band `[B]`). Level 3 is the lowest eighth of the spectrum,
    each finer one doubles it."""
    hertz = (np.arange(size) + 0.5) * rate / (2 * size)
    bark = np.floor(26.81 * hertz / (1960 + hertz) - 0.53)
    borders = [size >> 3, size >> 2, size >> 1]
    cuts = [0]
    for i in range(1, size):
        if i in borders or (bark[i] != bark[i - 1] and i - cuts[-1] >= 4 and not any(0 < b - i < 4 for b in borders)):
            cuts.append(i)
    starts = np.array([*cuts, size], np.int64)
    level = np.array([3 - sum(a >= b for b in borders) for a in cuts], np.int64)
    return starts, level


def spectrum(x: np.ndarray, size: int) -> np.ndarray:
    """float64 `[frames, size]` of samples x `[n]` (16-bit units), n a multiple of size: frame f covers samples f - 1 and f of that length,
    so one frame more than there are pieces."""
    padded = np.concatenate([np.zeros(size), x, np.zeros(size)])
    pieces = padded.reshape(-1, size)
    return np.concatenate([pieces[:-1], pieces[1:]], 1) @ (table(size) / 2.0 ** _BITS)


def samples(coefficients: np.ndarray, size: int) -> np.ndarray:
    """int64 `[n]` in 16-bit units from whole coefficients `[frames, size]` in sixteenths; the same on every machine: no product and
    no sum of them leaves the whole numbers that float64 holds."""
    back = coefficients.clip(-LARGEST, LARGEST).astype(np.float64) @ table(size).T
    total = (back[:-1, size:] + back[1:, :size]).astype(np.int64).reshape(-1)
    shift = _BITS + 4
    return (total + (1 << (shift - 1))) >> shift


@lru_cache(maxsize=1)
def steps() -> np.ndarray:
    """int64 `[STEPS]` steps in sixteenths."""
    return np.maximum(1, np.rint(PARTS * 2.0 ** (np.arange(STEPS) / 4 - 2))).astype(np.int64)


def allowed(x: np.ndarray, size: int, rate: int, quality: float) -> np.ndarray:
    """int64 `[frames, B]` step of each band of coefficients x `[frames, size]`: louder bands and their neighbours hide more noise, what
    is too quiet to be heard may vanish, and an attack does not count before it is there."""
    starts, _ = edges(size, rate)
    width = np.diff(starts)
    power = np.add.reduceat(x ** 2, starts[:-1], 1)
    middle = (starts[:-1] + starts[1:]) / 2 * rate / (2 * size)
    bark = 26.81 * middle / (1960 + middle) - 0.53
    apart = bark[:, None] - bark[None]                    # of the hearing band above the masking one
    spread = 10.0 ** (-np.where(apart >= 0, 1.2 * apart, -2.7 * apart))
    masked = power @ spread.T
    before = np.concatenate([masked[:1], masked[:-1]])
    masked = np.minimum(masked, 16 * before + 1e-9)
    density = masked / width
    khz = np.maximum(middle, 30) / 1000
    quiet = 3.64 * khz ** -0.8 - 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz ** 4      # Terhardt; dB, full scale is 96
    floor = 10.0 ** ((quiet.clip(-10, 70) - 96) / 10) * 32768.0 ** 2 / size
    frame = np.log2(density.mean(1, keepdims=True) + 1e-3)
    noise = np.maximum(_BEND * np.log2(density + 1e-3) + (1 - _BEND - _FAR) * frame + _FAR * frame.max(), np.log2(floor))
    wanted = 0.5 * (noise + np.log2(12)) - 0.5 * np.log2(10) / 10 * (quality * _PER_QUALITY - _AT_ZERO)
    s = np.rint((wanted + 2) * 4).clip(0, STEPS - 1).astype(np.int64)
    for f in range(1, len(s)):       # small wavering is not worth its bits
        keep = np.abs(s[f] - s[f - 1]) <= 1
        s[f][keep] = s[f - 1][keep]
    return s


