"""Patterns that nobody had to learn: how a tile differs from what it should be like, each difference held within a bound far smaller than
an edge. Held differences tell of the decoder's error what plain ones drown: mostly their sign.

    BESIDE   to the members before and after it in the set, at each bound
    OTHERS   to all the other members, finer ones counting more, at each bound
    AROUND   to the eight pixels around, at each bound
    RING     to the sixteen around these, at each bound

A pattern is from -1 to 1, the bound being 1. One compiled pass over the pixels; the network looks at the same patterns.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.coder import FLAGS
from engine.short import kept

BESIDE = OTHERS = (0.03, 0.1, 0.4)   # bounds in steps of the slice's quantiser
AROUND = (0.02, 0.06, 0.2)
RING = (0.03, 0.2)
GIVEN = len(BESIDE) + len(OTHERS) + len(AROUND) + len(RING)
CELL, LUMA = 24, 16  # channels of a cell, see `net`, and how many of them are luma: they come first
_MEMBER, _NEAR, _FAR = (np.array(bounds, np.float32) for bounds in (BESIDE, AROUND, RING))
_AROUND = 2 * len(BESIDE)            # where these patterns begin
_RING = _AROUND + len(AROUND)
_RIM = 2           # pixels around a plane that repeat its edge
_BAND = 1024        # pixels at once: their sums stay in the nearest cache
_FLAGS = {**FLAGS, "fastmath": True}


@njit(**_FLAGS)
def _three(x, c, bounds, times, out):
    """out `[3, n]` += times * (x - c) held within each of three bounds; loops are over whole bands, for short ones take longer to begin."""
    a, b, d = bounds[0], bounds[1], bounds[2]
    for i in range(c.size):
        v = x[i] - c[i]
        out[0, i] += min(max(v, -a), a) * times
        out[1, i] += min(max(v, -b), b) * times
        out[2, i] += min(max(v, -d), d) * times


@njit(**_FLAGS)
def _two(x, c, bounds, out):
    a, b = bounds[0], bounds[1]
    for i in range(c.size):
        v = x[i] - c[i]
        out[0, i] += min(max(v, -a), a)
        out[1, i] += min(max(v, -b), b)


@njit(**_FLAGS)
def _differences(x, m, at, size, wide, step, share, acc):
    """Patterns of one band of member `m`, not yet divided by their bounds, into acc `[GIVEN, n]`. x `[size, n]`: padded planes `wide`
    pixels wide, the band beginning at `at`; share `[size]`: what the members count."""
    n = acc.shape[1]
    acc[:] = 0
    c = x[m, at:at + n]
    total = np.float32(1e-9)
    for o in range(size):
        total += share[o] if o != m else np.float32(0)
    before, after = max(m - 1, 0), min(m + 1, size - 1)
    bounds = _MEMBER * step
    for o in range(size):
        if o == m:
            continue
        other = x[o, at:at + n]
        if o in (before, after):
            _three(other, c, bounds, np.float32(0.5), acc[:3])
        _three(other, c, bounds, share[o] / total, acc[3:6])
    near, far = _NEAR * step, _FAR * step
    for i in range(-2, 3):
        for k in range(-2, 3):
            other = x[m, at + i * wide + k:at + i * wide + k + n]
            if max(abs(i), abs(k)) == 2:
                _two(other, c, far, acc[_RING:])
            elif i != 0 or k != 0:
                _three(other, c, near, np.float32(1), acc[_AROUND:_RING])


@njit(**_FLAGS)
def _scales(step):
    """What makes patterns of what `_differences` gives, `[GIVEN]`."""
    out = np.empty(GIVEN, np.float32)
    for b in range(3):
        out[b] = out[3 + b] = np.float32(1) / (_MEMBER[b] * step)
        out[_AROUND + b] = np.float32(1 / 8) / (_NEAR[b] * step)
    for b in range(2):
        out[_RING + b] = np.float32(1 / 16) / (_FAR[b] * step)
    return out


@njit(**_FLAGS)
def _put(rows, out, top, d, base, count):
    """Rows of one plane's band `[rows, wide]`, the first being row `top` of its window, into their places in `out` `[16, 16, channels]`,
    from channel `base` on; d: pixels on a cell's side. Last axes are words of memory, `count` for d pixels: so one move takes them all."""
    for a in range(rows.shape[0] // d):
        for b in range(d):
            for k in range(count):
                to = out[top // d + a, :, (base // d + b) * count + k]
                for c in range(16):
                    to[c] = rows[a * d + b, count * c + k]


@njit(**_FLAGS)
def _plane(x, d, base, steps, share, use, mix, like, out):
    """One padded plane of every member of one set, x `[size, n]` in grey steps, into `out` `[size, 16, 16, CELL + GIVEN * CELL]` behind
    the cells; or, where `mix` `[GIVEN]` is not empty, their sum under it into `[size, 16, 16, CELL]`; for members in `use` `[size]`.
    like: of the type of its numbers; its last axis is in words of memory, see `_put`."""
    size, side = x.shape[0], 16 * d
    wide = side + 2 * _RIM
    band = _BAND // side
    acc = np.empty((GIVEN, band * wide), np.float32)
    made = np.empty((GIVEN, band * wide), like.dtype)
    words = made.view(out.dtype).reshape(GIVEN, band, -1)
    count = words.shape[2] * d // wide
    for m in range(size):
        if not use[m]:
            continue
        scale = _scales(steps[m])
        for top in range(0, side, band):
            _differences(x, m, (top + _RIM) * wide + _RIM, size, wide, steps[m], share, acc)
            if mix.size > 0:
                for i in range(acc.shape[1]):
                    total = np.float32(0)
                    for q in range(GIVEN):
                        total += acc[q, i] * (scale[q] * mix[q])
                    made[0, i] = kept(total, made[0, i])
            else:
                for q in range(GIVEN):
                    for i in range(acc.shape[1]):
                        made[q, i] = kept(acc[q, i] * scale[q], made[q, i])
            for q in range(1 if mix.size > 0 else GIVEN):
                _put(words[q], out[m], top, d, base + (0 if mix.size > 0 else CELL * (q + 1)), count)


@njit(**_FLAGS)
def _padded(cells, d, base, out):
    """One plane of `cells` `[size, 16, 16, CELL]` in grey steps into out `[size, n]`, its edge repeated around it."""
    side = 16 * d
    wide = side + 2 * _RIM
    for m in range(cells.shape[0]):
        p = out[m, :wide * wide].reshape(wide, wide)
        for r in range(side):
            row = p[r + _RIM]
            for c in range(16):
                for j in range(d):
                    row[_RIM + d * c + j] = cells[m, r // d, c, base + d * (r % d) + j] * np.float32(32)
            row[0] = row[1] = row[_RIM]
            row[wide - 1] = row[wide - 2] = row[wide - 3]
        for k in range(_RIM):
            p[k] = p[_RIM]
            p[wide - 1 - k] = p[wide - 1 - _RIM]


@njit(**_FLAGS)
def _all(cells, steps, share, size, use, mix, like, luma, chroma):
    y, c = np.zeros((size, 68 * 68 + 4), np.float32), np.zeros((size, 36 * 36 + 4), np.float32)  # a band ends behind its last row
    for first in range(0, cells.shape[0], size):
        end = first + size
        part, of, counts, now = cells[first:end], steps[first:end], share[first:end], use[first:end]
        _padded(part, 4, 0, y)
        _plane(y, 4, 0, of, counts, now, mix[0], like, luma[first:end])
        for base in (16, 20):
            _padded(part, 2, base, c)
            _plane(c, 2, base, of, counts, now, mix[1], like, chroma[first:end])


@njit(**_FLAGS)
def _cells(cells, out):
    for i in range(cells.shape[0]):
        for k in range(CELL):
            out[i, k] = kept(cells[i, k], out[i, k])


def seen_by_network(cells: np.ndarray, step: float, factors: np.ndarray, members: int, kind: type = np.float32) -> np.ndarray:
    """What the network looks at, `[M, 16, 16, (1 + GIVEN) * 24]` float32, or uint16 that are bfloat16: windows `[M, 16, 16, 24]` float32 in
    network units, a set lying together, and their patterns, -1 to 1. step: of the quantiser in grey steps, factors `[M]`: of the slice.
    What needs other members is nought in a set of one."""
    out = np.empty((*cells.shape[:3], (1 + GIVEN) * CELL), kind)
    _cells(cells.reshape(-1, CELL), out.reshape(-1, out.shape[-1]))
    _made(cells, step, factors, members, np.ones(len(cells), bool), np.empty((2, 0), np.float32), out)
    return out


def given(cells: np.ndarray, step: float, factors: np.ndarray, members: int) -> np.ndarray:
    """The patterns of `seen_by_network` alone, float32 `[M, 16, 16, GIVEN * 24]`."""
    return seen_by_network(cells, step, factors, members)[..., CELL:]


def weighed(cells: np.ndarray, step: float, factors: np.ndarray, members: int, weights: np.ndarray, of: np.ndarray) -> np.ndarray:
    """The sum of what `given` makes of members `of` `[W]`, float32 `[W, 16, 16, 24]`, under weights float32 `[2, GIVEN]` (luma, chroma)."""
    out, use = np.empty(cells.shape, np.float32), np.zeros(len(cells), bool)
    use[of] = True
    _made(cells, step, factors, members, use, weights, out)
    return out[of]


def _made(cells: np.ndarray, step: float, factors: np.ndarray, members: int, use: np.ndarray, mix: np.ndarray, out: np.ndarray) -> None:
    factors = factors.astype(np.float32)
    _all(np.ascontiguousarray(cells), factors * np.float32(step), 1 / factors**2, members, use, mix, out[:0, 0, 0, 0],
         out.view(np.uint64), out.view(f"u{2 * out.itemsize}"))
