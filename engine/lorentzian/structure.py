"""How many frames a chunk holds: eight where neighbours far apart still predict, fewer where everything changes at every frame.

Long chunks are cheaper on most footage; forward motion, shaking and fades want short ones. Nothing in the pictures tells which quite as
well as coding both: now and then a chunk is coded in two ways, and the better one goes on. The decoder needs to know nothing of it.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.codec import ChunkEncoder, Planes, Snapshot
from engine.lorentzian.pipeline import encode_each
from engine.lorentzian.schedule import CHROMA, CHUNK, LONGEST, Grain, lagrangian
from engine.lorentzian.slices import Reference
from engine.lorentzian.workers import map_slices

Coded = list[tuple[CodedChunk, list[Planes]]]
Begin = Callable[[list[Planes], bool, int], tuple[CodedChunk, list[Planes]]]  # (frames, whether they begin, chroma) -> one chunk
Option = tuple[int, Coded, Snapshot, Snapshot | None]  # length, what came of it, how it left things
TRIALS = {8: (2, 4), 4: (2, 8), 2: (1, 4), 1: (2, 8)}  # what is tried beside the length in use, in turn
OPENINGS = {8: 2, 4: 8, 2: 8, 1: 4}  # what is tried beside the length in use where a stream begins
YOUNG = 3        # chunks after a start that are all tried
EVERY = 4        # later one in so many
LEAST = CHUNK - 1  # frames that are worth a trial: the last piece of an interval has so many
CLEAR = 0.06     # share of the error by which something is clearly better
MARGIN = 0.02    # shorter chunks decode more slowly and seek in more steps: they must save this share of the error
OVERHEAD = 50    # bytes the container adds to a chunk
STILL = 3.0      # change since the last key chunk over detail, under which building on it is tried
QUITE_STILL = 0.8  # under which it is done untried (effort fast)
SEEN, SEEN_QUICKLY = 3.0, 2.0  # the same for the picture of a camera, tried (normal, high) or not (fast)
LARGE = 1 << 20  # pixels above which that is not tried with finer and with coarser first slices: both would be held at once
CALM = 1.0      # change from the picture of the camera under which starting anew is not tried beside it
LASTING = 2.5    # what an interval begins with is looked at by the rest of it: so many times the frames of its first chunk have its error
AGAIN = 8        # a sure gain on the camera's picture is looked at again every so many intervals
SURE = 0.6       # share of the bytes of starting anew under which that is not tried again until the next key
FIRST = 4        # number in CHROMA that a stream starts with
EASED = 1.2      # chroma steps over those of equal slope: luma is what most measures and eyes look at
SAME = 0.3       # grey steps
SCREEN = 0.6     # share of the detail of a key chunk that nothing has touched, above which it shows a screen, not a camera's noise
RENEWED = 0.25   # change since the last key chunk over detail, above which a screen shows another page
STAYS = 32       # frames that a page which stands still is expected to be shown
SLOPE = 7.0      # lagrangian of a whole chunk over that of its base step: most slices have coarser steps


@dataclass
class Structure:
    """Chooses for one stream. `effort`: fast never tries, normal now and then, high tries every length at every chunk."""

    encoder: ChunkEncoder
    effort: str
    length: int = CHUNK
    age: int = 0
    turn: int = 0
    rests: dict[int, tuple[int, int]] = field(default_factory=dict)  # length -> turns still to pass over, and how many next time
    fresh_every: int = 1
    intervals: int = 0  # begun since the last key chunk, with its own
    sure: bool = False
    chroma: int = FIRST
    starts: int = 0
    finer: bool = False  # whether the first slice of an interval on the camera's picture is
    held: bool = False  # the length in use is not in question
    known: bool = False  # whether the page that a screen shows was looked at, see `settled`
    still: float = 0.0  # change under which an interval builds on the last key chunk, tried or not; by effort unless given
    seen: float = 0.0   # the same for the camera's picture

    def __post_init__(self) -> None:
        quick = self.effort == "fast"
        self.still = self.still or (QUITE_STILL if quick else STILL)
        self.seen = self.seen or (SEEN_QUICKLY if quick else SEEN)

    def state(self) -> dict[str, Any]:
        """What was learnt so far, for JSON; see `take_up`."""
        return {"length": self.length, "age": self.age, "turn": self.turn, "intervals": self.intervals, "sure": self.sure,
                "chroma": self.chroma, "starts": self.starts, "finer": self.finer, "rests": [[n, *pair] for n, pair in self.rests.items()]}

    def take_up(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken. KeyError, TypeError or ValueError when it is none."""
        self.length, self.age, self.turn, self.intervals, self.chroma, self.starts = (
            int(state[n]) for n in ("length", "age", "turn", "intervals", "chroma", "starts"))
        self.sure, self.finer = bool(state["sure"]), bool(state["finer"])
        self.rests = {int(n): (int(a), int(b)) for n, a, b in state["rests"]}
        if self.length not in TRIALS or not 0 <= self.chroma < len(CHROMA):
            raise ValueError(state)

    def encode(self, frames: list[Planes], key: bool, anew: bool = True) -> Coded:
        """The frames of one piece (`schedule.pieces`) as one or more coded chunks with their decoded pictures.

        key: a key interval begins; it may do so on the last key chunk unless `anew`.
        """
        return self._interval(frames, anew) if key else self._within(frames)

    def _within(self, frames: list[Planes]) -> Coded:
        if self.effort == "fast" or self.held or len(frames) < LEAST:
            return _parts(self.encoder, frames, self.length)
        self.age += 1
        if self.effort == "high":
            lengths: tuple[int, ...] = (8, 4, 2, 1)
        elif self.age > YOUNG and self.age % EVERY:
            lengths = (self.length,)
        else:
            options = TRIALS[self.length]
            other = options[self.turn % len(options)]
            self.turn += 1
            left, more = self.rests.get(other, (0, 1))
            self.rests[other] = max(0, left - 1), more
            lengths = (self.length,) if left else (self.length, other)
        return self._best_parts(frames, lengths)

    def _interval(self, frames: list[Planes], anew: bool) -> Coded:
        self.known = False
        if anew:  # a new scene may differ; one trial soon tells
            self.age, self.rests = min(self.age, 1), {}
        anchor, quick = self.encoder.anchor, self.effort == "fast"
        if self.encoder.camera is not None and (made := self._on_camera(frames, anew)):
            return made
        if anew or anchor is None or self.intervals >= self.fresh_every \
                or _change(frames[-1][0], anchor[0]) > self.still:
            return self._anew(frames)
        on = [self.encoder.encode(frames, False, anchored=True)]
        if not quick and not self.sure:
            after, kept = self.encoder.snapshot(), self.encoder.anchor
            off = self._start(frames)
            if np.argmin(self._costs(frames, [(CHUNK, on), (CHUNK, off)])):
                self.intervals = 1
                return off
            self.sure = coded_bytes(on) < SURE * coded_bytes(off)
            self.encoder.restore(after)
            self.encoder.anchor = kept
        self.intervals += 1
        return on

    def _on_camera(self, frames: list[Planes], anew: bool) -> Coded | None:
        """The interval on the picture of the camera; None where it has changed too much or another start is better."""
        quick, encoder, last = self.effort == "fast", self.encoder, frames[-1][0]
        assert encoder.camera is not None
        seen = _change(last, encoder.camera(0))
        if seen > self.seen:
            return None
        leans = not anew and encoder.anchor is not None and self.intervals < self.fresh_every
        if leans and encoder.anchor is not None and _change(last, encoder.anchor[0]) < seen:
            return None
        tried = not quick and not (self.sure and self.intervals % AGAIN)
        on = self._best(frames, self._openings(frames), self._lean)
        if tried:
            if last.size <= LARGE:
                on = self._other_grain(frames, on)
            if seen < CALM:
                self.intervals, self.sure = self.intervals + 1, True
                return on
            after, kept, learnt = encoder.snapshot(), encoder.anchor, self.state()
            off = self._start(frames)
            costs = self._costs(frames, [(CHUNK, on), (CHUNK, off)], (LASTING, LASTING))
            if costs[1] < costs[0]:
                self.intervals, self.sure = 1, False
                return off
            encoder.restore(after)
            encoder.anchor = kept
            self.take_up(learnt)
            self.sure = bool(costs[1] > costs[0] + CLEAR)
        self.intervals += 1
        return on

    def _other_grain(self, frames: list[Planes], on: Coded) -> Coded:
        """The better of this and of the same with finer first slices, or coarser ones."""
        after, learnt, self.finer = self.encoder.snapshot(), self.state(), not self.finer
        other = self._lean(frames, self.length)
        if np.argmin(self._costs(frames, [(CHUNK, on), (CHUNK, other)], (LASTING, LASTING))):
            return other
        self.encoder.restore(after)
        self.take_up(learnt)
        return on

    def _lean(self, frames: list[Planes], length: int) -> Coded:
        parts = [frames[:_first(frames, length)]]

        def code(part: list[Planes], begins: bool, guess: int) -> tuple[CodedChunk, list[Planes]]:
            return self.encoder.encode(part, False, grain=Grain(guess, self.finer, first=1), camera=True)
        return self._coloured(parts, 2, code) + _parts(self.encoder, frames[len(parts[0]):], length)

    def _coloured(self, parts: list[list[Planes]], rounds: int, code: Begin) -> Coded:
        """The parts that an interval begins with. How fine colour is coded follows from what is left of the error: a first guess is made
        good by coding once more."""
        made: Coded = []
        for _ in range(rounds):
            guess, sources, made = self.chroma, [], []
            for part in parts:
                made.append(code(part, not made, guess))
                sources += [self.encoder.sources[t] for t in range(len(part))]
            self.chroma = chroma(sources, made, guess)
            if abs(self.chroma - guess) < 2:
                break
        return made

    def settled(self, frames: list[Planes], after: list[Planes]) -> bool:
        """Whether a screen shows a page that the last key chunk did not have and that stands still, here and in the frames `after`. Said
        once of each page, unless a key interval begins."""
        anchor = self.encoder.anchor
        there = self.effort != "fast" and len(frames) >= LEAST and anchor is not None and _stays(frames, after) \
            and _change(frames[-1][0], anchor[0]) > RENEWED
        new, self.known = there and not self.known, there
        return new

    def cut(self, frames: list[Planes], after: Sequence[Planes] = (), left: int = 0) -> Coded:
        """Frames within a key interval before which a scene cut was seen, or which have `settled`: a key chunk, or, where the codec sees no
        cut (a window that opens, a page that goes dark) and it is clearly better, a chunk like any other.

        after: frames that follow within the scene; left: frames after which the next key interval begins if none does here. Where a page
        stays, what a key chunk costs now is saved then. A key chunk leaves everything as if it had never been in question, so that a
        resumed run may begin there.
        """
        if self.effort == "fast":
            return self.encode(frames, True)
        encoder, before, start, anchor, known = self.encoder, self.state(), self.encoder.snapshot(), self.encoder.anchor, self.known
        on = self._within(frames)
        after_on, learnt = encoder.snapshot(), self.state()
        encoder.restore(start)
        self.take_up(before)
        off = self._interval(frames, True)
        lasting = (STAYS, min(STAYS, left)) if _stays(frames, after) else (len(frames),) * 2
        costs = self._costs(frames, [(CHUNK, off), (CHUNK, on)], [max(1.0, n / len(frames)) for n in lasting])
        if costs[1] > costs[0] - CLEAR:
            return off
        encoder.restore(after_on)
        encoder.anchor = anchor
        self.take_up(learnt)
        self.known = known
        return on

    def _anew(self, frames: list[Planes]) -> Coded:
        self.intervals, self.sure = 1, False
        return self._start(frames)

    def _start(self, frames: list[Planes]) -> Coded:
        """A key chunk, or several chunks where short ones are in use. Where a stream begins, and now and then, two lengths are tried."""
        fine = len(frames) >= CHUNK and _unchanged(frames[0][0], frames[-1][0]) > SCREEN
        if fine:  # pays later than a trial can see
            return self._begin(frames, self.length, fine)
        return self._best(frames, self._openings(frames), self._begin)

    def _openings(self, frames: list[Planes]) -> tuple[int, ...]:
        """Lengths to try where an interval begins."""
        if self.effort == "fast" or self.held or len(frames) < CHUNK:
            return self.length,
        other, self.starts = OPENINGS[self.length], self.starts + 1
        tried = self.effort == "high" or (self.starts - 1) % EVERY == 0
        return (self.length, other) if tried else (self.length,)

    def _begin(self, frames: list[Planes], length: int, fine: bool = False) -> Coded:
        first = _first(frames, length)
        # short chunks follow a first slice that is by itself: then theirs, too, end where those of eight do
        parts = [frames[:1], frames[1:1 + length]] if len(frames) == LONGEST > first else [frames[:first]]

        def code(part: list[Planes], begins: bool, guess: int) -> tuple[CodedChunk, list[Planes]]:
            return self.encoder.encode(part, begins, grain=Grain(guess, fine))
        return self._coloured(parts, 3, code) + _parts(self.encoder, frames[sum(map(len, parts)):], length)

    def _best(self, frames: list[Planes], lengths: tuple[int, ...], make: Callable[[list[Planes], int], Coded]) -> Coded:
        if len(lengths) == 1:
            return make(frames, lengths[0])
        before = self.encoder.snapshot()
        options: list[Option] = []
        for n in lengths:
            self.encoder.restore(before)
            options.append((n, make(frames, n), self.encoder.snapshot(), self.encoder.anchor))
        return self._taken(frames, lengths, options)

    def _best_parts(self, frames: list[Planes], lengths: tuple[int, ...]) -> Coded:
        """The same for frames within an interval, where ways of coding do not need each other: all at the same time."""
        def one(way: tuple[int, ChunkEncoder]) -> Option:
            n, encoder = way
            return n, _parts(encoder, frames, n), encoder.snapshot(), encoder.anchor

        if len(lengths) == 1:
            return _parts(self.encoder, frames, lengths[0])
        encoders = [self.encoder, *(self.encoder.twin() for _ in lengths[1:])]
        return self._taken(frames, lengths, map_slices(one, zip(lengths, encoders, strict=True)))

    def _taken(self, frames: list[Planes], lengths: tuple[int, ...], options: list[Option]) -> Coded:
        """The cheapest option, and what is learnt from it."""
        costs = self._costs(frames, [(n, coded) for n, coded, *_ in options])
        n, coded, after, self.encoder.anchor = options[int(np.argmin(costs))]
        self.encoder.restore(after)
        if n != self.length:
            self.length, self.turn, self.age = n, 0, min(self.age, YOUNG - 1)
        for other in lengths[1:]:
            more = self.rests.get(other, (0, 1))[1]
            self.rests[other] = (0, 1) if other == n else (more, 2 * more)
        return coded

    def _costs(self, frames: list[Planes], options: list[tuple[int, Coded]], lasting: Sequence[float] = ()) -> list[float]:
        """Error and bits of each option, at the price of this quality, in shares of the error. lasting: how many times as many frames as
        these will show each one's error, if not once.

        Error is counted as mean PSNR counts it, by its logarithm: options spread it differently over the frames.
        """
        logs = [_log_error(frames, coded) for _, coded in options]
        typical = float(np.exp(logs[0][0]))  # squared error of a luma plane; turns logarithms into squared errors and back
        costs = []
        for (n, coded), (y, u, v), times in zip(options, logs, lasting or [1.0] * len(options), strict=True):
            bits = SLOPE * lagrangian(self.encoder.quality) * 8 * coded_bytes(coded) / (times * len(frames) * typical)
            costs.append((6 * y + u + v) / 6 + bits + (0.0 if n == CHUNK else MARGIN))
        return costs


