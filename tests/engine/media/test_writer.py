"""What is written reads back as it was; what fails leaves nothing."""
from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.api import Cancelled, Colour, Frame, MediaError, SourceInfo
from engine.media import ImageFolderSource, VideoFileSource, atomic, from_rgb, probe, to_rgb, write_video
from tests.engine.media.clips import digest, picture

STEPS = [1, 3, 1, 1, 7, 2, 1, 4, 4, 9]


def frames(count: int = 10, size: tuple[int, int] = (64, 48), bits: int = 8, stamps: list[int] | None = None) -> list[Frame]:
    return [Frame(*picture(i, *size, bits), i, stamps[i] if stamps else i, bits) for i in range(count)]


def info_of(made: list[Frame], time_base: Fraction = Fraction(1, 25), **more: Any) -> SourceInfo:
    first = made[0]
    return SourceInfo("made", "video", first.width, first.height, tuple(f.pts for f in made), time_base, more.pop("rate", Fraction(25)),
                      first.bit_depth, **more)


@pytest.mark.parametrize(("size", "bits"), [((64, 48), 8), ((33, 35), 8), ((33, 35), 10), ((1, 1), 8)])
def test_y4m_is_bit_exact(tmp_path: Path, size: tuple[int, int], bits: int) -> None:
    made = frames(5, size, bits)
    info = info_of(made, rate=Fraction(30000, 1001), time_base=Fraction(1001, 30000), sample_aspect=Fraction(4, 3), colour=Colour(True, 1))
    result = write_video(tmp_path / "out.y4m", made, info)
    assert result.paths == (str(tmp_path / "out.y4m"),) and result.frames == 5 and result.notes == ()
    with VideoFileSource(tmp_path / "out.y4m") as source:
        assert [digest(f) for f in source.frames()] == [digest(f) for f in made]
        back = source.info
        assert (back.rate, back.sample_aspect, back.bit_depth, back.colour.full) == (Fraction(30000, 1001), Fraction(4, 3), bits, True)


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
@pytest.mark.parametrize("bits", [8, 10])
def test_video_keeps_times_colour_and_aspect(tmp_path: Path, ending: str, bits: int) -> None:
    stamps = [5 + s for s in np.cumsum(STEPS).tolist()]
    made = frames(10, (64, 48), bits, stamps)
    info = info_of(made, Fraction(1, 100), sample_aspect=Fraction(8, 9), colour=Colour(True, 9, 9, 16))
    out = tmp_path / f"out{ending}"
    assert write_video(out, made, info, crf=0).frames == 10
    with VideoFileSource(out) as source:
        back = source.info
        assert [t * back.time_base for t in back.pts] == [t * info.time_base for t in info.pts]
        assert (back.colour, back.sample_aspect, back.bit_depth, back.width, back.height) == (info.colour, Fraction(8, 9), bits, 64, 48)
        assert [digest(f) for f in source.frames()] == [digest(f) for f in made]  # crf 0 is lossless


def test_odd_sizes_are_padded_and_told(tmp_path: Path) -> None:
    made = frames(4, (33, 35))
    result = write_video(tmp_path / "odd.mp4", made, info_of(made), crf=0)
    assert any("34x36" in n for n in result.notes)
    with VideoFileSource(tmp_path / "odd.mp4") as source:
        frame = source.read(2)
        assert np.array_equal(frame.y[:35, :33], made[2].y) and np.array_equal(frame.u, made[2].u)
        assert np.array_equal(frame.y[35, :33], made[2].y[34]) and np.array_equal(frame.y[:35, 33], made[2].y[:, 32])


def test_quality_is_high_by_default(tmp_path: Path) -> None:
    yy, xx = np.mgrid[0:96, 0:128].astype(float)
    made = [from_rgb(np.stack([120 + 80 * np.sin((xx + 3 * i) / 9), 128 + 60 * np.cos(yy / 7), xx], -1).astype(np.uint8), Colour(False, 1),
                     index=i, pts=i) for i in range(6)]
    write_video(tmp_path / "out.mp4", made, info_of(made, colour=Colour(False, 1)))
    with VideoFileSource(tmp_path / "out.mp4") as source:
        error = np.mean([(a.y.astype(float) - b.y) ** 2 for a, b in zip(source.frames(), made, strict=True)])
    assert 10 * np.log10(255 ** 2 / error) > 42


def test_a_piece_begins_where_the_clip_began(tmp_path: Path) -> None:
    made = frames(20, stamps=[i + 50 for i in range(20)])
    write_video(tmp_path / "piece.mp4", made[8:14], info_of(made))
    back = probe(tmp_path / "piece.mp4")
    assert back.frames == 6 and back.pts[0] * back.time_base == Fraction(50, 25)
    early = frames(5, stamps=[i - 3 for i in range(5)])  # times before zero begin at zero
    write_video(tmp_path / "early.mp4", early, info_of(early))
    assert probe(tmp_path / "early.mp4").pts[0] == 0


def test_frames_without_times_get_even_ones(tmp_path: Path) -> None:
    made = [replace(f, pts=0, index=0) for f in frames(5)]
    write_video(tmp_path / "out.mp4", made, info_of(frames(5)))
    back = probe(tmp_path / "out.mp4")
    assert [t * back.time_base for t in back.pts] == [Fraction(i, 25) for i in range(5)]


