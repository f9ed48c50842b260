"""Which basis every block of a key slice is coded in, and what it goes on from (`bases.py`); only the encoder asks.

Each block is priced in each way: what is left over of it, its coefficients by their squares where they would not be coded and by their
bits where they would. First without the networks, which is cheap; only where that promises something, with what they would predict in
the usual basis.
"""
from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from engine.lorentzian.bases import FOUR, FROM, FROM_ABOVE, GOES_ON, HAAR, INNER, LUMA, WAYS, rotation
from engine.lorentzian.beside import same_basis
from engine.lorentzian.keyfold import Key
from engine.lorentzian.keynet import colour
from engine.lorentzian.rangecoder import FLAGS
from engine.lorentzian.slices import LARGEST, quantise
from engine.lorentzian.transform import CHANNELS

EDGE = 0.92   # another basis has to cost less than this share
FLAG = 3.0    # and so many bits less
ON = 1.0      # bits of saying whether a block goes on from another, and from which
AHEAD = 50.0  # the most bits that a block may cost more for what it saves the next one
WORTH = 0.02  # share of a slice's cost that bases of its blocks have to save
ROUND = np.float32(0.35)  # added before what is left over is cut off: what later choice of symbols leaves, roughly
_FROM = np.ascontiguousarray(np.where(FROM == CHANNELS, -1, np.searchsorted(LUMA, FROM))[:, LUMA])  # places in LUMA
_INNER = np.ascontiguousarray(INNER[:, LUMA])


@njit(inline="always")
def _cost(x, price):  # type: ignore[no-untyped-def]
    """Of a coefficient in steps, in squared steps."""
    a = abs(x)
    e = a * a
    if a > np.float32(0.5):
        e = min(e, np.float32(0.083) + price * (np.float32(4) + np.float32(2) * np.log2(max(a, np.float32(1)))))
    return e


@njit(**FLAGS)
def _costs(x, price, out):  # type: ignore[no-untyped-def]
    """Of each row of coefficients."""
    for n in range(x.shape[0]):
        s = np.float32(0)
        for c in range(x.shape[1]):
            s += _cost(x[n, c], price)
        out[n] = s


@njit(**FLAGS)
def _priced(x, way, source, price, most, own):  # type: ignore[no-untyped-def]
    """Cost of a block x `[63]` in a way, with what that says; `source` `[63]`: what the block it goes on from became. `own` then holds what
    this one becomes. Given up where it is no less than `most`."""
    cost = np.float32((FLAG + ON if way >= GOES_ON else FLAG) * price)
    for c in range(LUMA.size):
        want = np.float32(0)
        if _FROM[way, c] >= 0:
            want = own[_FROM[way, c]] if _INNER[way, c] else source[_FROM[way, c]]
        v = x[c] - want
        cost += _cost(v, price) / np.float32(EDGE)
        if cost >= most:
            return most
        own[c] = want + np.floor(v + ROUND) if v > 0 else want - np.floor(ROUND - v)
    return cost


@njit(**FLAGS)
def _cheapest(usual, turned, price, out):  # type: ignore[no-untyped-def]
    """Ways `[h, w]` from what blocks cost in the usual basis float32 `[h, w]` and their coefficients in the others `[2, h, w, 63]`, in
    coding order: a block that goes on from another needs what that one became, and is worth what it saves the next one to the right or
    below. Returns the cost of all."""
    h, w = usual.shape
    made, own, next_own = np.zeros((h, w, LUMA.size), np.float32), np.zeros(LUMA.size, np.float32), np.zeros(LUMA.size, np.float32)
    nothing, far, total = np.zeros(LUMA.size, np.float32), np.float32(AHEAD * price), np.float64(0)
    best = usual.copy()  # without going on
    for i in range(h):
        for j in range(w):
            for kind in range(2):
                if best[i, j] > np.float32(FLAG * price):
                    best[i, j] = min(best[i, j], _priced(turned[kind, i, j], kind + 1, nothing, price, best[i, j], own))
    for i in range(h):
        for j in range(w):
            least, cost = usual[i, j], usual[i, j]  # with, without what the next one saves
            if least <= np.float32(FLAG * price) and not (i and out[i - 1, j]) and not (j and out[i, j - 1]):
                total += cost
                continue
            for way in range(1, WAYS):
                kind, source = (way - 1) % 2, nothing
                if way >= GOES_ON:
                    y, x = (i, j - 1) if way < FROM_ABOVE else (i - 1, j)
                    if y >= 0 and x >= 0 and same_basis(out[y, x], way):
                        source = made[y, x]
                    elif kind:
                        continue  # nothing to go on from
                here = _priced(turned[kind, i, j], way, source, price, least + far, own)
                if here >= least + far:
                    continue
                saved = np.float32(0)
                if j + 1 < w:
                    most = best[i, j + 1]
                    saved = most - _priced(turned[kind, i, j + 1], kind + 3, own, price, most, next_own)
                if i + 1 < h:
                    most = best[i + 1, j]
                    saved = max(saved, most - _priced(turned[kind, i + 1, j], kind + 5, own, price, most, next_own))
                if here - min(saved, far) < least:
                    least, cost, out[i, j] = here - min(saved, far), here, way
                    made[i, j] = own
            total += cost
    return total


def cheapest(difference: Tensor, usual: Tensor, step: float, price: float) -> tuple[np.ndarray, float]:
    """(basis of every block and what it goes on from, uint8 `[h, w]`; share of the cost that is saved). difference `[1, 96, h, w]`: source
    less prediction before any symbol; usual: source less the means that it has in the usual basis; price: squared steps worth one bit."""
    h, w = difference.shape[2:]
    luma = torch.from_numpy(LUMA).to(difference.device)
    costs, turned = np.empty(h * w, np.float32), np.empty((2, h, w, len(LUMA)), np.float32)

    def rows(x: Tensor) -> Tensor:
        return x[0, luma].reshape(len(LUMA), -1).T.float() / step
    _costs(np.ascontiguousarray(rows(usual).cpu().numpy()), np.float32(price), costs)
    for n, kind in enumerate((FOUR, HAAR)):
        turned[n] = (rows(difference) @ rotation(kind, 8).T.to(difference.device)).cpu().numpy().reshape(h, w, -1)
    ways = np.zeros((h, w), np.uint8)
    total = _cheapest(costs.reshape(h, w), turned, np.float32(price), ways)
    return ways, 1 - total / max(float(costs.sum()), 1e-9)


def choose(net: Key, target: Tensor, base: Tensor | None, both: Tensor, delta: Tensor, dead: float, price: float) -> Tensor | None:
    """Basis of every block and what it goes on from, uint8 `[h, w]`; None where all have the usual one.

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
