"""What a bit is worth to the encoder: in squared error where symbols are chosen, in differences where motion is looked for."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.lorentzian.schedule import KINDS, STEP_FACTOR, step

DEAD = (0.15, 0.22, 0.25, 0.27, 0.3)  # added to the quantiser's zero zone of the lowest coefficients, by slice type
PRICE = (0.11, 0.10, 0.13, 0.13, 0.13)  # squared steps worth one bit by slice type, at qualities up to CHEAPER[0]
CHEAPER = (40, 56, 0.75)           # from the first of these qualities to the second and on the price falls to so much of it
LEANS, USUALLY = 3.0, 0.85         # how many times the error of a key slice's block counts that all others keep; what they keep of most
MOTION_PRICE = 0.65                # SAD worth one bit of motion, over step ** 0.9


@dataclass(frozen=True)
class Tuning:
    """Other weights than the usual, for an encoder that tries them (`thorough.py`). Factors: `between` of a bit in slices that are no key
    slices, `motion` of a bit of motion, `spread` of how far the prices of blocks go apart, `clean` of the frames around in what a key slice
    is coded from."""

    between: float = 1.0
    motion: float = 1.0
    spread: float = 1.0
    clean: float = 1.0


USUAL = Tuning()


def motion_price(quality: int, kind: int, tuning: Tuning = USUAL) -> np.float32:
    """Absolute differences worth one bit of motion: follows the step of the slice, as its residual does."""
    return np.float32(MOTION_PRICE * tuning.motion * (step(quality) * STEP_FACTOR[kind]) ** 0.9)


def price(quality: int, kind: int, tuning: Tuning = USUAL) -> float:
    """Squared steps worth one bit of a symbol other than the lowest coefficients'."""
    begin, end, least = CHEAPER
    usual = PRICE[kind] if kind in KINDS else PRICE[kind] * tuning.between
    return usual * (1 - (1 - least) * min(max((quality - begin) / (end - begin), 0), 1))


def search_scale(quality: int, kind: int) -> np.float32:
    """8x8 Hadamard sums to steps of the quantiser, by whose number `priced.price` goes."""
    return np.float32(1 / (8 * step(quality) * STEP_FACTOR[kind]))


def prices(worth: float, size: tuple[int, int], kept: np.ndarray | None, tuning: Tuning = USUAL) -> np.ndarray:
    """`worth` of a bit for each block, float32 `[h, w]`; in key slices the less, the more of the block's error other slices keep, see
    `TemporalFilter.kept`."""
    out = np.full(size, worth, np.float32)
    if kept is not None:
        leans = LEANS * tuning.spread
        out[:kept.shape[0], :kept.shape[1]] *= (1 + leans * USUALLY) / (1 + leans * kept)
    return out
