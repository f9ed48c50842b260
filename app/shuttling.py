"""Shuttling at a pace: where full pictures come too slowly to be shown one after the other, coarser ones are."""
from __future__ import annotations

from collections.abc import Callable, Generator
from time import monotonic

from engine.api import Frame, ShuttleSource

PACE_S = 1 / 25  # a picture
TOLD = 4         # pictures after the first that say how quick a level is


def paced(source: ShuttleSource, start: int, step: int, levels: int, may: Callable[[], bool] = lambda: True,
          clock: Callable[[], float] = monotonic) -> Generator[Frame, None, None]:
    """Frames as `source.shuttle` gives them, from the next coarser of `levels` on when those of a level take longer than the pace in the
    mean and it `may` be so. The time that whoever shows them takes does not count, nor that of the first, which has a way to come."""
    level, at = 0, start
    while True:
        frames, spent, count = source.shuttle(at, step, level), 0.0, -1
        try:
            while count < TOLD or spent <= PACE_S * count or level + 1 >= levels or not may():
                begun = clock()
                frame = next(frames, None)
                if frame is None:
                    return
                count += 1
                spent += clock() - begun if count else 0.0
                at = frame.index + step
                yield frame
        finally:
            frames.close()
        level += 1
