"""Before and after restoration: `python -m benchmarks.restored [--out docs/pictures/restored.png]`.

Three places of the bundled scene, coded with effort high; from left to right the source, what the decoder gives, what restoration makes of
it, and how much nearer to the source (green) or further from it (red) each pixel is then, eightfold.
"""
from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from engine.zoom import png

from .side_by_side import _encode

BOXES = ((720, 470, 200, 112), (300, 380, 200, 112), (40, 120, 200, 112))  # x, y, width, height
FRAMES, SHOWN, ZOOM, QUALITY, TIMES = 33, 20, 2, 12, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/restored.png"))
    out = parser.parse_args().out
    from assets.make_sample import render
    from engine.api import Frame
    from engine.jobs.compress import compress_job
    from engine.jobs.runner import run_job
    from engine.lorentzian import LzcSource
    from engine.media.colour import to_rgb
    from engine.opening import open_source
    from engine.restoring import RestoredSource

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _encode(folder / "source.mkv", [picture for _, picture in render(FRAMES)], "libx264", qp="0", preset="ultrafast")
        run_job(compress_job(folder / "source.mkv", folder / "c.lzc", quality=QUALITY, effort="high"))
        given = open_source(folder / "source.mkv")
        with LzcSource(folder / "c.lzc") as coded:
            restored = RestoredSource(coded, folder / "c.lzc")
            frames: list[Frame] = [given.read(SHOWN), coded.read(SHOWN), *restored.frames(SHOWN, SHOWN + 1)]
            pictures = [to_rgb(f, given.info.colour) for f in frames]
        given.close()
    lumas = [f.y.astype(np.float32) for f in frames]
    nearer = np.abs(lumas[1] - lumas[0]) - np.abs(lumas[2] - lumas[0])
    shown = np.full((*nearer.shape, 3), 32, np.float32)
    shown[..., 1] += np.maximum(nearer, 0) * TIMES
    shown[..., 0] += np.maximum(-nearer, 0) * TIMES
    pictures.append(np.clip(shown, 0, 255).astype(np.uint8))
    rows = []
    for x, y, w, h in BOXES:
        rows.append(np.concatenate([p[y:y + h, x:x + w].repeat(ZOOM, 0).repeat(ZOOM, 1) for p in pictures], 1))
        error = [float(np.square(a[y:y + h, x:x + w] - lumas[0][y:y + h, x:x + w]).mean()) for a in lumas[1:]]
        db = [10 * np.log10(255 ** 2 / e) for e in error]
        print(f"{w}x{h} at {x}, {y}: luma {db[0]:.2f} dB decoded, {db[1]:.2f} dB restored")
    out.write_bytes(png.encode(np.concatenate(rows, 0)))


if __name__ == "__main__":
    main()
