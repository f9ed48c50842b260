"""A coded recording read frame by frame: any order, any level, several threads, and what is left of a damaged one."""
from __future__ import annotations

import dataclasses
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api import EngineError, Frame, LevelledSource, LzcError, ModelError
from engine.lorentzian import packing
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.model import RULES
from engine.lorentzian.source import LzcSource
from engine.lorentzian.workers import HELPERS
from engine.lzc import ChunkKey, Header, LzcReader, LzcWriter, repair
from tests.engine.lorentzian.clips import film, lively, psnr, same_frame, write

SIZE = (70, 50)
FRAMES = 36  # chunks 0 8 | 16 | 19 27 | 35: a key every 16 frames, and a scene that begins at frame 19
CUT = 19
SETTINGS = CodecSettings(36, key_interval=16, effort="fast")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every level of every chunk is a container chunk of its own, as in larger recordings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "SMALL", 0)
        return write(tmp_path_factory.mktemp("rec") / "a.lzc", film(FRAMES, *SIZE), SETTINGS, lively(), cuts=(CUT,))


@pytest.fixture(scope="module")
def sequence(recording: Path) -> list[Frame]:
    with LzcSource(recording, lively()) as source:
        return list(source.frames())


def test_what_is_known_of_the_recording(recording: Path, sequence: list[Frame]) -> None:
    with LzcSource(recording, lively()) as source:
        assert isinstance(source, LevelledSource)
        info = source.info
        assert (info.width, info.height, info.frames, info.levels, info.kind, info.bit_depth) == (*SIZE, FRAMES, 4, "lzc", 8)
        assert info.pts == tuple(range(0, 40 * FRAMES, 40)) and info.digest == "ab" * 32 and len(source.digest) == 64
        assert not source.damage and not info.notes
        assert [(e.start, e.frames, e.key) for e in source.entries] == [(0, 8, True), (8, 8, False), (16, 3, True), (19, 8, True),
                                                                        (27, 8, False), (35, 1, True)]
    assert [f.index for f in sequence] == list(range(FRAMES)) and sequence[7].pts == 280
    assert min(psnr(a.y, b.y) for a, b in zip(sequence, film(FRAMES, *SIZE), strict=True)) > 30


