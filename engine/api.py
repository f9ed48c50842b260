"""The language both sides of the program speak: frozen requests and responses, and one family of errors.

Nothing here computes. Every floor of `engine/` and all of `app/` may import this module; it imports only numpy.

Conventions used everywhere:
- A picture is planar YUV 4:2:0, upright (rotation already applied), y `[H, W]`, u and v `[ceil(H/2), ceil(W/2)]`.
- A region is `(x, y, w, h)` in source pixels of the upright full-size frame, floats allowed, origin top left.
- Level 0 is full size, level 1 half of it in each direction, level 2 a quarter; negative levels were never recorded.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

import numpy as np

Roi = tuple[float, float, float, float]


class EngineError(Exception):
    """One clear line for a person: what went wrong, where, and what to do. `str()` gives the line."""

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(": ".join(p for p in (where, what) if p) + (f" ({hint})" if hint else ""))


class MediaError(EngineError):
    """A source cannot be read or an output cannot be written."""


class LzcError(EngineError):
    """A `.lzc` file is damaged, unknown or hostile. `offset` is in bytes, `chunk` names the chunk concerned."""

    def __init__(self, what: str, *, where: str = "", hint: str = "", offset: int = -1, chunk: str = "") -> None:
        self.offset, self.chunk = offset, chunk
        place = " ".join(p for p in (f"at byte {offset}" if offset >= 0 else "", f"in {chunk}" if chunk else "") if p)
        super().__init__(f"{what} {place}".strip(), where=where, hint=hint)


class ModelError(EngineError):
    """Weights are missing, damaged, or not the ones a file was made with."""


class JobError(EngineError):
    """A job cannot go on: output equals input, no space, no permission."""


class Cancelled(EngineError):
    """The person (or a newer request) stopped this work; nothing is wrong."""

    def __init__(self, what: str = "cancelled") -> None:
        super().__init__(what)


@contextmanager
def located(path: str | os.PathLike[str]) -> Iterator[None]:
    """What goes wrong inside is said to have gone wrong at `path`, unless it says itself where."""
    try:
        yield
    except EngineError as fault:
        if fault.where or isinstance(fault, Cancelled):
            raise
        raise type(fault)(fault.what, where=os.fspath(path), hint=fault.hint) from fault


class Provenance(IntEnum):
    """Where a pixel comes from. Every pixel on screen and in an export is exactly one of these."""

    CODED = 0         # decoder output of recorded data, at its own resolution or reduced
    RESTORED = 1      # changed by the correlation network
    INTERPOLATED = 2  # resampled between recorded pixels: magnified, nothing added
    SYNTHESISED = 3   # made by the diffusor


@dataclass(frozen=True)
class Colour:
    """H.273 code points as carried by the source; 2 means unspecified. `full` is the sample range."""

    full: bool = False
    matrix: int = 2
    primaries: int = 2
    transfer: int = 2


@dataclass(frozen=True)
class SourceInfo:
    """What is known of a source without decoding it again. Sizes are of the upright picture."""

    path: str
    kind: str                      # "video", "images" or "lzc"
    width: int
    height: int
    pts: tuple[int, ...]           # one time stamp per frame, in units of time_base, strictly rising
    time_base: Fraction
    rate: Fraction                 # nominal frames per second
    bit_depth: int = 8             # 8 or 10
    colour: Colour = Colour()
    sample_aspect: Fraction = Fraction(1)
    rotation: int = 0              # degrees clockwise that were applied to make frames upright
    has_audio: bool = False
    digest: str = ""               # SHA-256 (hex) of the source file or of the listing of a folder
    notes: tuple[str, ...] = ()    # what a person should know, e.g. "4:2:2 reduced to 4:2:0", "damaged after frame 80"
    levels: int = 1                # stored pyramid levels (1 for ordinary video)
    stamp: tuple[int, int] = field(default=(0, 0), compare=False)  # of a .lzc, whose digest is its source's: its own time and size

    @property
    def frames(self) -> int:
        return len(self.pts)

    def seconds(self, index: int) -> float:
        """Time of frame `index` from the first frame, in seconds."""
        return float((self.pts[index] - self.pts[0]) * self.time_base)


@dataclass(frozen=True, eq=False)
class Frame:
    """One upright picture: y `[H, W]`, u, v `[ceil(H/2), ceil(W/2)]`, uint8 (8 bit) or uint16 (10 bit), C-contiguous.

    provenance: what most of its pixels are; anything but CODED stands in for a frame that was never recorded or is lost."""

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    index: int = 0
    pts: int = 0
    bit_depth: int = 8
    provenance: Provenance = Provenance.CODED

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        return int(self.y.shape[0])


@runtime_checkable
class FrameSource(Protocol):
    """Frame-exact reading, one suite of tests over all back ends (video file, image folder, `.lzc`)."""

    @property
    def info(self) -> SourceInfo: ...

    def read(self, index: int) -> Frame:
        """The frame decoded at `index` (0-based). IndexError outside `0 <= index < info.frames`, MediaError / LzcError if lost."""

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames `start <= index < stop` in order."""

    def close(self) -> None: ...


