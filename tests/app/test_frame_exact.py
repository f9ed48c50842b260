"""The frame on screen for index N is the frame decoded at N, by hash, for many kinds of file; sought, stepped to and played.

What is decoded at N is found without the program: PyAV decodes the file from its beginning. A `.lzc` is read from its beginning by a
source of its own.
"""
from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.convert import pack
from app.window import MainWindow
from engine.api import Colour, Frame
from engine.controller import SystemController
from engine.jobs.runner import run_job
from engine.media import convert, open_media, to_rgb
from engine.resources import model_path
from tests.engine.media import clips

N = 24
B_FRAMES = {"bf": "3", "g": "9", "b-adapt": "0", "sc_threshold": "0"}
pytestmark = pytest.mark.timeout(400)


def _b_frames(folder: Path) -> Path:
    return clips.encode(folder / "b.mp4", "libx264", frames=N, options=B_FRAMES)


def _vfr(folder: Path) -> Path:
    stamps = np.cumsum([0] + [40, 15, 90, 40, 300] * N)[:N].tolist()
    return clips.encode(folder / "vfr.mkv", "libx264", frames=N, options=B_FRAMES, stamps=stamps, time_base=Fraction(1, 1000))


def _edit_list(folder: Path) -> Path:
    path = clips.encode(folder / "edit.mp4", "libx264", frames=N + 6, options=B_FRAMES)
    with av.open(str(path)) as container:
        tick = int(1 / (25 * container.streams.video[0].time_base))
    return clips.with_edit_list(path, 5 * tick)


def _transport_stream(folder: Path) -> Path:
    return clips.encode(folder / "b.ts", "libx264", frames=N, options=B_FRAMES, container="mpegts")


def _raw(folder: Path) -> Path:
    return clips.encode(folder / "raw.h264", "libx264", frames=N, options=B_FRAMES, container="h264")


def _odd(folder: Path) -> Path:
    return clips.encode(folder / "odd.mkv", "ffv1", frames=N, size=(97, 61))


def _ten_bit(folder: Path) -> Path:
    return clips.encode(folder / "ten.mkv", "libx264", frames=N, fmt="yuv420p10le", options=B_FRAMES)


def _hevc(folder: Path) -> Path:
    return clips.encode(folder / "open.mp4", "libx265", frames=N, options={"x265-params": "bframes=3:open-gop=1:keyint=8:log-level=none"})


def _vp9(folder: Path) -> Path:
    return clips.encode(folder / "v.webm", "libvpx-vp9", frames=N, options={"cpu-used": "8", "deadline": "realtime", "g": "9"})


def _mjpeg(folder: Path) -> Path:
    return clips.encode(folder / "m.avi", "mjpeg", frames=N, fmt="yuvj420p")


def _gif(folder: Path) -> Path:
    return clips.encode(folder / "g.gif", "gif", frames=N, fmt="rgb8", rate=10)


def _apng(folder: Path) -> Path:
    return clips.encode(folder / "a.apng", "apng", frames=N, fmt="rgb24", rate=10, container="apng")


def _mpeg2(folder: Path) -> Path:
    return clips.encode(folder / "two.mpg", "mpeg2video", frames=N, options={"bf": "2", "g": "8"}, container="mpeg")


def _folder(folder: Path) -> Path:
    place = folder / "pictures"
    place.mkdir()
    for i in range(N):
        _png(place, i)
    return place


def _png(place: Path, i: int) -> None:
    context = av.CodecContext.create("png", "w")
    frame = clips.av_frame(i, *clips.SIZE, "rgb24")
    context.width, context.height, context.pix_fmt, context.time_base = *clips.SIZE, "rgb24", Fraction(1, 25)  # type: ignore[attr-defined]
    (place / f"img{i}.png").write_bytes(b"".join(bytes(p) for p in [*context.encode(frame), *context.encode(None)]))  # type: ignore[attr-defined]


def _lzc(folder: Path) -> Path:
    source, out = _b_frames(folder), folder / "b.lzc"
    with SystemController() as system:
        run_job(system.compress(source, out, quality=40, effort="fast"))
    return out


