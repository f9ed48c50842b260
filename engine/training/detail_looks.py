"""What numbers per pixel do not show of the detail network: whether samples look like photographs, what the mean of several is worth,
and whether made detail flickers where nothing moves."""
from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.diffusor import DetailModel
from engine.diffusor.window import MARGIN, fused, stillness

from .data import area_mean, load_clip, to_uint8
from .detail_eval import CLASSICAL, Picture, Row, edge_energy, psnr, upsample
from .detail_fit import Planes, chains, coarse
from .realism import filter_distance

STILL = 1.0   # grey steps of mean change around a pixel up to which the recorded clip stands still there
_AROUND = 7


def looks(model: DetailModel, pictures: list[Picture], factor: int, samples: int = 8) -> dict[str, Row]:
    """Method -> {"psnr", "distance" (see `realism`), "edges" (edge energy relative to the truth)} of luma, every clip counting once.

    "mean" is the expected detail, "sample" one sample, "mean of samples" what several add up to."""
    steps = factor.bit_length() - 1
    rows: dict[str, dict[str, list[Row]]] = {}
    for p in pictures:
        small = coarse(p, steps, None)
        made = {name: upsample(small[0], factor, CLASSICAL[name]) for name in ("bicubic", "lanczos")}
        mean, *drawn = chains(model, small, steps, p.group, samples)
        made |= {"mean": mean, "sample": drawn[0], "mean of samples": np.mean(drawn, axis=0)}
        for name, plane in made.items():
            shown = to_uint8(plane)
            row = {"psnr": psnr(shown, p.y), "distance": filter_distance(shown, p.y), "edges": edge_energy(shown) / edge_energy(p.y)}
            rows.setdefault(name, {}).setdefault(p.group, []).append(row)
    return {name: {k: float(np.mean([np.mean([r[k] for r in v]) for v in groups.values()])) for k in ("psnr", "distance", "edges")}
            for name, groups in rows.items()}


def _box(x: np.ndarray, size: int) -> np.ndarray:
    """Mean over `size` x `size` neighbours, by running sums."""
    pad = size // 2
    total = np.pad(x.astype(np.float64), ((pad + 1, pad), (pad + 1, pad)), mode="edge").cumsum(0).cumsum(1)
    return (total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]) / size**2


def _coarser(planes: Planes) -> Planes:
    y, u, v = (to_uint8(area_mean(p, 2)).astype(np.float32) for p in planes)
    return y, u, v


def _weight(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    return stillness(*(np.pad(p, MARGIN, mode="edge") for p in (here, there)))


def flicker(model: DetailModel, paths: list[Path], pairs: int = 3, size: int = 384) -> dict[str, Row]:
    """Clip -> mean absolute difference of neighbouring frames where the recorded clip stands still, in grey steps of luma: "recorded",
    "bicubic", "mean", "sample" (x2 from the clip at half its size), and both steadied by one frame on each side, as zoomed clips are. Clips
    with less than 2 % of still area are left out.

    The noise is that of the zoom: it belongs to the place and not to the time."""
    out: dict[str, Row] = {}
    for path in paths:
        clip = load_clip(path, 2 * pairs + 2, 1 << 20, every=1)
        if clip is None or len(clip.y) < 4:
            continue
        h, w = (min(size, s) // 8 * 8 for s in clip.y.shape[1:])
        y0, x0 = ((s - t) // 4 * 2 for s, t in zip(clip.y.shape[1:], (h, w), strict=True))
        c = np.s_[:, y0 // 2:(y0 + h) // 2, x0 // 2:(x0 + w) // 2]
        y, u, v = clip.y[:, y0:y0 + h, x0:x0 + w], clip.u[c], clip.v[c]
        rows: list[Row] = []
        for t in range(1, len(y) - 2, 2):
            still = _box(np.abs(y[t + 1].astype(float) - y[t]), _AROUND) < STILL
            if still.mean() < 0.02:
                continue
            shown: dict[str, list[np.ndarray]] = {}
            small = {n: _coarser((y[n], u[n], v[n])) for n in range(t - 1, t + 3)}
            made = {n: model.samples(*s, origin=(0, 0), key=(path.name, 0, 0), seed=1, samples=(None, 0)) for n, s in small.items()}
            for n in (t, t + 1):
                (mean, sample), near = made[n], [(k, _weight(small[n][0], small[k][0])) for k in (n - 1, n + 1)]
                steady = [fused(made[n][i], [(made[k][i], share) for k, share in near], small[n])[0] for i in (0, 1)]
                for name, plane in (("recorded", y[n]), ("bicubic", upsample(small[n][0], 2, CLASSICAL["bicubic"])), ("mean", mean[0]),
                                    ("sample", sample[0]), ("mean, steadied", steady[0]), ("sample, steadied", steady[1])):
                    shown.setdefault(name, []).append(to_uint8(plane).astype(float))
            rows.append({name: float(np.abs(b - a)[still].mean()) for name, (a, b) in shown.items()} | {"share": float(still.mean())})
        if rows:
            out[path.name] = {k: float(np.mean([r[k] for r in rows])) for k in rows[0]}
    return out
