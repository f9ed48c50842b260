"""Sums over eight rows of 8 or 16 pixels, each row in one vector: what the encoder's search of motion asks for millions of times.

Numba's compiler unrolls loops this short before it looks for vectors, and then leaves them scalar: absolute differences took three times as
long so, transforms seven times. So these few sums are written in the compiler's own language (LLVM's), which takes rows apart where a
machine's vectors are shorter. Nothing is decoded by them, so sums may be made in any order.

    priced8, priced16       rate-distortion cost of 8x8 Hadamard transforms, see `price`
    differ8, differ16       absolute differences
    squares8                squared differences

Each is `f(cur, y, x, scale, patches)`: of `scale` times what is left of cur `[H, W]` float32 from pixel (y, x) on by the mean of patches, a
tuple of array, y and x for each, of any number.

    laid8, laid16           the cost of what is left of rest from (y, x) on by own from (i, j) on, laid over it under weights
    lay8, lay16             adds that to rest, `scale` times

are `f(rest, y, x, i, j, scale, down, across, own)`: weights are down[i..] times across[j..].

    mean8, mean16           `f(out, y, x, patches)`: their mean, into out
    tapped8                 `f(ref, y, x, down, across, cur, cy, cx, out)`: squared differences of cur from (cy, cx) on and of ref from
                            (y, x) on, interpolated by six taps each way that begin two pixels before; the difference goes into out
"""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

ROWS, TAPS = 8, 6
FIRST, MORE = 5.0, 1.5  # bits of a coefficient of one step, and of each doubling
RATE = 0.13             # squared steps worth one bit of a coefficient
ROUNDED = 0.08          # squared error that quantisation leaves, in squared steps
GRAIN = 16              # sizes are rounded down to one of so many parts of a step: what is smaller is not worth a vector
TOUCHED = (1.3, 3.0, 7.5, 19.0, 50.0)  # steps at which a tangent stands for the logarithm: over it by 3 % at most, up to 64 steps
_FAST = ("reassoc", "nsz", "contract")
_FLOAT, _LONG, _BYTE, _PLACE = ir.FloatType(), ir.IntType(64), ir.IntType(8), ir.IntType(32)


def _tangent(x: float) -> tuple[float, float]:
    slope = RATE * MORE / float(np.log(2)) / x
    return ROUNDED + RATE * (FIRST + MORE * float(np.log2(x))) - slope * x, slope


def price(size: np.ndarray) -> np.ndarray:
    """Rate-distortion cost, in squared steps, of coefficients by their size in steps: its square where it is not coded, else rounding error
    and bits."""
    size = np.floor(size * GRAIN) / GRAIN
    bits = np.min([a + b * size for a, b in map(_tangent, TOUCHED)], axis=0)
    return np.minimum(size * size, np.maximum(bits, ROUNDED + RATE * FIRST))


