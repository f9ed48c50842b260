"""Caps that every reader of a `.lzc` file applies before it allocates anything. On by default; override per open."""
from __future__ import annotations

from dataclasses import dataclass

from engine.api import LzcError


@dataclass(frozen=True)
class Limits:
    """Upper bounds on what a file may ask for. Sizes in bytes unless said otherwise.

    `output_per_byte` is the bomb guard: a finished file whose streams declare more decoded bytes than
    `output_floor + output_per_byte * file size` is refused. A cut-off file is exempt (it rightly declares more than it
    holds); `output_bytes` bounds it instead.
    """

    frame_side: int = 16384             # pixels
    frame_pixels: int = 1 << 28
    streams: int = 64
    levels: int = 16
    chunks: int = 1 << 22
    chunk_bytes: int = 1 << 28
    header_bytes: int = 1 << 24         # header or trailer JSON after inflating
    meta_entries: int = 1000            # members of all JSON objects together
    meta_items: int = 1 << 16           # items of all JSON lists together
    meta_entry_bytes: int = 1 << 20     # one JSON string
    time_stamps: int = 1 << 24
    output_bytes: int = 1 << 46
    output_per_byte: int = 1 << 21
    output_floor: int = 1 << 32

    def at_most(self, name: str, value: int, *, where: str = "") -> None:
        """LzcError when `value` is over the cap called `name`."""
        cap = int(getattr(self, name))
        if value > cap:
            raise LzcError(f"the file asks for {name.replace('_', ' ')} of {value}, the limit is {cap}", where=where,
                           hint="raise the limit only for a file you trust")