@runtime_checkable
class LevelledSource(FrameSource, Protocol):
    """A source with a stored pyramid."""

    def read_level(self, index: int, level: int) -> Frame:
        """Frame `index` at `level` (0 full, 1 half, 2 quarter): y is `[ceil(H / 2^level), ceil(W / 2^level)]`."""


@runtime_checkable
class RegionSource(Protocol):
    """A source that decodes a part of a picture by itself, for less than the whole."""

    def read_region(self, index: int, box: tuple[int, int, int, int], level: int = 0) -> Frame:
        """The part `box` (x, y, w, h; even numbers, but for an end at the edge of the picture) of a level: at most a grey step from the
        same place of the whole picture."""


@runtime_checkable
class ShuttleSource(Protocol):
    """A source that can pass over most of what it holds."""

    def shuttle(self, start: int, step: int, level: int = 0) -> Generator[Frame, None, None]:
        """About every `abs(step)`-th frame from `start` on, backwards where `step` is negative; whichever of them are quick to decode."""


class Stage(IntEnum):
    """How far a tile has come; a later stage replaces an earlier one at the same place."""

    COARSE = 0       # at once: the best that is at hand, resampled
    RECORDED = 1     # recorded detail of the right level
    RESTORED = 2
    SYNTHESISED = 3  # beyond the record
    REFINED = 4      # mean of samples, with uncertainty


@dataclass(frozen=True)
class Look:
    """How a view is shown, beyond what its pixels are: view only, see `engine.zoom.looks`. contrast about mid grey and gamma: 0.25 to 4,
    1 leaves all as it is; sharpen 0 to 3 and denoise 0 to 1, 0 is off."""

    contrast: float = 1.0
    gamma: float = 1.0
    sharpen: float = 0.0
    denoise: float = 0.0


AS_IT_IS = Look()


@dataclass(frozen=True)
class ZoomRequest:
    """What a view wants to show. A newer request for the same view makes this one stale."""

    id: int
    path: str
    frame: int
    roi: Roi
    viewport: tuple[int, int]      # device pixels (w, h) that the roi fills
    recorded_only: bool = False
    seed: int = 0
    samples: int = 1               # K samples for uncertainty; 1 = one sample only
    level: int | None = None       # lock to this stored level; None lets the controller choose
    response_ms: int = 1000
    look: Look = AS_IT_IS


@dataclass(frozen=True, eq=False)
class TileReady:
    """One finished tile of a view. `rect` is (x, y, w, h) in whole viewport pixels; rgb `[h, w, 3]` uint8;
    provenance `[h, w]` uint8 of `Provenance` values; uncertainty `[h, w]` float32 in grey steps (one sigma) or None."""

    id: int
    rect: tuple[int, int, int, int]
    rgb: np.ndarray
    provenance: np.ndarray
    stage: Stage
    level: int
    uncertainty: np.ndarray | None = None


@dataclass(frozen=True)
class ZoomDone:
    """All tiles of a request are out. `stages_ms` maps stage name to the time its last tile was ready ("near": the view from a
    part of the picture, before its stage "recorded")."""

    id: int
    tiles: int
    stages_ms: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class ZoomFailed:
    id: int
    message: str


@dataclass(frozen=True)
class Progress:
    """One step of a job. Every yield of a job is a place to pause, cancel and report."""

    done: int
    total: int
    label: str = ""
    bytes_out: int = 0


@dataclass(frozen=True)
class JobResult:
    """What a job made. `facts` is JSON-able and is what `--json` prints."""

    outputs: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


CancelCheck = Callable[[], bool]
