"""The diffusor, across scales: synthesises the next finer level from a decoded one, and never contradicts it.

A window of frames in place of a single picture can come later: `synthesise` takes planes, and planes may gain a leading time axis.
"""
from .model import DetailModel, load_detail

__all__ = ["DetailModel", "load_detail"]
