"""Motion-compensated temporal filtering of what key slices are coded from, encoder only.

Noise is coded anew in every key slice and then predicted from, to no avail, by all that lean on it. So a key slice is coded from the mean
of its frame and of what the frames around show of the same thing, block by block as far as they agree (as encoders of H.266 and AV1 do).
The coarser the quality, the more of a difference passes for noise; at the finest next to nothing does. Errors are measured against the
frames as they were.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from engine.lorentzian.motion import FAST
from engine.lorentzian.schedule import step

BLOCK = 8           # luma pixels
SIZES = BLOCK, BLOCK // 2, BLOCK // 2
REACH = {"fast": 2, "normal": 4, "high": 6}  # frames looked at on either side, by effort
FIRST, LAST = 0.8, 0.4  # weight of a frame that agrees beside 1 for the frame itself: in slices that start anew, in the other key slices
PASSES = 0.58       # root mean square difference, in quantiser steps, that passes for noise
TAPS = np.array([[0, 0, 64, 0, 0, 0], [1, -5, 52, 20, -5, 1], [2, -10, 40, 40, -10, 2], [1, -5, 20, 52, -5, 1]], np.float32) / 64
STILL = np.float32(0.5)  # squared difference under which a block is not looked for
_FAR = 8            # whole pixels of the first step of the search

Planes = list[np.ndarray]
Found = tuple[int, np.ndarray, np.ndarray]  # number in the window, vectors, squared differences


@njit(**FAST)
def _patch(ref, y4, x4, n, out, rows):
    """n x n pixels at a place in quarter pixels, six-tap interpolation; edges repeat. rows `[n + 5, n]` is scratch."""
    h, w = ref.shape
    iy, ix, fy, fx = y4 >> 2, x4 >> 2, y4 & 3, x4 & 3
    inside = iy >= 2 and ix >= 2 and iy + n + 3 <= h and ix + n + 3 <= w
    for i in range(n + 5):
        yy = min(max(iy + i - 2, 0), h - 1)
        if inside:
            if fx == 0:
                for j in range(n):
                    rows[i, j] = ref[yy, ix + j]
            else:
                for j in range(n):
                    at = ix + j
                    rows[i, j] = (TAPS[fx, 0] * ref[yy, at - 2] + TAPS[fx, 1] * ref[yy, at - 1] + TAPS[fx, 2] * ref[yy, at]
                                  + TAPS[fx, 3] * ref[yy, at + 1] + TAPS[fx, 4] * ref[yy, at + 2] + TAPS[fx, 5] * ref[yy, at + 3])
        else:
            for j in range(n):
                s = np.float32(0)
                for k in range(6):
                    s += TAPS[fx, k] * ref[yy, min(max(ix + j + k - 2, 0), w - 1)]
                rows[i, j] = s
    for i in range(n):
        for j in range(n):
            out[i, j] = (TAPS[fy, 0] * rows[i, j] + TAPS[fy, 1] * rows[i + 1, j] + TAPS[fy, 2] * rows[i + 2, j]
                         + TAPS[fy, 3] * rows[i + 3, j] + TAPS[fy, 4] * rows[i + 4, j] + TAPS[fy, 5] * rows[i + 5, j])


@njit(**FAST)
def _whole(cur, ref, y, x, n, dy, dx, best):
    """Squared difference of a block at a whole-pixel vector; given up above `best`. Places outside count as infinitely bad."""
    h, w = ref.shape
    if y + dy < 0 or x + dx < 0 or y + dy + n > h or x + dx + n > w:
        return np.float32(1e30)
    s = np.float32(0)
    for i in range(n):
        for j in range(n):
            d = cur[y + i, x + j] - ref[y + dy + i, x + dx + j]
            s += d * d
        if s >= best:
            return s
    return s


@njit(**FAST)
def match(cur, ref, enough, vec, err):
    """Where each 8x8 block of cur lies in ref, both float32 `[H, W]` with sides that divide by 8.

    vec int32 `[H/8, W/8, 2]`: in, where the search starts, out, the vectors in quarter pixels; err float32 `[H/8, W/8]`: mean squared
    difference there. enough: a block that differs by less than this where it lies is not looked for.
    """
    n = BLOCK
    out, rows = np.zeros((n, n), np.float32), np.zeros((n + 5, n), np.float32)
    for by in range(err.shape[0]):
        for bx in range(err.shape[1]):
            y, x = by * n, bx * n
            vy, vx = np.int64(0), np.int64(0)
            best = _whole(cur, ref, y, x, n, 0, 0, np.float32(1e30))
            if best > enough * n * n:
                for c in range(4):
                    if (c == 1 and by == 0) or (c == 2 and bx == 0) or (c == 3 and (by == 0 or bx + 1 == err.shape[1])):
                        continue
                    iy, ix = by - (c == 1 or c == 3), bx - (c == 2) + (c == 3)  # itself, above, left, above right
                    ty, tx = (vec[iy, ix, 0] + 2) >> 2, (vec[iy, ix, 1] + 2) >> 2
                    s = _whole(cur, ref, y, x, n, ty, tx, best)
                    if s < best:
                        best, vy, vx = s, ty, tx
                far = _FAR
                while far >= 1:
                    moved, tries = True, 0
                    while moved and tries < 8:
                        moved, tries = False, tries + 1
                        cy, cx = vy, vx
                        for d in range(8):
                            ty = cy + (far if d == 0 or d == 4 or d == 5 else -far if d == 1 or d == 6 or d == 7 else 0)
                            tx = cx + (far if d == 2 or d == 4 or d == 6 else -far if d == 3 or d == 5 or d == 7 else 0)
                            s = _whole(cur, ref, y, x, n, ty, tx, best)
                            if s < best:
                                best, vy, vx, moved = s, ty, tx, True
                    far >>= 1
                vy, vx = 4 * vy, 4 * vx
                for far in (2, 1):
                    cy, cx = vy, vx
                    for d in range(8):
                        ty = cy + (far if d == 0 or d == 4 or d == 5 else -far if d == 1 or d == 6 or d == 7 else 0)
                        tx = cx + (far if d == 2 or d == 4 or d == 6 else -far if d == 3 or d == 5 or d == 7 else 0)
                        _patch(ref, 4 * y + ty, 4 * x + tx, n, out, rows)
                        s = np.float32(0)
                        for i in range(n):
                            for j in range(n):
                                diff = cur[y + i, x + j] - out[i, j]
                                s += diff * diff
                        if s < best:
                            best, vy, vx = s, ty, tx
            vec[by, bx, 0], vec[by, bx, 1] = vy, vx
            err[by, bx] = best / np.float32(n * n)


@njit(**FAST)
def blend(cur, ref, vec, weight, n, halved, spread, total, weights):
    """Add ref, moved by vec, to `total` and its weight to `weights`, both float32 as cur `[H, W]`, in n x n blocks.

    weight float32 `[H/n, W/n]`: of each block; it falls for pixels that differ by more than `spread`. halved: vec is for a plane of twice
    the size.
    """
    out, rows = np.zeros((n, n), np.float32), np.zeros((n + 5, n), np.float32)
    for by in range(weight.shape[0]):
        for bx in range(weight.shape[1]):
            if weight[by, bx] < np.float32(0.01):
                continue
            y, x, vy, vx = by * n, bx * n, np.int64(vec[by, bx, 0]), np.int64(vec[by, bx, 1])
            if halved:
                vy, vx = (vy + (vy > 0)) >> 1, (vx + (vx > 0)) >> 1
            _patch(ref, 4 * y + vy, 4 * x + vx, n, out, rows)
            for i in range(n):
                for j in range(n):
                    d = (out[i, j] - cur[y + i, x + j]) / spread
                    w = weight[by, bx] / (1 + d * d) ** 2
                    total[y + i, x + j] += w * out[i, j]
                    weights[y + i, x + j] += w


@dataclass
class TemporalFilter:
    """Filters frames of a window that it is shown, looking at `reach` frames on either side."""

    reach: int
    _window: Sequence[Planes] = ()
    _found: dict[int, list[Found]] = field(default_factory=dict)
    _made: dict[tuple[int, bool, int], Planes] = field(default_factory=dict)

    def show(self, window: Sequence[Planes]) -> None:
        """From now on, frames are those of `window`: planes (y, u, v) in time order, with no scene cut between them."""
        self._window, self._found, self._made = window, {}, {}

    def __call__(self, frame: Planes, anew: bool, quality: int) -> Planes:
        """What to code instead of `frame`, which is one of the window (anything else is left as it is): float32 planes of the same size.

        anew: in a slice that looks at nothing; quality: whose steps it has.
        """
        at = next((n for n, f in enumerate(self._window) if f is frame), -1)
        if at < 0 or len(self._window) == 1 or not self.reach:
            return frame
        key = at, anew, quality
        if key not in self._made:
            self._made[key] = self._filtered(at, FIRST if anew else LAST, max(1.0, PASSES * step(quality)))
        return self._made[key]

    def _look(self, at: int) -> list[Found]:
        """Where the frames around show what this one does, with the squared differences."""
        if at in self._found:
            return self._found[at]
        cur, found = _padded(self._window[at][0], BLOCK), []
        for sign in (-1, 1):
            vec = np.zeros((cur.shape[0] // BLOCK, cur.shape[1] // BLOCK, 2), np.int32)
            for d in range(1, self.reach + 1):
                other = at + sign * d
                if not 0 <= other < len(self._window):
                    break
                err = np.zeros(vec.shape[:2], np.float32)
                match(cur, _padded(self._window[other][0], BLOCK), STILL, vec, err)
                found.append((other, vec.copy(), err))
        self._found[at] = found
        return found

    def _filtered(self, at: int, most: float, spread: float) -> Planes:
        found, frame = self._look(at), self._window[at]
        cur = [_padded(p, n) for p, n in zip(frame, SIZES, strict=True)]
        total, weights = [p.copy() for p in cur], [np.ones_like(p) for p in cur]
        least = np.min([err for *_, err in found], 0)
        for other, vec, err in found:
            weight = (most * np.exp(-err / (2 * spread ** 2)) * (least + 1) / (err + 1)).astype(np.float32)
            ref = [_padded(p, n) for p, n in zip(self._window[other], SIZES, strict=True)]
            for c, r, n, t, ws in zip(cur, ref, SIZES, total, weights, strict=True):
                blend(c, r, vec, weight, n, n < BLOCK, np.float32(4 * spread), t, ws)
        return [(t / ws)[:p.shape[0], :p.shape[1]] for t, ws, p in zip(total, weights, frame, strict=True)]


def _padded(plane: np.ndarray, n: int) -> np.ndarray:
    h, w = plane.shape
    return np.ascontiguousarray(np.pad(plane, ((0, -h % n), (0, -w % n)), "edge"), np.float32)
