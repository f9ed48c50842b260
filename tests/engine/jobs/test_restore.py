"""Restore, verify and export on a small recording made with the untrained codec: shipped weights are not needed."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.api import Cancelled, JobError, LzcError
from engine.jobs.compress import compress_job
from engine.jobs.export import export_frame_job, export_roi_job, verify_export_job
from engine.jobs.restore import least_bytes, restore_job, stored_sound
from engine.jobs.runner import run_job
from engine.jobs.verify import verify_job
from engine.lzc import LzcReader
from tests.engine.jobs.fakes import Pictures
from tests.synthetic import film, write_mp4


@pytest.fixture(scope="module")
def model() -> Any:
    from engine.lorentzian.model import untrained

    return untrained()


@pytest.fixture(autouse=True)
def _untrained(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import engine.lorentzian
    import engine.lorentzian.source

    monkeypatch.setattr(engine.lorentzian, "load_codec", lambda device="auto": model, raising=False)
    monkeypatch.setattr(engine.lorentzian.source, "load_codec", lambda *a, **k: model)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, model: Any) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    with pytest.MonkeyPatch.context() as patch:
        import engine.lorentzian
        patch.setattr(engine.lorentzian, "load_codec", lambda device="auto": model, raising=False)
        source = write_mp4(folder / "film.mkv", film(24, 48, 32), sound=True)
        run_job(compress_job(source, folder / "film.lzc", effort="fast", key_interval=8, quality=30))
    return folder / "film.lzc"


def damaged(recording: Path, out: Path, frame: int, kind: str = "VIDC", level: int = 3) -> Path:
    """A copy in which the finest payload of the chunk that starts at `frame` has one wrong byte."""
    data = bytearray(recording.read_bytes())
    with LzcReader(recording) as reader:
        entry = next(e for e in reader.entries if e.key.type == kind and e.key.time == frame and e.key.level == level)
        payload = reader.read(entry.key)
    data[data.index(payload) + len(payload) // 2] ^= 0xFF
    out.write_bytes(data)
    return out


def frames_in(path: Path) -> int:
    return path.read_bytes().count(b"FRAME\n")


def test_a_part_is_the_same_as_in_the_whole(recording: Path, tmp_path: Path) -> None:
    run_job(restore_job(recording, tmp_path / "all.y4m"))
    result = run_job(restore_job(recording, tmp_path / "some.y4m", frames=(5, 11)))
    assert (result.facts["frames"], result.facts["first_frame"], result.facts["lost_frames"]) == (6, 5, [])
    size = 48 * 32 * 3 // 2 + 6
    head = (tmp_path / "all.y4m").read_bytes().index(b"FRAME")
    every, some = (tmp_path / "all.y4m").read_bytes()[head:], (tmp_path / "some.y4m").read_bytes()[head:]
    assert len(every) == 24 * size and some == every[5 * size:11 * size]
    assert run_job(restore_job(recording, tmp_path / "end.y4m", frames=(20, 99))).facts["frames"] == 4


def test_a_damaged_chunk_costs_its_frames_only(recording: Path, tmp_path: Path) -> None:
    bad = damaged(recording, tmp_path / "bad.lzc", 8)
    steps: list[int] = []
    result = run_job(restore_job(bad, tmp_path / "o.y4m"), lambda step: steps.append(step.done))
    assert result.facts["lost_frames"] == list(range(8, 16)) and frames_in(tmp_path / "o.y4m") == 16
    assert any("lost" in note for note in result.facts["notes"]) and steps == list(range(1, 17))
    run_job(restore_job(recording, tmp_path / "whole.y4m"))
    whole, part = (tmp_path / "whole.y4m").read_bytes(), (tmp_path / "o.y4m").read_bytes()
    size, head = 48 * 32 * 3 // 2 + 6, whole.index(b"FRAME")
    assert part == whole[:head + 8 * size] + whole[head + 16 * size:]
    with pytest.raises(LzcError):
        run_job(restore_job(bad, tmp_path / "none.y4m", frames=(8, 16)))
    assert not (tmp_path / "none.y4m").exists()


def test_sound_goes_with_the_pictures(recording: Path, tmp_path: Path) -> None:
    sound = stored_sound(recording)
    assert sound is not None and sound.codec == "aac" and sound.size > 1000
    assert run_job(restore_job(recording, tmp_path / "o.mp4")).facts["sound"] is True
    result = run_job(restore_job(recording, tmp_path / "o.mkv", frames=(8, 16)))
    assert result.facts["sound"] is True and (tmp_path / "o.mkv").stat().st_size < (tmp_path / "o.mp4").stat().st_size


def test_damaged_sound_costs_the_sound_only(recording: Path, tmp_path: Path) -> None:
    bad = damaged(recording, tmp_path / "bad.lzc", 0, "AUDP", 0)
    facts = run_job(restore_job(bad, tmp_path / "o.mp4")).facts
    assert (facts["frames"], facts["sound"], facts["notes"][-1]) == (24, False, "sound left out: the sound is damaged")


@pytest.mark.parametrize("ending", ["mp4", "y4m", "png"])
def test_a_stopped_restore_leaves_nothing(ending: str, recording: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    with pytest.raises(Cancelled):
        run_job(restore_job(recording, tmp_path / f"o.{ending}"), lambda step: seen.append(step.done), lambda: 5 in seen)
    assert list(tmp_path.iterdir()) == []


def test_what_raw_video_needs_is_known_exactly(recording: Path, tmp_path: Path) -> None:
    run_job(restore_job(recording, tmp_path / "o.y4m"))
    need = least_bytes(Pictures(24, 48, 32).info, 24, ".y4m")
    assert 0 <= (tmp_path / "o.y4m").stat().st_size - need < 400
    assert least_bytes(Pictures(1, 3, 3).info, 10, ".y4m") == 10 * (9 + 8)


def test_verify_tells_where(recording: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    facts = run_job(verify_job(recording), lambda step: steps.append((step.done, step.total))).facts
    assert facts["ok"] and facts["problems"] == [] and steps[-1] == (3, 3)
    facts = run_job(verify_job(damaged(recording, tmp_path / "bad.lzc", 16))).facts
    assert not facts["ok"] and any("16" in line for line in facts["problems"])
    cut = tmp_path / "cut.lzc"
    cut.write_bytes(recording.read_bytes()[:int(recording.stat().st_size * 0.6)])
    assert not run_job(verify_job(cut)).facts["ok"]


def test_a_frame_as_a_picture_holds_only_what_was_recorded(recording: Path, tmp_path: Path) -> None:
    result = run_job(export_frame_job(recording, tmp_path / "f.png", 9))
    assert result.facts["size"] == [48, 32] and result.facts["provenance"]["pixels"]["coded"] == 48 * 32
    assert [Path(p).name for p in result.outputs] == ["f.png", "f.mask.png", "f.png.json"]
    assert run_job(verify_export_job(tmp_path / "f.png.json")).facts["match"]


def test_clip_and_picture_names(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="one frame"):
        run_job(export_roi_job(recording, tmp_path / "o.png", 3, (0, 0, 8, 8), 2, frames=(3, 9)))
    with pytest.raises(JobError, match="no frames"):
        run_job(export_roi_job(recording, tmp_path / "o.mp4", 30, (0, 0, 8, 8), 2))
    with pytest.raises(JobError, match="one name"):
        run_job(export_roi_job(recording, tmp_path / "o.png", 3, (0, 0, 8, 8), 2, mask=tmp_path / "o.png"))
    result = run_job(export_roi_job(recording, tmp_path / "o.mp4", 0, (4, 4, 16, 12), 2, frames=(2, 5), recorded_only=True))
    assert {Path(p).name for p in result.outputs} == {"o.mp4", "o.mask.png", "o.mp4.json"} == {p.name for p in tmp_path.iterdir()}
    assert result.facts["provenance"]["pixels"] == {"coded": 0, "restored": 0, "interpolated": 32 * 24, "synthesised": 0}
    assert run_job(verify_export_job(tmp_path / "o.mp4.json")).facts["match"]
    (tmp_path / "o.mp4").write_bytes(b"other")
    told = run_job(verify_export_job(tmp_path / "o.mp4.json")).facts
    assert not told["match"] and "changed after the export" in told["line"]


def test_a_stopped_clip_leaves_nothing(recording: Path, tmp_path: Path) -> None:
    job = export_roi_job(recording, tmp_path / "o.mp4", 0, (4, 4, 16, 12), 2, recorded_only=True)
    for _ in range(4):
        next(job)
    assert list(tmp_path.iterdir()) != []
    job.close()
    assert list(tmp_path.iterdir()) == []
