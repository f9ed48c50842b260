"""Integers on a lattice to bytes and back, level by level. Reader and writer are the same walk."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.api import LzcError
from engine.entropy import coder, logistic
from engine.hierarchical import swift
from engine.hierarchical import walk as W
from engine.hierarchical.lattice import Step, as_arrays, plan
from engine.hierarchical.model import Model
from engine.hierarchical.state import State

NONE8 = np.zeros((0, 0, 0), np.uint8)
_ROOM = 12          # bytes a sample may take; more is written in a second go


def _walk(s: np.ndarray, buf: np.ndarray, q: np.ndarray, skip: np.ndarray, mag: np.ndarray, steps: Sequence[Step], parents: np.ndarray,
          shift: np.ndarray, state: State | swift.SwiftState, model: Model, odd: np.ndarray) -> None:
    for step in steps:
        rows, near = as_arrays([step])
        if isinstance(state, swift.SwiftState):
            swift.walk(s, buf, q, skip, mag, rows, near, parents, shift, state.ls_a, state.ls_b, state.ls_w, state.ls_n, state.hist,
                       state.prob, state.count, state.weight, state.low_prob, state.low_count, logistic.RATE, logistic.STRETCH,
                       logistic.SQUASH)
            if step.kind == 0:
                state.ls_w[:] = 0
            continue
        rows[0, 7] = model.net_of(step)
        W.walk(s, buf, q, skip, mag, rows, near, parents, shift, state.ls_a, state.ls_b, state.ls_w, state.ls_n, state.err, state.hist,
               state.prob, state.count, state.weight, state.low_prob, state.low_count, logistic.RATE, logistic.STRETCH, logistic.SQUASH,
               state.net_w, state.net_b, state.net_v, odd)
        if step.kind == 0:
            state.ls_w[:] = 0       # the next step lies between its neighbours: what was learnt of going on from them says nothing there


def encode(q: np.ndarray, skip: np.ndarray, parents: np.ndarray, shift: np.ndarray, model: Model, depth: int | None = None,
           state: State | None = None, finest: np.ndarray | None = None, fast: bool = False,
           odd: np.ndarray | None = None, seen: np.ndarray | None = None) -> list[bytes]:
    """One part per level, coarsest first. q `[C, Y, X]` int64 below 2^57; where skip is 1 it is overwritten by predictions.
    finest: the parents in the finest level, where these are others. odd `[C]`: steps of remainders (2 e + 1: what a reader has is up to e
    off); seen, like q, is filled with what a reader has."""
    room = _ROOM
    while True:
        trial = swift.SwiftState(q.shape[0]) if fast else state or State(q.shape[0], model)
        work = q.copy()
        last = parents if finest is None else finest
        out, fits = _encode(work, skip, parents, shift, model, depth, trial, room, last, _steps(odd, len(q)))
        if fits:
            if seen is not None:
                seen[:] = work
            return out
        room *= 4


def _encode(q: np.ndarray, skip: np.ndarray, parents: np.ndarray, shift: np.ndarray, model: Model, depth: int | None,
            state: State | swift.SwiftState, room: int, finest: np.ndarray, odd: np.ndarray) -> tuple[list[bytes], bool]:
    mag = np.zeros(q.shape, np.int32)
    out: list[bytes] = []
    levels = plan(q.shape[1], q.shape[2], depth)
    for steps in levels:
        s, buf = coder.writer(room * q.size + 4096)
        _walk(s, buf, q, skip, mag, steps, finest if len(out) + 1 == len(levels) else parents, shift, state, model, odd)
        if s[coder.POS] > s[coder.END]:
            return [], False
        out.append(coder.finish(s, buf))
    return out, True


def _steps(odd: np.ndarray | None, channels: int) -> np.ndarray:
    return np.ones(channels, np.int64) if odd is None else odd


def decode(parts: Sequence[bytes], shape: tuple[int, int, int], skip: np.ndarray, parents: np.ndarray, shift: np.ndarray,
           model: Model, depth: int | None = None, finest: np.ndarray | None = None, known: np.ndarray | None = None,
           fast: bool = False, odd: np.ndarray | None = None) -> np.ndarray:
    """int64 `[C, Y, X]`. Levels that are not among `parts` are filled with what the finer predictors expect. known `[k, Y, X]`:
    the first channels, where skip is 2; they matter to the finest level alone."""
    state = swift.SwiftState(shape[0]) if fast else State(shape[0], model)
    q = np.zeros(shape, np.int64)
    if known is not None:
        q[:len(known)] = known
    mag = np.zeros(q.shape, np.int32)
    levels = plan(shape[1], shape[2], depth)
    if not 1 <= len(parts) <= len(levels):
        raise LzcError(f"general data has {len(levels)} levels, {len(parts)} were found")
    for number, (part, steps) in enumerate(zip(parts, levels), 1):
        s, buf = coder.reader(part)
        last = number == len(levels) and finest is not None
        _walk(s, buf, q, skip, mag, steps, finest if last else parents, shift, state, model, _steps(odd, shape[0]))  # type: ignore[arg-type]
    if len(parts) < len(levels):
        guess = np.ones(shape, np.uint8)
        s, buf = coder.reader(b"")
        for steps in levels[len(parts):]:
            _walk(s, buf, q, guess, mag, steps, parents, shift, state, model, _steps(odd, shape[0]))
    return q
