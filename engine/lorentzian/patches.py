"""What motion search asks of a block of 8x8 or 16x16 pixels: how far it is from a patch of a reference, and what the rest would cost.

The encoder spends much of its time here: see `engine.lanes` and `priced.py` for the sums themselves. Places are unsigned where loops are
left (numba asks of every other one whether it counts from the end), and sums may be made in any order: nothing is decoded by them.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.lanes import ROWS, differ8, differ16, mean8, mean16
from engine.lorentzian.motion import MARGIN, _inside
from engine.lorentzian.priced import priced8, priced16
from engine.lorentzian.rangecoder import FLAGS, U

FAST = {**FLAGS, "fastmath": {"reassoc", "nsz", "contract"}}
_HALF, _ONE = np.float32(0.5), np.float32(1)


@njit(inline="always")
def _patch(ref, y, x, size, my, mx):
    """(plane, y, x, plane, y, x): the two patches of half pixels whose mean a vector in quarter pixels points at."""
    h, w = ref.shape[1] - 2 * MARGIN, ref.shape[2] - 2 * MARGIN
    qy = _inside(y * 4 + my, size, h) + MARGIN * 4
    qx = _inside(x * 4 + mx, size, w) + MARGIN * 4
    ay, ax = qy >> 1, qx >> 1
    by, bx = (qy + 1) >> 1, (qx + 1) >> 1
    return ref[(ay & 1) * 2 + (ax & 1)], ay >> 1, ax >> 1, ref[(by & 1) * 2 + (bx & 1)], by >> 1, bx >> 1


@njit(**FAST)
def sad(cur, ref, y, x, size, my, mx, best):
    """Sum of absolute differences of a block and the patch that a vector points at; given up above `best`."""
    a, ya, xa, b, yb, xb = _patch(ref, y, x, size, my, mx)
    if size == 8:
        return differ8(cur, y, x, _ONE, (a, ya, xa, b, yb, xb))
    s = differ16(cur, y, x, _ONE, (a, ya, xa, b, yb, xb))
    if s > best:
        return s
    return s + differ16(cur, y + ROWS, x, _ONE, (a, ya + ROWS, xa, b, yb + ROWS, xb))


@njit(**FAST)
def sad_both(cur, left, right, y, x, ly, lx, ry, rx):
    """Sum of absolute differences of a block of 16x16 and the mean of two patches."""
    a, ya, xa, b, yb, xb = _patch(left, y, x, 16, ly, lx)
    c, yc, xc, d, yd, xd = _patch(right, y, x, 16, ry, rx)
    s = differ16(cur, y, x, _ONE, (a, ya, xa, b, yb, xb, c, yc, xc, d, yd, xd))
    return s + differ16(cur, y + ROWS, x, _ONE, (a, ya + ROWS, xa, b, yb + ROWS, xb, c, yc + ROWS, xc, d, yd + ROWS, xd))


@njit(**FAST)
def worth(cur, y, x, size, scale):
    """Rate-distortion cost, in squared steps, of coding a block as it is: 8x8 Hadamard transforms, each coefficient times `scale` at its
    `priced.price`."""
    if size == 8:
        return priced8(cur, y, x, scale, ())
    return priced16(cur, y, x, scale, ()) + priced16(cur, y + ROWS, x, scale, ())


@njit(**FAST)
def cost_of(cur, left, right, y, x, size, m, v, scale):
    """`worth` of what a block's prediction under mode m and vectors v `[2, 2]` leaves of it."""
    if m == 0:
        a, ya, xa, b, yb, xb = _patch(left, y, x, size, v[0, 0], v[0, 1])
        c, yc, xc, d, yd, xd = _patch(right, y, x, size, v[1, 0], v[1, 1])
        if size == 8:
            return priced8(cur, y, x, scale, (a, ya, xa, b, yb, xb, c, yc, xc, d, yd, xd))
        s = priced16(cur, y, x, scale, (a, ya, xa, b, yb, xb, c, yc, xc, d, yd, xd))
        return s + priced16(cur, y + ROWS, x, scale, (a, ya + ROWS, xa, b, yb + ROWS, xb, c, yc + ROWS, xc, d, yd + ROWS, xd))
    if m == 1:
        a, ya, xa, b, yb, xb = _patch(left, y, x, size, v[0, 0], v[0, 1])
    else:
        a, ya, xa, b, yb, xb = _patch(right, y, x, size, v[1, 0], v[1, 1])
    if size == 8:
        return priced8(cur, y, x, scale, (a, ya, xa, b, yb, xb))
    return priced16(cur, y, x, scale, (a, ya, xa, b, yb, xb)) + priced16(cur, y + ROWS, x, scale, (a, ya + ROWS, xa, b, yb + ROWS, xb))


@njit(**FAST)
def fetch(left, right, y, x, size, m, v, out):
    """out[4:4 + size, 4:4 + size] = what `size` (16 or 24) pixels from (y, x) on are predicted as under mode m and vectors v `[2, 2]`."""
    if m == 0:
        a, ya, xa, b, yb, xb = _patch(left, y, x, size, v[0, 0], v[0, 1])
        c, yc, xc, d, yd, xd = _patch(right, y, x, size, v[1, 0], v[1, 1])
        for k in range(0, size, ROWS):
            mean16(out, 4 + k, 4, (a, ya + k, xa, b, yb + k, xb, c, yc + k, xc, d, yd + k, xd))
            if size == 24:
                mean8(out, 4 + k, 20, (a, ya + k, xa + 16, b, yb + k, xb + 16, c, yc + k, xc + 16, d, yd + k, xd + 16))
        return
    if m == 1:
        a, ya, xa, b, yb, xb = _patch(left, y, x, size, v[0, 0], v[0, 1])
    else:
        a, ya, xa, b, yb, xb = _patch(right, y, x, size, v[1, 0], v[1, 1])
    for k in range(0, size, ROWS):
        mean16(out, 4 + k, 4, (a, ya + k, xa, b, yb + k, xb))
        if size == 24:
            mean8(out, 4 + k, 20, (a, ya + k, xa + 16, b, yb + k, xb + 16))


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


@njit(**FAST)
def shifted(plane, vectors, out):
    """out `[H, W]` = the 4x4 blocks of a plane of quarter size that vectors `[H / 4, W / 4, 2]`, in quarter pixels of the full size and
    whole ones here, point at; none of them points outside."""
    for i in range(vectors.shape[0]):
        for j in range(vectors.shape[1]):
            y, x = 4 * i + (vectors[i, j, 0] >> 4), 4 * j + (vectors[i, j, 1] >> 4)
            for k in range(4):
                for n in range(4):
                    out[U(4 * i + k), U(4 * j + n)] = plane[U(y + k), U(x + n)]
