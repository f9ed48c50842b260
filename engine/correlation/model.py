"""Loading the correlation network's weights under limits, and running it on windows of pictures."""
from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from engine.api import ModelError
from engine.correlation.net import CorrelationConfig, CorrelationNet, describe, gain_of
from engine.resources import model_path

TASK, VERSION, WEIGHTS = "correlation", "1", "correlation.safetensors"
MAX_BYTES, MAX_TENSORS = 16 << 20, 256
_CAPS = {"fine": 128, "width": 256, "heads": 16, "blocks": 8}
_HINT = "train it with `lorentz train correlation`, restore the models folder, or bypass it with --no-correlation"
_AT_ONCE = 64  # windows in one call: more no longer fit the processor's cache


def _fast_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; without that bfloat16 is many times slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


class CorrelationModel:
    """A trained correlation network; keeps no state between calls. hash: SHA-256 of the weights file, the model's identity."""

    def __init__(self, net: CorrelationNet, digest: str, device: str = "cpu", precision: str = "auto") -> None:
        if precision == "auto":
            precision = "bfloat16" if device == "cuda" or _fast_bf16() else "float32"
        self.hash, self.device, self.precision = digest, device, precision
        self.kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.net = net.eval().requires_grad_(False).to(device, self.kind, memory_format=torch.channels_last)

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


def _config(meta: dict[str, str], where: str) -> CorrelationConfig:
    if meta.get("task") != TASK or meta.get("version") != VERSION:
        raise ModelError("these weights are not of a correlation network this program knows", where=where, hint=_HINT)
    values = {}
    for name, cap in _CAPS.items():
        text = meta.get(name, "")
        if not text.isascii() or not text.isdigit() or len(text) > 4 or not 1 <= int(text) <= cap:
            raise ModelError(f"the correlation network names an impossible {name}", where=where, hint=_HINT)
        values[name] = int(text)
    if values["width"] % values["heads"]:
        raise ModelError("the correlation network's width does not divide by its heads", where=where, hint=_HINT)
    return CorrelationConfig(**values)


def load_correlation(path: Path | None = None, device: str = "auto", precision: str = "auto") -> CorrelationModel:
    """The network in `path` (default: the shipped one). ModelError when missing, too large, damaged, of another network, not finite."""
    path = Path(path) if path is not None else model_path(WEIGHTS)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return _load(path, device, precision, f"{path.stat().st_mtime_ns}" if path.exists() else "")


@lru_cache(maxsize=2)
def _load(path: Path, device: str, precision: str, _stamp: str) -> CorrelationModel:
    where = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ModelError(f"weights file of {size} bytes is larger than the limit of {MAX_BYTES}", where=where, hint=_HINT)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with safe_open(where, framework="pt") as file:
            names = list(file.keys())
            if len(names) > MAX_TENSORS:
                raise ModelError(f"weights file names {len(names)} tensors, more than {MAX_TENSORS}", where=where, hint=_HINT)
            net = CorrelationNet(_config(file.metadata() or {}, where))
            shapes = {k: list(t.shape) for k, t in net.state_dict().items()}
            if {k: list(file.get_slice(k).get_shape()) for k in names} != shapes:
                raise ModelError("weights do not have the shapes of the correlation network", where=where, hint=_HINT)
            state = {k: file.get_tensor(k).float() for k in names}
    except FileNotFoundError:
        raise ModelError("the weights of the correlation network are missing", where=where, hint=_HINT) from None
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelError("the weights of the correlation network cannot be read", where=where, hint=_HINT) from error
    if not all(bool(torch.isfinite(t).all()) for t in state.values()):
        raise ModelError("the weights of the correlation network hold values that are not finite", where=where, hint=_HINT)
    net.load_state_dict(state)
    return CorrelationModel(net, digest, device, precision)
