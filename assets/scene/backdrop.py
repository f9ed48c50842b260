"""Everything in the yard that stands still: wall, shop, notice board, road, tree."""

from __future__ import annotations

import numpy as np

from . import texture
from .raster import Canvas, box_blur, ellipse
from .space import Camera, Plane

WIDTH, HEIGHT = 1328, 732  # the picture with room for the pan
WALL, KERB = 12.0, 9.4  # metres from the camera
SUN = np.array([0.42, -0.62, 0.66])  # where its light goes

INK, CREAM, GREEN = (34.0, 32.0, 34.0), (226.0, 218.0, 196.0), (38.0, 78.0, 62.0)
CLOCK = (3.62, 3.30, 0.40)  # centre and radius on the wall

STORY = (
    "THE CAT KNOWN AS ADA WAS SEEN ON THE ROOF OF THE BAKERY AT NOON AND CAME DOWN FOR A ROLL WITH BUTTER HER OWNER MR LUNDY "
    "SAID HE HAD LOOKED IN EVERY SHED FOR NINE DAYS AND THANKS ALL WHO HELPED THE WATER WILL BE OFF ON MONDAY FROM TEN TO TWO "
    "LOST ONE LEFT GLOVE BLUE WOOL ASK AT NUMBER 19 FOR SALE BICYCLE RED THREE GEARS NEW TYRES 45 POUNDS"
)


def wall_plane(camera: Camera, out: float = 0.0) -> Plane:
    """The wall as a drawing board, `out` metres in front of it: u is X, v is Y."""
    return Plane(camera, np.array([0.0, 0.0, WALL - out]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))


def surfaces(camera: Camera, scale: int) -> np.ndarray:
    """Wall, pavement and road by following each canvas sample's ray: `[H * scale, W * scale, 3]` float32."""
    rgb = np.empty((HEIGHT * scale, WIDTH * scale, 3), np.float32)
    x = (np.arange(WIDTH * scale) + 0.5) / scale
    for top in range(0, HEIGHT * scale, 16 * scale):
        y = (np.arange(top, min(top + 16 * scale, HEIGHT * scale)) + 0.5) / scale
        ray = camera.rays(*np.meshgrid(x, y))
        to_wall = (WALL - camera.position[2]) / ray[..., 2]
        wx, wy = ray[..., 0] * to_wall, camera.position[1] + ray[..., 1] * to_wall
        to_ground = -camera.position[1] / np.minimum(ray[..., 1], -1e-3)
        gx, gz = ray[..., 0] * to_ground, ray[..., 2] * to_ground
        wall = texture.bricks(wx, wy)
        ground = np.where((gz > KERB)[..., None], texture.paving(gx, gz), texture.asphalt(gx, gz))
        kerb = (gz > KERB - 0.16) & (gz <= KERB + 0.02)
        stone = 150 + 14 * texture.rough(gx, gz, 0.2, 3, 71) - 60 * (np.abs(gx / 0.9 - np.round(gx / 0.9)) < 0.012)
        face = np.where(gz < KERB - 0.10, 0.62, 1.08)
        ground = np.where(kerb[..., None], (stone * face)[..., None] * np.array([1, 0.99, 0.96]), ground)
        line = (np.abs(gz - 6.75) < 0.055) & (np.mod(gx + 0.3, 2.0) < 1.2)
        worn = texture.noise(gx, gz, 0.05, 83) > 0.22
        ground = np.where((line & worn)[..., None], np.array([196.0, 194.0, 182.0]), ground)
        corner = np.clip(1 - np.abs(gz - WALL) / 0.7, 0, 1)  # less sky reaches the foot of the wall
        ground = ground * (1 - 0.35 * corner**2)[..., None]
        rgb[top : top + len(y)] = np.where((wy >= 0)[..., None], wall, ground)
    return rgb


def soft_shadow(canvas: Canvas, outline: np.ndarray, blur: float, strength: float) -> None:
    """Darken the inside of a polygon (picture pixels) by `strength`, its edge `blur` pixels soft."""
    s, margin = canvas.scale, 3 * blur + 2
    low = np.maximum(((outline.min(0) - margin) * s).astype(int), 0)
    high = np.minimum(((outline.max(0) + margin) * s).astype(int), canvas.rgb.shape[1::-1])
    if (high <= low).any():
        return
    block = canvas.rgb[low[1] : high[1], low[0] : high[0]]
    mask = Canvas(np.zeros((*block.shape[:2], 3), np.float32), s)
    mask.fill(outline - low / s, (1.0, 1.0, 1.0))
    block *= 1 - strength * box_blur(mask.rgb[..., 0], max(int(blur * s), 1))[..., None]


