"""A recording seen through the network: as its writer said, as decoded where nothing was said, and parts for a zoom."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.jobs.compress import compress_job
from engine.jobs.restore import restore_job
from engine.jobs.runner import run_job
from engine.lorentzian.model import untrained
from engine.lorentzian.source import LzcSource
from engine.lzc import LzcReader
from engine.lzc.layout import KNOWN_TYPES
from engine.restoring import CHUNK, RestoredSource, halves, plan
from engine.zoom.restored import restorer_for
from tests.engine.correlation.fakes import small_model
from tests.synthetic import film, write_mp4

FRAMES, WIDTH, HEIGHT = 20, 272, 144


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    model, codec = small_model(), untrained()
    with pytest.MonkeyPatch.context() as patch:
        import engine.lorentzian.source
        import engine.restoring

        patch.setattr(engine.restoring, "load_correlation", lambda *a, **k: model)
        patch.setattr(engine.restoring, "load_installed", lambda: model)
        patch.setattr(engine.lorentzian, "load_codec", lambda device="auto": codec, raising=False)
        patch.setattr(engine.lorentzian.source, "load_codec", lambda *a, **k: codec)
        yield


@pytest.fixture(scope="module")
def source_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("film") / "film.mkv", film(FRAMES, WIDTH, HEIGHT, cut_at=13))


def recorded(source: Path, out: Path, effort: str = "normal") -> tuple[Path, dict[str, Any]]:
    return out, run_job(compress_job(source, out, effort=effort, quality=12)).facts


@pytest.fixture(scope="module")
def with_bits(source_file: Path) -> tuple[Path, dict[str, Any]]:
    return recorded(source_file, source_file.with_name("bits.lzc"))


def planes(path: Path) -> np.ndarray:
    data = path.read_bytes()
    return np.frombuffer(data[data.index(b"FRAME"):], np.uint8).reshape(-1, 6 + WIDTH * HEIGHT * 3 // 2)[:, 6:]


def test_the_writer_says_how_windows_are_restored(with_bits: tuple[Path, dict[str, Any]]) -> None:
    path, facts = with_bits
    with LzcReader(path, known={*KNOWN_TYPES, CHUNK}) as file:
        keys = [k for k in file.keys if k.type == CHUNK]
    named, keys = [k for k in keys if k.flags], [k for k in keys if not k.flags]
    assert [k.flags for k in named] == [1] and keys and keys[0].time == 0
    assert facts["restoration"]["tiles"] == FRAMES * 15 >= facts["restoration"]["kept"] > 0
    with LzcSource(path) as source:
        seen = RestoredSource(source, path)
        assert len(seen.windows) >= 1 and sum(int(w.keep.sum()) for w in seen.windows) == facts["restoration"]["kept"]
        assert all(w.weights.any() and w.keep.any() and len(w.keep) == w.stop - w.start == len(w.factors) for w in seen.windows)
        assert seen.windows[-1].stop <= FRAMES


def test_where_nothing_is_restored_the_file_does_not_speak_of_it(tmp_path: Path) -> None:
    still = write_mp4(tmp_path / "still.mkv", [np.zeros_like(p) for p in film(9, WIDTH, HEIGHT)])
    path, facts = recorded(still, tmp_path / "still.lzc")
    with LzcReader(path, known={*KNOWN_TYPES, CHUNK}) as file:
        assert facts["restoration"]["kept"] == 0 and not [k for k in file.keys if k.type == CHUNK]


def test_with_the_bits_no_tile_is_worse_and_some_are_better(with_bits: tuple[Path, dict[str, Any]], source_file: Path) -> None:
    from engine.correlation.leave import errors
    from engine.opening import open_source

    path, _ = with_bits
    truth, better = open_source(source_file), 0
    with LzcSource(path) as source:
        for before, after, real in zip(source.frames(), RestoredSource(source, path).frames(), truth.frames(), strict=True):
            a, b, c = ([f.y, f.u, f.v] for f in (before, after, real))
            assert (errors(b, c, 255) <= errors(a, c, 255)).all()
            better += int((errors(b, c, 255) < errors(a, c, 255)).sum())
    truth.close()
    assert better == with_bits[1]["restoration"]["kept"]


def test_without_correlation_it_is_the_decoders_output(with_bits: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path, _ = with_bits
    plain = run_job(restore_job(path, tmp_path / "plain.y4m", correlation=False))
    with LzcSource(path) as source:
        assert np.array_equal(planes(tmp_path / "plain.y4m")[:, :WIDTH * HEIGHT], np.stack([f.y.ravel() for f in source.frames()]))
    assert plain.facts["correlation"] is None
    small = run_job(restore_job(path, tmp_path / "small.y4m", level=1))
    assert small.facts["correlation"] is None


def test_a_part_is_the_same_as_in_the_whole(with_bits: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path, _ = with_bits
    done = run_job(restore_job(path, tmp_path / "all.y4m"))
    assert done.facts["correlation"]["model"] == "ab" * 32 and done.facts["correlation"]["windows"] >= 1
    run_job(restore_job(path, tmp_path / "part.y4m", frames=(11, 18)))
    assert np.array_equal(planes(tmp_path / "all.y4m")[11:18], planes(tmp_path / "part.y4m"))
    run_job(restore_job(path, tmp_path / "plain.y4m", correlation=False))
    assert not np.array_equal(planes(tmp_path / "all.y4m"), planes(tmp_path / "plain.y4m"))


def test_a_file_without_weights_is_shown_as_decoded(source_file: Path, tmp_path: Path) -> None:
    path, facts = recorded(source_file, tmp_path / "fast.lzc", "fast")
    assert "restoration" not in facts
    assert run_job(restore_job(path, tmp_path / "all.y4m")).facts["correlation"] is None
    with LzcSource(path) as source:
        seen = RestoredSource(source, path)
        assert seen.windows == () and restorer_for(source) == (None, "")
        assert all(np.array_equal(a.y, b.y) for a, b in zip(seen.frames(), source.frames(), strict=True))
        made = seen.part(3, (0, 0, 64, 64))
        assert not made.changed.any() and np.array_equal(made.planes[0], source.read(3).y.astype(np.float32))


def test_bits_of_another_network_are_not_used(with_bits: tuple[Path, dict[str, Any]]) -> None:
    other = small_model()
    other.hash = "cd" * 32
    with LzcSource(with_bits[0]) as source:
        assert plan(source, with_bits[0], small_model()) and plan(source, with_bits[0], other) == ()


def test_a_part_for_a_zoom_is_restored_inside_its_box_only(with_bits: tuple[Path, dict[str, Any]]) -> None:
    path, _ = with_bits
    with LzcSource(path) as source:
        seen = RestoredSource(source, path)
        window = next(w for w in seen.windows if w.keep[:, 0, 0].any())
        frame = window.start + int(np.flatnonzero(window.keep[:, 0, 0])[0])
        box = (0, 0, 64, 64)
        assert not seen.has(frame, box)
        made = seen.part(frame, box)
        assert seen.has(frame, box) and seen.part(frame, box) is made
        assert made.changed[:64, :64].all() and not made.changed[:, 64:].any()
        assert np.array_equal(made.planes[0][:, 64:], source.read(frame).y[:, 64:].astype(np.float32))


@pytest.mark.parametrize("frames", range(1, 10))
def test_what_is_coded_together_is_cut_into_windows_of_up_to_eight(frames: int) -> None:
    parts = [list(range(frames))[part] for part in halves(frames)]
    assert [i for part in parts for i in part] == list(range(frames))
    assert all(1 <= len(part) <= 8 for part in parts) and len(parts) == (2 if frames == 9 else 1)
