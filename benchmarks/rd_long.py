"""`rd` over more than one key interval, where anchored chunks of a scene that stands still show.

The others start anew every 32 frames as in `rd`. Rows stand beside those of `rd`, which has more clips over fewer frames.
"""
from __future__ import annotations

from .rd import merge, run

__all__ = ["merge", "run"]
