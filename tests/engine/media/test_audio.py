"""Sound goes through as it is."""
from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import MediaError
from engine.media import AudioTrack, VideoFileSource, audio_packets, write_video
from engine.media.adts import without_headers
from tests.engine.media.clips import av_frame, encode

RATE = {"libopus": 48000}


def film(path: Path, codec: str, seconds: int = 2) -> Path:
    """A clip with a tone whose pitch rises."""
    rate = RATE.get(codec, 44100)
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=25)
        video.width, video.height = 64, 48
        audio = out.add_stream(codec, rate=rate, layout="stereo")
        for i in range(25 * seconds):
            frame = av_frame(i, 64, 48, "yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        t = np.arange(rate * seconds) / rate
        wave = (np.sin(2 * np.pi * (300 + 200 * t) * t) * 9000).astype(np.int16)
        tone = av.AudioFrame.from_ndarray(np.repeat(wave, 2).reshape(1, -1), format="s16", layout="stereo")
        tone.sample_rate, tone.pts = rate, 0
        fit = av.AudioResampler(format=audio.codec_context.format, layout="stereo", rate=rate,
                                frame_size=audio.codec_context.frame_size or 1024)
        for part in [*fit.resample(tone), *fit.resample(None)]:
            out.mux(audio.encode(part))
        out.mux(audio.encode())
    return path


def packets(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return [(p.pts * stream.time_base, bytes(p)) for p in container.demux(stream) if p.size]


@pytest.mark.parametrize(("codec", "given", "ending"), [
    ("aac", ".mp4", ".mp4"), ("aac", ".mp4", ".mkv"), ("libmp3lame", ".mkv", ".mp4"), ("libopus", ".mkv", ".mkv"),
    ("flac", ".mkv", ".mp4"), ("pcm_s16le", ".mkv", ".mkv"), ("ac3", ".mp4", ".mkv"), ("alac", ".mp4", ".mp4")])
def test_packets_arrive_unchanged(tmp_path: Path, codec: str, given: str, ending: str) -> None:
    path = film(tmp_path / f"film{given}", codec)
    track = audio_packets(path)
    assert track is not None
    with VideoFileSource(path) as source:
        assert source.info.has_audio
        result = write_video(tmp_path / f"out{ending}", source.frames(), source.info, track)
        count = source.info.frames
    assert result.sound and result.notes == () and sorted(os.listdir(tmp_path)) == sorted(["film" + given, "out" + ending])
    before, after = packets(path), packets(tmp_path / f"out{ending}")
    assert [data for _, data in after] == [data for _, data in before]  # Matroska, too: what lies before zero is the codec's run-in
    assert all(abs(a - b) <= Fraction(2, 1000) for (a, _), (b, _) in zip(after, before, strict=True))
    with av.open(str(tmp_path / f"out{ending}")) as container:
        assert sum(1 for _ in container.decode(video=0)) == count
    with av.open(str(tmp_path / f"out{ending}")) as container:
        assert sum(f.samples for f in container.decode(audio=0)) > 80000


@pytest.mark.parametrize("ending", [".mkv", ".mp4"])
def test_aac_of_a_transport_stream_becomes_one_track_of_a_file(tmp_path: Path, ending: str) -> None:
    path = film(tmp_path / "film.ts", "aac")
    track = audio_packets(path)
    assert track is not None and not track.extradata and track.packets[0][3][:1] == b"\xff"
    with VideoFileSource(path) as source:
        assert write_video(tmp_path / f"out{ending}", source.frames(), source.info, track).sound
    with av.open(str(tmp_path / f"out{ending}")) as made, av.open(str(path)) as given:
        assert [s.type for s in made.streams] == ["video", "audio"]
        assert made.streams.audio[0].codec_context.extradata
        before, after = (np.concatenate([f.to_ndarray() for f in c.decode(audio=0)], axis=1) for c in (given, made))
    assert np.array_equal(before, after) and before.shape[1] > 80000


def test_joined_recordings_go_on_behind_each_other_pictures_and_sound(tmp_path: Path) -> None:
    one = film(tmp_path / "one.ts", "aac").read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(one * 3)
    track = audio_packets(path)
    assert track is not None
    with VideoFileSource(path) as source:
        assert "joined recordings: where time falls back (2 x) it goes on instead" in source.info.notes
        assert source.info.frames == 150 and set(np.diff(source.info.pts)) == {3600}
        result = write_video(tmp_path / "out.mkv", source.frames(), source.info, track)
    assert result.sound and not result.notes
    sound = packets(tmp_path / "out.mkv")
    assert [data for _, data in sound] == [p[3] for p in without_headers(track).packets]
    assert len(sound) == 3 * len(packets(tmp_path / "one.ts"))
    steps = np.diff([float(at) for at, _ in sound])
    assert abs(steps - 1024 / 44100).max() < 0.002      # Matroska keeps whole milliseconds


def test_aac_that_changes_on_its_way_is_left_alone() -> None:
    head = bytes([0xFF, 0xF1, 0x50, 0x80, 0x01, 0x7F, 0xFC])
    packets = ((0, 0, 1024, head + b"abcd"), (1024, 1024, 1024, head + b"efgh"))
    track = AudioTrack("aac", b"", Fraction(1, 44100), {}, packets)
    plain = without_headers(track)
    assert plain.extradata == b"\x12\x10" and [p[3] for p in plain.packets] == [b"abcd", b"efgh"]
    summed = bytes([0xFF, 0xF0, 0x50, 0x80, 0x01, 0xBF, 0xFC])
    checked = AudioTrack("aac", b"", track.time_base, {}, ((0, 0, 1, summed + b"xxabcd"),))
    assert [p[3] for p in without_headers(checked).packets] == [b"abcd"]
    for other in (packets[0][3][:-1], head[:3] + b"\x40" + head[4:] + b"abcd", b"efgh" * 5, b""):
        mixed = AudioTrack("aac", b"", track.time_base, {}, (packets[0], (1024, 1024, 1024, other)))
        assert without_headers(mixed) == mixed
    for codec, extra in (("mp3", b""), ("aac", b"\x12\x10")):
        kept = AudioTrack(codec, extra, track.time_base, {}, packets)
        assert without_headers(kept) == kept


def test_what_of_a_file_is_not_kept_is_told(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "many.mkv"), "w") as out:
        videos = [out.add_stream("mpeg4", rate=25) for _ in range(2)]
        sounds = [out.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(3)]
        for stream in videos:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if hasattr(out, "set_chapters"):
            out.set_chapters([{"id": 1, "start": 0, "end": 40, "time_base": Fraction(1, 1000), "metadata": {"title": "one"}}])
        for stream in videos:
            frame = av_frame(0, 64, 48, "yuv420p")
            frame.pts, frame.time_base = 0, Fraction(1, 25)
            out.mux([*stream.encode(frame), *stream.encode()])
        for stream in sounds:
            tone = av.AudioFrame.from_ndarray(np.zeros((1, 320), np.int16), format="s16", layout="mono")
            tone.sample_rate, tone.pts = 8000, 0
            out.mux([*stream.encode(tone), *stream.encode()])
        chapters = hasattr(out, "chapters")
    with VideoFileSource(tmp_path / "many.mkv") as source:
        notes = source.info.notes
    assert "only one of 2 picture tracks is kept" in notes and "only one of 3 sound tracks is kept" in notes
    assert ("chapters left out" in notes) == chapters
    with VideoFileSource(film(tmp_path / "plain.mp4", "aac", 1)) as source:
        assert not any("kept" in n or "left out" in n for n in source.info.notes)


def test_what_comes_beside_the_pictures_is_told_of(tmp_path: Path) -> None:
    light = "log-level=none:hdr10=1:max-cll=1000,400:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    cases = (("hdr.mkv", "libx265", "yuv420p10le", {"x265-params": light}, "HDR data besides the colours left out"),
             ("clear.webm", "libvpx-vp9", "yuva420p", {}, "transparency dropped"))
    for name, codec, fmt, options, line in cases:
        with VideoFileSource(encode(tmp_path / name, codec, frames=3, fmt=fmt, options=options)) as source:
            assert sum(n.startswith(line) for n in source.info.notes) == 1
    with VideoFileSource(encode(tmp_path / "plain.webm", "libvpx-vp9", frames=3)) as source:
        assert not any("left out" in n or "dropped" in n for n in source.info.notes)


