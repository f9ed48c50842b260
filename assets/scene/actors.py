"""What moves in the yard: a car with its number plate, a walker with a face, the hands of the clock."""

from __future__ import annotations

import numpy as np

from .backdrop import CLOCK, INK, soft_shadow, wall_plane
from .raster import Canvas, Colour, ellipse
from .space import Camera, Plane

PLATE = "LZ24 KVR"
_UP = np.array([0.0, 1.0, 0.0])


def clock_hands(canvas: Canvas, camera: Camera, seconds: float) -> None:
    """Hands for `seconds` after midnight; the second hand ticks with a small overshoot."""
    cu, cv, r = CLOCK
    wall = wall_plane(camera, 0.08)
    whole, part = divmod(seconds, 1.0)
    tick = whole + min(part / 0.12, 1.0) + (0.25 * np.sin(part * 40) * np.exp(-part * 14) if part > 0.12 else 0.0)
    for turn, length, thick, colour in (
        (seconds / 43200, 0.50, 0.034, INK),
        (seconds / 3600, 0.76, 0.024, INK),
        (tick / 60, 0.86, 0.009, (176, 30, 26)),
    ):
        a = 2 * np.pi * turn
        d = np.array([np.sin(a), np.cos(a)]) * r
        wall.stroke(canvas, np.array([(cu, cv) - 0.14 * d, (cu, cv) + length * d]), thick, colour)
    wall.fill(canvas, ellipse(cu, cv, 0.018, 0.018), (176, 30, 26))


