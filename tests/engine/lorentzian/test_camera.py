"""Recordings that build on a picture of their camera: every way of reading, damage, hostile bytes, work taken up again."""
from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest

from engine.api import Frame, LzcError
from engine.lorentzian import adapted, camera, packing, source
from engine.lorentzian.adapted import Adapted
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.contents import path
from engine.lorentzian.schedule import CAMERA, slices
from engine.lorentzian.source import LzcSource
from engine.lorentzian.stream import VideoStreamWriter
from engine.lzc import ChunkKey, Header, LzcReader, LzcWriter, repair
from tests.engine.lorentzian.clips import facts, lively, piece, same_frame
from tests.engine.lorentzian.reading import frames_of, read_every_way
from tests.engine.lorentzian.test_anchored import SIZE, still

FRAMES, QUALITY = 48, 36
SETTINGS = CodecSettings(QUALITY, key_interval=16, effort="fast", fresh_every=3)


def pictures() -> list[Frame]:
    """The camera that stands still, but for ten frames in which something else is before it."""
    out = still(FRAMES)
    for n in range(18, 28):
        f = out[n]
        out[n] = Frame(255 - np.roll(f.y, 9, 1) // 2, f.u, f.v, n, f.pts, 8)
    return out


@pytest.fixture(scope="module")
def place() -> Adapted:
    return Adapted(adapted.median(still(24)), {})


def writer(out: Path, place: Adapted | None, settings: CodecSettings = SETTINGS) -> VideoStreamWriter:
    cam = None if place is None else place.camera(settings.quality, FRAMES, lively())
    return VideoStreamWriter(out, facts(FRAMES, *SIZE), settings, lively(), camera=cam)


def written(out: Path, place: Adapted | None, frames: list[Frame], settings: CodecSettings = SETTINGS, cut: int = -1) -> Path:
    made = writer(out, place, settings)
    for n in range(0, len(frames), 8):
        made.write_chunk(*piece(frames, n, n + 8, (cut,)))
    made.finish()
    return out


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, place: Adapted) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "SMALL", 0)
        return written(tmp_path_factory.mktemp("camera") / "a.lzc", place, pictures(), cut=16)


@pytest.fixture(scope="module")
def sequence(recording: Path) -> list[Frame]:
    return frames_of(recording, lively())


def test_intervals_begin_on_the_picture_and_anew_where_something_is_before_it(recording: Path) -> None:
    with LzcSource(recording, lively()) as opened:
        assert [(e.start, e.key, e.camera) for e in opened.entries if e.begins] == [(0, False, True), (16, True, False), (32, False, True)]
        assert opened.key_frames == (0, 16, 32)
        assert path(opened.entries, 1) == [0, 1] and path(opened.entries, 5) == [4, 5]


def test_it_needs_fewer_bytes_and_shows_more(tmp_path: Path, place: Adapted) -> None:
    """No quality without it is as small and as near to the source at the same time, nor is what lies between two of them."""
    frames = still(FRAMES)

    def point(file: Path) -> tuple[int, float]:
        with LzcSource(file, lively()) as opened:
            error = np.mean([np.square(a.y.astype(float) - b.y).mean() for a, b in zip(opened.frames(), frames, strict=True)])
        return file.stat().st_size, float(error)

    size, error = point(written(tmp_path / "w.lzc", place, frames))
    plain = [point(written(tmp_path / f"{q}.lzc", None, frames, dataclasses.replace(SETTINGS, quality=q)))
             for q in range(QUALITY - 3, QUALITY + 3)]
    assert not any(s <= size and e <= error for s, e in plain)
    assert error < np.interp(size, *zip(*plain, strict=True))


def test_without_a_camera_a_file_asks_for_the_first_version(recording: Path, tmp_path: Path) -> None:
    plain = written(tmp_path / "o.lzc", None, still(8))
    assert plain.read_bytes()[8:10] == b"\x01\x01" and recording.read_bytes()[8:10] == b"\x01\x02"
    with LzcReader(recording) as reader:
        assert reader.header.minimum == 2
    data = bytearray(recording.read_bytes())
    data[9] = 3  # the header, which says 2, wins
    (tmp_path / "v.lzc").write_bytes(data)
    with LzcReader(tmp_path / "v.lzc") as reader:
        assert reader.header.minimum == 2 and reader.losses


