"""Rate-distortion cost of what a prediction leaves: 8x8 Hadamard transforms, each coefficient priced by its size. Encoder only.

    priced8, priced16       `f(cur, y, x, scale, patches)`: cost of `scale` times what is left of eight rows of 8 or 16 pixels, see
                            `engine.lanes`
    laid8, laid16           the cost of what is left of rest from (y, x) on by own from (i, j) on, laid over it under weights
    lay8, lay16             adds that to rest, `scale` times

The latter are `f(rest, y, x, i, j, scale, down, across, own)`: weights are down[i..] times across[j..].
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, types
from numba.extending import intrinsic

from engine.lanes import FLOAT, PLACE, ROWS, Maker, Rows, cut, of_block

FIRST, MORE = 5.0, 1.5  # bits of a coefficient of one step, and of each doubling
RATE = 0.13             # squared steps worth one bit of a coefficient
ROUNDED = 0.08          # squared error that quantisation leaves, in squared steps
GRAIN = 16              # sizes are rounded down to one of so many parts of a step: what is smaller is not worth a vector
TOUCHED = (1.3, 3.0, 7.5, 19.0, 50.0)  # steps at which a tangent stands for the logarithm: over it by 3 % at most, up to 64 steps


def _tangent(x: float) -> tuple[float, float]:
    slope = RATE * MORE / float(np.log(2)) / x
    return ROUNDED + RATE * (FIRST + MORE * float(np.log2(x))) - slope * x, slope


def price(size: np.ndarray) -> np.ndarray:
    """Rate-distortion cost, in squared steps, of coefficients by their size in steps: its square where it is not coded, else rounding error
    and bits."""
    size = np.floor(size * GRAIN) / GRAIN
    bits = np.min([a + b * size for a, b in map(_tangent, TOUCHED)], axis=0)
    return np.minimum(size * size, np.maximum(bits, ROUNDED + RATE * FIRST))


def _priced(m: Maker, rows: list[Any], scale: Any) -> Any:
    times, out = m.times(m.every(GRAIN), m.spread(scale)), []
    for row in m.hadamard(m.turned(m.hadamard([m.times(times, r) for r in rows]))):
        x = m.times(m.every(1 / GRAIN), m.floor(m.size(row)))
        bits, *more = (m.add(m.every(a), m.times(m.every(b), x)) for a, b in map(_tangent, TOUCHED))
        for other in more:
            bits = m.least(bits, other)
        floor = m.every(ROUNDED + RATE * FIRST)
        out.append(m.least(m.times(x, x), m.b.select(m.b.fcmp_ordered(">", bits, floor), bits, floor)))
    return m.total(out)


def _plainly(left: np.ndarray, scale: float) -> np.float32:
    two = np.array([[1, 1], [1, -1]])
    h = np.kron(np.kron(two, two), two)
    return np.float32(sum(price(np.abs(scale * (h @ left[:, k:k + ROWS] @ h))).sum() for k in range(0, left.shape[1], ROWS)))


def _under(m: Maker, context: Any, builder: Any, args: Any, kinds: Any) -> tuple[Rows, list[Any]]:
    """(rows of rest, those of own under its window) of what `laid` and `lay` are given."""
    rest, down, across, own = kinds
    over = Rows(context, builder, own, args[8], args[3], args[4], m.lanes)
    wide = Rows(context, builder, across, args[7], args[3], args[4], m.lanes).row(0)
    high = Rows(context, builder, down, args[6], args[4], args[3], ROWS).row(0)
    heights = [m.spread(builder.extract_element(high, PLACE(n))) for n in range(ROWS)]
    parts = [m.times(m.times(h, wide), over.row(n)) for n, h in enumerate(heights)]
    return Rows(context, builder, rest, args[0], args[1], args[2], m.lanes), parts


def _window(down: np.ndarray, across: np.ndarray, own: np.ndarray, i: int, j: int, lanes: int) -> np.ndarray:
    return down[i:i + ROWS, None] * across[None, j:j + lanes] * cut(own, i, j, lanes)


def _laid(lanes: int, stored: bool) -> Any:
    def plain(rest: np.ndarray, y: int, x: int, i: int, j: int, scale: float, down: np.ndarray, across: np.ndarray, own: np.ndarray
              ) -> np.float32:
        left, part = cut(rest, y, x, lanes), _window(down, across, own, i, j, lanes)
        if not stored:
            return _plainly(left - part, scale)
        rest[int(y):int(y) + ROWS, int(x):int(x) + lanes] = left + scale * part
        return np.float32(0)

    def typed(typing: Any, rest: Any, y: Any, x: Any, i: Any, j: Any, scale: Any, down: Any, across: Any, own: Any) -> Any:
        def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            m = Maker(builder, lanes)
            under, parts = _under(m, context, builder, args, (rest, down, across, own))
            if not stored:
                return _priced(m, [m.less(under.row(n), part) for n, part in enumerate(parts)], args[5])
            times = m.spread(args[5])
            for n, part in enumerate(parts):
                under.put(n, m.add(under.row(n), m.times(times, part)))
            return FLOAT(0)
        return types.float32(rest, *[types.int64] * 4, types.float32, down, across, own), make
    return plain if config.DISABLE_JIT else intrinsic(typed)


priced8, priced16 = (of_block(n, _priced, _plainly) for n in (8, 16))
laid8, laid16, lay8, lay16 = _laid(8, False), _laid(16, False), _laid(8, True), _laid(16, True)
