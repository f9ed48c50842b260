"""Of a source with damage, the frames that can be decoded: what is lost is left out, and said."""
from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

from engine.api import EngineError, Frame, FrameSource, MediaError, Progress, SourceInfo


class WholeFrames:
    """A `FrameSource` of all frames of `source` but those in `lost`, numbered anew; each keeps its time, so sound stays in step."""

    def __init__(self, source: FrameSource, lost: list[int]) -> None:
        given, gone = source.info, set(lost)
        self._source, self._kept = source, [i for i in range(given.frames) if i not in gone]
        notes = (*given.notes, f"{len(lost)} frames cannot be decoded and are left out, the first is frame {lost[0]}")
        self._info = replace(given, pts=tuple(given.pts[i] for i in self._kept), notes=notes)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self, index: int) -> Frame:
        if not 0 <= index < len(self._kept):
            raise IndexError(f"frame {index} is outside 0 ... {len(self._kept) - 1}")
        return replace(self._source.read(self._kept[index]), index=index)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        at, end = max(0, start), min(len(self._kept), len(self._kept) if stop is None else stop)
        while at < end:
            first, run = self._kept[at], 1
            while at + run < end and self._kept[at + run] == first + run:
                run += 1
            for number, frame in enumerate(self._source.frames(first, first + run)):
                yield replace(frame, index=at + number)
            at += run

    def close(self) -> None:
        self._source.close()


def left_out_before(target: Path) -> bool:
    """Whether the unfinished file of `target`, if there is one, was begun without frames that are lost."""
    from engine.lzc import LzcReader

    try:
        with LzcReader(Path(f"{target}.part")) as reader:
            notes = (reader.header.meta.get("source") or {}).get("notes", [])
            return any("are left out, the first is frame" in str(note) for note in notes)
    except (EngineError, AttributeError, TypeError):
        return False


def without_lost(source: FrameSource) -> Generator[Progress, None, WholeFrames | None]:
    """`source` without the frames that cannot be decoded; None where there are no such frames, or no others."""
    lost, count = [], source.info.frames
    for index in range(count):
        try:
            source.read(index)
        except MediaError:
            lost.append(index)
        yield Progress(index + 1, count, "look for damage")
    return WholeFrames(source, lost) if 0 < len(lost) < count else None
