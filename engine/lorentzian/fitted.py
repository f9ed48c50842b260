"""Filters of the pictures that are shown, fitted to the recording by who writes it and sent in the file.

What is left of the quantiser's error has a shape of its own in every recording: ringing, grain that was smoothed away, edges a little too
soft. Twelve pairs of pixels around each pixel, in a diamond of 7x7, tell of it twice: as they differ from the pixel, and as they differ
at most by a bound (far smaller than an edge). That is 24 numbers a filter, as in the adaptive loop filter of H.266 (ITU-T H.266, 8.8.5),
whose clipped differences these are; but they do not come one by one: a filter is a sum of patterns that ship with the model, the most
usual first, and what is sent are the weights of as many of them as pay.

Filtered pictures are shown and never looked at by later slices: networks that were trained on unfiltered ones predict better from those.
So a filter costs nothing where nobody looks (passing through, coarser levels), and cannot add up.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy import weights as entropy
from engine.entropy.weights import code_weight
from engine.lorentzian.rangecoder import FLAGS, U, code_plain
from engine.lorentzian.schedule import STEP_FACTOR, TYPES, Grain, step

REACH = 3        # pixels around one that a filter looks at
PARTS = 12       # weights of a filter
PAIRS = 12       # of pixels, opposite each other
TAPS = 2 * PAIRS
UNIT, SCALE = 64, 1 << 12  # weights and patterns are integers: of 1/UNIT and 1/SCALE
BOUND = 0.1      # of a quantiser step: what differs by more counts as this much, in the second half of the taps
LUMA, CHROMA = 0, 1  # filters of a slice type: both chroma planes have the same one
WHITE = np.float32(255.75)
OFFSETS = ((0, 1), (0, 2), (0, 3), (1, -2), (1, -1), (1, 0), (1, 1), (1, 2), (2, -1), (2, 0), (2, 1), (3, 0))
DOWN, RIGHT = (np.array(o, np.int64) for o in zip(*OFFSETS, strict=True))


def blank() -> np.ndarray:
    """Weights int8 `[TYPES, 2, PARTS]` of a tile whose pictures are shown as they are."""
    return np.zeros((TYPES, 2, PARTS), np.int8)


def plain(sets: int) -> np.ndarray:
    """Patterns int16 `[sets, 2, PARTS, TAPS]` of single taps, the nearest ones: where training has found no better ones."""
    out = np.zeros((sets, 2, PARTS, TAPS), np.int16)
    for n, tap in enumerate((0, 5, 4, 6, 1, 9)):
        out[..., n, tap] = out[..., n + PARTS // 2, PAIRS + tap] = SCALE // 4
    return out


def bound(quality: int, kind: int, grain: Grain) -> np.float32:
    """Grey steps up to which differences count in the second half of the taps, for a slice of a type."""
    return np.float32(BOUND * step(grain.quality(quality, kind)) * STEP_FACTOR[kind])


def taps(weights: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """float32 `[TAPS]` of weights `[PARTS]` and patterns int16 `[PARTS, TAPS]`: exact, so the same everywhere."""
    return ((weights.astype(np.int64) @ patterns.astype(np.int64)) / (UNIT * SCALE)).astype(np.float32)


@njit(**FLAGS)
def code_weights(s, buf, now, new):
    """Weights `now` int8 `[TYPES, 2, PARTS]` become `new` (read: what the stream says). Filters that stay as they are cost one bit."""
    for kind in range(now.shape[0]):
        for plane in range(now.shape[1]):
            same, count = 1, 0
            for n in range(now.shape[2]):
                same = same if now[kind, plane, n] == new[kind, plane, n] else 0
                count = n + 1 if new[kind, plane, n] != 0 else count
            if code_plain(s, buf, same, 1):
                continue
            count = min(code_plain(s, buf, count, 4), now.shape[2])
            for n in range(now.shape[2]):
                now[kind, plane, n] = 0 if n >= count else code_weight(s, buf, np.int64(new[kind, plane, n]))


def bits(weights: np.ndarray) -> float:
    """What a filter that changes costs."""
    return 5 + entropy.bits(weights)


@njit(**FLAGS)
def _filter(e, top, left, height, width, tap, limit, out):
    """out `[H, W]` over a rectangle = e `[H + 6, W + 6]`, the same with REACH pixels around, filtered."""
    total = np.empty(width, np.float32)
    for i in range(top, top + height):
        y = i + 3
        for j in range(width):
            total[U(j)] = 0
        for n in range(tap.shape[0] // 2):
            plain, held, down, right = tap[n], tap[n + tap.shape[0] // 2], DOWN[n], left + 3 + RIGHT[n]
            back = left + 3 - RIGHT[n]
            for j in range(width):
                c = e[U(y), U(left + 3 + j)]
                a, b = e[U(y + down), U(right + j)] - c, e[U(y - down), U(back + j)] - c
                total[U(j)] += plain * (a + b) + held * (min(max(a, -limit), limit) + min(max(b, -limit), limit))
        for j in range(width):
            out[U(i), U(left + j)] = min(max(e[U(y), U(left + 3 + j)] + total[U(j)], np.float32(0)), WHITE)


def surrounded(plane: np.ndarray) -> np.ndarray:
    """float32 with REACH pixels more on each side, the edge repeated."""
    return np.pad(plane, REACH, "edge")


def shown(planes: list[np.ndarray], rectangles: list[tuple[int, int, int, int]], weights: list[np.ndarray], patterns: np.ndarray,
          limit: np.float32, around: list[np.ndarray] | None = None) -> list[np.ndarray]:
    """What is shown of decoded planes (Y, U, V) at full size; those without a filter are the same objects.

    rectangles (y, x, h, w) in luma pixels of the planes, each with weights int8 `[2, PARTS]`; patterns int16 `[2, PARTS, TAPS]`; around:
    the planes with what lies around them, `surrounded` without.
    """
    out = []
    for n, plane in enumerate(planes):
        which, k = (LUMA, 1) if n == 0 else (CHROMA, 2)
        used = [((y // k, x // k, h // k, w // k), taps(z[which], patterns[which]))
                for (y, x, h, w), z in zip(rectangles, weights, strict=True) if z[which].any()]
        if used:
            e = surrounded(plane) if around is None else around[n]
            plane = plane.copy() if len(used) < len(rectangles) else np.empty_like(plane)
            for (y, x, h, w), tap in used:
                _filter(e, y, x, h, w, tap, limit, plane)
        out.append(plane)
    return out