def test_subtitles_are_told_of(tmp_path: Path) -> None:
    film(tmp_path / "plain.mkv", "aac", 1)
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,400\na line\n")
    with av.open(str(tmp_path / "plain.mkv")) as given, av.open(str(tmp_path / "words.srt")) as words, \
            av.open(str(tmp_path / "subs.mkv"), "w") as out:
        parts = [(source, out.add_stream_from_template(source)) for source in (words.streams.subtitles[0], given.streams.video[0])]
        for source, stream in parts:
            for packet in source.container.demux(source):
                if packet.size:
                    packet.stream = stream
                    out.mux(packet)
    with VideoFileSource(tmp_path / "subs.mkv") as made:
        assert "subtitles left out" in made.info.notes


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv", "pcm_s16le", 1)
    track = audio_packets(path)
    assert track is not None
    with VideoFileSource(path) as source:
        kept = write_video(tmp_path / "out.mp4", source.frames(), source.info, track)
        odd = AudioTrack("speex", b"", track.time_base, track.params, track.packets)
        left = write_video(tmp_path / "odd.mkv", source.frames(), source.info, odd)
    if not kept.sound:
        assert any("does not fit into .mp4" in n and ".mkv" in n for n in kept.notes)
    assert not left.sound and left.notes == ("sound left out: speex cannot be carried",)


