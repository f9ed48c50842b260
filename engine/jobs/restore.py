"""Restore: a `.lzc` file becomes ordinary video, raw video or a folder of pictures."""
from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.api import Frame, JobError, JobResult, LevelledSource, Progress, SourceInfo
from engine.jobs.checks import check_input, check_output, check_space
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import Job
from engine.jobs.stepped import Report, stepped

ENDINGS = (".mp4", ".mkv", ".y4m", ".png")


def restore_job(source: str | Path, out: str | Path, *, level: int = 0, frames: tuple[int, int | None] = (0, None)) -> Job:
    """Writes frames `frames[0] <= i < frames[1]` of the `.lzc` file `source` at pyramid `level` to `out`, by its ending.

    `.y4m` and `.png` carry the decoder's output unchanged (`.png` converts colours). Sound goes with whole restores only.
    Raises `EngineError`; nothing but a finished output ever has the name `out`.
    """
    given = check_input(source)
    target = check_output(out, given, endings=ENDINGS)
    from engine.opening import is_lzc

    if given.is_dir() or not is_lzc(given):
        raise JobError("this is not a .lzc file", where=str(source), hint="restore reads what compress has written")
    from engine.lorentzian import LzcSource

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
        whole = (start, stop) == (0, info.frames)
        shown = at_level(info, level, start, stop)
        check_space(target.parent, least_bytes(shown, target.suffix.lower()))
        audio = recording.audio() if whole and info.has_audio and target.suffix.lower() in (".mp4", ".mkv") else None

        def work(report: Report) -> None:
            _write(recording, target, shown, audio, level, start, report)

        with one_clear_line(target.parent):
            yield from stepped(work)
        facts: dict[str, Any] = {
            "input": str(source), "output": str(out), "frames": shown.frames, "first_frame": start, "level": level,
            "width": shown.width, "height": shown.height, "sound": audio is not None, "damage": list(recording.damage),
            "notes": list(info.notes)}
        return JobResult((str(target),), facts)
    finally:
        recording.close()


def at_level(info: SourceInfo, level: int, start: int, stop: int) -> SourceInfo:
    """What is known of frames `start <= i < stop` at `level`."""
    return replace(info, width=-(-info.width >> level), height=-(-info.height >> level), pts=info.pts[start:stop])


def least_bytes(info: SourceInfo, ending: str) -> int:
    """Bytes the output has at least: exact for raw video, deliberately low for coded video and pictures."""
    samples = info.width * info.height + 2 * math.ceil(info.width / 2) * math.ceil(info.height / 2)
    raw = info.frames * samples * (2 if info.bit_depth > 8 else 1)
    if ending == ".y4m":
        return raw
    return raw // (10 if ending == ".png" else 200)


def _write(recording: LevelledSource, target: Path, info: SourceInfo, audio: Any, level: int, start: int, report: Report) -> None:
    from engine.media import write_video

    done = 0

    def told(*_: object) -> None:
        nonlocal done
        done += 1
        report(Progress(done, info.frames, "restore"))

    write_video(target, _frames(recording, level, start, start + info.frames), info, audio, told)


def _frames(recording: LevelledSource, level: int, start: int, stop: int) -> Iterator[Frame]:
    if level == 0:
        yield from (replace(frame, index=frame.index - start) for frame in recording.frames(start, stop))
        return
    for index in range(start, stop):
        yield replace(recording.read_level(index, level), index=index - start)
