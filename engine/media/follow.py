"""Following a thing from frame to frame: a correlation filter that learns what it looks like (MOSSE: Bolme et al., "Visual Object
Tracking using Adaptive Correlation Filters", CVPR 2010), in numpy, on luma.

The box keeps its size; only its centre moves. `sharpness` says how clear the answer is: the peak-to-sidelobe ratio of the correlation.
Above about 20 it is a strong match, below `LOST` the thing is not there (the paper names 7 for occlusion).
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.api import Roi

LOST = 7.0
_RATE = 0.125      # how quickly the filter follows a change of looks
_SIDE = 64         # samples across the window that is correlated
_MARGIN = 2.0      # the window is this much larger than the box: the thing may move half of the rest in one frame
_FLOOR = 1e-3


@dataclass(frozen=True)
class Found:
    """`box` in source pixels; `lost` when the match is too weak: the box is then where the thing was last seen."""

    box: Roi
    sharpness: float
    lost: bool


class Follower:
    """Made on a frame with the box around the thing; `update` with each frame after it, in either direction of time."""

    def __init__(self, luma: np.ndarray, box: Roi) -> None:
        x, y, w, h = box
        self._size = (max(4.0, w), max(4.0, h))
        self._centre = (x + w / 2, y + h / 2)
        self._window = np.outer(np.hanning(_SIDE), np.hanning(_SIDE))
        grid = np.arange(_SIDE) - _SIDE // 2
        gauss = np.exp(-(grid[:, None] ** 2 + grid[None, :] ** 2) / (2 * 2.0 ** 2))
        self._wanted = np.fft.fft2(gauss)
        self._top = np.zeros((_SIDE, _SIDE), complex)
        self._bottom = np.zeros((_SIDE, _SIDE), complex)
        for angle, scale in ((0.0, 1.0), (0.05, 1.0), (-0.05, 1.0), (0.0, 1.05), (0.0, 0.95), (0.1, 1.0), (-0.1, 1.0)):
            self._learn(self._cut(luma, self._centre, angle, scale), 1.0)

    @property
    def box(self) -> Roi:
        (cx, cy), (w, h) = self._centre, self._size
        return cx - w / 2, cy - h / 2, w, h

    def update(self, luma: np.ndarray) -> Found:
        """Finds the thing in `luma` `[H, W]` (any bit depth), near where it was, and learns how it looks now."""
        seen = np.fft.fft2(self._cut(luma, self._centre))
        answer = np.fft.ifft2(seen * self._top / (self._bottom + _FLOOR)).real
        row, col = np.unravel_index(int(answer.argmax()), answer.shape)
        sharpness = _sharpness(answer, int(row), int(col))
        if sharpness < LOST:
            return Found(self.box, sharpness, True)
        dy, dx = _between(answer[:, col], int(row)) - _SIDE // 2, _between(answer[row], int(col)) - _SIDE // 2
        step_x, step_y = (s * _MARGIN / _SIDE for s in self._size)
        h, w = luma.shape
        self._centre = (min(max(self._centre[0] + dx * step_x, 0.0), float(w)), min(max(self._centre[1] + dy * step_y, 0.0), float(h)))
        self._learn(self._cut(luma, self._centre), _RATE)
        return Found(self.box, sharpness, False)

    def _learn(self, patch: np.ndarray, rate: float) -> None:
        f = np.fft.fft2(patch)
        if rate >= 1.0:
            self._top += self._wanted * f.conj()
            self._bottom += f * f.conj()
        else:
            self._top = rate * self._wanted * f.conj() + (1 - rate) * self._top
            self._bottom = rate * f * f.conj() + (1 - rate) * self._bottom

    def _cut(self, luma: np.ndarray, centre: tuple[float, float], angle: float = 0.0, scale: float = 1.0) -> np.ndarray:
        """The window around `centre` as `[64, 64]`, its contrast made even and its edges faded; bilinear, edges of the frame repeated."""
        t = (np.arange(_SIDE) - _SIDE // 2) / _SIDE * _MARGIN * scale
        u, v = t[None, :] * self._size[0], t[:, None] * self._size[1]
        xs = centre[0] - 0.5 + u * np.cos(angle) - v * np.sin(angle)
        ys = centre[1] - 0.5 + u * np.sin(angle) + v * np.cos(angle)
        h, w = luma.shape
        xs, ys = np.clip(xs, 0, w - 1.001), np.clip(ys, 0, h - 1.001)
        x0, y0 = np.clip(xs.astype(np.int64), 0, max(0, w - 2)), np.clip(ys.astype(np.int64), 0, max(0, h - 2))
        x1, y1 = np.minimum(x0 + 1, w - 1), np.minimum(y0 + 1, h - 1)
        fx, fy = xs - x0, ys - y0
        upper = luma[y0, x0] * (1 - fx) + luma[y0, x1] * fx
        lower = luma[y1, x0] * (1 - fx) + luma[y1, x1] * fx
        patch = np.log1p(upper * (1 - fy) + lower * fy)
        patch -= patch.mean()
        result: np.ndarray = patch / (patch.std() + 1e-5) * self._window
        return result


def _sharpness(answer: np.ndarray, row: int, col: int) -> float:
    """Peak-to-sidelobe ratio: how many standard deviations the peak stands above what is around it (11 x 11 at the peak left out)."""
    outside = np.ones(answer.shape, bool)
    outside[max(0, row - 5):row + 6, max(0, col - 5):col + 6] = False
    rest = answer[outside]
    return float((answer[row, col] - rest.mean()) / (rest.std() + 1e-9))


def _between(line: np.ndarray, at: int) -> float:
    """The top of the parabola through the peak and its neighbours."""
    if not 0 < at < len(line) - 1:
        return float(at)
    a, b, c = line[at - 1], line[at], line[at + 1]
    bend = a - 2 * b + c
    return at + float((a - c) / (2 * bend)) if abs(bend) > 1e-12 else float(at)
