"""What the hierarchical coder learns from: lattices of whole numbers cut from real sensors, sound and pictures at several bounds."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.hierarchical import arrays, kinds, pictures
from engine.hierarchical import column as K
from engine.hierarchical.lines import blocks, look
from engine.hierarchical.organise import organise
from engine.hierarchical.table import read_columns

SHARE = 0.6               # of every series: the first part is learnt from, the rest is measured on
BOUNDS = (1e-2, 3e-3, 1e-3)
_PICTURE_BOUNDS = (0, 1, 4)


@dataclass(frozen=True)
class Sample:
    """q `[C, Y, X]` in coding order, parents `[C, 3]`, of which file, at which bound (share of the range, or grey steps)."""

    q: np.ndarray
    parents: np.ndarray
    file: Path
    bound: float


def series_of(path: Path) -> np.ndarray:
    """float64 `[C, N]`: the number columns of a table, all of its rows; columns with gaps are left out."""
    survey = look(path)
    columns = [read_columns(raw, survey.layout, line) for line, raw in blocks(path, survey)]
    found = []
    for parts in zip(*columns):
        if all(c.kind == K.NUMBER and not c.marks.any() for c in parts):
            x = np.concatenate([c.values / 10.0 ** c.digits for c in parts])
            if len(np.unique(np.diff(x))) > 1:
                found.append(x)
    return np.stack(found)


def on_grid(x: np.ndarray, share: float) -> np.ndarray:
    """int64 `[C, 1, N]` at a bound of `share` of each channel's range."""
    low, high = x.min(1, keepdims=True), x.max(1, keepdims=True)
    step = np.where(high > low, 2 * share * (high - low), 1.0)
    return np.rint((x - low) / step).astype(np.int64)[:, None, :]


def ordered(q: np.ndarray, file: Path, bound: float) -> Sample:
    order, parents = organise(q, np.ones(q.shape, bool))
    return Sample(np.ascontiguousarray(q[order]), parents, file, bound)


def sensor_files(data: Path) -> list[Path]:
    return sorted((data / "train" / "sensor").glob("*.csv"))


def series(data: Path, held_back: bool) -> Iterator[Sample]:
    """Every sensor file at every bound: its first part, or with `held_back` what follows."""
    if not held_back:      # first, so that what sensors teach is the freshest
        for file in sorted((data / "train" / "audio").glob("*.wav"))[:8]:
            sound = arrays.read(file, kinds.AUDIO).data
            yield ordered(np.ascontiguousarray(sound).astype(np.int64), file, 0.0)
    for file in sensor_files(data):
        x = series_of(file)
        cut = int(SHARE * x.shape[1])
        part = x[:, cut:] if held_back else x[:, :cut]
        for bound in BOUNDS:
            yield ordered(on_grid(part, bound), file, bound)


def pictures_of(data: Path, split: str, limit: int) -> Iterator[Sample]:
    """Middles of pictures, 256 x 256, with the steps that bounds of 0, 1 and 4 grey levels give."""
    for file in sorted((data / split / "image").glob("*.png"))[:limit]:
        x = pictures.read_png(file.read_bytes(), str(file))
        if x is None or x.dtype != np.uint8:
            continue
        y0, x0 = max(0, (x.shape[1] - 256) // 2), max(0, (x.shape[2] - 256) // 2)
        part = x[:, y0:y0 + 256, x0:x0 + 256].astype(np.int64)
        for bound in _PICTURE_BOUNDS:
            yield ordered((part + bound) // (2 * bound + 1), file, float(bound))
