"""Sums over eight rows of 8, 16 or 32 numbers, each row in one vector: what searches of motion ask for millions of times.

Numba's compiler unrolls loops this short before it looks for vectors, and then leaves them scalar: absolute differences took three times as
long so, transforms seven times. So these few sums are written in the compiler's own language (LLVM's), which takes rows apart where a
machine's vectors are shorter. They may be made in any order.

    differ8, differ16       `f(cur, y, x, scale, patches)`: `scale` times the absolute differences of cur `[H, W]` float32 from pixel (y, x)
                            on, and of the mean of patches, a tuple of array, y and x for each
    differ32                the same of every fourth row
    squares8                the same squared
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
FAST = ("reassoc", "nsz", "contract")
FLOAT, LONG, PLACE = ir.FloatType(), ir.IntType(64), ir.IntType(32)
_BYTE = ir.IntType(8)


class Rows:
    """Rows of `lanes` numbers of a float32 array, from (y, x) on, `apart` from each other; of a list of numbers, from x on, it is always
    the same."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any, y: Any, x: Any, lanes: int, apart: int = 1) -> None:
        made = context.make_array(kind)(context, builder, array)
        self.builder, self.apart, self.kind = builder, apart, ir.VectorType(FLOAT, lanes)
        self.step = cgutils.unpack_tuple(builder, made.strides, kind.ndim)[0] if kind.ndim == 2 else LONG(0)
        start = builder.add(builder.mul(y, self.step), builder.mul(x, LONG(4)))
        self.at = builder.gep(builder.bitcast(made.data, _BYTE.as_pointer()), [start])

    def row(self, n: int) -> Any:
        at = self.builder.gep(self.at, [self.builder.mul(self.step, LONG(n * self.apart))])
        got = self.builder.load(self.builder.bitcast(at, self.kind.as_pointer()))
        got.align = 4
        return got

    def put(self, n: int, value: Any) -> None:
        at = self.builder.gep(self.at, [self.builder.mul(self.step, LONG(n * self.apart))])
        self.builder.store(value, self.builder.bitcast(at, self.kind.as_pointer())).align = 4


class Maker:
    """Arithmetic of vectors of `lanes` numbers."""

    def __init__(self, builder: Any, lanes: int) -> None:
        self.b, self.lanes, self.kind = builder, lanes, ir.VectorType(FLOAT, lanes)

    def every(self, x: float) -> Any:
        return ir.Constant(self.kind, [float(np.float32(x))] * self.lanes)

    def spread(self, x: Any) -> Any:
        one = self.b.insert_element(ir.Constant(self.kind, ir.Undefined), x, PLACE(0))
        return self.shuffle(one, one, [0] * self.lanes)

    def shuffle(self, a: Any, b: Any, order: list[int]) -> Any:
        return self.b.shuffle_vector(a, b, ir.Constant(ir.VectorType(PLACE, len(order)), order))

    def add(self, a: Any, b: Any) -> Any:
        return self.b.fadd(a, b, flags=FAST)

    def less(self, a: Any, b: Any) -> Any:
        return self.b.fsub(a, b, flags=FAST)

    def times(self, a: Any, b: Any) -> Any:
        return self.b.fmul(a, b, flags=FAST)

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
        return self.b.extract_element(v, PLACE(0))

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


def _mean_of(patches: tuple[Any, ...], lanes: int, apart: int = 1) -> Any:
    return np.mean([cut(patches[k], patches[k + 1], patches[k + 2], lanes, apart) for k in range(0, len(patches), 3)], 0) if patches else 0


def cut(array: np.ndarray, y: int, x: int, lanes: int, apart: int = 1) -> np.ndarray:
    """Eight rows for plain Python. IndexError beyond the array's edges, which compiled code does not look for."""
    if y < 0 or x < 0 or y + ROWS * apart - apart >= array.shape[0] or x + lanes > array.shape[1]:
        raise IndexError(f"rows {y}.., columns {x}.. of {array.shape}")
    return np.asarray(array[int(y):int(y) + ROWS * apart:apart, int(x):int(x) + lanes], np.float64)


def means(m: Maker, context: Any, builder: Any, patches: Any, value: Any, apart: int = 1) -> list[Any]:
    """Rows of the mean of patches."""
    kinds, parts = tuple(patches), cgutils.unpack_tuple(builder, value)
    each = [Rows(context, builder, kinds[k], parts[k], parts[k + 1], parts[k + 2], m.lanes, apart) for k in range(0, len(kinds), 3)]
    share = m.every(1 / len(each))
    return [m.times(share, functools.reduce(m.add, [rows.row(n) for rows in each])) for n in range(ROWS)]


