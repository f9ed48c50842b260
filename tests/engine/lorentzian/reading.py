"""A part of a frame, a frame by itself and the whole film show the same pictures, and the check of the file finds nothing."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.api import Frame
from engine.lorentzian import source
from engine.lorentzian.check import check_stream
from engine.lorentzian.model import CodecModel
from engine.lorentzian.source import LzcSource
from tests.engine.lorentzian.clips import same_frame

BOX = (16, 8, 32, 24)  # x, y, width, height


def frames_of(path: Path, model: CodecModel) -> list[Frame]:
    """The whole film in order."""
    with LzcSource(path, model) as opened:
        return list(opened.frames())


def read_every_way(path: Path, model: CodecModel, numbers: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> list[Frame]:
    """All frames, once the parts (within one grey step) and frames of these numbers, in this order, were found to be like them."""
    monkeypatch.setattr(source, "MOST_OF", 1)
    monkeypatch.setattr("engine.lorentzian.source.load_codec", lambda: model)
    assert check_stream(path) == []
    want = frames_of(path, model)
    x, y, w, h = BOX
    luma, colour = np.s_[y:y + h, x:x + w], np.s_[y // 2:(y + h) // 2, x // 2:(x + w) // 2]
    with LzcSource(path, model) as opened:
        for n in numbers:
            part, frame = opened.read_region(n, BOX), want[n]
            for got, have in ((part.y, frame.y[luma]), (part.u, frame.u[colour]), (part.v, frame.v[colour])):
                assert np.abs(got.astype(int) - have).max() <= 1
            assert same_frame(opened.read(n), frame)
    return want