class Car:
    """A small saloon. Own coordinates: length 0 (tail) .. 4.1 (nose), height, half width 0.84 to both sides."""

    BODY = np.array(
        [
            (0.06, 0.30),
            (0.0, 0.62),
            (0.10, 0.92),
            (0.50, 0.97),
            (2.85, 0.97),
            (3.80, 0.84),
            (4.06, 0.66),
            (4.10, 0.34),
            (4.04, 0.26),
            (0.10, 0.26),
        ]
    )
    CABIN = np.array([(0.42, 0.95), (0.95, 1.42), (2.05, 1.46), (3.02, 0.95)])
    PAINT: Colour = (52.0, 84.0, 134.0)

    def __init__(self, camera: Camera, tail: np.ndarray, heading: float) -> None:
        """`tail` on the ground below the middle of the tail, `heading` radians from X towards Z."""
        self.camera, self.tail = camera, np.asarray(tail, float)
        self.ahead = np.array([np.cos(heading), 0.0, np.sin(heading)])
        self.left = np.array([-np.sin(heading), 0.0, np.cos(heading)])
        to_camera = np.asarray(camera.position) - (self.tail + 2.0 * self.ahead)
        self.near = 1.0 if float(self.left @ to_camera) > 0 else -1.0

    def at(self, length: float, height: float, side: float) -> np.ndarray:
        return self.tail + length * self.ahead + height * _UP + side * self.left

    def pixels(self, *points: tuple[float, float, float]) -> np.ndarray:
        return self.camera.project(np.array([self.at(*p) for p in points]))

    def side(self, half_width: float) -> Plane:
        return Plane(self.camera, self.at(0, 0, self.near * half_width), self.ahead, _UP)

    def front(self, length: float) -> Plane:
        """A board across the nose; u runs to the right as seen from before the car."""
        return Plane(self.camera, self.at(length, 0, 0), self.left, _UP)

    def draw(self, canvas: Canvas, travelled: float) -> None:
        base = self.pixels((-0.1, 0, -0.95), (4.2, 0, -0.95), (4.2, 0, 0.95), (-0.1, 0, 0.95))
        soft_shadow(canvas, base + (10, 3), 9, 0.50)
        soft_shadow(canvas, base, 3, 0.45)
        self._wheels(canvas, travelled, -0.80 * self.near, far=True)
        self._strips(canvas, self.BODY, 0.84, 0.84, (4, 5, 6, 7), (1.22, 1.20, 1.06, 0.86))
        side = self.side(0.84)
        top = float(side.to_pixels(np.array([[2.0, 0.97]]))[0, 1])
        side.fill(canvas, self.BODY, self.PAINT, shade=lambda x, y: 0.92 - 0.0022 * (y - top) + 0.16 * np.exp(-(((y - top - 18) / 7) ** 2)))
        side.stroke(canvas, [(0.05, 0.72), (3.95, 0.70)], 0.012, (30, 50, 84))
        side.rect(canvas, 0.1, 0.27, 3.92, 0.09, (36, 38, 42))
        for u in (1.12, 2.02, 2.98):
            side.stroke(canvas, [(u, 0.34), (u + 0.03, 0.94)], 0.010, (26, 42, 70))
        for u in (1.28, 2.18):
            side.rect(canvas, u, 0.80, 0.17, 0.028, (170, 180, 192))
        self._cabin(canvas)
        self._wheels(canvas, travelled, 0.80 * self.near, far=False)
        self._nose(canvas)

    def _strips(
        self, canvas: Canvas, outline: np.ndarray, low: float, high: float, edges: tuple[int, ...], light: tuple[float, ...]
    ) -> None:
        """The skin across the car between neighbouring points of a profile; a pale sky lies on what looks up."""
        for k, factor in zip(edges, light):
            (la, ha), (lb, hb) = outline[k - 1], outline[k]
            p = self.pixels((la, ha, -low), (lb, hb, -high), (lb, hb, high), (la, ha, low))
            y0, height = float(p[:, 1].min()), max(float(np.ptp(p[:, 1])), 1.0)
            sky = 0.30 if hb - ha > 4 * (la - lb) else 0.05
            canvas.fill(
                p, tuple(c * factor for c in self.PAINT), shade=lambda x, y, y0=y0, h=height, s=sky: 1.0 + s * (1 - 1.6 * (y - y0) / h)
            )
        for s in (-0.52, 0.52):  # creases of the bonnet, wipers, the line of its edge
            canvas.stroke(self.pixels((2.98, 0.965, s * 1.15), (3.80, 0.845, s)), 1.6, (34, 58, 98))
        canvas.stroke(self.pixels((3.80, 0.842, -0.80), (3.80, 0.842, 0.80)), 1.4, (28, 46, 78))
        for s in (0.10, 0.62):
            canvas.stroke(self.pixels((2.96, 0.985, s), (2.78, 1.06, s - 0.50)), 1.6, (16, 16, 18))

    def _cabin(self, canvas: Canvas) -> None:
        (l0, h0), (l1, h1), (l2, h2), (l3, h3) = self.CABIN
        wide, roof = 0.78, 0.62
        glass = (40.0, 48.0, 56.0)
        screen = self.pixels((l3, h3, -wide), (l2, h2, -roof), (l2, h2, roof), (l3, h3, wide))
        canvas.fill(screen, tuple(c * 0.9 for c in self.PAINT))
        inset = screen.mean(0) + (screen - screen.mean(0)) * 0.90
        y0, y1 = inset[:, 1].min(), inset[:, 1].max()
        canvas.fill(inset, glass, shade=lambda x, y: 2.3 - 1.5 * (y - y0) / (y1 - y0))
        for s in (-0.34, 0.34):  # seats and their head rests seen through the glass
            seat = self.camera.project(np.array([self.at(2.2, 1.12, s)]))[0]
            canvas.fill(ellipse(*seat, 11, 13), (26, 28, 32), alpha=0.55)
        paper = self.pixels((2.86, 1.04, 0.50), (2.72, 1.12, 0.48), (2.72, 1.12, 0.36), (2.86, 1.04, 0.38))
        canvas.fill(paper, (220, 216, 170))
        canvas.fill(self.pixels((l1, h1, -roof), (l2, h2, -roof), (l2, h2, roof), (l1, h1, roof)), tuple(c * 1.28 for c in self.PAINT))
        n = self.near
        canvas.fill(
            self.pixels((l0, h0, n * wide), (l1, h1, n * roof), (l2, h2, n * roof), (l3, h3, n * wide)), tuple(c * 0.98 for c in self.PAINT)
        )

        def pane(a: float, b: float, c: float, d: float) -> None:
            """Side glass: (a, b) along the belt, (c, d) along the roof, as shares of their lengths."""

            def along(lo: float, hi: float, t: float) -> float:
                return lo + (hi - lo) * t

            belt, top = h0 + 0.04, h1 - 0.05
            w_belt, w_top = wide - 0.02, roof + 0.02
            p = self.pixels(
                (along(l0, l3, a), belt, n * w_belt),
                (along(l1, l2, c), top, n * w_top),
                (along(l1, l2, d), top, n * w_top),
                (along(l0, l3, b), belt, n * w_belt),
            )
            lo, hi = p[:, 1].min(), p[:, 1].max()
            canvas.fill(p, glass, shade=lambda x, y: 1.9 - 1.1 * (y - lo) / (hi - lo) + 0.25 * ((x * 0.7 + y) % 37 < 9))

        pane(0.08, 0.30, 0.05, 0.24)
        pane(0.32, 0.62, 0.28, 0.66)
        pane(0.64, 0.92, 0.70, 0.97)
        mirror = self.camera.project(np.array([self.at(2.72, 1.05, n * 0.90)]))[0]
        canvas.fill(ellipse(*mirror, 9, 7), tuple(c * 0.8 for c in self.PAINT))

    def _wheels(self, canvas: Canvas, travelled: float, offset: float, *, far: bool) -> None:
        board = Plane(self.camera, self.at(0, 0, offset + (0 if far else 0.05 * self.near)), self.ahead, _UP)
        for u in (0.82, 3.28):
            if not far:
                board.fill(canvas, ellipse(u, 0.34, 0.40, 0.40), (22, 24, 28))
            board.fill(canvas, ellipse(u, 0.31, 0.31, 0.31), (30, 30, 32))
            if far:
                continue
            board.fill(canvas, ellipse(u, 0.31, 0.21, 0.21), (150, 154, 160))
            board.fill(canvas, ellipse(u, 0.31, 0.18, 0.18), (58, 60, 64))
            for k in range(5):
                a = travelled / 0.31 + 2 * np.pi * k / 5
                board.stroke(canvas, [(u, 0.31), (u - 0.185 * np.sin(a), 0.31 + 0.185 * np.cos(a))], 0.055, (176, 180, 186))
            board.fill(canvas, ellipse(u, 0.31, 0.045, 0.045), (90, 94, 100))

    def _nose(self, canvas: Canvas) -> None:
        nose = self.front(4.11)
        nose.rect(canvas, -0.46, 0.50, 0.92, 0.13, (22, 24, 26))
        for v in np.arange(0.515, 0.62, 0.028):
            nose.rect(canvas, -0.45, v, 0.90, 0.010, (150, 154, 160))
        nose.fill(canvas, ellipse(0, 0.567, 0.055, 0.050), (206, 210, 214))
        nose.text(canvas, 0, 0.550, "LZ", 0.034, (30, 40, 90), centred=True)
        for s in (-1, 1):
            lamp = ellipse(s * 0.64, 0.575, 0.155, 0.070)
            nose.fill(canvas, lamp, (90, 94, 98))
            nose.fill(canvas, ellipse(s * 0.64, 0.578, 0.140, 0.058), (214, 222, 228))
            nose.fill(canvas, ellipse(s * 0.66, 0.580, 0.060, 0.045), (252, 252, 246))
            nose.rect(canvas, s * 0.64 - 0.10, 0.385, 0.20, 0.040, (226, 176, 84))
        nose.rect(canvas, -0.80, 0.28, 1.60, 0.06, (30, 32, 36))
        plate = self.front(4.13)
        plate.rect(canvas, -0.285, 0.350, 0.57, 0.125, (20, 20, 22))
        plate.rect(canvas, -0.275, 0.358, 0.55, 0.109, (236, 234, 224))
        plate.rect(canvas, -0.275, 0.358, 0.045, 0.109, (34, 62, 150))
        plate.text(canvas, 0.022, 0.374, PLATE, 0.076, (16, 16, 18), centred=True, weight=0.17, fit=0.45)


