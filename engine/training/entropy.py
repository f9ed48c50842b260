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
from engine.lorentzian.schedule import QUALITIES, Slice
from engine.lorentzian.slices import Field
from engine.lorentzian.structure import Structure
from engine.lorentzian.symbols import BASIS
from engine.lorentzian.tables import BANDS, Tables, band
from engine.training.codec_data import Clip

TRUST = 24       # a trained context starts as if it had seen at most this many decisions
SHARP = 6        # clips that are walked over again
LENGTHS = (8, 8, 8, 4, 2, 1)  # of chunks
WALK = 1020      # memory while training: the longer, the nearer to the mean over all clips


def fit(model: CodecModel, clips: list[Clip], rounds: int, seed: int = 0) -> Generator[Progress, None, Tables]:
    """Walk `rounds` x quality bands over crops of clips, then over those again in which most blocks have a basis of their own (text), for
    the contexts of these; returns tables to ship with `model.net`. Symbols are chosen by `model.tables`."""
    rng = random.Random(seed)
    t = Tables.untrained()
    prob, count, weight = t.prob.copy(), t.count.copy(), t.weight.copy()
    jobs = [(c, b) for _ in range(rounds) for b in range(BANDS) for c in rng.sample(clips, min(len(clips), 12))]
    rng.shuffle(jobs)
    again = rounds * BANDS * min(len(clips), SHARP)
    total, turned = len(jobs) + again, {id(c): 0.0 for c in clips}
    for n in range(total):
        if n == total - again:
            sharp = sorted(clips, key=lambda c: -turned[id(c)])[:SHARP]
            jobs += [(c, b) for _ in range(rounds) for b in range(BANDS) for c in sharp]
        clip, b = jobs[n]
        quality = rng.choice([q for q in range(QUALITIES) if band(q) == b])
        frames, h, w = clip.y.shape
        hh, ww = min(h, 320), min(w, 448)
        y0, x0 = rng.randrange((h - hh) // 2 + 1) * 2, rng.randrange((w - ww) // 2 + 1) * 2
        t0 = rng.randrange(max(1, frames - 16))
        enc = ChunkEncoder(ww, hh, CodecSettings(quality), model)
        start = (prob[b].reshape(-1), count[b].reshape(-1), weight[b])

        def watch(order: tuple[Slice, ...], state: TileState, fields: dict[int, Field], start: tuple = start, clip: Clip = clip) -> None:
            turned[id(clip)] = max(turned[id(clip)], float((state.energy[:PREV_SLOT, ..., BASIS] > 0).mean()))
            for level in (3, 2, 1, 0):
                coder = rc.writer(1 << 22)
                coder[0][rc.MEMORY] = WALK
                code_level(level, order, state, fields, t, start, coder)
        enc.observer = watch
        structure = Structure(enc, "fast", rng.choice(LENGTHS))
        for k in range(0, min(16, frames - t0), 8):
            part = [[p[i, y0 // d:(y0 + hh) // d, x0 // d:(x0 + ww) // d] for p, d in ((clip.y, 1), (clip.u, 2), (clip.v, 2))]
                    for i in range(t0 + k, min(t0 + k + 8, frames))]
            structure.encode(part, k == 0)
        enc.close()
        yield Progress(n + 1, total, clip.name)
    return Tables(prob, np.minimum(count, TRUST).astype(np.uint16), weight, t.stretch, t.squash)
