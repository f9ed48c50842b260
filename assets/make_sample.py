"""Renders the bundled sample: `python -m assets.make_sample [--lzc assets/sample.lzc] [--video yard.mkv] [--stills FOLDER --at 0,48]`.

Nothing is filmed and nothing is downloaded: 96 frames of 1280x720 at 25 fps are drawn by `assets.scene` with numpy, the same
on every run. The lossless film is then compressed by the program's own `lorentz compress`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from .scene import font
from .scene.actors import Car, Walker, clock_hands
from .scene.backdrop import build, leaves
from .scene.raster import Canvas
from .scene.space import Camera

WIDTH, HEIGHT, FPS, FRAMES, SCALE = 1280, 720, 25, 96, 3
START = 14 * 3600 + 32 * 60 + 7.0  # the time of day of frame 0


def overlay(picture: np.ndarray, seconds: float) -> None:
    """The recorder's own line of text, white on a dark edge, in the lower left."""
    clock = f"{int(seconds // 3600):02d}:{int(seconds // 60 % 60):02d}:{seconds % 60:05.2f}"
    canvas = Canvas(np.repeat(np.repeat(picture[684:712, 16:660], 3, 0), 3, 1), 3)
    for colour, thick in (((16.0, 16.0, 16.0), 4.2), ((240.0, 240.0, 236.0), 1.7)):
        for line in font.layout(f"CAM 03  MILLER'S YARD  2024-05-17  {clock}", 14.0):
            canvas.stroke(line * (1, -1) + (4, 21), thick, colour)
    picture[684:712, 16:660] = canvas.reduced()


def render(frames: int = FRAMES, only: set[int] | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """Yields (index, rgb `[720, 1280, 3]` uint8)."""
    camera = Camera(pitch=-0.215)
    still = build(camera, SCALE)
    foliage = [leaves(SCALE, seed, tone) for seed, tone in ((1, 0.55), (2, 0.85), (3, 1.15))]
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    vignette = 1 - 0.16 * (((x - WIDTH / 2) / WIDTH) ** 2 + ((y - HEIGHT / 2) / HEIGHT) ** 2) * 2
    heading = np.pi + 0.62
    for k in range(frames):
        if only is not None and k not in only:
            continue
        t = k / FPS
        canvas = Canvas(still.rgb.copy(), SCALE)
        clock_hands(canvas, camera, START + t)
        walked = 0.92 * t
        Walker(camera, 4.35 - walked, 10.1, walked).draw(canvas)
        driven = 0.36 * t + 0.03 * t * t
        tail = np.array([5.85, 0.0, 9.10]) + driven * np.array([np.cos(heading), 0.0, np.sin(heading)])
        Car(camera, tail, heading).draw(canvas, driven)
        for n, (sprite, (left, top)) in enumerate(foliage):
            dx = left * SCALE + round(2.6 * np.sin(t * (1.1 + 0.3 * n) + n) * (n + 1) * 0.7)
            dy = top * SCALE + round(1.4 * np.sin(t * (1.7 + 0.2 * n) + 2 * n))
            assert sprite.alpha is not None
            alpha, rgb = sprite.alpha[-dy:, -dx:], sprite.rgb[-dy:, -dx:]
            block = canvas.rgb[: alpha.shape[0], : alpha.shape[1]]
            block += (rgb - block) * alpha[..., None]
        pan = 0.5 - 0.5 * np.cos(np.pi * k / (FRAMES - 1))  # a slow start and a slow stop
        picture = canvas.reduced(round(40 * pan * SCALE), round((4 + 3 * pan) * SCALE), WIDTH, HEIGHT)
        picture *= vignette[..., None] * np.array([0.99, 1.0, 1.02], np.float32)
        rng = np.random.default_rng(1000 + k)
        sigma = 0.5 + 0.04 * np.sqrt(np.maximum(picture.mean(-1, keepdims=True), 0))
        picture += sigma * (
            rng.standard_normal((HEIGHT, WIDTH, 1), np.float32) + 0.35 * rng.standard_normal((HEIGHT, WIDTH, 3), np.float32)
        )
        overlay(picture, START + t)
        yield k, np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def write_film(path: Path) -> None:
    """The lossless film (FFV1, 4:2:0, BT.709 limited range) with its colour metadata."""
    import av
    from av.video.reformatter import ColorRange, Colorspace

    with av.open(str(path), "w") as film:
        stream = film.add_stream("ffv1", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        stream.codec_context.color_range, stream.codec_context.colorspace = 1, 1
        stream.codec_context.color_primaries, stream.codec_context.color_trc = 1, 1
        for k, rgb in render():
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            frame.pts = k
            film.mux(stream.encode(frame))
            if sys.stderr.isatty():
                print(f"\rframe {k + 1} of {FRAMES}", end="", file=sys.stderr, flush=True)
        film.mux(stream.encode())


def write_stills(folder: Path, indices: set[int]) -> None:
    """Some frames as PNG, to look at."""
    from PySide6.QtGui import QImage

    folder.mkdir(parents=True, exist_ok=True)
    for k, rgb in render(only=indices):
        QImage(np.ascontiguousarray(rgb).data, WIDTH, HEIGHT, WIDTH * 3, QImage.Format.Format_RGB888).save(
            str(folder / f"frame{k:03d}.png")
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lzc", type=Path, help="compress the film to this file")
    parser.add_argument("--quality", default="30", help="0..63 for --lzc")
    parser.add_argument("--video", type=Path, help="keep the lossless film here (.mkv)")
    parser.add_argument("--stills", type=Path, help="write single frames into this folder instead")
    parser.add_argument("--at", default="0,48,95", help="which frames for --stills")
    a = parser.parse_args()
    if a.stills:
        write_stills(a.stills, {int(k) for k in a.at.split(",")})
        return 0
    with tempfile.TemporaryDirectory() as folder:
        film = a.video or Path(folder) / "yard.mkv"
        write_film(film)
        if a.lzc:
            subprocess.run([sys.executable, "-m", "engine.cli", "compress", str(film), str(a.lzc), "--quality", a.quality], check=True)
            print(f"{a.lzc}: {a.lzc.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