def shop(canvas: Canvas, camera: Camera) -> None:
    """Shop front with sign, window full of bread, awning and door; every word is there to be read."""
    wall = wall_plane(camera, 0.02)
    wall.rect(canvas, -2.95, 0.0, 5.35, 3.42, (58, 92, 80))
    for u in (-2.95, 0.72, 2.28):
        wall.rect(canvas, u, 0.0, 0.12, 2.8, (44, 74, 64))
        wall.rect(canvas, u + 0.015, 0.0, 0.02, 2.8, (84, 120, 106))
    wall.rect(canvas, -2.83, 0.05, 3.55, 0.62, (50, 82, 71))
    for u in np.arange(-2.7, 0.5, 0.70):
        wall.rect(canvas, u, 0.15, 0.58, 0.42, (64, 100, 88))
        wall.rect(canvas, u + 0.03, 0.18, 0.52, 0.36, (52, 86, 74))
    wall.rect(canvas, -2.80, 0.72, 3.50, 2.00, (30, 30, 32))  # window: dark room, shelves, loaves
    for k, level in enumerate((0.98, 1.48, 1.98)):
        wall.rect(canvas, -2.78, level - 0.05, 3.46, 0.05, (112, 84, 56))
        rng = np.random.default_rng(k)
        u = -2.70
        while u < 0.50:
            w, h = rng.uniform(0.13, 0.30), rng.uniform(0.09, 0.20)
            tone = rng.uniform(0.75, 1.15)
            centre = wall.to_pixels(np.array([[u + w / 2, level + h * 0.55]]))[0]
            loaf = ellipse(u + w / 2, level + h / 2, w / 2, h / 2, n=28)
            wall.fill(
                canvas,
                loaf,
                (186 * tone, 126 * tone, 66 * tone),
                shade=lambda x, y, c=centre, r=h * 85: np.clip(1.05 - 0.45 * (y - c[1]) / r, 0.45, 1.3),
            )
            for cut in np.linspace(u + w * 0.25, u + w * 0.75, 3):
                wall.stroke(
                    canvas, [(cut - 0.012, level + h * 0.62), (cut + 0.012, level + h * 0.90)], 0.010, (226 * tone, 182 * tone, 120 * tone)
                )
            if rng.random() < 0.55:
                wall.rect(canvas, u + w / 2 - 0.055, level - 0.048, 0.11, 0.044, (236, 232, 216))
                wall.text(canvas, u + w / 2, level - 0.040, f"{rng.integers(1, 5)}.{rng.integers(10, 99)}", 0.028, INK, centred=True)
            u += w + rng.uniform(0.02, 0.08)
    wall.fill(canvas, [(-2.8, 2.72), (-1.9, 2.72), (-2.5, 0.72), (-2.8, 0.72)], (190, 205, 215), alpha=0.13)  # the sky in the glass
    wall.fill(canvas, [(-1.5, 2.72), (-1.1, 2.72), (-1.7, 0.72), (-2.1, 0.72)], (190, 205, 215), alpha=0.10)
    for u in (-1.66, -0.50):
        wall.rect(canvas, u, 0.72, 0.05, 2.0, (40, 68, 59))
    wall.rect(canvas, -0.28, 1.02, 0.66, 0.86, (238, 234, 222))
    wall.rect(canvas, -0.25, 1.66, 0.60, 0.18, (168, 46, 40))
    wall.text(canvas, 0.05, 1.70, "OPEN", 0.10, CREAM, centred=True)
    for k, row in enumerate(
        (
            "MON-FRI 7.00-18.30",
            "SATURDAY 7.30-14.00",
            "SUNDAY 8.00-12.00",
            "",
            "FRESH RYE BREAD",
            "TUESDAY AND FRIDAY",
        )
    ):
        wall.text(canvas, -0.235, 1.56 - 0.085 * k, row, 0.045, INK, fit=0.57)
    door = (56, 44, 38)
    wall.rect(canvas, 0.90, 0.0, 1.32, 2.72, door)
    wall.rect(canvas, 1.04, 0.82, 1.04, 1.74, (40, 44, 48))
    wall.fill(canvas, [(1.04, 2.56), (1.50, 2.56), (1.10, 0.82), (1.04, 0.82)], (190, 205, 215), alpha=0.16)
    wall.rect(canvas, 1.04, 0.16, 1.04, 0.50, (70, 56, 48))
    wall.rect(canvas, 2.10, 1.02, 0.035, 0.36, (204, 172, 92))
    wall.text(canvas, 1.56, 2.20, "27", 0.20, (214, 190, 120), centred=True)
    wall.rect(canvas, 1.33, 1.30, 0.46, 0.22, (236, 232, 220))
    wall.text(canvas, 1.56, 1.425, "PLEASE RING", 0.048, (150, 30, 30), centred=True, fit=0.41)
    wall.text(canvas, 1.56, 1.345, "WE ARE IN THE YARD", 0.030, INK, centred=True, fit=0.41)
    fascia = wall_plane(camera, 0.12)
    fascia.rect(canvas, -2.95, 2.80, 5.35, 0.66, (34, 62, 52))
    fascia.rect(canvas, -2.90, 2.84, 5.25, 0.58, GREEN)
    fascia.text(canvas, -0.30, 3.07, "MILLER'S YARD BAKERY", 0.25, (12, 26, 22), weight=0.17, centred=True)
    fascia.text(canvas, -0.32, 3.085, "MILLER'S YARD BAKERY", 0.25, (232, 206, 132), weight=0.15, centred=True)
    fascia.text(canvas, -0.30, 2.90, "ROLLS - RYE BREAD - CAKES TO ORDER      TEL. 0555 014 7296", 0.085, CREAM, centred=True)


