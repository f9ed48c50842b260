"""One slice at a time: alignment, means, quantisation, synthesis. Encoder, decoder and trainer share these steps."""
from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.lorentzian import motion, planes, vectors
from engine.lorentzian.nets import KNOWN
from engine.lorentzian.schedule import CHROMA, STEP_FACTOR, USUAL, step
from engine.lorentzian.transform import CHANNELS, IS_CHROMA

STAGES = (0, *KNOWN, CHANNELS)
WHITE = 255.75  # 1023 of 10 bit on the scale of 8 bit
LARGEST = 2047  # symbol an encoder makes: differences of two still fit what can be coded


@dataclass
class Field:
    """Motion of one slice: merge, mode int8 `[h8, w8]`, mv int16 `[2, h8, w8, 2]`, split uint8 `[h16, w16]`, see `vectors.py`; light int16
    `[h16, w16, 2, 2]`, see `light.py`; straight uint8 `[h16, w16]`, see `motion.predict`."""

    merge: np.ndarray
    split: np.ndarray
    mode: np.ndarray
    mv: np.ndarray
    light: np.ndarray
    straight: np.ndarray

    @classmethod
    def empty(cls, height: int, width: int) -> Field:
        h, w = height // 16, width // 16
        return cls(np.zeros((2 * h, 2 * w), np.int8), np.zeros((h, w), np.uint8), np.zeros((2 * h, 2 * w), np.int8),
                   np.zeros((2, 2 * h, 2 * w, 2), np.int16), np.zeros((h, w, 2, 2), np.int16), np.zeros((h, w), np.uint8))

    def classes(self) -> np.ndarray:
        """int8 `[h16, w16]`, see `vectors.classes`."""
        out = np.zeros(self.split.shape, np.int8)
        vectors.classes(self.merge, self.split, self.mv, out)
        return out

    def still(self) -> np.ndarray:
        """bool `[h8, w8]`: blocks that do not move."""
        same: np.ndarray = (self.mv == 0).all(axis=(0, 3))
        return same

    def crop(self, y: int, x: int, h: int, w: int) -> Field:
        """The part over 16x16 blocks y..y+h, x..x+w, as contiguous copies."""
        g, b = np.s_[y:y + h, x:x + w], np.s_[2 * y:2 * (y + h), 2 * x:2 * (x + w)]
        return Field(self.merge[b].copy(), self.split[g].copy(), self.mode[b].copy(), self.mv[:, b[0], b[1]].copy(), self.light[g].copy(),
                     self.straight[g].copy())

    def paste(self, part: Field, y: int, x: int) -> None:
        h, w = part.split.shape
        g, b = np.s_[y:y + h, x:x + w], np.s_[2 * y:2 * (y + h), 2 * x:2 * (x + w)]
        self.merge[b], self.split[g], self.mode[b], self.mv[:, b[0], b[1]] = part.merge, part.split, part.mode, part.mv
        self.light[g], self.straight[g] = part.light, part.straight


@dataclass
class Reference:
    """A decoded slice that others may look at: padded float32 planes and their prepared form, made when first needed."""

    planes: list[np.ndarray]
    level: int = 0
    field: Field | None = None
    span: int = 8
    _ready: list[np.ndarray] = dataclasses.field(default_factory=list)

    def ready(self) -> list[np.ndarray]:
        ready = self._ready
        if not ready:  # two slices of a wave may both get here; they make the same
            self._ready = ready = motion.prepare(self.planes, self.level)
        return ready

    def forget(self) -> None:
        """Let go of the prepared form, several times as large as the planes; it is made again when needed."""
        self._ready = []


def steps(quality: int, kind: int, chroma: int = USUAL) -> Tensor:
    """Quantiser step per channel `[1, 96, 1, 1]`; chroma: number in CHROMA."""
    s = np.full(CHANNELS, step(quality) * STEP_FACTOR[kind], np.float32)
    s[IS_CHROMA] *= CHROMA[chroma]
    return torch.from_numpy(s).view(1, -1, 1, 1)


def gain(quality: int) -> float:
    """Network units to grey steps: corrections grow with the square root of the quantiser step."""
    return 4.0 * step(quality) ** 0.5


def aligned(left: Reference | None, right: Reference | None, f: Field, height: int, width: int, level: int = 0,
            sides: int = 2) -> list[np.ndarray]:
    """(Y, U, V), each `[sides, h, w]`, what the neighbours predict; flat grey where there are none."""
    if left is None:
        cl = min(level + 1, 3)
        return [np.full((sides, height >> level, width >> level), 128, np.float32),
                *(np.full((sides, height >> cl, width >> cl), 128, np.float32) for _ in range(2))]
    return motion.predict_planes(left.ready(), (right or left).ready(), f.mode, f.mv, height, width, level, light=f.light,
                                 straight=f.straight, sides=sides)


def to_coefficients(p: list[np.ndarray], level: int = 0, device: torch.device | None = None) -> Tensor:
    """`[N, h, w]` planes at `level` -> `[N, 96, H/8, W/8]`; channels finer than the level are zero."""
    t = [torch.from_numpy(a) for a in p]
    if device is not None:
        t = [a.to(device) for a in t]
    return planes.forward_level(t[0], t[1], t[2], level)


def quantise(value: Tensor, dead: float) -> Tensor:
    """Round to integers with a dead zone: 0.5 - dead is added before truncation."""
    return torch.sign(value) * torch.floor(value.abs() + (0.5 - dead))
