"""The visible mark on pictures that hold synthesised detail: a small strip of text in the bottom left corner, drawn by hand."""
from __future__ import annotations

import numpy as np

TEXTS = ("CONTAINS SYNTHESISED DETAIL", "SYNTHESISED DETAIL", "SYNTHESISED", "SYNTH", "S")
_INK, _PAPER = (255, 214, 64), (16, 16, 16)
_SHARE = 32  # the strip is about this part of the picture's height

_GLYPHS = {
    "A": "01110 10001 10001 11111 10001 10001 10001", "C": "01111 10000 10000 10000 10000 10000 01111",
    "D": "11110 10001 10001 10001 10001 10001 11110", "E": "11111 10000 10000 11110 10000 10000 11111",
    "H": "10001 10001 10001 11111 10001 10001 10001", "I": "111 010 010 010 010 010 111",
    "L": "10000 10000 10000 10000 10000 10000 11111", "N": "10001 11001 10101 10101 10011 10001 10001",
    "O": "01110 10001 10001 10001 10001 10001 01110", "S": "01111 10000 10000 01110 00001 00001 11110",
    "T": "11111 00100 00100 00100 00100 00100 00100", "Y": "10001 10001 01010 00100 00100 00100 00100",
    " ": "000 000 000 000 000 000 000",
}


def _line(text: str) -> np.ndarray:
    """`[9, n]` bool: the text with one pixel of paper around it."""
    columns: list[np.ndarray] = [np.zeros((7, 1), bool)]
    for letter in text:
        glyph = np.array([[dot == "1" for dot in row] for row in _GLYPHS[letter].split()], bool)
        columns += [glyph, np.zeros((7, 1), bool)]
    return np.pad(np.concatenate(columns, axis=1), ((1, 1), (0, 0)))


def burn(rgb: np.ndarray) -> tuple[np.ndarray, dict[str, object]]:
    """(a marked copy of `[h, w, 3]` uint8 of the same size, {"text", "rect": [x, y, w, h]}).

    The longest text that fits is used. Pictures too small for a letter get a frame of one pixel, with an empty text.
    """
    height, width = rgb.shape[:2]
    out = rgb.copy()
    for text in TEXTS:
        dots = _line(text)
        scale = max(1, min(round(height / _SHARE / dots.shape[0]), width // dots.shape[1]))
        h, w = dots.shape[0] * scale, dots.shape[1] * scale
        if w <= width and h <= height:
            strip = np.where(dots.repeat(scale, 0).repeat(scale, 1)[..., None], np.array(_INK, np.uint8), np.array(_PAPER, np.uint8))
            out[height - h:, :w] = strip
            return out, {"text": text, "rect": [0, height - h, w, h]}
    out[0], out[-1], out[:, 0], out[:, -1] = _INK, _INK, _INK, _INK
    return out, {"text": "", "rect": [0, 0, width, height]}