def awning(canvas: Canvas, camera: Camera) -> None:
    """A striped sheet over the window, and its shadow."""
    wall = wall_plane(camera, 0.02)
    soft_shadow(canvas, wall.to_pixels(np.array([(-2.85, 2.72), (0.9, 2.72), (0.9, 1.95), (-2.85, 1.95)])), 5, 0.38)
    top, low = wall_plane(camera, 0.10), wall_plane(camera, 0.75)
    for k, u in enumerate(np.arange(-2.92, 0.75, 0.20)):
        p = np.concatenate([top.to_pixels(np.array([(u, 2.80), (u + 0.20, 2.80)])), low.to_pixels(np.array([(u + 0.20, 2.42), (u, 2.42)]))])
        colour = (214, 206, 190) if k % 2 else (156, 48, 42)
        canvas.fill(p, colour, shade=lambda x, y, b=p[:, 1]: 1.12 - 0.25 * (y - b.min()) / max(float(np.ptp(b)), 1))
        drop = low.to_pixels(np.array([(u, 2.42), (u + 0.20, 2.42), (u + 0.19, 2.33), (u + 0.10, 2.29), (u + 0.01, 2.33)]))
        canvas.fill(drop, tuple(c * 0.82 for c in colour))


def clock_face(canvas: Canvas, camera: Camera) -> None:
    """The clock without hands, which belong to what moves."""
    cu, cv, r = CLOCK
    wall = wall_plane(camera, 0.06)
    soft_shadow(canvas, wall.to_pixels(ellipse(cu + 0.07, cv - 0.08, r * 1.1, r * 1.1)), 4, 0.45)
    wall.fill(canvas, ellipse(cu, cv, r * 1.12, r * 1.12, n=96), (48, 44, 42))
    wall.fill(canvas, ellipse(cu, cv, r * 1.05, r * 1.05, n=96), (170, 140, 74))
    wall.fill(canvas, ellipse(cu, cv, r, r, n=96), (240, 236, 222))
    for k in range(60):
        a = np.pi * k / 30
        inner = 0.90 if k % 5 else 0.84
        wall.stroke(
            canvas,
            [(cu + r * inner * np.sin(a), cv + r * inner * np.cos(a)), (cu + r * 0.96 * np.sin(a), cv + r * 0.96 * np.cos(a))],
            0.006 if k % 5 else 0.014,
            INK,
        )
    for k in range(1, 13):
        a = np.pi * k / 6
        wall.text(canvas, cu + r * 0.70 * np.sin(a), cv + r * 0.70 * np.cos(a) - 0.036, str(k), 0.072, INK, centred=True, weight=0.18)
    wall.text(canvas, cu, cv + 0.11, "TEMPUS", 0.030, INK, centred=True)
    wall.text(canvas, cu, cv - 0.16, "MADE IN YORK", 0.018, INK, centred=True)


