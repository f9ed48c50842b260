"""The truth about every pixel: which of the four classes it belongs to, and how that is counted, combined and drawn."""
from __future__ import annotations

import numpy as np

from engine.api import Provenance

COLOURS: dict[Provenance, tuple[int, int, int]] = {
    Provenance.CODED: (38, 110, 64),
    Provenance.RESTORED: (52, 96, 190),
    Provenance.INTERPOLATED: (214, 168, 36),
    Provenance.SYNTHESISED: (196, 48, 120),
}
NAMES: dict[Provenance, str] = {p: p.name.lower() for p in Provenance}


def classify(level: int, pitch: float) -> Provenance:
    """The class of a device pixel of `pitch` source pixels drawn from data of `level`.

    Data beyond the record (negative levels) is synthesised whatever happens to it later. Recorded data is coded as long as a device
    pixel covers at least one data pixel, and interpolated when it covers less. Exact: see `geometry`.
    """
    if level < 0:
        return Provenance.SYNTHESISED
    return Provenance.CODED if pitch >= 2.0 ** level else Provenance.INTERPOLATED


def mask(height: int, width: int, value: Provenance) -> np.ndarray:
    """`[height, width]` uint8 of one class."""
    return np.full((height, width), int(value), np.uint8)


def combined(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The class of pixels mixed from two: the one further from the record."""
    return np.maximum(a, b)


def counts(provenance: np.ndarray) -> dict[str, int]:
    """Pixels of each class by name, all four always present."""
    found = np.bincount(provenance.ravel(), minlength=len(Provenance))
    return {NAMES[p]: int(found[p]) for p in Provenance}


def has(provenance: np.ndarray, value: Provenance) -> bool:
    return bool(np.any(provenance == int(value)))


def palette() -> list[tuple[int, int, int]]:
    """Colours by class value, for a mask written as an indexed picture."""
    return [COLOURS[p] for p in sorted(Provenance)]


def overlay(rgb: np.ndarray, provenance: np.ndarray, strength: float = 0.35) -> np.ndarray:
    """`rgb` `[h, w, 3]` uint8 tinted by class."""
    table = np.array(palette(), np.float32)
    mixed = rgb * np.float32(1 - strength) + table[provenance] * np.float32(strength)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