class _Rows:
    """Rows of `lanes` numbers of a float32 array, from (y, x) on; of a list of numbers, from x on, it is always the same."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any, y: Any, x: Any, lanes: int) -> None:
        made = context.make_array(kind)(context, builder, array)
        self.builder, self.kind, start = builder, ir.VectorType(_FLOAT, lanes), builder.mul(x, _LONG(4))
        self.step = cgutils.unpack_tuple(builder, made.strides, kind.ndim)[0] if kind.ndim == 2 else _LONG(0)
        self.at = builder.gep(builder.bitcast(made.data, _BYTE.as_pointer()), [builder.add(builder.mul(y, self.step), start)])

    def row(self, n: int) -> Any:
        at = self.builder.gep(self.at, [self.builder.mul(self.step, _LONG(n))])
        got = self.builder.load(self.builder.bitcast(at, self.kind.as_pointer()))
        got.align = 4
        return got

    def put(self, n: int, value: Any) -> None:
        at = self.builder.gep(self.at, [self.builder.mul(self.step, _LONG(n))])
        self.builder.store(value, self.builder.bitcast(at, self.kind.as_pointer())).align = 4


class _Maker:
    """Arithmetic of vectors of `lanes` numbers."""

    def __init__(self, builder: Any, lanes: int) -> None:
        self.b, self.lanes, self.kind = builder, lanes, ir.VectorType(_FLOAT, lanes)

    def every(self, x: float) -> Any:
        return ir.Constant(self.kind, [float(np.float32(x))] * self.lanes)

    def spread(self, x: Any) -> Any:
        one = self.b.insert_element(ir.Constant(self.kind, ir.Undefined), x, _PLACE(0))
        return self.shuffle(one, one, [0] * self.lanes)

    def shuffle(self, a: Any, b: Any, order: list[int]) -> Any:
        return self.b.shuffle_vector(a, b, ir.Constant(ir.VectorType(_PLACE, len(order)), order))

    def add(self, a: Any, b: Any) -> Any:
        return self.b.fadd(a, b, flags=_FAST)

    def less(self, a: Any, b: Any) -> Any:
        return self.b.fsub(a, b, flags=_FAST)

    def times(self, a: Any, b: Any) -> Any:
        return self.b.fmul(a, b, flags=_FAST)

    def least(self, a: Any, b: Any) -> Any:
        return self.b.select(self.b.fcmp_ordered("<", a, b), a, b)

    def _called(self, name: str, a: Any) -> Any:
        made = cgutils.get_or_insert_function(self.b.module, ir.FunctionType(self.kind, [self.kind]), f"llvm.{name}.v{self.lanes}f32")
        return self.b.call(made, [a])

    def size(self, a: Any) -> Any:
        return self._called("fabs", a)

    def floor(self, a: Any) -> Any:
        return self._called("floor", a)

    def total(self, rows: list[Any]) -> Any:
        """The sum of all numbers in some vectors."""
        while len(rows) > 1:
            rows = [self.add(a, b) for a, b in zip(rows[::2], rows[1::2], strict=True)]
        v, n = rows[0], self.lanes
        while n > 1:
            n //= 2
            v = self.add(self.shuffle(v, v, list(range(n))), self.shuffle(v, v, list(range(n, 2 * n))))
        return self.b.extract_element(v, _PLACE(0))

    def pairs(self, rows: list[Any], made: Callable[[Any, Any, int], tuple[Any, Any]]) -> list[Any]:
        """Rows 1, then 2, then 4 apart go through `made` two by two."""
        for far in (1, 2, 4):
            out = list(rows)
            for k in range(ROWS):
                if not k & far:
                    out[k], out[k + far] = made(rows[k], rows[k + far], far)
            rows = out
        return rows

    def hadamard(self, rows: list[Any]) -> list[Any]:
        """Down the columns."""
        return self.pairs(rows, lambda a, b, far: (self.add(a, b), self.less(a, b)))

    def turned(self, rows: list[Any]) -> list[Any]:
        """Each block of 8x8 transposed."""
        def swapped(a: Any, b: Any, far: int) -> tuple[Any, Any]:
            lanes = range(self.lanes)
            return (self.shuffle(a, b, [self.lanes + i - far if i & far else i for i in lanes]),
                    self.shuffle(a, b, [self.lanes + i if i & far else i + far for i in lanes]))
        return self.pairs(rows, swapped)

    def priced(self, rows: list[Any]) -> Any:
        out = []
        for row in self.hadamard(self.turned(self.hadamard(rows))):
            x = self.times(self.every(1 / GRAIN), self.floor(self.size(row)))
            bits, *more = (self.add(self.every(a), self.times(self.every(b), x)) for a, b in map(_tangent, TOUCHED))
            for other in more:
                bits = self.least(bits, other)
            floor = self.every(ROUNDED + RATE * FIRST)
            out.append(self.least(self.times(x, x), self.b.select(self.b.fcmp_ordered(">", bits, floor), bits, floor)))
        return self.total(out)

    def summed(self, what: str, rows: list[Any], scale: Any) -> Any:
        if what == "priced":
            times = self.times(self.every(GRAIN), self.spread(scale))
            return self.priced([self.times(times, r) for r in rows])
        return self.b.fmul(scale, self.total([self.size(r) if what == "differ" else self.times(r, r) for r in rows]), flags=_FAST)


def _plainly(what: str, left: np.ndarray, scale: float) -> np.float32:
    """The same as loops in plain Python have it."""
    if what != "priced":
        return np.float32(scale * (np.abs(left) if what == "differ" else left * left).sum())
    two = np.array([[1, 1], [1, -1]])
    h = np.kron(np.kron(two, two), two)
    return np.float32(sum(price(np.abs(scale * (h @ left[:, k:k + ROWS] @ h))).sum() for k in range(0, left.shape[1], ROWS)))


def _mean_of(patches: tuple[Any, ...], lanes: int) -> Any:
    return np.mean([_cut(patches[k], patches[k + 1], patches[k + 2], lanes) for k in range(0, len(patches), 3)], 0) if patches else 0


def _cut(array: np.ndarray, y: int, x: int, lanes: int) -> np.ndarray:
    """IndexError beyond the array's edges, which compiled code does not look for."""
    if y < 0 or x < 0 or y + ROWS > array.shape[0] or x + lanes > array.shape[1]:
        raise IndexError(f"rows {y}.., columns {x}.. of {array.shape}")
    return np.asarray(array[int(y):int(y) + ROWS, int(x):int(x) + lanes], np.float64)


