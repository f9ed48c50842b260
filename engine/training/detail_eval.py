"""Measures the detail network on pictures it has not seen, against bicubic and Lanczos: PSNR, SSIM, edge energy, calibration."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from engine.diffusor import DetailModel

from .data import area_mean, load_clip, to_uint8

Row = dict[str, float]


@dataclass(frozen=True, eq=False)
class Picture:
    """One unseen frame, cut to multiples of 8: y `[H, W]`, u, v `[H/2, W/2]` uint8. `group` names its clip."""

    group: str
    kind: str
    y: np.ndarray
    u: np.ndarray
    v: np.ndarray


def load_pictures(paths: list[Path], frames: int = 2, size: int = 384) -> list[Picture]:
    """Up to `frames` frames spread over every clip, and every picture, at their own resolution, cut around the centre to at most `size`
    pixels in each direction."""
    out = []
    for path in paths:
        clip = load_clip(path, frames, 1 << 20)
        if clip is None:
            continue
        h, w = (min(size, s) // 8 * 8 for s in clip.y.shape[1:])
        y0, x0 = ((s - t) // 4 * 2 for s, t in zip(clip.y.shape[1:], (h, w), strict=True))
        kind = "photo" if path.suffix.lower() in (".png", ".jpg", ".jpeg") else "video"
        c = slice(y0 // 2, y0 // 2 + h // 2), slice(x0 // 2, x0 // 2 + w // 2)
        out += [Picture(path.name, kind, clip.y[t, y0:y0 + h, x0:x0 + w], clip.u[t][c], clip.v[t][c]) for t in range(len(clip.y))]
    return out


def keys_cubic(a: float) -> Callable[[np.ndarray], np.ndarray]:
    """Cubic convolution kernel (Keys 1981), support 2."""
    def kernel(x: np.ndarray) -> np.ndarray:
        x = np.abs(x)
        near = (a + 2) * x**3 - (a + 3) * x**2 + 1
        return np.where(x < 1, near, np.where(x < 2, a * (x**3 - 5 * x**2 + 8 * x - 4), 0.0))
    return kernel


def lanczos3(x: np.ndarray) -> np.ndarray:
    """Lanczos kernel with three lobes."""
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


CLASSICAL: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "bicubic": keys_cubic(-0.5), "bicubic (a = -0.75)": keys_cubic(-0.75), "lanczos": lanczos3}


def upsample(plane: np.ndarray, factor: int, kernel: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Separable interpolation by a whole factor, pixel areas aligned, border pixels repeated. `[h, w]` -> `[fh, fw]` float32."""
    def matrix(n: int) -> np.ndarray:
        centres = (np.arange(n * factor) + 0.5) / factor - 0.5
        first = np.floor(centres).astype(int)
        m = np.zeros((n * factor, n))
        for tap in range(-3, 5):
            weight = kernel(centres - (first + tap))
            np.add.at(m, (np.arange(n * factor), np.clip(first + tap, 0, n - 1)), weight)
        return m / m.sum(1, keepdims=True)
    return (matrix(plane.shape[0]) @ plane.astype(np.float64) @ matrix(plane.shape[1]).T).astype(np.float32)


