"""Sound is carried as it is: the packets of a file's audio stream, and what a muxer must know of them. Nothing is decoded."""
from __future__ import annotations

import json
import os
import struct
import zlib
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from engine.api import MediaError
from engine.media.limits import DecodeLimits

MAGIC = b"LZA1"
MAX_PACKETS = 20_000_000
MAX_EXTRADATA = 1 << 20
MAX_JSON = 1 << 16
_HEAD = struct.Struct("<4sIIII")  # magic, then the lengths of: JSON, extradata, packed packet table (zlib), number of packets

Packet = tuple[int, int, int, bytes]


@dataclass(frozen=True)
class AudioTrack:
    """Compressed sound. Times (pts, dts, duration of every packet) are in units of `time_base`, on the same clock as the video's.

    codec: libavcodec's name ("aac", "opus", "pcm_s16le"). params: sample_rate, channels, layout, bits, frame_size, codec_delay."""

    codec: str
    extradata: bytes
    time_base: Fraction
    params: dict[str, Any] = field(default_factory=dict)
    packets: tuple[Packet, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of sound."""
        return sum(len(p[3]) for p in self.packets)

    def window(self, start: float, stop: float, shift: float = 0.0) -> AudioTrack:
        """The packets that sound between `start` and `stop` seconds, moved by `shift` seconds."""
        unit = float(self.time_base)
        move = round(shift / unit)
        kept = tuple((p + move, d + move, n, data) for p, d, n, data in self.packets
                     if p * unit < stop and (p + max(n, 1)) * unit > start)
        return replace(self, packets=kept)

    def to_bytes(self) -> bytes:
        """The track as one run of bytes: a small header, a packed table, then the packets as they are."""
        text = json.dumps({"codec": self.codec, "time_base": [self.time_base.numerator, self.time_base.denominator],
                           "params": self.params}, separators=(",", ":")).encode()
        table = np.array([(p, d - p, n, len(data)) for p, d, n, data in self.packets], "<i8").reshape(-1, 4)
        table[1:, 0] = np.diff(table[:, 0])
        packed = zlib.compress(table.T.tobytes(), 9)
        head = _HEAD.pack(MAGIC, len(text), len(self.extradata), len(packed), len(self.packets))
        return b"".join((head, text, self.extradata, packed, *(data for *_, data in self.packets)))

    @classmethod
    def from_bytes(cls, data: bytes) -> AudioTrack:
        """The reverse of `to_bytes`. MediaError for anything else; never uses memory out of proportion to `len(data)`."""
        try:
            return cls._parse(memoryview(data))
        except (struct.error, ValueError, KeyError, TypeError, ZeroDivisionError, zlib.error, OverflowError) as error:
            raise MediaError("the sound is damaged", hint="everything else can still be read") from error

    @classmethod
    def _parse(cls, data: memoryview) -> AudioTrack:
        magic, n_text, n_extra, n_packed, count = _HEAD.unpack_from(data)
        start = _HEAD.size + n_text + n_extra + n_packed
        if magic != MAGIC or n_text > MAX_JSON or n_extra > MAX_EXTRADATA or count > MAX_PACKETS or start > len(data):
            raise ValueError("not a track")
        text = json.loads(bytes(data[_HEAD.size:_HEAD.size + n_text]))
        extradata = bytes(data[_HEAD.size + n_text:start - n_packed])
        unpack = zlib.decompressobj()
        raw = unpack.decompress(bytes(data[start - n_packed:start]), count * 32 + 1)
        if len(raw) != count * 32:
            raise ValueError("table length")
        table = np.frombuffer(raw, "<i8").reshape(4, count)
        pts, sizes = np.cumsum(table[0]), table[3]
        ends = np.cumsum(sizes)
        if count and (int(sizes.min()) < 0 or int(sizes.max()) > len(data) or int(ends[-1]) != len(data) - start):
            raise ValueError("packet sizes")
        if not count and start != len(data):
            raise ValueError("bytes left over")
        codec, params = text["codec"], text["params"]
        if not isinstance(codec, str) or not isinstance(params, dict) or not codec.replace("_", "").isalnum():
            raise ValueError("header")
        time_base = Fraction(*text["time_base"])
        if time_base <= 0:
            raise ValueError("time base")
        packets = tuple((p, p + d, n, bytes(data[start + end - size:start + end])) for p, d, n, size, end in
                        zip(pts.tolist(), table[1].tolist(), table[2].tolist(), sizes.tolist(), ends.tolist(), strict=True))
        return cls(codec, extradata, time_base, params, packets)


def audio_packets(path: str | os.PathLike[str], limits: DecodeLimits | None = None, max_bytes: int = 1 << 30) -> AudioTrack | None:
    """The best audio stream of a file as it is stored, or None where it has none (or of a codec nobody knows). Read in a child process.

    MediaError where the file cannot be read or holds more than `max_bytes` of sound."""
    from engine.media.worker import Worker
    if not os.path.isfile(path):
        raise MediaError("there is no such file", where=os.fspath(path))
    worker = Worker(os.path.basename(os.fspath(path)), limits)
    try:
        facts, blob = worker.call("audio", path=os.path.abspath(os.fspath(path)), max_bytes=max_bytes)
    finally:
        worker.close()
    return AudioTrack.from_bytes(blob) if facts.get("found") else None
