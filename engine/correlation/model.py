"""Loading the correlation network's weights under limits, and running it on windows of pictures."""
from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from engine.correlation.net import CorrelationConfig, CorrelationNet, describe, gain_of
from engine.resources import model_path
from engine.weights import Family, Weights, pick

TASK, VERSION, WEIGHTS = "correlation", "1", "correlation.safetensors"
MAX_BYTES, MAX_TENSORS = 16 << 20, 256
_CAPS = {"fine": 128, "width": 256, "heads": 16, "blocks": 8}
_FAMILY = Family("of a correlation network", "train it with `lorentz train correlation`, restore the models folder, or bypass it with "
                 "--no-correlation", MAX_BYTES, MAX_TENSORS, TASK, VERSION)
_AT_ONCE = 64  # windows in one call: more no longer fit the processor's cache


class CorrelationModel:
    """A trained correlation network; keeps no state between calls. hash: SHA-256 of the weights file, the model's identity."""

    def __init__(self, net: CorrelationNet, digest: str, device: str = "cpu", precision: str = "auto") -> None:
        self.hash = digest
        self.device, self.precision = pick(device, precision)
        self.kind = torch.bfloat16 if self.precision == "bfloat16" else torch.float32
        self.net = net.eval().requires_grad_(False).to(self.device, self.kind, memory_format=torch.channels_last)

    @torch.inference_mode()
    def residuals(self, cells: np.ndarray, step: float, factors: np.ndarray, members: int) -> np.ndarray:
        """cells `[M, h, w, 24]` float32 in network units, a set lying together; factors `[M]` -> residual `[M, h, w, 24]` float32
        in grey steps."""
        out = np.empty_like(cells)
        block = max(1, _AT_ONCE // members) * members
        for at in range(0, len(cells), block):
            x = torch.from_numpy(cells[at:at + block]).to(self.device, self.kind).permute(0, 3, 1, 2)
            base = torch.full((len(x),), float(step), device=self.device)
            facts = describe(base, torch.from_numpy(factors[at:at + block].astype(np.float32)).to(self.device)).to(self.kind)
            made = self.net(x, facts, gain_of(base), members)
            out[at:at + block] = made.permute(0, 2, 3, 1).cpu().numpy()
        return out


def _config(file: Weights) -> CorrelationConfig:
    values = {name: file.number(name, cap) for name, cap in _CAPS.items()}
    if values["width"] % values["heads"]:
        file.refuse("name a width that does not divide by the heads")
    return CorrelationConfig(**values)


def load_correlation(path: Path | None = None, device: str = "auto", precision: str = "auto") -> CorrelationModel:
    """The network in `path` (default: the shipped one). ModelError when missing, too large, damaged, of another network, not finite."""
    path = Path(path) if path is not None else model_path(WEIGHTS)
    return _load(path, device, precision, f"{path.stat().st_mtime_ns}" if path.exists() else "")


@lru_cache(maxsize=2)
def _load(path: Path, device: str, precision: str, _stamp: str) -> CorrelationModel:
    file = _FAMILY.load(path)
    net = CorrelationNet(_config(file))
    file.fill(net)
    return CorrelationModel(net, file.digest, device, precision)
