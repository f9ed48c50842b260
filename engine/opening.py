"""One door for everything that has pictures: a `.lzc` file, a video, a picture, a folder of pictures."""
from __future__ import annotations

import os
from pathlib import Path

from engine.api import FrameSource


def open_source(path: str | os.PathLike[str]) -> FrameSource:
    """A frame source by content: `.lzc` by name or signature, all else through PyAV. EngineError in one clear line."""
    p = Path(path)
    if p.is_file() and (p.suffix.lower() == ".lzc" or p.name.lower().endswith(".lzc.part") or _signed(p)):
        from engine.lorentzian.source import LzcSource

        return LzcSource(p)
    from engine.media import open_media

    return open_media(p)


def _signed(p: Path) -> bool:
    from engine.lzc.layout import SIGNATURE

    try:
        with p.open("rb") as f:
            return f.read(len(SIGNATURE)) == SIGNATURE
    except OSError:
        return False
