"""Dense motion between two decoded pictures, and pictures moved along it. Nothing is learned here.

Motion is found coarse to fine by least squares over small windows (Lucas and Kanade 1981, pyramidal as Bouguet 2000); a median over
neighbours after each level keeps one wrong window from pulling others along.
"""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_WINDOW, _ROUNDS, _SMALLEST = 9, 3, 24
_STIFF = 4.0  # grey steps squared of gradient energy below which a window keeps the motion of the coarser level


def moved(picture: Tensor, motion: Tensor) -> Tensor:
    """`picture` `[B, C, h, w]` read at p + motion(p), `[B, 2, h, w]` in pixels (x, y), bicubic, edges repeated."""
    h, w = picture.shape[-2:]
    ys, xs = torch.meshgrid(torch.arange(h, dtype=torch.float32), torch.arange(w, dtype=torch.float32), indexing="ij")
    at = torch.stack(((xs + motion[:, 0] + 0.5) * (2.0 / w) - 1.0, (ys + motion[:, 1] + 0.5) * (2.0 / h) - 1.0), -1)
    return F.grid_sample(picture, at, mode="bicubic", padding_mode="border", align_corners=False)


def _linear(field: Tensor, motion: Tensor) -> Tensor:
    """As `moved`, linear: for fields that are smooth anyway."""
    h, w = field.shape[-2:]
    ys, xs = torch.meshgrid(torch.arange(h, dtype=torch.float32), torch.arange(w, dtype=torch.float32), indexing="ij")
    at = torch.stack(((xs + motion[:, 0] + 0.5) * (2.0 / w) - 1.0, (ys + motion[:, 1] + 0.5) * (2.0 / h) - 1.0), -1)
    return F.grid_sample(field, at, mode="bilinear", padding_mode="border", align_corners=False)


def box(x: Tensor, size: int) -> Tensor:
    """Mean over `size` x `size` neighbours (odd), fewer at the edges."""
    return F.avg_pool2d(x, size, 1, size // 2, count_include_pad=False)


def _median(motion: Tensor) -> Tensor:
    """Median of 3 x 3 neighbours, each component alone."""
    h, w = motion.shape[-2:]
    padded = F.pad(motion, (1, 1, 1, 1), mode="replicate")
    parts = torch.stack([padded[..., dy:dy + h, dx:dx + w] for dy in range(3) for dx in range(3)])
    return parts.median(0).values


def _slopes(x: Tensor) -> tuple[Tensor, Tensor]:
    p = F.pad(x, (1, 1, 1, 1), mode="replicate")
    return (p[..., 1:-1, 2:] - p[..., 1:-1, :-2]) / 2, (p[..., 2:, 1:-1] - p[..., :-2, 1:-1]) / 2


def _refine(a: Tensor, b: Tensor, motion: Tensor, rounds: int) -> Tensor:
    for _ in range(rounds):
        there = _linear(b, motion)
        gx, gy = _slopes((there + a) / 2)
        d = there - a
        xx, yy, xy, xd, yd = box(torch.cat((gx * gx, gy * gy, gx * gy, gx * d, gy * d), 1), _WINDOW).split(1, 1)
        xx, yy = xx + _STIFF, yy + _STIFF
        scale = -1.0 / (xx * yy - xy * xy)
        step = torch.cat((scale * (yy * xd - xy * yd), scale * (xx * yd - xy * xd)), 1)
        motion = motion + step.clamp(-1.0, 1.0)
    return _median(motion)


def motion_between(a: Tensor, b: Tensor, start: Tensor | None = None) -> Tensor:
    """`[B, 2, h, w]`, (x, y) in pixels, such that a(p) is about b(p + motion). a, b: luma `[B, 1, h, w]` in grey steps, both sides of
    at least 8 pixels. start: a first guess. Found at half resolution, which is enough and four times as quick."""
    h, w = a.shape[-2:]
    pad = (0, -w % 2, 0, -h % 2)
    stack = [(F.avg_pool2d(F.pad(a, pad, mode="replicate"), 2), F.avg_pool2d(F.pad(b, pad, mode="replicate"), 2))]
    while min(stack[-1][0].shape[-2:]) >= 2 * _SMALLEST:
        stack.append((F.avg_pool2d(stack[-1][0], 2, ceil_mode=True, count_include_pad=False),
                      F.avg_pool2d(stack[-1][1], 2, ceil_mode=True, count_include_pad=False)))
    motion = None if start is None else F.interpolate(start, size=stack[-1][0].shape[-2:], mode="area") / 2 ** len(stack)
    for small_a, small_b in reversed(stack):
        size = small_a.shape[-2:]
        if motion is None:
            motion = torch.zeros((a.shape[0], 2, *size))
        elif motion.shape[-2:] != size:
            motion = 2 * F.interpolate(motion, size=size, mode="bilinear", align_corners=False)
        motion = _refine(small_a, small_b, motion, _ROUNDS)
    assert motion is not None
    return 2 * F.interpolate(motion, size=(h, w), mode="bilinear", align_corners=False)


def carried_on(motion: Tensor, steps: float) -> Tensor:
    """From `motion` = where the content of each pixel WAS one frame ago, to where the content of each pixel `steps` frames later IS now,
    when everything moves on as it did: the q - p of q = p + steps * motion(q), by three rounds of substitution."""
    offset = steps * motion
    for _ in range(3):
        offset = steps * _linear(motion, offset)
    return offset
