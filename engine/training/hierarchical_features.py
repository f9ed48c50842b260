"""The inputs that the network of a level sees, and what it should say, as the compiled walk computes them (`walk._network`)."""
from __future__ import annotations

import numpy as np

from engine.hierarchical import walk as W
from engine.hierarchical.lattice import Step, plan
from engine.hierarchical.model import Model
from engine.training.hierarchical_data import Sample


def features(sample: Sample, model: Model) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Network number to (inputs `[n, SEEN]` in units of 1 = the size of what lies around, targets `[n]` in the same)."""
    found: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for steps in plan(sample.q.shape[1], sample.q.shape[2]):
        for step in steps:
            number = model.net_of(step)
            if number >= 0:
                found.setdefault(number, []).extend(_of_step(sample, step))
    return {number: (np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts])) for number, parts in found.items()}


def _of_step(sample: Sample, step: Step) -> list[tuple[np.ndarray, np.ndarray]]:
    channels, height, width = sample.q.shape
    ys, xs = np.arange(step.y0, height, step.dy), np.arange(step.x0, width, step.dx)
    if not len(ys) or not len(xs):
        return []
    y, x = (m.ravel() for m in np.meshgrid(ys, xs, indexing="ij"))
    # only places with both nearest neighbours: the others are few and predicted from one side
    (ya, xa), (yb, xb) = ((y + dy, x + dx) for dy, dx in step.near[:2])
    good = (ya >= 0) & (xa >= 0) & (yb < height) & (xb < width)
    y, x, ya, xa, yb, xb = (v[good] for v in (y, x, ya, xa, yb, xb))
    result = []
    for c in range(channels):
        plane = sample.q[c]
        ref = plane[ya, xa]
        u = np.zeros((len(y), W.SEEN), np.float64)
        for i, (dy, dx) in enumerate(step.near[1:]):
            yy, xx = y + dy, x + dx
            inside = (yy >= 0) & (xx >= 0) & (yy < height) & (xx < width)
            u[:, i] = np.where(inside, plane[np.clip(yy, 0, height - 1), np.clip(xx, 0, width - 1)] - ref, 0)
        size = np.abs(u[:, :len(step.near) - 1]).sum(1)
        for k, p in enumerate(sample.parents[c]):
            if p >= 0:
                other = sample.q[p]
                u[:, W.BESIDE + 2 * k] = other[y, x] - other[ya, xa]
                u[:, W.BESIDE + 2 * k + 1] = other[yb, xb] - other[ya, xa]
        some = size > 0
        scale = 2.0 ** np.ceil(np.log2(np.maximum(size[some], 1) + 1))
        z = np.clip(u[some] / scale[:, None], -4, 4)
        target = (plane[y, x] - ref - u[:, 0] / 2)[some] / scale
        result.append((z.astype(np.float32), np.clip(target, -2, 2).astype(np.float32)))
    return result
