"""Textures as functions of place: value noise, brickwork, asphalt, paving. All from one seeded table, so always the same."""

from __future__ import annotations

import numpy as np

_TABLE = np.random.default_rng(20240517).random((256, 256), np.float32)


def hashed(i: np.ndarray, j: np.ndarray, seed: int = 0) -> np.ndarray:
    """A fixed random number 0..1 for whole coordinates."""
    i, j = i.astype(np.int64), j.astype(np.int64)
    return _TABLE[(i + 37 * seed + 17 * (j // 256)) % 256, (j + 91 * seed + 29 * (i // 256)) % 256]


def noise(u: np.ndarray, v: np.ndarray, cell: float, seed: int = 0) -> np.ndarray:
    """Smooth value noise 0..1 with features about `cell` wide."""
    x, y = u / cell, v / cell
    i, j = np.floor(x), np.floor(y)
    fx, fy = (x - i).astype(np.float32), (y - j).astype(np.float32)
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    a, b = hashed(i, j, seed), hashed(i + 1, j, seed)
    c, d = hashed(i, j + 1, seed), hashed(i + 1, j + 1, seed)
    return (a + (b - a) * fx) * (1 - fy) + (c + (d - c) * fx) * fy


def rough(u: np.ndarray, v: np.ndarray, cell: float, octaves: int, seed: int = 0) -> np.ndarray:
    """Noise on several scales, each half as large and half as strong: mean 0, about -1..1."""
    total = np.zeros(np.broadcast(u, v).shape, np.float32)
    for k in range(octaves):
        total += (noise(u, v, cell / 2**k, seed + k) - 0.5) * (2.0 / 2**k)
    return total


def bricks(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Brickwork `[..., 3]`: courses 75 mm high, bricks 225 mm long, each burnt a little differently, weathered in patches."""
    course = np.floor(v / 0.075)
    along = u + np.where(course % 2 == 0, 0.0, 0.1125)
    brick = np.floor(along / 0.225)
    fu, fv = along / 0.225 - brick, v / 0.075 - course
    shade, hue = hashed(brick, course, 3), hashed(brick, course, 5)
    base = np.stack([132 + 44 * shade, 74 + 30 * shade + 12 * hue, 58 + 22 * shade + 16 * hue], -1)
    base = np.where((hashed(brick, course, 9) > 0.93)[..., None], base * 0.62, base)
    grain = 1 + 0.09 * rough(u, v, 0.07, 2, 11)
    bevel = 1 - 0.16 * (fv < 0.20) + 0.07 * (fv > 0.84)
    base = base * (grain * bevel)[..., None]
    mortar = (fu < 0.050) | (fv < 0.14)
    lime = (148 + 20 * rough(u, v, 0.03, 2, 17))[..., None] * np.array([1.0, 0.97, 0.91])
    out = np.where(mortar[..., None], lime, base)
    stain = 1 + 0.13 * rough(u, v, 1.9, 4, 23) - 0.30 * np.clip(0.5 - v, 0, 1)
    return (out * stain[..., None]).astype(np.float32)


def asphalt(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Old asphalt `[..., 3]`: stones, patches, a crack."""
    grey = 92 + 13 * rough(x, z, 0.9, 3, 31) + 26 * (noise(x, z, 0.030, 37) - 0.5) + 10 * (noise(x, z, 0.015, 38) - 0.5)
    crack = np.abs(z - 6.1 - 0.5 * rough(x, z, 1.3, 4, 41) - 0.08 * x)
    grey = grey * np.where(crack < 0.014, 0.55, 1.0)
    patch = (np.abs(x + 2.3) < 0.9) & (np.abs(z - 6.9) < 0.5)
    grey = np.where(patch, grey * 0.80, grey)
    return (grey[..., None] * np.array([0.98, 1.0, 1.03])).astype(np.float32)


def paving(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Concrete slabs of 0.6 m `[..., 3]`, some replaced, moss in some joints."""
    row = np.floor(z / 0.45)
    along = x + 0.3 * (row % 2)
    slab = np.floor(along / 0.6)
    fx, fz = along / 0.6 - slab, z / 0.45 - row
    grey = 146 + 26 * (hashed(slab, row, 51) - 0.5) + 9 * rough(x, z, 0.35, 4, 53) + 12 * (noise(x, z, 0.026, 57) - 0.5)
    out = grey[..., None] * np.array([1.0, 0.985, 0.95])
    joint = (fx < 0.020) | (fz < 0.028)
    moss = np.where((noise(x, z, 0.5, 59) > 0.55)[..., None], np.array([70.0, 84.0, 52.0]), np.array([92.0, 90.0, 84.0]))
    return np.where(joint[..., None], moss, out).astype(np.float32)
