"""Effort high: other weights are tried on every piece, the better ones stay for it, and nothing of it is left in the stream."""
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.api import Cancelled
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.mctf import TemporalFilter
from engine.lorentzian.stream import VideoStreamWriter
from engine.lorentzian.structure import Structure
from engine.lorentzian.thorough import LASTING, TRIED, Thorough
from engine.lorentzian.worth import USUAL, Tuning
from engine.wanted import while_wanted
from tests.engine.lorentzian.clips import facts, film, lively, piece, scene, write
from tests.engine.lorentzian.reading import read_every_way
from tests.engine.lorentzian.test_structure import COARSEST, FRAMES, Fake


class Weighed(Fake):
    """An encoder whose chunks cost what its weights say."""

    def __init__(self, saved: dict[Tuning, int], each: int = 4000) -> None:
        super().__init__({})
        self.saved, self.each, self.tuning, self.seen = saved, each, USUAL, []  # type: ignore[var-annotated]

    def encode(self, frames: list[Any], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        self.seen.append(self.tuning)
        self.price[len(frames)] = self.each * len(frames) - self.saved.get(self.tuning, 0)
        return super().encode(frames, *args, **kwargs)


def test_changes_that_save_are_kept_one_upon_another_for_one_piece() -> None:
    better, best = Tuning(clean=1.6), Tuning(clean=1.6, motion=1.4)
    fake = Weighed({better: 500, best: 900, Tuning(motion=1.4): -100, Tuning(clean=1.6, spread=0.5): 100})
    s = Thorough(fake, "high", chroma=COARSEST)  # type: ignore[arg-type]
    for n in range(2):
        made = s.encode(FRAMES, n == 0)
        assert len(made) == 1 and len(made[0][0].payloads[0][0]) == 4000 * 8 - 900
        assert fake.tuning == USUAL and not s.held, "the next piece is coded as usual first"
    assert set(fake.seen) >= {USUAL, better, best}
    assert fake.state == 2, "what was tried and dropped leaves the encoder as it was"


def test_nothing_that_is_dearer_is_taken() -> None:
    fake = Weighed({})
    s = Thorough(fake, "high", chroma=COARSEST)  # type: ignore[arg-type]
    assert len(s.encode(FRAMES, True)[0][0].payloads[0][0]) == 4000 * 8
    assert len(set(fake.seen)) == 1 + len(TRIED)


def test_the_last_frame_counts_more_for_the_next_piece_leans_on_it() -> None:
    s = Thorough(Fake({}), "high")  # type: ignore[arg-type]

    def coded(errors: list[float]) -> Any:
        return [(SimpleNamespace(payloads=((b"",),)), [[p + np.float32(e) for p in f] for f, e in zip(FRAMES, errors, strict=True)])]

    early, late = coded([4.0] + [2.0] * 7), coded([2.0] * 7 + [4.0])
    luma, colour = (np.log((1 + 16 * n) / (1 + 4 * n)) for n in (256, 64))
    for n, more in zip(LASTING, s.costs(FRAMES, late) - s.costs(FRAMES, early), strict=True):
        assert more == pytest.approx(n * (6 * luma + 2 * colour) / 6 / len(FRAMES))


def test_what_is_better_only_where_things_move_is_not_taken() -> None:
    """A change that saves something but leaves the last frame worse: in a still scene all that follows would keep that."""
    fake = Weighed({Tuning(clean=0.5): 4}, each=1)
    shown = fake.encode

    def encode(frames: list[Any], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        chunk, pictures = shown(frames, *args, **kwargs)
        return chunk, [*pictures[:-1], [p + np.float32(fake.tuning == Tuning(clean=0.5)) for p in pictures[-1]]]
    fake.encode = encode  # type: ignore[method-assign]
    s = Thorough(fake, "high", chroma=COARSEST)  # type: ignore[arg-type]
    usual = s.costs(FRAMES, s.encode(FRAMES, True))
    fake.tuning = Tuning(clean=0.5)
    other = s.costs(FRAMES, Structure.encode(s, FRAMES, True))
    assert other[0] < usual[0] and other[1] > usual[1]
    fake.tuning = USUAL
    assert len(s.encode(FRAMES, True)[0][0].payloads[0][0]) == 8


@pytest.mark.parametrize(("change", "value"), [(k, v) for t in TRIED for k, v in t.items()])
def test_every_weight_changes_what_is_coded(change: str, value: Any) -> None:
    frames, made = [list(f) for f in scene(9, 64, 48)], []
    for tuning in (USUAL, Tuning(**{change: value})):
        encoder = ChunkEncoder(64, 48, CodecSettings(30), lively())
        writer_filter(encoder, frames)
        encoder.tuning = tuning
        made.append(encoder.encode(frames, True)[0].payloads)
        encoder.close()
    assert made[0] != made[1]


def writer_filter(encoder: ChunkEncoder, frames: list[Any]) -> None:
    """The filter of noise that a writer has, shown these frames."""
    encoder.clean = TemporalFilter(4)
    encoder.clean.show(frames)


def test_work_that_is_not_wanted_any_more_ends_within_a_piece() -> None:
    fake = Weighed({})
    s = Thorough(fake, "high", chroma=COARSEST)  # type: ignore[arg-type]

    def check() -> None:
        if len(fake.seen) > 6:
            raise Cancelled

    with pytest.raises(Cancelled), while_wanted(check):
        s.encode(FRAMES, True)
    assert len(fake.seen) < 12


def test_a_piece_costs_less_than_without() -> None:
    frames = [list(f) for f in scene(9, 64, 48)]
    costs = []
    for kind in (Structure, Thorough):
        encoder = ChunkEncoder(64, 48, CodecSettings(30, effort="high"), lively())
        s, judge = kind(encoder, "high"), Thorough(encoder, "high")
        costs.append(judge.costs(frames, s.encode(frames, True)))
        encoder.close()
    assert (costs[1] < costs[0]).all()


def test_what_was_written_is_read_every_way_and_taken_up_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, settings = film(17, 48, 32), CodecSettings(30, key_interval=8, effort="high")
    straight = write(tmp_path / "s.lzc", pictures, settings, lively())
    assert len(read_every_way(straight, lively(), (16, 3), monkeypatch)) == 17

    def coding(*plan: tuple[int, int]) -> VideoStreamWriter:
        writer = VideoStreamWriter(tmp_path / "r.lzc", facts(17, 48, 32), settings, lively())
        for start, stop in plan:
            writer.write_chunk(*piece(pictures, start, stop, ()))
        return writer

    coding((0, 8), (8, 16), (16, 17)).finish()
    made = (tmp_path / "r.lzc").read_bytes()
    (tmp_path / "r.lzc").unlink()
    coding((0, 8), (8, 16)).abort(keep=True)
    again = coding()
    assert again.committed_frames == 8
    for start, stop in ((8, 16), (16, 17)):
        again.write_chunk(*piece(pictures, start, stop, ()))
    again.finish()
    assert (tmp_path / "r.lzc").read_bytes() == made
