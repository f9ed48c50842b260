"""Where one scene ends and another begins, from luma alone.

Two frames belong together if the later one can be built from the earlier by moving blocks (pans and moving things can), or if their
histograms agree up to a shift of brightness. The difference is block residual over block contrast, as in the scene-cut tests of video
encoders, times the histogram distance. A cut must stand out of what the last frames did, and what follows it must stay unlike what came
before it: a flash of up to three frames comes back, a cut does not.
"""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from engine.media.resize import resize_area

WIDTH, HEIGHT, BLOCK = 128, 80, 16
REACH_X, REACH_Y = 16, 8         # how far a block is looked for: an eighth of the picture across
NOISE = 1.0                      # grey steps a block may differ by without meaning anything
# where to look for a block, near before far, as (y, x) in the padded picture
MOVES = sorted(((dy, dx) for dy in range(0, 2 * REACH_Y + 1, 2) for dx in range(0, 2 * REACH_X + 1, 2)),
               key=lambda m: abs(m[0] - REACH_Y) + abs(m[1] - REACH_X))
FLOOR = 0.42                     # least difference of a cut
AHEAD, BEHIND = 3, 4             # how far to look past a candidate, either way: a flash has up to 3 frames
SHORTEST = 4                     # frames of a scene


@dataclass(frozen=True, eq=False)
class Look:
    """What is kept of a frame: a small luma picture, its histogram, and the contrast of its blocks."""

    small: np.ndarray
    histogram: np.ndarray
    contrast: np.ndarray


def look(luma: np.ndarray, bit_depth: int = 8) -> Look:
    """The small picture of a luma plane `[H, W]`."""
    step = max(1, min(luma.shape[0] // (2 * HEIGHT), luma.shape[1] // (2 * WIDTH)))
    small = resize_area(luma[::step, ::step].astype(np.float32), HEIGHT, WIDTH)
    if bit_depth > 8:
        small /= float(1 << (bit_depth - 8))
    bins = np.clip(small, 0, 255).astype(np.int64).ravel() >> 3
    return Look(small, np.bincount(bins, minlength=32) / bins.size, _deviation(small))


def _deviation(picture: np.ndarray) -> np.ndarray:
    """Sum of absolute deviations from the mean of every block, less what noise may make."""
    blocks = picture.reshape(HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK)
    total = np.abs(blocks - blocks.mean(axis=(1, 3), keepdims=True)).sum(axis=(1, 3))
    return np.maximum(total - NOISE * BLOCK * BLOCK, 0)


def histogram_distance(a: Look, b: Look) -> float:
    """0 (alike) to 1; a shift of brightness of up to 24 steps does not count."""
    return min(0.5 * float(np.abs(np.roll(a.histogram, k) - b.histogram).sum()) for k in range(-3, 4))


def unexplained(a: Look, b: Look, search: bool = True) -> float:
    """The part of the structure of `b`, or of `a` (the larger), that moving blocks of the other cannot give: 0 to 1."""
    return max(_residual(a, b, search), _residual(b, a, search))


def _residual(a: Look, b: Look, search: bool) -> float:
    total = float(b.contrast.sum())
    if total < 0.5 * BLOCK * BLOCK:
        return 0.0
    best = np.minimum(_deviation(b.small - a.small), b.contrast)
    if search:
        around = np.pad(a.small, ((REACH_Y, REACH_Y), (REACH_X, REACH_X)), mode="edge")
        for dy, dx in MOVES:
            np.minimum(best, _deviation(b.small - around[dy:dy + HEIGHT, dx:dx + WIDTH]), out=best)
            if float(best.sum()) < FLOOR / 2 * total:
                break  # the same scene, moved: how well it fits does not matter any more
    return float(best.sum()) / total


def difference(a: Look, b: Look) -> float:
    """How unlike two frames are: about 0 for neighbours, 0.45 to 1 across a cut."""
    distance = histogram_distance(a, b)
    if distance < 0.06:
        return 0.0
    weight = min(1.0, distance / 0.15)
    quick = unexplained(a, b, search=False) * weight
    if quick < FLOOR / 2:
        return quick
    return unexplained(a, b) * weight


class SceneDetector:
    """Push frames in order; decisions come `AHEAD` frames later, in order."""

    def __init__(self) -> None:
        self._looks: deque[Look] = deque()
        self._steps: deque[float] = deque()     # difference of each kept frame to the one before it
        self._first_undecided = 0               # position in the deques
        self._recent: deque[float] = deque(maxlen=12)
        self._since = SHORTEST                  # frames since the last cut

    def push(self, luma: np.ndarray, bit_depth: int = 8) -> list[bool]:
        """Take the next frame's luma; whether a cut lies before each of the frames that can be decided now (none or one)."""
        seen = look(luma, bit_depth)
        self._steps.append(difference(self._looks[-1], seen) if self._looks else 0.0)
        self._looks.append(seen)
        return [self._decide()] if len(self._looks) - self._first_undecided > AHEAD else []

    def flush(self) -> list[bool]:
        """Decide the frames still open: there is nothing after them."""
        out = []
        while self._first_undecided < len(self._looks):
            out.append(self._decide())
        return out

    def _decide(self) -> bool:
        at = self._first_undecided
        step = self._steps[at]
        usual = float(np.median(self._recent)) if self._recent else 0.0
        cut = self._since >= SHORTEST and step > max(FLOOR, 2.0 * usual) and not self._comes_back(at)
        self._since = 1 if cut else self._since + 1
        self._recent.append(0.0 if cut else step)
        self._first_undecided += 1
        if cut:  # what lies before a cut says nothing of what comes
            for _ in range(at):
                self._looks.popleft()
                self._steps.popleft()
            self._first_undecided -= at
        while self._first_undecided > BEHIND:
            self._looks.popleft()
            self._steps.popleft()
            self._first_undecided -= 1
        return cut

    def _comes_back(self, at: int) -> bool:
        """Whether the picture after a flash that begins here, or before one that ends here, is the one on the other side."""
        later = self._looks[min(len(self._looks) - 1, at + AHEAD)]
        earlier = self._looks[max(0, at - BEHIND)]
        limit = FLOOR * 0.8
        return difference(self._looks[at - 1], later) < limit or difference(earlier, self._looks[at]) < limit
