"""The bytes of a recording by level and time: all of them, each at its place."""
from __future__ import annotations

import numpy as np
import pytest

from engine.api import LzcError
from engine.lzc import LzcReader
from engine.lzc.spread import bytes_by_level
from engine.resources import asset_path


def test_every_byte_of_the_sample_is_counted_once() -> None:
    path = asset_path("sample.lzc")
    starts, counts = bytes_by_level(path)
    with LzcReader(path) as file:
        video = [e for e in file.entries if e.key.type == "VIDC"]
    assert counts.sum() == sum(e.length for e in video) and (np.diff(starts) > 0).all() and counts.shape[0] == len(starts)
    assert counts.shape[1] == 1 + max(e.key.level for e in video) and (counts.sum(0) > 0).all()
    some = video[len(video) // 2].key
    row = int(np.searchsorted(starts, some.time))
    assert counts[row, some.level] == sum(e.length for e in video if (e.key.time, e.key.level) == (some.time, some.level))


def test_what_is_none_is_said() -> None:
    with pytest.raises(LzcError):
        bytes_by_level("/etc/hostname")
