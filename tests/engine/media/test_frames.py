"""Frame-exactness, one suite over all back ends: reading in order, at random and backwards gives the same frames, and for 4:2:0 files
the ones a plain decoder gives."""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.api import Frame, FrameSource
from engine.media import ImageFolderSource, VideoFileSource
from engine.media.packets import even_stamps
from tests.engine.media.clips import av_frame, decoded, digest, encode, picture, with_edit_list, y4m

B_FRAMES = {"g": "12", "bf": "3", "crf": "20"}


def vfr(path: Path) -> Path:
    stamps = list(np.cumsum([1, 3, 1, 1, 7, 2, 1, 4] * 5).tolist())
    return encode(path, "libx264", options=B_FRAMES, stamps=stamps, time_base=Fraction(1, 1000))


def turned(degrees: int) -> Callable[[Path], Path]:
    return lambda path: encode(path, "libx264", size=(64, 36), options=B_FRAMES, frames=20,
                               setup=lambda s: s.set_display_rotation(degrees))


def pictures(path: Path, ending: str = "png", codec: str = "png", fmt: str = "rgb24") -> Path:
    path.mkdir()
    for i in range(12):
        encoder = av.CodecContext.create(codec, "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 33, 25, fmt, Fraction(1, 25)
        data = b"".join(bytes(p) for p in [*encoder.encode(av_frame(i, 33, 25, fmt)), *encoder.encode(None)])
        (path / f"shot{i}.{ending}").write_bytes(data)
    return path


EXACT: dict[str, Callable[[Path], Path]] = {
    "b_frames.mp4": lambda p: encode(p, "libx264", options=B_FRAMES),
    "open_gop.mkv": lambda p: encode(p, "libx264", options={"g": "10", "bf": "3", "x264-params": "open-gop=1:scenecut=0"}),
    "vfr.mp4": vfr,
    "starts_late.mp4": lambda p: encode(p, "libx264", options=B_FRAMES, stamps=[i + 7 for i in range(40)]),
    "edit_list.mp4": lambda p: with_edit_list(encode(p, "libx264", options=B_FRAMES), 512 * 5),
    "ten_bit.mp4": lambda p: encode(p, "libx264", fmt="yuv420p10le", options=B_FRAMES),
    "hevc.mp4": lambda p: encode(p, "libx265", options={"x265-params": "log-level=none:keyint=10:bframes=3:pools=none"}),
    "hevc.265": lambda p: encode(p, "libx265", options={"x265-params": "log-level=none:keyint=10:bframes=3:pools=none"}),
    "raw.264": lambda p: encode(p, "libx264", options={"g": "10", "bf": "2"}),
    "transport.ts": lambda p: encode(p, "libx264", options=B_FRAMES),
    "mpeg2.ts": lambda p: encode(p, "mpeg2video", options={"g": "12", "bf": "2"}),
    "mpeg4.avi": lambda p: encode(p, "mpeg4", options={"g": "12", "bf": "2"}),
    "mpeg4.mp4": lambda p: encode(p, "mpeg4", options={"g": "12", "bf": "2"}),
    "vp9_odd.webm": lambda p: encode(p, "libvpx-vp9", size=(33, 35),
                                     options={"g": "15", "lag-in-frames": "16", "auto-alt-ref": "1", "cpu-used": "8"}),
    "vp8_hidden.webm": lambda p: encode(p, "libvpx", options={"g": "15", "lag-in-frames": "16", "auto-alt-ref": "1"}),
    "ffv1_odd.mkv": lambda p: encode(p, "ffv1", size=(33, 35), options={"g": "8"}),
    "odd.y4m": lambda p: y4m(p, 20, (33, 35)),
    "ten_bit.y4m": lambda p: y4m(p, 10, (34, 26), 10),
    "motion.avi": lambda p: encode(p, "mjpeg", fmt="yuvj420p"),
}
OTHERS: dict[str, Callable[[Path], Path]] = {
    "turned90.mp4": turned(-90), "turned180.mp4": turned(180), "turned270.mp4": turned(90),
    "ffv1_444.mkv": lambda p: encode(p, "ffv1", fmt="yuv444p", options={"g": "5"}),
    "ffv1_12bit.mkv": lambda p: encode(p, "ffv1", fmt="yuv422p12le"),
    "moving.gif": lambda p: encode(p, "gif", fmt="rgb8", frames=20),
    "prores.mov": lambda p: encode(p, "prores_ks", fmt="yuv422p10le", frames=10),
    "still.png": lambda p: encode(p, "png", fmt="rgb24", frames=1, container="image2"),
    "folder": pictures,
    "large.jpg": lambda p: encode(p, "mjpeg", fmt="yuvj420p", size=(320, 240), frames=1, container="image2"),
    "jpegs": lambda p: pictures(p, "jpg", "mjpeg", "yuvj420p"),
}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a clip the first time it is asked for."""
    folder = tmp_path_factory.mktemp("clips")

    def made(name: str) -> Path:
        path = folder / name
        return path if path.exists() else {**EXACT, **OTHERS}[name](path)

    return made


def opened(path: Path) -> VideoFileSource | ImageFolderSource:
    return ImageFolderSource(path) if path.is_dir() else VideoFileSource(path)


@pytest.mark.parametrize("name", [*EXACT, *OTHERS])
def test_any_order_gives_the_same_frames(clip: Callable[[str], Path], name: str) -> None:
    with opened(clip(name)) as source:
        assert isinstance(source, FrameSource)
        info = source.info
        straight = list(source.frames())
        digests = [digest(f) for f in straight]
        assert len(digests) == info.frames and len(set(digests)) == info.frames
        assert [(f.index, f.pts) for f in straight] == list(enumerate(info.pts))
        check_shape(straight[0], info.width, info.height, info.bit_depth)

        order = [random.Random(7).randrange(info.frames) for _ in range(12)] + list(range(info.frames - 1, max(-1, info.frames - 14), -1))
        for index in order:
            source._cache.clear()
            assert digest(source.read(index)) == digests[index], index
        if name in EXACT:
            stamps, plain = decoded(clip(name))
            assert digests == plain
            if None not in stamps:
                assert list(info.pts) == stamps


def check_shape(frame: Frame, width: int, height: int, depth: int) -> None:
    half = ((height + 1) // 2, (width + 1) // 2)
    assert (frame.y.shape, frame.u.shape, frame.v.shape) == ((height, width), half, half)
    assert frame.bit_depth == depth and frame.y.dtype == (np.uint8 if depth == 8 else np.uint16)
    assert all(p.flags.c_contiguous for p in (frame.y, frame.u, frame.v))


def test_pieces_and_stops(clip: Callable[[str], Path]) -> None:
    with VideoFileSource(clip("b_frames.mp4")) as source:
        assert [f.index for f in source.frames(5, 9)] == [5, 6, 7, 8]
        assert [f.index for f in source.frames(38, 99)] == [38, 39]
        assert list(source.frames(9, 9)) == []
        for outside in (-1, 40):
            with pytest.raises(IndexError):
                source.read(outside)
        source.read(30)
        source._cache.clear()
        source.read(29)  # a step back brings the frames before it, for the next steps
        assert set(source._cache) == set(range(22, 30))
        walk: Iterator[Frame] = source.frames()  # reading elsewhere in between disturbs nothing
        digests = [digest(f) for f in source.frames()]
        got = []
        for k, frame in enumerate(walk):
            got.append(digest(frame))
            if k % 5 == 0:
                assert digest(source.read((k * 17) % 40)) == digests[(k * 17) % 40]
        assert got == digests


def test_turning_is_undone(clip: Callable[[str], Path]) -> None:
    """A display matrix turns the stored picture; what is read is the picture as it is shown."""
    for name, degrees, quarters in (("turned90.mp4", 90, -1), ("turned180.mp4", 180, 2), ("turned270.mp4", 270, 1)):
        with av.open(str(clip(name))) as container:  # of each: the encoder does not write the same file twice
            first = next(container.decode(video=0))
            stored = np.frombuffer(first.planes[0], np.uint8).reshape(36, -1)[:, :64].copy()
        with VideoFileSource(clip(name)) as source:
            assert source.info.rotation == degrees
            assert (source.info.width, source.info.height) == ((64, 36) if degrees == 180 else (36, 64))
            assert np.array_equal(source.read(0).y, np.rot90(stored, quarters))


def test_lossless_kinds_come_through_bit_exact(clip: Callable[[str], Path]) -> None:
    for name, size, bits in (("ffv1_odd.mkv", (33, 35), 8), ("odd.y4m", (33, 35), 8), ("ten_bit.y4m", (34, 26), 10)):
        with VideoFileSource(clip(name)) as source:
            frame = source.read(3)
            for got, made in zip((frame.y, frame.u, frame.v), picture(3, *size, bits), strict=True):
                assert np.array_equal(got, made)


def test_facts(clip: Callable[[str], Path]) -> None:
    from engine.media import probe
    info = probe(clip("vfr.mp4"))
    assert "variable frame rate" in info.notes and info.kind == "video"
    assert [float(t * info.time_base) for t in info.pts[:3]] == pytest.approx([0.001, 0.004, 0.005])
    info = probe(clip("raw.264"))
    assert info.pts == tuple(range(40)) and info.time_base == Fraction(1, 25) and any("no time stamps" in n for n in info.notes)
    info = probe(clip("still.png"))
    assert info.kind == "images" and info.frames == 1 and info.colour.full
    info = probe(clip("large.jpg"))     # FFmpeg goes by the ending of a JPEG larger than what it looks at first
    assert clip("large.jpg").stat().st_size > 4096 and info.kind == "images" and (info.width, info.height) == (320, 240)
    info = probe(clip("ffv1_12bit.mkv"))
    assert info.bit_depth == 10 and any("4:2:2 reduced" in n and "12 bit reduced" in n for n in info.notes)
    info = probe(clip("folder"))
    assert info.kind == "images" and (info.rate, info.time_base, info.frames) == (25, Fraction(1, 25), 12) and len(info.digest) == 64


def test_time_that_falls_back_a_little_is_jitter_and_far_is_a_join() -> None:
    base = Fraction(1, 1000)
    assert even_stamps([0, 40, 40, 80, 120], base, Fraction(25)) == (
        [0, 40, 80, 81, 120], base, "2 time stamps that did not rise were set after the one before")
    assert even_stamps([0, 40, 30, 120], base, Fraction(25))[0] == [0, 40, 80, 120]
    joined, _, said = even_stamps([500, 540, 580, 500, 540, 580, 0, 40], base, Fraction(25))
    assert joined[6:] == [joined[5] + 40, joined[5] + 80] and said.startswith("joined recordings: where time falls back (1 x)")
    assert even_stamps([9000, 9040, 0, 40, 0, 40], base, Fraction(25))[0] == [9000, 9040, 9080, 9120, 9160, 9161]


def test_a_few_stamps_that_are_missing_are_set_between_their_neighbours() -> None:
    stamps: list[int | None] = [n * n * 10 for n in range(60)]
    want = [n * n * 10 for n in range(60)]
    for n in (0, 20, 21, 59):
        stamps[n] = None
    want[0], want[20], want[21], want[59] = -30, 3610 + (4840 - 3610) // 3, 3610 + 2 * (4840 - 3610) // 3, 33640 + 40
    assert even_stamps(stamps, Fraction(1, 1000), Fraction(25)) == (
        want, Fraction(1, 1000), "4 frames without a time stamp were set between their neighbours")
    for n in range(0, 60, 5):
        stamps[n] = None
    assert even_stamps(stamps, Fraction(1, 1000), Fraction(25))[:2] == (list(range(60)), Fraction(1, 25))
