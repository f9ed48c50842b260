"""Key intervals of a still scene build on the last key chunk: any order of reading, regions, damage and work taken up again."""
from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from engine.api import Frame, LzcError
from engine.lorentzian import packing, source
from engine.lorentzian.check import check_stream
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.contents import path
from engine.lorentzian.source import LzcSource
from engine.lorentzian.stream import VideoStreamWriter
from engine.lzc import ChunkKey, Header, LzcReader, LzcWriter, repair
from tests.engine.lorentzian.clips import facts, lively, piece, same_frame, write
from tests.engine.lorentzian.reading import frames_of

SIZE = (70, 50)
FRAMES = 88
SETTINGS = CodecSettings(36, key_interval=16, effort="fast", fresh_every=3)
ANCHORS = {16: 0, 32: 0, 64: 6, 80: 6}  # first frame of an anchored chunk -> number of the key chunk


def still(frames: int = FRAMES) -> list[Frame]:
    """A camera that stands still, something small that moves, and noise."""
    rng = np.random.default_rng(5)
    w, h = SIZE
    back = np.kron(rng.integers(40, 200, (h // 5, w // 5)), np.ones((5, 5)))
    out = []
    for n in range(frames):
        y = back + rng.normal(0, 1, back.shape)
        y[20:30, (n * 2) % (w - 12):(n * 2) % (w - 12) + 10] = 230
        u = np.full((h // 2, w // 2), 120 + n % 3, np.uint8)
        out.append(Frame(np.clip(np.rint(y), 0, 255).astype(np.uint8), u, u.copy(), n, 40 * n, 8))
    return out


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "SMALL", 0)
        return write(tmp_path_factory.mktemp("rec") / "a.lzc", still(), SETTINGS, lively())


@pytest.fixture(scope="module")
def sequence(recording: Path) -> list[Frame]:
    return frames_of(recording, lively())


def test_which_chunks_build_on_what(recording: Path) -> None:
    with LzcSource(recording, lively()) as opened:
        assert {e.start: e.anchor for e in opened.entries if e.anchor is not None} == ANCHORS
        assert [e.start for e in opened.entries if e.key] == [0, 48]
        assert opened.key_frames == (0, 16, 32, 48, 64, 80)
        assert path(opened.entries, 5) == [0, 4, 5] and path(opened.entries, 3) == [0, 2, 3] and path(opened.entries, 10) == [6, 10]


@pytest.mark.parametrize("level", [0, 2])
def test_any_order_gives_the_frames_of_the_sequence(recording: Path, sequence: list[Frame], level: int,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CACHE_BYTES", 0)
    with LzcSource(recording, lively()) as opened:
        want = list(opened.frames_at(level))
        assert level or all(map(same_frame, want, sequence))
        for index in [39, 20, 36, 5, *random.Random(2).sample(range(FRAMES), FRAMES)]:
            assert same_frame(opened.read_level(index, level), want[index])


def test_running_on_from_anywhere(recording: Path, sequence: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CACHE_BYTES", 0)
    with LzcSource(recording, lively()) as opened:
        for start, stop in ((30, 50), (9, 13), (14, 20), (62, 88), (15, 17)):
            assert all(map(same_frame, opened.frames(start, stop), sequence[start:stop]))


@pytest.mark.parametrize("step", [3, 8, -8, -3])
def test_shuttling(recording: Path, sequence: list[Frame], step: int) -> None:
    with LzcSource(recording, lively()) as opened:
        seen = list(opened.shuttle(0 if step > 0 else FRAMES - 1, step))
    assert len(seen) >= FRAMES // (2 * abs(step)) and all(same_frame(f, sequence[f.index]) for f in seen)


def test_regions(recording: Path, sequence: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_OF", 1)
    with LzcSource(recording, lively()) as opened:
        for index in (35, 36, 3, 38, 70, 17, 66, 12):
            part = opened.read_region(index, (18, 10, 24, 20))
            assert np.abs(part.y.astype(int) - sequence[index].y[10:30, 18:42]).max() <= 1


def test_verify(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.lorentzian.source.load_codec", lambda: lively())
    assert check_stream(recording) == []


def spoilt(recording: Path, out: Path, *keys: ChunkKey) -> Path:
    data = bytearray(recording.read_bytes())
    with LzcReader(recording) as reader:
        for e in reader.entries:
            if e.key in keys:
                data[e.end - 5] ^= 0x55
    out.write_bytes(data)
    return out


def lost(opened: LzcSource) -> list[int]:
    bad = []
    for n in range(opened.info.frames):
        try:
            opened.read(n)
        except LzcError:
            bad.append(n)
    return bad


@pytest.mark.parametrize(("start", "gone"), [(8, range(8, 16)), (16, range(16, 32)), (0, range(48)), (64, range(64, 80))])
def test_damage_costs_what_builds_on_it(recording: Path, sequence: list[Frame], tmp_path: Path, start: int, gone: range) -> None:
    for name, keys in (("fine", [ChunkKey("VIDC", 0, 0, start)]), ("all", [ChunkKey("VIDC", 0, n, start) for n in range(4)])):
        damaged = spoilt(recording, tmp_path / f"{name}.lzc", *keys)
        with LzcSource(damaged, lively()) as opened:
            assert lost(opened) == list(gone)
            assert same_frame(opened.read(47 if start else 50), sequence[47 if start else 50])
    repair(damaged, tmp_path / "r.lzc")
    with LzcSource(tmp_path / "r.lzc", lively()) as opened:
        assert lost(opened) == list(gone)


@pytest.mark.parametrize(("start", "gone"), [(0, range(0, 48, 8)), (48, range(48, 88, 8)), (64, range(64, 80, 8))])
def test_verify_of_what_builds_on_damage(recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int, gone: range) -> None:
    monkeypatch.setattr("engine.lorentzian.source.load_codec", lambda: lively())
    problems = [line for line in check_stream(spoilt(recording, tmp_path / "a.lzc", ChunkKey("VIDC", 0, 0, start))) if "frames" in line]
    assert [int(line.split()[1]) for line in problems] == list(gone) and "cannot be checked" not in problems[0]
    assert all("cannot be checked, a part of the file that they build on is damaged" in line for line in problems[1:])


@pytest.mark.parametrize(("back", "why"), [(0, "itself"), (8, ""), (48, ""), (1 << 27, "")])
def test_a_hostile_anchor_costs_its_interval(recording: Path, tmp_path: Path, back: int, why: str) -> None:
    """Naming a chunk that is no key chunk, one before the file begins, or none."""
    with LzcReader(recording) as reader:
        writer = LzcWriter(tmp_path / "h.lzc", Header(reader.header.meta, reader.header.streams))
        for e in reader.entries:
            if e.key.type in ("VIDC", "TIME"):
                data = reader.read(e.key)
                if e.key == ChunkKey("VIDC", 0, 3, 64):
                    assert packing.head(data).anchored and data[9] == 16
                    data = data[:9] + packing.varint(back) + data[10:]
                writer.add(e.key, data)
        writer.finish()
    with LzcSource(tmp_path / "h.lzc", lively()) as opened:
        assert lost(opened) == list(range(64, 80))
        if why:
            with pytest.raises(LzcError, match=why):
                packing.back(data_of(tmp_path / "h.lzc", 64))


def data_of(file: Path, start: int) -> bytes:
    with LzcReader(file) as reader:
        return reader.read(ChunkKey("VIDC", 0, 3, start))


@pytest.mark.parametrize("stop_at", [15, 40, 48, 57, 80])
def test_broken_off_work_goes_on_to_the_same_bytes(recording: Path, tmp_path: Path, stop_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "SMALL", 0)
    pictures, info = still(), facts(FRAMES, *SIZE)
    first = VideoStreamWriter(tmp_path / "r.lzc", info, SETTINGS, lively())
    for n in range(0, stop_at, 8):
        first.write_chunk(*piece(pictures, n, n + 8))
    first.abort(keep=True)
    again = VideoStreamWriter(tmp_path / "r.lzc", info, SETTINGS, lively())
    assert again.committed_frames == max(k for k in (0, *ANCHORS, 48) if k < stop_at)
    for n in range(again.committed_frames, FRAMES, 8):
        again.write_chunk(*piece(pictures, n, n + 8))
    again.finish()
    assert (tmp_path / "r.lzc").read_bytes() == recording.read_bytes()


def test_what_the_encoder_has_learnt_is_taken_up_too(tmp_path: Path) -> None:
    """Lengths of chunks, trials passed over, how fine colour is: all of it shows in the bytes."""
    pictures, info, settings = still(48), facts(48, *SIZE), CodecSettings(36, key_interval=16, fresh_every=3)
    whole = write(tmp_path / "whole.lzc", pictures, settings, lively()).read_bytes()
    first = VideoStreamWriter(tmp_path / "r.lzc", info, settings, lively())
    for n in range(0, 40, 8):
        first.write_chunk(*piece(pictures, n, n + 8))
    first.abort(keep=True)
    again = VideoStreamWriter(tmp_path / "r.lzc", info, settings, lively())
    assert again.committed_frames == 32
    for n in range(32, 48, 8):
        again.write_chunk(*piece(pictures, n, n + 8))
    again.finish()
    assert (tmp_path / "r.lzc").read_bytes() == whole
