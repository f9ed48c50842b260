"""Motion-compensated temporal filtering of what key slices are coded from, encoder only.

Noise is coded anew in every key slice and then predicted from, to no avail, by all that lean on it. So a key slice is coded from the mean
of its frame and of what the frames around show of the same thing, block by block as far as they agree (as encoders of H.266 and AV1 do).
The coarser the quality, the more of a difference passes for noise; at the finest next to nothing does. Errors are measured against the
frames as they were.
"""
from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from engine.lanes import squares8, tapped8
from engine.lorentzian.patches import FAST
from engine.lorentzian.rangecoder import U
from engine.lorentzian.schedule import CHUNK, STEP_FACTOR, step
from engine.lorentzian.workers import HELPERS, map_slices, settle

BLOCK = 8           # luma pixels
SIZES = BLOCK, BLOCK // 2, BLOCK // 2
REACH = {"fast": 2, "normal": 4, "high": 6}  # frames looked at on either side, by effort
FIRST, LAST = 0.8, 0.3  # weight of a frame that agrees beside 1 for the frame itself: in slices that start anew, in the other key slices
PASSES = 0.7        # root mean square difference, in quantiser steps, that passes for noise
SMOOTH, GRAINY = 0.15, 0.4  # how grainy a difference is that counts nothing, and fully (white noise: 1)
DIFFERENT = 0.7     # squared difference over that of neighbouring pixels: from there on it is rather another thing than noise
KEPT = 0.1          # squared quantiser steps by which another frame differs that keeps half of a block's error
TAPS = np.array([[0, 0, 64, 0, 0, 0], [1, -5, 52, 20, -5, 1], [2, -10, 40, 40, -10, 2], [1, -5, 20, 52, -5, 1]], np.float32) / 64
STILL = np.float32(0.5)  # squared difference under which a block is not looked for
_FAR = 8            # whole pixels of the first step of the search
AROUND = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)])

Planes = list[np.ndarray]
Found = tuple[np.ndarray, np.ndarray, np.ndarray]  # what `match` finds


@njit(**FAST)
def _patch(ref, y4, x4, n, out, rows):
    """n x n pixels at a place in quarter pixels, six-tap interpolation; edges repeat. rows `[n + 5, n]` is scratch."""
    h, w = ref.shape
    iy, ix, fy, fx = y4 >> 2, x4 >> 2, y4 & 3, x4 & 3
    inside = ix >= 2 and ix + n + 3 <= w
    a, b, c, d, e, f = TAPS[fx, 0], TAPS[fx, 1], TAPS[fx, 2], TAPS[fx, 3], TAPS[fx, 4], TAPS[fx, 5]
    for i in range(n + 5):
        row = ref[U(min(max(iy + i - 2, 0), h - 1))]
        if inside and fx == 0:
            for j in range(n):
                rows[U(i), U(j)] = row[U(ix + j)]
        elif inside:
            for j in range(n):
                at = ix + j
                rows[U(i), U(j)] = (a * row[U(at - 2)] + b * row[U(at - 1)] + c * row[U(at)] + d * row[U(at + 1)] + e * row[U(at + 2)]
                                    + f * row[U(at + 3)])
        else:
            for j in range(n):
                s = np.float32(0)
                for k in range(6):
                    s += TAPS[fx, k] * row[U(min(max(ix + j + k - 2, 0), w - 1))]
                rows[i, j] = s
    a, b, c, d, e, f = TAPS[fy, 0], TAPS[fy, 1], TAPS[fy, 2], TAPS[fy, 3], TAPS[fy, 4], TAPS[fy, 5]
    for i in range(n):
        for j in range(n):
            k = U(j)
            out[U(i), k] = (a * rows[U(i), k] + b * rows[U(i + 1), k] + c * rows[U(i + 2), k] + d * rows[U(i + 3), k]
                            + e * rows[U(i + 4), k] + f * rows[U(i + 5), k])


@njit(**FAST)
def _whole(cur, ref, y, x, dy, dx):
    """Squared difference of a block at a whole-pixel vector. Places outside count as infinitely bad."""
    h, w = ref.shape
    if y + dy < 0 or x + dx < 0 or y + dy + BLOCK > h or x + dx + BLOCK > w:
        return np.float32(1e30)
    return squares8(cur, y, x, np.float32(1), (ref, y + dy, x + dx))