def _means(m: _Maker, context: Any, builder: Any, patches: Any, value: Any) -> list[Any]:
    """Rows of the mean of patches."""
    kinds, parts = tuple(patches), cgutils.unpack_tuple(builder, value)
    each = [_Rows(context, builder, kinds[k], parts[k], parts[k + 1], parts[k + 2], m.lanes) for k in range(0, len(kinds), 3)]
    share = m.every(1 / len(each))
    return [m.times(share, functools.reduce(m.add, [rows.row(n) for rows in each])) for n in range(ROWS)]


def _of(what: str, lanes: int) -> Any:
    def plain(cur: np.ndarray, y: int, x: int, scale: float, patches: tuple[Any, ...]) -> np.float32:
        return _plainly(what, _cut(cur, y, x, lanes) - _mean_of(patches, lanes), scale)

    def typed(typing: Any, cur: Any, y: Any, x: Any, scale: Any, patches: Any) -> Any:
        def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            m = _Maker(builder, lanes)
            own = _Rows(context, builder, cur, args[0], args[1], args[2], lanes)
            rows = [own.row(n) for n in range(ROWS)]
            if len(patches):
                rows = [m.less(row, mean) for row, mean in zip(rows, _means(m, context, builder, patches, args[4]), strict=True)]
            return m.summed(what, rows, args[3])
        return types.float32(cur, types.int64, types.int64, types.float32, patches), make
    return plain if config.DISABLE_JIT else intrinsic(typed)


def _under(m: _Maker, context: Any, builder: Any, args: Any, kinds: Any) -> tuple[_Rows, list[Any]]:
    """(rows of rest, those of own under its window) of what `laid` and `lay` are given."""
    rest, down, across, own = kinds
    over = _Rows(context, builder, own, args[8], args[3], args[4], m.lanes)
    wide = _Rows(context, builder, across, args[7], args[3], args[4], m.lanes).row(0)
    high = _Rows(context, builder, down, args[6], args[4], args[3], ROWS).row(0)
    heights = [m.spread(builder.extract_element(high, _PLACE(n))) for n in range(ROWS)]
    parts = [m.times(m.times(h, wide), over.row(n)) for n, h in enumerate(heights)]
    return _Rows(context, builder, rest, args[0], args[1], args[2], m.lanes), parts


def _window(down: np.ndarray, across: np.ndarray, own: np.ndarray, i: int, j: int, lanes: int) -> np.ndarray:
    return down[i:i + ROWS, None] * across[None, j:j + lanes] * _cut(own, i, j, lanes)


