"""What the correlation network learns from: pictures that the codec has written and read again, beside their sources, and sets of tiles
that the organiser makes from them."""
from __future__ import annotations

import os
import pickle
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.correlation import search
from engine.correlation.given import given
from engine.correlation.net import MEMBERS, to_cells
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.model import CodecModel
from engine.lorentzian.schedule import STEP_FACTOR, slices, step
from engine.training.codec_data import Clip

QUALITIES = (4, 12, 20, 28, 36, 44, 52)
SIZE, FRAMES = 256, 16
_LENGTHS = (8, 8, 8, 8, 4, 2)  # frames of a chunk: what the encoder chooses, roughly as often
_SIZES = (1, 2, 4, 4, 6, 8, 8, 8)  # members of a set: mostly as many as the organiser finds
Planes = list[np.ndarray]


@dataclass(frozen=True, eq=False)
class Pair:
    """A crop of a clip: decoded planes `[T, H, W]` float32, not rounded, and source planes uint8 (y, u, v), slice type of each frame, bytes
    that it was coded in."""

    name: str
    quality: int
    kinds: tuple[int, ...]
    decoded: Planes
    source: Planes
    size: int = 0

def code(planes: Planes, quality: int, length: int, model: CodecModel) -> tuple[Planes, tuple[int, ...], int]:
    """(decoded planes as float32, not rounded, slice types, bytes) of planes `[T, H, W]` coded in chunks of `length` frames."""
    count, height, width = planes[0].shape
    encoder = ChunkEncoder(width, height, CodecSettings(quality), model)
    out: Planes = [np.empty(p.shape, np.float32) for p in planes]
    kinds: list[int] = []
    size = 0
    for start in range(0, count, length):
        part = [[p[i] for p in planes] for i in range(start, min(count, start + length))]
        chunk, shown = encoder.encode(part, start == 0)
        size += sum(len(data) for tile in chunk.payloads for data in tile)
        kind = {s.time: s.kind for s in slices(len(part), start == 0)}
        for k, picture in enumerate(shown):
            kinds.append(kind[k])
            for have, got in zip(out, picture, strict=True):
                have[start + k] = got[:have.shape[1], :have.shape[2]]
    encoder.close()
    return out, tuple(kinds), size


