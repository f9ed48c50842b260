"""Recorded pictures of a source at every level: decoded once, reduced by 2 x 2 area means where no level is stored, kept in the cache."""
from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from engine.api import EngineError, Frame, FrameSource, LevelledSource, LzcError, SourceInfo

from .cache import TileCache, TileKey, opened

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


class LevelPicture(Protocol):
    """One level of one frame. Sizes are of luma and even; chroma has half of them."""

    @property
    def level(self) -> int: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def region(self, x0: int, y0: int, x1: int, y1: int) -> Planes:
        """y `[y1-y0, x1-x0]` and u, v of half the size, in grey steps (0..255); even numbers inside the picture."""


@dataclass(frozen=True, eq=False)
class RecordedPicture:
    """A whole recorded level: luma padded to even size by its edge pixel; stored value times `scale` is in grey steps."""

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    level: int
    scale: float

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        return int(self.y.shape[0])

    @property
    def size(self) -> int:
        """Bytes held."""
        return int(self.y.nbytes + self.u.nbytes + self.v.nbytes)

    def region(self, x0: int, y0: int, x1: int, y1: int) -> Planes:
        parts = (self.y[y0:y1, x0:x1], self.u[y0 // 2:y1 // 2, x0 // 2:x1 // 2], self.v[y0 // 2:y1 // 2, x0 // 2:x1 // 2])
        if self.scale == 1.0:
            return parts
        y, u, v = (part * np.float32(self.scale) for part in parts)
        return y, u, v


def _even(plane: np.ndarray) -> np.ndarray:
    h, w = plane.shape
    return plane if h % 2 == 0 and w % 2 == 0 else np.pad(plane, ((0, h % 2), (0, w % 2)), mode="edge")


def from_frame(frame: Frame, level: int) -> RecordedPicture:
    """A decoded frame as a level. EngineError when its planes do not belong together."""
    y = _even(frame.y)
    half = (y.shape[0] // 2, y.shape[1] // 2)
    if frame.u.shape != half or frame.v.shape != half:
        raise EngineError(f"frame {frame.index} has planes that do not belong together", hint="the file is damaged")
    return RecordedPicture(y, frame.u, frame.v, level, 2.0 ** (8 - frame.bit_depth))


def _halved(plane: np.ndarray) -> np.ndarray:
    p = _even(plane)
    wide = np.uint32 if p.dtype.kind == "u" else np.float32
    total = p[0::2, 0::2].astype(wide)
    for part in (p[0::2, 1::2], p[1::2, 0::2], p[1::2, 1::2]):
        total += part
    return total.astype(np.float32) * np.float32(0.25)


def reduced(picture: RecordedPicture) -> RecordedPicture:
    """The next coarser level by 2 x 2 area means, not rounded."""
    return RecordedPicture(_even(_halved(picture.y)), _halved(picture.u), _halved(picture.v), picture.level + 1, picture.scale)


R = TypeVar("R")


class Decode(Protocol):
    """Runs what takes long, see `reading.Reads.run`."""

    def __call__(self, key: Hashable, work: Callable[[], R], check: Callable[[], None]) -> R: ...


def at_once(key: Hashable, work: Callable[[], R], check: Callable[[], None]) -> R:
    """Decoding on the thread that asks, as exports do it."""
    return work()


class Pictures:
    """Gives recorded levels of frames, from the cache where they are there. `decode` runs what takes long."""

    def __init__(self, cache: TileCache, decode: Decode = at_once) -> None:
        self.cache, self.decode = cache, decode
        self.notes: dict[str, list[str]] = {}  # by the name of the source in keys
        self.fed = False  # somebody decodes frames and offers them

    def take_notes(self, info: SourceInfo) -> list[str]:
        """What a person should know of the pictures of a source given so far, each thing once."""
        return self.notes.pop(opened(info), [])

    def offer(self, info: SourceInfo, frame: Frame) -> None:
        """Keeps a frame that somebody else has decoded (the player), so that a zoom of it starts at once."""
        self.fed = True
        self._keep(info, frame.index, from_frame(frame, 0))

    def at_hand(self, info: SourceInfo, frame: int, level: int) -> RecordedPicture | None:
        """What the cache holds of this frame: the wanted level, else the next finer, else the next coarser one, else None."""
        for candidate in (*range(level, -1, -1), *range(level + 1, level + 9)):
            found = self.cache.get(TileKey(opened(info), frame, candidate))
            if isinstance(found, RecordedPicture):
                return found
        return None

    def get(self, source: FrameSource, frame: int, level: int, check: Callable[[], None] = lambda: None) -> RecordedPicture:
        """The level, or where a damaged file has lost it, the finest coarser stored one. MediaError / LzcError when there is none.
        `check` is called while it is decoded, and may end the waiting for it."""
        info = source.info
        found = self.cache.get(TileKey(opened(info), frame, level))
        if isinstance(found, RecordedPicture):
            return found
        stored = info.levels if isinstance(source, LevelledSource) else 1
        if level >= stored:
            finer = self.get(source, frame, level - 1, check)
            return self._keep(info, frame, reduced(finer)) if finer.level == level - 1 else finer
        try:
            return self.decode((id(source), frame, level), lambda: self._read(source, frame, level, stored), check)
        except LzcError:
            if level + 1 >= stored:
                raise
            coarser = self.get(source, frame, level + 1, check)
            note = f"level {level} of frame {frame} is lost; level {coarser.level} is shown"
            notes = self.notes.setdefault(opened(info), [])
            if note not in notes:
                notes.append(note)
            return coarser
        except IndexError:
            raise EngineError(f"there is no frame {frame}", where=info.path, hint=f"frames are 0 to {info.frames - 1}") from None

    def _read(self, source: FrameSource, frame: int, level: int, stored: int) -> RecordedPicture:
        """Decodes and keeps it, whether somebody still waits for it or not."""
        decoded = source.read_level(frame, level) if stored > 1 and isinstance(source, LevelledSource) else source.read(frame)
        return self._keep(source.info, frame, from_frame(decoded, level))

    def _keep(self, info: SourceInfo, frame: int, picture: RecordedPicture) -> RecordedPicture:
        self.cache.put(TileKey(opened(info), frame, picture.level), picture, picture.size)
        return picture
