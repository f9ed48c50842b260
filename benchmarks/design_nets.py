"""Networks of `designs.py`: a 3D autoencoder of chunks of eight frames, and frame by frame conditional coding. Both small enough to learn
something in minutes on one core, with one entropy model: a hyper-prior, what was decoded before, two groups of channels.

Pictures are tensors on the 8x8 block grid, `[N, channels, H/8, W/8]`; a 3D convolution of 8x8x8 pixels and stride 8 is then a matrix.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.lorentzian.planes import forward
from engine.lorentzian.schedule import QUALITIES, step
from engine.lorentzian.slices import gain, quantise
from engine.lorentzian.transform import CHANNELS, ORDER, dct_matrix

CHUNK = 8
ALL = CHUNK * CHANNELS  # 768 numbers for 8x8x8 pixels of 4:2:0
DEAD = 0.2              # of the quantiser, like that of the slices that ship
HIDDEN = 96
Coded = tuple[Tensor, Tensor]  # decoded, bits `[N]`


def laplace_bits(v: Tensor, log_scale: Tensor) -> Tensor:
    """Bits of `v` (integers, or values in steps with noise) under a Laplace of scale exp(`log_scale`) steps, integrated over one step."""
    b, a = torch.exp(log_scale.clamp(-3.5, 7)), v.abs()
    far = a / b - 0.5 / b - torch.log1p(-torch.exp(-1 / b)) + float(np.log(2))
    near = -torch.log((1 - (torch.exp(-(a + 0.5) / b) + torch.exp((a.clamp(max=0.5) - 0.5) / b)) / 2).clamp(min=1e-9))
    return torch.where(a > 0.5, far, near) * float(1 / np.log(2))


def rounded(v: Tensor, dead: float = 0.0) -> Tensor:
    """Integers, with the gradient of `v`."""
    return v + (quantise(v.detach(), dead) - v.detach())


def powers(quality: Tensor) -> Tensor:
    """`[N, 3]`: 1, x, x^2 with x from -1 to 1."""
    x = quality.float() / (QUALITIES - 1) * 2 - 1
    return torch.stack([torch.ones_like(x), x, x * x], 1)


@dataclass(frozen=True)
class Point:
    """What a batch is coded at: quality `[N]`, whether nothing was decoded before."""

    quality: Tensor
    first: bool
    factor: float = 1.0  # of the quantiser's step

    def words(self) -> Tensor:
        p = powers(self.quality)
        return torch.cat([p, torch.full_like(p[:, :1], float(self.first))], 1)

    def steps(self) -> Tensor:
        return torch.tensor([step(int(q)) * self.factor for q in self.quality]).view(-1, 1, 1, 1)

    def gain(self) -> Tensor:
        """Network units to grey steps."""
        return torch.tensor([gain(int(q)) for q in self.quality]).view(-1, 1, 1, 1)


class Film(nn.Module):
    """ReLU after a scale and a shift that quality and kind choose; none at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.by = nn.Linear(4, 2 * width)
        nn.init.zeros_(self.by.weight)
        nn.init.zeros_(self.by.bias)

    def forward(self, x: Tensor, p: Point) -> Tensor:
        a, b = self.by(p.words())[..., None, None].chunk(2, 1)
        return F.relu(x * (1 + a) + b)


