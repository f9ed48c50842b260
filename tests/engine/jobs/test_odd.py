"""Odd footage through the real codec and back: what comes out is what went in, only a little worse."""
from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest

from benchmarks import odd, odd_films
from benchmarks.odd_films import Odd, even, uneven
from engine.api import ModelError, Progress
from engine.jobs.compress import compress_job
from engine.jobs.restore import restore_job
from engine.jobs.runner import run_job
from engine.jobs.verify import verify_job

MS = Fraction(1, 1000)
FILMS = (
    Odd("1 frame", (49, 33), (0,), MS),
    Odd("7 frames", (48, 32), even(7, 40), MS),
    Odd("no pixel beside it", (2, 2), even(3, 40), MS),
    Odd("odd sizes, 10 bit, a cut", (37, 51), even(17, 40), MS, bits=10, cuts=(11,)),
    Odd("portrait", (26, 80), even(9, 40), MS),
    Odd("1 frame a second", (48, 32), even(9, 12800), Fraction(1, 12800), ending="mp4"),
    Odd("120 frames a second", (48, 32), even(25, 128), Fraction(1, 15360), ending="mp4"),
    Odd("uneven times", (48, 32), uneven(17, (1, 40, 33, 7, 2000, 41, 500)), MS),
)


@pytest.fixture(scope="module", autouse=True)
def _weights() -> None:
    from engine.lorentzian import load_codec
    try:
        load_codec(device="cpu")
    except ModelError as error:
        pytest.skip(f"no codec weights: {error}")


@pytest.mark.parametrize("film", FILMS, ids=lambda f: f.title)
def test_odd_footage_comes_back(film: Odd, tmp_path: Path) -> None:
    from engine.lorentzian import LzcSource
    source, lzc, raw, video = tmp_path / f"in.{film.ending}", tmp_path / "o.lzc", tmp_path / "o.y4m", tmp_path / "o.mkv"
    odd_films.write(source, film)
    given, (exact, times) = list(film.frames()), odd.decoded(source)
    assert [f.y.tobytes() for f in exact] == [f.y.tobytes() for f in given]  # the film itself is what it says
    made = run_job(compress_job(source, lzc, quality=40)).facts
    assert (made["frames"], made["width"], made["height"]) == (len(given), *film.size)
    assert run_job(verify_job(lzc)).facts["ok"]
    with LzcSource(lzc) as recording:
        assert [p * recording.info.time_base for p in recording.info.pts] == [t * film.base for t in film.stamps]
        assert recording.info.bit_depth == film.bits
    assert run_job(restore_job(lzc, raw, correlation=False)).facts["frames"] == len(given)
    shown = odd.decoded(raw)[0]
    assert [(f.width, f.height, f.bit_depth) for f in shown] == [(*film.size, film.bits)] * len(given)
    assert min(odd.psnr(a, b) for a, b in zip(given, shown, strict=True)) > 33
    run_job(restore_job(lzc, video, correlation=False))
    again = odd.decoded(video)[1]
    assert len(again) == len(times) and odd._apart(times, again) < 0.0006


@pytest.mark.parametrize("effort", ["fast", "normal"])
def test_a_cut_inside_a_chunk_does_not_smear(effort: str, tmp_path: Path) -> None:
    film = Odd("cuts", (160, 96), even(40, 40), MS, cuts=(13, 21, 30))
    odd_films.write(tmp_path / "in.mkv", film)
    run_job(compress_job(tmp_path / "in.mkv", tmp_path / "o.lzc", effort=effort))
    from engine.lorentzian import LzcSource
    with LzcSource(tmp_path / "o.lzc") as recording:
        # the last two scenes have histograms alike, and no cut is seen between them: that must not smear either
        assert {e.start for e in recording.entries if e.key} == {0, 13, 21}
        quality = [odd.psnr(a, b) for a, b in zip(film.frames(), recording.frames(), strict=True)]
    beside = odd.cut_quality(quality, film.cuts)
    assert beside is not None and beside > -odd.SMEARED


def test_smearing_is_seen() -> None:
    level = [40.0, 39.5, 40.2, 39.8] * 6
    assert odd.cut_quality(level, ()) is None
    assert odd.cut_quality(level, (11,)) == 0
    smeared = [*level[:11], 30.0, *level[12:]]
    assert odd.cut_quality(smeared, (11,)) == pytest.approx(-9.5)
    assert odd.cut_quality([*level[:10], 31.0, *level[11:]], (11,)) == pytest.approx(-8.5)


def test_a_longer_film_takes_no_more_memory(tmp_path: Path) -> None:
    """What Python and numpy hold while a film is written: as much near its end as before its middle."""
    film = Odd("long", (48, 32), even(160, 40), MS)
    odd_films.write(tmp_path / "in.mkv", film)
    held: list[int] = []

    def look(step: Progress) -> None:
        if step.label == "compress":  # not while the film is looked at first
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.start()
    try:
        run_job(compress_job(tmp_path / "in.mkv", tmp_path / "o.lzc", effort="fast"), look)
    finally:
        tracemalloc.stop()
    assert len(held) >= 20
    third = len(held) // 3
    frame = 48 * 32 * 3 // 2
    # medians, because a look falls where threads that work ahead happen to be. The file's index grows by some hundred bytes a frame;
    # one picture in seven held, at four bytes a sample, would be more than this
    assert median(held[-third:]) < median(held[third:2 * third]) + 20 * frame


def test_the_film_tells_a_change_of_times(tmp_path: Path) -> None:
    film = replace(FILMS[1], stamps=uneven(7, (40, 41)))
    odd_films.write(tmp_path / "in.mkv", film)
    assert odd._apart([t / 1000 for t in even(7, 40)], odd.decoded(tmp_path / "in.mkv")[1]) == pytest.approx(0.003)
