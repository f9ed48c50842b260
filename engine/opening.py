"""One door for everything that has pictures: a `.lzc` file, a video, a picture, a folder of pictures."""
from __future__ import annotations

import os
from pathlib import Path

from engine.api import FrameSource


def open_source(path: str | os.PathLike[str]) -> FrameSource:
    """A frame source by content: `.lzc` by name or signature, all else through PyAV. EngineError in one clear line."""
    p = Path(path)
    if p.is_file() and (p.suffix.lower() == ".lzc" or p.name.lower().endswith(".lzc.part") or _signed(p)):
        if data_kind(p):
            from engine.hierarchical.still import StillSource

            return StillSource(p)
        from engine.lorentzian.source import LzcSource

        return LzcSource(p)
    from engine.media import open_media

    return open_media(p)


def data_kind(path: str | os.PathLike[str]) -> str:
    """Of a `.lzc` of general data what it holds ("table", "image", ...); "" for all else. Reads the header only, and is quick to import."""
    from engine.api import LzcError
    from engine.lzc import LzcReader

    try:
        with LzcReader(Path(path)) as reader:
            streams = reader.header.streams
            return str(streams[0].params.get("kind")) if streams and streams[0].kind == "data" else ""
    except LzcError:
        return ""


def _signed(p: Path) -> bool:
    from engine.lzc.layout import SIGNATURE

    try:
        with p.open("rb") as f:
            return f.read(len(SIGNATURE)) == SIGNATURE
    except OSError:
        return False
