"""What the hierarchical coder knows before it sees a file: trained starting contexts, and one small integer network per level.

Two models: "series" (one lattice axis: tables, sound, series) and "picture" (two axes: pictures, cubes). All arrays are integers
and are used as they are stored, so that every machine predicts the same; their SHA-256 is written into every file.
"""
from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.api import ModelError
from engine.hierarchical import walk as W
from engine.hierarchical.lattice import Step
from engine.resources import model_path

KINDS = ("series", "picture")
NETS = 4                           # of a model: coarse levels share the last
_SHAPES: dict[str, tuple[type, tuple[int, ...]]] = {
    "prob": (np.uint16, (W.FIXED,)), "count": (np.uint8, (W.FIXED,)),
    "weight": (np.int32, (W.ROWS, W.CONTEXTS)), "low_prob": (np.uint16, (W.LOW,)), "low_count": (np.uint8, (W.LOW,)),
    "net_w": (np.int16, (NETS, W.HIDDEN, W.SEEN)), "net_b": (np.int32, (NETS, W.HIDDEN + 1)), "net_v": (np.int16, (NETS, W.HIDDEN)),
}
_lock = threading.Lock()
_loaded: dict[tuple[str, str], Model] = {}


@dataclass(frozen=True)
class Model:
    """Arrays as in `_SHAPES`; `networked` False leaves the network out (for measuring what it brings)."""

    arrays: dict[str, np.ndarray]
    name: str = ""
    digest: str = ""
    networked: bool = True

    def net_of(self, step: Step) -> int:
        """Which network predicts the samples of this step; -1 for the coarsest lattice."""
        if not self.networked or step.kind == 0:
            return -1
        return min(step.stride.bit_length() - 1, NETS - 1) if step.kind == 1 or self.name.endswith("series") else _between(step)


def _between(step: Step) -> int:
    # a picture's two kinds of step: left-right ones have networks 0 and 1, above-below ones 2 and 3
    return 2 + min(step.stride.bit_length() - 1, 1)


def fresh() -> Model:
    """Knows nothing: even chances, equal weights, no network."""
    arrays: dict[str, np.ndarray] = {name: np.zeros(shape, kind) for name, (kind, shape) in _SHAPES.items()}
    arrays["prob"][:] = 32768
    arrays["low_prob"][:] = 32768
    arrays["weight"][:] = 65536 * 3 // 10
    return Model(arrays, networked=False)


def load(kind: str) -> Model:
    """The shipped model of this kind, read once. ModelError when it is missing or damaged."""
    path = model_path(f"hierarchical_{kind}.safetensors")
    with _lock:
        known = _loaded.get((kind, str(path)))
        if known is None:
            known = _loaded[kind, str(path)] = read(path)
        return known


def read(path: Path) -> Model:
    from safetensors import SafetensorError
    from safetensors.numpy import load as parse

    try:
        data = path.read_bytes() if path.stat().st_size < 1 << 24 else b""
        arrays = parse(data)
    except (OSError, SafetensorError, ValueError) as fault:
        raise ModelError("the weights for general data are missing or damaged", where=str(path),
                         hint="install the program again") from fault
    for name, (kind, shape) in _SHAPES.items():
        if name not in arrays or arrays[name].shape != shape or arrays[name].dtype != kind:
            raise ModelError("these weights are not for general data", where=str(path), hint="install the program again")
    if (arrays["prob"] < 24).any() or (arrays["low_prob"] < 24).any() or (np.abs(arrays["weight"]) > 1 << 24).any() or (
            np.abs(arrays["net_b"]) > 1 << 30).any():
        raise ModelError("these weights are out of range", where=str(path), hint="install the program again")
    return Model(arrays, path.stem, hashlib.sha256(data).hexdigest())
