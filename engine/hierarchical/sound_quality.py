"""Sound by quality: what the ear would not miss is left out. Four levels, each doubling the band width of the one before."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.api import LzcError
from engine.entropy import coder, logistic
from engine.hierarchical import hearing, waves
from engine.hierarchical.leftover import memory as fresh

BLOCK = 1 << 18            # samples of a channel in one block; neighbours are looked at while encoding, so nothing is heard at its ends
_ROUND = 0.36              # added before a coefficient is cut to a whole count: less than half, because zeros are cheap


def scale(dtype: np.dtype, bits: int) -> tuple[float, int]:
    """(units of `dtype` in one of 16-bit sound, what silence is)."""
    if dtype.kind == "f":
        return 2.0 ** -15, 0
    if dtype.name == "uint8":
        return 2.0 ** -8, 128
    return 2.0 ** (bits - 16), 0


def encode(x: np.ndarray, before: np.ndarray, after: np.ndarray, rate: int, quality: float, unit: float, silence: int) -> list[bytes]:
    """A part per level, coarsest first, of samples x `[C, n]`; before, after: what stands beside them, a frame of it where there is so
    much."""
    size = hearing.frame_size(rate)
    n = x.shape[1]
    pieces = -(-n // size)
    whole = np.zeros((len(x), (pieces + 2) * size))
    lead = before[:, max(0, before.shape[1] - size):]
    whole[:, size - lead.shape[1]:size] = lead
    whole[:, size:size + n] = x
    tail = after[:, :whole.shape[1] - size - n]
    whole[:, size + n:size + n + tail.shape[1]] = tail
    whole = np.where(np.isfinite(whole), (whole - silence) / unit, 0.0)
    if lead.shape[1] < size:
        whole[:, :size - lead.shape[1]] = 0
    whole[:, size + n + tail.shape[1]:] = 0
    pair = len(x) == 2
    if pair:
        whole = np.stack([(whole[0] + whole[1]) / 2, (whole[0] - whole[1]) / 2])
    spectra = np.stack([hearing.spectrum(w, size)[1:-1] for w in whole])
    steps = np.stack([hearing.allowed(s, size, rate, quality) for s in spectra])
    starts, level = hearing.edges(size, rate)
    width = np.repeat(hearing.steps()[steps] / hearing.PARTS, np.diff(starts), axis=2)
    counts = (np.sign(spectra) * np.floor(np.abs(spectra) / width + _ROUND)).astype(np.int64)
    limit = hearing.LARGEST // np.maximum(1, (width * hearing.PARTS).astype(np.int64))
    counts = np.clip(counts, -limit, limit)
    _quiet_steps(counts, steps, starts)
    return _code(counts, steps, starts, level, None)


def _quiet_steps(counts: np.ndarray, steps: np.ndarray, starts: np.ndarray) -> None:
    """A band that holds nothing keeps the step of the frame before: it costs nothing to say."""
    used = np.add.reduceat(np.abs(counts), starts[:-1], 2) > 0
    for f in range(1, steps.shape[1]):
        steps[:, f] = np.where(used[:, f], steps[:, f], steps[:, f - 1])


def _code(counts: np.ndarray, steps: np.ndarray, starts: np.ndarray, level: np.ndarray, parts: Sequence[bytes] | None) -> list[bytes]:
    """Writes (parts None) or reads level by level; counts and steps are filled when reading."""
    out = []
    learnt = fresh(waves.CONTEXTS, waves.SLOTS, 65536 // 3)
    for number in range(hearing.LEVELS):
        bands = np.flatnonzero(level == hearing.LEVELS - 1 - number)
        if parts is not None and number >= len(parts):
            break
        s, buf = coder.writer(8 * counts.size + 4096) if parts is None else coder.reader(parts[number])
        if len(bands):
            waves.run(s, buf, counts, steps, starts, int(bands[0]), int(bands[-1]) + 1, hearing.steps(), *learnt, logistic.RATE,
                      logistic.STRETCH, logistic.SQUASH)
        out.append(coder.finish(s, buf) if parts is None else b"")
    return out


def decode(parts: Sequence[bytes], channels: int, n: int, rate: int, unit: float, silence: int, dtype: np.dtype) -> np.ndarray:
    """`[C, n]` of dtype; fewer parts give duller sound."""
    size = hearing.frame_size(rate)
    frames = -(-n // size) + 1
    starts, level = hearing.edges(size, rate)
    counts = np.zeros((channels, frames, size), np.int64)
    steps = np.zeros((channels, frames, len(level)), np.int64)
    if not 1 <= len(parts) <= hearing.LEVELS:
        raise LzcError("a part of the sound is missing")
    _code(counts, steps, starts, level, parts)
    wide = np.repeat(hearing.steps()[steps], np.diff(starts), axis=2)
    y = np.stack([hearing.samples(c * w, size)[:n] for c, w in zip(counts, wide)])
    if channels == 2:
        y = np.stack([y[0] + y[1], y[0] - y[1]])
    if dtype.kind == "f":
        return (y * unit).astype(dtype)
    info = np.iinfo(dtype)
    top = min(info.max, int(unit * 32768) - 1 + silence) if unit >= 1 else info.max
    low = max(info.min, -int(unit * 32768) + silence) if unit >= 1 else info.min
    whole = y * int(unit) if unit >= 1 else (y + int(0.5 / unit)) // int(1 / unit)
    return np.clip(whole + silence, low, top).astype(dtype)
