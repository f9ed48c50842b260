"""Patterns of fitted filters: what the best filters of many recordings have in common.

Of every crop, quality, slice type and plane the best filter is known (least squares). Whitened by what taps see in the mean, the first
principal directions of these filters are the patterns: no others of as many explain more.
"""
from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import replace

import numpy as np

from engine.api import Progress
from engine.lorentzian import fitted, fitting
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.fitted import CHROMA, LUMA, PARTS, SCALE, TAPS
from engine.lorentzian.fitting import Sums
from engine.lorentzian.mctf import REACH, TemporalFilter
from engine.lorentzian.model import CodecModel
from engine.lorentzian.schedule import QUALITIES, Grain, slices
from engine.lorentzian.structure import FIRST
from engine.lorentzian.tables import BANDS, band
from engine.training.codec_data import Clip

ROUNDS = 3       # crops of every clip in every quality band
FRAMES, SIZE = 16, 256
LEAST = 1.0  # squared error of a plane under which there is nothing to learn from it
STEADY = 1e-4  # share of the mean diagonal that is added to it: directions that are hardly seen stay small


def fit(model: CodecModel, clips: list[Clip], rounds: int = ROUNDS, seed: int = 0) -> Generator[Progress, None, np.ndarray]:
    """Patterns int16 `[BANDS, 2, PARTS, TAPS]` from `rounds` crops of every clip in every quality band."""
    rng = random.Random(seed)
    plain = CodecModel(model.net, replace(model.tables, filters=np.zeros_like(model.tables.filters)), device=model.device)
    jobs = [(c, b) for _ in range(rounds) for b in range(BANDS) for c in clips]
    found: dict[tuple[int, int], list[Sums]] = {(b, plane): [] for b in range(BANDS) for plane in (LUMA, CHROMA)}
    for n, (clip, b) in enumerate(jobs):
        quality = rng.choice([q for q in range(QUALITIES) if band(q) == b])
        for (_, plane), sums in _sums(plain, clip, quality, rng).items():
            found[b, plane].append(sums)
        yield Progress(n + 1, len(jobs), clip.name)
    out = fitted.plain(BANDS)
    for (b, plane), every in found.items():
        if len(every) >= PARTS:
            out[b, plane] = patterns(every)
    return out


def patterns(every: list[Sums]) -> np.ndarray:
    """int16 `[PARTS, TAPS]`: the directions, most important first, in which the best filters of `every` lie."""
    mean = sum(s.a / s.error for s in every) / len(every)
    mean += np.eye(TAPS) * STEADY * np.trace(mean) / TAPS
    root = np.linalg.cholesky(mean)
    best = [np.linalg.solve(s.a + np.eye(TAPS) * STEADY * np.trace(s.a) / TAPS, s.b) for s in every]
    _, _, directions = np.linalg.svd(np.array([root.T @ t for t in best]), full_matrices=False)
    limit = np.iinfo(np.int16).max
    made: np.ndarray = np.clip(np.rint(SCALE * np.linalg.solve(root.T, directions[:PARTS].T).T), -limit, limit).astype(np.int16)
    return made


def _sums(model: CodecModel, clip: Clip, quality: int, rng: random.Random) -> dict[tuple[int, int], Sums]:
    """By (slice type, plane), of sixteen frames of a crop coded in two chunks."""
    frames, h, w = clip.y.shape
    hh, ww = min(h, SIZE), min(w, SIZE)
    y, x, t = rng.randrange((h - hh) // 2 + 1) * 2, rng.randrange((w - ww) // 2 + 1) * 2, rng.randrange(max(1, frames - FRAMES))
    film = [[p[i, y // d:(y + hh) // d, x // d:(x + ww) // d] for p, d in ((clip.y, 1), (clip.u, 2), (clip.v, 2))]
            for i in range(t, min(t + FRAMES, frames))]
    encoder = ChunkEncoder(ww, hh, CodecSettings(quality), model)
    encoder.clean = clean = TemporalFilter(REACH["normal"])
    out: dict[tuple[int, int], Sums] = {}
    for k in range(0, len(film), 8):
        part = film[k:k + 8]
        clean.show(film, k, k + len(part))
        _, decoded = encoder.encode(part, k == 0, grain=Grain(FIRST))
        for s in slices(len(part), k == 0):
            limit = fitted.bound(quality, s.kind, encoder.grain)
            for n, (source, plane) in enumerate(zip(part[s.time], decoded[s.time], strict=True)):
                which, d = (LUMA, 1) if n == 0 else (CHROMA, 2)
                sums = fitting.gather(fitted.surrounded(plane), source, (0, 0, hh // d, ww // d), limit)
                out.setdefault((s.kind, which), Sums.none()).add(sums)
    clean.close()
    encoder.close()
    return {k: s for k, s in out.items() if s.error > LEAST * hh * ww / 1000}
