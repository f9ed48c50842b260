"""The diffusor in time: the picture `steps` frames after two decoded ones, and the pictures in a gap between two decoded ones.

Beyond the last picture, everything moves on as it did (`flow`). That is right for cameras that pan and wrong for hands that turn, and
more wrong the further ahead: a small network decides at every place how far to trust the moved picture, the standing one, or only a
softened one. It mixes pictures that were decoded and adds nothing of its own.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.api import Frame, Provenance
from engine.resources import model_path
from engine.weights import Family

from .flow import box, carried_on, motion_between, moved

TASK, VERSION, WEIGHTS = "ahead", "1", "ahead.safetensors"
MAX_BYTES = 1 << 20
CHANNELS, FEATURES, CHOICES = 24, 8, 5
FURTHEST = 64  # frames; further ahead the last picture of that horizon stands
_FAMILY = Family("for prediction", "restore the models folder", MAX_BYTES, 64, TASK, VERSION)


class AheadNet(nn.Module):
    """Features `[B, 8, h, w]` -> shares `[B, 5, h, w]` of the pictures of `candidates`, adding up to 1. Works at half resolution."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(FEATURES, CHANNELS, 3, padding=1)
        self.b = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=2, dilation=2)
        self.c = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=4, dilation=4)
        self.d = nn.Conv2d(CHANNELS, CHOICES, 3, padding=1)
        nn.init.zeros_(self.d.weight)
        with torch.no_grad():
            self.d.bias.copy_(torch.tensor([1.0, 1.0, -1.0, -1.0, -2.0]))  # type: ignore[union-attr]

    def forward(self, features: Tensor) -> Tensor:
        x = F.relu(self.a(features))
        x = x + F.relu(self.b(x))
        x = x + F.relu(self.c(x))
        return torch.softmax(self.d(x), 1)


@dataclass(frozen=True, eq=False)
class Motion:
    """What is known at the last picture: luma of it and of the one before `[B, 1, h, w]`, and where its content was one frame ago."""

    last: Tensor
    before: Tensor
    back: Tensor

    @classmethod
    def of(cls, before: Tensor, last: Tensor) -> Motion:
        return cls(last, before, motion_between(last, before))


def _soft(x: Tensor, size: int) -> Tensor:
    return box(box(x, size), size)


def candidates(plane: Tensor, offset: Tensor, unit: int) -> Tensor:
    """`[B, 5, h, w]`: the plane standing, moved, standing softly, moved softly, moved very softly. unit: 2 for luma, 1 for chroma."""
    there = moved(plane, offset)
    return torch.cat((plane, there, _soft(plane, 2 * unit + 1), _soft(there, 2 * unit + 1), _soft(there, 6 * unit + 1)), 1)


def features(motion: Motion, offset: Tensor, pictures: Tensor, steps: Tensor) -> Tensor:
    """`[B, 8, h/2, w/2]` of about unit size: how the candidates differ, how well motion explained the last picture, how far things move,
    how far ahead. steps: `[B]` frames ahead."""
    stand, there, soft_stand, soft_there, _ = pictures.split(1, 1)
    missed = box((motion.last - moved(motion.before, motion.back)).abs(), 5)
    changed = box((motion.last - motion.before).abs(), 5)
    missed = moved(missed, offset)
    far = offset.norm(dim=1, keepdim=True) / 8
    ahead = torch.log2(steps.view(-1, 1, 1, 1).float() + 1).expand_as(far) / 3
    parts = (there - stand).abs() / 16, (there - soft_there).abs() / 16, (stand - soft_stand).abs() / 16, missed / 8, changed / 8, \
        far.clamp(max=8), ahead, (missed / (changed + 0.5)).clamp(max=3)
    return F.avg_pool2d(F.pad(torch.cat(parts, 1), (0, -stand.shape[-1] % 2, 0, -stand.shape[-2] % 2), mode="replicate"), 2)


def mixed(pictures: Tensor, shares: Tensor) -> Tensor:
    """`[B, 1, h, w]` from candidates `[B, 5, h, w]` and shares at any resolution."""
    if shares.shape[-2:] != pictures.shape[-2:]:
        shares = F.interpolate(shares, size=pictures.shape[-2:], mode="bilinear", align_corners=False)
    return (pictures * shares).sum(1, keepdim=True)


