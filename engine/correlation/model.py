"""Loading the correlation network's weights under limits, and running it on windows of pictures."""
from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.correlation.given import CELL, GIVEN, LUMA, seen_by_network, weighed
from engine.correlation.net import GREY, SIZE, CorrelationConfig, CorrelationNet
from engine.correlation.quick import Quick
from engine.correlation.weights import UNIT, Sums
from engine.resources import model_path
from engine.weights import Family, Weights, pick

TASK, VERSION, WEIGHTS = "correlation", "2", "correlation.safetensors"
MAX_BYTES, MAX_TENSORS = 16 << 20, 256
_CAPS = {"fine": 128, "width": 256, "heads": 16, "blocks": 8, "patterns": 24}
_FAMILY = Family("of a correlation network", "train it with `lorentz train correlation`, restore the models folder, or bypass it with "
                 "--no-correlation", MAX_BYTES, MAX_TENSORS, TASK, VERSION)


class CorrelationModel:
    """A trained correlation network; keeps no state between calls. hash: SHA-256 of the weights file, the model's identity."""

    def __init__(self, net: CorrelationNet, digest: str, device: str = "cpu", precision: str = "auto") -> None:
        self.hash = digest
        self.device, self.precision = pick(device, precision)
        self.kind = torch.bfloat16 if self.precision == "bfloat16" else torch.float32
        self.net = net.eval().requires_grad_(False).to(self.device, self.kind, memory_format=torch.channels_last)
        self.quick = Quick(self.net) if self.device == "cpu" else None

    @property
    def patterns(self) -> int:
        """Weights that go with luma, and as many with chroma."""
        return self.net.config.count

    def _seen(self, cells: np.ndarray, step: float, factors: np.ndarray, members: int) -> np.ndarray:
        """What `quick` takes."""
        assert self.quick is not None
        return seen_by_network(cells, step, factors, members, self.quick.kind).reshape(len(cells), -1, (1 + GIVEN) * CELL)

    def _inputs(self, cells: np.ndarray, step: float, factors: np.ndarray, members: int) -> tuple[Tensor, ...]:
        """What `net` takes."""
        seen = torch.from_numpy(seen_by_network(cells, step, factors, members)).to(self.device, self.kind).permute(0, 3, 1, 2)
        return (*seen.split((CELL, GIVEN * CELL), 1), torch.full((len(cells),), float(step), device=self.device),
                torch.from_numpy(factors).to(self.device))

    @torch.inference_mode()
    def residuals(self, cells: np.ndarray, step: float, factors: np.ndarray, members: int, weights: np.ndarray,
                  of: np.ndarray | None = None) -> np.ndarray:
        """cells `[M, h, w, 24]` float32 in network units, a set lying together; factors float32 `[M]`; weights `[2, patterns]` in whole
        numbers of 1/UNIT -> residual `[W, h, w, 24]` float32 in grey steps of members `of` `[W]` (rising; all). The network is run only
        where what was learned has a weight."""
        of, weighing = np.arange(len(cells)) if of is None else of, weights.astype(np.float32) / np.float32(UNIT)
        if not weights[:, GIVEN:].any():
            out = weighed(cells, step, factors, members, weighing[:, :GIVEN], of)
            out *= (SIZE * step * factors[of])[:, None, None, None]
            return out
        sent = torch.from_numpy(weighing).to(self.device)
        if self.quick is None:
            return self.net(*self._inputs(cells, step, factors, members), members, sent).permute(0, 2, 3, 1).cpu().numpy()[of]
        made = self.quick.residuals(self._seen(cells, step, factors, members), step, factors, members, sent, of)
        return made.reshape(-1, *cells.shape[1:])

    @torch.inference_mode()
    def sums(self, cells: np.ndarray, truth: np.ndarray, step: float, factors: np.ndarray, members: int, learned: bool = True) -> Sums:
        """What weights are chosen by: cells and truth (of the source) `[M, h, w, 24]`, the rest as in `residuals`; of the given patterns
        alone where not `learned`."""
        count, error = self.patterns if learned else GIVEN, (truth - cells) * np.float32(GREY)
        if self.quick is None:
            inputs = self._inputs(cells, step, factors, members)
            made = self.net(*inputs, members) if learned else self.net.given(*inputs[1:])
            made = torch.cat((made, torch.from_numpy(error).to(self.device).permute(0, 3, 1, 2)[:, None]), 1)
            kinds = [made[:, :, :LUMA].flatten(2), made[:, :, LUMA:].flatten(2)]
        else:
            seen = self._seen(cells, step, factors, members)
            both = self.quick.patterns(seen, error.reshape(len(seen), -1, CELL), step, factors, members, learned)
            kinds = [torch.from_numpy(p).flatten(2) for p in both]
        found = torch.stack([p @ p.transpose(1, 2) for p in kinds], 1).double().cpu().numpy()
        return Sums(found[..., :count, :count], found[..., count, :count], found[..., count, count])


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
