"""Starting tables of the entropy model: what its adaptive contexts look like after a long walk over the training clips."""
from __future__ import annotations

import random
from collections.abc import Generator

import numpy as np

from engine.api import Progress
from engine.lorentzian import rangecoder as rc
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.model import CodecModel
from engine.lorentzian.payload import PREV_SLOT, TileState, code_level
from engine.lorentzian.schedule import QUALITIES, TYPES, Slice, runs
from engine.lorentzian.slices import Field
from engine.lorentzian.structure import Structure
from engine.lorentzian.symbols import BASIS
from engine.lorentzian.tables import BANDS, ROWS, SETS, Tables, band
from engine.training.codec_data import Clip

LEAST, MOST = 3, 80  # decisions that a starting chance counts as
SHARP = 6        # clips of text that are walked over by themselves
LENGTHS = (8, 8, 8, 4, 2, 1)  # of chunks
WALK = 1020      # memory while training: the longer, the nearer to the mean over a clip
YOUNG = 6        # decisions that a starting chance counts as while training
KEEP = 0.98      # share of what was learnt that each further clip of a quality band leaves


class Mean:
    """What contexts and weights of a band are at the end of a clip, in the mean over the clips that used them."""

    def __init__(self, t: Tables) -> None:
        self.prob = np.zeros((3, t.prob[0].size))  # how many, sum, sum of squares
        self.weight = np.zeros((2, *t.weight[0].shape))

    def start(self, t: Tables, b: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(prob, count, weight) for the next clip."""
        n, total, _ = self.prob
        prob = np.where(n > 0, total / np.maximum(n, 1e-9), t.prob[b].reshape(-1)).round().astype(np.uint16)
        return prob, np.where(n > 0, YOUNG, 0).astype(np.uint16), self.weights(t, b)

    def weights(self, t: Tables, b: int) -> np.ndarray:
        n, total = self.weight
        mean: np.ndarray = np.where(n > 0, total / np.maximum(n, 1e-9), t.weight[b]).round().astype(np.int32)
        return mean

    def add(self, before: tuple[np.ndarray, ...], after: tuple[np.ndarray, ...]) -> None:
        self.prob *= KEEP
        self.weight *= KEEP
        used = (after[1] != before[1]) | (after[0] != before[0])
        p = after[0].astype(np.float64)
        self.prob += used * np.stack([np.ones_like(p), p, p * p])
        moved = (after[2] != before[2]).any(-1, keepdims=True)
        self.weight += moved * np.stack([np.ones(after[2].shape), after[2].astype(np.float64)])

    def trust(self) -> np.ndarray:
        """How sure a starting chance is: as many decisions as a beta distribution counts for that is as wide as clips differ."""
        n, total, squares = self.prob
        m = total / np.maximum(n, 1e-9) / 65536
        spread = np.maximum(squares / np.maximum(n, 1e-9) / 65536 ** 2 - m * m, 1e-7)
        sure = np.clip(m * (1 - m) / spread - 1, LEAST, MOST)
        trust: np.ndarray = np.where(n < 0.5, 0, np.where(n < 3, np.minimum(sure, 8), sure)).round().astype(np.uint16)
        return trust


def fit(model: CodecModel, clips: list[Clip], rounds: int, seed: int = 0) -> Generator[Progress, None, Tables]:
    """Walk `rounds` x quality bands over crops of clips, then over those again in which most blocks have a basis of their own (text), for
    the contexts of these; returns tables to ship with `model.net`. Symbols are chosen by `model.tables`."""
    rng = random.Random(seed)
    t = Tables.untrained()
    usual, text = ([Mean(t) for _ in range(BANDS)] for _ in range(2))
    jobs = [(c, b) for _ in range(rounds) for b in range(BANDS) for c in rng.sample(clips, min(len(clips), 12))]
    rng.shuffle(jobs)
    again = rounds * BANDS * min(len(clips), SHARP)
    total, turned = len(jobs) + again, {id(c): 0.0 for c in clips}
    for n in range(total):
        if n == total - again:
            sharp = sorted(clips, key=lambda c: -turned[id(c)])[:SHARP]
            jobs += [(c, b) for _ in range(rounds) for b in range(BANDS) for c in sharp]
        clip, b = jobs[n]
        mean = (text if n >= total - again else usual)[b]
        before = (text[b] if n >= total - again and text[b].prob[0].any() else usual[b]).start(t, b)
        after = before[0].copy(), before[1].copy(), before[2].copy()
        share = _walk(model, clip, b, rng, t, after)
        turned[id(clip)] = max(turned[id(clip)], share)
        mean.add(before, after)
        yield Progress(n + 1, total, clip.name)
    prob, count, weight = t.prob.copy(), t.count.copy(), t.weight.copy()
    for b in range(BANDS):
        rare = usual[b].prob[0] < 3
        pairs = [(m.start(t, b)[0], m.trust()) for m in (usual[b], text[b])]
        prob[b], count[b] = (np.where(rare & (text[b].prob[0] > 0), y, x).reshape(t.prob[b].shape)
                             for x, y in zip(*pairs, strict=True))
        weight[b] = np.where((usual[b].weight[0] < 3) & (text[b].weight[0] > 0), text[b].weights(t, b), usual[b].weights(t, b))
    return Tables(prob, count, weight, t.stretch, t.squash, t.filters)


def refit_own(model: CodecModel, clips: list[Clip], rounds: int, seed: int = 0) -> Generator[Progress, None, Tables]:
    """The model's tables with contexts of blocks with a basis of their own fitted anew, for when their layout has changed, and no others:
    walks over all clips in half of the quality bands, then over those with most such blocks."""
    rng = random.Random(seed)
    t, own, fresh = model.tables, slice(TYPES, SETS), Tables.untrained()
    t = Tables(t.prob.copy(), t.count.copy(), t.weight.copy(), t.stretch, t.squash, t.filters)
    t.prob[:, own], t.count[:, own], t.weight[:, TYPES * ROWS:] = fresh.prob[:, own], fresh.count[:, own], fresh.weight[:, TYPES * ROWS:]
    means, turned = [Mean(t) for _ in range(BANDS)], {id(c): 0.0 for c in clips}
    jobs = [(c, b) for n, c in enumerate(clips) for b in range(n % 2, BANDS, 2)]
    rng.shuffle(jobs)
    total, n = len(jobs) + rounds * BANDS * min(len(clips), SHARP), 0
    while n < total:
        if n == len(jobs):
            sharp = sorted(clips, key=lambda c: -turned[id(c)])[:SHARP]
            more = [(c, b) for _ in range(rounds) for b in range(BANDS) for c in sharp]
            rng.shuffle(more)
            jobs += more
        clip, b = jobs[n]
        before = means[b].start(t, b)
        after = before[0].copy(), before[1].copy(), before[2].copy()
        turned[id(clip)] = max(turned[id(clip)], _walk(model, clip, b, rng, t, after))
        means[b].add(before, after)
        n += 1
        yield Progress(n, total, clip.name)
    for b, mean in enumerate(means):
        t.prob[b, own] = mean.start(t, b)[0].reshape(t.prob[b].shape)[own]
        t.count[b, own] = mean.trust().reshape(t.count[b].shape)[own]
        t.weight[b, TYPES * ROWS:] = mean.weights(t, b)[TYPES * ROWS:]
    return t


def _walk(model: CodecModel, clip: Clip, b: int, rng: random.Random, t: Tables, start: tuple[np.ndarray, np.ndarray, np.ndarray]) -> float:
    """Code sixteen frames of a crop at a quality of band `b`; `start` learns. Returns the largest share of blocks with a basis of their
    own in a chunk."""
    quality = rng.choice([q for q in range(QUALITIES) if band(q) == b])
    frames, h, w = clip.y.shape
    hh, ww = min(h, 320), min(w, 448)
    y0, x0 = rng.randrange((h - hh) // 2 + 1) * 2, rng.randrange((w - ww) // 2 + 1) * 2
    t0 = rng.randrange(max(1, frames - 16))
    enc = ChunkEncoder(ww, hh, CodecSettings(quality), model)
    shares = [0.0]

    def watch(order: tuple[Slice, ...], state: TileState, fields: dict[int, Field]) -> None:
        shares.append(float((state.energy[:PREV_SLOT, ..., BASIS] > 0).mean()))
        for level in (3, 2, 1, 0):
            coder = rc.writer(1 << 22)
            coder[0][rc.MEMORY] = WALK
            code_level(level, order, state, fields, t, start, coder)
    enc.observer = watch
    structure = Structure(enc, "fast", rng.choice(LENGTHS))
    for k, end in runs(min(16, frames - t0), CodecSettings().key_interval):
        part = [[p[i, y0 // d:(y0 + hh) // d, x0 // d:(x0 + ww) // d] for p, d in ((clip.y, 1), (clip.u, 2), (clip.v, 2))]
                for i in range(t0 + k, t0 + end)]
        structure.encode(part, k == 0)
    enc.close()
    return max(shares)
