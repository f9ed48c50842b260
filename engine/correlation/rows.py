"""Sets of series or bands and the network's patterns of what their quantiser took: general data's side of `net.py`.

The network is the one of pictures with cells of another form: 16 samples of a series that follow each other, or 4 x 4 of a band. All of it
is in steps of each channel's quantiser, so that units and sizes of numbers do not matter.
"""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.correlation import given_rows
from engine.correlation.given_rows import GIVEN
from engine.correlation.net import SIZE, CorrelationConfig, CorrelationNet, Form
from engine.correlation.organiser import Order, organise_rows
from engine.resources import model_path
from engine.weights import Family

FORMS = {"series": Form((16,), GIVEN, flat=True), "bands": Form((16,), GIVEN)}
CONFIG = CorrelationConfig(fine=24, width=24, heads=2, blocks=2, patterns=4)
VERSION = "1"
MEMBERS = 8
_SEEN = 8.0          # steps beyond which a sample's distance from what lies around says nothing more
_CAPS = {"fine": 128, "width": 256, "heads": 16, "blocks": 8, "patterns": 16}
_LONG, _SIDE = 4096, 128   # of the parts that the network sees at once: of a series, and of a band on a side
_SAMPLES = 8192      # of a row that tell what it is correlated with


def kind_of(height: int) -> str:
    """Which network restores a lattice of this height."""
    return "series" if height == 1 else "bands"


def task(kind: str) -> str:
    return f"correlation_{kind}"


def family(kind: str) -> Family:
    """What the weights for "series" or "bands" must be."""
    return Family(f"of the correlation network for {kind}", "train it with `lorentz train correlation_data`, restore the models folder, or "
                  "do without --nearer and --effort high", 4 << 20, 256, task(kind), VERSION)


def organised(x: np.ndarray, members: int = MEMBERS) -> Order:
    """Sets of the channels x `[C, H, W]`, by what they decode to."""
    rows = x.reshape(len(x), -1)
    return organise_rows(rows[:, ::max(1, rows.shape[1] // _SAMPLES)], members)


def roughness(x: np.ndarray) -> np.ndarray:
    """float32 `[N]`: how far samples of x `[N, H, W]` are from the one before, in steps, 1/16 to 8: what the network is told of members."""
    change = np.abs(np.diff(x, axis=2)) if x.shape[2] > 1 else np.zeros((len(x), 1, 1))
    return (np.minimum(change, 8).mean((1, 2)) * (1 - 1 / 128) + 1 / 16).astype(np.float32)


def to_cells(x: Tensor, form: Form) -> Tensor:
    """`[N, K, H, W]` -> `[N, K * 16, h, w]`, H and W whole cells."""
    if form.flat:
        return x[:, :, 0].unflatten(2, (-1, form.cell)).permute(0, 1, 3, 2).flatten(1, 2)[:, :, None]
    return F.pixel_unshuffle(x, 4)


def from_cells(x: Tensor, form: Form) -> Tensor:
    """`[N, K, 16, h, w]` -> `[N, K, H, W]`, the way back."""
    if form.flat:
        return x[:, :, :, 0].transpose(2, 3).flatten(2)[:, :, None]
    return F.pixel_shuffle(x.flatten(1, 2), 4)


def seen(x: np.ndarray, form: Form) -> tuple[Tensor, Tensor, Tensor]:
    """What the network takes of a set x `[N, H, W]`: cells `[N, 16, h, w]`, what is given `[N, GIVEN * 16, h, w]`, roughness `[N]`. The
    edge repeats up to whole cells."""
    return (*_seen(_own(x, form), given_rows.patterns(x, form.flat), form), torch.from_numpy(roughness(x)))


def _own(x: np.ndarray, form: Form) -> np.ndarray:
    """How far samples are from what lies around them, float32 like x."""
    return (np.clip(x - given_rows.around(x, form.flat), -_SEEN, _SEEN) / (_SEEN / 2)).astype(np.float32)


def _seen(own: np.ndarray, given: np.ndarray, form: Form) -> tuple[Tensor, Tensor]:
    h, w = own.shape[1:]
    down, across = (1, 2 * form.cell) if form.flat else (8, 8)
    pad = ((0, 0), (0, 0), (0, -h % down), (0, -w % across))
    both = torch.from_numpy(np.pad(np.concatenate([own[:, None], given], 1), pad, mode="edge"))
    return to_cells(both[:, :1], form), to_cells(both[:, 1:], form)


class RowsModel:
    """A trained network for "series" or "bands"; keeps no state between calls. hash: SHA-256 of its weights file."""

    def __init__(self, net: CorrelationNet, digest: str) -> None:
        self.net, self.hash, self.form = net.eval().requires_grad_(False), digest, net.form

    @property
    def count(self) -> int:
        """Weights of a channel."""
        return self.net.count

    @torch.inference_mode()
    def patterns(self, x: np.ndarray, learned: bool = True) -> np.ndarray:
        """float32 `[N, count, H, W]`, in steps, of one set x `[N, H, W]` in steps; of the given ones alone where not `learned`. The network
        sees one part after the other, so memory does not grow with what lies in a block."""
        out = np.empty((len(x), self.count if learned else GIVEN, *x.shape[1:]), np.float32)
        given = given_rows.patterns(x, self.form.flat, out[:, :GIVEN])
        if learned:
            self._learned(x, given, out[:, GIVEN:])
        given *= np.float32(SIZE)
        return out

    def _learned(self, x: np.ndarray, given: np.ndarray, out: np.ndarray) -> None:
        """What the network gives for a set, into out `[N, patterns, H, W]`."""
        with _alone():
            own, rough = _own(x, self.form), torch.from_numpy(roughness(x))
            down, across = (1, _LONG) if self.form.flat else (_SIDE, _SIDE)
            for y in range(0, x.shape[1], down):
                for k in range(0, x.shape[2], across):
                    at = slice(y, y + down), slice(k, k + across)
                    cells, hand = _seen(own[:, *at], given[:, :, *at], self.form)
                    made = from_cells(self.net.learned(cells, hand, rough, 1 / rough, len(x)), self.form).numpy()
                    to = out[:, :, *at]
                    to[:] = made[:, :, :to.shape[2], :to.shape[3]]


@contextmanager
def _alone() -> Iterator[None]:
    """Without torch's own threads: whoever has many blocks has them on threads already, and sets are small."""
    threads = torch.get_num_threads()
    if threads > 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if threads > 1:
            torch.set_num_threads(threads)


def load_rows(kind: str, path: Path | None = None) -> RowsModel:
    """The network for "series" or "bands" in `path` (default: the shipped one). ModelError when missing, damaged or of another kind."""
    path = Path(path) if path is not None else model_path(f"{task(kind)}.safetensors")
    return _load(kind, path, f"{path.stat().st_mtime_ns}" if path.exists() else "")


@lru_cache(maxsize=4)
def _load(kind: str, path: Path, _stamp: str) -> RowsModel:
    file = family(kind).load(path)
    values = {name: file.number(name, cap) for name, cap in _CAPS.items()}
    if values["width"] % values["heads"]:
        file.refuse("name a width that does not divide by the heads")
    net = CorrelationNet(CorrelationConfig(**values), FORMS[kind])
    file.fill(net)
    return RowsModel(net, file.digest)


__all__ = ["CONFIG", "FORMS", "MEMBERS", "RowsModel", "kind_of", "load_rows", "organised"]
