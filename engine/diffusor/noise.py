"""Noise that belongs to a place: a counter-based generator keyed by file, frame, level, seed, sample and GLOBAL position.

A value is a hash of its key and its coordinates, so a tile gets the same noise on every visit, from every panning path, on every
machine and in every session, and neighbouring tiles agree where they overlap. Nothing is drawn in sequence and no state is kept.
The mixing function is the finaliser of SplitMix64 (Steele, Lea, Flood 2014). Four 16-bit fields of each hash are added
(Irwin-Hall), which is close to Gaussian and needs integer arithmetic only, so it is exact everywhere.
"""
from __future__ import annotations

import hashlib

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_A, _B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
NoiseKey = tuple[str, int, int]


def _mix(z: np.ndarray) -> np.ndarray:
    """SplitMix64 finaliser on an array of uint64 (arithmetic modulo 2^64)."""
    z = (z ^ (z >> _S30)) * _A
    z = (z ^ (z >> _S27)) * _B
    return z ^ (z >> _S31)


def field(key: NoiseKey, seed: int, sample: int, origin: tuple[int, int], shape: tuple[int, int, int]) -> np.ndarray:
    """Noise of mean 0 and variance 1 for a window of an endless grid.

    key: (file digest, frame, level); origin: (x, y) of the window in grid cells; shape: (channels, height, width).
    Returns float32 `[channels, height, width]`, |value| < 3.5.
    """
    digest = hashlib.sha256(repr((key[0], int(key[1]), int(key[2]), int(seed), int(sample))).encode()).digest()
    k0, k1 = np.frombuffer(digest[:16], dtype="<u8").astype(np.uint64)
    channels, height, width = shape
    xs = np.arange(origin[0], origin[0] + width, dtype=np.int64).astype(np.uint64)
    ys = np.arange(origin[1], origin[1] + height, dtype=np.int64).astype(np.uint64)
    with np.errstate(over="ignore"):
        rows = _mix(ys * _GOLDEN + k0)
        cells = _mix((rows[:, None] ^ k1) + xs[None, :] * _GOLDEN)
        steps = np.arange(1, channels + 1, dtype=np.uint64) * _GOLDEN
        bits = _mix(cells[None] + steps[:, None, None])
    total = bits.reshape(-1).view(np.uint16).reshape(channels, height, width, 4).sum(axis=3, dtype=np.int32)
    scale = np.float32(np.sqrt(3.0) / 65536.0)
    return (total - 2 * 65535).astype(np.float32) * scale
