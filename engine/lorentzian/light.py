"""Brightness of a slice beside that of its neighbours: a gain and an offset for each side, which predictions are multiplied by.

A fade, a window that dims the page behind it, an exposure that follows the scene: the picture is the one before, lighter or darker.
Each tile has weights of its own, `[2 sides, 2]` as int16: gain less one in 1/GAIN, offset in 1/OFFSET grey steps. Chroma has the same gain
around grey and no offset. Weighted prediction of H.264 (ITU-T H.264, 8.4.2.3), once for a tile and side; each 16x16 block says whether it
takes part, for what opens over a page that goes dark does not.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian import tables as T
from engine.lorentzian.rangecoder import FLAGS, code_one, code_plain

GAIN, OFFSET = 128, 2
BITS = 8              # of each number, signed: gains 0 to 2, offsets of up to 64 grey steps
CLEAR = 0.97          # weights must leave less than this share of the differences
CAP = 24.0            # grey steps above which a difference says nothing of the light
MANY = 1 << 12        # pixels are enough to tell
_LIT = T.S0 + 2       # contexts: whether a slice has weights,
_ALL = T.S0 + 6       # whether all its blocks take part,
_BLOCK = T.S0 + 8     # and whether one does, by those to the left, above and above right


@njit(**FLAGS)
def code_light(s, buf, kind, sides, light, prob, count, rate):
    """Weights int16 `[h16, w16, 2, 2]` of the blocks of one slice of a tile, read or written; only those of the first `sides`. All that
    take part have the same, the others none."""
    h, w = light.shape[0], light.shape[1]
    here, take, every = np.zeros((2, 2), np.int64), np.zeros((h, w), np.int64), 1
    for i in range(h):
        for j in range(w):
            for side in range(sides):
                if light[i, j, side, 0] != 0 or light[i, j, side, 1] != 0:
                    take[i, j] = 1
            if take[i, j] == 0:
                every = 0
            else:
                here[:sides] = light[i, j, :sides]
    base = kind * T.CONTEXTS
    light[:] = 0
    if code_one(s, buf, 1 if take.any() else 0, prob, count, base + _LIT, rate) == 0:
        return
    for side in range(sides):
        for n in range(2):
            here[side, n] = code_plain(s, buf, here[side, n] + 128, BITS) - 128
    every = code_one(s, buf, every, prob, count, base + _ALL, rate)
    for i in range(h):
        for j in range(w):
            if every == 0:
                around = take[i, j - 1] if j > 0 else 0
                if i > 0:
                    around += 2 * take[i - 1, j] + (4 * take[i - 1, j + 1] if j + 1 < w else 0)
                take[i, j] = code_one(s, buf, take[i, j], prob, count, base + _BLOCK + around, rate)
            if every or take[i, j]:
                light[i, j, :sides] = here[:sides]


def factors(light: np.ndarray, chroma: bool) -> np.ndarray:
    """Weights int16 `[..., 2]` as float32 `[..., 2]`: what prediction is multiplied by, and what is added."""
    out = np.empty(light.shape, np.float32)
    out[..., 0] = 1 + light[..., 0] / GAIN
    out[..., 1] = 128 * (1 - out[..., 0]) if chroma else light[..., 1] / OFFSET
    return out


def error(cur: np.ndarray, ref: np.ndarray) -> float:
    """Sum of the logarithms of one and the differences of two pictures: roughly what coding one from the other would cost."""
    return float(np.log1p(np.abs(cur - ref)).sum(dtype=np.float64))


def estimate(cur: np.ndarray, ref: np.ndarray) -> tuple[int, int]:
    """(gain, offset) that make the small picture `ref` most like `cur`, (0, 0) where that is no clear gain.

    A line through what the two have in common, found again and again without what does not lie near it; starts from equal mean and
    contrast, and from equal pictures.
    """
    every = 1 + ref.size // MANY
    x, y = ref.ravel()[::every].astype(np.float64), cur.ravel()[::every].astype(np.float64)
    spread = float(x.std())
    if spread < 1:
        return 0, 0
    plain = best = float(np.minimum(np.abs(y - x), CAP).sum())
    found = 0, 0
    for a in (1.0, float(y.std()) / spread):
        b = float(y.mean()) - a * float(x.mean()) if a != 1.0 else float(np.median(y - x))
        for _ in range(4):
            off = np.abs(y - a * x - b)
            near = off <= max(1.0, 1.5 * float(np.median(off)))
            u, v = x[near], y[near]
            mean = float(u.mean())
            a = float(((u - mean) * (v - v.mean())).sum() / max(float(((u - mean) ** 2).sum()), 1e-6))
            b = float(v.mean()) - a * mean
        g, o = round((a - 1) * GAIN), round(b * OFFSET)
        if max(abs(g), abs(o)) < 128:
            left = float(np.minimum(np.abs(y - (1 + g / GAIN) * x - o / OFFSET), CAP).sum())
            if left < best:
                best, found = left, (g, o)
    return found if best < CLEAR * plain else (0, 0)
