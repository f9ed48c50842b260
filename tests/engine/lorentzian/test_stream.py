"""Writing a recording: keys where they belong, work taken up again byte for byte, and a check that finds what is wrong."""
from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from engine.lorentzian import packing
from engine.lorentzian.check import check_stream
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.model import CodecModel
from engine.lorentzian.source import LzcSource
from engine.lorentzian.stream import VideoStreamWriter
from engine.lzc import ChunkKey, Header, LzcReader, LzcWriter, verify
from tests.engine.lorentzian.clips import chunks, facts, film, lively, piece, write

SIZE = (48, 32)
SETTINGS = CodecSettings(34, key_interval=16, effort="fast")


@pytest.fixture
def as_shipped(monkeypatch: pytest.MonkeyPatch) -> CodecModel:
    """`check_stream` loads the shipped model; here it is the lively one."""
    monkeypatch.setattr("engine.lorentzian.source.load_codec", lambda: lively())
    return lively()


@pytest.mark.parametrize(("interval", "keys"), [(1, [0, 8, 16, 24, 32]), (16, [0, 16, 32]), (20, [0, 24]), (64, [0])])
def test_key_interval_in_whole_chunks(tmp_path: Path, interval: int, keys: list[int]) -> None:
    path = write(tmp_path / "k.lzc", film(40, 16, 16), CodecSettings(20, interval, "fast", fresh_every=1), lively())
    with LzcSource(path, lively()) as source:
        assert [e.start for e in source.entries if e.key] == keys


def test_a_scene_starts_anew_and_the_interval_counts_from_there(tmp_path: Path) -> None:
    path = write(tmp_path / "c.lzc", film(40, 16, 16), CodecSettings(20, 16, "fast"), lively(), cuts=(5, 30))
    with LzcSource(path, lively()) as source:
        assert [(e.start, e.frames, e.key) for e in source.entries] == [
            (0, 5, True), (5, 8, True), (13, 8, False), (21, 8, True), (29, 1, False), (30, 8, True), (38, 2, False)]


@pytest.mark.parametrize("chunk", range(1, 9))
def test_every_length_of_a_chunk(tmp_path: Path, chunk: int) -> None:
    path = write(tmp_path / "n.lzc", film(10, 16, 16), SETTINGS, lively(), chunk=chunk)
    with LzcSource(path, lively()) as source:
        assert [(e.start, e.end) for e in source.entries] == chunks(10, chunk)
        assert len(list(source.frames())) == 10


@pytest.mark.parametrize("stop_at", [4, 8, 17, 24, 39])
def test_broken_off_work_goes_on_to_the_same_bytes(tmp_path: Path, stop_at: int) -> None:
    pictures, info, cuts = film(40, *SIZE), facts(40, *SIZE), (19,)
    straight = write(tmp_path / "straight.lzc", pictures, SETTINGS, lively(), cuts=cuts).read_bytes()
    plan = chunks(40, 8, cuts)
    first = VideoStreamWriter(tmp_path / "r.lzc", info, SETTINGS, lively())
    for start, stop in plan:
        if start >= stop_at:
            break
        first.write_chunk(*piece(pictures, start, stop, cuts))
    safe = first.committed_frames
    first.abort(keep=True)
    assert not (tmp_path / "r.lzc").exists()
    again = VideoStreamWriter(tmp_path / "r.lzc", info, SETTINGS, lively())
    assert again.committed_frames == safe == max(k for k in (0, 16, 19, 35) if k < stop_at)
    for start, stop in plan:
        if start >= safe:
            again.write_chunk(*piece(pictures, start, stop, cuts))
    done = again.finish()
    assert (tmp_path / "r.lzc").read_bytes() == straight
    other = VideoStreamWriter(tmp_path / "s.lzc", info, SETTINGS, lively())
    for start, stop in plan:
        other.write_chunk(*piece(pictures, start, stop, cuts))
    assert other.finish() == done, "facts of a resumed run count everything"


def test_other_work_is_not_taken_up(tmp_path: Path) -> None:
    pictures, info = film(24, *SIZE), facts(24, *SIZE)
    first = VideoStreamWriter(tmp_path / "r.lzc", info, SETTINGS, lively())
    for start in (0, 8, 16):
        first.write_chunk(pictures[start:start + 8], False)
    assert first.committed_frames == 16
    first.abort(keep=True)
    for settings, resume in ((dataclasses.replace(SETTINGS, quality=20), True), (SETTINGS, False)):
        other = VideoStreamWriter(tmp_path / "r.lzc", info, settings, lively(), resume=resume)
        assert other.committed_frames == 0
        other.abort(keep=False)
    assert list(tmp_path.iterdir()) == []


