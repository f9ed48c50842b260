"""Run with NUMBA_DISABLE_JIT=1: hostile bytes and vectors through the plain Python form of the compiled loops, every index checked.

Compiled, these loops check no bounds. numpy itself refuses indices that are too large; the arrays here refuse negative ones too.
"""
from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import config

from engine.lorentzian import areas, motion, payload, rough, search, tables
from engine.lorentzian import rangecoder as rc
from engine.lorentzian.payload import TileState
from engine.lorentzian.schedule import slices
from engine.lorentzian.slices import Field


class Guarded(np.ndarray):
    """Refuses negative indices, which numba and numpy would take from the other end."""

    def __getitem__(self, k: Any) -> Any:
        _refuse_negative(k)
        return super().__getitem__(k)

    def __setitem__(self, k: Any, value: Any) -> None:
        _refuse_negative(k)
        super().__setitem__(k, value)


def _refuse_negative(k: Any) -> None:
    for n in k if isinstance(k, tuple) else (k,):
        if isinstance(n, int | np.integer) and n < 0:
            raise IndexError(f"index {n} is negative")


def guard(a: np.ndarray) -> np.ndarray:
    return a.view(Guarded)


def guarded_field(height: int, width: int) -> Field:
    f = Field.empty(height, width)
    return Field(guard(f.merge), guard(f.split), guard(f.mode), guard(f.mv), guard(f.light), guard(f.straight))


def hostile_symbols() -> None:
    t = tables.Tables.untrained()
    for seed, count, key in ((1, 3, True), (2, 2, False), (3, 4, False)):
        rng = np.random.default_rng(seed)
        order = slices(count, key)
        state = TileState.blank(2, 4)
        state.q[payload.PREV_SLOT] = rng.integers(-4095, 4096, state.q[0].shape)
        state.energy[payload.PREV_SLOT] = rng.integers(0, 256, state.energy[0].shape)
        state = TileState(*(guard(getattr(state, n)) for n in ("q", "energy", "low", "mode", "turned")))
        fields = {s.time: guarded_field(16, 32) for s in order}
        start = [guard(a) for a in t.start(5 * seed)]
        for level in (3, 2, 1, 0):
            data = bytes(rng.integers(0, 256, 700, np.uint8)) if seed != 2 else b"\xff" * 700
            s, buf = rc.reader(data)
            payload.code_level(level, order, state, fields, t, (start[0], start[1], start[2]), (s, guard(buf)))
        payload.take(state, order[0], 96)


def hostile_motion() -> None:
    rng = np.random.default_rng(4)
    mode = guard(rng.integers(0, 3, (2, 2)).astype(np.int8))
    for level, reach in ((0, 4095), (0, 150), (1, 4095), (2, 4095), (3, 4095), (3, 700)):
        cl = min(level + 1, 3)
        planes = [rng.random((16 >> level, 16 >> level), np.float32), *(rng.random((16 >> cl, 16 >> cl), np.float32) for _ in range(2))]
        ready = [guard(a) for a in motion.prepare(planes, level)]
        for sign in (-1, 1):
            mv = rng.integers(reach - 40, reach + 1, (2, 2, 2, 2)).astype(np.int16) * np.int16(sign)
            for straight in (0, 1):
                motion.predict_planes(ready, ready, mode, guard(mv), 16, 16, level, straight=guard(np.full((1, 1), straight, np.uint8)))
    # the encoder's search, from seeds far outside
    ready = [guard(a) for a in motion.prepare([rng.random((16, 16), np.float32) * 255], 0)]
    f = guarded_field(16, 16)
    seeds = guard(np.stack([np.full((1, 1, 2), -2040, np.int16), np.full((1, 1, 2), 2040, np.int16)]))
    still = guard(np.zeros((2, 1, 1, 2), np.int16))
    cur = guard(rng.random((16, 16), np.float32) * 255)
    rest = True, seeds, seeds, still, False, np.float32(1), np.float32(0.1), 1, 0, 0, f.merge, f.split, f.mode, f.mv
    search.search(cur, ready[0], ready[0], *rest)
    search.search_lit(cur, ready[0], ready[0], guard(ready[0] * 0.5), guard(ready[0] * 0.5), *rest, guard(np.zeros((1, 1), np.uint8)))
    f = guarded_field(48, 32)
    f.mode[:], f.mv[:] = rng.integers(0, 3, f.mode.shape), rng.integers(-2047, 2048, f.mv.shape)
    f.split[:] = rng.integers(0, 2, f.split.shape)
    cur = guard(rng.random((48, 32), np.float32) * 255)
    left, right = (guard(motion.prepare([rng.random((48, 32), np.float32) * 255], 0)[0]) for _ in range(2))
    still = guard(np.zeros((2, 3, 2, 2), np.int16))
    areas.broaden(cur, left, right, True, still, True, np.float32(0.1), 0, 0, f.merge, f.split, f.mode, f.mv)
    for h, w in ((1, 1), (3, 2)):  # and the rough one before it, to where a larger block points
        small, other = (guard(rng.random((4 * h, 4 * w), np.float32) * 255) for _ in range(2))
        near, out = (guard(np.zeros((h, w, 2), np.int16)) for _ in range(2))
        rough.coarse_field(small, other, 15, near)
        rough.far_field(small, other, guard(rng.integers(-2040, 2041, (-(-h // 2), -(-w // 2), 2)).astype(np.int16)), 0, near, out)


if __name__ == "__main__":
    assert config.DISABLE_JIT, "compiled loops check nothing"
    {"symbols": hostile_symbols, "motion": hostile_motion}[sys.argv[1]]()
    print("inside")
