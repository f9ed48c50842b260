"""Decoding sound to samples with PyAV, from a file or from stored packets. Runs in the child process only."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np

from engine.media.audio import AudioTrack
from engine.media.opening import ERRORS, open_container
from engine.media.sound import RATE

_WARM_S = 0.15      # decoders need a little run-up after a jump
_JOIN = RATE // 50  # time stamps that are off by less than this belong to one run of sound
_FAR = 2 * RATE     # further ahead than this it is quicker to jump than to decode on


class FileFeed:
    """Frames of a file's best audio stream, from a place on."""

    def __init__(self, path: str) -> None:
        self._container = open_container(path)
        self._stream = self._container.streams.best("audio")
        for other in self._container.streams:
            if self._stream is None or other.index != self._stream.index:
                other.discard = 48  # AVDISCARD_ALL
        self.found = self._stream is not None and self._stream.codec_context is not None

    def frames(self, start: float) -> Iterator[Any]:
        stream = self._stream
        self._container.seek(int(max(0.0, start) / float(stream.time_base)), stream=stream, backward=True, any_frame=False)
        for packet in self._container.demux(stream):
            try:
                yield from packet.decode()
            except ERRORS:
                continue  # a damaged packet is a short silence


class TrackFeed:
    """Frames of an `AudioTrack`, from a place on."""

    def __init__(self, track: AudioTrack) -> None:
        self._track = track
        self._codec = track.codec
        self.found = bool(track.packets) and self._make() is not None

    def _make(self) -> Any:
        try:
            context: Any = av.CodecContext.create(self._codec, "r")
            context.extradata = self._track.extradata or None
            rate = int(self._track.params.get("sample_rate") or 0)
            layout = self._track.params.get("layout")
            if rate:
                context.sample_rate = rate
            if isinstance(layout, str) and layout:
                context.layout = layout
            context.open()
            return context
        except (*ERRORS, av.error.FFmpegError, TypeError):
            return None

    def frames(self, start: float) -> Iterator[Any]:
        context, unit = self._make(), self._track.time_base
        for pts, dts, duration, data in self._track.packets:
            if (pts + max(duration, 1)) * unit < start:
                continue
            packet = av.Packet(data)
            packet.pts, packet.dts, packet.time_base = pts, dts, unit
            try:
                for frame in context.decode(packet):
                    if frame.pts is None:
                        frame.pts, frame.time_base = pts, unit
                    yield frame
            except ERRORS:
                continue


class SoundDecoder:
    """Any stretch of the sound as 48 kHz stereo; cheap when stretches follow each other."""

    def __init__(self, feed: FileFeed | TrackFeed, tick: Callable[[], None]) -> None:
        self._feed, self._tick = feed, tick
        self._blocks: Iterator[tuple[int, np.ndarray]] = iter(())
        self._pending: tuple[int, np.ndarray] | None = None
        self._at = -1  # samples before this have been given out; -1: nothing decoded yet
        self._ended = False

    def read(self, start: int, count: int) -> np.ndarray:
        """Samples `start <= i < start + count` of the file's clock, `[count, 2]` int16; silence where there is no sound."""
        out = np.zeros((count, 2), np.int16)
        if self._at < 0 or start < self._at or start - self._at > _FAR:
            self._blocks, self._pending, self._ended = self._decode(start / RATE - _WARM_S), None, False
        self._at = start
        while not self._ended:
            self._tick()
            block = self._pending or next(self._blocks, None)
            self._pending = None
            if block is None:
                self._ended = True
                break
            pos, samples = block
            a, b = max(pos, start), min(pos + len(samples), start + count)
            if b > a:
                out[a - start:b - start] = samples[a - pos:b - pos]
            if pos + len(samples) > start + count:
                self._pending = block
                break
        self._at = start + count
        return out

    def _decode(self, start: float) -> Iterator[tuple[int, np.ndarray]]:
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
        expected: int | None = None
        for frame in self._feed.frames(start):
            base = frame.time_base or Fraction(1, RATE)
            pos = expected if frame.pts is None and expected is not None else round(float((frame.pts or 0) * base) * RATE)
            if expected is None or abs(pos - expected) > _JOIN:
                expected = pos
            frame.pts = None
            try:
                parts = [f.to_ndarray().reshape(-1, 2) for f in resampler.resample(frame)]
            except ERRORS:
                resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)  # the format changed on the way
                continue
            for samples in parts:
                yield expected, samples
                expected += len(samples)
