"""What keeps synthesis honest: the classical upsampler it starts from, and the projection that ties the result to the record.

The relation between levels is the 2 x 2 area mean. Every 2 x 2 group of output has exactly the input pixel as its mean, inside
0..255, so rounding each value to a whole grey step moves the mean by at most half a step.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

CUBIC_A = -0.5  # Keys 1981


def _cubic(x: float, a: float = CUBIC_A) -> float:
    x = abs(x)
    if x < 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0


def _kernels() -> Tensor:
    """`[4, 1, 5, 5]`: one bicubic kernel for each place in a 2 x 2 group (centres at -1/4 and +1/4 of the input pixel)."""
    phases = []
    for offset in (-0.25, 0.25):
        taps = torch.tensor([_cubic(i - offset) for i in range(-2, 3)], dtype=torch.float64)
        phases.append(taps / taps.sum())
    return torch.stack([torch.outer(a, b) for a in phases for b in phases]).unsqueeze(1).float()


_KERNELS = _kernels()
BASE_REACH = 2  # input pixels on each side that `base_upsample` looks at


def group_mean(x: Tensor) -> Tensor:
    """2 x 2 area mean: `[B, C, 2h, 2w]` -> `[B, C, h, w]`."""
    return F.avg_pool2d(x, 2)


def spread(x: Tensor) -> Tensor:
    """Repeats every pixel twice in each direction: `[B, C, h, w]` -> `[B, C, 2h, 2w]`."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def tie(x: Tensor, recorded: Tensor) -> Tensor:
    """Moves every 2 x 2 group of `x` so that its mean is `recorded` (orthogonal projection, no limits on the values)."""
    return x + spread(recorded - group_mean(x))


def base_upsample(x: Tensor) -> Tensor:
    """Bicubic x2 with back projection: `[B, C, h, w]` -> `[B, C, 2h, 2w]` in the units of `x`, group means equal to `x`."""
    b, c, h, w = x.shape
    flat = F.pad(x.reshape(b * c, 1, h, w), (2, 2, 2, 2), mode="replicate")
    up = F.pixel_shuffle(F.conv2d(flat, _KERNELS.to(device=x.device, dtype=x.dtype)), 2)
    return tie(up.reshape(b, c, 2 * h, 2 * w), x)


def project(x: Tensor, recorded: Tensor, low: float | Tensor = 0.0, high: float | Tensor = 255.0) -> Tensor:
    """The result inside `low..high` whose 2 x 2 means are `recorded` (itself clipped to that range), close to `x`. Limits may be tensors of
    the shape of `recorded`, one for each group.

    Shift-and-clip first, which keeps contrast next to saturated areas; whatever is left after three rounds is settled exactly by
    shrinking the group towards its mean. All operations act on one group only, so tiles need no overlap here.
    """
    recorded = torch.clamp(recorded, low, high)
    low, high = (spread(v) if isinstance(v, Tensor) else torch.full((), v, device=x.device) for v in (low, high))
    x = tie(x, recorded)
    if bool((x >= low).all()) and bool((x <= high).all()):
        return x
    for _ in range(3):
        x = tie(torch.clamp(x, low, high), recorded)
    centre = spread(recorded)
    away = x - centre
    room = torch.where(away > 0, high - centre, centre - low)
    share = torch.where(away.abs() > room, room / away.abs().clamp_min(1e-12), torch.ones_like(away))
    share = -spread(F.max_pool2d(-share, 2))  # the tightest of the four
    return torch.clamp(centre + away * share, low, high)


def visible(x: np.ndarray, recorded: np.ndarray, low: float, high: float) -> np.ndarray:
    """Made luma `[2h, 2w]` moved into `low..high`, what a screen can show, with the means `recorded` `[h, w]`; where the record lies
    outside, as far as the record. What is shown is clipped there, and would contradict the record otherwise."""
    tx, tr = (torch.from_numpy(np.ascontiguousarray(p, dtype=np.float32))[None, None] for p in (x, recorded))
    return np.ascontiguousarray(project(tx, tr, tr.clamp(max=low), tr.clamp(min=high))[0, 0].numpy())