def notices(canvas: Canvas, camera: Camera) -> None:
    """A board with a newspaper page and a chart of ever smaller letters: where does the record end?"""
    wall = wall_plane(camera, 0.04)
    soft_shadow(canvas, wall.to_pixels(np.array([(3.02, 2.42), (5.02, 2.42), (5.02, 0.92), (3.02, 0.92)])), 4, 0.45)
    wall.rect(canvas, 2.95, 1.0, 2.0, 1.45, (96, 70, 46))
    wall.rect(canvas, 3.0, 1.05, 1.90, 1.35, (158, 128, 92))
    wall.rect(canvas, 3.08, 1.12, 0.92, 1.20, (228, 224, 210))
    wall.text(canvas, 3.54, 2.20, "YARD NEWS", 0.090, INK, centred=True, weight=0.20)
    wall.text(canvas, 3.54, 2.145, "NO. 1207 - FRIDAY 17 MAY - PRICE 40P", 0.022, INK, centred=True, fit=0.84)
    wall.text(canvas, 3.54, 2.05, "GREY CAT FOUND SAFE", 0.052, INK, centred=True, fit=0.84)
    wall.rect(canvas, 3.12, 1.66, 0.40, 0.34, (120, 124, 130))
    cat = ellipse(3.32, 1.78, 0.10, 0.09)
    wall.fill(canvas, cat, (70, 70, 74))
    for du in (-0.06, 0.06):
        wall.fill(canvas, [(3.32 + du - 0.03, 1.85), (3.32 + du + 0.03, 1.85), (3.32 + du, 1.93)], (70, 70, 74))
        wall.fill(canvas, ellipse(3.32 + du * 0.6, 1.80, 0.016, 0.013), (210, 220, 120))
    words = STORY.split()
    k = 0
    for column, first, last in ((3.12, 1.60, 1.16), (3.57, 1.98, 1.16)):
        v = first
        while v > last:
            row = ""
            while len(row) + len(words[k % len(words)]) < 19:
                row += words[k % len(words)] + " "
                k += 1
            wall.text(canvas, column, v, row.strip(), 0.0185, (58, 56, 58), fit=0.40)
            v -= 0.031
    wall.rect(canvas, 4.08, 1.12, 0.76, 1.20, (240, 240, 236))
    v = 2.29
    for text, height in (
        ("E F", 0.20),
        ("P T O Z", 0.125),
        ("L 5 E D 8", 0.088),
        ("K 7 C F D 2", 0.062),
        ("E D F 4 C Z P 9", 0.044),
        ("F 3 L O P Z D 6 H", 0.031),
        ("D 8 F P O T E C 5 K", 0.022),
        ("L 2 F O R E N T Z 9 U", 0.015),
    ):
        v -= height * 1.25 + 0.02
        wall.text(canvas, 4.46, v, text, height, (20, 20, 22), centred=True, weight=0.17, fit=0.68)


def fittings(canvas: Canvas, camera: Camera) -> None:
    """Drain pipe, a curtained window, a cable, a lamp, bins: what every yard has."""
    wall = wall_plane(camera, 0.05)
    pipe = wall.to_pixels(np.array([(2.62, 0), (2.72, 0), (2.72, 5), (2.62, 5)]))
    middle = float(pipe[:, 0].mean())
    soft_shadow(canvas, pipe + (6, 2), 3, 0.4)
    canvas.fill(pipe, (94, 98, 100), shade=lambda x, y: 1.25 - 0.9 * np.abs((x - middle + 2) / 7))
    for v in (0.6, 2.2, 3.9):
        wall.rect(canvas, 2.58, v, 0.18, 0.06, (70, 72, 74))
    wall.rect(canvas, 5.75, 1.30, 1.50, 1.95, (206, 200, 188))
    wall.rect(canvas, 5.85, 1.42, 1.30, 1.75, (52, 56, 62))
    for u in np.arange(5.86, 7.10, 0.055):
        depth = 0.5 + 0.5 * np.sin(u * 31)
        wall.rect(canvas, u, 1.42, 0.056, 1.75, (150 + 60 * depth, 142 + 58 * depth, 128 + 50 * depth), alpha=0.85)
    wall.rect(canvas, 6.47, 1.42, 0.06, 1.75, (206, 200, 188))
    wall.rect(canvas, 5.85, 2.42, 1.30, 0.05, (206, 200, 188))
    wall.rect(canvas, 5.65, 1.20, 1.70, 0.10, (176, 170, 158))
    line = np.linspace(2.7, 9.5, 60)
    wall.stroke(canvas, np.stack([line, 4.02 - 0.22 * np.sin((line - 2.7) / 6.8 * np.pi)], 1), 0.022, (30, 30, 32))
    board = wall_plane(camera, 0.03)
    board.rect(canvas, 7.62, 1.55, 0.82, 0.62, (238, 204, 60))
    board.rect(canvas, 7.65, 1.58, 0.76, 0.56, (30, 30, 30))
    board.rect(canvas, 7.67, 1.60, 0.72, 0.52, (238, 204, 60))
    for k, row in enumerate(("CAUTION", "CAMERAS RECORD", "THIS YARD DAY", "AND NIGHT")):
        board.text(canvas, 8.03, 2.02 - 0.10 * k, row, 0.072 if k == 0 else 0.050, (26, 26, 26), centred=True, fit=0.66)
    bins = wall_plane(camera, 0.8)
    for k, (u, colour) in enumerate(((5.9, (46, 72, 52)), (6.62, (52, 56, 66)))):
        centre = float(bins.to_pixels(np.array([[u + 0.3, 0.5]]))[0, 0])
        soft_shadow(canvas, bins.to_pixels(np.array([(u - 0.05, 0.05), (u + 0.8, 0.05), (u + 0.9, -0.16), (u - 0.05, -0.16)])), 6, 0.5)
        bins.fill(
            canvas,
            [(u + 0.04, 0.0), (u + 0.56, 0.0), (u + 0.60, 0.98), (u, 0.98)],
            colour,
            shade=lambda x, y, c=centre: 1.15 - ((x - c) / 60) ** 2,
        )
        bins.fill(canvas, [(u - 0.03, 0.98), (u + 0.63, 0.98), (u + 0.56, 1.10), (u + 0.04, 1.10)], tuple(c * 1.3 for c in colour))
        bins.text(canvas, u + 0.30, 0.62, "GLASS" if k else "GARDEN", 0.085, CREAM, centred=True)
        bins.text(canvas, u + 0.30, 0.50, "NO BAGS PLEASE", 0.034, CREAM, centred=True, fit=0.44)