def test_random_access_gives_the_frames_of_the_sequence(recording: Path, sequence: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.lorentzian.source.CACHE_BYTES", 0)  # two chunks are kept, not all
    order = random.Random(3).sample(range(FRAMES), FRAMES)
    with LzcSource(recording, lively()) as source:
        for index in [*order, 0, FRAMES - 1, 0]:
            assert same_frame(source.read(index), sequence[index])
        assert all(same_frame(f, sequence[f.index]) for f in source.frames(11, 30))
        assert same_frame(source.read(13), sequence[13])


@pytest.mark.parametrize("start", [0, 5, 16, 20, 34])
def test_a_part_of_the_sequence(recording: Path, sequence: list[Frame], start: int) -> None:
    with LzcSource(recording, lively()) as source:
        some = list(source.frames(start, start + 12))
    assert [f.index for f in some] == list(range(start, min(FRAMES, start + 12)))
    assert all(same_frame(f, sequence[f.index]) for f in some)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_levels_have_their_sizes_and_show_the_picture(recording: Path, sequence: list[Frame], level: int) -> None:
    k = 1 << level
    with LzcSource(recording, lively()) as source:
        got = [source.read_level(n, level) for n in (0, 20, 35)]
        assert [f.index for f in source.frames_at(level, 30)] == list(range(30, 36))
    w, h = -(-SIZE[0] // k), -(-SIZE[1] // k)
    for f in got:
        assert f.y.shape == (h, w) and f.u.shape == f.v.shape == ((h + 1) // 2, (w + 1) // 2)
        assert all(p.dtype == np.uint8 and p.flags.c_contiguous for p in (f.y, f.u, f.v))
        hh, ww = SIZE[1] // k * k, SIZE[0] // k * k
        mean = sequence[f.index].y[:hh, :ww].reshape(hh // k, k, ww // k, k).mean((1, 3))
        assert psnr(f.y[:hh // k, :ww // k], mean) > 22


def test_levels_do_not_disturb_each_other(recording: Path, sequence: list[Frame]) -> None:
    with LzcSource(recording, lively()) as one, LzcSource(recording, lively()) as other:
        coarse = [one.read_level(n, 2) for n in range(20)]
        for n in range(20):
            assert same_frame(other.read(n), sequence[n]) and same_frame(other.read_level(n, 2), coarse[n])


def test_nothing_outside_the_recording(recording: Path) -> None:
    with LzcSource(recording, lively()) as source:
        for index, level in ((-1, 0), (FRAMES, 0), (0, 4), (0, -1)):
            with pytest.raises(IndexError):
                source.read_level(index, level)


def test_ten_bit(tmp_path: Path) -> None:
    pictures = film(9, 33, 17, 10)
    pictures[3].y[:8], pictures[3].y[8:] = 1023, 0
    path = write(tmp_path / "ten.lzc", pictures, CodecSettings(63), lively())
    with LzcSource(path, lively()) as source:
        got = list(source.frames())
    assert all(f.y.dtype == np.uint16 and f.bit_depth == 10 and f.u.shape == (9, 17) for f in got)
    assert min(psnr(a.y, b.y, 1023) for a, b in zip(got, pictures, strict=True)) > 40
    assert got[3].y.max() > 1020, "white stays white"


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (2, 31)])
def test_tiny_recordings(tmp_path: Path, size: tuple[int, int]) -> None:
    pictures = film(3, *size)
    with LzcSource(write(tmp_path / "t.lzc", pictures, CodecSettings(60), lively()), lively()) as source:
        for f, want in zip(source.frames(), pictures, strict=True):
            assert f.y.shape == want.y.shape and f.u.shape == want.u.shape and psnr(f.y, want.y) > 34
        assert source.read_level(2, 3).y.shape == (-(-size[1] // 8), -(-size[0] // 8))


def test_two_threads_read_at_once(recording: Path, sequence: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.lorentzian.source.CACHE_BYTES", 0)
    wrong: list[str] = []

    def check(name: str, ok: Callable[[], bool]) -> None:
        try:
            if not ok():
                wrong.append(name)
        except Exception as error:
            wrong.append(f"{name}: {error!r}")

    with LzcSource(recording, lively()) as source:
        jump = random.Random(1).choices(range(FRAMES), k=20)
        workers = [
            threading.Thread(target=lambda: check("in order", lambda: all(same_frame(f, sequence[f.index]) for f in source.frames()))),
            threading.Thread(target=lambda: check("at random", lambda: all(same_frame(source.read(n), sequence[n]) for n in jump))),
            threading.Thread(target=lambda: check("coarse", lambda: len(list(source.frames_at(2))) == FRAMES))]
        for w in workers:
            w.start()
        for w in workers:
            w.join()
    assert not wrong


def test_closing_waits_for_what_is_read_ahead_and_no_more_is_read(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead: list[Future[object]] = []
    submit = HELPERS.submit
    monkeypatch.setattr(HELPERS, "submit", lambda *args: (ahead.append(submit(*args)), ahead[-1])[1])
    source = LzcSource(recording, lively())
    reading = source.frames()
    for _ in range(10):
        next(reading)
    assert ahead, "the entropy decoder works ahead on a helper"
    source.close()
    source.close()
    assert all(f.done() for f in ahead)
    with pytest.raises(EngineError):
        list(reading)
    with pytest.raises(EngineError):
        source.read(35)


def test_another_model_is_refused(recording: Path) -> None:
    other = dataclasses.replace(lively(), weights_hash="12" * 32)
    with pytest.raises(ModelError, match="made with the codec model 'codec' 000000000000, and the one here is 121212121212"):
        LzcSource(recording, other)
    with pytest.raises(ModelError):
        LzcSource(recording, dataclasses.replace(lively(), tables_hash="12" * 32))


def test_other_rules_of_decoding_are_refused(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same weights and another program: it would show garbage."""
    monkeypatch.setattr("engine.lorentzian.source.RULES", RULES + 1)
    with pytest.raises(ModelError, match=f"coded by rules {RULES} of the codec, and this program reads rules {RULES + 1}"):
        LzcSource(recording, lively())


# ---------------------------------------------------------------- damage

def damaged(recording: Path, out: Path, harm: Callable[[bytearray, LzcReader], object]) -> Path:
    data = bytearray(recording.read_bytes())
    with LzcReader(recording) as reader:
        harm(data, reader)
    out.write_bytes(data)
    return out


def spoil(*keys: ChunkKey) -> Callable[[bytearray, LzcReader], None]:
    """Change the last byte of the payload of each of `keys`."""
    def harm(data: bytearray, reader: LzcReader) -> None:
        for e in reader.entries:
            if e.key in keys:
                data[e.end - 5] ^= 0x55
    return harm


def readable(source: LzcSource, level: int = 0) -> tuple[list[Frame], list[int]]:
    """(frames that can be read, numbers of the others), asked one by one."""
    good, bad = [], []
    for n in range(source.info.frames):
        try:
            good.append(source.read_level(n, level))
        except LzcError as error:
            assert "\n" not in str(error)
            bad.append(n)
    return good, bad


def test_a_damaged_chunk_costs_the_frames_up_to_the_next_key(recording: Path, sequence: list[Frame], tmp_path: Path) -> None:
    """The coarsest part of chunk 0: nothing up to the key at frame 16 can be decoded, everything after it is untouched."""
    path = damaged(recording, tmp_path / "d.lzc", spoil(ChunkKey("VIDC", 0, 3, 0)))
    with LzcSource(path, lively()) as source:
        assert source.damage == ["frames 0 to 15 are lost"] and source.info.notes == tuple(source.damage)
        assert source.info.frames == FRAMES
        good, bad = readable(source)
    assert bad == list(range(16)) and all(same_frame(f, sequence[f.index]) for f in good)


def test_a_damaged_fine_level_leaves_the_coarser_ones(recording: Path, sequence: list[Frame], tmp_path: Path) -> None:
    path = damaged(recording, tmp_path / "d.lzc", spoil(ChunkKey("VIDC", 0, 0, 19)))
    with LzcSource(path, lively()) as source:
        good, bad = readable(source)
        assert bad == list(range(19, 35)) and all(same_frame(f, sequence[f.index]) for f in good)
        assert not readable(source, 1)[1] and not readable(source, 3)[1]


def test_frames_behind_a_damaged_chunk_are_not_shown_wrong(recording: Path, sequence: list[Frame], tmp_path: Path) -> None:
    """Read in order with the decoder ahead, as a player does."""
    path = damaged(recording, tmp_path / "d.lzc", spoil(ChunkKey("VIDC", 0, 1, 8)))
    with LzcSource(path, lively()) as source:
        seen = []
        with pytest.raises(LzcError, match="damaged"):
            for f in source.frames():
                seen.append(f)
        assert [f.index for f in seen] == list(range(8))
        seen += source.frames(16)
    assert all(same_frame(f, sequence[f.index]) for f in seen) and len(seen) == 28


def test_a_missing_chunk_is_named_after_a_repair(recording: Path, sequence: list[Frame], tmp_path: Path) -> None:
    keys = [ChunkKey("VIDC", 0, level, 8) for level in range(4)] + [ChunkKey("VIDC", 0, 0, 27)]
    path = damaged(recording, tmp_path / "d.lzc", spoil(*keys))
    repair(path, tmp_path / "r.lzc")
    with LzcSource(tmp_path / "r.lzc", lively()) as source:
        assert "frames 8 to 15 are lost" in source.damage and "frames 27 to 34 are whole at 1/2 of the size only" in source.damage
        good, bad = readable(source)
        assert bad == [*range(8, 16), *range(27, 35)] and all(same_frame(f, sequence[f.index]) for f in good)
        assert readable(source, 1)[1] == list(range(8, 16))


@pytest.mark.parametrize("lost", [0.2, 0.35, 0.5, 0.65, 0.8, 0.95])
def test_a_recording_cut_off_shows_what_is_whole(recording: Path, sequence: list[Frame], tmp_path: Path, lost: float) -> None:
    data = recording.read_bytes()
    (tmp_path / "c.lzc").write_bytes(data[:round(len(data) * (1 - lost))])
    try:
        source = LzcSource(tmp_path / "c.lzc", lively())
    except LzcError as error:
        assert lost > 0.7 and "whole" in str(error)
        return
    with source:
        got = list(source.frames())
        assert 0 < len(got) == source.info.frames < FRAMES and all(same_frame(f, sequence[f.index]) for f in got)
        assert any(line == f"pictures after frame {len(got) - 1} are lost" for line in source.damage)


def test_lost_time_stamps_are_replaced_and_told(recording: Path, tmp_path: Path) -> None:
    path = damaged(recording, tmp_path / "d.lzc", spoil(ChunkKey("TIME")))
    with LzcSource(path, lively()) as source:
        assert source.info.pts == tuple(range(0, 40 * FRAMES, 40)) and any("time stamps are lost" in line for line in source.damage)


def forged(recording: Path, out: Path, change: Callable[[dict, list, dict], object]) -> Path:
    """The recording again with other contents and right checksums: `change(meta, streams, chunks)`."""
    with LzcReader(recording) as reader:
        meta = {**reader.header.meta, "source": dict(reader.header.meta["source"]), "codec": dict(reader.header.meta["codec"])}
        streams, held = list(reader.header.streams), {e.key: reader.read(e.key) for e in reader.entries}
    change(meta, streams, held)
    with LzcWriter(out, Header(meta, tuple(streams))) as writer:
        for key, payload in held.items():
            writer.add(key, payload)
        writer.finish()
    return out


HOSTILE: dict[str, Callable[[dict, list, dict], object]] = {
    "a size that the stream does not have": lambda m, s, c: m["source"].update(width=1 << 30, height=1 << 30),
    "twelve bits": lambda m, s, c: (m["source"].update(bit_depth=12), s.__setitem__(0, dataclasses.replace(s[0], depth=12))),
    "no quality": lambda m, s, c: m["codec"].pop("q"),
    "quality 64": lambda m, s, c: m["codec"].update(q=64),
    "a word for a quality": lambda m, s, c: m["codec"].update(q="best"),
    "no codec": lambda m, s, c: m.pop("codec"),
    "no model": lambda m, s, c: m.update(models={}),
    "no video": lambda m, s, c: s.__setitem__(0, dataclasses.replace(s[0], kind="data")),
    "another codec": lambda m, s, c: s.__setitem__(0, dataclasses.replace(s[0], codec="h264")),
    "no pictures": lambda m, s, c: [c.pop(k) for k in list(c) if k.type == "VIDC"],
    "a chunk four billion frames away": lambda m, s, c: [c.update({ChunkKey("VIDC", 0, lv, 4_000_000_000): c[ChunkKey("VIDC", 0, lv, 0)]
                                                                   for lv in range(4)}), c.pop(ChunkKey("TIME"))],
    "too few time stamps": lambda m, s, c: c.update({ChunkKey("TIME"): b"\0\x05\0\x50"}),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line(recording: Path, tmp_path: Path, what: str) -> None:
    path = forged(recording, tmp_path / "h.lzc", HOSTILE[what])
    with pytest.raises(LzcError) as caught:
        LzcSource(path, lively())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("head", [b"", b"\0", b"\x19", b"\x18", b"\x18abcdefg", b"\x38abcdefgh\xff\xff\xff\xff\xff\xff",
                                  b"\x38abcdefgh\x7f\x7f\x7f"])
def test_a_hostile_chunk_costs_itself(recording: Path, sequence: list[Frame], tmp_path: Path, head: bytes) -> None:
    path = forged(recording, tmp_path / "h.lzc", lambda m, s, c: c.update({ChunkKey("VIDC", 0, 3, 19): head}))
    with LzcSource(path, lively()) as source:
        good, bad = readable(source)
    assert bad and set(bad) <= set(range(19, 35)) and all(same_frame(f, sequence[f.index]) for f in good)


@given(spots=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(1, 255)), min_size=1, max_size=6), keep=st.sampled_from((1.0, 1.0, 0.6)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_random_damage_gives_frames_or_one_clear_line(recording: Path, sequence: list[Frame], tmp_path: Path,
                                                      spots: list[tuple[float, int]], keep: float) -> None:
    data = bytearray(recording.read_bytes())
    for at, change in spots:
        data[int(at * len(data))] ^= change
    (tmp_path / "f.lzc").write_bytes(data[:int(len(data) * keep)])
    try:
        source = LzcSource(tmp_path / "f.lzc", lively())
    except EngineError as error:
        assert "\n" not in str(error)
        return
    with source:
        good, _ = readable(source, 0)
    assert all(same_frame(f, sequence[f.index]) for f in good), "a wrong picture was shown as a right one"
