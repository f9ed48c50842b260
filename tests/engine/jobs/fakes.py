"""A codec that is quick and simple, on the real container: the jobs are tested here, not the compression."""
from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.api import Frame, SourceInfo
from engine.lzc import ChunkKey, Header, LzcWriter, models_meta, source_meta
from engine.lzc.facts import ModelBinding


@dataclass(frozen=True)
class Settings:
    quality: int = 32
    key_interval: int = 32
    effort: str = "normal"


class Pictures:
    """Frames made from their number; `cuts` start scenes."""

    def __init__(self, frames: int = 40, width: int = 32, height: int = 16, path: str = "fake") -> None:
        self.info = SourceInfo(path, "video", width, height, tuple(range(frames)), Fraction(1, 25), Fraction(25), digest="d" * 64)
        self.closed = False
        self.reads = 0

    def read(self, index: int) -> Frame:
        self.reads += 1
        w, h = self.info.width, self.info.height
        y = np.full((h, w), index * 3 % 256, np.uint8)
        half = np.full((-(-h // 2), -(-w // 2)), 128, np.uint8)
        return Frame(y, half, half, index, self.info.pts[index])

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for index in range(start, self.info.frames if stop is None else stop):
            yield self.read(index)

    def close(self) -> None:
        self.closed = True


class StreamWriter:
    """Payloads as large as the quality says: `size(quality)` bytes a frame, of noise."""

    made: list[StreamWriter] = []
    fault_at: int | None = None     # raise `fault` before writing this frame
    fault: BaseException = OSError(28, "No space left on device")

    @staticmethod
    def size(quality: int, start: int) -> int:
        return int(40 * 1.08 ** quality)

    def __init__(self, out: Path, info: SourceInfo, settings: Any, model: Any, *, audio: Any = None, resume: bool = True,
                 camera: Any = None) -> None:
        binding = {"codec": ModelBinding("fake", "0" * 64, "1" * 64)}
        header = Header({"source": source_meta(info), "models": models_meta(binding), "quality": settings.quality}, ())
        self.info, self.settings, self.out = info, settings, out
        self._writer = LzcWriter(out, header, resume=resume)
        self.committed_frames = int((self._writer.note or {}).get("frames", 0))
        self.began_at = self.committed_frames
        self.cuts: list[int] = []
        self.sizes: list[int] = []
        StreamWriter.made.append(self)

    def holds(self, key: ChunkKey) -> bool:
        return key in self._writer.committed

    def write_chunk(self, frames: list[Frame], cut: bool, before: Sequence[Frame] = (), after: Sequence[Frame] = ()) -> None:
        assert 0 < len(frames) <= 9
        if self.fault_at is not None and self.committed_frames + len(frames) > self.fault_at:
            raise self.fault
        if cut:
            self.cuts.append(self.committed_frames)
        self.sizes.append(len(frames))
        rng = np.random.default_rng(zlib.crc32(frames[0].y.tobytes()))
        size = sum(self.size(self.settings.quality, frame.index) for frame in frames)
        self._writer.add(ChunkKey("VIDC", time=self.committed_frames), rng.bytes(size))
        done = self.committed_frames + len(frames)
        self._writer.checkpoint({"frames": done})
        self.committed_frames = done

    def finish(self) -> dict[str, Any]:
        self._writer.finish({"frames": self.committed_frames})
        return {"codec": "fake"}

    def abort(self, keep: bool = False) -> None:
        self._writer.abort(keep=keep)


def install(monkeypatch: pytest.MonkeyPatch, pictures: Pictures) -> None:
    """The fake source and codec in place of the real ones, for one test."""
    import engine.lorentzian
    import engine.opening

    StreamWriter.made, StreamWriter.fault_at, StreamWriter.fault = [], None, OSError(28, "No space left on device")
    monkeypatch.setattr(engine.opening, "open_source", lambda path: pictures)
    for name, value in (("VideoStreamWriter", StreamWriter), ("CodecSettings", Settings), ("load_codec", lambda device="auto": "model")):
        monkeypatch.setattr(engine.lorentzian, name, value, raising=False)