@njit(**FAST)
def _search(cur, ref, by, bx, vec, best):
    """(y, x, squared difference) of the best whole-pixel vector found for a block: from where those in `vec` point, itself, above, left and
    above right, in ever smaller steps. best: squared difference where it lies."""
    n = BLOCK
    y, x, vy, vx = by * n, bx * n, np.int64(0), np.int64(0)
    for c in range(4):
        if (c == 1 and by == 0) or (c == 2 and bx == 0) or (c == 3 and (by == 0 or bx + 1 == vec.shape[1])):
            continue
        iy, ix = by - (c == 1 or c == 3), bx - (c == 2) + (c == 3)
        ty, tx = (vec[iy, ix, 0] + 2) >> 2, (vec[iy, ix, 1] + 2) >> 2
        s = _whole(cur, ref, y, x, ty, tx)
        if s < best:
            best, vy, vx = s, ty, tx
    far = _FAR
    while far >= 1:
        moved, tries = True, 0
        while moved and tries < 8:
            moved, tries = False, tries + 1
            cy, cx = vy, vx
            for d in range(8):
                ty, tx = cy + far * AROUND[d, 0], cx + far * AROUND[d, 1]
                s = _whole(cur, ref, y, x, ty, tx)
                if s < best:
                    best, vy, vx, moved = s, ty, tx, True
        far >>= 1
    return vy, vx, best


@njit(**FAST)
def _differ(cur, ref, y, x, vy, vx, out, rows):
    """Squared difference of a block at a vector in quarter pixels; out: the difference itself."""
    iy, ix, fy, fx = y + (vy >> 2), x + (vx >> 2), vy & 3, vx & 3
    if iy >= 2 and ix >= 2 and iy + BLOCK + 3 <= ref.shape[0] and ix + BLOCK + 3 <= ref.shape[1]:
        down = (TAPS[fy, 0], TAPS[fy, 1], TAPS[fy, 2], TAPS[fy, 3], TAPS[fy, 4], TAPS[fy, 5])
        across = (TAPS[fx, 0], TAPS[fx, 1], TAPS[fx, 2], TAPS[fx, 3], TAPS[fx, 4], TAPS[fx, 5])
        return tapped8(ref, iy, ix, down, across, cur, y, x, out)
    _patch(ref, 4 * y + vy, 4 * x + vx, BLOCK, out, rows)
    s = np.float32(0)
    for i in range(BLOCK):
        for j in range(BLOCK):
            out[U(i), U(j)] -= cur[U(y + i), U(x + j)]
            s += out[U(i), U(j)] * out[U(i), U(j)]
    return s


@njit(**FAST)
def match(cur, ref, enough, vec, err, grain):
    """Where each 8x8 block of cur lies in ref, both float32 `[H, W]` with sides that divide by 8.

    vec int32 `[H/8, W/8, 2]`: in, where the search starts, out, the vectors in quarter pixels; err float32 `[H/8, W/8]`: mean squared
    difference there; grain, of the same shape: how grainy the difference is, 1 for white noise, towards 0 the smoother.
    enough: a block that differs by less than this where it lies is not looked for.
    """
    n = BLOCK
    out, rows = np.zeros((n, n), np.float32), np.zeros((n + 5, n), np.float32)
    for by in range(err.shape[0]):
        for bx in range(err.shape[1]):
            y, x = by * n, bx * n
            vy, vx = np.int64(0), np.int64(0)
            best = _whole(cur, ref, y, x, 0, 0)
            if best > enough * n * n:
                vy, vx, best = _search(cur, ref, by, bx, vec, best)
                vy, vx = 4 * vy, 4 * vx
                for far in (2, 1):
                    cy, cx = vy, vx
                    for d in range(4):
                        ty, tx = cy + far * AROUND[d, 0], cx + far * AROUND[d, 1]
                        s = _differ(cur, ref, y, x, ty, tx, out, rows)
                        if s < best:
                            best, vy, vx = s, ty, tx
            vec[by, bx, 0], vec[by, bx, 1] = vy, vx
            s, rough = _differ(cur, ref, y, x, vy, vx, out, rows), np.float32(0)
            for i in range(1, BLOCK):
                for j in range(BLOCK):
                    rough += (out[U(i), U(j)] - out[U(i - 1), U(j)]) ** 2
            for i in range(BLOCK):
                for j in range(1, BLOCK):
                    rough += (out[U(i), U(j)] - out[U(i), U(j - 1)]) ** 2
            err[by, bx] = s / np.float32(n * n)
            grain[by, bx] = (rough + 1) / (4 * s * np.float32(1 - 1 / n) + 1)


