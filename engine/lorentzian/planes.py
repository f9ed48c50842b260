"""Pictures to coefficient tensors and back: padding, the fixed transform, in torch or numpy."""
from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from engine.lorentzian import blocks
from engine.lorentzian.products import product
from engine.lorentzian.transform import CHANNELS, LEVEL_END, basis, plane_index


def _matrices(size_y: int, size_c: int) -> tuple[Tensor, Tensor, np.ndarray, np.ndarray, np.ndarray]:
    return (torch.from_numpy(basis(size_y)), torch.from_numpy(basis(size_c)),
            plane_index(0, size_y), plane_index(1, size_c), plane_index(2, size_c))


_FULL = _matrices(8, 4)
_PERM = torch.from_numpy(np.argsort(np.concatenate([_FULL[2], _FULL[3], _FULL[4]])))
_ORDER = torch.from_numpy(np.concatenate([_FULL[2], _FULL[3], _FULL[4]]))


def _blocks(p: Tensor, n: int) -> Tensor:
    """`[N, H, W]` -> `[N, H/n, W/n, n*n]`."""
    b, h, w = p.shape
    return p.view(b, h // n, n, w // n, n).permute(0, 1, 3, 2, 4).reshape(b, h // n, w // n, n * n)


def _unblocks(x: Tensor, n: int) -> Tensor:
    b, h, w, _ = x.shape
    return x.view(b, h, w, n, n).permute(0, 1, 3, 2, 4).reshape(b, h * n, w * n)


def forward(y: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Padded planes `[N, H, W]`, `[N, H/2, W/2]` float32 -> coefficients `[N, 96, H/8, W/8]` (channels last)."""
    by, bc = _FULL[0].to(y.device), _FULL[1].to(y.device)
    x = torch.cat([_blocks(y, 8) @ by.T, _blocks(u, 4) @ bc.T, _blocks(v, 4) @ bc.T], -1)
    return x[..., _PERM.to(y.device)].permute(0, 3, 1, 2)


def inverse(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The exact inverse of `forward`."""
    by, bc = _FULL[0].to(x.device), _FULL[1].to(x.device)
    x = x.permute(0, 2, 3, 1)[..., _ORDER.to(x.device)]
    return _unblocks(x[..., :64] @ by, 8), _unblocks(x[..., 64:80] @ bc, 4), _unblocks(x[..., 80:] @ bc, 4)


def forward_level(y: Tensor, u: Tensor, v: Tensor, level: int) -> Tensor:
    """Planes reduced to `level` -> coefficients `[N, 96, H/8, W/8]` on the full-size scale, finer channels zero."""
    if level == 0:
        return forward(y, u, v)
    n, nc = 8 >> level, max(4 >> level, 1)
    out = y.new_zeros(y.shape[0], CHANNELS, y.shape[1] // n, y.shape[2] // n)
    for plane, (p, size, full) in enumerate(((y, n, 8), (u, nc, 4), (v, nc, 4))):
        b = torch.from_numpy(basis(size)).to(y.device)
        out[:, torch.from_numpy(plane_index(plane, size)).to(y.device)] = (_blocks(p, size) @ b.T * (full / size)).permute(0, 3, 1, 2)
    return out


@lru_cache(maxsize=16)
def _whole(level: int, device: torch.device) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """(pixels of a block to channels `[C, P]`, channels to pixels `[P, C]`, sizes of a luma and a chroma block) of a level."""
    n, nc, channels = 8 >> level, max(4 >> level, 1), LEVEL_END[level]
    to = np.zeros((channels, n * n + 2 * nc * nc), np.float32)
    back = np.zeros((n * n + 2 * nc * nc, channels), np.float32)
    at = 0
    for plane, size, full in ((0, n, 8), (1, nc, 4), (2, nc, 4)):
        b, where = basis(size), plane_index(plane, size)
        to[where, at:at + size * size] = b * (full / size)
        back[at:at + size * size, where] = b.T * (size / full)
        at += size * size
    return torch.from_numpy(to).to(device), torch.from_numpy(back).to(device), (n, nc)


def to_pixels(level: int) -> tuple[np.ndarray, tuple[int, int]]:
    """(float32 `[LEVEL_END, pixels]`: what a channel adds to the pixels of a block, luma and then the chroma planes, row by row; sizes of a
    luma and a chroma block) of a level."""
    _, back, sizes = _whole(level, torch.device("cpu"))
    return back.numpy().T.copy(), sizes


def to_blocks(y: Tensor, u: Tensor, v: Tensor, level: int) -> Tensor:
    """`forward_level` with nothing but the channels of the level, in one multiplication: `[N, LEVEL_END, H/8, W/8]` (channels last)."""
    to, _, (n, nc) = _whole(level, y.device)
    b, h, w = y.shape[0], y.shape[1] // n, y.shape[2] // n
    pixels = y.new_empty(b, h, w, to.shape[1])
    at = 0
    for p, size in ((y, n), (u, nc), (v, nc)):
        if y.device.type == "cpu":
            blocks.cut(p.contiguous().numpy(), size, at, pixels.numpy())
        else:
            part = pixels[..., at:at + size * size].unflatten(-1, (size, size))
            part.copy_(p.view(b, h, size, w, size).permute(0, 1, 3, 2, 4))
        at += size * size
    return product(pixels.view(-1, to.shape[1]), to).view(b, h, w, -1).permute(0, 3, 1, 2)


def from_blocks(x: Tensor, level: int, least: float = -np.inf, most: float = np.inf) -> tuple[Tensor, Tensor, Tensor]:
    """Reduced planes from the channels of a level, kept from `least` to `most`: Y `[N, H >> level, W >> level]`, chroma half of that (at
    level 3 as large as Y: one value per block)."""
    _, back, (n, nc) = _whole(level, x.device)
    b, _, h, w = x.shape
    pixels = product(x.permute(0, 2, 3, 1).reshape(-1, x.shape[1]), back).view(b, h, w, -1)
    out, at = [], 0
    for size in (n, nc, nc):
        p = x.new_empty(b, h * size, w * size)
        if x.device.type == "cpu":
            blocks.join(pixels.numpy(), size, at, np.float32(least), np.float32(most), p.numpy())
        else:
            p.view(b, h, size, w, size).permute(0, 1, 3, 2, 4).copy_(pixels[..., at:at + size * size].unflatten(-1, (size, size)))
            p.clamp_(least, most)
        out.append(p)
        at += size * size
    return out[0], out[1], out[2]


def pad(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Replicate the last row and column up to height x width, as float32."""
    h, w = plane.shape
    return np.pad(plane, ((0, height - h), (0, width - w)), mode="edge").astype(np.float32)


__all__ = ["CHANNELS", "forward", "from_blocks", "inverse", "pad", "to_blocks", "to_pixels"]
