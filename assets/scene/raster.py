"""Polygons and strokes on a supersampled canvas. Coordinates are picture pixels (x right, y down); the canvas holds `scale` per pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

Colour = tuple[float, float, float]
Shade = Callable[[np.ndarray, np.ndarray], np.ndarray]  # x, y in picture pixels -> factor on the colour


def polygon_mask(points: np.ndarray, x0: int, y0: int, w: int, h: int) -> np.ndarray:
    """Even-odd inside test at the centres of a `[h, w]` block whose corner is (x0, y0); `points` in the same units."""
    toggles = np.zeros((h, w + 1), np.uint8)
    px, py = points[:, 0] - x0 - 0.5, points[:, 1] - y0 - 0.5
    for ax, ay, bx, by in zip(px, py, np.roll(px, -1), np.roll(py, -1)):
        if ay > by:
            ax, ay, bx, by = bx, by, ax, ay
        first, last = max(int(np.ceil(ay)), 0), min(int(np.ceil(by)), h)
        if first >= last:
            continue
        rows = np.arange(first, last)
        cross = np.clip(np.ceil(ax + (rows - ay) * ((bx - ax) / (by - ay))), 0, w).astype(np.int64)
        toggles[rows, cross] ^= 1  # an edge meets a row once, so no index comes twice
    return np.bitwise_xor.accumulate(toggles, axis=1)[:, :w].astype(bool)


class Canvas:
    """`rgb` is `[H * scale, W * scale, 3]` float32 in grey steps 0..255."""

    def __init__(self, rgb: np.ndarray, scale: int) -> None:
        self.rgb, self.scale = rgb, scale
        self.alpha: np.ndarray | None = None  # `[H, W]` coverage, kept for sprites

    def fill(
        self, points: np.ndarray | Sequence[tuple[float, float]], colour: Colour, *, alpha: float = 1.0, shade: Shade | None = None
    ) -> None:
        """Paint the inside of a closed polygon."""
        p = np.asarray(points, float) * self.scale
        height, width = self.rgb.shape[:2]
        x0, y0 = max(int(p[:, 0].min()), 0), max(int(p[:, 1].min()), 0)
        x1, y1 = min(int(p[:, 0].max()) + 1, width), min(int(p[:, 1].max()) + 1, height)
        if x0 >= x1 or y0 >= y1:
            return
        mask = polygon_mask(p, x0, y0, x1 - x0, y1 - y0)
        block = self.rgb[y0:y1, x0:x1]
        paint: np.ndarray = np.asarray(colour, np.float32)
        if shade is not None:
            ys, xs = np.nonzero(mask)
            factor = shade((xs + x0 + 0.5) / self.scale, (ys + y0 + 0.5) / self.scale)
            paint = paint * np.asarray(factor, np.float32)[:, None]
        block[mask] = paint if alpha >= 1 else block[mask] * (1 - alpha) + paint * alpha
        if self.alpha is not None:
            part = self.alpha[y0:y1, x0:x1]
            part[mask] = np.maximum(part[mask], alpha)

    def stroke(self, line: np.ndarray, thickness: float, colour: Colour, *, alpha: float = 1.0) -> None:
        """Paint a polyline with round ends; a single point gives a dot."""
        line = np.asarray(line, float)
        pairs = pairwise(line) if len(line) > 1 else [(line[0], line[0])]
        for a, b in pairs:
            along = np.arctan2(b[1] - a[1], b[0] - a[0])
            half = np.linspace(-np.pi / 2, np.pi / 2, 6)
            r = thickness / 2
            end = b + r * np.stack([np.cos(along + half), np.sin(along + half)], 1)
            start = a - r * np.stack([np.cos(along + half), np.sin(along + half)], 1)
            self.fill(np.concatenate([end, start]), colour, alpha=alpha)

    def reduced(self, x: int = 0, y: int = 0, width: int | None = None, height: int | None = None) -> np.ndarray:
        """Area average to picture pixels of the crop that starts `x`, `y` canvas samples in: `[height, width, 3]`."""
        s = self.scale
        w, h = width or self.rgb.shape[1] // s, height or self.rgb.shape[0] // s
        crop = self.rgb[y : y + h * s, x : x + w * s]
        total = np.zeros((h, w, 3), np.float32)
        for dy in range(s):
            for dx in range(s):
                total += crop[dy::s, dx::s]
        return total / (s * s)


def ellipse(cx: float, cy: float, rx: float, ry: float, *, turn: float = 0.0, n: int = 48) -> np.ndarray:
    """Outline `[n, 2]` of an ellipse turned by `turn` radians."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    x, y = rx * np.cos(t), ry * np.sin(t)
    return np.stack([cx + x * np.cos(turn) - y * np.sin(turn), cy + x * np.sin(turn) + y * np.cos(turn)], 1)


def box_blur(field: np.ndarray, radius: int, passes: int = 2) -> np.ndarray:
    """Repeated box mean of a `[H, W]` field, edges repeated: close to a Gaussian of sigma `radius * sqrt(passes / 3)`."""
    for _ in range(passes):
        for axis in (0, 1):
            pad = [(radius + 1, radius) if a == axis else (0, 0) for a in (0, 1)]
            total = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis, dtype=np.float64)
            n = 2 * radius + 1
            field = (np.take(total, range(n, total.shape[axis]), axis) - np.take(total, range(total.shape[axis] - n), axis)) / n
    return field.astype(np.float32)
