"""Any picture a decoder hands out to upright planar 4:2:0 of 8 or 10 bit.

What is 4:2:0 already is copied as it is, never through a scaler. Planar YUV of other kinds is reduced here, by whole-number
arithmetic. Packed kinds are unpacked by libswscale to the planar kind with the same samples, colour and range first.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import av
import numpy as np

from engine.api import Colour
from engine.media import colour as colours
from engine.media.exif import UPRIGHT, Turn, turn_of

_PLANAR = re.compile(r"yuv(a|j)?(420|422|444|440|411|410)p(9|10|12|14|16)?(le|be)?$")
_GREY = re.compile(r"gray(8|9|10|12|14|16)?(le|be)?$")
_SHORT_BE = re.compile(r"(?:rgb|bgr)(?:444|555|565)be$")
_SEMI = re.compile(r"(nv12|nv21|p010)(le|be)?$")

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PictureKind:
    """What a pixel format means for us. `note` says what was given up, "" for nothing."""

    depth: int
    rgb: bool
    grey: bool
    full: bool
    note: str


def kind_of(frame: Any) -> PictureKind:
    """The kind of a decoded `av.VideoFrame`."""
    fmt = frame.format
    name = fmt.name
    bits = max((c.bits for c in fmt.components), default=8)
    rgb = bool(fmt.is_rgb or fmt.has_palette or fmt.is_bayer or name.startswith("xyz"))
    grey = name.startswith(("gray", "ya8", "ya16", "yaf", "mono"))
    notes = []
    if rgb:
        notes.append("RGB turned into YUV 4:2:0")
    elif not grey:
        sub = _subsampling(fmt)
        if sub != "420":
            notes.append(f"{sub[0]}:{sub[1]}:{sub[2]} reduced to 4:2:0")
    if bits > 10:
        notes.append(f"{bits} bit reduced to 10")
    if any(c.is_alpha for c in fmt.components) and not fmt.has_palette:
        notes.append("transparent parts shown on black" if rgb or grey else "transparency dropped")
    said = int(frame.color_range)
    full = said == 2 or (said != 1 and (rgb or grey or name.startswith("yuvj")))
    return PictureKind(10 if bits > 8 else 8, rgb, grey, full, ", ".join(notes))


def colour_of(frame: Any, kind: PictureKind, width: int, height: int) -> tuple[Colour, bool]:
    """The colour of the planes made from `frame`, and whether the matrix had to be assumed."""
    primaries, transfer = _code(frame.color_primaries), _code(frame.color_trc)
    if kind.rgb:
        return Colour(True, 1, primaries if primaries != 2 else 1, transfer if transfer != 2 else 13), False
    matrix = _code(frame.colorspace)
    assumed = matrix in (0, 2)  # 0 is RGB: a mistake on YUV planes
    if assumed:
        still = frame.format.name.startswith("yuvj")  # JPEG says BT.601
        matrix = 1 if kind.grey else 6 if still else colours.assumed_matrix(width, height)
        assumed = not (still or kind.grey)
    return Colour(kind.full, matrix, primaries, transfer), assumed


def _code(value: Any) -> int:
    number = int(value)
    return number if 0 <= number <= 255 and number != 3 else 2


def _subsampling(fmt: Any) -> str:
    """The name of a YUV format's chroma sampling: "420", "422", ..."""
    across = round(16 / max(1, fmt.chroma_width(16)))
    down = round(16 / max(1, fmt.chroma_height(16)))
    return {(1, 1): "444", (2, 1): "422", (2, 2): "420", (1, 2): "440", (4, 1): "411", (4, 4): "410"}.get((across, down), "444")


