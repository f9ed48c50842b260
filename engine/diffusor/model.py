"""Loading shipped weights under limits, and synthesis of one finer level from numpy planes."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.resources import model_path
from engine.weights import Family, Weights, pick

from .consistency import project
from .net import DetailConfig, DetailNet
from .noise import NoiseKey, field
from .spread import SpreadTable

TASK, VERSION = "detail", "1"
MAX_BYTES, MAX_TENSORS, MAX_PARAMETERS = 8 << 20, 256, 1_000_000
_CAPS = {"width": 256, "blocks": 16, "noise": 32, "branch": 256}
WEIGHTS = "detail.safetensors"
_FAMILY = Family("of a detail network", "train them with `lorentz train diffusor`, or restore the models folder", MAX_BYTES, MAX_TENSORS,
                 TASK, VERSION)
Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


class DetailModel:
    """One trained detail network. Safe to share between threads: it keeps no state between calls.

    hash: SHA-256 of the weights file, the model's identity. scale: 2. halo: luma input pixels of true context a tile needs on each
    side for its inner part to equal the whole picture (even). temperature: by how much samples deviate from the mean, 1 as learned.
    """

    scale = 2

    def __init__(self, net: DetailNet, digest: str, device: str, temperature: float = 1.0, spread: SpreadTable | None = None) -> None:
        self.net, self.hash, self.device = net, digest, device
        self.temperature, self.spread = temperature, spread
        self.halo = net.halo

    def calibrated(self, spread: np.ndarray, depth: int, samples: int, quality: int = 63) -> np.ndarray:
        """The standard deviation of the true error where `samples` samples, `depth` levels beyond the record, have the standard deviation
        `spread` (grey steps): 90 % of the truth lies within 1.645 of it. `spread` itself where the weights carry no table."""
        return spread if self.spread is None else self.spread.sigma(spread, depth, samples, quality)

    def synthesise(self, y: np.ndarray, u: np.ndarray, v: np.ndarray, *, origin: tuple[int, int], key: NoiseKey, seed: int,
                   sample: int = 0, stochastic: bool = True) -> Planes:
        """One level finer. y `[h, w]`, u, v `[ceil(h/2), ceil(w/2)]` float32 grey steps -> y `[2h, 2w]`, u, v `[h, w]` float32.

        origin: global (x, y) of the first luma pixel at the input's level, both even (chroma must line up); key: (file digest, frame,
        level of the input); `stochastic=False` gives the mean, without noise. Every 2 x 2 mean of the output is the input clipped
        to 0..255; where an odd size cuts a chroma group, the part that stays has that mean. ValueError on shapes that do not fit.
        """
        return self.samples(y, u, v, origin=origin, key=key, seed=seed, samples=(sample if stochastic else None,))[0]

    def samples(self, y: np.ndarray, u: np.ndarray, v: np.ndarray, *, origin: tuple[int, int], key: NoiseKey, seed: int,
                samples: tuple[int | None, ...]) -> list[Planes]:
        """Several results of `synthesise` for the price of little more than one; None stands for the mean."""
        h, w = y.shape
        ch, cw = (h + 1) // 2, (w + 1) // 2
        if u.shape != (ch, cw) or v.shape != (ch, cw) or h < 1 or w < 1:
            raise ValueError(f"chroma planes {u.shape}, {v.shape} do not belong to luma {y.shape}")
        if origin[0] % 2 or origin[1] % 2:
            raise ValueError(f"tile origin {origin} must be even in both directions")
        with torch.inference_mode():
            ty = F.pad(_tensor(y, self.device)[None, None], (0, 2 * cw - w, 0, 2 * ch - h), mode="replicate")
            tuv = torch.stack((_tensor(u, self.device), _tensor(v, self.device)))[None]
            features = self.net.features(ty, tuv)
            mean = self.net.mean_residual(features)
            out = []
            for sample in samples:
                residual = mean
                if sample is not None:
                    cells = field(key, seed, sample, (origin[0] // 2, origin[1] // 2), (self.net.config.noise, ch, cw))
                    deviation = self.net.sample_residual(features, torch.from_numpy(cells)[None].to(self.device))
                    residual = mean + self.temperature * deviation
                y2, uv2 = self.net.assemble(ty, tuv, residual)
                if h % 2:  # the second row of the last chroma group is cut off below: let the first stand for both
                    uv2[..., -1, :] = uv2[..., -2, :]
                if w % 2:
                    uv2[..., -1] = uv2[..., -2]
                y2, uv2 = project(y2, ty)[0, 0, :2 * h, :2 * w], project(uv2, tuv)[0, :, :h, :w]
                out.append((_array(y2), _array(uv2[0]), _array(uv2[1])))
        return out


def _tensor(plane: np.ndarray, device: str) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(plane, dtype=np.float32)).to(device).clamp(0.0, 255.0)


def _array(plane: Tensor) -> np.ndarray:
    return np.ascontiguousarray(plane.cpu().numpy())


def _config(file: Weights) -> DetailConfig:
    config = DetailConfig(**{name: file.number(name, cap) for name, cap in _CAPS.items()})
    if config.parameters > MAX_PARAMETERS:
        file.refuse(f"have more than {MAX_PARAMETERS} parameters")
    return config


def _temperature(file: Weights) -> float:
    try:
        value = float(file.meta.get("temperature", "1"))
    except ValueError:
        value = -1.0
    if not 0.0 < value <= 2.0:
        file.refuse("name an impossible temperature")
    return value


def load_detail(path: Path | None = None, device: str = "cpu") -> DetailModel:
    """The detail network in `path` (default: the shipped one). device: "cpu", "cuda" or "auto".

    ModelError when the file is missing, too large, damaged, of another network, or holds values that are not finite.
    """
    file = _FAMILY.load(Path(path) if path is not None else model_path(WEIGHTS))
    config, temperature = _config(file), _temperature(file)
    spread = SpreadTable.from_text(file.meta["spread"], file.where) if "spread" in file.meta else None
    net = DetailNet(config)
    file.fill(net)
    device, _ = pick(device)
    net = net.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)
    return DetailModel(net, file.digest, device, temperature, spread)
