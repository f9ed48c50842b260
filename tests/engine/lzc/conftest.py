"""Small files that the container tests share."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from engine.api import Colour, SourceInfo
from engine.lzc import ChunkKey, Header, LzcWriter, ModelBinding, Stream, encode_times, models_meta, source_meta


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Made:
    """A file and what went into it. `part` is what lay on the disk before it was finished."""

    header: Header
    chunks: dict[ChunkKey, bytes]
    data: bytes
    part: bytes


def video_header(frames: int = 24) -> Header:
    info = SourceInfo("/films/clip.mp4", "video", 64, 48, tuple(range(frames)), Fraction(1, 12800), Fraction(25), digest=sha("clip"),
                      colour=Colour(False, 1, 1, 1), notes=("a note",))
    models = models_meta({"codec": ModelBinding("lorentz-1", sha("weights"), sha("tables"))})
    return Header({"source": source_meta(info), "models": models, "settings": {"quality": 20}},
                  (Stream("video", "lorentzian", 3, 64, 48, 8, frames), Stream("audio", "packets")))


def make(path: Path, header: Header, chunks: dict[ChunkKey, bytes], trailer: dict[str, object] | None = None) -> Made:
    writer = LzcWriter(path, header)
    for key, payload in chunks.items():
        writer.add(key, payload)
    writer.checkpoint()
    part = writer.part.read_bytes()
    size = writer.finish(trailer)
    data = path.read_bytes()
    assert size == len(data)
    return Made(header, chunks, data, part)


@pytest.fixture(scope="session")
def three_files(tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    """A video with audio and times; a bare file of empty and odd chunks; data whose payload looks like chunks."""
    folder = tmp_path_factory.mktemp("lzc")
    video = {ChunkKey("TIME"): encode_times([512 * k for k in range(24)])}
    for time in range(3):
        for level in (2, 1, 0):
            video[ChunkKey("VIDC", level=level, time=time)] = hashlib.sha256(f"{time} {level}".encode()).digest()[:9 + 7 * (2 - level)]
        video[ChunkKey("SYMH", time=time)] = bytes(range(time, time + 12))
        video[ChunkKey("AUDP", stream=1, time=time)] = b"\x00" * 5
    first = make(folder / "video.lzc", video_header(), video)
    odd = {ChunkKey("DATA"): b"", ChunkKey("xtra", 1, 15, 70000, 300, 9): b"unknown but harmless", ChunkKey("NOTE", time=2): b"n"}
    second = make(folder / "odd.lzc", Header(), odd, {"psnr": 31.5})
    nested = {ChunkKey("DATA"): first.data[10:150], ChunkKey("DATA", time=1): first.part[-60:], ChunkKey("MODL"): b"\xb7Lz\x1b" * 6}
    third = make(folder / "nested.lzc", Header({"a": ["@0", sha("x"), "@@", None, True, -1.5, "é"]}), nested)
    return [first, second, third]
