"""Where the bytes of a `.lzc` recording are: for each stored level, over time."""
from __future__ import annotations

import os

import numpy as np

from engine.api import LzcError
from engine.lzc.reader import LzcReader


def bytes_by_level(path: str | os.PathLike[str]) -> tuple[np.ndarray, np.ndarray]:
    """(starts `[n]`, bytes `[n, levels]`): payload of the video stream for each chunk of time, first frame numbers rising. Only the index
    is read. LzcError when the file has no video or is none."""
    with LzcReader(path) as file:
        stream = next((n for n, s in enumerate(file.header.streams) if s.kind == "video"), None)
        if stream is None:
            raise LzcError("holds no video", where=os.fspath(path))
        entries = [e for e in file.entries if e.key.stream == stream and e.key.type.startswith("VID")]
    starts = np.unique([e.key.time for e in entries]).astype(np.int64)
    out = np.zeros((len(starts), 1 + max((e.key.level for e in entries), default=0)), np.int64)
    for e in entries:
        out[np.searchsorted(starts, e.key.time), e.key.level] += e.length
    return starts, out
