"""Loading the correlation network's weights under limits, and running it on windows of pictures."""
from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.correlation.given import GIVEN, given, weighed
from engine.correlation.net import GREY, LUMA_CHANNELS, SIZE, CorrelationConfig, CorrelationNet
from engine.correlation.weights import UNIT, Sums
from engine.resources import model_path
from engine.weights import Family, Weights, pick

TASK, VERSION, WEIGHTS = "correlation", "2", "correlation.safetensors"
MAX_BYTES, MAX_TENSORS = 16 << 20, 256
_CAPS = {"fine": 128, "width": 256, "heads": 16, "blocks": 8, "patterns": 24}
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

    @property
    def patterns(self) -> int:
        """Weights that go with luma, and as many with chroma."""
        return self.net.config.count

    def _inputs(self, cells: np.ndarray, step: float, factors: np.ndarray, members: int) -> Iterator[tuple[slice, tuple[Tensor, ...]]]:
        block = max(1, _AT_ONCE // members) * members
        for at in range(0, len(cells), block):
            part, factor = cells[at:at + block], factors[at:at + block].astype(np.float32)
            seen = part, given(part, step, factor, members)
            planes = [torch.from_numpy(x).to(self.device, self.kind).permute(0, 3, 1, 2) for x in seen]
            base = torch.full((len(part),), float(step), device=self.device)
            yield slice(at, at + block), (*planes, base, torch.from_numpy(factor).to(self.device))

    @torch.inference_mode()
    def residuals(self, cells: np.ndarray, step: float, factors: np.ndarray, members: int, weights: np.ndarray) -> np.ndarray:
        """cells `[M, h, w, 24]` float32 in network units, a set lying together; factors `[M]`; weights `[2, patterns]` in whole numbers
        of 1/UNIT -> residual `[M, h, w, 24]` float32 in grey steps. The network is run only where what was learned has a weight."""
        if not weights[:, GIVEN:].any():
            unit = (SIZE * step * factors.astype(np.float32))[:, None, None, None]
            return weighed(cells, step, factors, members, weights[:, :GIVEN].astype(np.float32) / np.float32(UNIT)) * unit
        out, of = np.empty_like(cells), torch.from_numpy(weights.astype(np.float32) / UNIT).to(self.device)
        for part, inputs in self._inputs(cells, step, factors, members):
            out[part] = self.net(*inputs, members, of).permute(0, 2, 3, 1).cpu().numpy()
        return out

    @torch.inference_mode()
    def sums(self, cells: np.ndarray, truth: np.ndarray, step: float, factors: np.ndarray, members: int, learned: bool = True) -> Sums:
        """What weights are chosen by: cells and truth (of the source) `[M, h, w, 24]`, the rest as in `residuals`; of the given patterns
        alone where not `learned`."""
        count, parts = self.patterns if learned else GIVEN, []
        for part, inputs in self._inputs(cells, step, factors, members):
            made = self.net(*inputs, members) if learned else self.net.given(*inputs[1:])
            error = torch.from_numpy((truth[part] - cells[part]) * np.float32(GREY)).to(self.device).permute(0, 3, 1, 2)
            whole = []
            for at in (slice(LUMA_CHANNELS), slice(LUMA_CHANNELS, None)):
                p = torch.cat((made[:, :, at], error[:, None, at]), 1).flatten(2)
                whole.append(p @ p.transpose(1, 2))
            found = torch.stack(whole, 1).double().cpu().numpy()
            parts.append(Sums(found[..., :count, :count], found[..., count, :count], found[..., count, count]))
        return Sums.joined(parts)


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
