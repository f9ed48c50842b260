"""A frame asked for by itself: no more of its chunk is decoded than it needs, and it is the frame that decoding in order gives."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.api import Cancelled, Frame
from engine.lorentzian import payload
from engine.lorentzian.codec import ChunkDecoder, CodecSettings
from engine.lorentzian.schedule import Slice
from engine.lorentzian.source import LzcSource
from engine.wanted import while_wanted
from tests.engine.lorentzian.clips import film, lively, same_frame, write

COUNT = 28


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four chunks; the third starts anew."""
    return write(tmp_path_factory.mktemp("lazily") / "a.lzc", film(COUNT, 64, 48), CodecSettings(36, effort="fast"), lively(), cuts=(0, 16))


@pytest.fixture
def source(file: Path) -> Iterator[LzcSource]:
    with LzcSource(file, lively()) as opened:
        yield opened


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Times of the slices that were decoded, in order."""
    times: list[int] = []
    plain = ChunkDecoder._slice

    def noted(self: ChunkDecoder, s: Slice, begun: object) -> object:
        times.append(s.time)
        return plain(self, s, begun)  # type: ignore[arg-type]

    monkeypatch.setattr(ChunkDecoder, "_slice", noted)
    return times


@pytest.fixture(scope="module")
def whole(file: Path) -> list[Frame]:
    with LzcSource(file, lively()) as opened:
        return list(opened.frames())


def same(a: Frame, b: Frame) -> bool:
    return a.index == b.index and same_frame(a, b)


def test_the_first_frame_needs_one_slice(source: LzcSource, whole: list[Frame], decoded: list[int]) -> None:
    assert same(source.read(0), whole[0]) and decoded == [0]
    assert same(source.read(0), whole[0]) and decoded == [0]


def test_a_frame_inside_needs_what_it_looks_at(source: LzcSource, whole: list[Frame], decoded: list[int]) -> None:
    assert same(source.read(3), whole[3]) and decoded == [0, 7, 3]
    assert same(source.read(1), whole[1]) and decoded == [0, 7, 3, 1]


def test_frames_in_a_row_are_decoded_together(source: LzcSource, whole: list[Frame], decoded: list[int]) -> None:
    assert same(source.read(0), whole[0]) and same(source.read(1), whole[1])
    assert sorted(decoded) == list(range(8))


def test_the_next_chunk_needs_no_more_than_the_last_slice(source: LzcSource, whole: list[Frame], decoded: list[int]) -> None:
    source.read(0)
    assert same(source.read(15), whole[15]) and decoded == [0, 7, 7]


def test_elsewhere_nothing_is_made_up_for(source: LzcSource, whole: list[Frame], decoded: list[int]) -> None:
    source.read(0)
    assert same(source.read(16), whole[16]) and decoded == [0, 0]


def test_idle_time_brings_the_rest(source: LzcSource, whole: list[Frame], decoded: list[int]) -> None:
    assert not source.ripen() and not decoded
    source.read(2)
    assert source.held() == ()
    steps = 0
    while source.ripen():
        steps += 1
    assert sorted(decoded) == list(range(8)) and steps == 8 - 5 and source.held() == ((0, 7),)
    assert all(same(source.read(i), whole[i]) for i in range(8)) and len(decoded) == 8


@pytest.mark.parametrize("seed", range(4))
def test_any_order_gives_the_same_frames(file: Path, whole: list[Frame], seed: int) -> None:
    rng = np.random.default_rng(seed)
    with LzcSource(file, lively()) as source:
        source._keep = 2
        for _ in range(40):
            what, i = int(rng.integers(5)), int(rng.integers(COUNT))
            if what == 0:
                stop = min(COUNT, i + int(rng.integers(1, 12)))
                assert all(same(f, whole[i + n]) for n, f in enumerate(source.frames(i, stop)))
            elif what == 1:
                source.ripen()
            else:
                assert same(source.read(i), whole[i]), (seed, i)


def test_the_first_frame_needs_the_symbols_of_one_slice(source: LzcSource, whole: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    real = payload.read_level
    monkeypatch.setattr(payload, "read_level", lambda data, level, order, *a: (read.append(len(order)), real(data, level, order, *a)))
    assert same(source.read(0), whole[0]) and set(read) == {1}
    assert source.ripen() and source.ripen() and same(source.read(0), whole[0]) and same(source.read(5), whole[5])


@pytest.mark.parametrize("steps", range(1, 5))
def test_decoding_that_is_not_wanted_ends_at_the_next_slice_and_loses_nothing(source: LzcSource, whole: list[Frame], decoded: list[int],
                                                                               steps: int) -> None:
    left = [steps]

    def check() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cancelled

    with while_wanted(check), pytest.raises(Cancelled):
        source.read(9)
    assert len(decoded) <= steps + 1  # a chunk that is passed through has two
    assert same(source.read(9), whole[9]) and sorted(decoded) == [0, 1, 3, 7, 7], "nothing was decoded twice"
    with while_wanted(check), pytest.raises(Cancelled):
        source.read_region(22, (0, 0, 16, 16))
    assert same(source.read(22), whole[22])


def test_a_chunk_decoded_as_a_whole_ends_between_its_waves(source: LzcSource, whole: list[Frame], decoded: list[int]) -> None:
    def check() -> None:
        if len(decoded) > 3:
            raise Cancelled

    with while_wanted(check), pytest.raises(Cancelled):
        source.read(0)
        source.read(1)  # in a row: all of the chunk
    assert len(decoded) < 8
    assert all(same(f, w) for f, w in zip(source.frames(), whole, strict=True)) and len(decoded) == COUNT
