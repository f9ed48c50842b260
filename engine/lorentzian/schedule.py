"""In which order the slices of a chunk are coded, what each may look at, and how coarse each is quantised."""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

CHUNK = 8
LONGEST = CHUNK + 1  # frames of a chunk: where a key interval begins, its first frame and the next eight
QUALITIES = 64
# Slice types: 0 starts anew, 1 key slice predicted from the previous chunk's, 2 to 4 between them: middle, quarters, the rest of eight.
TYPES = 5
KINDS = (0, 1)  # key slices
# Slices that others look at are worth finer steps; tuned on clips with the trained networks, see docs/codec.md.
STEP_FACTOR = (0.78, 1.3, 1.9, 2.45, 3.0)
# Chroma steps over luma steps, chosen for each key chunk and all that builds on it; see `structure.chroma`.
CHROMA = tuple(0.8 * 2 ** ((2 - n) / 4) for n in range(8))
USUAL = 2
FINE = 8  # qualities by which the first slice of a screen recording's key chunk is finer
PREVIOUS = -1  # "time" of the previous chunk's last slice
CAMERA = -2    # "time" of the camera's picture, where a recording has one
# Qualities by which the last slice, and those between, are coarser in a chunk of so many frames: where slices are near each other, what the
# first one of a key interval holds serves all of them.
LOWER = {1: 6, 2: 3}
BETWEEN = {2: 3, 4: 3}


@dataclass(frozen=True)
class Grain:
    """How the steps of a chunk differ from the usual: `chroma` is a number in CHROMA, `fine` that the first slice, of type `first`, has
    those of FINE qualities more, `frames` how many the chunk has."""

    chroma: int = USUAL
    fine: bool = False
    frames: int = CHUNK
    first: int = 0

    def of(self, kind: int) -> Grain:
        """That of a slice of a type: of what does not concern it nothing is left."""
        fine = self.fine and kind == self.first
        return Grain(self.chroma, fine, self.frames if self.lower(kind) else CHUNK, self.first if fine else 0)

    def lower(self, kind: int) -> int:
        """Qualities by which the steps of a slice of a type are coarser than usual."""
        return 0 if kind == 0 else (LOWER if kind == 1 else BETWEEN).get(self.frames, 0)

    def quality(self, quality: int, kind: int) -> int:
        """Quality whose steps a slice of a type has."""
        return min(QUALITIES - 1, max(0, quality - self.lower(kind)) + (FINE if self.fine and kind == self.first else 0))


USUAL_GRAIN = Grain()


@dataclass(frozen=True)
class Slice:
    """`time` within the chunk; `left` and `right` are times of decoded neighbours (PREVIOUS = last slice of the chunk before),
    None where there is none; `kind` is the slice type."""

    time: int
    left: int | None
    right: int | None
    kind: int


@lru_cache(maxsize=64)
def slices(count: int, key: bool, camera: bool = False) -> tuple[Slice, ...]:
    """Coding order of a chunk of `count` frames (1..9). A `key` chunk looks at nothing before it: its first frame starts anew. camera: the
    last slice also looks at the camera's picture."""
    out: list[Slice] = []
    if key:
        out.append(Slice(0, None, None, 0))
        left = 0
    else:
        left = PREVIOUS
    if count - 1 > left:
        out.append(Slice(count - 1, left, CAMERA if camera else None, 1))
        spans = [(left, count - 1)]
        kind = 2 if count - 1 - left > 2 else 3  # by depth: the first between two key slices is looked at most, however near they are
        while spans:
            nxt = []
            for a, b in spans:
                if b - a < 2:
                    continue
                m = (a + b) // 2
                out.append(Slice(m, a, b, min(kind, TYPES - 1)))
                nxt += [(a, m), (m, b)]
            spans, kind = nxt, kind + 1
    return tuple(out)


def pieces(at: int, interval: int) -> int:
    """How many frames are coded together from frame `at` of a scene on: a key interval begins with one and the eight that follow it, so
    that, as in other coders, the finest slices are 0, 8, 16, ... of it, then 4, 12, ..."""
    left = interval - at % interval
    return min(left, CHUNK if at % interval else LONGEST)


def runs(frames: int, interval: int) -> list[tuple[int, int]]:
    """(start, stop) of what of a scene is coded together."""
    out, at = [], 0
    while at < frames:
        out.append((at, min(frames, at + pieces(at, interval))))
        at = out[-1][1]
    return out


def step(quality: int) -> float:
    """Quantiser step of quality 0..63 in grey steps of the orthonormal transform: 96 down to 1.3, log-spaced."""
    return 96.0 * 2.0 ** (-6.2 * quality / (QUALITIES - 1))


def lagrangian(quality: int) -> float:
    """Squared error worth one bit, from the slope of a uniform quantiser (high-rate theory, as in the x264 tables)."""
    return 0.13 * step(quality) ** 2


@lru_cache(maxsize=64)
def waves(order: tuple[Slice, ...]) -> tuple[tuple[Slice, ...], ...]:
    """The coding order in groups whose slices do not look at each other, so that they can be worked on at the same time."""
    out: list[list[Slice]] = []
    for s in order:
        if out and not {s.left, s.right} & {o.time for o in out[-1]}:
            out[-1].append(s)
        else:
            out.append([s])
    return tuple(map(tuple, out))
