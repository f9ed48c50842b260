"""The place found in a recording itself: where its picture pays, where it does not, and a file that is nearer to the source."""
from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import Cancelled, Frame, FrameSource, Progress
from engine.jobs import compress, place
from engine.jobs.bitrate import likely_quality
from engine.jobs.compress import compress_job
from engine.jobs.estimate import estimate_job
from engine.jobs.place import find_place, saved
from engine.jobs.runner import run_job
from engine.lorentzian import CodecSettings, LzcSource, load_codec
from engine.lorentzian.adapted import Adapted, median
from engine.lorentzian.check import check_stream
from engine.lorentzian.model import CodecModel
from engine.opening import open_source
from tests.engine.jobs.test_adapt import room
from tests.synthetic import write_mp4

FRAMES = 56


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("place") / "room.mp4", room(FRAMES))


def found(path: Path, quality: int = 28) -> tuple[Adapted | None, list[Progress]]:
    steps = []
    with open_source(path) as pictures:
        search = find_place(pictures, CodecSettings(quality), load_codec())
        while True:
            try:
                steps.append(next(search))
            except StopIteration as end:
                return end.value, steps


def test_a_camera_that_stands_still_has_a_place_without_what_moves(still: Path) -> None:
    got, steps = found(still)
    assert got is not None and steps and all(p.total >= p.done for p in steps)
    with open_source(still) as pictures:
        back = np.sort([f.y for f in pictures.frames()], 0)[FRAMES // 2 - 1]  # nearly as many above as below
    assert np.array_equal(got.planes[0], 256 * back.astype(np.uint16))
    again, _ = found(still)
    assert again is not None and all(np.array_equal(a, b) for a, b in zip(got.planes, again.planes, strict=True))


def test_one_that_moves_has_none_and_a_short_film_is_not_looked_at(tmp_path: Path) -> None:
    wide = np.kron(np.random.default_rng(0).integers(40, 180, (16, 150, 3)), np.ones((16, 4, 1))).astype(np.uint8)
    moving = write_mp4(tmp_path / "m.mp4", [wide[:, 6 * n:6 * n + 256] for n in range(FRAMES)])
    assert found(moving)[0] is None
    short = write_mp4(tmp_path / "s.mp4", room(place.LEAST - 1))
    assert found(short) == (None, [])


def test_a_film_that_does_not_come_back_to_its_place_is_tried_and_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow enough to pass the first look; the trial tells."""
    tried: list[float] = []
    real = place.saved
    monkeypatch.setattr(place, "saved", lambda *a: tried.append(real(*a)) or tried[-1])
    wide = np.kron(np.random.default_rng(3).integers(40, 180, (8, 40, 3)), np.ones((16, 16, 1))).astype(np.uint8)
    got, _ = found(write_mp4(tmp_path / "slow.mp4", [wide[:, n:n + 320] for n in range(FRAMES)]))
    assert got is None and len(tried) == 1 and tried[0] < place.WORTH


@pytest.mark.parametrize(("effort", "quality", "least"), [("normal", 32, 0.2), ("fast", 12, 0.1)])
def test_a_recording_as_large_is_nearer_with_it(effort: str, quality: int, least: float, still: Path, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    def coded(name: str) -> tuple[int, float, bool]:
        facts = run_job(compress_job(still, tmp_path / name, quality=quality, effort=effort)).facts
        assert check_stream(tmp_path / name) == []
        with open_source(still) as source, LzcSource(tmp_path / name) as opened:
            error = np.mean([np.mean((a.y.astype(float) - b.y) ** 2) for a, b in zip(source.frames(), opened.frames(), strict=True)])
            assert ("camera_bytes" in facts) == (opened.camera is not None)
            return facts["bytes"], float(error), opened.camera is not None

    size, error, camera = coded("a.lzc")
    assert camera
    monkeypatch.setattr(compress, "find_place", lambda *_: iter(()))
    plain, worse, none = coded("b.lzc")
    assert not none and size < 1.06 * plain
    saved_at_equal_psnr = 1 - size / plain * math.exp(-place.PER_DB * 10 * math.log10(worse / error))
    assert saved_at_equal_psnr > least


def test_a_stopped_recording_of_a_place_goes_on_byte_for_byte(still: Path, tmp_path: Path) -> None:
    run_job(compress_job(still, tmp_path / "whole.lzc", quality=28, effort="fast", key_interval=16))
    seen: list[tuple[str, int]] = []

    def stop() -> bool:
        return bool(seen) and seen[-1][0] == "compress" and seen[-1][1] >= 33
    with pytest.raises(Cancelled, match="safe"):
        run_job(compress_job(still, tmp_path / "o.lzc", quality=28, effort="fast", key_interval=16),
                lambda p: seen.append((p.label, int(p.done))), stop)
    made = run_job(compress_job(still, tmp_path / "o.lzc", quality=28, effort="fast", key_interval=16))
    assert made.facts["resumed_from"] > 0 and (tmp_path / "o.lzc").read_bytes() == (tmp_path / "whole.lzc").read_bytes()


def test_an_estimate_knows_of_the_place(still: Path, tmp_path: Path) -> None:
    real = run_job(compress_job(still, tmp_path / "o.lzc", quality=28, effort="fast")).facts["bytes"]
    assert 0.7 * real < run_job(estimate_job(still, quality=28, effort="fast")).facts["bytes"] < 1.3 * real


@given(st.integers(100, 10 ** 6), st.integers(100, 10 ** 6), st.floats(20, 60), st.integers(48, 10 ** 5))
def test_nothing_saved_pays_for_no_picture(first: int, rest: int, psnr: float, frames: int) -> None:
    same = first, rest, psnr
    assert abs(saved(same, same, 0, frames)) < 1e-9 and saved(same, same, 50, frames) < 0
    assert saved(same, (first, rest, psnr + 1), 0, frames) > saved(same, (first, rest // 2, psnr), 0, 10 ** 9) - 0.5
    assert saved(same, (first, rest // 2, psnr), 100, 2 * frames) >= saved(same, (first, rest // 2, psnr), 100 + 2 * first, 2 * frames)


@given(st.integers(1, 40), st.sampled_from([8, 10]), st.integers(0, 99))
def test_the_median_is_that_of_sorting(count: int, depth: int, seed: int) -> None:
    kind = np.uint8 if depth == 8 else np.uint16
    planes = np.random.default_rng(seed).integers(0, 1 << depth, (count, 3, 20, 6)).astype(kind)
    frames = [Frame(p[0], p[1][:10, :3], p[2][:10, :3], n, n, depth) for n, p in enumerate(planes)]
    got = median(frames)
    assert np.array_equal(got[0], np.sort(planes[:, 0], 0)[(count - 1) // 2].astype(np.uint16) << (16 - depth)) and got[1].shape == (10, 3)


def test_with_a_bit_rate_it_is_decided_near_the_quality_that_will_be_taken(still: Path, tmp_path: Path,
                                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def look(pictures: FrameSource, settings: CodecSettings, model: CodecModel) -> Iterator[Progress]:
        asked.append(settings.quality)
        return iter(())

    monkeypatch.setattr(compress, "find_place", look)
    for kbps in (8.0, 80.0):
        run_job(compress_job(still, tmp_path / "b.lzc", bitrate=kbps, effort="fast"))
    assert asked[0] + 12 < asked[1]
    with open_source(still) as pictures:
        guesses = [likely_quality(pictures.info, None, kbps) for kbps in (1e-3, 8, 80, 800, 1e9)]
    assert guesses[1:3] == asked and guesses == sorted(guesses) and guesses[0] == 0 and guesses[-1] == 63
