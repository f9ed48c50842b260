"""What a person may do to the look of a view: sharpen, remove noise, change contrast and gamma. Nothing here is evidence.

It works on drawn pixels, last of all, and never reaches an export unless that is asked for; then the sidecar says so. A pixel depends on
its place on the device grid and on pixels near it alone, so tiles agree and panning changes nothing.
"""
from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from engine.api import EngineError, Look

LIMITS = {"contrast": (0.25, 4.0), "gamma": (0.25, 4.0), "sharpen": (0.0, 3.0), "denoise": (0.0, 1.0)}
_MOST_STEP = 8  # device pixels between the taps of a filter
_RED, _GREEN, _BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)
_RINGS = 2      # of neighbours that noise removal looks at


def check_look(look: Look) -> Look:
    """EngineError when a strength is not a number within its limits."""
    for name, (low, high) in LIMITS.items():
        value = getattr(look, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not low <= value <= high:
            raise EngineError(f"{name} {value!r} cannot be", hint=f"choose {low:g} to {high:g}")
    return look


def step_of(pitch: float) -> int:
    """Device pixels between neighbouring source pixels (1 to 8): filters work at the scale of what was recorded."""
    return int(min(max(round(1.0 / pitch), 1), _MOST_STEP))


def reach(look: Look, step: int) -> int:
    """Device pixels around a rectangle that its pixels depend on."""
    return step * ((_RINGS if look.denoise else 0) + (1 if look.sharpen else 0))


def applied(rgb: np.ndarray, look: Look, step: int) -> np.ndarray:
    """`[h, w, 3]` float32 in grey steps, not clipped, with the look; what lies outside repeats the edge. The input is left alone."""
    if look.denoise:
        rgb = _quieter(rgb, look.denoise, step)
    if look.sharpen:
        luma = _luma(rgb)
        rgb = rgb + (np.float32(look.sharpen) * (luma - _blurred(luma, step)))[..., None]
    if look.gamma != 1:
        rgb = np.float32(255) * (np.clip(rgb, 0, 255) / np.float32(255)) ** np.float32(1 / look.gamma)
    if look.contrast != 1:
        rgb = (rgb - np.float32(127.5)) * np.float32(look.contrast) + np.float32(127.5)
    return rgb


def _luma(rgb: np.ndarray) -> np.ndarray:
    """Not a matrix product: that may round otherwise in a picture of another size."""
    return rgb[..., 0] * _RED + rgb[..., 1] * _GREEN + rgb[..., 2] * _BLUE


def _blurred(plane: np.ndarray, step: int) -> np.ndarray:
    """1 2 1 in both directions, taps `step` pixels apart."""
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (step, step)
        p = np.pad(plane, pad, mode="edge")
        n = plane.shape[axis]
        plane = (np.take(p, range(n), axis) + 2 * plane + np.take(p, range(2 * step, n + 2 * step), axis)) * np.float32(0.25)
    return plane


def _quieter(rgb: np.ndarray, strength: float, step: int) -> np.ndarray:
    """Mean over neighbours of like luma (a sigma filter, Lee 1983, with soft weights): edges stay, small differences go."""
    h, w, _ = rgb.shape
    far = _RINGS * step
    padded = np.pad(rgb, ((far, far), (far, far), (0, 0)), mode="edge")
    luma = _luma(padded)
    here = luma[far:far + h, far:far + w]
    alike = np.float32(1.0 / (1.0 + 15.0 * strength) ** 2)
    total, weights = rgb.copy(), np.ones((h, w), np.float32)
    for dy in range(-_RINGS, _RINGS + 1):
        for dx in range(-_RINGS, _RINGS + 1):
            if (dx or dy) and dx * dx + dy * dy <= _RINGS * _RINGS:
                place = np.s_[far + dy * step:far + dy * step + h, far + dx * step:far + dx * step + w]
                away = luma[place] - here
                weight = np.float32(1.0) / (np.float32(1.0) + away * away * alike) ** 2
                total += padded[place] * weight[..., None]
                weights += weight
    return total / weights[..., None]


def to_facts(look: Look) -> dict[str, float]:
    """For the sidecar."""
    return {name: float(value) for name, value in asdict(look).items()}


def from_facts(facts: Any) -> Look:
    """As the sidecar has it; no entry is the plain look. EngineError when it makes no sense."""
    if facts is None:
        return Look()
    names = {f.name for f in fields(Look)}
    if not isinstance(facts, dict) or set(facts) - names:
        raise EngineError("the look of the picture cannot be read", hint="the sidecar was changed or cut off")
    return check_look(Look(**facts))