@pytest.mark.parametrize("level", [0, 2])
def test_any_order_gives_the_frames_of_the_sequence(recording: Path, sequence: list[Frame], level: int,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CACHE_BYTES", 0)
    with LzcSource(recording, lively()) as opened:
        want = list(opened.frames_at(level))
        assert level or all(map(same_frame, want, sequence))
        for index in random.Random(2).sample(range(FRAMES), FRAMES):
            assert same_frame(opened.read_level(index, level), want[index])
        for start, stop in ((30, 40), (9, 20)):
            assert all(map(same_frame, opened.frames_at(level, start, stop), want[start:stop]))


def test_parts_single_frames_and_the_check(recording: Path, sequence: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    want = read_every_way(recording, lively(), (39, 3, 20, 47, 36, 8, 12), monkeypatch)
    assert all(map(same_frame, want, sequence))


@pytest.mark.parametrize("step", [3, 8, -8, -3])
def test_shuttling(recording: Path, sequence: list[Frame], step: int) -> None:
    with LzcSource(recording, lively()) as opened:
        seen = list(opened.shuttle(0 if step > 0 else FRAMES - 1, step))
    assert len(seen) >= FRAMES // (2 * abs(step)) and all(same_frame(f, sequence[f.index]) for f in seen)


def test_parts_of_a_coarse_level(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_OF", 1)
    with LzcSource(recording, lively()) as opened:
        want = opened.read_level(14, 1)
    with LzcSource(recording, lively()) as opened:
        part = opened.read_region(14, (8, 4, 12, 10), 1)
        assert np.abs(part.y.astype(int) - want.y[4:14, 8:20]).max() <= 1


@pytest.mark.parametrize("stop_at", [15, 16, 33, 40])
def test_broken_off_work_goes_on_to_the_same_bytes(recording: Path, place: Adapted, tmp_path: Path, stop_at: int,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "SMALL", 0)
    frames, first = pictures(), writer(tmp_path / "r.lzc", place)
    for n in range(0, stop_at, 8):
        first.write_chunk(*piece(frames, n, n + 8, (16,)))
    first.abort(keep=True)
    again = writer(tmp_path / "r.lzc", place)
    assert again.committed_frames == max(k for k in (0, 16, 32) if k < stop_at)
    for n in range(again.committed_frames, FRAMES, 8):
        again.write_chunk(*piece(frames, n, n + 8, (16,)))
    again.finish()
    assert (tmp_path / "r.lzc").read_bytes() == recording.read_bytes()


def test_whether_first_slices_are_finer_is_taken_up_too(place: Adapted, tmp_path: Path) -> None:
    frames = still(32)

    def begun(name: str, stop: int) -> VideoStreamWriter:
        made = writer(tmp_path / name, place)
        made._structure.finer = True
        for n in range(0, stop, 8):
            made.write_chunk(*piece(frames, n, n + 8))
        return made
    begun("whole.lzc", 32).finish()
    begun("r.lzc", 24).abort(keep=True)
    again = writer(tmp_path / "r.lzc", place)
    assert again.committed_frames == 16
    for n in (16, 24):
        again.write_chunk(*piece(frames, n, n + 8))
    again.finish()
    assert (tmp_path / "r.lzc").read_bytes() == (tmp_path / "whole.lzc").read_bytes()


def test_work_with_another_picture_begins_afresh(recording: Path, place: Adapted, tmp_path: Path) -> None:
    first = writer(tmp_path / "r.lzc", place)
    for n in range(0, 40, 8):
        first.write_chunk(still(FRAMES)[n:n + 8], False)
    first.abort(keep=True)
    other = Adapted([np.roll(p, 1, 0) for p in place.planes], {})
    again = writer(tmp_path / "r.lzc", other)
    assert again.committed_frames == 0
    again.abort(False)


def test_effort_normal_tries_and_keeps_what_is_better(place: Adapted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = CodecSettings(QUALITY, key_interval=16)
    frames = pictures()[8:40]
    made = written(tmp_path / "n.lzc", place, frames, settings)
    with LzcSource(made, lively()) as opened:
        assert opened.entries[0].camera
    read_every_way(made, lively(), (9, 25, 3), monkeypatch)


@pytest.mark.parametrize("length", [8, 2])
def test_a_finer_first_slice_on_the_picture(place: Adapted, tmp_path: Path, length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    error = []
    for finer in (False, True):
        made = writer(tmp_path / f"{finer}.lzc", place)
        made._structure.finer, made._structure.length = finer, length
        for n in range(0, 24, 8):
            made.write_chunk(still(24)[n:n + 8], False)
        made.finish()
        want = read_every_way(tmp_path / f"{finer}.lzc", lively(), (18, 3, 16), monkeypatch)
        error.append(np.square(want[length - 1].y.astype(float) - still(24)[length - 1].y).mean())
        with LzcSource(tmp_path / f"{finer}.lzc", lively()) as opened:
            assert [e.grain.fine for e in opened.entries if e.camera] == [finer] * 2
            assert opened.entries[0].grain.quality(QUALITY, 1) == QUALITY + (8 if finer else 0) - (3 if length == 2 else 0)
            assert opened.entries[1].grain.quality(QUALITY, 1) == QUALITY - (3 if length == 2 else 0)
    assert error[1] < error[0]


@pytest.mark.parametrize("number", [16, 127, 1 << 20])
def test_a_number_that_names_no_steps_costs_its_interval(recording: Path, tmp_path: Path, number: int) -> None:
    key = ChunkKey("VIDC", 0, 3, 32)
    data = payload(recording, key)
    assert packing.on_camera(data) and data[10] < 16
    with LzcSource(rewritten(recording, tmp_path / "n.lzc", {key: data[:10] + packing.varint(number) + data[11:]}), lively()) as opened:
        assert [e.whole for e in opened.entries] == [e.start < 32 for e in opened.entries]


# ------------------------------------------------------------ damage


def rewritten(recording: Path, out: Path, change: dict[ChunkKey, bytes | None], digest: bool = False) -> Path:
    """The file with other payloads (None: without), its header naming the new picture with `digest`."""
    with LzcReader(recording) as reader:
        meta = dict(reader.header.meta)
        new = change.get(camera.KEY)
        if digest and new is not None:
            meta["codec"] = {**meta["codec"], "camera": camera.name_of(new)}
        made = LzcWriter(out, Header(meta, reader.header.streams, reader.header.minimum))
        for e in reader.entries:
            data = change.get(e.key, reader.read(e.key))
            if data is not None:
                made.add(e.key, data)
        made.finish()
    return out


def payload(recording: Path, key: ChunkKey = camera.KEY) -> bytes:
    with LzcReader(recording) as reader:
        return reader.read(key)


def test_without_its_picture_a_recording_is_refused_in_one_line(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(LzcError, match=r"picture of the camera.*missing"):
        LzcSource(rewritten(recording, tmp_path / "m.lzc", {camera.KEY: None}), lively())
    data = bytearray(recording.read_bytes())
    data[data.index(payload(recording)) + 30] ^= 1
    (tmp_path / "d.lzc").write_bytes(data)
    with pytest.raises(LzcError, match=r"picture of the camera.*damaged"):
        LzcSource(tmp_path / "d.lzc", lively())
    repair(tmp_path / "d.lzc", tmp_path / "r.lzc")
    with pytest.raises(LzcError, match=r"picture of the camera.*missing"):
        LzcSource(tmp_path / "r.lzc", lively())
    with pytest.raises(LzcError, match="not the one"):
        LzcSource(rewritten(recording, tmp_path / "o.lzc", {camera.KEY: payload(recording) + b"\0"}), lively())


def test_a_recording_that_is_large_beside_its_picture_holds_it_twice(place: Adapted, sequence: list[Frame], tmp_path: Path,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "SMALL", 0)
    monkeypatch.setattr(packing, "SMALL", 0)
    both = written(tmp_path / "a.lzc", place, pictures(), cut=16)
    assert payload(both, camera.SPARE) == payload(both)
    for key, other in ((camera.KEY, camera.SPARE), (camera.SPARE, camera.KEY)):
        one = rewritten(both, tmp_path / "b.lzc", {key: None})
        with LzcSource(one, lively()) as opened:
            assert same_frame(opened.read(40), sequence[40]) and same_frame(opened.read(3), sequence[3])
        with pytest.raises(LzcError, match=r"picture of the camera.*missing"):
            LzcSource(rewritten(one, tmp_path / "n.lzc", {other: None}), lively())


def test_a_header_that_names_no_digest_is_refused(recording: Path, tmp_path: Path) -> None:
    with LzcReader(recording) as reader:
        made = LzcWriter(tmp_path / "h.lzc", Header({**reader.header.meta, "codec": {**reader.header.meta["codec"], "camera": 7}},
                                                    reader.header.streams, 2))
        for e in reader.entries:
            made.add(e.key, reader.read(e.key))
        made.finish()
    with pytest.raises(LzcError):
        LzcSource(tmp_path / "h.lzc", lively())


def test_hostile_pictures_are_refused_or_are_pictures(recording: Path, tmp_path: Path) -> None:
    """Bytes of a picture that its digest fits: lengths past the end, impossible numbers, nonsense symbols."""
    good, rng = payload(recording), random.Random(1)
    for n in range(60):
        bad = bytearray(good)
        if n % 3:
            for _ in range(rng.randrange(1, 4)):
                bad[rng.randrange(12 if n % 2 else len(bad))] = rng.randrange(256)
        else:
            bad = bad[:rng.randrange(len(bad))]
        try:
            made = camera.decode(bytes(bad), *SIZE, lively())
        except LzcError as error:
            assert "\n" not in str(error)
            continue
        if n % 10 == 1:
            assert all(np.isfinite(p).all() and 0 <= p.min() and p.max() <= 256 for p in made.reference().planes)
    with pytest.raises(LzcError, match="cut off"):
        LzcSource(rewritten(recording, tmp_path / "c.lzc", {camera.KEY: good[:-1]}, digest=True), lively())


def test_a_chunk_on_a_camera_that_the_file_does_not_have_is_lost(recording: Path, tmp_path: Path) -> None:
    with LzcReader(recording) as reader:
        meta = {**reader.header.meta, "codec": {k: v for k, v in reader.header.meta["codec"].items() if k != "camera"}}
        made = LzcWriter(tmp_path / "n.lzc", Header(meta, reader.header.streams))
        for e in reader.entries:
            if e.key.type != "MODL":
                made.add(e.key, reader.read(e.key))
        made.finish()
    with LzcSource(tmp_path / "n.lzc", lively()) as opened:
        assert not any(e.whole for e in opened.entries if e.start < 16 or e.start >= 32)
        with pytest.raises(LzcError, match="frame 3 is lost"):
            opened.read(3)


def test_damage_of_one_interval_leaves_the_others(recording: Path, sequence: list[Frame], tmp_path: Path) -> None:
    key = ChunkKey("VIDC", 0, 3, 0)
    bad = rewritten(recording, tmp_path / "b.lzc", {key: None})
    with LzcSource(bad, lively()) as opened:
        assert opened.damage and same_frame(opened.read(40), sequence[40]) and same_frame(opened.read(20), sequence[20])
        with pytest.raises(LzcError):
            opened.read(12)


def test_last_slices_look_at_the_picture_but_where_they_begin_on_it() -> None:
    assert [s.right == CAMERA for s in slices(2, True, True)] == [False, True] and slices(8, False, True)[0].right == CAMERA
    assert not any(s.right == CAMERA for s in slices(8, False, False))


# ------------------------------------------------------------ .lza


def test_the_median_has_nothing_in_it_that_moves(place: Adapted) -> None:
    back = np.median([f.y for f in still(88)], 0)
    assert np.abs(place.planes[0] / 256 - back).max() <= 2 and place.planes[0].dtype == np.uint16


def test_ten_bit_frames_are_on_the_same_scale() -> None:
    ten = [Frame(f.y.astype(np.uint16) * 4, f.u.astype(np.uint16) * 4, f.v.astype(np.uint16) * 4, f.index, f.pts, 10) for f in still(5)]
    assert all(np.array_equal(a, b) for a, b in zip(adapted.median(ten), adapted.median(still(5)), strict=True))


def test_longer_recordings_have_a_finer_picture() -> None:
    assert [adapted.picture_quality(20, n) for n in (1, 18, 36, 100_000)] == [20, 20, 25, 42] and adapted.picture_quality(60, 5000) == 63
