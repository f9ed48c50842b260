"""Frames out: `.mp4` and `.mkv` (H.264, with the sound as it was), `.y4m` (raw, bit exact), `.png` (pictures in a folder)."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.api import Frame, MediaError, SourceInfo
from engine.media.audio import AudioTrack

ENDINGS = (".mp4", ".mkv", ".y4m", ".png")

OnFrame = Callable[[int], None]


@dataclass(frozen=True)
class WriteResult:
    """What was written. `paths`: the file, or the pictures in order. `notes`: what a person should know of what could not be kept."""

    paths: tuple[str, ...]
    frames: int
    notes: tuple[str, ...] = ()
    sound: bool = False


@dataclass(frozen=True)
class Timed:
    """A frame and its time stamp, strictly rising, in units of the info's time base."""

    frame: Frame
    pts: int
    count: int  # frames before this one


def write_video(path: str | os.PathLike[str], frames: Iterable[Frame], info: SourceInfo, audio: AudioTrack | None = None,
                on_frame: OnFrame | None = None, *, crf: int = 16, preset: str = "medium") -> WriteResult:
    """Write `frames` (all of one size and depth, which may be smaller than in `info`) to `path`, by its ending.

    Time stamps, colour, aspect and sound come from `frames`, `info` and `audio`; frames that begin after the start of the clip keep
    their place against the sound. `on_frame(done)` is called after each frame; whatever it raises stops the work. Nothing half-written
    is left under the final name, whatever happens. `crf` 0 is lossless H.264. MediaError in one line."""
    from engine.media import encode, raw
    target = Path(path)
    ending = target.suffix.lower()
    done = on_frame or (lambda count: None)
    if ending in (".mp4", ".mkv"):
        return encode.write(target, frames, info, audio, done, crf, preset)
    if ending == ".y4m":
        return raw.write_y4m(target, frames, info, audio, done)
    if ending == ".png" or (ending == "" and target.is_dir()):
        return raw.write_png(target, frames, info, audio, done)
    raise MediaError(f"no way to write {ending or 'a file without an ending'}", where=str(target), hint="use " + ", ".join(ENDINGS))


def timed(frames: Iterable[Frame], info: SourceInfo, where: Path) -> Iterator[Timed]:
    """Frames with strictly rising time stamps. Checks that all have the size and depth of the first. MediaError where there are none."""
    first: Frame | None = None
    last = 0
    step = max(1, round(1 / (info.rate * info.time_base)))
    for count, frame in enumerate(frames):
        if first is None:
            first, pts = frame, frame.pts
        elif frame.y.shape != first.y.shape or frame.bit_depth != first.bit_depth:
            raise MediaError(f"frame {frame.index} is {frame.width}x{frame.height}, the first was {first.width}x{first.height}",
                             where=str(where))
        else:
            pts = frame.pts if frame.pts > last else last + step
        last = pts
        yield Timed(frame, pts, count)
    if first is None:
        raise MediaError("there are no frames to write", where=str(where))