def _first(frames: list[Planes], length: int) -> int:
    """Frames of the first of chunks of `length`: where eight are usual, a ninth is in it."""
    return LONGEST if length == CHUNK and len(frames) == LONGEST else length


def _parts(encoder: ChunkEncoder, frames: list[Planes], length: int) -> Coded:
    parts = []
    while frames:
        n = _first(frames, length)
        parts.append(frames[:n])
        frames = frames[n:]
    return encode_each(encoder, parts)


def coded_bytes(coded: Coded) -> int:
    """What the container will roughly hold of them."""
    return sum(OVERHEAD + sum(len(data) for tile in chunk.payloads for data in tile) for chunk, _ in coded)


def _change(luma: np.ndarray, reference: Reference | None) -> float:
    return math.inf if reference is None else change(luma, reference.planes[0])


def change(luma: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference from another picture over that from the mean of the 16x16 block around: well under 1 where the scene stood
    still."""
    a = _blocks(luma)
    if not a.size:
        return math.inf
    b = _blocks(other[:luma.shape[0], :luma.shape[1]])
    detail = float(np.abs(a - a.mean((1, 3), keepdims=True)).mean())
    return float(np.abs(a - b).mean()) / max(detail, 0.5)


def chroma(frames: list[Planes], coded: Coded, used: int) -> int:
    """Number in CHROMA that suits footage which left these errors with steps number `used`. frames: as they were coded, for no step mends
    what the filter of noise took.

    (6 Y + U + V) / 8 of PSNRs gains as much from a bit of colour as from one of luma where squared steps are as 1.5 times the squared
    errors: little colour, little error, fine steps.
    """
    logs = _log_error(frames, coded)
    luma, colour = float(np.exp(logs[0])), [float(np.exp(v)) for v in logs[1:]]
    if max(colour) < 2:  # none
        return used
    # errors are sums over planes, those of chroma a quarter of the size
    factor = EASED * math.sqrt(1.5 * 4 / luma * 2 / (1 / colour[0] + 1 / colour[1]))
    return int(np.argmin([abs(math.log(f / factor)) for f in CHROMA]))


def _unchanged(first: np.ndarray, last: np.ndarray) -> float:
    """Share of the detail (mean absolute difference from the mean of 16x16 blocks) that lies in blocks that are the same in both pictures
    but for 0.3 grey steps in the mean."""
    a, b = _blocks(first), _blocks(last)
    if not a.size:
        return 0.0
    detail = np.abs(a - a.mean((1, 3), keepdims=True)).mean((1, 3))
    same = np.abs(a - b).mean((1, 3)) < SAME
    return float((detail * same).sum() / max(detail.sum(), 1.0))


def _stays(frames: Sequence[Planes], after: Sequence[Planes]) -> bool:
    """Whether a screen, not a camera, shows the same page in `frames` and on in those `after`."""
    return bool(after) and _unchanged(frames[0][0], after[-1][0]) > SCREEN


def _blocks(luma: np.ndarray) -> np.ndarray:
    h, w = (n // 16 * 16 for n in luma.shape)
    return luma[:h, :w].astype(np.float32).reshape(h // 16, 16, w // 16, 16)


def log_errors(frames: list[Planes], coded: Coded) -> np.ndarray:
    """Logarithms of the squared errors of (Y, U, V), float64 `[frames, 3]`."""
    shown = [planes for _, part in coded for planes in part]
    return np.array([[np.log(1.0 + float(np.square(b[:a.shape[0], :a.shape[1]] - a, dtype=np.float32).sum(dtype=np.float64)))
                      for a, b in zip(have, got, strict=True)] for have, got in zip(frames, shown, strict=True)])


def _log_error(frames: list[Planes], coded: Coded) -> np.ndarray:
    """Their mean over frames."""
    return np.mean(log_errors(frames, coded), axis=0)