def recurse(model: DetailModel, planes: tuple[np.ndarray, np.ndarray, np.ndarray], steps: int, key: tuple[str, int],
            sample: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`steps` levels finer by recursion; sample None gives the mean. key: (digest, frame)."""
    for level in range(steps):
        planes = model.synthesise(*planes, origin=(0, 0), key=(key[0], key[1], -level), seed=0, sample=sample or 0,
                                  stochastic=sample is not None)
    return planes


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """dB for a peak of 255; capped near 88 dB for equal pictures."""
    return float(10 * np.log10(255.0**2 / max(1e-4, float(np.mean((a.astype(np.float64) - b) ** 2)))))


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Structural similarity (Wang 2004), Gaussian window of 11 with sigma 1.5, mean over the picture. Moments are taken around 128, where
    single precision is enough for them."""
    g = torch.exp(-(torch.arange(-5, 6, dtype=torch.float32) ** 2) / 4.5)
    g = g / g.sum()
    x = torch.from_numpy(np.stack((a, b)).astype(np.float32))[:, None] - 128
    x = torch.cat((x, x * x, x[:1] * x[1:]))
    ma, mb, aa, bb, ab = F.conv2d(F.conv2d(x, g.view(1, 1, 1, -1)), g.view(1, 1, -1, 1))[:, 0]
    aa, bb, ab = aa - ma**2, bb - mb**2, ab - ma * mb
    ma, mb = ma + 128, mb + 128
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(((2 * ma * mb + c1) * (2 * ab + c2) / ((ma**2 + mb**2 + c1) * (aa + bb + c2))).mean())


def edge_energy(a: np.ndarray) -> float:
    """Mean absolute difference of neighbours: how much fine structure a picture has."""
    a = a.astype(np.float32)
    return float(np.abs(np.diff(a, axis=0)).mean() + np.abs(np.diff(a, axis=1)).mean())


def _mean_by_group(rows: list[tuple[Picture, Row]]) -> dict[str, Row]:
    """Frames to clips to kinds: every clip counts once."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for picture, row in rows:
        groups.setdefault((picture.kind, picture.group), []).append(row)
    clips = [(kind, {k: float(np.mean([r[k] for r in v])) for k in v[0]}) for (kind, _), v in groups.items()]
    out = {}
    for name in ("all", "video", "photo"):
        chosen = [r for kind, r in clips if name in ("all", kind)]
        if chosen:
            out[name] = {k: float(np.mean([r[k] for r in chosen])) for k in chosen[0]} | {"clips": float(len(chosen))}
    return out


def compare(model: DetailModel, pictures: list[Picture], factor: int, *, classical: bool = True,
            full: bool = True) -> dict[str, dict[str, Row]]:
    """Luma figures per method at x2 or x4 (`factor`): {"bicubic": {"all": {"psnr": .., "ssim": .., "edges": ..}, ..}, ..}.

    Input: area mean of the truth rounded to whole grey steps; output rounded and clipped before it is measured. "edges" is edge
    energy relative to the truth's (1 = as much fine structure). full=False leaves SSIM and the sample out.
    """
    steps = factor.bit_length() - 1
    rows: dict[str, list[tuple[Picture, Row]]] = {}
    for number, p in enumerate(pictures):
        coarse = tuple(to_uint8(area_mean(x, factor)).astype(np.float32) for x in (p.y, p.u, p.v))
        results = {name: upsample(coarse[0], factor, kernel) for name, kernel in CLASSICAL.items()} if classical else {}
        results["ours, mean"] = recurse(model, (coarse[0], coarse[1], coarse[2]), steps, (p.group, number), None)[0]
        if full:
            results["ours, one sample"] = recurse(model, (coarse[0], coarse[1], coarse[2]), steps, (p.group, number), 0)[0]
        for name, plane in results.items():
            shown = to_uint8(plane)
            row = {"psnr": psnr(shown, p.y)}
            if full:
                row |= {"ssim": ssim(shown, p.y), "edges": edge_energy(shown) / max(1e-6, edge_energy(p.y))}
            rows.setdefault(name, []).append((p, row))
    return {name: _mean_by_group(r) for name, r in rows.items()}


def calibration(model: DetailModel, pictures: list[Picture], samples: int = 8) -> Row:
    """How far the spread of samples tells the error at x2: share of luma pixels whose truth lies within 1.645 stated standard deviations of
    the expected detail (0.90 is calibrated), and the PSNR of the mean of the samples next to that of the expected detail."""
    inside = total = 0
    of_samples, of_head = [], []
    for number, p in enumerate(pictures):
        coarse = [to_uint8(area_mean(x, 2)).astype(np.float32) for x in (p.y, p.u, p.v)]
        wanted: tuple[int | None, ...] = (None, *range(samples))
        drawn = model.samples(*coarse, origin=(0, 0), key=(p.group, number, 0), seed=0, samples=wanted)
        stack = np.stack([d[0] for d in drawn[1:]])
        sigma = model.calibrated(stack.std(0, ddof=1), 1, samples)
        inside += int((np.abs(p.y - drawn[0][0]) <= 1.645 * sigma).sum())
        total += p.y.size
        of_samples.append(psnr(to_uint8(stack.mean(0)), p.y))
        of_head.append(psnr(to_uint8(drawn[0][0]), p.y))
    return {"samples": samples, "inside_90": inside / max(total, 1), "psnr_mean_of_samples": float(np.mean(of_samples)),
            "psnr_mean_head": float(np.mean(of_head))}