def of_block(lanes: int, total: Callable[[Maker, list[Any], Any], Any], plainly: Callable[[np.ndarray, float], np.float32],
             apart: int = 1) -> Any:
    """`f(cur, y, x, scale, patches)`: `total` of what is left of eight rows that are `apart` from each other by the mean of patches, and of
    `scale`; plainly: the same of an array, for loops in plain Python."""
    def plain(cur: np.ndarray, y: int, x: int, scale: float, patches: tuple[Any, ...]) -> np.float32:
        return plainly(cut(cur, y, x, lanes, apart) - _mean_of(patches, lanes, apart), scale)

    def typed(typing: Any, cur: Any, y: Any, x: Any, scale: Any, patches: Any) -> Any:
        def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            m = Maker(builder, lanes)
            own = Rows(context, builder, cur, args[0], args[1], args[2], lanes, apart)
            rows = [own.row(n) for n in range(ROWS)]
            if len(patches):
                rows = [m.less(row, mean) for row, mean in zip(rows, means(m, context, builder, patches, args[4], apart), strict=True)]
            return total(m, rows, args[3])
        return types.float32(cur, types.int64, types.int64, types.float32, patches), make
    return plain if config.DISABLE_JIT else intrinsic(typed)


def _mean(lanes: int) -> Any:
    def plain(out: np.ndarray, y: int, x: int, patches: tuple[Any, ...]) -> np.float32:
        cut(out, y, x, lanes)
        out[int(y):int(y) + ROWS, int(x):int(x) + lanes] = _mean_of(patches, lanes)
        return np.float32(0)

    def typed(typing: Any, out: Any, y: Any, x: Any, patches: Any) -> Any:
        def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            m = Maker(builder, lanes)
            own = Rows(context, builder, out, args[0], args[1], args[2], lanes)
            for n, row in enumerate(means(m, context, builder, patches, args[3])):
                own.put(n, row)
            return FLOAT(0)
        return types.float32(out, types.int64, types.int64, patches), make
    return plain if config.DISABLE_JIT else intrinsic(typed)


def _tapped(lanes: int) -> Any:
    def plain(ref: np.ndarray, y: int, x: int, down: Any, across: Any, cur: np.ndarray, cy: int, cx: int, out: np.ndarray) -> np.float32:
        for first in (y - 2, y + TAPS - 3):  # all rows that are looked at
            cut(ref, first, x - 2, lanes + TAPS - 1)
        wide = np.asarray(ref, np.float64)
        rows = sum(t * wide[y - 2:y + ROWS + 3, x - 2 + k:x - 2 + k + lanes] for k, t in enumerate(across))
        left = sum(t * rows[k:k + ROWS] for k, t in enumerate(down)) - cut(cur, cy, cx, lanes)
        out[:ROWS, :lanes] = left
        return np.float32((left * left).sum())

    def typed(typing: Any, ref: Any, y: Any, x: Any, down: Any, across: Any, cur: Any, cy: Any, cx: Any, out: Any) -> Any:
        def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            m = Maker(builder, lanes)

            def weighed(taps: list[Any], rows: list[Any]) -> Any:
                return functools.reduce(m.add, [m.times(t, r) for t, r in zip(taps, rows, strict=True)])

            high, wide = ([m.spread(t) for t in cgutils.unpack_tuple(builder, args[k])] for k in (3, 4))
            shifted = [Rows(context, builder, ref, args[0], args[1], builder.add(args[2], LONG(k - 2)), lanes) for k in range(TAPS)]
            rows = [weighed(wide, [s.row(n - 2) for s in shifted]) for n in range(ROWS + TAPS - 1)]
            own = Rows(context, builder, cur, args[5], args[6], args[7], lanes)
            to = Rows(context, builder, out, args[8], LONG(0), LONG(0), lanes)
            left = [m.less(weighed(high, rows[n:n + TAPS]), own.row(n)) for n in range(ROWS)]
            for n, row in enumerate(left):
                to.put(n, row)
            return m.total([m.times(v, v) for v in left])
        return types.float32(ref, types.int64, types.int64, down, across, cur, types.int64, types.int64, out), make
    return plain if config.DISABLE_JIT else intrinsic(typed)


def _differ(m: Maker, rows: list[Any], scale: Any) -> Any:
    return m.b.fmul(scale, m.total([m.size(r) for r in rows]), flags=FAST)


def _differ_plainly(left: np.ndarray, scale: float) -> np.float32:
    return np.float32(scale * np.abs(left).sum())


def _squares(m: Maker, rows: list[Any], scale: Any) -> Any:
    return m.b.fmul(scale, m.total([m.times(r, r) for r in rows]), flags=FAST)


def _squares_plainly(left: np.ndarray, scale: float) -> np.float32:
    return np.float32(scale * (left * left).sum())


differ8, differ16 = (of_block(n, _differ, _differ_plainly) for n in (8, 16))
differ32 = of_block(32, _differ, _differ_plainly, apart=4)
squares8 = of_block(8, _squares, _squares_plainly)
mean8, mean16 = _mean(8), _mean(16)
tapped8 = _tapped(8)