def test_a_piece_takes_its_sound_with_it(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", "aac")
    track = audio_packets(path)
    assert track is not None
    with VideoFileSource(path) as source:
        write_video(tmp_path / "piece.mp4", source.frames(25, 40), source.info, track)
    whole, piece = packets(path), packets(tmp_path / "piece.mp4")
    at = next(i for i, (_, data) in enumerate(whole) if data == piece[0][1])
    assert [d for _, d in piece] == [d for _, d in whole[at:at + len(piece)]]
    assert whole[at][0] <= 1 < whole[at + 1][0] and whole[at + len(piece) - 1][0] < Fraction(8, 5)
    assert abs(piece[0][0] - (whole[at][0] - 1)) <= Fraction(1, 1000)


def test_files_without_sound(tmp_path: Path) -> None:
    assert audio_packets(encode(tmp_path / "silent.mp4", "libx264", frames=3)) is None
    path = film(tmp_path / "film.mp4", "aac", 1)
    with pytest.raises(MediaError, match="more than 100 bytes"):
        audio_packets(path, max_bytes=100)


PACKETS = st.lists(st.tuples(st.integers(-2 ** 40, 2 ** 40), st.integers(-2 ** 40, 2 ** 40), st.integers(0, 5000), st.binary(max_size=30)),
                   max_size=12).map(tuple)


@given(PACKETS, st.binary(max_size=20), st.fractions(Fraction(1, 10 ** 9), 10))
def test_bytes_and_back(some: tuple[tuple[int, int, int, bytes], ...], extra: bytes, base: Fraction) -> None:
    track = AudioTrack("aac", extra, base, {"sample_rate": 44100, "layout": "stereo"}, some)
    assert AudioTrack.from_bytes(track.to_bytes()) == track


@given(st.data())
def test_damaged_bytes_are_refused_or_read(data: st.DataObject) -> None:
    good = bytearray(AudioTrack("aac", b"ab", Fraction(1, 44100), {"channels": 2},
                                tuple((i * 1024, i * 1024, 1024, bytes([i] * 9)) for i in range(6))).to_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    bad = bytes(good[:data.draw(st.integers(0, len(good)))])
    try:
        AudioTrack.from_bytes(bad)
    except MediaError as error:
        assert "\n" not in str(error)


def test_a_table_that_unpacks_without_end_is_refused() -> None:
    import struct
    import zlib
    bomb = zlib.compress(bytes(50_000_000), 9)
    text = b'{"codec":"aac","time_base":[1,1],"params":{}}'
    with pytest.raises(MediaError):
        AudioTrack.from_bytes(struct.pack("<4sIIII", b"LZA1", len(text), 0, len(bomb), 3) + text + bomb)
