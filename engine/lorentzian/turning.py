"""Which basis every block of a key slice is coded in (`bases.py`); only the encoder asks.

Each block is priced in each basis: what is left over of it, its coefficients by their squares where they would not be coded and by their
bits where they would. First without the networks, which is cheap; only where that promises something, with what they would predict in
the usual basis.
"""
from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from engine.lorentzian.bases import COSINE, COUNT, LUMA, rotation
from engine.lorentzian.keyfold import Key
from engine.lorentzian.keynet import colour
from engine.lorentzian.rangecoder import FLAGS
from engine.lorentzian.slices import LARGEST, quantise

EDGE = 0.95   # another basis has to cost less than this share
FLAG = 3.0    # and so many bits less
WORTH = 0.02  # share of a slice's cost that bases of its blocks have to save


@njit(**FLAGS)
def _costs(x, price, out):  # type: ignore[no-untyped-def]
    """Of each row of coefficients in steps, in squared steps."""
    for n in range(x.shape[0]):
        s = np.float32(0)
        for c in range(x.shape[1]):
            a = abs(x[n, c])
            e = a * a
            if a > np.float32(0.5):
                e = min(e, np.float32(0.083) + price * (np.float32(4) + np.float32(2) * np.log2(max(a, np.float32(1)))))
            s += e
        out[n] = s


def cheapest(difference: Tensor, usual: Tensor, step: float, price: float) -> tuple[np.ndarray, float]:
    """(basis of every block, uint8 `[h, w]`; share of the cost that is saved). difference `[1, 96, h, w]`: source less prediction before
    any symbol; usual: source less the means that it has in the usual basis; price: squared steps worth one bit."""
    h, w = difference.shape[2:]
    luma = torch.from_numpy(LUMA).to(difference.device)
    costs = np.empty((COUNT, h * w), np.float32)
    for kind in range(COUNT):
        x = (difference if kind else usual)[0, luma].reshape(len(LUMA), -1).T.float() / step
        if kind:
            x = x @ rotation(kind, 8).T.to(x.device)
        _costs(np.ascontiguousarray(x.cpu().numpy()), np.float32(price), costs[kind])
    costs[1:] = costs[1:] / np.float32(EDGE) + np.float32(FLAG * price)
    saved = 1 - float(costs.min(0).sum() / max(costs[COSINE].sum(), 1e-9))
    return costs.argmin(0).astype(np.uint8).reshape(h, w), saved


def choose(net: Key, target: Tensor, base: Tensor | None, both: Tensor, delta: Tensor, dead: float, price: float) -> Tensor | None:
    """Basis of every block, uint8 `[h, w]`; None where all have the usual one.

    target `[1, 96, h, w]`: the source; base: prediction before any symbol, None for none; both, delta as `net.rebuild` takes them.
    """
    difference, step = target if base is None else target - base, float(delta[0, 0])
    kinds, saved = cheapest(difference, difference, step, price)
    if saved < WORTH:
        return None
    usual, asked = torch.zeros_like(target), set[int]()

    def rounded(mean: Tensor, first: int, end: int) -> Tensor:
        v = target[:, first:end] - mean
        if first == 0:
            usual[:, first:end] = v
        else:
            usual[:, first:end] += v * colour(v.shape[2], v.shape[3], int(first in asked), v)
            asked.add(first)
        return quantise(v / delta[:, first:end], dead).clamp(-LARGEST, LARGEST)

    net.rebuild(both, rounded)
    kinds, saved = cheapest(difference, usual, step, price)
    return torch.from_numpy(kinds).to(target.device) if saved >= WORTH else None
