"""Video, pictures and sound in and out, on PyAV. Whatever opens an untrusted file does so in a child process (`worker.py`).

The names below are loaded on first use: the child process imports this package too and must start fast.
"""
from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "AudioTrack": "audio", "audio_packets": "audio",
    "Sound": "sound",
    "DecodeLimits": "limits",
    "probe": "source", "VideoFileSource": "source", "ImageFolderSource": "source", "open_media": "source",
    "Chunk": "extractor", "FrameExtractor": "extractor",
    "SceneDetector": "scene",
    "to_rgb": "colour", "from_rgb": "colour",
    "reduce2": "resize", "resize_area": "resize",
    "write_video": "writer", "WriteResult": "writer",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
