"""The Lorentzian codec: a chunk of video as one tensor, coded coarse to fine in time and space. See `docs/codec.md`."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.lorentzian.codec import CodecSettings
    from engine.lorentzian.model import CodecModel, load_codec
    from engine.lorentzian.source import LzcSource
    from engine.lorentzian.stream import VideoStreamWriter

_HOMES = {"CodecSettings": "codec", "CodecModel": "model", "load_codec": "model", "LzcSource": "source", "VideoStreamWriter": "stream"}
__all__ = ["CodecModel", "CodecSettings", "LzcSource", "VideoStreamWriter", "load_codec"]


def __getattr__(name: str) -> Any:
    """Load a part only when it is asked for: most bring torch and numba with them."""
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"engine.lorentzian.{_HOMES[name]}"), name)