def make_pairs(clips: list[Clip], model: CodecModel, rounds: int = 3, each: int = 3, seed: int = 5) -> Iterator[Pair]:
    """`rounds` crops of every clip, each at `each` qualities."""
    rng = random.Random(seed)
    clips = list(clips)
    rng.shuffle(clips)
    for n in range(rounds):
        for clip in clips:
            t, h, w = clip.y.shape
            hh, ww = min(SIZE, h // 16 * 16), min(SIZE, w // 16 * 16)
            y, x = rng.randrange(0, (h - hh) // 2 + 1) * 2, rng.randrange(0, (w - ww) // 2 + 1) * 2
            if t < FRAMES:
                continue
            start = rng.randrange(t - FRAMES + 1)
            at = slice(start, start + FRAMES)
            source = [np.ascontiguousarray(p) for p in (clip.y[at, y:y + hh, x:x + ww], *(
                p[at, y // 2:(y + hh) // 2, x // 2:(x + ww) // 2] for p in (clip.u, clip.v)))]
            if source[0].std() < 3:
                continue  # nothing to learn from
            for q in rng.sample(QUALITIES if n else QUALITIES[:5], each):
                quality = max(0, q + rng.randrange(-4, 4))
                decoded, kinds, size = code(source, quality, rng.choice(_LENGTHS), model)
                yield Pair(clip.name, quality, kinds, decoded, source, size)


def save_pairs(path: Path, pairs: list[Pair]) -> None:
    """Keeps pairs in a run folder, so that a run that goes on need not code again; one by one, for they are several GB. For this program's
    own runs only."""
    part = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        for p in pairs:
            pickle.dump((p.name, p.quality, p.kinds, p.decoded, p.source), file, 4)
    os.replace(part, path)


def load_pairs(path: Path) -> list[Pair]:
    out = []
    with path.open("rb") as file:
        while file.peek(1):
            name, quality, kinds, decoded, source = pickle.load(file)
            out.append(Pair(name, quality, tuple(kinds), decoded, source))
    return out


@dataclass(frozen=True, eq=False)
class Batch:
    """Tiles of one clip at one quality. cells, target `[M, 24, h, w]` network units; hand `[M, GIVEN * 24, h, w]`: see `given`; step,
    factor `[M]`; `members` in each set."""

    cells: Tensor
    hand: Tensor
    target: Tensor
    step: Tensor
    factor: Tensor
    members: int


class Sets:
    """Batches of sets. `most` 1 gives sets of one (for the single-set filter that the network is compared with). A batch is a
    function of the step, so that a run can go on where it stood."""

    def __init__(self, pairs: list[Pair], tiles: int, most: int = MEMBERS, seed: int = 1) -> None:
        self.pairs, self.tiles, self.most, self.seed = pairs, tiles, most, seed
        self._search: dict[int, tuple[np.ndarray, ...]] = {}

    def _pictures(self, n: int) -> tuple[np.ndarray, ...]:
        if n not in self._search:
            found = [search.pyramid(y) for y in self.pairs[n].decoded[0]]
            self._search[n] = tuple(np.stack(level).astype(np.float32) for level in zip(*found, strict=True))
        return self._search[n]

    def batch(self, number: int) -> Batch:
        rng = random.Random(self.seed * 1_000_003 + number)
        members = 1 if self.most == 1 else rng.choice(_SIZES)
        n, flip, turn = rng.randrange(len(self.pairs)), rng.random() < 0.5, rng.random() < 0.3
        parts = [self._one(rng, members, n, flip, turn) for _ in range(max(2, self.tiles // members))]
        cells, target, factor = (torch.cat(p) for p in zip(*parts, strict=True))
        base = step(self.pairs[n].quality)
        hand = given(cells.permute(0, 2, 3, 1).contiguous().numpy(), base, factor.numpy(), members)
        return Batch(cells, torch.from_numpy(hand).permute(0, 3, 1, 2), target, torch.full((len(cells),), base), factor, members)

    def _one(self, rng: random.Random, members: int, n: int, flip: bool, turn: bool) -> tuple[Tensor, Tensor, Tensor]:
        pair = self.pairs[n]
        count, height, width = pair.decoded[0].shape
        start = rng.randrange(0, count - MEMBERS + 1)
        time, size = rng.randrange(MEMBERS), search.WINDOW
        y, x = rng.randrange(0, (height - size) // 2 + 1) * 2, rng.randrange(0, (width - size) // 2 + 1) * 2
        places = np.empty((MEMBERS, 2), np.int64)
        if members > 1:
            search.track(*(p[start:start + MEMBERS] for p in self._pictures(n)), time, y, x, places)
        places[time] = y, x
        others = [t for t in range(MEMBERS) if t != time]
        if members < 5:  # small sets are mostly made of neighbours
            others.sort(key=lambda t: abs(t - time) + rng.random())
        else:
            rng.shuffle(others)
        times = sorted([time, *others[:members - 1]])
        both = []
        for planes in (pair.decoded, pair.source):
            cut = []
            for k, p in enumerate(planes):
                d = 1 if k == 0 else 2
                a = np.stack([p[start + t, places[t, 0] // d:(places[t, 0] + size) // d, places[t, 1] // d:(places[t, 1] + size) // d]
                              for t in times])
                a = a[..., ::-1] if flip else a
                cut.append(torch.from_numpy(np.ascontiguousarray(a.swapaxes(1, 2) if turn else a)).float())
            both.append(to_cells(*cut))
        return both[0], both[1], torch.tensor([STEP_FACTOR[pair.kinds[start + t]] for t in times])