class Walker:
    """A person, 1.76 m, in a mustard coat, seen three quarters from before; stands at (x, z) on the ground and walks to the left."""

    def __init__(self, camera: Camera, x: float, z: float, travelled: float) -> None:
        across = np.array([np.cos(camera.yaw), 0.0, -np.sin(camera.yaw)])
        self.phase = travelled / 0.72 * np.pi  # one step is 0.72 m
        self.board = Plane(camera, np.array([x, 0.03 * abs(np.cos(self.phase)), z]), across, _UP)
        self.ground = camera.project(np.array([[x, 0.0, z]]))[0]

    def draw(self, canvas: Canvas) -> None:
        b, swing = self.board, np.sin(self.phase)
        soft_shadow(canvas, ellipse(self.ground[0] + 26, self.ground[1] + 2, 52, 7), 4, 0.5)
        hip = np.array([0.0, 0.86])
        for way, tone in ((-swing, 0.72), (swing, 1.0)):
            self._leg(canvas, hip, -0.50 * way, max(0.0, way * 0.3 + 0.15), tone)
        self._arm(canvas, np.array([0.15, 1.36]), 0.42 * swing, 0.75)
        middle = float(b.to_pixels(np.array([[0.0, 1.1]]))[0, 0])
        coat: Colour = (190.0, 142.0, 50.0)
        b.fill(
            canvas,
            [(-0.20, 0.74), (0.22, 0.74), (0.20, 1.05), (0.215, 1.36), (0.12, 1.465), (-0.12, 1.465), (-0.215, 1.36), (-0.19, 1.05)],
            coat,
            shade=lambda x, y: 1.10 - 0.5 * np.clip((x - middle + 6) / 26, -1, 1) ** 2 + 0.05 * np.sin(y * 0.9 + x * 0.3),
        )
        b.stroke(canvas, [(-0.03, 0.75), (-0.025, 1.40)], 0.010, (104, 74, 22))
        for v in np.arange(0.82, 1.40, 0.13):
            b.fill(canvas, ellipse(-0.055, v, 0.012, 0.012, n=12), (70, 48, 18))
        for u in (-0.15, 0.06):
            b.stroke(canvas, [(u, 0.93), (u + 0.09, 0.95)], 0.012, (120, 86, 28))
        for k, v in enumerate(np.arange(1.405, 1.50, 0.024)):
            b.rect(canvas, -0.105, v, 0.21, 0.024, (170, 38, 44) if k % 2 else (232, 226, 214))
        self._bag(canvas)
        self._arm(canvas, np.array([-0.17, 1.36]), -0.42 * swing, 1.0)
        self._head(canvas)

    def _leg(self, canvas: Canvas, hip: np.ndarray, angle: float, bend: float, tone: float) -> None:
        knee = hip + 0.42 * np.array([np.sin(angle), -np.cos(angle)])
        foot = knee + 0.40 * np.array([np.sin(angle + bend), -np.cos(angle + bend)])
        for a, c, thick in ((hip, knee, 0.165), (knee, foot, 0.125)):
            self.board.stroke(canvas, np.array([a, c]), thick, (46 * tone, 54 * tone, 80 * tone))
        self.board.fill(canvas, ellipse(foot[0] - 0.05, max(foot[1] - 0.01, 0.04), 0.125, 0.048), (56 * tone, 36 * tone, 28 * tone))

    def _arm(self, canvas: Canvas, shoulder: np.ndarray, angle: float, tone: float) -> None:
        elbow = shoulder + 0.29 * np.array([np.sin(angle), -np.cos(angle)])
        hand = elbow + 0.27 * np.array([np.sin(angle - 0.25), -np.cos(angle - 0.25)])
        for a, c, thick in ((shoulder, elbow, 0.115), (elbow, hand, 0.095)):
            self.board.stroke(canvas, np.array([a, c]), thick, (172 * tone, 126 * tone, 42 * tone))
        self.board.fill(canvas, ellipse(hand[0], hand[1] - 0.03, 0.042, 0.052), (206 * tone, 156 * tone, 128 * tone))

    def _bag(self, canvas: Canvas) -> None:
        b = self.board
        b.stroke(canvas, [(-0.13, 1.44), (0.17, 0.98)], 0.026, (62, 44, 34))
        b.rect(canvas, 0.10, 0.70, 0.26, 0.29, (92, 64, 46))
        for u in np.arange(0.11, 0.35, 0.04):
            b.rect(canvas, u, 0.71, 0.012, 0.27, (140, 104, 74))
        b.rect(canvas, 0.14, 0.80, 0.18, 0.10, (228, 220, 200))
        b.text(canvas, 0.23, 0.833, "BOOKS", 0.040, (120, 26, 26), centred=True)

    def _head(self, canvas: Canvas) -> None:
        b = self.board
        skin: Colour = (214.0, 166.0, 138.0)
        c = b.to_pixels(np.array([[-0.02, 1.63]]))[0]
        b.fill(canvas, ellipse(0.012, 1.665, 0.112, 0.128), (64, 40, 26))  # hair behind
        b.rect(canvas, -0.045, 1.46, 0.09, 0.09, (186, 138, 112))
        b.fill(canvas, ellipse(-0.014, 1.622, 0.088, 0.120), skin, shade=lambda x, y: 1.06 - 0.020 * (x - c[0]) - 0.008 * (y - c[1]))
        b.fill(canvas, ellipse(0.074, 1.615, 0.016, 0.030), (196, 146, 120))  # ear
        b.fill(
            canvas,
            [(-0.108, 1.665), (-0.09, 1.76), (0.0, 1.80), (0.09, 1.75), (0.10, 1.60), (0.075, 1.66), (0.03, 1.715), (-0.06, 1.715)],
            (72, 46, 30),
        )
        for u in (-0.052, 0.018):
            b.fill(canvas, ellipse(u, 1.640, 0.0190, 0.0105, n=20), (244, 242, 238))
            b.fill(canvas, ellipse(u - 0.003, 1.640, 0.0095, 0.0100, n=16), (74, 104, 92))
            b.fill(canvas, ellipse(u - 0.003, 1.640, 0.0045, 0.0050, n=12), (12, 12, 14))
            b.stroke(canvas, [(u - 0.024, 1.668), (u, 1.675), (u + 0.022, 1.669)], 0.008, (58, 36, 24))
            b.stroke(canvas, [(u - 0.019, 1.646), (u, 1.652), (u + 0.019, 1.646)], 0.004, (70, 44, 34))
        b.stroke(canvas, [(-0.022, 1.640), (-0.032, 1.600), (-0.012, 1.596)], 0.007, (176, 124, 98))
        b.stroke(canvas, [(-0.055, 1.562), (-0.018, 1.556), (0.016, 1.564)], 0.011, (168, 72, 70))
        b.stroke(canvas, [(-0.055, 1.564), (-0.018, 1.560), (0.016, 1.566)], 0.003, (96, 34, 36))
        for u in (-0.075, 0.040):
            b.fill(canvas, ellipse(u, 1.598, 0.020, 0.015, n=20), (222, 148, 130), alpha=0.5)
