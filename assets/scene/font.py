"""A small stroke font: every glyph is a few polylines on a grid 4 wide and 6 high, base line at 0, written for this project."""

from __future__ import annotations

import numpy as np

ADVANCE, CAP = 5.6, 6.0  # grid units from glyph to glyph, and the height of a capital

# Points are "xy" with x in 0..4 and y in 0..6 (0 = base line); a space starts a new stroke.
_STROKES = {
    "A": "002640 1232",
    "B": "00063645433303 33424130100000",
    "C": "4536160501103041",
    "D": "0006264442200000",
    "E": "46060040 0333",
    "F": "460600 0333",
    "G": "45361605011030414323",
    "H": "0006 4046 0343",
    "I": "1636 1030 2026",
    "J": "164641301001",
    "K": "0006 4603 1340",
    "L": "060040",
    "M": "0006234640",
    "N": "00064046",
    "O": "103041453616050110",
    "P": "000636454433 3303",
    "Q": "103041453616050110 2240",
    "R": "00063645443303 2340",
    "S": "453616050413334241301001",
    "T": "0646 2620",
    "U": "060110304146",
    "V": "062046",
    "W": "0610243046",
    "X": "0046 0640",
    "Y": "062346 2320",
    "Z": "06460040",
    "0": "103041453616050110 0145",
    "1": "152620 1030",
    "2": "0516364544000040",
    "3": "0516364544332313 33424130 301001",
    "4": "30360242",
    "5": "46060333424130100100",
    "6": "453616050110304142330302",
    "7": "064610",
    "8": "1333444536160504130201103041423333",
    "9": "0110304145361605041343",
    ".": "20",
    ",": "2110",
    ":": "2120 2423",
    "-": "1333",
    "/": "0046",
    "'": "2625",
    "&": "40152636251301103042",
    "!": "2622 20",
    "+": "2125 0343",
    "%": "0046 0616 3040",
    "(": "36141230",
    ")": "16343210",
    " ": "",
}


def _parse(text: str) -> list[np.ndarray]:
    strokes = []
    for part in text.split():
        digits = [int(c) for c in part]
        strokes.append(np.array(digits, float).reshape(-1, 2))
    return strokes


GLYPHS = {name: _parse(text) for name, text in _STROKES.items()}


def layout(text: str, height: float) -> list[np.ndarray]:
    """Polylines `[n, 2]` (x right, y up, start of the base line at 0, 0) of one line of text with capitals `height` high."""
    scale, out, x = height / CAP, [], 0.0
    for char in text.upper():
        for stroke in GLYPHS[char]:
            out.append(stroke * scale + (x, 0.0))
        x += ADVANCE * scale * (0.55 if char in ".,:'!" else 1.0)
    return out


def width(text: str, height: float) -> float:
    """Length of one line of text, in the unit of `height`."""
    units = sum(ADVANCE * (0.55 if c in ".,:'!" else 1.0) for c in text)
    return (units - (ADVANCE - 4.0)) * height / CAP if text else 0.0
