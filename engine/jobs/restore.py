"""Restore: a `.lzc` file becomes ordinary video, raw video or a folder of pictures."""
from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api import Frame, JobError, JobResult, LzcError, MediaError, ModelError, Progress, SourceInfo
from engine.jobs.checks import check_input, check_output, check_space, is_lzc
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import Job
from engine.jobs.stepped import Report, stepped

if TYPE_CHECKING:
    from engine.lorentzian import LzcSource
    from engine.media import AudioTrack, WriteResult
    from engine.restoring import RestoredSource

ENDINGS = (".mp4", ".mkv", ".y4m", ".png")


def restore_job(source: str | Path, out: str | Path, *, level: int = 0, frames: tuple[int, int | None] = (0, None),
                correlation: bool = True) -> Job:
    """Writes frames `frames[0] <= i < frames[1]` of the `.lzc` file `source` at pyramid `level` to `out`, by its ending.

    At level 0 the correlation network restores what compression lost; without `correlation` the decoder's output is what is written.
    `.y4m` and `.png` carry either unchanged (`.png` converts colours). Sound goes with whole restores only.
    Raises `EngineError`; nothing but a finished output ever has the name `out`.
    """
    given = check_input(source)
    target = check_output(out, given, endings=ENDINGS)
    if not is_lzc(given):
        raise JobError("this is not a .lzc file", where=str(source), hint="restore reads what compress has written")
    from engine.lorentzian import LzcSource
    from engine.media import write_video

    recording = LzcSource(given)
    try:
        info = recording.info
        start, stop = frames[0], info.frames if frames[1] is None else min(frames[1], info.frames)
        if start >= info.frames:
            raise JobError(f"there is no frame {start}: the recording has {info.frames}, numbered from 0", where=str(source),
                           hint="name another range")
        if not 0 <= level < info.levels:
            raise JobError(f"there is no level {level}: the recording has levels 0 to {info.levels - 1}", where=str(source),
                           hint="name another")
        shown = at_level(info, level)
        check_space(target.parent, least_bytes(shown, stop - start, target.suffix.lower()))
        audio = None
        notes = list(info.notes)
        if target.suffix.lower() in (".mp4", ".mkv"):
            try:
                audio = stored_sound(given)
            except (LzcError, MediaError):
                notes.append("sound left out: the sound is damaged")
        lost: list[int] = []
        restored, missing = restoring(recording, given) if correlation and level == 0 else (None, [])
        read = partial(recording.frames_at, level) if restored is None else restored.frames

        def work(report: Report) -> WriteResult:
            return write_video(target, whole_frames(read, start, stop, lost), shown, audio,
                               lambda done: report(Progress(done, stop - start, "restore")))

        with one_clear_line(target.parent):
            written = yield from stepped(work)
        return JobResult(written.paths, {
            "input": str(source), "output": str(out), "frames": written.frames, "first_frame": start, "level": level,
            "width": shown.width, "height": shown.height, "sound": written.sound, "lost_frames": lost,
            "correlation": None if restored is None else {"model": restored.model.hash, "windows": len(restored.windows)},
            "damage": list(recording.damage), "notes": [*notes, *written.notes, *missing, *_lost_line(lost)]})
    finally:
        recording.close()


def at_level(info: SourceInfo, level: int) -> SourceInfo:
    """What is known of the recording when it is read at `level`: sizes are rounded up."""
    return replace(info, width=-(-info.width >> level), height=-(-info.height >> level))


def least_bytes(info: SourceInfo, frames: int, ending: str) -> int:
    """Bytes the output has at least: exact for raw video, deliberately low for coded video and pictures."""
    samples = info.width * info.height + 2 * math.ceil(info.width / 2) * math.ceil(info.height / 2)
    raw = frames * samples * (2 if info.bit_depth > 8 else 1)
    if ending == ".y4m":
        return raw
    return raw // (10 if ending == ".png" else 200)


def restoring(recording: LzcSource, path: Path) -> tuple[RestoredSource | None, list[str]]:
    """The recording seen through the correlation network, or None and why not. Where no network is installed, or the writer sent no weights
    for it, nothing is said."""
    from engine.restoring import RestoredSource, load_installed

    try:
        model = load_installed()
        restored = None if model is None else RestoredSource(recording, path, model)
        return (restored if restored is not None and restored.windows else None), []
    except ModelError as error:
        return None, [f"this is the decoder's output, nothing is restored: {error}"]


def whole_frames(read: Callable[[int, int], Iterator[Frame]], start: int, stop: int, lost: list[int]) -> Iterator[Frame]:
    """The frames that can be decoded, as `read` gives them; the numbers of the others go into `lost`. LzcError when none can."""
    index, fault = start, None
    while index < stop:
        try:
            for frame in read(index, stop):
                yield frame
                index = frame.index + 1
        except LzcError as error:
            fault = fault or error
            lost.append(index)
            index += 1
    if fault is not None and len(lost) == stop - start:
        raise fault


def stored_sound(path: Path) -> AudioTrack | None:
    """The sound that a `.lzc` file carries, None without. MediaError / LzcError when it is damaged."""
    from engine.lzc import LzcReader
    from engine.media import AudioTrack

    with LzcReader(path) as file:
        keys = [key for key in file.keys if key.type == "AUDP"]
        return AudioTrack.from_bytes(b"".join(file.read(key) for key in keys)) if keys else None


def _lost_line(lost: list[int]) -> list[str]:
    if not lost:
        return []
    return [f"{len(lost)} frames are lost and left out, the first is frame {lost[0]}"]
