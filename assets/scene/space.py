"""The camera and flat things in space. Metres: X right, Y up, Z away from the camera; pixels: x right, y down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import font
from .raster import Canvas, Colour, Shade


@dataclass(frozen=True)
class Camera:
    """A pinhole at `position`, turned right by `yaw` and up by `pitch` radians; `focal` and `centre` in pixels."""

    position: tuple[float, float, float] = (0.0, 3.3, 0.0)
    yaw: float = 0.10
    pitch: float = -0.13
    focal: float = 1040.0
    centre: tuple[float, float] = (664.0, 366.0)

    def axes(self) -> np.ndarray:
        """Rows: right, up and forward of the camera in the world."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        return np.array([[cy, 0, -sy], [-sy * sp, cp, -cy * sp], [sy * cp, sp, cy * cp]])

    def project(self, points: np.ndarray) -> np.ndarray:
        """World `[n, 3]` to pixels `[n, 2]`."""
        c = (np.asarray(points, float) - self.position) @ self.axes().T
        return np.stack([self.centre[0] + self.focal * c[:, 0] / c[:, 2], self.centre[1] - self.focal * c[:, 1] / c[:, 2]], 1)

    def rays(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Directions `[..., 3]` in the world of pixels (x, y), not normalised."""
        local = np.stack([(x - self.centre[0]) / self.focal, (self.centre[1] - y) / self.focal, np.ones_like(x)], -1)
        return local @ self.axes()


@dataclass(frozen=True, eq=False)
class Plane:
    """A flat drawing board in the world: (u, v) in metres lies at `origin + u * across + v * up`."""

    camera: Camera
    origin: np.ndarray
    across: np.ndarray
    up: np.ndarray

    def to_pixels(self, uv: np.ndarray) -> np.ndarray:
        uv = np.asarray(uv, float)
        return self.camera.project(self.origin + uv[:, :1] * self.across + uv[:, 1:] * self.up)

    def pixels_per_metre(self, u: float, v: float) -> float:
        """Scale near (u, v), the mean of both directions."""
        p = self.to_pixels(np.array([[u, v], [u + 0.01, v], [u, v + 0.01]]))
        return float((np.hypot(*(p[1] - p[0])) + np.hypot(*(p[2] - p[0]))) * 50)

    def fill(
        self, canvas: Canvas, uv: np.ndarray | list[tuple[float, float]], colour: Colour, *, alpha: float = 1.0, shade: Shade | None = None
    ) -> None:
        canvas.fill(self.to_pixels(np.asarray(uv, float)), colour, alpha=alpha, shade=shade)

    def rect(
        self, canvas: Canvas, u: float, v: float, w: float, h: float, colour: Colour, *, alpha: float = 1.0, shade: Shade | None = None
    ) -> None:
        """A rectangle from its lower left corner."""
        self.fill(canvas, [(u, v), (u + w, v), (u + w, v + h), (u, v + h)], colour, alpha=alpha, shade=shade)

    def stroke(
        self, canvas: Canvas, uv: np.ndarray | list[tuple[float, float]], thickness: float, colour: Colour, *, alpha: float = 1.0
    ) -> None:
        """A line `thickness` metres wide."""
        uv = np.asarray(uv, float)
        canvas.stroke(self.to_pixels(uv), thickness * self.pixels_per_metre(*uv[0]), colour, alpha=alpha)

    def text(
        self,
        canvas: Canvas,
        u: float,
        v: float,
        text: str,
        height: float,
        colour: Colour,
        *,
        weight: float = 0.14,
        centred: bool = False,
        fit: float = 1e9,
    ) -> None:
        """One line of text with its base line at v, starting (or centred) at u and set narrower where it is longer than `fit`
        metres; `weight` is stroke width over height."""
        length = font.width(text, height)
        narrow = min(1.0, fit / length) if length else 1.0
        u -= length * narrow / 2 if centred else 0.0
        for line in font.layout(text, height):
            self.stroke(canvas, line * (narrow, 1.0) + (u, v), weight * height * (0.4 + 0.6 * narrow), colour)
