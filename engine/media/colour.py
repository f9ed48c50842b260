"""YUV 4:2:0 to RGB and back, by the definitions of ITU-R BT.601, BT.709 and BT.2020 (H.273 matrix code points).

Chroma is left-sited (H.264 and H.265 type 0): horizontally a chroma sample stands on the even luma column, vertically halfway
between two rows. Up-sampling is bilinear; down-sampling is its counterpart (1 2 1 across, 1 1 down). All in float32 in bands
of rows that stay in the processor's cache; the result is the real-number formula rounded to the nearest step.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from engine.api import Colour, Frame

# (Kr, Kb) by H.273 matrix code point: 1 BT.709, 4 FCC, 5 and 6 BT.601, 7 SMPTE 240M, 9 and 10 BT.2020
WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087),
           9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
RGB_COLOUR = Colour(full=True, matrix=1, primaries=1, transfer=13)
BAND = 32

_F = np.float32


def assumed_matrix(width: int, height: int) -> int:
    """The matrix players assume where a file does not say: BT.709 from 1280 or 720 pixels up, BT.601 below. Give the full size."""
    return 1 if width >= 1280 or height >= 720 else 6


def ranges(full: bool, depth: int) -> tuple[float, float, float, float]:
    """(luma offset, luma span, chroma centre, chroma span) in steps at `depth` bits; H.273 equations 20 to 31."""
    if full:
        top = float((1 << depth) - 1)
        return 0.0, top, float(1 << (depth - 1)), top
    unit = 1 << (depth - 8)
    return 16.0 * unit, 219.0 * unit, 128.0 * unit, 224.0 * unit


def weights(matrix: int) -> tuple[float, float]:
    """(Kr, Kb); BT.709 for a matrix that is unspecified or not of this family. Never guessed from the size: tiles and levels differ."""
    return WEIGHTS.get(matrix, WEIGHTS[1])


def to_rgb(frame: Frame, colour: Colour = RGB_COLOUR, out: np.ndarray | None = None) -> np.ndarray:
    """uint8 `[H, W, 3]` in the primaries and transfer of the source (no gamut or tone mapping). 10 bit is reduced to 8."""
    height, width = frame.y.shape
    if out is None:
        out = np.empty((height, width, 3), np.uint8)
    y0, y_span, c0, c_span = ranges(colour.full, frame.bit_depth)
    kr, kb = weights(colour.matrix)
    kg = 1.0 - kr - kb
    unit = 255.0 / c_span
    red_v = _F(2 * (1 - kr) * unit)
    blue_u = _F(2 * (1 - kb) * unit)
    green_u = _F(-2 * kb * (1 - kb) / kg * unit)
    green_v = _F(-2 * kr * (1 - kr) / kg * unit)
    gain, bias = _F(255.0 / y_span), _F(0.5 - y0 * 255.0 / y_span)
    wide = 2 * frame.u.shape[1]
    for top in range(0, height, BAND):
        rows = min(BAND, height - top)
        u = _chroma_rows(frame.u, top, rows, _F(c0))
        v = _chroma_rows(frame.v, top, rows, _F(c0))
        luma = frame.y[top:top + rows].astype(_F)
        luma *= gain
        luma += bias
        parts: tuple[np.ndarray, ...] = (v * red_v, u * green_u + v * green_v, u * blue_u)
        for channel, half in enumerate(parts):
            full = np.empty((rows, wide), _F)
            full[:, 0::2] = half
            odd = full[:, 1::2]
            np.add(half[:, :-1], half[:, 1:], out=odd[:, :-1])
            odd[:, :-1] *= _F(0.5)
            odd[:, -1] = half[:, -1]
            picture = full[:, :width]
            picture += luma
            np.clip(picture, 0, _F(255.5), out=picture)
            out[top:top + rows, :, channel] = picture
    return out


def _chroma_rows(plane: np.ndarray, top: int, rows: int, centre: np.float32) -> np.ndarray:
    """Chroma for luma rows `top ... top + rows` (top is even), minus the centre: 3/4 of the nearest row, 1/4 of the next nearest."""
    first, count = top // 2, (rows + 1) // 2
    index = np.clip(np.arange(first - 1, first + count + 1), 0, plane.shape[0] - 1)
    near = plane[index].astype(_F)
    near -= centre
    main = near[1:-1] * _F(0.75)
    near *= _F(0.25)
    up = np.empty((2 * count, plane.shape[1]), _F)
    np.add(main, near[:-2], out=up[0::2])
    np.add(main, near[2:], out=up[1::2])
    return up[:rows]


def from_rgb(rgb: np.ndarray, colour: Colour = RGB_COLOUR, *, bit_depth: int = 8, index: int = 0, pts: int = 0) -> Frame:
    """RGB `[H, W, 3]` uint8 or uint16 (full range) to a 4:2:0 `Frame` of 8 or 10 bit."""
    height, width = rgb.shape[:2]
    y0, y_span, c0, c_span = ranges(colour.full, bit_depth)
    kr, kb = weights(colour.matrix)
    scale = 1.0 / np.iinfo(rgb.dtype).max
    top_step = (1 << bit_depth) - 1
    kind: Any = np.uint8 if bit_depth == 8 else np.uint16
    y = np.empty((height, width), kind)
    u = np.empty(((height + 1) // 2, (width + 1) // 2), kind)
    v = np.empty_like(u)
    for top in range(0, height, BAND):
        rows = min(BAND, height - top)
        part = rgb[top:top + rows].astype(_F)
        red, green, blue = part[..., 0], part[..., 1], part[..., 2]
        luma = red * _F(kr * scale) + green * _F((1 - kr - kb) * scale) + blue * _F(kb * scale)
        y[top:top + rows] = np.clip(luma * _F(y_span) + _F(y0 + 0.5), 0, top_step)
        half = slice(top // 2, top // 2 + (rows + 1) // 2)
        for plane, primary, k in ((u, blue, kb), (v, red, kr)):
            chroma = _halve_left(primary * _F(scale) - luma)
            plane[half] = np.clip(chroma * _F(c_span / (2 * (1 - k))) + _F(c0 + 0.5), 0, top_step)
    return Frame(y, u, v, index, pts, bit_depth)


def _halve_left(plane: np.ndarray) -> np.ndarray:
    """Float plane to half size: (1 2 1)/4 on even columns, mean of row pairs; edges repeat."""
    if plane.shape[0] % 2:
        plane = np.concatenate((plane, plane[-1:]))
    rows = (plane[0::2] + plane[1::2]) * _F(0.5)
    even = rows[:, 0::2]
    odd = rows[:, 1::2]
    left = np.concatenate((rows[:, :1], odd), axis=1)[:, :even.shape[1]]
    right = odd if odd.shape[1] == even.shape[1] else np.concatenate((odd, rows[:, -1:]), axis=1)
    return (left + 2 * even + right) * _F(0.25)
