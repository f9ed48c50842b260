"""Shuttling at a pace: coarser where full pictures come too slowly, and only then."""
from __future__ import annotations

from collections.abc import Generator

import numpy as np

from app.shuttling import PACE_S, TOLD, paced
from engine.api import Frame


class Slow:
    """Forty frames; one of a level takes `cost[level]` seconds of a clock that goes on with them."""

    def __init__(self, *cost: float) -> None:
        self.cost, self.now, self.open = cost, 0.0, 0

    def clock(self) -> float:
        return self.now

    def shuttle(self, start: int, step: int, level: int = 0) -> Generator[Frame, None, None]:
        self.open += 1
        try:
            for n in range(start, 40, step):
                self.now += self.cost[level]
                side = 32 >> level
                yield Frame(np.zeros((side, side), np.uint8), np.zeros((side // 2, side // 2), np.uint8),
                            np.zeros((side // 2, side // 2), np.uint8), n, n)
        finally:
            self.open -= 1


def seen(source: Slow, step: int = 2, may: bool = True) -> list[tuple[int, int]]:
    """(index, width) of all frames; whoever shows them takes a second each."""
    out = []
    for frame in paced(source, 0, step, len(source.cost), lambda: may, source.clock):
        out.append((frame.index, frame.width))
        source.now += 1.0
    assert source.open == 0
    return out


def test_a_pace_that_is_kept_stays_at_full_size() -> None:
    assert seen(Slow(PACE_S * 0.9, 0.0)) == [(n, 32) for n in range(0, 40, 2)]


def test_what_is_too_slow_goes_on_one_level_coarser_and_misses_no_frame() -> None:
    got = seen(Slow(PACE_S * 1.1, PACE_S * 0.9, 0.0))
    assert [n for n, _ in got] == list(range(0, 40, 2))
    assert [w for _, w in got] == [32] * (TOLD + 1) + [16] * (len(got) - TOLD - 1)


def test_the_coarsest_level_is_the_last() -> None:
    assert [w for _, w in seen(Slow(1.0, 1.0))] == [32] * (TOLD + 1) + [16] * (20 - TOLD - 1)
    assert {w for _, w in seen(Slow(1.0))} == {32}


def test_whoever_needs_full_frames_gets_them() -> None:
    assert {w for _, w in seen(Slow(1.0, 0.0), may=False)} == {32}


def test_who_stops_looking_closes_the_source() -> None:
    source = Slow(1.0, 0.0)
    frames = paced(source, 0, 2, 2, clock=source.clock)
    next(frames)
    frames.close()
    assert source.open == 0
