"""A folder of pictures as one clip. Runs in the child process only (pictures are as untrusted as video).

Sizes are read from the files' heads, so that ten thousand pictures are checked in a second or two; decoding opens one file at a time.
"""
from __future__ import annotations

import os
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from engine.api import Frame, MediaError
from engine.media import colour as colours
from engine.media import convert, tga
from engine.media.limits import DecodeLimits
from engine.media.opening import ERRORS, open_container, picture_stream, reason, unread


def head_size(path: str) -> tuple[int, int] | None:
    """(width, height) as stored, from the head of a PNG, BMP, WebP, JPEG or TGA file; None for others and for what is not understood."""
    with open(path, "rb") as file:
        head = file.read(32)
        try:
            if head[:8] == b"\x89PNG\r\n\x1a\n":
                return struct.unpack(">II", head[16:24])
            if head[:2] == b"BM":
                width, height = struct.unpack("<ii", head[18:26])
                return abs(width), abs(height)
            if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
                return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
            if head[:2] == b"\xff\xd8":
                return _jpeg_size(file)
        except struct.error:
            pass
    targa = tga.head_of(path)
    return (targa.width, targa.height) if targa is not None else None


def _jpeg_size(file: Any) -> tuple[int, int] | None:
    """Walk the marker segments to the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    for _ in range(500):
        file.seek(at)
        mark = file.read(9)
        if len(mark) < 9 or mark[0] != 0xFF:
            return None
        if mark[1] == 0xFF:
            at += 1
            continue
        if 0xC0 <= mark[1] <= 0xCF and mark[1] not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", mark[5:9])
            return width, height
        at += 2 + int.from_bytes(mark[2:4], "big")
    return None


class FolderDecoder:
    """Pictures `files` (full paths, in order) with the interface of `FileDecoder`."""

    def __init__(self, files: list[str], limits: DecodeLimits, tick: Callable[[], None], rate: Fraction) -> None:
        self._files, self._limits, self._tick = files, limits, tick
        self.frames = len(files)
        self.pts = list(range(self.frames))
        frame, codec, self._aspect = self._load(0)
        self._size = (frame.width, frame.height)
        for path in files:
            tick()
            try:
                size = head_size(path)
            except OSError as error:
                raise MediaError(f"cannot be opened: {error.strerror}", where=os.path.basename(path)) from None
            if size is not None and size != self._size:
                raise self._odd_one(path, size)
        kind = convert.kind_of(frame)
        self.depth, self._turn = kind.depth, convert.orientation_of(frame, files[0])
        width, height = self._size[::-1] if self._turn[0] else self._size
        colour, _ = convert.colour_of(frame, kind, width, height)
        self._colour = colour
        notes = [kind.note, f"turned upright by {self._turn[3]} degrees" if any(self._turn[:3]) else ""]
        self.facts = {
            "kind": "images", "width": width, "height": height, "depth": self.depth, "frames": self.frames,
            "time_base": [rate.denominator, rate.numerator], "rate": [rate.numerator, rate.denominator],
            "colour": [colour.full, colour.matrix, colour.primaries, colour.transfer], "rotation": self._turn[3],
            "aspect": [self._aspect.numerator, self._aspect.denominator], "audio": False, "notes": [n for n in notes if n],
            "codec": codec, "format": "folder",
        }

    def _odd_one(self, path: str, size: tuple[int, int]) -> MediaError:
        return MediaError(f"is {size[0]}x{size[1]}, but {os.path.basename(self._files[0])} is {self._size[0]}x{self._size[1]}",
                          where=os.path.basename(path), hint="the pictures of a folder must all have one size")

    def _load(self, index: int) -> tuple[Any, str, Fraction]:
        path = self._files[index]
        where = os.path.basename(path)
        with open_container(path) as container:
            stream = picture_stream(container, where)
            context = stream.codec_context
            self._limits.check_size(max(1, context.width), max(1, context.height), where)
            context.thread_count = 1
            try:
                for frame in container.decode(stream):
                    self._limits.check_size(frame.width, frame.height, where)
                    if frame.is_corrupt:
                        break
                    aspect = stream.sample_aspect_ratio or Fraction(1)
                    return frame, context.codec.name, aspect if 0 < aspect < 1000 else Fraction(1)
                why = "it is damaged"
            except MemoryError:
                why = "needs more memory than is allowed for one file"
            except ERRORS as error:
                why = reason(error)
        raise MediaError(f"picture {index} cannot be decoded: {why}", where=where, hint=unread(path))

    def fill(self, index: int, planes: convert.Planes) -> None:
        """Decode picture `index` into upright planes (arrays of the size and type in `facts`)."""
        self._tick()
        frame, _, _ = self._load(index)
        if (frame.width, frame.height) != self._size:
            raise self._odd_one(self._files[index], (frame.width, frame.height))
        turn = convert.orientation_of(frame, self._files[index])
        if turn[0] != self._turn[0] and frame.width != frame.height:
            raise self._odd_one(self._files[index], (frame.height, frame.width))
        made = convert.planes_of(frame, self.depth)
        own, _ = convert.colour_of(frame, convert.kind_of(frame), frame.width, frame.height)
        if (own.full, own.matrix) != (self._colour.full, self._colour.matrix):  # JPEG among PNG: one colour for all
            again = colours.from_rgb(colours.to_rgb(Frame(*made, bit_depth=self.depth), own), self._colour, bit_depth=self.depth)
            made = (again.y, again.u, again.v)
        for target, plane in zip(planes, made, strict=True):
            target[...] = convert.upright(plane, turn)

    def close(self) -> None:
        self._files = []
