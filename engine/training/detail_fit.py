"""Fits what travels with the weights of the detail network: how far samples deviate, and how wide the true error is where they differ.

The table of `engine.diffusor.spread` is fitted on training footage only; `coverage` measures it on footage nobody learned from.
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from safetensors.torch import load, save

from engine.diffusor import DetailModel
from engine.diffusor.spread import NORMAL_90, SpreadTable
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.model import load_codec

from .data import area_mean, to_uint8
from .detail_eval import Picture, edge_energy

KNOTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
SAMPLES = (2, 4, 8)
# quality an entry stands for from there on -> (setting the pictures are coded with, None: not coded; levels beyond the record)
CASES: dict[int, tuple[int | None, tuple[int, ...]]] = {0: (12, (1, 2)), 20: (28, (1, 2)), 36: (44, (1, 2)), 52: (None, (1, 2, 3, 4))}
_FEW = 400  # pixels of a bin under which its quantile says nothing
BINS = ((0.0, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, 256.0))
Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What `draw` found on one picture: absolute error of the expected detail `[H, W]`, and the spread over the first 2, 4, 8 samples."""

    error: np.ndarray
    spread: dict[int, np.ndarray]


def whole(picture: Picture, depth: int) -> Picture:
    """The picture cut so that its chroma divides evenly into cells `depth` levels coarser."""
    h, w = (n >> (depth + 1) << (depth + 1) for n in picture.y.shape)
    half = np.s_[:h // 2, :w // 2]
    return Picture(picture.group, picture.kind, picture.y[:h, :w], picture.u[half], picture.v[half])


def coarse(picture: Picture, depth: int, quality: int | None) -> Planes:
    """The picture `depth` levels coarser, in whole grey steps; with a quality, as the codec gives it back."""
    y, u, v = (to_uint8(area_mean(p, 1 << depth)) for p in (picture.y, picture.u, picture.v))
    if quality is not None:
        h, w = y.shape
        encoder = ChunkEncoder(w, h, CodecSettings(quality=quality), load_codec())
        try:
            _, shown = encoder.encode([[p.astype(np.float32) for p in (y, u, v)]], True)
        finally:
            encoder.close()
        ch, cw = u.shape
        y, u, v = (to_uint8(p[:a, :b]) for p, (a, b) in zip(shown[0], ((h, w), (ch, cw), (ch, cw)), strict=True))
    return y.astype(np.float32), u.astype(np.float32), v.astype(np.float32)


def chains(model: DetailModel, planes: Planes, depth: int, key: str, samples: int) -> Iterator[np.ndarray]:
    """Luma of the expected detail, then of `samples` samples, `depth` levels finer."""
    made: list[Planes] = [planes] * (samples + 1)
    for level in range(depth):
        place = (key, 0, -level)
        if level == 0:
            made = model.samples(*planes, origin=(0, 0), key=place, seed=0, samples=(None, *range(samples)))
        else:
            made = [model.synthesise(*p, origin=(0, 0), key=place, seed=0, sample=max(n - 1, 0), stochastic=n > 0)
                    for n, p in enumerate(made)]
    yield from (p[0] for p in made)


def draw(model: DetailModel, picture: Picture, depth: int, quality: int | None, samples: int = SAMPLES[-1]) -> Drawn:
    """Samples beside the truth on one picture."""
    picture = whole(picture, depth)
    mean, *drawn = chains(model, coarse(picture, depth, quality), depth, picture.group, samples)
    stack = np.stack(drawn)
    return Drawn(np.abs(mean - picture.y), {k: stack[:k].std(0, ddof=1) for k in SAMPLES if k <= samples})


def fit_half(spread: np.ndarray, error: np.ndarray, share: float = 0.9) -> tuple[float, ...]:
    """Half-width of the band at each knot: the `share` quantile of the error of pixels with about that spread. Never falling as the spread
    grows: neighbouring bins that disagree are pooled by how many pixels they hold (isotonic regression). Bins that hold too few pixels
    lie between their neighbours; past the last one the width grows with the spread."""
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(KNOTS)), np.inf]
    pools: list[tuple[float, int, list[float]]] = []  # width, pixels, knots
    for (low, high), knot in zip(pairwise(edges), KNOTS, strict=True):
        chosen = error[(spread >= low) & (spread < high)]
        if chosen.size < _FEW:
            continue
        pools.append((float(np.quantile(chosen, share)), chosen.size, [knot]))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m, one), (b, n, two) = pools[-2:]
            pools[-2:] = [((a * m + b * n) / (m + n), m + n, one + two)]
    if not pools:
        return tuple(NORMAL_90 * k for k in KNOTS)
    at, width = zip(*((k, w) for w, _, knots in pools for k in knots), strict=True)
    beyond = [max(k / max(at[-1], 0.25), 1.0) for k in KNOTS]
    return tuple(float(w * b) for w, b in zip(np.interp(KNOTS, at, width), beyond, strict=True))