class AheadModel:
    """Pictures past the last decoded one. Keeps no state; safe to share between threads. hash: SHA-256 of the weights file."""

    def __init__(self, net: AheadNet, digest: str) -> None:
        self.net, self.hash = net, digest

    def after(self, before: Frame, last: Frame, steps: int) -> list[Frame]:
        """The `steps` frames after `last`, which follows `before` by one frame. Sizes and depth as given; index counts on; pts is that of
        `last` for all of them (the caller knows the clock). ValueError when the two do not belong together."""
        if before.y.shape != last.y.shape or before.bit_depth != last.bit_depth or steps < 1:
            raise ValueError("two frames of one size and depth, and at least one step")
        scale = float(1 << (last.bit_depth - 8))
        with torch.inference_mode():
            planes = [_tensor(p, scale) for p in (last.y, last.u, last.v)]
            motion = Motion.of(_tensor(before.y, scale), planes[0])
            return [self._one(motion, planes, last, n, scale) for n in range(1, steps + 1)]

    def _one(self, motion: Motion, planes: list[Tensor], last: Frame, n: int, scale: float) -> Frame:
        ahead = min(n, FURTHEST)
        offset = carried_on(motion.back, ahead)
        pictures = candidates(planes[0], offset, 2)
        shares = self.net(features(motion, offset, pictures, torch.tensor([ahead])))
        small = F.interpolate(offset, size=planes[1].shape[-2:], mode="area") / 2
        out = [mixed(pictures, shares), *(mixed(candidates(p, small, 1), shares) for p in planes[1:])]
        return _frame(out, last, last.index + n, scale)


def between(a: Frame, b: Frame, places: list[float]) -> list[Frame]:
    """Pictures between two decoded ones: `places` are shares of the way from `a` to `b`, 0 < place < 1. Each is moved from both sides and
    mixed by nearness; index and pts are those of `a`. ValueError when the two do not belong together."""
    if a.y.shape != b.y.shape or a.bit_depth != b.bit_depth or not all(0 < s < 1 for s in places):
        raise ValueError("two frames of one size and depth, and places between them")
    scale = float(1 << (a.bit_depth - 8))
    with torch.inference_mode():
        one, two = ([_tensor(p, scale) for p in (f.y, f.u, f.v)] for f in (a, b))
        there, back = motion_between(one[0], two[0]), motion_between(two[0], one[0])
        out = []
        for s in places:
            left, right = carried_on(-there, s), carried_on(-back, 1 - s)
            planes = []
            for p, q in zip(one, two, strict=True):
                if p.shape == one[0].shape:
                    planes.append(moved(p, left) * (1 - s) + moved(q, right) * s)
                else:
                    near, far = (F.interpolate(m, size=p.shape[-2:], mode="area") / 2 for m in (left, right))
                    planes.append(moved(p, near) * (1 - s) + moved(q, far) * s)
            out.append(_frame(planes, a, a.index, scale))
        return out


def _tensor(plane: np.ndarray, scale: float) -> Tensor:
    return torch.from_numpy(plane.astype(np.float32) / np.float32(scale))[None, None]


def _frame(planes: list[Tensor], like: Frame, index: int, scale: float) -> Frame:
    top, kind = (1 << like.bit_depth) - 1, like.y.dtype
    y, u, v = (np.clip(np.rint(p[0, 0].numpy() * np.float32(scale)), 0, top).astype(kind) for p in planes)
    return Frame(y, u, v, index, like.pts, like.bit_depth, Provenance.SYNTHESISED)


def load_ahead(path: Path | None = None) -> AheadModel:
    """The network in `path` (default: the shipped one). ModelError when it is missing, damaged, of another kind, or not finite."""
    file = _FAMILY.load(Path(path) if path is not None else model_path(WEIGHTS))
    net = AheadNet()
    file.fill(net)
    return AheadModel(net.eval().requires_grad_(False), file.digest)
