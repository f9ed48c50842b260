"""A chunk of video in its two other forms: bytes, and what the entropy decoder makes of them. Both are plain values."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.lorentzian.schedule import USUAL_GRAIN, Grain, Slice
from engine.lorentzian.slices import Field


@dataclass(frozen=True)
class CodedChunk:
    """payloads[tile][level] bytes; symbols: 8-byte hash; frames; key: looks at nothing before it; anchored: looks at the last key chunk
    instead of the chunk before; grain: of a key chunk or one on the camera, the others have its chroma."""

    payloads: tuple[tuple[bytes, bytes, bytes, bytes], ...]
    symbols: bytes
    frames: int
    key: bool
    grey: bool = False  # no colour at all: chroma decodes to exactly 128
    anchored: bool = False
    grain: Grain = USUAL_GRAIN
    camera: bool = False  # looks at the picture of the camera (`camera.py`) instead of the chunk before


@dataclass(frozen=True, eq=False)
class Symbols:
    """One chunk after entropy decoding: per time the symbols `[H/8, W/8, channels + 1]` int16 of the levels read (the last is the
    basis), and the motion field; of each tile, weights of the filters of what is shown (`fitted.py`), none at coarser levels."""

    q: dict[int, np.ndarray]
    fields: dict[int, Field]
    order: tuple[Slice, ...]
    key: bool
    hash: bytes
    grey: bool = False
    anchored: bool = False
    grain: Grain = USUAL_GRAIN
    camera: bool = False
    filters: tuple[np.ndarray, ...] = ()
