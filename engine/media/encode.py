"""H.264 in MP4 or Matroska. Pictures are our own and encoded here; sound comes from a foreign file and is put in by a child process."""
from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.error
import numpy as np

from engine.api import Frame, MediaError, SourceInfo
from engine.media.atomic import explain, open_new, whole_file
from engine.media.audio import AudioTrack
from engine.media.template import can_describe
from engine.media.worker import Worker
from engine.media.writer import OnFrame, Timed, WriteResult, timed

FORMATS = {".mp4": "mp4", ".mkv": "matroska"}
MAX_TICKS = 1 << 31


def write(path: Path, frames: Iterable[Frame], info: SourceInfo, audio: AudioTrack | None, on_frame: OnFrame, crf: int,
          preset: str) -> WriteResult:
    """See `writer.write_video`."""
    kind = FORMATS[path.suffix.lower()]
    notes: list[str] = []
    sound = False
    with whole_file(path) as (file, part):
        encoder = _Encoder(file, kind, info, crf, preset, path)
        count = 0
        try:
            for item in timed(frames, info, path):
                encoder.add(item)
                count += 1
                on_frame(count)
            encoder.finish()
        except (av.error.FFmpegError, OSError) as error:
            raise explain(error, path) from None
        finally:
            encoder.drop()
        notes += encoder.notes
        if audio is not None and audio.packets:
            track = audio.window(encoder.start, encoder.stop, encoder.shift)
            why = _add_sound(file, part, path, kind, track)
            sound = not why
            if why:
                notes.append(f"sound left out: {why}")
    return WriteResult((str(path),), count, tuple(notes), sound)


class _Outlet:
    """The file as FFmpeg writes to it. After the first fault it takes everything and keeps nothing: PyAV prints every fault after the first
    to the terminal, and closing a container writes and seeks many times more."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.fault: OSError | None = None

    def write(self, data: Any) -> int:
        size = len(memoryview(data).cast("B"))
        return self._do(lambda: self._file.write(data), size)

    def seek(self, at: int, how: int = 0) -> int:
        return self._do(lambda: self._file.seek(at, how), 0)

    def tell(self) -> int:
        return self._do(self._file.tell, 0)

    def _do(self, act: Callable[[], int], instead: int) -> int:
        if self.fault is not None:
            return instead
        try:
            return act()
        except OSError as fault:
            self.fault = fault
            raise

    def check(self) -> None:
        """Raises the first fault, if there was one."""
        if self.fault is not None:
            raise self.fault


class _Encoder:
    """One H.264 stream into an open file."""

    def __init__(self, file: BinaryIO, kind: str, info: SourceInfo, crf: int, preset: str, path: Path) -> None:
        self._info, self._path = info, path
        # at 10 bit crf 0 is not lossless, qp 0 is
        self._options = {"preset": preset, **({"crf": str(crf)} if crf > 0 else {"qp": "0"})}
        self._outlet = _Outlet(file)
        self._container: Any = av.open(self._outlet, "w", format=kind)
        self._stream: Any = None
        self._base = info.time_base
        if self._base.denominator >= MAX_TICKS or self._base.numerator >= MAX_TICKS:
            self._base = Fraction(1, 1_000_000)
        self._last = -1
        self.notes: list[str] = []
        self.start = self.stop = self.shift = 0.0

    def _begin(self, item: Timed) -> None:
        frame, colour = item.frame, self._info.colour
        width, height = frame.width + frame.width % 2, frame.height + frame.height % 2
        if (width, height) != (frame.width, frame.height):
            self.notes.append(f"{frame.width}x{frame.height} made {width}x{height} by repeating the edge: H.264 needs even sizes")
        stream = self._container.add_stream("libx264", rate=self._info.rate.limit_denominator(1 << 20), options=self._options,
                                            width=width, height=height, time_base=self._base)
        stream.pix_fmt = "yuv420p" if frame.bit_depth == 8 else "yuv420p10le"
        context = stream.codec_context
        context.color_range = 2 if colour.full else 1
        context.colorspace, context.color_primaries, context.color_trc = colour.matrix, colour.primaries, colour.transfer
        context.sample_aspect_ratio = self._info.sample_aspect
        self._stream = stream
        # a piece from the middle of a clip begins where the clip began; what began before zero begins at zero
        first = self._info.pts[0] if self._info.pts else item.pts
        begin = max(0, first)
        self._offset = begin - item.pts
        self.start = float(item.pts * self._info.time_base) if item.pts != first else float("-inf")
        self.shift = float(self._offset * self._info.time_base)

    def add(self, item: Timed) -> None:
        if self._stream is None:
            self._begin(item)
        frame = item.frame
        picture = av.VideoFrame(self._stream.width, self._stream.height, self._stream.pix_fmt)
        for plane, samples in zip(picture.planes, (frame.y, frame.u, frame.v), strict=True):
            _store(plane, samples)
        pts = item.pts + self._offset
        if self._base != self._info.time_base:
            pts = round(pts * self._info.time_base / self._base)
        self._last = max(pts, self._last + 1)
        picture.pts, picture.time_base = self._last, self._base
        picture.color_range = 2 if self._info.colour.full else 1
        picture.colorspace = self._info.colour.matrix
        self._container.mux(self._stream.encode(picture))
        ends = item.pts * self._info.time_base + 1 / self._info.rate
        whole = len(self._info.pts) > 0 and item.pts >= self._info.pts[-1]
        self.stop = float("inf") if whole else float(ends)

    def finish(self) -> None:
        self._container.mux(self._stream.encode(None))
        container, self._container = self._container, None
        container.close()
        self._outlet.check()

    def drop(self) -> None:
        """Let go of a container that was not finished."""
        if self._container is not None:
            container, self._container = self._container, None
            with contextlib.suppress(Exception):  # the first error is the one to tell
                container.close()


def _store(plane: Any, samples: np.ndarray) -> None:
    """Samples into a picture's plane; a missing last row or column repeats the edge."""
    height, width = samples.shape
    kind = np.dtype("u1") if samples.dtype.itemsize == 1 else np.dtype("<u2")
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    target = rows[:, :plane.width * kind.itemsize].view(kind)
    target[:height, :width] = samples
    target[:height, width:] = samples[:, -1:]
    target[height:] = target[height - 1:height]


def _add_sound(file: BinaryIO, part: Path, path: Path, kind: str, track: AudioTrack) -> str:
    """Replace the finished pictures in `part` by pictures and sound. Returns why not, "" when it is done."""
    if not track.packets:
        return "none of it falls into this piece"
    if not can_describe(track.codec):
        return f"{track.codec} cannot be carried"
    file.flush()
    with _beside(part, ".sound") as sound, _beside(part, ".both") as both:
        with open_new(sound) as output:
            output.write(track.to_bytes())
        with Worker(path.name).closing() as worker:
            said, _ = worker.call("mux", video=str(part), audio=str(sound), out=str(both), format=kind)
        if not said.get("sound"):
            return f"{track.codec} does not fit into {path.suffix} ({said.get('why', '')})" + ("; use .mkv" if kind == "mp4" else "")
        with open(both, "rb") as result:
            file.seek(0)
            file.truncate()
            while chunk := result.read(1 << 20):
                file.write(chunk)
    return ""


@contextlib.contextmanager
def _beside(part: Path, ending: str) -> Iterator[Path]:
    name = part.with_name(part.name + ending)
    try:
        yield name
    except MediaError as error:
        raise MediaError(error.what, where=str(part.parent), hint=error.hint) from None
    finally:
        name.unlink(missing_ok=True)
