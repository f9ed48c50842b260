"""`--max-error`: 0.5 is absolute, 1% is of the range of each column (of a whole array); None is without loss."""
from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.api import JobError


@dataclass(frozen=True)
class Bound:
    """value: largest |error|, or its share of the range (0.01 = 1 %) when `relative`. 0 = without loss."""

    value: float = 0.0
    relative: bool = False

    @property
    def lossless(self) -> bool:
        return self.value == 0

    def absolute(self, low: float, high: float) -> float:
        """In units of values between low and high; 0 (without loss) where there is no range."""
        if not self.relative:
            return self.value
        span = high - low
        return self.value * span if 0 < span < math.inf else 0.0


def parse(text: str) -> Bound:
    """JobError when `text` is neither a number nor a percentage at or above 0."""
    relative = text.strip().endswith("%")
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise JobError(f"{text!r} is no largest error", hint="0.5 means at most 0.5 off, 1% at most one hundredth of the range")
    return Bound(value / 100 if relative else value, relative)


def span(x: np.ndarray) -> tuple[float, float]:
    """(least, largest) finite value of an array of any size, read in pieces; (0, 0) when there is none."""
    low, high = math.inf, -math.inf
    pieces = x if x.ndim > 1 and x.shape[0] > 1 else [x]
    for piece in pieces:
        flat = np.asarray(piece).reshape(-1)
        for at in range(0, flat.size, 1 << 22):
            part = flat[at:at + (1 << 22)]
            part = part[np.isfinite(part)] if part.dtype.kind == "f" else part
            if part.size:
                # Python's own numbers: as a float64, a large whole number would be some other one
                low, high = min(low, part.min().item()), max(high, part.max().item())
    return (low, high) if low <= high else (0.0, 0.0)
