"""The integer tables of the entropy model and of fitted filters: how they are laid out, made, saved and loaded.

`prob` (uint16) holds the starting chance of every adaptive context, `count` (uint16) how sure it is, `weight` (int32) the starting
mixing weights; one set per slice type (and for blocks with a basis of their own) and quality band. `filters` (int16) are patterns that
`fitted` makes its filters of. They ship with the model, and their SHA-256 is written into every file.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.lorentzian import fitted
from engine.lorentzian.schedule import QUALITIES, TYPES

BANDS = 4              # quality bands with their own starting tables
INPUTS = 9             # probabilities mixed per decision
ROWS = 72              # weight rows per set
SETS = TYPES + 2       # of contexts: by slice type, then blocks of types 0 and 1 with a basis of their own
# Context layout within one set (see symbols.py and vectors.py).
Z0 = 0                 # zero flag: channel x neighbours
Z1 = Z0 + 97 * 10      # zero flag: channel x lower frequencies x reference symbol
Z2 = Z1 + 97 * 15      # zero flag: group x block energy x neighbour block energy x nonzeros so far
Z3 = Z2 + 9 * 320      # zero flag: channel x neighbour block energy x reference energy
Z4 = Z3 + 97 * 36      # zero flag: channel x nonzeros so far x reference energy
Z5 = Z4 + 97 * 24      # zero flag: channel
G0 = Z5 + 97           # larger than one: channel x neighbours
G1 = G0 + 97 * 6       # larger than one: group x block energy x size so far
G2 = G1 + 9 * 64       # larger than one: channel x lower frequencies
G3 = G2 + 97 * 6       # unary tail: group x step x neighbours
F0 = G3 + 9 * 16 * 4   # flags: group x left, top, references
F1 = F0 + 10 * 64      # flags: group x neighbour energy x reference energy
F2 = F1 + 10 * 64      # flags: group x flags already known in this block
F3 = F2 + 10 * 64      # flags: group x three by three neighbourhood of references
S0 = F3 + 10 * 64      # whether the lowest coefficients are coded as differences
SG = S0 + 16           # sign: channel x signs left and above
SH = SG + 97 * 9       # sign: channel x signs in the references
SI = SH + 97 * 9       # sign: channel x signs of partners in the block
Z6 = SI + 97 * 9
Z7 = Z6 + 97 * 27
Z8 = Z7 + 97 * 36
F4 = Z8 + 9 * 64 * 4
MV = F4 + 10 * 64       # motion
BS = MV + 1024          # basis of a block: whether one of its own, which
T1 = BS + 32            # unary tail: step x neighbours x lower frequencies
T2 = T1 + 64 * 16       # unary tail: step x against the size to the left x above
T3 = T2 + 9 * 16        # unary tail: group x step x block energy
EX = T3 + 9 * 10 * 16   # exponent of what is larger still: group x large around x step
EM = EX + 9 * 2 * 14    # its next bit: group x exponent
LW = EM + 9 * 14        # lowest coefficients, transformed
LW_SIZE = 6144
CONTEXTS = LW + LW_SIZE


def _rate() -> np.ndarray:
    """rate[n] = 65536 / (n + 1.5): integers, exact everywhere."""
    return np.array([65536 * 2 // (2 * n + 3) for n in range(1024)], np.int64)


RATE = _rate()


def logistic_tables() -> tuple[np.ndarray, np.ndarray]:
    """(stretch int16[4096], squash uint16[4096]): ln(p / (1 - p)) in 1/256 and its inverse. Made once by the trainer, then shipped."""
    p = (np.arange(4096) + 0.5) / 4096
    stretch = np.clip(np.round(256 * np.log(p / (1 - p))), -2047, 2047).astype(np.int16)
    x = (np.arange(4096) - 2048) / 256
    squash = np.clip(np.round(65536 / (1 + np.exp(-x))), 32, 65503).astype(np.uint16)
    return stretch, squash


def band(quality: int) -> int:
    return min(BANDS - 1, quality * BANDS // QUALITIES)


@dataclass
class Tables:
    """Starting tables: prob, count `[BANDS, SETS, CONTEXTS]`, weight `[BANDS, SETS * ROWS, INPUTS]`, the logistic tables, and patterns of
    filters `[BANDS, 2, PARTS, TAPS]`."""

    prob: np.ndarray
    count: np.ndarray
    weight: np.ndarray
    stretch: np.ndarray
    squash: np.ndarray
    filters: np.ndarray

    @classmethod
    def untrained(cls) -> Tables:
        stretch, squash = logistic_tables()
        return cls(np.full((BANDS, SETS, CONTEXTS), 32768, np.uint16), np.zeros((BANDS, SETS, CONTEXTS), np.uint16),
                   np.full((BANDS, SETS * ROWS, INPUTS), int(0.25 * 65536), np.int32), stretch, squash, fitted.plain(BANDS))

    def start(self, quality: int, kinds: frozenset[int] | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fresh copies (prob `[SETS * CONTEXTS]`, count, weight) for one payload; with `kinds` nothing is in those of other slice types:
        copying all of them is much of the time that a short chunk takes to read."""
        b = band(quality)
        if kinds is None:
            return self.prob[b].reshape(-1).copy(), self.count[b].reshape(-1).copy(), self.weight[b].copy()
        prob, count = np.empty_like(self.prob[b]), np.empty_like(self.count[b])
        for k in (*kinds, *(TYPES + k for k in kinds if TYPES + k < SETS)):
            prob[k], count[k] = self.prob[b, k], self.count[b, k]
        return prob.reshape(-1), count.reshape(-1), self.weight[b].copy()

    def patterns(self, quality: int) -> np.ndarray:
        """int16 `[2, PARTS, TAPS]` of filters for luma and chroma."""
        found: np.ndarray = self.filters[band(quality)]
        return found
