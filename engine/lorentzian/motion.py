"""Alignment of decoded neighbours: overlapped block motion at quarter-pel, from vectors that are part of the stream.

A motion field of a slice lives on the 8x8 block grid:
    mode int8  [h8, w8]        0 both neighbours, 1 left only, 2 right only
    mv   int16 [2, h8, w8, 2]  (dy, dx) in quarter luma pixels, for the left (0) and right (1) neighbour
Every 8x8 area centred on a block corner is a weighted sum of what its four blocks predict (raised cosine weights), so
block edges do not show. A tile may say that its blocks lie beside each other instead, as in H.264: much of what is recorded was made so.
The same field serves a coarser level with its vectors divided.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.lorentzian.light import factors
from engine.lorentzian.rangecoder import FLAGS, U

MARGIN = 32          # edge-replicated border of a reference plane, in its own pixels
MV_LIMIT = 2047      # quarter pixels
WHOLE = np.zeros((2, 2), np.int64)

UPRIGHT, FLAT, MIXED = -1, -2, -3
_UNLIT = np.zeros((0, 0, 2, 2), np.float32)
_SOFT = np.zeros((0, 0), np.uint8)


def _window(n: int) -> np.ndarray:
    """Weight of the nearer-to-origin block over `n` pixels between two block centres; raised cosine, sums to one with its mirror."""
    x = (np.arange(n) + 0.5) / n
    return (0.5 + 0.5 * np.cos(np.pi * x)).astype(np.float32)


def _both(n: int) -> np.ndarray:
    """`[2, n]`: how blocks give way to each other over `n` pixels where they overlap, and where they lie beside each other."""
    return np.stack([_window(n), np.arange(n) < n // 2]).astype(np.float32)


WINDOW = _both(8)
_WINDOWS = {8: WINDOW, 4: _both(4), 2: _both(2), 1: np.zeros((2, 1), np.float32)}  # a block of one pixel has its own motion alone


@njit(**FLAGS)
def halfpel(plane, out):
    """Fill out `[4, H + 2M, W + 2M]`: plane with its border, then shifted by half a pixel right, down, and both (6-tap, H.264's: what is
    compressed has mostly been made with it)."""
    h, w = plane.shape
    m = MARGIN
    hp, wp = h + 2 * m, w + 2 * m
    for i in range(hp):
        y = min(max(i - m, 0), h - 1)
        for j in range(m):
            out[0, U(i), U(j)] = plane[U(y), 0]
            out[0, U(i), U(wp - 1 - j)] = plane[U(y), U(w - 1)]
        for j in range(w):
            out[0, U(i), U(j + m)] = plane[U(y), U(j)]
    a, b, c = np.float32(1 / 32), np.float32(-5 / 32), np.float32(20 / 32)
    for i in range(hp):
        row = out[0, U(i)]
        dst = out[1, U(i)]
        for j in range(2, wp - 3):
            dst[U(j)] = a * (row[U(j - 2)] + row[U(j + 3)]) + b * (row[U(j - 1)] + row[U(j + 2)]) + c * (row[U(j)] + row[U(j + 1)])
        for j in range(2):
            dst[U(j)] = row[U(j)]
        for j in range(wp - 3, wp):
            dst[U(j)] = row[U(j)]
    for p in range(2):
        src = out[U(p)]
        for i in range(hp):
            dst = out[U(2 + p), U(i)]
            if i < 2 or i >= hp - 3:
                for j in range(wp):
                    dst[U(j)] = src[U(i), U(j)]
            else:
                for j in range(wp):
                    dst[U(j)] = (a * (src[U(i - 2), U(j)] + src[U(i + 3), U(j)]) + b * (src[U(i - 1), U(j)] + src[U(i + 2), U(j)])
                                 + c * (src[U(i), U(j)] + src[U(i + 1), U(j)]))


@njit(**FLAGS)
def border(plane, out):
    """Fill out `[H + 2M, W + 2M]` with plane and its replicated border."""
    h, w = plane.shape
    m = MARGIN
    for i in range(h + 2 * m):
        y = min(max(i - m, 0), h - 1)
        for j in range(m):
            out[U(i), U(j)] = plane[U(y), 0]
            out[U(i), U(w + 2 * m - 1 - j)] = plane[U(y), U(w - 1)]
        for j in range(w):
            out[U(i), U(j + m)] = plane[U(y), U(j)]


@njit(inline="always")
def _inside(pos, size, extent):
    """Clamp a patch origin (quarter pixels) so that the patch and its filter stay inside the border."""
    return min(max(pos, (4 - MARGIN) * 4), (extent + MARGIN - size - 6) * 4)


@njit(**FLAGS)
def patch(ref, y, x, mvy, mvx, size_y, size_x, out):
    """out[:size_y, :size_x] = the patch of a half-pel reference at (y, x) displaced by a quarter-pel vector."""
    h, w = ref.shape[1] - 2 * MARGIN, ref.shape[2] - 2 * MARGIN
    qy = _inside(y * 4 + mvy, size_y, h) + MARGIN * 4
    qx = _inside(x * 4 + mvx, size_x, w) + MARGIN * 4
    ay, ax = qy >> 1, qx >> 1
    pa = ref[(ay & 1) * 2 + (ax & 1)]
    y0, x0 = ay >> 1, ax >> 1
    if (qy & 1) == 0 and (qx & 1) == 0:
        for i in range(size_y):
            for j in range(size_x):
                out[U(i), U(j)] = pa[U(y0 + i), U(x0 + j)]
    else:
        by, bx = (qy + 1) >> 1, (qx + 1) >> 1
        pb = ref[(by & 1) * 2 + (bx & 1)]
        y1, x1 = by >> 1, bx >> 1
        half = np.float32(0.5)
        for i in range(size_y):
            for j in range(size_x):
                out[U(i), U(j)] = half * (pa[U(y0 + i), U(x0 + j)] + pb[U(y1 + i), U(x1 + j)])


@njit(**FLAGS)
def patch_bilinear(ref, y, x, fy, fx, bits, size_y, size_x, out):
    """The same from a bordered plane, bilinear; (fy, fx) in 1 / 2^bits pixels of that plane."""
    h, w, unit = ref.shape[0] - 2 * MARGIN, ref.shape[1] - 2 * MARGIN, np.int64(1) << bits
    py = min(max(y * unit + fy, (1 - MARGIN) * unit), (h + MARGIN - size_y - 2) * unit) + MARGIN * unit
    px = min(max(x * unit + fx, (1 - MARGIN) * unit), (w + MARGIN - size_x - 2) * unit) + MARGIN * unit
    y0, x0 = py >> bits, px >> bits
    ty, tx = np.float32(py & (unit - 1)) / np.float32(unit), np.float32(px & (unit - 1)) / np.float32(unit)
    one = np.float32(1)
    w00, w01, w10, w11 = (one - ty) * (one - tx), (one - ty) * tx, ty * (one - tx), ty * tx
    if ty == 0 and tx == 0:
        for i in range(size_y):
            for j in range(size_x):
                out[U(i), U(j)] = ref[U(y0 + i), U(x0 + j)]
        return
    for i in range(size_y):
        for j in range(size_x):
            out[U(i), U(j)] = (w00 * ref[U(y0 + i), U(x0 + j)] + w01 * ref[U(y0 + i), U(x0 + j + 1)]
                          + w10 * ref[U(y0 + i + 1), U(x0 + j)] + w11 * ref[U(y0 + i + 1), U(x0 + j + 1)])


@njit(inline="always")
def _same(mode, mv, light, i, j, k, m):
    if light.shape[0] > 0:  # another tile's weights
        for side in range(2):
            for n in range(2):
                if light[i >> 1, j >> 1, side, n] != light[k >> 1, m >> 1, side, n]:
                    return False
    return (mode[i, j] == mode[k, m] and mv[0, i, j, 0] == mv[0, k, m, 0] and mv[0, i, j, 1] == mv[0, k, m, 1]
            and mv[1, i, j, 0] == mv[1, k, m, 0] and mv[1, i, j, 1] == mv[1, k, m, 1])


@njit(**FLAGS)
def alike(mode, mv, light, out):
    """Of each area between the centres of four blocks, out int32 `[h8 + 1, w8 + 1]`: how many areas from it on move as one, or, where
    its blocks do not, how many patches it takes: UPRIGHT two beside each other, FLAT two one above the other, MIXED four. The same for
    every plane and level."""
    mode, mv, light, out = borrowed(mode), borrowed(mv), borrowed(light), borrowed(out)
    h8, w8 = mode.shape
    for ci in range(h8 + 1):
        t, b = max(ci - 1, 0), min(ci, h8 - 1)
        run = 0
        down = _same(mode, mv, light, t, w8 - 1, b, w8 - 1)
        for cj in range(w8, -1, -1):  # from the right: the column of blocks there is the left one of the area before
            lf, rt = max(cj - 1, 0), min(cj, w8 - 1)
            right, down = down, _same(mode, mv, light, t, lf, b, lf)
            above = _same(mode, mv, light, t, lf, t, rt)
            if above and down and right:
                run += 1
                out[ci, cj] = run
            else:
                run = 0
                out[ci, cj] = UPRIGHT if down and right else FLAT if above and _same(mode, mv, light, b, lf, b, rt) else MIXED


@njit(inline="always")
def _fetch(ref, lumaform, bits, side, mv, light, bi, bj, y, x, ny, nx, out):
    my, mx = np.int64(mv[side, bi, bj, 0]), np.int64(mv[side, bi, bj, 1])
    if lumaform:
        patch(ref, y, x, my, mx, ny, nx, out)
    else:
        patch_bilinear(ref[0], y, x, my, mx, bits, ny, nx, out)
    if light.shape[0] > 0:
        g, o = light[bi >> 1, bj >> 1, side, 0], light[bi >> 1, bj >> 1, side, 1]
        for i in range(ny):
            for j in range(nx):
                out[U(i), U(j)] = g * out[U(i), U(j)] + o


@njit(inline="always")
def _free(pos, size, extent, unit):
    """Whether a patch at `pos` (1 / unit pixels) of this size is nowhere moved back into the border."""
    return pos >= (4 - MARGIN) * unit and pos <= (extent + MARGIN - size - 6) * unit


@njit(**FLAGS)
def _whole(left, right, at, lumaform, unit, m, mv, i, j, y, x, ny, nx):
    """Whether a wide patch of the motion of block (i, j), mode m, can be fetched at once."""
    fine = 4 if lumaform else unit
    for side in range(2):
        if m == 0 or m == side + 1:
            my, mx = np.int64(mv[side, i, j, 0]), np.int64(mv[side, i, j, 1])
            ref = left if side == 0 else right
            rh, rw = ref.shape[1] - 2 * MARGIN, ref.shape[2] - 2 * MARGIN
            if not (_free((y + at[side, 0]) * fine + my, ny, rh, fine) and _free((x + at[side, 1]) * fine + mx, nx, rw, fine)):
                return False
    return True


@njit(**FLAGS)
def predict(left, right, at, lumaform, unit, block, windows, areas, mode, mv, light, straight, out):
    """Overlapped prediction of a plane from each side, out `[2, h, w]` (or from the left, `[1, h, w]`); where a block looks at one side
    only, both are that one.

    `block` is the plane's size of a block (8 luma, 4 chroma, less at coarser levels). left, right: `[4, ...]` half-pel references
    (lumaform) or `[1, ...]` bordered planes read bilinearly with vectors in 1 / unit pixels. areas: see `alike`. light float32
    `[h16, w16, 2, 2]`: what each side is multiplied by, and what is added; empty where nothing is. straight uint8 `[h16, w16]`: 1 where
    blocks lie beside each other; empty where they do nowhere. at int64 `[2, 2]`: where (y, x) the plane's origin lies in each of them,
    for parts of a picture.
    """
    _predict(left, right, at, lumaform, unit, block, windows, areas, mode, mv, light, straight, np.zeros((2, 8, 8), np.float32), out)


@njit(**FLAGS)
def _predict(left, right, at, lumaform, unit, block, windows, areas, mode, mv, light, straight, tmp, out):
    left, right, at, windows, mode, mv = borrowed(left), borrowed(right), borrowed(at), borrowed(windows), borrowed(mode), borrowed(mv)
    areas, light, straight, tmp, out = borrowed(areas), borrowed(light), borrowed(straight), borrowed(tmp), borrowed(out)
    h8, w8 = mode.shape
    half = block // 2
    sides, h, w = out.shape
    bits = 2
    while (1 << bits) < unit:
        bits += 1
    one = np.float32(1)
    for ci in range(h8 + 1):
        y = max(ci * block - half, 0)
        ny = min(ci * block - half + block, h) - y
        if ny <= 0:
            continue
        t, b = max(ci - 1, 0), min(ci, h8 - 1)
        oy = y - (ci * block - half)
        cj = -1
        run = 1
        while cj + run <= w8:
            cj += run
            run = 1
            x = max(cj * block - half, 0)
            nx = min(cj * block - half + block, w) - x
            if nx <= 0:
                continue
            lf, rt = max(cj - 1, 0), min(cj, w8 - 1)
            ox = x - (cj * block - half)
            kind = areas[ci, cj]
            if kind > 0:
                nx = min((cj + kind) * block - half, w) - x
                if kind == 1 or _whole(left, right, at, lumaform, unit, mode[t, lf], mv, t, lf, y, x, ny, nx):
                    run = kind
                else:
                    nx = min(cj * block - half + block, w) - x
                m = mode[t, lf]
                if m != 2:
                    _fetch(left, lumaform, bits, 0, mv, light, t, lf, y + at[0, 0], x + at[0, 1], ny, nx, out[0, y:y + ny, x:x + nx])
                if m == 2 or (m == 0 and sides == 2):
                    _fetch(right, lumaform, bits, 1, mv, light, t, lf, y + at[1, 0], x + at[1, 1], ny, nx,
                           out[sides - 1, y:y + ny, x:x + nx])
                if m != 0 and sides == 2:
                    for i in range(y, y + ny):
                        for j in range(x, x + nx):
                            out[2 - m, i, j] = out[m - 1, i, j]
                continue
            upright, flat = kind == UPRIGHT, kind == FLAT
            win = windows[1 if straight.shape[0] > 0 and straight[t >> 1, lf >> 1] else 0]
            for part in range(4):
                if (upright and part >= 2) or (flat and part & 1):
                    continue
                bi = t if part < 2 else b
                bj = lf if part & 1 == 0 else rt
                m = mode[bi, bj]
                if m != 2:
                    _fetch(left, lumaform, bits, 0, mv, light, bi, bj, y + at[0, 0], x + at[0, 1], ny, nx, tmp[0])
                if m == 2 or (m == 0 and sides == 2):
                    _fetch(right, lumaform, bits, 1, mv, light, bi, bj, y + at[1, 0], x + at[1, 1], ny, nx, tmp[1])
                for side in range(sides):
                    k = m - 1 if m else side
                    for i in range(ny):
                        wy = one if upright else win[oy + i] if part < 2 else one - win[oy + i]
                        if part == 0:
                            for j in range(nx):
                                wx = one if flat else win[U(ox + j)]
                                out[U(side), U(y + i), U(x + j)] = wy * wx * tmp[U(k), U(i), U(j)]
                        elif part == 2:
                            for j in range(nx):
                                wx = one if flat else win[U(ox + j)]
                                out[U(side), U(y + i), U(x + j)] += wy * wx * tmp[U(k), U(i), U(j)]
                        else:
                            for j in range(nx):
                                out[U(side), U(y + i), U(x + j)] += wy * (one - win[U(ox + j)]) * tmp[U(k), U(i), U(j)]


def predict_planes(left: list[np.ndarray], right: list[np.ndarray], mode: np.ndarray, mv: np.ndarray, height: int, width: int,
                   level: int = 0, at: np.ndarray = WHOLE, light: np.ndarray | None = None, straight: np.ndarray | None = None,
                   sides: int = 2) -> list[np.ndarray]:
    """(Y, U, V), each `[sides, h, w]` (from the left, from the right), for a slice of padded size height x width at `level`.

    left, right: prepared references (`prepare`). at int64 `[2, 2]`: where (y, x) in full-size luma pixels the slice's origin lies in each.
    light int16 `[h16, w16, 2, 2]`: see `light.py`. straight uint8 `[h16, w16]`: see `predict`.
    """
    beside = _SOFT if straight is None or not straight.any() else straight
    bright, tint = (_UNLIT, _UNLIT) if light is None or not light.any() else (factors(light, False), factors(light, True))
    areas = _areas(mode, mv, bright)
    block = 8 >> level
    y = np.empty((sides, height >> level, width >> level), np.float32)
    if level == 0:
        predict(left[0], right[0], at, True, 4, block, WINDOW, areas, mode, mv, bright, beside, y)
    else:
        predict(left[0], right[0], at >> level, False, 4 << level, block, _WINDOWS[block], areas, mode, mv, bright, beside, y)
    out = [y]
    cb = max(block // 2, 1)
    cl = min(level + 1, 3)
    for p in (1, 2):
        c = np.empty((sides, height >> cl, width >> cl), np.float32)
        predict(left[p], right[p], at >> cl, False, 4 << cl, cb, _WINDOWS[cb], areas, mode, mv, tint, beside, c)
        out.append(c)
    return out


def _areas(mode: np.ndarray, mv: np.ndarray, light: np.ndarray) -> np.ndarray:
    out = np.empty((mode.shape[0] + 1, mode.shape[1] + 1), np.int32)
    alike(mode, mv, light, out)
    return out


def predict_luma(left: np.ndarray, right: np.ndarray, at: np.ndarray, mode: np.ndarray, mv: np.ndarray,
                 straight: np.ndarray = _SOFT, light: np.ndarray | None = None) -> np.ndarray:
    """Luma `[2, h, w]` of `predict` at full size from half-pel references; light as of `predict_planes`."""
    out = np.empty((2, 8 * mode.shape[0], 8 * mode.shape[1]), np.float32)
    bright = _UNLIT if light is None or not light.any() else factors(light, False)
    predict(left, right, at, True, 4, 8, WINDOW, _areas(mode, mv, bright), mode, mv, bright, straight, out)
    return out


def prepare(planes: list[np.ndarray], level: int = 0) -> list[np.ndarray]:
    """References that `predict_planes` reads: luma half-pel `[4, ...]` at level 0, bordered `[1, ...]` planes otherwise."""
    out = []
    for n, p in enumerate(planes):
        h, w = p.shape
        if n == 0 and level == 0:
            a = np.empty((4, h + 2 * MARGIN, w + 2 * MARGIN), np.float32)
            halfpel(p, a)
        else:
            a = np.empty((1, h + 2 * MARGIN, w + 2 * MARGIN), np.float32)
            border(p, a[0])
        out.append(a)
    return out
