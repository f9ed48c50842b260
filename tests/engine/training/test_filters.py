"""Patterns of fitted filters: training finds the directions in which the best filters of recordings lie."""
from __future__ import annotations

import numpy as np

from engine.lorentzian import fitted, fitting
from engine.lorentzian.fitted import CHROMA, LUMA, PARTS, SCALE, TAPS
from engine.lorentzian.fitting import Sums
from engine.lorentzian.tables import BANDS
from engine.training.codec_data import Clip
from engine.training.filters import fit, patterns
from tests.engine.lorentzian.clips import lively, scene


def recordings(count: int, directions: np.ndarray, seed: int) -> list[Sums]:
    """Of each the best filter lies in `directions` `[n, TAPS]`, the first of which is used most; taps see different things in each."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(count):
        seen = rng.normal(0, 1, (400, TAPS)) * rng.uniform(0.5, 2, TAPS)
        error = seen @ (rng.normal(0, 1, len(directions)) * 0.5 ** np.arange(len(directions)) @ directions)
        out.append(Sums(seen.T @ seen, seen.T @ error, float(error @ error)))
    return out


def left(sums: Sums, p: np.ndarray) -> float:
    """Share of the error that remains with the first patterns."""
    a, b = p @ sums.a @ p.T, p @ sums.b
    return 1 - float(b @ np.linalg.lstsq(a, b, rcond=None)[0]) / sums.error


def test_what_filters_have_in_common_is_found_the_most_usual_first() -> None:
    directions = np.random.default_rng(1).normal(0, 0.1, (3, TAPS))
    found = patterns(recordings(60, directions, 2)).astype(np.float64) / SCALE
    assert found.shape == (PARTS, TAPS)
    others = recordings(20, directions, 3)
    mean = [float(np.mean([left(s, found[:n]) for s in others])) for n in (1, 2, 3)]
    assert mean[0] < 0.6 and mean[0] > mean[1] > mean[2] and mean[2] < 0.01
    single = float(np.mean([left(s, fitted.plain(1)[0, LUMA, :3].astype(np.float64)) for s in others]))
    assert single > 0.8, "three taps of their own are no such thing"


def test_patterns_come_from_coded_clips_for_every_band_and_plane() -> None:
    clips = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        y, u, v = (np.stack(p) for p in zip(*scene(16, 96, 64, seed=seed), strict=True))
        clips.append(Clip(f"c{seed}", *(np.clip(p + rng.normal(0, 3, p.shape), 0, 255).astype(np.uint8) for p in (y, u, v))))
    walk, steps = fit(lively(), clips, 1), 0
    while True:
        try:
            step = next(walk)
            steps += 1
            assert step.done == steps and step.total == BANDS * len(clips)
        except StopIteration as end:
            made = end.value
            break
    assert made.shape == (BANDS, 2, PARTS, TAPS) and made.dtype == np.int16
    for plane in (LUMA, CHROMA):
        assert (np.abs(made[:, plane]).max((1, 2)) > 0).all()
        assert not np.array_equal(made[0, plane], fitted.plain(1)[0, plane]), "trained, not the plain ones"


def test_a_recording_of_few_errors_teaches_nothing() -> None:
    flat = [Clip("f", np.full((16, 64, 64), 90, np.uint8), *(np.full((16, 32, 32), 128, np.uint8) for _ in range(2)))]
    walk = fit(lively(), flat, 1)
    try:
        while True:
            next(walk)
    except StopIteration as end:
        assert np.array_equal(end.value, fitted.plain(BANDS))


def test_gathering_less_says_the_same() -> None:
    """Every second or fourth row tells nearly as much as all of them."""
    rng = np.random.default_rng(5)
    decoded = (128 + 30 * np.sin(np.arange(160)[:, None] / 5 + np.arange(192) / 9) + rng.normal(0, 4, (160, 192))).astype(np.float32)
    source = (decoded + rng.normal(0, 3, decoded.shape)).clip(0, 255).astype(np.uint8)
    every = [fitting.gather(fitted.surrounded(decoded), source, (0, 0, 160, 192), np.float32(2), n) for n in (1, 2, 4)]
    for s in every[1:]:
        assert abs(s.error / every[0].error - 1) < 0.1 and np.allclose(np.diag(s.a), np.diag(every[0].a), rtol=0.15)
