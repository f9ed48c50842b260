"""A picture kept as general data (`.lzc` within a bound or without loss) as a source of one frame, for the zoom tools."""
from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.api import Colour, Frame, LzcError, SourceInfo
from engine.hierarchical.dataset import DataFile
from engine.hierarchical.kinds import IMAGE
from engine.media import colour as colours

_MOST = 1 << 28       # samples of one picture


class StillSource:
    """A `FrameSource` of one frame. The picture is turned into 4:2:0 exactly as one that comes from a PNG file. LzcError only."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        with DataFile(Path(path)) as data:
            if data.kind != IMAGE:
                raise LzcError(f"holds no picture but data of the kind {data.kind!r}", where=os.fspath(path), hint="open it in the viewer")
            if data.dtype.name not in ("uint8", "uint16") or data.lattice[0] > 4 or np.prod(data.lattice) > _MOST:
                raise LzcError("this picture is of a kind that cannot be shown", where=os.fspath(path), hint="restore it as .npy")
            self._frame, colour, note = _frame(data.tensor())
            self.damage = list(data.reader.losses)
            self._info = SourceInfo(os.path.abspath(os.fspath(path)), "lzc", self._frame.width, self._frame.height, (0,), Fraction(1, 25),
                                    Fraction(25), bit_depth=self._frame.bit_depth, colour=colour, digest=data.reader.digest, notes=note)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self, index: int) -> Frame:
        if index != 0:
            raise IndexError(f"frame {index} is outside 0 ... 0")
        return self._frame

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        if start <= 0 and (stop is None or stop > 0):
            yield self._frame

    def close(self) -> None:
        """Nothing is held open."""


def _frame(x: np.ndarray) -> tuple[Frame, Colour, tuple[str, ...]]:
    """x: `[C, Y, X]`, 8 or 16 bits; grey, grey with alpha, RGB, RGB with alpha."""
    wide = x.dtype.itemsize > 1
    depth, top = (10, 65535) if wide else (8, 255)
    alpha = x.shape[0] in (2, 4)
    colour = x[:-1] if alpha else x
    if alpha:  # on black, as pictures with transparent parts are shown everywhere
        colour = ((colour.astype(np.uint64) * x[-1] + top // 2) // top).astype(x.dtype)
    notes = ["16 bit reduced to 10"] if wide else []
    notes += ["transparent parts shown on black"] if alpha else []
    if colour.shape[0] == 3:
        made = colours.from_rgb(np.ascontiguousarray(colour.transpose(1, 2, 0)), bit_depth=depth)
        return made, colours.RGB_COLOUR, ("RGB turned into YUV 4:2:0", *notes)
    y = np.minimum((colour[0].astype(np.uint32) + 32) >> 6, 1023).astype(np.uint16) if wide else np.ascontiguousarray(colour[0])
    grey = np.full(((y.shape[0] + 1) // 2, (y.shape[1] + 1) // 2), 1 << (depth - 1), y.dtype)
    return Frame(y, grey, grey, 0, 0, depth), Colour(True, 1, 2, 2), tuple(notes)
