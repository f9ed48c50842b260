"""The two losses of the detail network: one for the mean, one for the distribution of the samples."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

CHROMA = 0.25   # weight of chroma next to luma
PATCHES = (1, 4, 8)


def charbonnier(a: Tensor, b: Tensor, eps: float = 2.0) -> Tensor:
    """Mean of sqrt(d^2 + eps^2) - eps in grey steps: squared for small errors, absolute for large ones."""
    return (((a - b) ** 2 + eps * eps).sqrt() - eps).mean()


def _norm(d: Tensor, patch: int) -> Tensor:
    """Root mean square over patches of `patch` x `patch`, averaged over the picture."""
    return (F.avg_pool2d(d * d, patch) + 1e-2).sqrt().mean()


def energy_score(truth: Tensor, one: Tensor, two: Tensor, patches: tuple[int, ...] = PATCHES) -> Tensor:
    """Energy score (Gneiting and Raftery 2007) from two samples: E|x - s| - 0.5 E|s - s'|, lowest when the samples are distributed as
    the truth is. Taken over single pixels (calibrated spread) and over patches (plausible structure), in grey steps."""
    total = torch.zeros(())
    for patch in patches:
        total = total + 0.5 * (_norm(truth - one, patch) + _norm(truth - two, patch)) - 0.5 * _norm(one - two, patch)
    return total / len(patches)


def slope_score(truth: Tensor, one: Tensor, two: Tensor) -> Tensor:
    """The energy score of the differences between neighbours in both directions: samples get as much fine structure as the truth has,
    which single pixels and squares alone leave open (too much grain scores nearly as well as too little)."""
    total = torch.zeros(())
    for axis in (-1, -2):
        total = total + energy_score(torch.diff(truth, dim=axis), torch.diff(one, dim=axis), torch.diff(two, dim=axis), (1,))
    return total / 2