def test_facts_of_what_was_written(tmp_path: Path) -> None:
    pictures = film(16, 96, 64)
    out = VideoStreamWriter(tmp_path / "f.lzc", facts(16, 96, 64), CodecSettings(50), lively())
    for start in (0, 8):
        out.write_chunk(pictures[start:start + 8], False)
    done = out.finish()
    assert done["frames"] == 16 and done["bytes"] == (tmp_path / "f.lzc").stat().st_size
    assert 0 < sum(done["bytes_by_level"]) < done["bytes"] < sum(done["bytes_by_level"]) + 900
    assert verify(tmp_path / "f.lzc").ok


@pytest.mark.parametrize("small", [0, packing.SMALL, 1 << 30])
def test_levels_together_or_apart_are_the_same_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    monkeypatch.setattr(packing, "SMALL", small)
    path = write(tmp_path / "p.lzc", film(9, *SIZE), SETTINGS, lively())
    with LzcReader(path) as reader:
        levels = {k.level for k in reader.keys if k.type == "VIDC"}
    assert levels == {0: {0, 1, 2, 3}, 1 << 30: {3}}.get(small, levels)
    monkeypatch.setattr(packing, "SMALL", 0)
    apart = write(tmp_path / "a.lzc", film(9, *SIZE), SETTINGS, lively())
    with LzcSource(path, lively()) as one, LzcSource(apart, lively()) as other:
        for level in range(4):
            for e, f in zip(one.entries, other.entries, strict=True):
                assert one.coded(e, level)[1] == other.coded(f, level)[1]
                assert [p[level:] for p in one.coded(e, level)[0].payloads] == [p[level:] for p in other.coded(f, level)[0].payloads]


def test_a_good_recording_checks_out(tmp_path: Path, as_shipped: CodecModel) -> None:
    path = write(tmp_path / "g.lzc", film(20, *SIZE), SETTINGS, as_shipped)
    calls: list[tuple[int, int]] = []
    assert check_stream(path, lambda done, total: calls.append((done, total))) == []
    assert calls == [(1, 3), (2, 3), (3, 3)]


def rewritten(path: Path, out: Path, key: ChunkKey, at: int) -> Path:
    """Change one byte of a payload and make all checksums right again, as a faulty disk below the container could not."""
    with LzcReader(path) as reader, LzcWriter(out, Header(reader.header.meta, reader.header.streams)) as writer:
        for e in reader.entries:
            data = bytearray(reader.read(e.key))
            if e.key == key:
                data[at] ^= 0x10
            writer.add(e.key, bytes(data))
        writer.finish()
    return out


def test_check_finds_symbols_that_were_not_written(tmp_path: Path, as_shipped: CodecModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "SMALL", 0)
    path = write(tmp_path / "g.lzc", film(24, *SIZE), SETTINGS, as_shipped)
    bad = rewritten(path, tmp_path / "b.lzc", ChunkKey("VIDC", 0, 0, 8), 5)
    problems = check_stream(bad)
    assert problems == ["frames 8 to 15: the decoded symbols are not the ones that were written (damage)"]


def test_check_finds_pictures_that_drift(tmp_path: Path, as_shipped: CodecModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature in the file is not what the decoder shows."""
    monkeypatch.setattr(packing, "SMALL", 0)
    path = write(tmp_path / "g.lzc", film(8, *SIZE), SETTINGS, as_shipped)
    bad = rewritten(path, tmp_path / "b.lzc", ChunkKey("VIDC", 0, 3, 0), 6)
    assert check_stream(bad) == ["frames 0 to 7: the pictures drift from what the writer saw"]


def test_check_names_a_damaged_chunk(tmp_path: Path, as_shipped: CodecModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "SMALL", 0)
    path = write(tmp_path / "g.lzc", film(24, *SIZE), SETTINGS, as_shipped)
    data = bytearray(path.read_bytes())
    with LzcReader(path) as reader:
        entry = next(e for e in reader.entries if e.key == ChunkKey("VIDC", 0, 2, 0))
    data[entry.end - 5] ^= 1
    path.write_bytes(data)
    problems = check_stream(path)
    assert problems[0].startswith("frames 0 to 7: ") and "damaged" in problems[0] and len(problems) == 2 and "frames 8 to 15" in problems[1]