def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1, zero: bool = False) -> nn.Conv2d:
    c = nn.Conv2d(inputs, outputs, size, stride, size // 2)
    if zero:
        nn.init.zeros_(c.weight)
        nn.init.zeros_(c.bias)
    return c.to(memory_format=torch.channels_last)


class Correction(nn.Module):
    """What a network adds to coefficients, in network units; nothing at the start where `zero`."""

    def __init__(self, inputs: int, outputs: int, width: int, zero: bool, blocks: int = 1) -> None:
        super().__init__()
        self.into, self.film = conv(inputs, width, 1), Film(width)
        self.mid = nn.ModuleList(conv(width, width) for _ in range(blocks))
        self.films = nn.ModuleList(Film(width) for _ in range(blocks))
        self.out = conv(width, outputs, 1, zero=zero)

    def forward(self, x: Tensor, p: Point) -> Tensor:
        x = self.film(self.into(x), p)
        for c, film in zip(self.mid, self.films, strict=True):
            x = x + film(c(x), p)
        return self.out(x).float()


class Prior(nn.Module):
    """Quantises and prices `channels` coefficients: first `split` of them, then the rest, which see those."""

    def __init__(self, channels: int, split: int, context: int) -> None:
        super().__init__()
        self.ends = (0, split, channels)
        self.look, self.down = conv(channels, HIDDEN, 1), conv(HIDDEN, HIDDEN // 2, 3, 2)
        self.up, self.context, self.wide = conv(HIDDEN // 2, 4 * HIDDEN), conv(context, HIDDEN, 1), conv(HIDDEN, HIDDEN)
        self.film, self.film2, self.mid = Film(HIDDEN), Film(HIDDEN), conv(HIDDEN, HIDDEN)
        self.seen = conv(split, HIDDEN)
        self.heads = nn.ModuleList(conv(HIDDEN, 2 * (b - a), 1, zero=True) for a, b in zip(self.ends, self.ends[1:]))
        self.curve = nn.Parameter(torch.zeros(3, channels))      # of log steps over quality
        self.spread = nn.Parameter(torch.full((2, channels), 2.0))  # log of the Laplace's scale in grey steps; [1]: nothing came before
        self.side = nn.Parameter(torch.zeros(3, HIDDEN // 2))    # log scale of the hyper-prior's symbols over quality

    def delta(self, p: Point) -> Tensor:
        return p.steps() * torch.exp(powers(p.quality) @ self.curve)[..., None, None]

    def forward(self, y: Tensor, base: Tensor, context: Tensor, p: Point) -> Coded:
        """`base`: what `y` is taken to be before any network speaks."""
        delta = self.delta(p)
        z = rounded(self.down(F.relu(self.look(torch.log1p(((y - base) / delta).abs())))).float())
        noise = self.training
        soft = z + torch.rand_like(z) - 0.5 if noise else z
        bits = laplace_bits(soft, (powers(p.quality) @ self.side)[..., None, None]).sum((1, 2, 3))
        x = F.pixel_shuffle(self.up(z), 2)[:, :, :y.shape[2], :y.shape[3]] + self.wide(F.relu(self.context(context)))
        x = self.film(x, p)
        x = x + self.film2(self.mid(x), p)
        parts: list[Tensor] = []
        for head, a, b in zip(self.heads, self.ends, self.ends[1:], strict=False):
            if a:
                x = F.relu(x + self.seen(seen.clamp(-6, 6)))  # noqa: F821 (set in the round before)
            m, s = head(x).float().chunk(2, 1)
            mean = base[:, a:b] + m * p.gain()
            v = (y[:, a:b] - mean) / delta[:, a:b]
            seen = rounded(v, DEAD)
            scale = self.spread[int(p.first), a:b].view(1, -1, 1, 1) - torch.log(delta[:, a:b]) + s
            bits = bits + laplace_bits(v + torch.rand_like(v) - 0.5 if noise else seen, scale).sum((1, 2, 3))
            parts.append(mean + seen * delta[:, a:b])
        return torch.cat(parts, 1), bits


def cosine3d() -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal 8x8x8 (luma) and 4x4x8 (chroma) cosine transform as a matrix `[768, 768]` from frames x 96 pixels, low frequencies
    first, and the frequency in time `[768]` of its rows."""
    eye = torch.eye(CHANNELS)
    y, u, v = eye[:, :64].view(-1, 8, 8), eye[:, 64:80].view(-1, 4, 4), eye[:, 80:].view(-1, 4, 4)
    flat = forward(y.contiguous(), u.contiguous(), v.contiguous())[..., 0, 0].T.numpy()  # [coefficient, pixel]
    whole = np.kron(dct_matrix(CHUNK), flat)
    time = np.repeat(np.arange(CHUNK), CHANNELS)
    space = np.tile(np.array([(a + b) * (2 if plane else 1) for plane, a, b in ORDER]), CHUNK)
    order = np.argsort((1 + time) * (1 + space), kind="stable")
    return whole[order].astype(np.float32), time[order]


def to_pixels(frames: list[list[np.ndarray]]) -> Tensor:
    """Chunks `[crop][time * 3 planes]` as stacked planes: y `[N, 8, H, W]` and so on -> `[N, 768, H/8, W/8]`, grey is 0."""
    parts = []
    for plane, n in zip(range(3), (8, 4, 4), strict=True):
        a = torch.from_numpy(np.stack([f[plane] for f in frames])).float() - 128
        parts.append(F.pixel_unshuffle(a.flatten(0, 1)[:, None], n).unflatten(0, (len(frames), CHUNK)))
    return torch.cat(parts, 2).flatten(1, 2).contiguous(memory_format=torch.channels_last)


def from_pixels(x: Tensor) -> list[Tensor]:
    """The inverse: y `[N, 8, H, W]`, u, v."""
    x = x.unflatten(1, (CHUNK, CHANNELS)) + 128
    return [F.pixel_shuffle(x[:, :, a:b].flatten(0, 1), n)[:, 0].unflatten(0, (x.shape[0], CHUNK))
            for a, b, n in ((0, 64, 8), (64, 80, 4), (80, 96, 4))]


class ChunkNet(nn.Module):
    """Chunks of eight frames at once. `cosine`: starts as an orthonormal 3D transform, else everything from random weights."""

    def __init__(self, cosine: bool, width: int = 192) -> None:
        super().__init__()
        self.into, self.out = nn.Linear(ALL, ALL, bias=False), nn.Linear(ALL, ALL, bias=False)
        self.ana = nn.ModuleList(Correction(ALL, ALL, width, cosine) for _ in range(2))
        self.syn = nn.ModuleList(Correction(ALL, ALL, width, cosine) for _ in range(3))
        self.prior = Prior(ALL, 96, ALL)
        self.memory = nn.Parameter(torch.zeros(ALL))  # share of the chunk before that each coefficient is taken to be
        unit = torch.full((ALL, 1, 1), 1 / 32)
        if cosine:
            matrix, time = cosine3d()
            with torch.no_grad():
                self.into.weight.copy_(torch.from_numpy(matrix))
                self.out.weight.copy_(torch.from_numpy(matrix.T.copy()))
                self.memory.copy_(torch.from_numpy(0.8 * (time == 0)))
            unit[:3] = 1 / 256
        self.register_buffer("unit", unit, persistent=False)

    def outer(self) -> list[nn.Parameter]:
        return [self.into.weight, self.out.weight]

    def line(self, layer: nn.Linear, x: Tensor) -> Tensor:
        """In float32, whatever the layers between run in: pixels are read and written here."""
        with torch.autocast("cpu", enabled=False):
            return layer(x.float().permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    def analyse(self, x: Tensor, p: Point) -> Tensor:
        y = self.line(self.into, x)
        for part in self.ana:
            y = y + part(y * self.unit, p) * p.gain()
        return y

    def synthesise(self, y: Tensor, p: Point) -> Tensor:
        for part in self.syn:
            y = y + part(y * self.unit, p) * p.gain()
        return self.line(self.out, y)

    def forward(self, x: Tensor, before: Tensor | None, quality: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x `[N, 768, h, w]` -> (decoded pixels, bits `[N]`, decoded latent for the next chunk)."""
        p = Point(quality, before is None)
        last = torch.zeros_like(x) if before is None else before
        y, bits = self.prior(self.analyse(x, p), last * self.memory.view(1, -1, 1, 1), last * self.unit, p)
        return self.synthesise(y, p), bits, y.detach()


class FrameNet(nn.Module):
    """One frame after the other, on coefficients of `transform.py`: analysis, entropy model and synthesis all see the frame before as
    motion moves it. Starts as coding of the difference."""

    FACTOR = (0.78, 1.3)  # of steps: first frame, others

    def __init__(self) -> None:
        super().__init__()
        self.ana = Correction(2 * CHANNELS, CHANNELS, HIDDEN, True, 2)
        self.syn = Correction(2 * CHANNELS, CHANNELS, HIDDEN, True, 3)
        self.prior = Prior(CHANNELS, 24, CHANNELS)
        unit, shift = torch.full((CHANNELS, 1, 1), 1 / 32), torch.zeros(CHANNELS, 1, 1)
        unit[:3] = 1 / 256
        shift[0], shift[1], shift[2] = 128 * 8, 128 * 4, 128 * 4
        self.register_buffer("unit", unit, persistent=False)
        self.register_buffer("shift", shift, persistent=False)

    def outer(self) -> list[nn.Parameter]:
        return []

    def forward(self, x: Tensor, before: Tensor | None, quality: Tensor) -> tuple[Tensor, Tensor]:
        """x, `before` (aligned) coefficients `[N, 96, h, w]` -> (decoded, bits `[N]`)."""
        p = Point(quality, before is None, self.FACTOR[before is not None])
        base = self.shift.expand_as(x) if before is None else before
        known = (base - self.shift) * self.unit
        y = x + self.ana(torch.cat([(x - self.shift) * self.unit, known], 1), p) * p.gain()
        got, bits = self.prior(y, base, known, p)
        return got + self.syn(torch.cat([(got - self.shift) * self.unit, known], 1), p) * p.gain(), bits
