"""Weights of networks from a file: read once, under limits, and judged before anything is made of them.

Every network of the program comes through here: a file too large, cut off, of another network, with other shapes or with numbers that
are not finite is a `ModelError` in one line. Only safetensors is read, which holds numbers and text and nothing that could run.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from engine.api import ModelError

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Family:
    """What a file of one kind of weights must be.

    whose: completes "the weights ..." ("of the codec", "for prediction"); hint: what a person can do; max_bytes, max_tensors: limits;
    task, version: what the file must say it is, where it says so.
    """

    whose: str
    hint: str
    max_bytes: int
    max_tensors: int = 256
    task: str = ""
    version: str = ""

    def load(self, path: Path) -> Weights:
        """The file, checked as far as it can be without knowing the network. ModelError."""
        where = str(path)
        try:
            size = path.stat().st_size
            if size > self.max_bytes:
                self.refuse(f"are too large: {size} bytes, the limit is {self.max_bytes}", where)
            data = path.read_bytes()
        except FileNotFoundError:
            raise ModelError(f"the weights {self.whose} are missing", where=where, hint=self.hint) from None
        except OSError as error:
            raise ModelError(f"the weights {self.whose} cannot be read", where=where, hint=self.hint) from error
        return self.parse(data, where)

    def parse(self, data: bytes, where: str) -> Weights:
        """As `load`, of a file's bytes."""
        from safetensors import SafetensorError, deserialize

        try:
            parts = dict(deserialize(data))  # checks that every tensor lies inside the file
            header = json.loads(data[8:8 + int.from_bytes(data[:8], "little")])
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"the weights {self.whose} cannot be read", where=where, hint=self.hint) from error
        if len(parts) > self.max_tensors:
            self.refuse(f"name {len(parts)} tensors, more than {self.max_tensors}", where)
        meta = header.get("__metadata__") or {}
        if self.task and (meta.get("task"), meta.get("version")) != (self.task, self.version):
            raise ModelError(f"these weights are not {self.whose} that this program knows", where=where, hint=self.hint)
        shapes = {name: tuple(part["shape"]) for name, part in parts.items()}
        return Weights(self, where, hashlib.sha256(data).hexdigest(), meta, shapes, data)

    def refuse(self, why: str, where: str) -> NoReturn:
        """ModelError: "the weights `whose` `why`"."""
        raise ModelError(f"the weights {self.whose} {why}", where=where, hint=self.hint)


@dataclass(frozen=True, eq=False)
class Weights:
    """One file. digest: its SHA-256 (hex), the identity of the network; meta: what it says of itself; shapes: of its tensors."""

    family: Family
    where: str
    digest: str
    meta: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    data: bytes

    def refuse(self, why: str) -> NoReturn:
        """ModelError: "the weights of ... `why`"."""
        self.family.refuse(why, self.where)

    def number(self, name: str, most: int) -> int:
        """The whole number 1..`most` that the file says under `name`. ModelError."""
        text = self.meta.get(name, "")
        if not text.isascii() or not text.isdigit() or len(text) > 6 or not 1 <= int(text) <= most:
            self.refuse(f"name an impossible {name}")
        return int(text)

    def arrays(self) -> dict[str, np.ndarray]:
        """The tensors as numpy arrays, as they are stored. ModelError where numpy has no such numbers."""
        from safetensors.numpy import load

        try:
            return load(self.data)
        except Exception as error:
            raise ModelError(f"the weights {self.family.whose} cannot be read", where=self.where, hint=self.family.hint) from error

    def fill(self, net: nn.Module) -> None:
        """Put the tensors into `net`, which must have just these names and shapes. ModelError; also where a number is not finite."""
        from safetensors.torch import load

        if {k: tuple(t.shape) for k, t in net.state_dict().items()} != self.shapes:
            self.refuse("do not have the shapes of that network")
        try:
            state: dict[str, Tensor] = {k: v.float() for k, v in load(self.data).items()}
        except Exception as error:
            raise ModelError(f"the weights {self.family.whose} cannot be read", where=self.where, hint=self.family.hint) from error
        # looked at by numpy: torch may start all its threads for the first sum over many numbers, which takes longer than the rest
        if not all(np.isfinite(v.numpy()).all() for v in state.values()):
            self.refuse("hold values that are not finite")
        net.load_state_dict(state)


def fast_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; without that bfloat16 is many times slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def pick(device: str, precision: str = "auto") -> tuple[str, str]:
    """(cpu or cuda, float32 or bfloat16) for what a person asked for, either of them "auto". ModelError where there is no such device."""
    import torch

    there = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not there:
        raise ModelError("there is no CUDA device on this machine", hint="use --device cpu")
    device = "cuda" if there else "cpu"
    if precision == "auto":
        precision = "bfloat16" if device == "cuda" or fast_bf16() else "float32"
    return device, precision