@njit(**FAST)
def blend(cur, ref, vec, weight, n, halved, spread, total, weights):
    """Add ref, moved by vec, to `total` and its weight to `weights`, both float32 as cur `[H, W]`, in n x n blocks whose windows overlap.

    weight float32 `[H/n, W/n]`: of each block; it falls for pixels that differ by more than `spread`. halved: vec is for a plane of twice
    the size.
    """
    out, rows, window = np.zeros((2 * n, 2 * n), np.float32), np.zeros((2 * n + 5, 2 * n), np.float32), np.zeros(2 * n, np.float32)
    for i in range(2 * n):
        window[i] = np.sin(np.pi * (i + 0.5) / (2 * n)) ** 2
    h, w = cur.shape
    near = np.float32(1) / spread
    for by in range(weight.shape[0]):
        for bx in range(weight.shape[1]):
            if weight[by, bx] < np.float32(0.01):
                continue
            y, x, vy, vx = by * n - n // 2, bx * n - n // 2, np.int64(vec[by, bx, 0]), np.int64(vec[by, bx, 1])
            if halved:
                vy, vx = (vy + (vy > 0)) >> 1, (vx + (vx > 0)) >> 1
            _patch(ref, 4 * y + vy, 4 * x + vx, 2 * n, out, rows)
            for i in range(max(0, -y), min(2 * n, h - y)):
                for j in range(max(0, -x), min(2 * n, w - x)):
                    d = (out[U(i), U(j)] - cur[U(y + i), U(x + j)]) * near
                    d = np.float32(1) + d * d
                    share = window[U(i)] * window[U(j)] * weight[by, bx] / (d * d * d * d)
                    total[U(y + i), U(x + j)] += share * out[U(i), U(j)]
                    weights[U(y + i), U(x + j)] += share