def fit_table(model: DetailModel, pictures: list[Picture], standing: SpreadTable | None = None,
              qualities: tuple[int, ...] | None = None) -> SpreadTable:
    """The table of one network, from pictures of the training footage; entries of other qualities are taken over from `standing`."""
    half = {} if standing is None else dict(standing.half)
    for quality, (coded, depths) in ((q, CASES[q]) for q in qualities or CASES):
        for depth in depths:
            drawn = [draw(model, p, depth, coded) for p in pictures]
            error = np.concatenate([d.error.ravel() for d in drawn])
            for k in SAMPLES:
                half[quality, depth, k] = fit_half(np.concatenate([d.spread[k].ravel() for d in drawn]), error)
    return SpreadTable(KNOTS, half)


def fitted(weights: bytes, model: DetailModel, pictures: list[Picture]) -> bytes:
    """The same weights with the temperature and the table that belong to them."""
    tensors = load(weights)
    meta = {k: v for k, v in json.loads(weights[8:8 + int.from_bytes(weights[:8], "little")])["__metadata__"].items()
            if k not in ("temperature", "spread")}
    temperature = fit_temperature(model, pictures)
    table = fit_table(DetailModel(model.net, model.hash, model.device, temperature), pictures)
    return save(tensors, meta | {"temperature": repr(temperature), "spread": table.to_text()})


def refitted(weights: bytes, model: DetailModel, table: SpreadTable) -> bytes:
    """The same weights and temperature with another table: the codec, and with it how recordings err, may have changed."""
    meta = json.loads(weights[8:8 + int.from_bytes(weights[:8], "little")])["__metadata__"]
    return save(load(weights), meta | {"spread": table.to_text()})


def coverage(model: DetailModel, pictures: list[Picture], depth: int, quality: int, samples: int = SAMPLES[-1]) -> dict[str, float]:
    """On unseen pictures: "inside_90", the share of all luma pixels whose truth lies in the calibrated band around the expected detail,
    "inside_90 A-B" the same for pixels with a calibrated standard deviation in that range of grey steps, and how many they are."""
    coded = CASES[max(k for k in CASES if k <= quality)][0]
    inside, sigmas = [], []
    for p in pictures:
        d = draw(model, p, depth, coded, samples)
        sigma = model.calibrated(d.spread[samples], depth, samples, quality)
        inside.append((d.error <= NORMAL_90 * sigma).ravel())
        sigmas.append(sigma.ravel())
    hit, sigma = np.concatenate(inside), np.concatenate(sigmas)
    out = {"inside_90": float(hit.mean())}
    for low, high in BINS:
        chosen = (sigma >= low) & (sigma < high)
        if chosen.sum() >= 400:
            out |= {f"inside_90 {low:g}-{high:g}": float(hit[chosen].mean()), f"share {low:g}-{high:g}": float(chosen.mean())}
    return out


def fit_temperature(model: DetailModel, pictures: list[Picture], depth: int = 2) -> float:
    """By how much samples shall deviate from the expected detail so that a sample `depth` levels finer has as much fine structure as the
    truth (edge energy, mean over pictures), and at most as much as was learned."""
    def structure(temperature: float) -> float:
        trial = DetailModel(model.net, model.hash, model.device, temperature)
        ratios = []
        for p in (whole(p, depth) for p in pictures):
            *_, sample = chains(trial, coarse(p, depth, None), depth, p.group, 1)
            ratios.append(edge_energy(to_uint8(sample)) / max(edge_energy(p.y), 1e-6))
        return float(np.mean(ratios))

    low, high = 0.2, 1.0
    if structure(high) <= 1.0:
        return high
    for _ in range(5):
        middle = (low + high) / 2
        low, high = (middle, high) if structure(middle) <= 1.0 else (low, middle)
    return round((low + high) / 2, 3)
