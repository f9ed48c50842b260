"""How wide the true error is where samples differ by so much: a table that travels with the weights.

Samples of a network trained for a short while differ too much in one place and too little in another, and more so with every level of
recursion. The table says, for how many levels lie beyond the record, how many samples were drawn, and how well the source was
recorded, within what distance of the expected detail 90 % of the truth lies, as a function of the samples' standard deviation. It
is fitted on training footage (`engine.training.detail_fit`) and measured on footage nobody learned from.
"""
from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.api import ModelError

NORMAL_90 = 1.6449  # half of the 90 % band of a normal distribution, in standard deviations
_MAX_TEXT, _MAX_KNOTS = 1 << 16, 64


@dataclass(frozen=True)
class SpreadTable:
    """knots: standard deviations over samples in grey steps, rising from 0. half: (quality, depth, samples) -> half-widths of the 90 %
    band at the knots. quality: lowest quality setting 0..63 the entry stands for; sources that are no `.lzc` count as 63."""

    knots: tuple[float, ...]
    half: dict[tuple[int, int, int], tuple[float, ...]]

    def entry(self, depth: int, samples: int, quality: int = 63) -> tuple[float, ...]:
        """The half-widths for the nearest known case: not more samples, not a better quality, not deeper than there is."""
        def nearest(known: set[int], wanted: int) -> int:
            return max((k for k in known if k <= wanted), default=min(known))

        q = nearest({k[0] for k in self.half}, quality)
        d = nearest({k[1] for k in self.half if k[0] == q}, depth)
        return self.half[q, d, nearest({k[2] for k in self.half if k[:2] == (q, d)}, samples)]

    def sigma(self, spread: np.ndarray, depth: int, samples: int, quality: int = 63) -> np.ndarray:
        """Standard deviation over samples -> calibrated one (float32, same shape): 90 % of the truth within `NORMAL_90` of it."""
        knots, half = np.array(self.knots), np.array(self.entry(depth, samples, quality))
        beyond = np.maximum(spread / knots[-1], 1.0)
        return (np.interp(spread, knots, half) * beyond / NORMAL_90).astype(np.float32)

    def to_text(self) -> str:
        return json.dumps({"knots": self.knots, "half": {",".join(map(str, k)): [round(v, 3) for v in values]
                                                         for k, values in self.half.items()}}, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str, where: str = "") -> SpreadTable:
        """ModelError when the text is no such table: too long, not rising, not finite, of other lengths."""
        try:
            if len(text) > _MAX_TEXT:
                raise ValueError
            found = json.loads(text)
            knots = tuple(float(v) for v in found["knots"])
            half = {(int(a), int(b), int(c)): tuple(float(v) for v in values)
                    for key, values in found["half"].items() for a, b, c in [key.split(",")]}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ModelError("the table of uncertainties cannot be read", where=where, hint="restore the models folder") from None
        rising = len(knots) > 1 and knots[0] == 0 and all(a < b for a, b in pairwise(knots))
        sound = all(len(v) == len(knots) and all(math.isfinite(x) and x >= 0 for x in v) for v in half.values())
        if not (rising and half and sound and len(knots) <= _MAX_KNOTS and math.isfinite(knots[-1])):
            raise ModelError("the table of uncertainties makes no sense", where=where, hint="restore the models folder")
        return cls(knots, half)