def leaves(scale: int, seed: int, tone: float) -> tuple[Canvas, tuple[int, int]]:
    """One layer of foliage as a sprite with alpha, and its corner in picture pixels."""
    rng = np.random.default_rng(seed)
    w, h = 330, 430
    canvas = Canvas(np.zeros((h * scale, w * scale, 3), np.float32), scale)
    canvas.alpha = np.zeros(canvas.rgb.shape[:2], np.float32)
    clumps = rng.uniform((20, 30), (w - 80, h - 90), (26, 2))
    for k in range(2600):
        c = clumps[k % len(clumps)]
        x, y = c + rng.normal(0, 25, 2)
        light = tone * (0.75 + 0.5 * rng.random()) * (1.15 - 0.45 * (y - c[1] + 40) / 90)
        size, turn = rng.uniform(3.0, 6.5), rng.uniform(0, np.pi)
        leaf = ellipse(x, y, size, size * rng.uniform(0.35, 0.55), turn=turn, n=10)
        canvas.fill(leaf, (78 * light + 12 * rng.random(), 112 * light, 46 * light))
        canvas.stroke(np.stack([leaf[0], leaf[5]]), 0.5, (116 * light, 146 * light, 74 * light))
    colour, covered = canvas.rgb, canvas.alpha[..., None]
    canvas.rgb = np.where(covered > 0, colour, (58 * tone, 84 * tone, 36 * tone)).astype(np.float32)  # edges fade into leaf, not into black
    lens(canvas)
    return canvas, (-42, -20)


def trunk(canvas: Canvas) -> None:
    """The tree's stem, in picture pixels."""
    outline = np.array([(68, 520), (90, 300), (84, 120), (112, 120), (118, 300), (134, 440), (152, 524), (110, 512), (90, 530)], float)
    soft_shadow(canvas, np.array([(60, 520), (160, 520), (330, 560), (300, 580), (110, 545)], float), 6, 0.4)
    canvas.fill(outline, (92, 76, 60), shade=lambda x, y: (1.2 - 0.012 * (x - 80)) * (0.8 + 0.4 * texture.noise(x, y * 0.16, 2.2, 97)))


def build(camera: Camera, scale: int) -> Canvas:
    """The whole still yard."""
    canvas = Canvas(surfaces(camera, scale), scale)
    fittings(canvas, camera)
    shop(canvas, camera)
    awning(canvas, camera)
    clock_face(canvas, camera)
    notices(canvas, camera)
    h, w = canvas.rgb.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32) / scale
    dapple = box_blur((texture.noise(x, y, 26.0, 61) > 0.52).astype(np.float32), 4 * scale)
    reach = np.clip(1.3 - np.hypot((x - 150) / 330, (y - 330) / 330), 0, 1)
    canvas.rgb *= (1 - 0.45 * dapple * reach)[..., None]
    trunk(canvas)
    lens(canvas)
    return canvas


def lens(canvas: Canvas) -> None:
    """A lens spreads a point over about a pixel: without it, fine grain would flicker as the camera turns."""
    for channel in range(3):
        canvas.rgb[..., channel] = box_blur(canvas.rgb[..., channel], 1, 2)
    if canvas.alpha is not None:
        canvas.alpha = box_blur(canvas.alpha, 1, 1)
