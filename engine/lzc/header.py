"""The vital header of a file: free metadata plus the table of streams. Stored twice, checked against the limits."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.api import LzcError
from engine.lzc.layout import READER_VERSION, WRITER_VERSION
from engine.lzc.limits import Limits
from engine.lzc.packed import pack_json, unpack_json

_KINDS = ("video", "audio", "data")
_NUMBERS = ("levels", "width", "height", "depth", "frames", "size")


@dataclass(frozen=True)
class Stream:
    """One stream of a file; its number is its place in the table.

    `kind` is "video", "audio" or "data"; `codec` names who reads its chunks; `width`, `height` in pixels of the upright
    full-size picture, `depth` in bits, `frames` the count, `size` the decoded bytes where no picture says them (0 = not
    known); `params` is free JSON for the codec.
    """

    kind: str
    codec: str = ""
    levels: int = 1
    width: int = 0
    height: int = 0
    depth: int = 8
    frames: int = 0
    size: int = 0
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def declared_bytes(self) -> int:
        """Bytes of everything this stream decodes to at full size (4:2:0 for video)."""
        chroma = 2 * ((self.width + 1) // 2) * ((self.height + 1) // 2)
        return max(self.size, (self.width * self.height + chroma) * self.frames * (2 if self.depth > 8 else 1))

    def to_list(self) -> list[Any]:
        values = [self.kind, self.codec, *(getattr(self, n) for n in _NUMBERS), self.params]
        usual = ["", "", 1, 0, 0, 8, 0, 0, {}]
        while values and values[-1] == usual[len(values) - 1]:
            values.pop()
        return values

    @classmethod
    def from_list(cls, values: Any) -> Stream:
        """LzcError unless `values` has the types of `to_list`."""
        names = ("kind", "codec", *_NUMBERS, "params")
        if not isinstance(values, list) or not 1 <= len(values) <= len(names):
            raise LzcError("the stream table is malformed")
        stream = cls(**dict(zip(names, values, strict=False)))
        numbers = [getattr(stream, n) for n in _NUMBERS]
        if (stream.kind not in _KINDS or not isinstance(stream.codec, str) or not isinstance(stream.params, dict)
                or not all(type(n) is int and 0 <= n < 1 << 62 for n in numbers) or not 1 <= stream.depth <= 64):
            raise LzcError("the stream table is malformed")
        return stream

    def check(self, limits: Limits) -> None:
        """LzcError when this stream asks for more than the limits allow."""
        limits.at_most("frame_side", max(self.width, self.height))
        limits.at_most("frame_pixels", self.width * self.height)
        limits.at_most("levels", self.levels)
        if self.kind == "video":
            limits.at_most("time_stamps", self.frames)


@dataclass(frozen=True)
class Header:
    """What a reader must know before any chunk. `meta` is JSON-able: source facts, colour, rate, settings, models
    (see `engine.lzc.facts` for the agreed names). 64-digit hexadecimal strings (digests) are stored as 32 bytes."""

    meta: dict[str, Any] = field(default_factory=dict)
    streams: tuple[Stream, ...] = ()
    minimum: int = 1  # version of the format that a reader must know

    @property
    def versions(self) -> bytes:
        """Writer version, minimum reader version."""
        return bytes([WRITER_VERSION, self.minimum])

    @property
    def declared_bytes(self) -> int:
        return sum(s.declared_bytes for s in self.streams)

    def encode(self) -> bytes:
        """Payload of a HEAD chunk: writer version, minimum reader version, packed JSON."""
        return self.versions + pack_json({"m": self.meta, "s": [s.to_list() for s in self.streams]})

    def check(self, limits: Limits) -> None:
        limits.at_most("streams", len(self.streams))
        for stream in self.streams:
            stream.check(limits)
        limits.at_most("output_bytes", self.declared_bytes)


def decode_header(payload: bytes, limits: Limits) -> Header:
    """Header from the payload of a HEAD chunk. LzcError when it is for a later reader, damaged, or over a limit."""
    if len(payload) < 3:
        raise LzcError("the header is too short")
    refuse_newer(payload[1], payload[0])
    value = unpack_json(payload[2:], limits)
    if not isinstance(value, dict) or set(value) != {"m", "s"} or not isinstance(value["m"], dict) or not isinstance(value["s"], list):
        raise LzcError("the header is malformed")
    limits.at_most("streams", len(value["s"]))
    header = Header(value["m"], tuple(Stream.from_list(s) for s in value["s"]), max(1, payload[1]))
    header.check(limits)
    return header


def refuse_newer(minimum: int, writer: int) -> None:
    """LzcError when a file says that it needs a later reader than this one."""
    if minimum > READER_VERSION:
        raise LzcError(f"the file needs a reader of format version {minimum} (written by version {writer}), this one reads up to "
                       f"{READER_VERSION}", hint="update the program")
