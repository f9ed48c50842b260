"""How many frames a chunk holds: eight where neighbours far apart still predict, fewer where everything changes at every frame.

Long chunks are cheaper on most footage; forward motion, shaking and fades want short ones. Nothing in the pictures tells which quite as
well as coding both: now and then a chunk is coded in two ways, and the better one goes on. The decoder needs to know nothing of it.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.lorentzian.codec import ChunkEncoder, CodedChunk, Planes, Snapshot
from engine.lorentzian.schedule import CHUNK, lagrangian

Coded = list[tuple[CodedChunk, list[Planes]]]
TRIALS = {8: (2, 4), 4: (2, 8), 2: (1, 4), 1: (2, 8)}  # what is tried beside the length in use, in turn
YOUNG = 3        # chunks after a start that are all tried
EVERY = 4        # later one in so many
MARGIN = 0.02    # shorter chunks decode more slowly and seek in more steps: they must save this share of the error
OVERHEAD = 50    # bytes the container adds to a chunk
SLOPE = 7.0      # lagrangian of a whole chunk over that of its base step: most slices have coarser steps


@dataclass
class Structure:
    """Chooses for one stream. `effort`: fast never tries, normal now and then, high tries every length at every chunk."""

    encoder: ChunkEncoder
    effort: str
    length: int = CHUNK
    age: int = 0
    turn: int = 0

    def encode(self, frames: list[Planes], key: bool) -> Coded:
        """The frames of up to one full chunk as one or more coded chunks with their decoded pictures."""
        if key:
            self.age = min(self.age, 1)  # a new scene may differ; one trial soon tells
        if self.effort == "fast" or key or len(frames) < CHUNK:
            return self._parts(frames, key, self.length if not key else CHUNK)
        self.age += 1
        if self.effort == "high":
            lengths: tuple[int, ...] = (8, 4, 2, 1)
        elif self.age > YOUNG and self.age % EVERY:
            lengths = (self.length,)
        else:
            options = TRIALS[self.length]
            lengths = (self.length, options[self.turn % len(options)])
            self.turn += 1
        return self._best(frames, lengths)

    def _best(self, frames: list[Planes], lengths: tuple[int, ...]) -> Coded:
        if len(lengths) == 1:
            return self._parts(frames, False, lengths[0])
        before = self.encoder.snapshot()
        options: list[tuple[int, Coded, Snapshot]] = []
        for n in lengths:
            self.encoder.restore(before)
            options.append((n, self._parts(frames, False, n), self.encoder.snapshot()))
        n, coded, after = options[self._cheapest(frames, [(n, coded) for n, coded, _ in options])]
        self.encoder.restore(after)
        if n != self.length:
            self.length, self.turn, self.age = n, 0, min(self.age, YOUNG - 1)
        return coded

    def _parts(self, frames: list[Planes], key: bool, length: int) -> Coded:
        return [self.encoder.encode(frames[i:i + length], key and i == 0) for i in range(0, len(frames), length)]

    def _cheapest(self, frames: list[Planes], options: list[tuple[int, Coded]]) -> int:
        """Number of the option with the least error and bits, at the price of this quality.

        Error is counted as mean PSNR counts it, by its logarithm: options spread it differently over the frames.
        """
        logs = [_log_error(frames, coded) for _, coded in options]
        typical = float(np.exp(logs[0][0]))  # squared error of a luma plane; turns logarithms into squared errors and back
        costs = []
        for (n, coded), (y, u, v) in zip(options, logs, strict=True):
            size = sum(OVERHEAD + sum(len(data) for tile in chunk.payloads for data in tile) for chunk, _ in coded)
            cost = len(frames) * typical * (6 * y + u + v) / 6 + SLOPE * lagrangian(self.encoder.quality) * 8 * size
            costs.append(cost + (0.0 if n == CHUNK else MARGIN * len(frames) * typical))
        return int(np.argmin(costs))


def _log_error(frames: list[Planes], coded: Coded) -> np.ndarray:
    """Mean over frames of the logarithm of the squared error of (Y, U, V)."""
    shown = [planes for _, part in coded for planes in part]
    return np.mean([[np.log(1.0 + float(np.square(b[:a.shape[0], :a.shape[1]] - a, dtype=np.float32).sum(dtype=np.float64)))
                     for a, b in zip(have, got, strict=True)] for have, got in zip(frames, shown, strict=True)], axis=0)