@dataclass
class TemporalFilter:
    """Filters frames of a window that it is shown, looking at `reach` frames on either side."""

    reach: int
    _window: Sequence[Planes] = ()
    # luma, and what was found of it in the frames before (-1) or after (1), the nearest first; by its address, as long as it is shown
    _found: dict[tuple[int, int], tuple[np.ndarray, list[Found]]] = field(default_factory=dict)
    _made: dict[tuple[int, bool, int, int, float], Planes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _early: dict[tuple[int, int], Future[list[Found]]] = field(default_factory=dict)

    def show(self, film: Sequence[Planes], start: int = 0, stop: int | None = None) -> None:
        """From now on, frames are start..stop of `film`, with `reach` around them: planes (y, u, v) in time order, without a scene cut."""
        stop = len(film) if stop is None else stop
        self.close()
        self._window, self._made = film[max(0, start - self.reach):stop + self.reach], {}
        shown = {id(frame[0]) for frame in self._window}
        self._found = {key: kept for key, kept in self._found.items() if key[0] in shown}

    def look_ahead(self, start: int, length: int) -> None:
        """Begin to look around the frames from `start` on that will be key slices in chunks of `length`, on other threads."""
        reach = self._reach(False, length)
        for at in range(start + length - 1, len(self._window), length):
            for sign in (-1, 1):
                self._early[at, sign] = HELPERS.submit(self._look, at, sign, reach)

    def close(self) -> None:
        """Nothing is looked for ahead any more."""
        settle(self._early.values())
        self._early = {}

    def _reach(self, anew: bool, frames: int) -> int:
        return min(self.reach, CHUNK if anew else max(1, frames // 2))

    def __call__(self, frame: Planes, anew: bool, quality: int, frames: int = CHUNK, share: float = 1.0) -> Planes:
        """What to code instead of `frame`, which is one of the window (anything else is left as it is): float32 planes of the same size.

        anew: in a slice that looks at nothing; quality: whose steps it has; frames of its chunk: where there are few, less leans on it;
        share: of the usual weight of the frames around.
        """
        at, reach = self._place(frame), self._reach(anew, frames)
        if at < 0 or not reach:
            return frame
        key = at, anew, quality, reach, share
        with self._lock:  # two ways of coding the same frame that are tried at the same time need it once
            if key not in self._made:
                self._made[key] = self._filtered(at, share * (FIRST if anew else LAST), max(1.0, PASSES * step(quality)), reach)
            return self._made[key]

    def kept(self, frame: Planes, kind: int, quality: int, frames: int = CHUNK) -> np.ndarray | None:
        """How much of what quantising a key slice of a type does to each 8x8 block the frames around will keep, for they are predicted from
        it: float32 `[H / 8, W / 8]`, 0 to 1; None where nothing is around. The rest as in a call."""
        at, reach = self._place(frame), self._reach(kind == 0, frames)
        if at < 0 or not reach:
            return None
        left = KEPT * (step(quality) * STEP_FACTOR[kind]) ** 2
        with self._lock:  # whoever comes first looks
            shares = [left / (left + err) for sign in (-1, 1) for _, err, _ in self._side(at, sign, reach)]
        return np.asarray(np.mean(shares, 0, dtype=np.float32))

    def _place(self, frame: Planes) -> int:
        """Of a frame in the window; -1 where it is none of it, or alone."""
        return -1 if len(self._window) == 1 else next((n for n, f in enumerate(self._window) if f is frame), -1)

    def _side(self, at: int, sign: int, reach: int) -> list[Found]:
        early = self._early.pop((at, sign), None)
        if early is not None and not early.cancel():
            early.result()
        return self._look(at, sign, reach)

    def _look(self, at: int, sign: int, reach: int) -> list[Found]:
        """Where up to `reach` frames before (sign -1) or after (1) show what this one does."""
        luma = self._window[at][0]
        _, found = self._found.setdefault((id(luma), sign), (luma, []))
        if len(found) < reach:
            cur = _padded(luma, BLOCK)
            h, w = (n // BLOCK for n in cur.shape)
            while len(found) < reach and 0 <= (other := at + sign * (len(found) + 1)) < len(self._window):
                vec = found[-1][0].copy() if found else np.zeros((h, w, 2), np.int32)
                err, grain = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
                match(cur, _padded(self._window[other][0], BLOCK), STILL, vec, err, grain)
                found.append((vec, err, grain))
        return found[:reach]

    def _filtered(self, at: int, most: float, spread: float, reach: int) -> Planes:
        frame = self._window[at]
        sides = map_slices(lambda sign: self._side(at, sign, reach), (-1, 1))
        found = [(self._window[at + sign * n], *f) for sign, side in zip((-1, 1), sides, strict=True) for n, f in enumerate(side, 1)]
        cur = [_padded(p, n) for p, n in zip(frame, SIZES, strict=True)]
        least, steep = np.min([err for _, _, err, _ in found], 0), _steepness(cur[0])
        moved = []
        for other, vec, err, grain in found:
            noisy = np.clip((grain - SMOOTH) / (GRAINY - SMOOTH), 0, 1) / (1 + (err / (DIFFERENT * (steep + 1))) ** 2)
            weight = (most * noisy * np.exp(-err / (2 * spread ** 2)) * (least + 1) / (err + 1)).astype(np.float32)
            moved.append((other, vec, weight))

        def plane(k: int) -> np.ndarray:
            total, weights, n = cur[k].copy(), np.ones_like(cur[k]), SIZES[k]
            for other, vec, weight in moved:
                blend(cur[k], _padded(other[k], n), vec, weight, n, n < BLOCK, np.float32(2 * spread), total, weights)
            h, w = frame[k].shape
            return (total / weights)[:h, :w]

        return map_slices(plane, range(3))


def _padded(plane: np.ndarray, n: int) -> np.ndarray:
    h, w = plane.shape
    return np.ascontiguousarray(np.pad(plane, ((0, -h % n), (0, -w % n)), "edge"), np.float32)


def _steepness(luma: np.ndarray) -> np.ndarray:
    """Mean squared differences of neighbouring pixels, down and across together, of each block."""
    h, w = luma.shape
    b = luma.reshape(h // BLOCK, BLOCK, w // BLOCK, BLOCK)
    steep: np.ndarray = np.square(np.diff(b, axis=1)).mean((1, 3)) + np.square(np.diff(b, axis=3)).mean((1, 3))
    return steep
