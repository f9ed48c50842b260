"""Chunks of one or two frames: their last slices have coarser steps, and every way of reading knows of it."""
from __future__ import annotations

from pathlib import Path

import pytest

from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.schedule import BETWEEN, LOWER, QUALITIES, USUAL_GRAIN, Grain
from engine.lorentzian.source import LzcSource
from tests.engine.lorentzian.clips import film, lively, write
from tests.engine.lorentzian.reading import read_every_way

SIZE = (64, 48)
SETTINGS = CodecSettings(30, key_interval=16, effort="fast")


def test_steps_follow_the_length_of_the_chunk() -> None:
    assert [Grain(frames=n).quality(30, 1) for n in (1, 2, 4, 8)] == [30 - LOWER[1], 30 - LOWER[2], 30, 30]
    assert [Grain(frames=8).quality(30, kind) for kind in range(5)] == [30] * 5
    assert [Grain(frames=2).quality(30, kind) for kind in (0, 3)] == [30, 30 - BETWEEN[2]]
    assert Grain(frames=1).quality(2, 1) == 0 and Grain(fine=True).quality(QUALITIES - 3, 0) == QUALITIES - 1
    assert Grain(frames=4).of(1) == USUAL_GRAIN and Grain(frames=1).of(1) != USUAL_GRAIN, "networks of equal steps are made once"


def test_coarser_steps_cost_less(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [[f.y, f.u, f.v] for f in film(6, *SIZE)]
    sizes = []
    for lower in (LOWER, {}):
        monkeypatch.setattr("engine.lorentzian.schedule.LOWER", lower)
        encoder = ChunkEncoder(*SIZE, SETTINGS, lively())
        coded = [encoder.encode([f], n == 0)[0] for n, f in enumerate(frames)]
        sizes.append(sum(len(data) for c in coded[1:] for tile in c.payloads for data in tile))
        encoder.close()
    assert sizes[0] < 0.8 * sizes[1]


@pytest.mark.parametrize("length", [1, 2])
def test_every_way_of_reading(length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "s.lzc", film(12, *SIZE), SETTINGS, lively(), chunk=length)
    with LzcSource(path, lively()) as opened:
        assert {e.frames for e in opened.entries} == {length}
    read_every_way(path, lively(), (11, 0, 5), monkeypatch)
