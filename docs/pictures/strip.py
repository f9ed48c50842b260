"""Makes `made.png`, the strip of detail beyond the record: `python docs/pictures/strip.py [DATA]`, DATA a folder with `val/`.

Three places of unseen footage and the number plate of the sample, each reduced by 2, 4, 8 and 16 and then zoomed back: bicubic, the
expected detail, one sample, the stated uncertainty (black 0, white 48 grey steps and more), and the truth.
"""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

SHOWN, AROUND, TOP = 128, 32, 48.0
SAMPLE = "sample.lzc"
PLACES = (("image/cid22_159550.png", 310, 34, "face"), (SAMPLE, 862, 484, "plate"),
          ("image/cid22_4215100.png", 190, 190, "texture"), ("video/hhoppe_palmtrees.mp4", 150, 60, "foliage"))
Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


def main() -> None:
    from engine.diffusor import load_detail
    from engine.opening import open_source
    from engine.resources import asset_path
    from engine.training.data import load_clip
    from engine.zoom import png

    torch.set_num_threads(1)
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    model = load_detail()
    blocks = []
    for name, x, y, _ in PLACES:
        if name == SAMPLE:
            source = open_source(asset_path(SAMPLE))
            frame = source.read(0)
            source.close()
            whole = frame.y, frame.u, frame.v
        else:
            clip = load_clip(data / "val" / name, 1, 1 << 20, every=1)
            if clip is None:
                raise SystemExit(f"{name} cannot be read")
            whole = clip.y[0], clip.u[0], clip.v[0]
        side = SHOWN + 2 * AROUND
        x, y = (min(max(v - AROUND, 0), s - side) // 2 * 2 for v, s in zip((x, y), whole[0].shape[::-1], strict=True))
        c = np.s_[y // 2:(y + side) // 2, x // 2:(x + side) // 2]
        truth = whole[0][y:y + side, x:x + side], whole[1][c], whole[2][c]
        blocks.append(np.concatenate([_row(model, truth, factor, name) for factor in (2, 4, 8, 16)], axis=0))
    half = [np.concatenate(blocks[n:n + 2], axis=1) for n in (0, 2)]
    out = Path(__file__).with_name("made.png")
    out.write_bytes(png.encode(np.concatenate(half, axis=0)))
    print(out)


def _row(model: object, truth: Planes, factor: int, key: str) -> np.ndarray:
    from engine.training.data import area_mean, to_uint8
    from engine.training.detail_eval import CLASSICAL, upsample

    steps = factor.bit_length() - 1
    small = tuple(to_uint8(area_mean(p, factor)).astype(np.float32) for p in truth)
    bicubic = tuple(upsample(p, factor, CLASSICAL["bicubic"]) for p in small)
    made = {sample: _chain(model, small, steps, key, sample) for sample in (None, *range(8))}
    spread = np.std([made[k][0] for k in range(8)], axis=0, ddof=1)
    heat = np.clip(model.calibrated(spread, steps, 8) / TOP * 255, 0, 255)  # type: ignore[attr-defined]
    grey = np.repeat(np.rint(heat).astype(np.uint8)[..., None], 3, axis=2)
    tiles = [_rgb(bicubic), _rgb(made[None]), _rgb(made[0]), grey, _rgb(truth)]
    inner = np.s_[AROUND:AROUND + SHOWN, AROUND:AROUND + SHOWN]
    return np.concatenate([np.pad(t[inner], ((1, 1), (1, 1), (0, 0))) for t in tiles], axis=1)


def _chain(model: object, planes: Planes, steps: int, key: str, sample: int | None) -> Planes:
    for level in range(steps):
        planes = model.synthesise(*planes, origin=(0, 0), key=(key, 0, -level), seed=1, sample=sample or 0,  # type: ignore[attr-defined]
                                  stochastic=sample is not None)
    return planes


def _rgb(planes: Planes) -> np.ndarray:
    from engine.api import Colour
    from engine.zoom.rgb import to_bytes, to_rgb

    y, u, v = (p.astype(np.float32) for p in planes)
    u, v = (np.repeat(np.repeat(p, 2, 0), 2, 1) for p in (u, v))
    return to_bytes(to_rgb(y, u, v, Colour(False, 6)))


if __name__ == "__main__":
    main()
