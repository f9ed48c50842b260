"""What motion search asks of a block of 8x8 or 16x16 pixels: how far it is from a patch of a reference, and what the rest would cost.

The encoder spends much of its time here. So sizes are constants where loops are compiled, places are unsigned (numba asks of every other
one whether it counts from the end), and sums may be made in any order: nothing is decoded by them.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lorentzian.motion import MARGIN, _inside
from engine.lorentzian.rangecoder import FLAGS, U

FAST = {**FLAGS, "fastmath": {"reassoc", "nsz", "contract"}}
FIRST, MORE = 5.0, 1.5  # bits of a coefficient of one step, and of each doubling
RATE = 0.13             # squared steps worth one bit of a coefficient
ROUNDED = 0.08          # squared error that quantisation leaves, in squared steps
GRAIN = 16              # entries of PRICES a step
_HALF = np.float32(0.5)


def _prices() -> np.ndarray:
    """Rate-distortion cost of a coefficient by its size in steps: its square where it is not coded, else rounding error and bits."""
    x = np.arange(64 * GRAIN) / GRAIN
    return np.minimum(x * x, ROUNDED + RATE * (FIRST + MORE * np.log2(np.maximum(x, 1)))).astype(np.float32)


PRICES = _prices()


@njit(inline="always")
def _patch(ref, y, x, size, my, mx):
    """(plane, y, x, plane, y, x): the two patches of half pixels whose mean a vector in quarter pixels points at."""
    h, w = ref.shape[1] - 2 * MARGIN, ref.shape[2] - 2 * MARGIN
    qy = _inside(y * 4 + my, size, h) + MARGIN * 4
    qx = _inside(x * 4 + mx, size, w) + MARGIN * 4
    ay, ax = qy >> 1, qx >> 1
    by, bx = (qy + 1) >> 1, (qx + 1) >> 1
    return ref[(ay & 1) * 2 + (ax & 1)], ay >> 1, ax >> 1, ref[(by & 1) * 2 + (bx & 1)], by >> 1, bx >> 1


@njit(inline="always")
def _differ(cur, y, x, pa, ya, xa, pb, yb, xb, n, best):
    s = np.float32(0)
    for k in range(0, n, 4):
        r = np.float32(0)
        for i in range(k, k + 4):
            for j in range(n):
                r += abs(cur[U(y + i), U(x + j)] - _HALF * (pa[U(ya + i), U(xa + j)] + pb[U(yb + i), U(xb + j)]))
        s += r
        if s > best:
            return s
    return s


@njit(**FAST)
def sad(cur, ref, y, x, size, my, mx, best):
    """Sum of absolute differences of a block and the patch that a vector points at; given up above `best`."""
    pa, ya, xa, pb, yb, xb = _patch(ref, y, x, size, my, mx)
    if size == 16:
        return _differ(cur, y, x, pa, ya, xa, pb, yb, xb, 16, best)
    return _differ(cur, y, x, pa, ya, xa, pb, yb, xb, 8, best)


@njit(inline="always")
def differ8(cur, y, x, ref, ry, rx, best):
    """Sum of absolute differences of 8x8 pixels of two planes; given up above `best`."""
    s = np.float32(0)
    for k in range(0, 8, 4):
        for i in range(k, k + 4):
            for j in range(8):
                s += abs(cur[U(y + i), U(x + j)] - ref[U(ry + i), U(rx + j)])
        if s > best:
            break
    return s


@njit(inline="always")
def _add(pa, ya, xa, pb, yb, xb, n, weight, out):
    for i in range(n):
        for j in range(n):
            out[U(i), U(j)] += weight * (pa[U(ya + i), U(xa + j)] + pb[U(yb + i), U(xb + j)])


@njit(**FAST)
def blend(ref, y, x, size, my, mx, weight, out):
    """out[:size, :size] += weight * the patch that a vector points at."""
    pa, ya, xa, pb, yb, xb = _patch(ref, y, x, size, my, mx)
    if size == 16:
        _add(pa, ya, xa, pb, yb, xb, 16, _HALF * weight, out)
    else:
        _add(pa, ya, xa, pb, yb, xb, 8, _HALF * weight, out)


@njit(**FAST)
def blend_wide(ref, y, x, size, my, mx, weight, out):
    """The same for a patch of any size."""
    pa, ya, xa, pb, yb, xb = _patch(ref, y, x, size, my, mx)
    _add(pa, ya, xa, pb, yb, xb, size, _HALF * weight, out)


@njit(**FAST)
def sad_both(cur, left, right, y, x, size, ly, lx, ry, rx, tmp):
    """Sum of absolute differences of a block and the mean of two patches."""
    tmp[:size, :size] = 0
    blend(left, y, x, size, ly, lx, _HALF, tmp)
    blend(right, y, x, size, ry, rx, _HALF, tmp)
    s = np.float32(0)
    for i in range(size):
        for j in range(size):
            s += abs(cur[U(y + i), U(x + j)] - tmp[U(i), U(j)])
    return s


@njit(inline="always")
def _columns(t, n):
    """Hadamard transforms of eight, down the columns of each 8x8 block."""
    for k in range(0, n, 8):
        for j in range(n):
            a, b, c, d = t[U(k), U(j)], t[U(k + 1), U(j)], t[U(k + 2), U(j)], t[U(k + 3), U(j)]
            e, f, g, h = t[U(k + 4), U(j)], t[U(k + 5), U(j)], t[U(k + 6), U(j)], t[U(k + 7), U(j)]
            a, b, c, d, e, f, g, h = a + b, a - b, c + d, c - d, e + f, e - f, g + h, g - h
            a, b, c, d, e, f, g, h = a + c, b + d, a - c, b - d, e + g, f + h, e - g, f - h
            t[U(k), U(j)], t[U(k + 1), U(j)], t[U(k + 2), U(j)], t[U(k + 3), U(j)] = a + e, b + f, c + g, d + h
            t[U(k + 4), U(j)], t[U(k + 5), U(j)], t[U(k + 6), U(j)], t[U(k + 7), U(j)] = a - e, b - f, c - g, d - h


@njit(inline="always")
def price_of(tmp, turned, n):
    """Price by `PRICES` of n x n differences tmp in steps: 8x8 Hadamard transforms. Both arrays are overwritten."""
    _columns(tmp, n)
    for i in range(n):
        for j in range(n):
            turned[U(j), U(i)] = tmp[U(i), U(j)]
    _columns(turned, n)
    s, last = np.float32(0), np.int32(PRICES.shape[0] - 1)
    for i in range(n):
        for j in range(n):
            s += PRICES[U(min(np.int32(abs(turned[U(i), U(j)])), last))]
    return s


@njit(inline="always")
def _priced(cur, y, x, n, tmp, turned, scale):
    for i in range(n):
        for j in range(n):
            tmp[U(i), U(j)] = scale * (cur[U(y + i), U(x + j)] - tmp[U(i), U(j)])
    return price_of(tmp, turned, n)


@njit(**FAST)
def worth(cur, y, x, size, tmp, scale):
    """Rate-distortion cost, in squared steps, of coding the block with tmp `[2, 16, 16]` holding its prediction: 8x8 Hadamard transforms,
    each coefficient times `scale` priced by `PRICES`.
    tmp is overwritten."""
    if size == 16:
        return _priced(cur, y, x, 16, tmp[0], tmp[1], scale)
    return _priced(cur, y, x, 8, tmp[0], tmp[1], scale)


@njit(**FAST)
def cost_of(cur, left, right, y, x, size, m, v, scale, tmp):
    """`worth` of a block under mode m and vectors v `[2, 2]`."""
    tmp[0, :size, :size] = 0
    if m != 2:
        blend(left, y, x, size, v[0, 0], v[0, 1], np.float32(1 if m else 0.5), tmp[0])
    if m != 1:
        blend(right, y, x, size, v[1, 0], v[1, 1], np.float32(1 if m else 0.5), tmp[0])
    return worth(cur, y, x, size, tmp, scale)


@njit(**FAST)
def quarter(plane, out):
    """Means of 4x4 pixels of a plane, out `[H / 4, W / 4]`."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            s = np.float32(0)
            for k in range(4):
                for n in range(4):
                    s += plane[U(4 * i + k), U(4 * j + n)]
            out[U(i), U(j)] = s * np.float32(1 / 16)
