"""What synthesis must keep, measured with the shipped weights: the record at every depth and seed, one place one picture, flat areas, and
how much work goes on once nobody wants it any more."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.resources import asset_path

from . import machine
from .child import call

if TYPE_CHECKING:
    from engine.diffusor import DetailModel
    from engine.training.detail_eval import Picture

    from .run import Options

SEEDS = (0, 1, 2**40 + 3)                                    # 0: the expected detail
SIDES = {1: 128, 2: 64, 3: 32, 4: 16, 5: 8, 6: 4}           # levels beyond the record: recorded pixels across that are looked at
FLAT = (0, 1, 90, 128, 254, 255)


def run(options: Options) -> dict[str, Any]:
    """About five minutes of one core; needs footage in the data folder for the first table."""
    import torch

    from engine.diffusor import load_detail
    from engine.training.data import dataset
    from engine.training.detail_eval import load_pictures

    pictures = load_pictures(dataset(machine.data_dir(), "val"), frames=1, size=256)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model = load_detail()
        kept = {f"x{2 ** d}": _kept(model, pictures, d) for d in SIDES}
        flat = {f"x{2 ** d}": max(_flat(model, value, d) for value in FLAT) for d in SIDES}
    finally:
        torch.set_num_threads(threads)
    stale = call("stale", asset_path("sample.lzc"), 5)
    rows = [[name, k["record"], k["step"], k["again"], flat[name]] for name, k in kept.items()]
    text = (f"{len(pictures)} pictures of {len({p.group for p in pictures})} unseen clips and photographs, luma and both colour planes, "
            f"seeds {', '.join(map(str, SEEDS))} (0 is the expected detail). Largest difference, in grey steps: of the made level, rounded "
            "to whole grey steps and reduced again, from the record, and from the level it was made from (at most 0.5); of pixels made by "
            "themselves from those made in another order (0); between neighbours where the record is flat (at most 1).\n\n"
            + machine.table(["level", "record", "level before", "another order", "flat areas"], rows) + "\n\n" + _stale(stale))
    return {"figures": {"kept": kept, "flat": flat, "stale": stale}, "markdown": text}


def _pyramid(model: DetailModel, picture: Picture, seed: int, key: str) -> Any:
    from engine.zoom import TileCache
    from engine.zoom.pictures import RecordedPicture
    from engine.zoom.tiles import Pyramid
    return Pyramid(RecordedPicture(picture.y, picture.u, picture.v, 0, 1.0), model, TileCache(), key, 0, seed, 0 if seed else None)


def _kept(model: DetailModel, pictures: list[Picture], depth: int) -> dict[str, float]:
    from engine.training.data import area_mean, to_uint8
    out = {"record": 0.0, "step": 0.0, "again": 0.0}
    for picture in pictures:
        h, w = picture.y.shape
        n = min(SIDES[depth], h, w)
        x, y = (w - n) // 4 * 2, (h - n) // 4 * 2
        box = tuple(v << depth for v in (x, y, x + n, y + n))
        above = tuple(v << (depth - 1) for v in (x, y, x + n, y + n))
        for seed in SEEDS:
            pyramid = _pyramid(model, picture, seed, picture.group)
            made, before = pyramid.region(-depth, *box), pyramid.region(1 - depth, *above)
            record = pyramid.region(0, x, y, x + n, y + n)
            last = pyramid.cover(-depth, *box)[-1]
            alone = _pyramid(model, picture, seed, picture.group).tile(-depth, *last) if seed == 1 else pyramid.tile(-depth, *last)
            for k, plane in enumerate(made):
                whole = to_uint8(plane)
                out["record"] = max(out["record"], float(np.abs(area_mean(whole, 1 << depth) - record[k]).max()))
                out["step"] = max(out["step"], float(np.abs(area_mean(whole, 2) - before[k]).max()))
                out["again"] = max(out["again"], float(np.abs(alone[k] - pyramid.tile(-depth, *last)[k]).max()))
    return out


def _flat(model: DetailModel, value: int, depth: int) -> float:
    """Largest difference of neighbouring luma pixels, tile borders and the edge of the picture included."""
    from engine.training.detail_eval import Picture
    from engine.zoom.tiles import TILE
    n = max(TILE * 3 // 2 >> depth, 4) // 4 * 4 + 4
    half = np.full((64, 64), 128, np.uint8)
    pyramid = _pyramid(model, Picture("flat", "flat", np.full((128, 128), value, np.uint8), half, half), 0, "flat")
    y = np.rint(pyramid.region(-depth, 0, 0, n << depth, n << depth)[0])
    return float(max(np.abs(np.diff(y, axis=0)).max(), np.abs(np.diff(y, axis=1)).max()))


def _stale(found: dict[str, Any]) -> str:
    rows = [[name, round(f["wall_ms"]), round(f["cpu_ms"]), round(f["rest_ms"])] for name, f in found["cases"].items()]
    return ("A newer request comes while the engine is busy with an older one, 1280 x 720, a view at x4: how long until its pixels are "
            "there, by the wall (goal 50) and in processor time, and how much processor time is then still spent on the older one, "
            f"medians of {found['repeats']}.\n\n"
            + machine.table(["busy with", "newer view ms", "processor ms", "older one goes on, processor ms"], rows))
