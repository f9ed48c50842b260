"""A window of frames: where the recording stands still, made detail is the mean of that of neighbouring frames, so it does not flicker.

A network that sharpens also sharpens the small changes from frame to frame that noise and coding leave. Where nothing moves they tell
nothing of the scene; a neighbour counts the less the more the recorded pictures differ there, and not at all where something moves.
The result is tied to the record of its own frame as all made detail is.
"""
from __future__ import annotations

import numpy as np

STILL = 1.0   # grey steps of mean difference at which a neighbour's weight has fallen to 1/e
MARGIN = 2    # pixels of the record around a place that decide
Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


def stillness(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Weight of a neighbour, 0..1, `[h, w]` float32, from recorded luma of both frames `[h + 4, w + 4]`: mean difference over 5 x 5.

    Summed in a fixed order, so that a place has the same weight in every tile."""
    away = np.abs(there.astype(np.float32) - here.astype(np.float32))
    for axis in (0, 1):
        n = away.shape[axis] - 2 * MARGIN
        total = np.take(away, range(n), axis)
        for k in range(1, 2 * MARGIN + 1):
            total = total + np.take(away, range(k, n + k), axis)
        away = total * np.float32(1 / (2 * MARGIN + 1))
    return np.exp(-np.square(away * np.float32(1 / STILL)))


def fused(own: Planes, others: list[tuple[Planes, np.ndarray]], record: Planes) -> Planes:
    """The made planes y `[2h, 2w]`, u, v `[h, w]` of a frame, mixed with those of its neighbours by their `stillness` `[h, w]`, with 2 x 2
    means equal to `record`, y `[h, w]`, u, v `[h/2, w/2]`."""
    import torch

    from .consistency import project

    out = []
    for n, (mine, tied) in enumerate(zip(own, record, strict=True)):
        total, weights = mine.copy(), np.ones_like(mine)
        for made, share in others:
            weight = share.repeat(2, 0).repeat(2, 1) if n == 0 else share
            total += weight * made[n]
            weights += weight
        mixed, tie = (torch.from_numpy(np.ascontiguousarray(p, dtype=np.float32))[None, None] for p in (total / weights, tied))
        out.append(np.ascontiguousarray(project(mixed, tie)[0, 0].numpy()))
    return out[0], out[1], out[2]
