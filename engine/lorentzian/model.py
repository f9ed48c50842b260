"""Weights and integer tables of the codec: loading with checks, and the two hashes that bind a file to them."""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.lorentzian.tables import Tables
from engine.resources import model_path
from engine.weights import Family, Weights, fast_bf16, pick

if TYPE_CHECKING:
    from engine.lorentzian.nets import LorentzianNet

NAME = "codec"
LARGEST = 64 << 20  # bytes of either file
HINT = "reinstall the program, or set LORENTZ_MODELS to the folder that holds the weights"
# What bytes mean to a decoder beside weights and tables: raised whenever the same symbols, weights and tables would give other pictures of
# full size (coarser ones are each decoder's own, docs/codec.md, "Reading a level"), or the same bytes other symbols.
RULES = 6
_WEIGHTS, _TABLES = Family("of the codec", HINT, LARGEST, 512), Family("in the codec's tables", HINT, LARGEST)
_PARTS = ("prob", "count", "weight", "stretch", "squash", "filters")
__all__ = ["HINT", "LARGEST", "NAME", "CodecModel", "fast_bf16", "hashes", "load_codec", "paths", "save_codec", "untrained"]


@dataclass(frozen=True, eq=False)
class CodecModel:
    """`weights_hash` and `tables_hash` are SHA-256 (hex) of the two files, `device` where the networks run."""

    net: LorentzianNet
    tables: Tables
    weights_hash: str = "0" * 64
    tables_hash: str = "0" * 64
    device: str = "cpu"


def untrained() -> CodecModel:
    """The classical starting point of training; never shipped."""
    from engine.lorentzian.nets import LorentzianNet

    return CodecModel(LorentzianNet().eval(), Tables.untrained())


def paths(folder: Path | None = None) -> tuple[Path, Path]:
    """(weights, tables)."""
    names = f"{NAME}.safetensors", f"{NAME}_tables.safetensors"
    return (folder / names[0], folder / names[1]) if folder else (model_path(names[0]), model_path(names[1]))


def hashes(folder: Path | None = None) -> tuple[str, str]:
    """SHA-256 (hex) of weights and tables, without loading them. ModelError when missing."""
    w, t = paths(folder)
    return _WEIGHTS.load(w).digest, _TABLES.load(t).digest


def _tables(file: Weights) -> Tables:
    """ModelError unless every shape and type is right, and every number in range."""
    blank, got = Tables.untrained(), file.arrays()
    if not set(_PARTS) <= got.keys():
        file.refuse("do not have the parts that this program needs")
    arrays = {k: got[k] for k in _PARTS}
    for k, a in arrays.items():
        want: np.ndarray = getattr(blank, k)
        if a.shape != want.shape or a.dtype != want.dtype:
            file.refuse(f"do not fit this program ({k})")
    if arrays["prob"].min() < 32 or arrays["prob"].max() > 65503 or arrays["count"].max() > 1000 or arrays["squash"].min() < 32:
        file.refuse("are out of range")
    return Tables(**arrays)


def load_codec(path: Path | None = None, device: str = "auto", precision: str = "auto") -> CodecModel:
    """The shipped codec, or the one in folder `path`. `device` auto, cpu or cuda; `precision` auto, float32 or bfloat16.

    ModelError when weights are missing, damaged, not finite, or do not fit.
    """
    return _load(path, device, precision, *(str(p) + str(p.stat().st_mtime_ns) if p.exists() else "" for p in paths(path)))


@lru_cache(maxsize=4)
def _load(path: Path | None, device: str, precision: str, *_stamp: str) -> CodecModel:
    import torch

    from engine.lorentzian.nets import LorentzianNet
    from engine.lorentzian.workers import share_cores

    device, precision = pick(device, precision)
    if device == "cpu":
        share_cores()  # before anything is computed: the first sum over many numbers starts as many threads as torch may have
    weights, tables = (family.load(p) for family, p in zip((_WEIGHTS, _TABLES), paths(path), strict=True))
    net = LorentzianNet()
    weights.fill(net)
    net = net.eval().requires_grad_(False).to(device)
    net.run_in(torch.bfloat16 if precision == "bfloat16" else torch.float32)
    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return CodecModel(net, _tables(tables), weights.digest, tables.digest, device)


def save_codec(net: LorentzianNet, tables: Tables, folder: Path) -> None:
    """Ship `net` (float16) and `tables` into `folder`."""
    import torch
    from safetensors.numpy import save_file
    from safetensors.torch import save_file as save_torch

    folder.mkdir(parents=True, exist_ok=True)
    w, t = paths(folder)
    save_torch({k: v.detach().to(torch.float16).contiguous() for k, v in net.state_dict().items()}, str(w))
    save_file({k: getattr(tables, k) for k in _PARTS}, str(t))
    for p in (w, t):
        p.chmod(0o644)