KINDS: dict[str, Callable[[Path], Path]] = {
    "B-frames in mp4": _b_frames, "uneven rate": _vfr, "edit list": _edit_list, "MPEG-TS": _transport_stream, "raw H.264": _raw,
    "odd size": _odd, "10 bit": _ten_bit, "HEVC, open groups": _hevc, "VP9": _vp9, "MJPEG": _mjpeg, "GIF": _gif, "APNG": _apng,
    "MPEG-2 program stream": _mpeg2, "folder of pictures": _folder, ".lzc": _lzc}


def _plain(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Planes of every frame, decoded from the beginning in this process."""
    files = sorted(path.iterdir(), key=lambda p: int(p.stem[3:])) if path.is_dir() else [path]
    for file in files:
        with av.open(str(file)) as container:
            for frame in container.decode(video=0):
                yield tuple(np.array(p) for p in convert.planes_of(frame, convert.kind_of(frame).depth))  # type: ignore[misc]


def expected(path: Path) -> list[str]:
    """The hash of the picture on screen for every frame."""
    if path.suffix == ".lzc":
        with SystemController() as system:
            source = system.open(path)
            found = [shown(f, source.info.colour) for f in source.frames()]
            source.close()
            return found
    with open_media(path) as opened:
        colour, depth = opened.info.colour, opened.info.bit_depth
    return [shown(Frame(*planes, bit_depth=depth), colour) for planes in _plain(path)]


def shown(frame: Frame, colour: Colour) -> str:
    return hashed(pack(to_rgb(frame, colour)))


def hashed(picture: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()


@pytest.fixture
def window(real_window: MainWindow) -> MainWindow:
    real_window.actions_by_id["recorded_only"].setChecked(True)
    return real_window


@pytest.mark.parametrize("kind", KINDS)
def test_the_frame_on_screen_is_the_frame_decoded_there(window: MainWindow, qtbot: QtBot, tmp_path: Path, kind: str) -> None:
    if kind == ".lzc" and not model_path("codec.safetensors").is_file():
        pytest.skip("the weights of the codec are not here")
    path = KINDS[kind](tmp_path)
    wanted = expected(path)
    assert len(set(wanted)) == len(wanted) >= N, "frames must be told apart, and none be missing"
    seen: list[tuple[int, str]] = []

    def note() -> None:
        index, zoomed = window.zoom_view._whole  # type: ignore[misc]
        same = window.frame_view._picture is zoomed and index == window.player.index
        seen.append((index, hashed(zoomed) if same else "the two views do not show one frame"))

    window.player.shown.connect(note)
    window.open_path(str(path))
    qtbot.waitUntil(lambda: bool(seen), timeout=30000)
    assert window.player.info is not None and window.player.info.frames == len(wanted)
    last = len(wanted) - 1
    order = [last, 0, last // 2, last // 2 - 1, *random.Random(kind).sample(range(len(wanted)), 10)]
    for n in order:
        window.player.seek(n)
        qtbot.waitUntil(lambda n=n: seen[-1][0] == n, timeout=20000)
    for step in (1, 1, -1, -1, -1):
        at = window.player.target
        window.player.step(step)
        if 0 <= at + step <= last:
            qtbot.waitUntil(lambda n=at + step: seen[-1][0] == n, timeout=20000)
    window.player.seek(0)
    qtbot.waitUntil(lambda: seen[-1][0] == 0, timeout=20000)
    window.player.play(2.0)
    qtbot.waitUntil(lambda: not window.player.playing, timeout=20000)
    window.player.play(-1.0)
    qtbot.waitUntil(lambda: seen[-1][0] < last - 4, timeout=20000)
    window.player.pause()
    wrong = {n: wanted.index(h) if h in wanted else "another picture" for n, h in seen if h != wanted[n]}
    assert not wrong, f"{kind}: frame asked for and the one shown instead: {wrong}"
    assert len({n for n, _ in seen}) > N // 2
