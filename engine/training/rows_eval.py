"""What bringing series and bands nearer to their source gains on data that nothing was learned from: beside leaving them as decoded, the
given patterns alone, random sets, sets of one, and keeping the bound itself."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.correlation import nearer
from engine.correlation.nearer import Group
from engine.correlation.rows import RowsModel
from engine.hierarchical import block
from engine.nearer import SHARE as CHUNK_BYTES
from engine.nearer import payload
from engine.training.rows_data import cubes, sensors

SHARES = (1e-3, 1e-2, 5e-2)
WAYS = ("given", "network", "random", "one", "kept")   # `kept`: only where every sample still keeps its bound
EVERY = 4      # of the bands of a cube


def held_back(data: Path, kind: str) -> Iterator[tuple[str, np.ndarray]]:
    """(name, `[C, Y, X]`) of what nothing was learned from."""
    if kind == "series":
        for file, x in sensors(data, True):
            yield file.stem, x[:, None, :]
    else:
        for file, x in cubes(data, True):
            yield file.stem, x[::EVERY]


def measure(model: RowsModel, x: np.ndarray, share: float, ways: tuple[str, ...] = WAYS) -> dict[str, Any]:
    """`bytes` of x `[C, Y, X]` without what is said, at bounds of `share` of each channel's range (of all of a cube's), and of each way
    what the root mean square error falls by in `dB` (mean of channels), `bytes` more with the container's share."""
    whole = x.dtype.kind != "f"
    span = x.max((1, 2)).astype(float) - x.min((1, 2)) if x.shape[1] == 1 else np.full(len(x), float(x.max()) - float(x.min()))
    bounds = [float(int(share * s)) if whole else share * s for s in span]
    channels = [block.Channel(np.ascontiguousarray(c), b) for c, b in zip(x, bounds)]
    coded = block.encode(channels, show=True)
    values, marks = [v for v, _, _ in coded.shown], [m for _, m, _ in coded.shown]
    group = Group(values, marks, block.widths(coded.side, x[0].size, [c.dtype for c in x], [False] * len(x)))
    was = _errors(values, x)
    some = was > 0
    out: dict[str, Any] = {"bytes": len(coded.side) + sum(map(len, coded.levels)), "channels": int(some.sum()), "samples": int(x.size)}
    for way in ways:
        sets = shuffled(group, x, bounds, model) if way == "random" else [np.array([c]) for c in range(len(x))] if way == "one" else None
        said = nearer.decide(group, list(x), bounds, model, learned=way != "given",
                             furthest=1.0 if way == "kept" else nearer.FURTHEST, sets=sets)
        data = payload(said)
        now = _errors(nearer.apply(group, said, model, sets) if data else values, x)
        gain = 10 * np.log10(was[some] / np.maximum(now[some], 1e-300))
        out[way] = {"dB": float(gain.mean()) if some.any() else 0.0, "bytes": len(data) + CHUNK_BYTES if data else 0,
                    "learned": float(np.mean([bool(s.weights[nearer.GIVEN:].any()) for s in said]))}
    return out


def shuffled(group: Group, x: np.ndarray, bounds: list[float], model: RowsModel) -> list[np.ndarray]:
    """The channels that take part in sets of the same size, thrown together: what the organiser is compared with."""
    which = [c for c in range(len(x)) if bounds[c] > 0 and nearer.plays(group.values[c], group.marks[c], group.widths[c])]
    order = np.random.default_rng(0).permutation(which) if which else np.zeros(0, np.int64)
    return [np.sort(order[k:k + 8]) for k in range(0, len(order), 8)]


def _errors(values: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    return np.array([float(((v.astype(np.float64) - t.astype(np.float64)) ** 2).mean()) for v, t in zip(values, x)])
