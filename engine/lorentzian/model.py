"""Weights and integer tables of the codec: loading with checks, and the two hashes that bind a file to them."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.api import ModelError
from engine.lorentzian.tables import Tables
from engine.resources import model_path

if TYPE_CHECKING:
    from engine.lorentzian.nets import LorentzianNet

NAME = "codec"
LARGEST = 64 << 20  # bytes of either file
HINT = "reinstall the program, or set LORENTZ_MODELS to the folder that holds the weights"


def fast_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; without that bfloat16 is many times slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


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


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise ModelError(f"larger than {LARGEST >> 20} MB", where=str(path), hint=HINT)
        return path.read_bytes()
    except OSError as error:
        raise ModelError("the codec's weights are missing", where=str(path), hint=HINT) from error


def paths(folder: Path | None = None) -> tuple[Path, Path]:
    """(weights, tables)."""
    names = f"{NAME}.safetensors", f"{NAME}_tables.safetensors"
    return (folder / names[0], folder / names[1]) if folder else (model_path(names[0]), model_path(names[1]))


def hashes(folder: Path | None = None) -> tuple[str, str]:
    """SHA-256 (hex) of weights and tables, without loading them. ModelError when missing."""
    w, t = paths(folder)
    return hashlib.sha256(_bytes(w)).hexdigest(), hashlib.sha256(_bytes(t)).hexdigest()


def load_tables(data: bytes, where: str) -> Tables:
    """Tables from a safetensors file. ModelError unless every shape and type is right."""
    from safetensors.numpy import load

    blank = Tables.untrained()
    try:
        got = load(data)
        arrays = {k: got[k] for k in ("prob", "count", "weight", "stretch", "squash")}
    except Exception as error:
        raise ModelError("the codec's tables are damaged", where=where, hint=HINT) from error
    for k, a in arrays.items():
        want: np.ndarray = getattr(blank, k)
        if a.shape != want.shape or a.dtype != want.dtype:
            raise ModelError(f"the codec's tables do not fit this program ({k})", where=where, hint=HINT)
    if arrays["prob"].min() < 32 or arrays["prob"].max() > 65503 or arrays["count"].max() > 1000 or arrays["squash"].min() < 32:
        raise ModelError("the codec's tables are out of range", where=where, hint=HINT)
    return Tables(**arrays)


def load_codec(path: Path | None = None, device: str = "auto", precision: str = "auto") -> CodecModel:
    """The shipped codec, or the one in folder `path`. `device` auto, cpu or cuda; `precision` auto, float32 or bfloat16.

    ModelError when weights are missing, damaged, not finite, or do not fit.
    """
    return _load(path, device, precision, *(str(p) + str(p.stat().st_mtime_ns) if p.exists() else "" for p in paths(path)))


@lru_cache(maxsize=4)
def _load(path: Path | None, device: str, precision: str, *_stamp: str) -> CodecModel:
    wp, tp = paths(path)
    weights, tables = _bytes(wp), _bytes(tp)
    import torch
    from safetensors.torch import load

    from engine.lorentzian.nets import LorentzianNet
    from engine.lorentzian.workers import share_cores

    net = LorentzianNet()
    try:
        state = load(weights)
        net.load_state_dict({k: v.float() for k, v in state.items()})
    except Exception as error:
        raise ModelError("the codec's weights are damaged or do not fit this program", where=str(wp), hint=HINT) from error
    if not all(bool(torch.isfinite(p).all()) for p in net.parameters()):
        raise ModelError("the codec's weights hold numbers that are not finite", where=str(wp), hint=HINT)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    elif device == "cuda" and not torch.cuda.is_available():
        raise ModelError("there is no CUDA device on this machine", hint="use --device cpu")
    if precision == "auto":
        precision = "bfloat16" if device == "cuda" or fast_bf16() else "float32"
    net = net.eval().requires_grad_(False).to(device)
    if precision == "bfloat16":
        net = net.bfloat16()
    if device == "cpu":
        share_cores()
    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return CodecModel(net, load_tables(tables, str(tp)), hashlib.sha256(weights).hexdigest(), hashlib.sha256(tables).hexdigest(), device)


def save_codec(net: LorentzianNet, tables: Tables, folder: Path) -> None:
    """Ship `net` (float16) and `tables` into `folder`."""
    import torch
    from safetensors.numpy import save_file
    from safetensors.torch import save_file as save_torch

    folder.mkdir(parents=True, exist_ok=True)
    w, t = paths(folder)
    save_torch({k: v.detach().to(torch.float16).contiguous() for k, v in net.state_dict().items()}, str(w))
    save_file({k: getattr(tables, k) for k in ("prob", "count", "weight", "stretch", "squash")}, str(t))
    for p in (w, t):
        p.chmod(0o644)
