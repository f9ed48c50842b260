"""The choice of structure at effort high: every piece is coded again with other weights than the usual, one change after another, and what
is better stays. Which weights are best differs by piece, and nothing in the pictures tells it as well as coding them does.

The weights are those at which a change costs about as much as it gains in the mean. What a bit of a key slice is worth is not among them:
what leans on it comes later, so that a piece by itself always finds its bits too dear.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.lorentzian.codec import Planes
from engine.lorentzian.schedule import lagrangian
from engine.lorentzian.structure import SLOPE, Coded, Structure, coded_bytes, log_errors
from engine.lorentzian.worth import USUAL
from engine.wanted import still_wanted

TRIED: tuple[dict[str, float], ...] = (
    {"clean": 0.5}, {"clean": 1.6}, {"between": 1.4}, {"between": 0.75}, {"motion": 1.4}, {"motion": 0.75},
    {"spread": 0.5}, {"spread": 1.6})
# Frames after the piece that keep the error of its last one: few where things move, many where they stand still. A change has to be better
# for both.
LASTING = (1.0, 10.0)


@dataclass
class Thorough(Structure):
    """A `Structure` that tries `TRIED` on every piece. It leaves the encoder's weights as they are usually."""

    def encode(self, frames: list[Planes], key: bool, anew: bool = True) -> Coded:
        """As of `Structure`."""
        encoder = self.encoder
        start, anchor, learnt, known = encoder.snapshot(), encoder.anchor, self.state(), self.known
        made = super().encode(frames, key, anew)
        length, guess, least, tuning = self.length, self.chroma, self.costs(frames, made), USUAL
        best = made, encoder.snapshot(), encoder.anchor, self.state(), self.known
        self.held = True
        for change in TRIED:
            if (tried := replace(tuning, **change)) == tuning:
                continue
            still_wanted()  # a piece is coded up to nine times
            encoder.restore(start)
            encoder.anchor = anchor
            self.take_up(learnt)
            self.known, self.length, self.chroma, encoder.tuning = known, length, guess, tried
            made = super().encode(frames, key, anew)
            costs = self.costs(frames, made)
            if (costs < least).all():
                least, tuning = costs, tried
                best = made, encoder.snapshot(), encoder.anchor, self.state(), self.known
        self.held, encoder.tuning = False, USUAL
        made, after, encoder.anchor, learnt, self.known = best
        encoder.restore(after)
        self.take_up(learnt)
        return made

    def costs(self, frames: list[Planes], coded: Coded) -> np.ndarray:
        """Error, by its logarithm, and bits, in shares of the error, of a piece; the last frame's error counts so many times more for each
        of `LASTING`."""
        logs = log_errors(frames, coded)
        bits = SLOPE * lagrangian(self.encoder.quality) * 8 * coded_bytes(coded) / float(np.exp(logs[:, 0].mean()))
        planes = logs @ np.array([6, 1, 1]) / 6
        return np.array([planes.sum() + n * planes[-1] + bits for n in LASTING]) / len(frames)