@pytest.mark.parametrize("bits", [8, 10])
def test_pictures_in_a_folder(tmp_path: Path, bits: int) -> None:
    made = frames(3, (33, 35), bits)
    info = info_of(made, colour=Colour(False, 1))
    result = write_video(tmp_path / "shots.png", made, info)
    names = sorted(os.listdir(tmp_path / "shots.png"))
    assert names == ["frame_000000.png", "frame_000001.png", "frame_000002.png"] and [Path(p).name for p in result.paths] == names
    for frame, path in zip(made, result.paths, strict=True):
        with av.open(path) as container:
            assert np.array_equal(next(container.decode(video=0)).to_ndarray(format="rgb24"), to_rgb(frame, info.colour))
    with ImageFolderSource(tmp_path / "shots.png") as source:
        assert source.info.frames == 3
    assert write_video(tmp_path / "shots.png", made[1:], info).frames == 2  # ours may be replaced
    assert sorted(os.listdir(tmp_path / "shots.png")) == ["frame_000001.png", "frame_000002.png"]
    (tmp_path / "shots.png" / "letter.txt").write_text("mine")
    with pytest.raises(MediaError, match="holds other files"):
        write_video(tmp_path / "shots.png", made, info)
    assert (tmp_path / "shots.png" / "letter.txt").read_text() == "mine"
    (tmp_path / "taken.png").write_bytes(b"x")
    with pytest.raises(MediaError, match="in the way"):
        write_video(tmp_path / "taken.png", made, info)


ENDINGS = (".mp4", ".mkv", ".y4m", ".png")


@pytest.mark.parametrize("ending", ENDINGS)
def test_cancelling_leaves_nothing(tmp_path: Path, ending: str) -> None:
    made = frames(30)
    seen = []

    def stop(done: int) -> None:
        seen.append(done)
        if done == 7:
            raise Cancelled()
    with pytest.raises(Cancelled):
        write_video(tmp_path / f"out{ending}", made, info_of(made), on_frame=stop)
    assert seen == list(range(1, 8)) and os.listdir(tmp_path) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_failing_frames_leave_the_old_file(tmp_path: Path, ending: str) -> None:
    made = frames(6)
    out = tmp_path / f"out{ending}"
    write_video(out, made[:2], info_of(made))
    before = sorted((p.name, p.stat().st_size) for p in tmp_path.rglob("*"))

    def broken() -> Iterator[Frame]:
        yield from made[:4]
        raise MediaError("frame 4 cannot be decoded")
    with pytest.raises(MediaError, match="frame 4"):
        write_video(out, broken(), info_of(made))
    with pytest.raises(MediaError, match="no frames"):
        write_video(out, [], info_of(made))
    with pytest.raises(MediaError, match="the first was"):
        write_video(out, [made[0], frames(1, (32, 48))[0]], info_of(made))
    assert sorted((p.name, p.stat().st_size) for p in tmp_path.rglob("*")) == before


class FullDisk:
    """A file on a disk with `room` bytes left."""

    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def write(self, data: Any) -> int:
        self._room -= len(memoryview(data).cast("B"))
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(self._file.write(data))

    def seek(self, at: int, how: int = 0) -> int:
        if self._room < 0:  # as a buffered file, which empties its buffer first
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(self._file.seek(at, how))

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize("room", [0, 3000])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_disk_is_one_line(tmp_path: Path, ending: str, room: int, monkeypatch: pytest.MonkeyPatch,
                                 capfd: pytest.CaptureFixture[str]) -> None:
    from engine.media import encode, raw
    plain = atomic.open_new
    for module in (atomic, raw, encode):
        monkeypatch.setattr(module, "open_new", lambda path: FullDisk(plain(path), room))
    made = frames(30)
    with pytest.raises(MediaError) as error:
        write_video(tmp_path / f"out{ending}", made, info_of(made), crf=0)
    assert "the disk is full" in str(error.value) and "\n" not in str(error.value)
    assert os.listdir(tmp_path) == []
    assert "Traceback" not in capfd.readouterr().err, "PyAV prints what it drops"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    made = frames(2)
    for ending in ENDINGS:
        with pytest.raises(MediaError, match="does not exist"):
            write_video(tmp_path / "none" / f"out{ending}", made, info_of(made))
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(MediaError, match="is a folder"):
        write_video(tmp_path / "folder.mp4", made, info_of(made))
    with pytest.raises(MediaError, match=r"no way to write \.avi"):
        write_video(tmp_path / "out.avi", made, info_of(made))
    with pytest.raises(MediaError):
        write_video(tmp_path / "out.mp4", made, info_of(made), preset="nonsense")
    assert sorted(os.listdir(tmp_path)) == ["folder.mp4"]


def test_what_cannot_be_kept_is_told(tmp_path: Path) -> None:
    from engine.media import AudioTrack
    made = frames(10, stamps=np.cumsum(STEPS).tolist())
    sound = AudioTrack("aac", b"", Fraction(1, 1000), {}, ((0, 0, 20, b"x"),))
    notes = " ".join(write_video(tmp_path / "out.y4m", made, info_of(made, Fraction(1, 100)), sound).notes)
    assert "sound left out" in notes and "time stamps left out" in notes
    assert "sound left out" in " ".join(write_video(tmp_path / "out.png", made[:1], info_of(made), sound).notes)
