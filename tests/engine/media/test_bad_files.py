"""Damaged, foreign and hostile files: one clear line, what is whole stays readable, nothing of ours goes down with them."""
from __future__ import annotations

import os
import random
import signal
import struct
import threading
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from engine.api import EngineError, MediaError
from engine.media import DecodeLimits, ImageFolderSource, VideoFileSource, audio_packets, probe
from tests.engine.media.clips import decoded, digest, encode, y4m

OPTIONS = {"g": "12", "bf": "3", "crf": "20"}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 with its index in front, as it is streamed."""
    folder = tmp_path_factory.mktemp("good")
    plain = encode(folder / "plain.mp4", "libx264", options=OPTIONS)
    fast = folder / "good.mp4"
    with av.open(str(plain)) as given, av.open(str(fast), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream_from_template(given.streams.video[0], opaque=True)
        for packet in given.demux(given.streams.video[0]):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return fast


def one_line(error: pytest.ExceptionInfo[EngineError], *words: str) -> None:
    text = str(error.value)
    assert "\n" not in text and "Traceback" not in text and len(text) < 300
    assert all(word in text for word in words), text


@pytest.mark.parametrize(("name", "content", "words"), [
    ("empty.mp4", b"", ("empty",)),
    ("text.mp4", b"Dear Sir or Madam,\nthis is not a film.\n" * 40, ("text",)),
    ("text.txt", b"Dear Sir or Madam,\nthis is not a film.\n" * 40, ("text",)),
    ("noise.mp4", bytes(random.Random(1).randbytes(5000)), ("cannot be read",)),
    ("noise.jpg", b"\xff\xd8\xff\xe0" + bytes(random.Random(2).randbytes(500)), ()),
    ("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n", ("cannot be read",)),
    ("list.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n", ("cannot be read",)),
])
def test_not_a_film(tmp_path: Path, name: str, content: bytes, words: tuple[str, ...]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for open_it in (probe, VideoFileSource, audio_packets):
        if open_it is audio_packets and name == "noise.jpg":
            continue  # a picture file that opens and has no sound
        with pytest.raises(MediaError) as error:
            open_it(path)
        one_line(error, name, *words)


def test_missing_and_misplaced(tmp_path: Path) -> None:
    for path in (tmp_path / "none.mp4", tmp_path / "no" / "folder.mp4"):
        with pytest.raises(MediaError) as error:
            probe(path)
        one_line(error, "no such file")
    with pytest.raises(MediaError) as error:
        probe(tmp_path)
    one_line(error, "no pictures")
    os.mkfifo(tmp_path / "pipe.mp4")
    for path, words in ((tmp_path / "pipe.mp4", "not a file"), (Path("/dev/zero"), "not a file"), (tmp_path, "is a folder")):
        with pytest.raises(MediaError) as error:
            VideoFileSource(path)
        one_line(error, words)


def test_sound_only_and_no_frames(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "tone.wav"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
    with pytest.raises(MediaError) as error:
        probe(tmp_path / "tone.wav")
    one_line(error, "no picture", "sound only")
    y4m(tmp_path / "none.y4m", 0, (16, 16))
    with pytest.raises(MediaError) as error:
        probe(tmp_path / "none.y4m")
    one_line(error, "none.y4m")


def test_cut_off_files_keep_what_is_whole(good: Path, tmp_path: Path) -> None:
    _, digests = decoded(good)
    data = good.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[:len(data) * 6 // 10])
    with VideoFileSource(cut) as source:
        assert 5 < source.info.frames < 40
        assert any("cut off" in n and "40 frames were recorded" in n for n in source.info.notes)
        got = [digest(f) for f in source.frames()]
    assert set(got) <= set(digests) and got[:5] == digests[:5]
    plain = tmp_path / "plain.mp4"  # its index is at the end
    plain.write_bytes((good.parent / "plain.mp4").read_bytes()[:3000])
    with pytest.raises(MediaError) as error:
        probe(plain)
    one_line(error, "without its index")
    film = encode(tmp_path / "film.mkv", "ffv1", frames=20)
    film.write_bytes(film.read_bytes()[:film.stat().st_size * 6 // 10])
    with VideoFileSource(film) as source:
        assert 3 < source.info.frames < 20 and any("cut off" in n for n in source.info.notes)
        assert len(list(source.frames())) == source.info.frames
    raw = y4m(tmp_path / "raw.y4m", 10, (32, 32))
    raw.write_bytes(raw.read_bytes()[:-700])
    with VideoFileSource(raw) as source:
        assert source.info.frames == 9 and len(list(source.frames())) == 9


def test_damage_in_the_middle_names_its_frames(good: Path, tmp_path: Path) -> None:
    """A flipped run of bytes: frames of that group are refused, the same ones in any order; all others are exact."""
    _, digests = decoded(good)
    with av.open(str(good)) as container:
        packets = [(p.pos, p.size, p.is_keyframe) for p in container.demux(video=0) if p.size]
    data = bytearray(good.read_bytes())
    at, size, _ = packets[16]
    for i in range(at + size // 3, at + size - 4):
        data[i] ^= 0x5A
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(data)

    def lost(order: list[int]) -> set[int]:
        gone = set()
        with VideoFileSource(bad) as source:
            assert source.info.frames == 40
            for i in order:
                try:
                    assert digest(source.read(i)) == digests[i], i
                except MediaError as error:
                    assert f"frame {i} " in str(error) and "\n" not in str(error)
                    gone.add(i)
        return gone

    straight = lost(list(range(40)))
    assert straight and len(straight) < 20
    assert lost(random.Random(3).sample(range(40), 40)) == straight
    with VideoFileSource(bad) as source, pytest.raises(MediaError) as error:
        list(source.frames())
    one_line(error, f"frame {min(straight)} ")


def test_any_damage_is_a_media_error(good: Path, tmp_path: Path) -> None:
    """Bytes changed and ends cut off anywhere: a clear line or frames, never anything else."""
    data = good.read_bytes()
    rng = random.Random(5)
    path = tmp_path / "fuzz.mp4"
    for _ in range(6):
        bad = bytearray(data[:rng.randrange(len(data) // 3, len(data) + 1)])
        for _ in range(rng.randrange(1, 12)):
            at = rng.choice((rng.randrange(min(len(bad), 1500)), rng.randrange(len(bad))))
            bad[at] = rng.randrange(256)
        path.write_bytes(bad)
        try:
            with VideoFileSource(path) as source:
                for i in range(source.info.frames):
                    try:
                        source.read(i)
                    except MediaError as error:
                        assert "\n" not in str(error)
        except MediaError as error:
            assert "\n" not in str(error)


def png(width: int, height: int, rows: int = 1) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    data = zlib.compress(bytes(1 + width) * rows, 1)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_sizes_and_memory_are_limited(good: Path, tmp_path: Path) -> None:
    (tmp_path / "wide.png").write_bytes(png(40000, 4))
    with pytest.raises(MediaError) as error:
        probe(tmp_path / "wide.png")
    one_line(error, "40000x4", "too large")
    with pytest.raises(MediaError) as error:
        probe(good, DecodeLimits(max_side=50))
    one_line(error, "64x48", "too large", "50")
    with pytest.raises(MediaError) as error:
        probe(good, DecodeLimits(max_pixels=1000))
    one_line(error, "too large")
    for memory in (64 << 20, 300 << 20):  # too little to begin with; too little for the picture
        (tmp_path / "big.png").write_bytes(png(8000, 8000, 8000))
        with pytest.raises(MediaError) as error:
            probe(tmp_path / "big.png", DecodeLimits(memory=memory))
        one_line(error, "memory")


@pytest.mark.parametrize("gone", [False, True])
def test_a_crash_is_told_and_survived(good: Path, gone: bool) -> None:
    """`gone`: the child has ended before it is asked for the next frame."""
    with VideoFileSource(good) as source:
        first = digest(source.read(3))
        source._cache.clear()
        os.kill(source._worker.pid, signal.SIGSEGV)
        if gone:
            source._worker._process.wait(10)
        with pytest.raises(MediaError) as error:
            source.read(20)
        one_line(error, "crashed (SIGSEGV)", "frame 20")
        assert digest(source.read(3)) == first  # a new child


def test_crashing_again_and_again_ends(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.media.worker import Worker
    with VideoFileSource(good) as source:
        post = Worker.post

        def deadly(self: Worker, do: str, **request: object) -> None:
            post(self, do, **request)
            if do == "frame":
                os.kill(self.pid, signal.SIGKILL)
        monkeypatch.setattr(Worker, "post", deadly)
        messages = []
        for _ in range(5):
            with pytest.raises(MediaError) as error:
                source.read(9)
            messages.append(str(error.value))
        assert "crashed three times" in messages[-1]


def test_a_child_that_hangs_is_ended(good: Path) -> None:
    with VideoFileSource(good) as source:
        pid = source._worker.pid
        source._worker.limits = DecodeLimits(stall=0.3)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(MediaError) as error:
            source.read(5)
        one_line(error, "no sign of life")
        assert not psutil.pid_exists(pid)


def test_nothing_is_left_behind(good: Path) -> None:
    before = set(os.listdir("/proc/self/fd")), set(os.listdir("/dev/shm")), threading.active_count()
    source = VideoFileSource(good)
    pid = source._worker.pid
    walk = source.frames()
    next(walk)  # with requests still under way
    source.close()
    source.close()
    assert not psutil.pid_exists(pid)
    assert (set(os.listdir("/proc/self/fd")), set(os.listdir("/dev/shm")), threading.active_count()) == before
    with pytest.raises(MediaError) as error:
        source.read(0)
    one_line(error, "closed")
    with pytest.raises(MediaError):
        next(walk)


def test_a_dropped_source_ends_its_child(good: Path) -> None:
    source = VideoFileSource(good)
    pid = source._worker.pid
    del source
    assert not psutil.pid_exists(pid)


def test_works_from_threads(good: Path) -> None:
    _, digests = decoded(good)
    wrong: list[object] = []
    with VideoFileSource(good) as source:
        def work(seed: int) -> None:
            rng = random.Random(seed)
            try:
                for _ in range(15):
                    i = rng.randrange(40)
                    if digest(source.read(i)) != digests[i]:
                        wrong.append(i)
            except BaseException as error:
                wrong.append(error)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_animated_webp_is_called_that(tmp_path: Path) -> None:
    plain = encode(tmp_path / "plain.webp", "libwebp", frames=1, fmt="yuv420p", container="webp")
    with VideoFileSource(plain) as source:
        assert source.info.frames == 1
    picture = plain.read_bytes()[12:]
    size = b"\x3f\0\0\x2f\0\0"       # 64 x 48, less one
    frame = bytes(6) + size + b"\x28\0\0\0" + picture
    body = (b"WEBPVP8X\x0a\0\0\0\x02\0\0\0" + size + b"ANIM\6\0\0\0" + bytes(6)
            + 2 * (b"ANMF" + len(frame).to_bytes(4, "little") + frame))
    moving = tmp_path / "moving.webp"
    moving.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    with pytest.raises(MediaError) as error:
        VideoFileSource(moving)
    one_line(error, "moving.webp", "animated WebP is not read")


def test_folders_of_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    for name in ("img10.png", "img9.png", "IMG1.png", "notes.txt", ".hidden.png"):
        (folder / name).write_bytes(png(8, 6, 6) if name.startswith(("img", "IMG")) else b"text")
    with ImageFolderSource(folder, rate=Fraction(10)) as source:
        assert [os.path.basename(f) for f in source._files] == ["IMG1.png", "img9.png", "img10.png"]
        assert source.info.rate == 10 and source.info.pts == (0, 1, 2) and source.read(2).y.max() == 0
    (folder / "img11.png").write_bytes(png(9, 6, 6))
    with pytest.raises(MediaError) as error:
        ImageFolderSource(folder)
    one_line(error, "img11.png", "9x6", "8x6", "one size")
    (folder / "img11.png").write_bytes(png(8, 6, 2)[:60])
    with ImageFolderSource(folder) as source, pytest.raises(MediaError) as error:
        list(source.frames())
    one_line(error, "img11.png")
