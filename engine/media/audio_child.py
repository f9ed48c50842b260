"""Reading and writing sound packets with PyAV. Runs in the child process only."""
from __future__ import annotations

import heapq
import io
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import av.logging

from engine.api import MediaError
from engine.media.adts import without_headers
from engine.media.audio import MAX_PACKETS, AudioTrack
from engine.media.opening import ERRORS, open_container, reason
from engine.media.packets import JOINED
from engine.media.template import describe
from engine.media.wire import Message

av.logging.set_level(None)


def extract(path: str, max_bytes: int, tick: Callable[[], None]) -> Message:
    """The packets of the best audio stream, as `AudioTrack.to_bytes`."""
    where = os.path.basename(path)
    with open_container(path) as container:
        stream = container.streams.best("audio")
        if stream is None or stream.codec_context is None:
            return {"found": 0}, b""
        for other in container.streams:
            if other.index != stream.index:
                other.discard = 48  # AVDISCARD_ALL
        context = stream.codec_context
        packets: list[tuple[int, int, int, bytes]] = []
        total, upcoming, shift = 0, 0, 0
        back = JOINED / (stream.time_base or Fraction(1, 1000))
        try:
            for packet in container.demux(stream):
                tick()
                if packet.size == 0 or packet.is_corrupt:
                    continue
                dts = packet.dts if packet.dts is not None else packet.pts if packet.pts is not None else upcoming - shift
                pts = packet.pts if packet.pts is not None else dts
                if packets and dts + shift < packets[-1][1] - back:      # recordings were joined: sound goes on behind, as pictures do
                    shift = upcoming - dts
                pts, dts = pts + shift, dts + shift
                packets.append((pts, dts, packet.duration or 0, bytes(packet)))
                upcoming = dts + (packet.duration or 0)
                total += packet.size
                if total > max_bytes or len(packets) > MAX_PACKETS:
                    raise MediaError(f"holds more than {max_bytes} bytes of sound", where=where)
        except ERRORS:
            pass  # what was whole is kept, as with the pictures
        params = {"sample_rate": context.sample_rate, "channels": context.channels, "layout": context.layout.name,
                  "frame_size": context.frame_size, "bit_rate": context.bit_rate or 0}
        track = AudioTrack(context.codec.canonical_name, context.extradata or b"", Fraction(stream.time_base or Fraction(1, 1000)),
                           params, tuple(packets))
        return {"found": 1}, track.to_bytes()


def mux(video: str, audio: str, out: str, format: str, tick: Callable[[], None]) -> dict[str, Any]:
    """Put the pictures of file `video` and the sound in file `audio` (`AudioTrack.to_bytes`) into one new file, both as they are.

    Returns {"sound": 0 or 1, "why": ...}; without sound no file is made."""
    with open(audio, "rb") as file:
        track = without_headers(AudioTrack.from_bytes(file.read()))
    # Matroska has no times before zero, only a run-in of so many nanoseconds
    before = -float(min(p[0] for p in track.packets) * track.time_base) if format == "matroska" and track.packets else 0.0
    sample_file = io.BytesIO(describe(track, before))
    with av.open("file:" + video) as pictures, av.open(sample_file, format="matroska") as sample, open(out, "wb") as file:
        try:
            target = av.open(file, "w", format=format)
            to_video = target.add_stream_from_template(pictures.streams.video[0], opaque=True)
            to_audio = target.add_stream_from_template(sample.streams.audio[0])
        except ERRORS as error:
            return {"sound": 0, "why": reason(error)}
        try:
            merged = heapq.merge(_video(pictures, to_video), _audio(track, to_audio), key=lambda item: item[0])
            for _, packet in merged:
                target.mux(packet)
                tick()
            target.close()
        except ERRORS as error:
            number = getattr(error, "errno", None)
            if isinstance(error, OSError) and number:
                raise MediaError(os.strerror(number)) from None
            return {"sound": 0, "why": reason(error)}
    return {"sound": 1, "why": ""}


def _video(container: Any, to: Any) -> Iterator[tuple[float, Any]]:
    stream = container.streams.video[0]
    for packet in container.demux(stream):
        if packet.size:
            when = float((packet.dts or 0) * stream.time_base)
            packet.stream = to
            yield when, packet


def _audio(track: AudioTrack, to: Any) -> Iterator[tuple[float, Any]]:
    for pts, dts, duration, data in track.packets:
        packet = av.Packet(data)
        packet.stream, packet.time_base = to, track.time_base
        packet.pts, packet.dts, packet.duration = pts, dts, duration
        packet.is_keyframe = True
        yield float(dts * track.time_base), packet
