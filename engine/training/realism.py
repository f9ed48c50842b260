"""How much a picture looks like a photograph, without asking pixel by pixel: distances between what many small filters see.

`filter_distance` compares the histograms of the answers of a fixed bank of filters (differences, second differences, and seeded random
5 x 5 filters without a mean, at two scales) between a picture and the truth. A blurred picture lacks the tails that edges and texture
make, a noisy one has too much in between: both are far from the truth. Nothing is learned, and the same in every run. It is a
one-dimensional Wasserstein distance per filter, in grey steps of that filter's answer relative to its spread on the truth, averaged.
"""
from __future__ import annotations

import functools

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

_RANDOM = 12


@functools.cache
def _bank() -> Tensor:
    """`[n, 1, 5, 5]` filters of unit norm and no mean."""
    fixed = np.zeros((6, 5, 5))
    fixed[0, 2, 2:4] = -1, 1
    fixed[1, 2:4, 2] = -1, 1
    fixed[2, 2, 1:4] = 1, -2, 1
    fixed[3, 1:4, 2] = 1, -2, 1
    fixed[4, 2, 2], fixed[4, 3, 3] = -1, 1
    fixed[5, 2, 3], fixed[5, 3, 2] = -1, 1
    random = np.random.default_rng(20).normal(size=(_RANDOM, 5, 5))
    bank = np.concatenate((fixed, random - random.mean((1, 2), keepdims=True)))
    bank /= np.sqrt((bank**2).sum((1, 2), keepdims=True))
    return torch.from_numpy(bank).float()[:, None]


def _answers(luma: np.ndarray) -> list[Tensor]:
    """Per scale `[filters, answers]`, sorted."""
    x = torch.from_numpy(luma.astype(np.float32))[None, None]
    return [F.conv2d(y, _bank())[0].flatten(1).sort(1).values for y in (x, F.avg_pool2d(x, 2))]


def filter_distance(picture: np.ndarray, truth: np.ndarray) -> float:
    """0 for pictures with the same statistics. Both `[H, W]` luma in grey steps, of one size."""
    total = [((a - b).abs().mean(1) / b.std(1).clamp_min(0.25)).mean() for a, b in zip(_answers(picture), _answers(truth), strict=True)]
    return float(torch.stack(total).mean())
