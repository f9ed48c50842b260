"""The chunk that says how general data comes nearer to its source, as far as it can be read without any network: for `lorentz info`."""
from __future__ import annotations

from pathlib import Path

from engine.api import LzcError
from engine.lzc import LzcReader
from engine.lzc.layout import KNOWN_TYPES

CHUNK = "near"      # ancillary: a reader that does not know it shows what the decoder has
BOUND = 1           # flags of the chunk that names the network and says how much nearer, before what it says of its own block
NAMED = 10          # bytes of that: eight of the network's hash, two of hundredths of a decibel


def decibels(data: bytes) -> float:
    """What the chunk with BOUND says of the file."""
    return int.from_bytes(data[8:NAMED], "little") / 100


def said_of(path: Path) -> float | None:
    """How many dB nearer a file's data can be restored; None where it says nothing of that. LzcError when it cannot be opened."""
    with LzcReader(path, known={*KNOWN_TYPES, CHUNK}) as file:
        for key in file.keys:
            if key.type == CHUNK and key.stream == 0 and key.flags == BOUND:
                try:
                    return decibels(file.read(key))
                except LzcError:
                    return None  # damaged: it is as if nothing were said
        return None