def _laid(lanes: int, stored: bool) -> Any:
    def plain(rest: np.ndarray, y: int, x: int, i: int, j: int, scale: float, down: np.ndarray, across: np.ndarray, own: np.ndarray
              ) -> np.float32:
        left, part = _cut(rest, y, x, lanes), _window(down, across, own, i, j, lanes)
        if not stored:
            return _plainly("priced", left - part, scale)
        rest[int(y):int(y) + ROWS, int(x):int(x) + lanes] = left + scale * part
        return np.float32(0)

    def typed(typing: Any, rest: Any, y: Any, x: Any, i: Any, j: Any, scale: Any, down: Any, across: Any, own: Any) -> Any:
        def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            m = _Maker(builder, lanes)
            under, parts = _under(m, context, builder, args, (rest, down, across, own))
            if not stored:
                return m.summed("priced", [m.less(under.row(n), part) for n, part in enumerate(parts)], args[5])
            times = m.spread(args[5])
            for n, part in enumerate(parts):
                under.put(n, m.add(under.row(n), m.times(times, part)))
            return _FLOAT(0)
        return types.float32(rest, *[types.int64] * 4, types.float32, down, across, own), make
    return plain if config.DISABLE_JIT else intrinsic(typed)


def _mean(lanes: int) -> Any:
    def plain(out: np.ndarray, y: int, x: int, patches: tuple[Any, ...]) -> np.float32:
        _cut(out, y, x, lanes)
        out[int(y):int(y) + ROWS, int(x):int(x) + lanes] = _mean_of(patches, lanes)
        return np.float32(0)

    def typed(typing: Any, out: Any, y: Any, x: Any, patches: Any) -> Any:
        def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            m = _Maker(builder, lanes)
            own = _Rows(context, builder, out, args[0], args[1], args[2], lanes)
            for n, row in enumerate(_means(m, context, builder, patches, args[3])):
                own.put(n, row)
            return _FLOAT(0)
        return types.float32(out, types.int64, types.int64, patches), make
    return plain if config.DISABLE_JIT else intrinsic(typed)


def _tapped(lanes: int) -> Any:
    def plain(ref: np.ndarray, y: int, x: int, down: Any, across: Any, cur: np.ndarray, cy: int, cx: int, out: np.ndarray) -> np.float32:
        wide = np.asarray(ref, np.float64)
        _cut(wide, y - 2, x - 2, lanes + 5), _cut(wide, y + 3, x - 2, lanes + 5)
        rows = sum(t * wide[y - 2:y + ROWS + 3, x - 2 + k:x - 2 + k + lanes] for k, t in enumerate(across))
        left = sum(t * rows[k:k + ROWS] for k, t in enumerate(down)) - _cut(cur, cy, cx, lanes)
        out[:ROWS, :lanes] = left
        return np.float32((left * left).sum())

    def typed(typing: Any, ref: Any, y: Any, x: Any, down: Any, across: Any, cur: Any, cy: Any, cx: Any, out: Any) -> Any:
        def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            m = _Maker(builder, lanes)
            high, wide = ([m.spread(t) for t in cgutils.unpack_tuple(builder, args[k])] for k in (3, 4))
            shifted = [_Rows(context, builder, ref, args[0], args[1], builder.add(args[2], _LONG(k - 2)), lanes) for k in range(TAPS)]
            rows = [functools.reduce(m.add, [m.times(t, s.row(n - 2)) for t, s in zip(wide, shifted, strict=True)])
                    for n in range(ROWS + TAPS - 1)]
            own, to, left = _Rows(context, builder, cur, args[5], args[6], args[7], lanes), _Rows(context, builder, out, args[8], _LONG(0),
                                                                                            _LONG(0), lanes), []
            for n in range(ROWS):
                made = functools.reduce(m.add, [m.times(t, r) for t, r in zip(high, rows[n:n + TAPS], strict=True)])
                left.append(m.less(made, own.row(n)))
                to.put(n, left[-1])
            return m.total([m.times(v, v) for v in left])
        return types.float32(ref, types.int64, types.int64, down, across, cur, types.int64, types.int64, out), make
    return plain if config.DISABLE_JIT else intrinsic(typed)


priced8, priced16, differ8, differ16, squares8 = _of("priced", 8), _of("priced", 16), _of("differ", 8), _of("differ", 16), _of("squares", 8)
laid8, laid16, lay8, lay16 = _laid(8, False), _laid(16, False), _laid(8, True), _laid(16, True)
mean8, mean16 = _mean(8), _mean(16)
tapped8 = _tapped(8)
