"""What the networks for series and bands learn from: sets cut from real sensors, a cube and pictures, and made-up families of series,
quantised at many bounds.

There is little of it, so every turn sees other sets: other members, bounds, paces, mirrored and turned over. The last part of every sensor
in time, and of the cube in place, is held back.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.correlation.rows import FORMS, MEMBERS, organised, seen, to_cells
from engine.hierarchical import arrays, block, kinds, pictures
from engine.training.hierarchical_data import SHARE, sensor_files, series_of

LENGTH = 2048            # samples of a set of series
LEAST, MOST = 5e-4, 6e-2  # bounds, shares of the range
POOL = 160               # sets of series at once
PICTURES = 24            # of the training pictures, at each turn
_MADE_UP = 0.5           # share of sets of series that are made up


@dataclass(frozen=True, eq=False)
class Made:
    """One set as the network sees it, in halves: cells `[N, 16, h, w]`, hand `[N, GIVEN * 16, h, w]`, roughness `[N]`, and the error that
    is to be found, in steps, `[N, 16, h, w]`."""

    cells: Tensor
    hand: Tensor
    rough: Tensor
    error: Tensor


def made(x: np.ndarray, error: np.ndarray, kind: str) -> Made:
    """Of a set's decoded values and their error, `[N, H, W]` in steps; whole cells only."""
    form = FORMS[kind]
    h, w = (1, x.shape[2] // 32 * 32) if form.flat else (x.shape[1] // 8 * 8, x.shape[2] // 8 * 8)
    cells, hand, rough = seen(x, form)
    wrong = to_cells(torch.from_numpy(error[:, None, :h, :w].astype(np.float32)), form)
    at = slice(wrong.shape[2]), slice(wrong.shape[3])
    return Made(cells[:, :, at[0], at[1]].half(), hand[:, :, at[0], at[1]].half(), rough, wrong.half())


def sensors(data: Path, held_back: bool) -> list[tuple[Path, np.ndarray]]:
    """(file, float64 `[C, N]`) of every sensor table: its first part, or with `held_back` what follows; columns that change."""
    out = []
    for file in sensor_files(data):
        x = series_of(file)
        cut = int(SHARE * x.shape[1])
        part = x[:, cut:] if held_back else x[:, :cut]
        out.append((file, part[[len(np.unique(v)) > 3 for v in part]]))
    return out


def cubes(data: Path, held_back: bool) -> list[tuple[Path, np.ndarray]]:
    """(file, `[C, Y, X]`) of every cube: the first columns, or with `held_back` those that follow."""
    out = []
    for file in sorted((data / "train" / "cube").glob("*.raw")):
        x = np.ascontiguousarray(arrays.read(file, kinds.CUBE).data)
        cut = int(SHARE * x.shape[2]) // 8 * 8
        out.append((file, np.ascontiguousarray(x[:, :, cut:] if held_back else x[:, :, :cut])))
    return out


def quantised(x: np.ndarray, shares: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(decoded values, error) in steps of rows `[C, N]` at bounds that are shares `[C]` of their ranges, grids moved by `offset` `[C]`."""
    width = 2 * shares * (x.max(1) - x.min(1))
    at = x / np.where(width > 0, width, 1)[:, None] + offset[:, None]
    q = np.rint(at)
    return q, at - q


def family(rng: np.random.Generator, count: int, length: int) -> np.ndarray:
    """A made-up family of series `[count, length]`: a few shared courses (drifts, swings, jumps, tides), what each member makes of them,
    and noise of its own."""
    time = np.arange(length)
    shared = []
    for _ in range(rng.integers(1, 4)):
        kind, noise = rng.integers(4), rng.normal(size=length + 512)
        if kind == 0:
            v = np.cumsum(noise)[512:]
        elif kind == 1:
            near = rng.uniform(0.9, 0.999)
            pole = np.array([2 * near * np.cos(rng.uniform(0.005, 0.5)), -near * near])
            v, a, b = np.empty(length + 512), 0.0, 0.0
            for i, n in enumerate(noise):
                a, b = pole[0] * a + pole[1] * b + n, a
                v[i] = a
            v = v[512:]
        elif kind == 2:
            v = np.repeat(np.cumsum(rng.normal(size=length // 16 + 1)), 16)[:length] * (1 + 0.02 * noise[512:])
        else:
            v = np.maximum(np.sin(2 * np.pi * time / rng.uniform(50, 1500) + rng.uniform(0, 6)), rng.uniform(-1, 0.3))
        shared.append((v - v.mean()) / (v.std() + 1e-9))
    part = rng.normal(size=(count, len(shared))) * (rng.random((count, len(shared))) < 0.7)
    out = (part + 0.05) @ np.stack(shared)
    if rng.random() < 0.3:
        out = np.tanh(out)
    noise = np.exp(rng.uniform(np.log(1e-4), np.log(0.3), (count, 1))) * rng.normal(size=(count, length))
    return out + noise * out.std(1, keepdims=True)


def _varied(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows at another pace, mirrored, turned over."""
    x = x[:, ::int(rng.choice((1, 1, 2, 3)))]
    if rng.random() < 0.5:
        x = x[:, ::-1]
    return x * rng.choice((-1.0, 1.0), (len(x), 1))


def series_turn(data: Path, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(decoded, error) of sets of series `[N, 1, W]`, others for every seed."""
    rng = np.random.default_rng(seed)
    real = [x for _, x in sensors(data, False)]
    sizes = np.array([x.shape[0] * x.shape[1] for x in real], float) ** 0.5
    for _ in range(POOL):
        if rng.random() < _MADE_UP or not real:
            x = family(rng, int(rng.integers(1, MEMBERS + 1)), LENGTH)
        else:
            x = _varied(real[int(rng.choice(len(real), p=sizes / sizes.sum()))], rng)
            x = x[rng.permutation(len(x))[:int(rng.integers(1, len(x) + 1))]]
            at = int(rng.integers(0, max(1, x.shape[1] - LENGTH)))
            x = x[:, at:at + LENGTH]
        x = x[x.max(1) > x.min(1)]
        if len(x) and x.shape[1] >= 64:
            # most tables have one bound in percent for all of their columns
            share = np.exp(rng.uniform(np.log(LEAST), np.log(MOST), 1 if rng.random() < 0.7 else len(x)))
            q, error = quantised(x, np.broadcast_to(share, len(x)), rng.uniform(-0.5, 0.5, len(x)))
            yield q[:, None], error[:, None]


def coded(x: np.ndarray, bound: float) -> tuple[np.ndarray, np.ndarray]:
    """(decoded, error) in steps of a tensor `[C, Y, X]` of whole numbers, as the coder gives it back."""
    shown = block.encode([block.Channel(np.ascontiguousarray(c), bound) for c in x], show=True).shown
    back, width = np.stack([values for values, _, _ in shown]).astype(np.float64), 2 * int(bound) + 1
    return back / width, (x - back) / width


def bands_turn(data: Path, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(decoded, error) of sets of bands `[N, H, W]`, others for every seed."""
    rng = np.random.default_rng(seed)
    for _, cube in cubes(data, False):
        for _ in range(2):
            share = float(np.exp(rng.uniform(np.log(LEAST), np.log(MOST))))
            part = np.sort(rng.permutation(len(cube))[:len(cube) // 4]) if rng.random() < 0.5 else np.arange(len(cube))[rng.integers(4)::4]
            x = cube[part][:, ::rng.choice((-1, 1)), ::rng.choice((-1, 1))]
            bound = max(1, int(share * (int(cube.max()) - int(cube.min()))))
            yield from _sets(*coded(x.astype(np.int32), bound), rng)
    files = sorted((data / "train" / "image").glob("*.png"))
    for at in rng.permutation(len(files))[:PICTURES]:
        picture = pictures.read_png(files[at].read_bytes(), str(files[at]))
        if picture is None or picture.dtype != np.uint8 or min(picture.shape[1:]) < 64:
            continue
        y, c = int(rng.integers(0, picture.shape[1] - 63)), int(rng.integers(0, picture.shape[2] - 63))
        yield from _sets(*coded(picture[:, y:y + 64, c:c + 64].astype(np.int32), int(rng.choice((1, 2, 3, 5, 8, 12)))), rng)


def _sets(x: np.ndarray, error: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for chosen in organised(x, int(rng.choice((1, 3, MEMBERS, MEMBERS)))).sets:
        yield x[chosen], error[chosen]


TURNS = {"series": series_turn, "bands": bands_turn}
CROPS = {"series": (1, 48), "bands": (2, 6)}    # cells that a batch takes of a set, least and most on a side


class Sets:
    """What is learnt from for a while. Batches are a function of the step. ValueError where there is nothing."""

    def __init__(self, data: Path, kind: str, seed: int, members: int) -> None:
        self.kind, self.members, self.seed = kind, members, seed
        self.by_size: dict[int, list[Made]] = {}
        for x, error in TURNS[kind](data, seed):
            if np.abs(error).max() > 0:
                self.by_size.setdefault(len(x), []).append(made(x, error, kind))
        if not self.by_size:
            raise ValueError("there is nothing to learn from")

    def batch(self, step: int) -> tuple[Made, int]:
        """(about `members` members of sets of one size, that size), cropped alike."""
        rng = np.random.default_rng((self.seed, step))
        sizes = sorted(self.by_size)
        weigh = np.array([len(self.by_size[n]) * n for n in sizes], float)
        size = int(rng.choice(sizes, p=weigh / weigh.sum()))
        from_ = self.by_size[size]
        chosen = [from_[k] for k in rng.integers(0, len(from_), max(1, self.members // size))]
        most = CROPS[self.kind][1]
        h, w = (min(min(m.cells.shape[axis] for m in chosen), most) for axis in (2, 3))
        w, h = w // 2 * 2, h if self.kind == "series" else h // 2 * 2
        parts = []
        for m in chosen:
            y, x = (int(rng.integers(0, m.cells.shape[axis] - side + 1)) for axis, side in ((2, h), (3, w)))
            parts.append([t[:, :, y:y + h, x:x + w].float() for t in (m.cells, m.hand, m.error)] + [m.rough])
        cells, hand, error, rough = (torch.cat(p) for p in zip(*parts))
        return Made(cells, hand, rough, error), size
