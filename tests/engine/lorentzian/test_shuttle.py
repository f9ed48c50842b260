"""Shuttling: frames of coarse time levels only, the same pictures as in order, forwards and backwards."""
from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from engine.api import LzcError
from engine.lorentzian import codec
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.source import LzcSource
from engine.wanted import while_wanted
from tests.engine.lorentzian.clips import film, lively, same_frame, write

SIZE, FRAMES = (48, 32), 43  # chunks of 8, a key every 16


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("rec") / "a.lzc", film(FRAMES, *SIZE), CodecSettings(36, key_interval=16, effort="fast"), lively())


@pytest.mark.parametrize("step", [2, 4, 8, 16, 32, -2, -4, -8, -16])
@pytest.mark.parametrize("start", [0, 21, 42])
def test_frames_of_the_sequence_about_a_step_apart(recording: Path, step: int, start: int) -> None:
    with LzcSource(recording, lively()) as source:
        wanted = list(source.frames())
        got = list(source.shuttle(start, step))
        assert all(same_frame(f, wanted[f.index]) for f in got)
    at = [f.index for f in got]
    assert at == sorted(set(at), reverse=step < 0)
    room = start // -step if step < 0 else (FRAMES - 1 - start) // step
    assert len(at) >= max(room - 2, 0) and all(n <= start if step < 0 else n >= start for n in at)
    gaps = [abs(b - a) for a, b in pairwise(at)]
    assert all(abs(g - abs(step)) <= max(abs(step) // 2, 1) for g in gaps), at


def test_at_eight_times_the_speed_one_slice_of_a_chunk_is_decoded(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    before = codec.ChunkDecoder._slice

    def counted(self: codec.ChunkDecoder, s: object, *rest: object) -> object:
        done.append(s.kind)  # type: ignore[attr-defined]
        return before(self, s, *rest)  # type: ignore[arg-type]
    monkeypatch.setattr(codec.ChunkDecoder, "_slice", counted)
    with LzcSource(recording, lively()) as source:
        assert [f.index for f in source.shuttle(0, 8)] == [0, 7, 15, 23, 31, 39]
    ahead = done.count(1) - 5  # of the chunk after the last one shown; not begun perhaps when all was done
    assert sorted(done) == [0, 0, 0, 1, 1, 1, 1, 1, 1][:9 - (ahead == 0)], "the first of a key interval and the last of every chunk"


def test_a_level_and_the_end(recording: Path) -> None:
    with LzcSource(recording, lively()) as source:
        assert [f.y.shape for f in source.shuttle(0, 16, 1)] == [(16, 24)] * 3
        assert all(same_frame(f, source.read_level(f.index, 1)) for f in source.shuttle(0, 16, 1))
        going = source.shuttle(0, 4)
        next(going)
    with pytest.raises(LzcError):
        list(going)


def test_a_way_given_up_half_way_is_gone_on_from_wherever_the_next_one_leads(tmp_path: Path) -> None:
    # a key every 10 frames; symbols are read ahead of the networks
    path = write(tmp_path / "short.lzc", film(26, *SIZE), CodecSettings(36, key_interval=10, effort="fast"), lively(), chunk=2)
    with LzcSource(path, lively()) as source:
        wanted = list(source.frames())
    for steps in range(1, 5):
        for then in (0, 3, 5, 7, 9, 13, 25):
            with LzcSource(path, lively()) as source:
                left = [steps]

                def check(left: list[int] = left) -> None:
                    left[0] -= 1
                    if left[0] < 0:
                        raise KeyboardInterrupt
                with pytest.raises(KeyboardInterrupt), while_wanted(check):
                    source.read(9)
                for index in (then, 9, 17):
                    assert same_frame(source.read(index), wanted[index])
