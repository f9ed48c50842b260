"""Pictures in Truevision's TGA, which FFmpeg knows by their name alone and among patterns of names that lead to other files: here their
own header tells them, and they are handed on as PAM. Only the head is read outside the child process.

Truevision TGA File Format Specification, version 2.0.
"""
from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import MediaError
from engine.media.limits import DecodeLimits

_PALETTE, _GREY = 1, 3                        # kinds of picture; 2 has colours, 8 more are packed by run lengths
_BITS = {1: (8,), 2: (15, 16, 24, 32), 3: (8, 16)}
_FOOTER = b"TRUEVISION-XFILE."
_TUPLES = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}


@dataclass(frozen=True)
class Head:
    """kind: 1 with a palette, 2 colours, 3 grey. alpha: bits of a pixel that the file calls that."""

    kind: int
    width: int
    height: int
    bits: int
    alpha: int


def head_of(path: str | os.PathLike[str]) -> Head | None:
    """The head of a picture that makes sense as one of TGA, and ends as such or has the name. None for all else; OSError."""
    with open(path, "rb") as file:
        data = file.read(18)
        if len(data) < 18:
            return None
        _, palette, kind, _, entries, deep, _, _, width, height, bits, said = struct.unpack("<BBBHHBHHHHBB", data)
        plain = kind & 7
        if kind & ~11 or bits not in _BITS.get(plain, ()) or not width or not height or said & 192 or palette > 1:
            return None
        if (palette and (not entries or deep not in (15, 16, 24, 32))) or (plain == _PALETTE and not palette):
            return None
        if Path(path).suffix.lower() != ".tga":
            file.seek(max(18, os.fstat(file.fileno()).st_size - 18))
            if not file.read(18).startswith(_FOOTER):
                return None
    return Head(plain, width, height, bits, said & 15)


def as_pam(path: str, head: Head) -> io.BytesIO:
    """The same picture in another form that keeps every value. MediaError when it is damaged, av's errors. Runs in the child only."""
    import av

    where = os.path.basename(path)
    limits = DecodeLimits()
    limits.check_size(head.width, head.height, where)
    decoder = av.CodecContext.create("targa", "r")
    decoder.options = {"max_pixels": str(limits.max_pixels)}
    with open(path, "rb") as file:
        frames = [*decoder.decode(av.Packet(file.read())), *decoder.decode(None)]
    if len(frames) != 1 or (frames[0].width, frames[0].height) != (head.width, head.height):
        raise MediaError("this picture is damaged or cut off", where=where, hint="make the copy again")
    samples = _samples(frames[0], head)
    form = (f"P7\nWIDTH {head.width}\nHEIGHT {head.height}\nDEPTH {samples.shape[2]}\nMAXVAL 255\n"
            f"TUPLTYPE {_TUPLES[samples.shape[2]]}\nENDHDR\n")
    return io.BytesIO(form.encode() + samples.tobytes())


def _samples(frame: Any, head: Head) -> np.ndarray:
    """`[h, w, c]`: grey, grey with alpha, RGB or RGB with alpha."""
    if head.kind == _GREY:      # grey with alpha is taken for colours of 5 bits: the same two bytes
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        return np.ascontiguousarray(rows[:, :head.width * head.bits // 8]).reshape(head.height, head.width, -1)
    x = frame.to_ndarray(format="rgba")
    alpha = x[..., 3]
    # a byte that the file does not call alpha, and that says nothing, only fills the place
    unused = (alpha == 255).all() or (not head.alpha and (alpha == alpha[0, 0]).all())
    return np.ascontiguousarray(x[..., :3] if unused else x)