def planes_of(frame: Any, depth: int) -> Planes:
    """y `[H, W]`, u and v `[ceil(H/2), ceil(W/2)]` at `depth` bits, not yet turned upright. Views into `frame` where possible."""
    name = frame.format.name
    if (match := _PLANAR.match(name)) is not None:
        bits = int(match[3] or 8)
        order = match[4] or "le"
        y, u, v = (_plane(frame, i, bits, order) for i in range(3))
        u, v = _chroma_420(u, match[2], y.shape), _chroma_420(v, match[2], y.shape)
    elif (match := _SEMI.match(name)) is not None:
        y, u, v, bits = _semi_planar(frame, match[1], match[2] or "le")
    elif (match := _GREY.match(name)) is not None:
        bits = int(match[1] or 8)
        y = _plane(frame, 0, bits, match[2] or "le")
        half = ((y.shape[0] + 1) // 2, (y.shape[1] + 1) // 2)
        u = v = np.full(half, 1 << (bits - 1), y.dtype)
    else:
        return _unpacked(frame, depth)
    return _scaled(y, bits, depth), _scaled(u, bits, depth), _scaled(v, bits, depth)


def _plane(frame: Any, index: int, bits: int, order: str = "le", width: int = 0) -> np.ndarray:
    """One plane as an array without its padding; `width` in samples where it is not the plane's own."""
    plane = frame.planes[index]
    kind = np.dtype(np.uint8) if bits <= 8 else np.dtype("<u2" if order == "le" else ">u2")
    pitch = plane.line_size
    lines = np.frombuffer(plane, np.uint8).reshape(plane.height, abs(pitch))
    if pitch < 0:  # stored bottom row first
        lines = lines[::-1]
    count = (width or plane.width) * kind.itemsize
    return lines[:, :count].view(kind) if kind.itemsize == 1 else np.ascontiguousarray(lines[:, :count]).view(kind)


def _scaled(plane: np.ndarray, bits: int, depth: int) -> np.ndarray:
    """Samples of `bits` bits at `depth` bits, by shifts (rounded): exact in the narrow range of H.273."""
    if bits == depth:
        return plane if plane.dtype.isnative else plane.astype(plane.dtype.newbyteorder("="))
    if bits < depth:
        return plane.astype(np.uint16) << (depth - bits)
    shift = bits - depth
    wide = (plane.astype(np.uint32) + (1 << (shift - 1))) >> shift
    return np.minimum(wide, (1 << depth) - 1).astype(np.uint8 if depth == 8 else np.uint16)


def _chroma_420(plane: np.ndarray, sampling: str, luma: tuple[int, ...]) -> np.ndarray:
    """A chroma plane of another sampling at 4:2:0, left-sited."""
    if sampling == "420":
        return plane
    height, width = (luma[0] + 1) // 2, (luma[1] + 1) // 2
    if sampling in ("411", "410"):  # a quarter across: the columns between are means
        after = np.concatenate((plane[:, 1:], plane[:, -1:]), axis=1).astype(np.uint32)
        wide = np.empty((plane.shape[0], plane.shape[1] * 2), plane.dtype)
        wide[:, 0::2] = plane
        wide[:, 1::2] = (plane + after + 1) >> 1
        plane = np.repeat(wide, 2, axis=0) if sampling == "410" else wide
        if sampling == "410":
            return np.ascontiguousarray(plane[:height, :width])
    work, total = plane.astype(np.uint32), 1
    if sampling in ("444", "440"):
        even, odd = work[:, 0::2], work[:, 1::2]
        left = np.concatenate((work[:, :1], odd), axis=1)[:, :even.shape[1]]
        right = odd if odd.shape[1] == even.shape[1] else np.concatenate((odd, work[:, -1:]), axis=1)
        work, total = left + 2 * even + right, 4
    if sampling in ("444", "422", "411"):
        low = work[1::2] if work.shape[0] % 2 == 0 else np.concatenate((work[1::2], work[-1:]))
        work, total = work[0::2] + low, total * 2
    return ((work + total // 2) // total)[:, :width].astype(plane.dtype.newbyteorder("="))


def _semi_planar(frame: Any, name: str, order: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """NV12, NV21 and P010: luma, then chroma samples in pairs. P010 keeps its 10 bits in the upper end of 16."""
    store = 16 if name == "p010" else 8
    y = _plane(frame, 0, store, order)
    half = ((y.shape[0] + 1) // 2, (y.shape[1] + 1) // 2)
    pairs = _plane(frame, 1, store, order, 2 * half[1])[:half[0]]
    u, v = (pairs[:, 1::2], pairs[:, 0::2]) if name == "nv21" else (pairs[:, 0::2], pairs[:, 1::2])
    if store == 16:
        return y >> 6, u >> 6, v >> 6, 10
    return y, u, v, 8


def _unpacked(frame: Any, depth: int) -> Planes:
    """Kinds that need libswscale first."""
    fmt = frame.format
    bits = max((c.bits for c in fmt.components), default=8)
    alpha = any(c.is_alpha for c in fmt.components)
    kind = kind_of(frame)
    if kind.rgb:
        wide = bits > 8
        if _SHORT_BE.match(fmt.name):
            frame = _swapped(frame)
        target = ("rgba64le" if alpha else "rgb48le") if wide else ("rgba" if alpha or fmt.has_palette else "rgb24")
        flat = frame.reformat(format=target)
        channels = 4 if target.startswith("rgba") else 3
        rgb = _plane(flat, 0, 16 if wide else 8, "le", flat.width * channels).reshape(flat.height, flat.width, channels)
        if channels == 4:
            rgb = _on_black(rgb)
        made = colours.from_rgb(rgb, bit_depth=depth)
        return made.y, made.u, made.v
    if kind.grey:
        if alpha:
            both = frame.reformat(format="ya16le" if bits > 8 else "ya8")
            pair = _plane(both, 0, 16 if bits > 8 else 8, "le", both.width * 2).reshape(both.height, both.width, 2)
            y = _on_black(pair)[..., 0]
            half = ((y.shape[0] + 1) // 2, (y.shape[1] + 1) // 2)
            store = 16 if bits > 8 else 8
            grey = np.full(half, 1 << (depth - 1), np.uint8 if depth == 8 else np.uint16)
            return _scaled(y, store, depth), grey, grey
        return planes_of(frame.reformat(format="gray16le" if bits > 8 else "gray", **_same_range(frame, kind)), depth)
    canonical = next((b for b in (8, 10, 12, 14, 16) if b >= bits), 16)
    sub = _subsampling(fmt)
    target = f"yuv{sub}p" if canonical == 8 else f"yuv{sub if sub in ('420', '422', '440', '444') else '444'}p{canonical}le"
    if target == fmt.name:
        raise ValueError(f"no way to read pixel format {fmt.name}")
    return planes_of(frame.reformat(format=target, **_same_range(frame, kind)), depth)


def _swapped(frame: Any) -> Any:
    """A 16-bit packed picture of the other byte order: libswscale 9.5 reads these as if they were its own."""
    twin = av.VideoFrame(frame.width, frame.height, frame.format.name[:-2] + "le")
    rows = np.frombuffer(twin.planes[0], "<u2").reshape(frame.height, -1)
    rows[:, :frame.width] = _plane(frame, 0, 16, "be")
    return twin


def _same_range(frame: Any, kind: PictureKind) -> dict[str, Any]:
    """Arguments that keep libswscale from changing the colour."""
    span = 2 if kind.full else 1
    return {"src_color_range": span, "dst_color_range": span, "interpolation": "POINT"}


def _on_black(picture: np.ndarray) -> np.ndarray:
    """Colour channels times opacity (the last channel), rounded, same type."""
    top = int(np.iinfo(picture.dtype).max)
    opacity = picture[..., -1:]
    if int(opacity.min()) == top:
        return picture[..., :-1]
    kind: Any = np.uint64 if top > 255 else np.uint32
    wide = picture[..., :-1].astype(kind)
    wide *= opacity
    return ((wide + top // 2) // top).astype(picture.dtype)


def orientation_of(frame: Any, path: str = "") -> Turn:
    """(transpose, flip rows, flip columns, degrees clockwise) that make the picture upright, from its display matrix, else from what the
    camera wrote into the file `path`. PyAV up to 18 gives no side data at all where one kind, as that of Exif, is newer than it.

    The matrix takes a stored point (p, q) to (a p + c q, b p + d q) (ISO/IEC 14496-12 section 8.5.3): whole quarter
    turns and mirrors only, anything else is left as it is."""
    try:
        data = bytes(frame.side_data[av.sidedata.sidedata.Type.DISPLAYMATRIX])
    except (KeyError, ValueError):
        return turn_of(path)
    if len(data) < 36:
        return UPRIGHT
    a, b, _, c, d = (int(x) for x in np.frombuffer(data, "<i4" if np.little_endian else ">i4")[:5])
    if max(abs(b), abs(c)) > max(abs(a), abs(d)):
        rows, columns = b < 0, c < 0
        return True, rows, columns, 90 if columns and not rows else 270 if rows and not columns else 90
    rows, columns = d < 0, a < 0
    return False, rows, columns, 180 if rows and columns else 0


def upright(plane: np.ndarray, turn: Turn) -> np.ndarray:
    """A view of `plane`, turned."""
    if turn[0]:
        plane = plane.swapaxes(0, 1)
    if turn[1]:
        plane = plane[::-1]
    if turn[2]:
        plane = plane[:, ::-1]
    return plane
