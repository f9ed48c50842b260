"""An export carries its record; made again it matches, and any tampering shows."""
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.api import Cancelled, EngineError, JobError, MediaError, Provenance
from engine.zoom import Exported, VerifyReport, png, render_zoom, sidecar_path, verify_sidecar, write_export
from engine.zoom.provenance import palette
from engine.zoom.record import self_digest
from tests.engine.zoom.fakes import FakeDetail, FakeSource, noise_like

ROI = (8.0, 6.0, 40.0, 30.0)


@pytest.fixture
def source(tmp_path: Path) -> FakeSource:
    place = tmp_path / "clip.mp4"
    place.write_bytes(b"a stand-in for the recording")
    return FakeSource(noise_like(64, 48), path=str(place))


def export(source: FakeSource, tmp_path: Path, **more: Any) -> Exported:
    return write_export(source, tmp_path / "out.png", 0, ROI, 4, **{"detail_model": FakeDetail(), **more})


def verify(source: FakeSource, tmp_path: Path, model: FakeDetail | None = None) -> VerifyReport:
    return verify_sidecar(tmp_path / "out.png.json", open_source=lambda path: source, detail_model=model or FakeDetail())


def test_the_round_trip_matches(source: FakeSource, tmp_path: Path) -> None:
    exported = export(source, tmp_path, samples=3, seed=5)
    written = {"out.png", "out.png.json", "out.mask.png", "out.recorded.png", "out.uncertainty.png"}
    assert {Path(p).name for p in exported.outputs} == written == {p.name for p in tmp_path.iterdir()} - {"clip.mp4"}
    report = verify(source, tmp_path)
    assert report.match and report.line.startswith("match") and report.facts["max_difference"] == 0 and report.facts["tolerance"] == 0
    assert source.closed == 1
    record = json.loads(sidecar_path(tmp_path / "out.png").read_text())
    assert record == exported.facts
    for name in ("program", "source", "frame", "time_s", "roi", "magnify", "levels_used", "models", "seed", "machine", "operations",
                 "provenance", "uncertainty", "recorded_twin", "output", "mark"):
        assert record[name] is not None, name
    assert record["models"] == {"detail": "fake-model"} and record["machine"]["precision"] == "float32"


def test_pictures_on_disk_are_what_they_say(source: FakeSource, tmp_path: Path) -> None:
    export(source, tmp_path, mark=False)
    made = render_zoom(source, 0, ROI, 4, detail_model=FakeDetail())
    plain = render_zoom(source, 0, ROI, 4, recorded_only=True)
    np.testing.assert_array_equal(png.read_rgb(tmp_path / "out.png", (160, 120)), made.rgb)
    np.testing.assert_array_equal(png.read_rgb(tmp_path / "out.recorded.png", (160, 120)), plain.rgb)
    mask = png.read_rgb(tmp_path / "out.mask.png", (160, 120))
    assert (mask == palette()[Provenance.SYNTHESISED]).all()


def test_the_mark_is_burned_by_default_recorded_and_keeps_the_size(source: FakeSource, tmp_path: Path) -> None:
    exported = export(source, tmp_path)
    assert exported.facts["mark"]["text"] and exported.facts["operations"][-1]["op"] == "mark"
    plain = render_zoom(source, 0, ROI, 4, detail_model=FakeDetail()).rgb
    marked = png.read_rgb(tmp_path / "out.png", (160, 120))
    x, y, w, h = exported.facts["mark"]["rect"]
    assert not np.array_equal(marked, plain)
    marked[y:y + h, x:x + w] = plain[y:y + h, x:x + w]
    np.testing.assert_array_equal(marked, plain)


def test_recorded_only_has_no_mark_and_no_twin(source: FakeSource, tmp_path: Path) -> None:
    exported = export(source, tmp_path, recorded_only=True)
    assert exported.facts["mark"] is None and exported.facts["recorded_twin"] is None and len(exported.outputs) == 3
    assert verify(source, tmp_path).match


@pytest.mark.parametrize("options", [{"mark": False}, {"level": 1}, {"twin": False}, {"seed": 2**63 - 1}])
def test_other_options_match_too(source: FakeSource, tmp_path: Path, options: dict[str, Any]) -> None:
    export(source, tmp_path, **options)
    assert verify(source, tmp_path).match, options


def changed(path: Path, resign: bool = False, **entries: Any) -> None:
    record = json.loads(path.read_text())
    for name, value in entries.items():
        record[name] = {**record[name], **value} if isinstance(value, dict) else value
    if resign:
        record["sidecar_sha256"] = self_digest(record)
    path.write_text(json.dumps(record))


CHANGES: list[dict[str, Any]] = [
    {"seed": 1}, {"roi": [9.0, 6.0, 40.0, 30.0]}, {"magnify": 4.5}, {"recorded_only": True}, {"samples": 2}, {"mark": None},
    {"levels_used": [0]}, {"time_s": 3.0}, {"models": {"detail": "another"}}, {"provenance": {"pixels": {"coded": 19200}}},
    {"source": {"sha256": "0" * 64}}, {"recorded_limit": 8.0}, {"operations": []},
    {"output": {"pixels_sha256": "0" * 64, "sha256": "0" * 64}}]


@pytest.mark.parametrize("entries", CHANGES)
@pytest.mark.parametrize("resign", [False, True])
def test_a_changed_sidecar_does_not_match(source: FakeSource, tmp_path: Path, entries: dict[str, Any], resign: bool) -> None:
    export(source, tmp_path)
    changed(tmp_path / "out.png.json", resign, **entries)
    report = verify(source, tmp_path)
    assert not report.match and report.problems and report.line.startswith("no match") and "\n" not in report.line


def test_a_changed_pixel_a_changed_mask_and_a_changed_twin_do_not_match(source: FakeSource, tmp_path: Path) -> None:
    for name in ("out.png", "out.mask.png", "out.recorded.png"):
        export(source, tmp_path)
        pixels = png.read_rgb(tmp_path / name, (160, 120))
        pixels[3, 3] ^= 1
        (tmp_path / name).write_bytes(png.encode(pixels))
        report = verify(source, tmp_path)
        assert not report.match and any("changed" in p for p in report.problems), name
    (tmp_path / "out.png").write_bytes(b"not a picture")
    assert not verify(source, tmp_path).match


def test_another_model_does_not_match(source: FakeSource, tmp_path: Path) -> None:
    export(source, tmp_path)
    report = verify(source, tmp_path, FakeDetail("fake-model-2"))
    assert not report.match and any("models" in p for p in report.problems)


def test_another_machine_is_allowed_a_stated_difference(source: FakeSource, tmp_path: Path) -> None:
    export(source, tmp_path)
    changed(tmp_path / "out.png.json", True, machine={"model": "another processor"})
    report = verify(source, tmp_path)
    assert report.match and report.facts["tolerance"] == 2


def test_the_same_pixels_stored_anew_still_match(source: FakeSource, tmp_path: Path) -> None:
    export(source, tmp_path)
    pixels = png.read_rgb(tmp_path / "out.png", (160, 120))
    (tmp_path / "out.png").write_bytes(png.encode(pixels))  # without the text: other bytes
    assert verify(source, tmp_path).match
    (tmp_path / "out.png").unlink()  # the digest of the pixels is enough
    (tmp_path / "out.mask.png").unlink()
    assert verify(source, tmp_path).match


def test_the_source_is_found_beside_the_sidecar_or_said_to_be_gone(source: FakeSource, tmp_path: Path) -> None:
    export(source, tmp_path)
    asked: list[str] = []

    def opener(path: str) -> FakeSource:
        asked.append(path)
        return source

    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("out.png", "out.png.json", "clip.mp4"):
        os.replace(tmp_path / name, moved / name)
    assert verify_sidecar(moved / "out.png.json", open_source=opener, detail_model=FakeDetail()).match
    assert asked == [str(moved / "clip.mp4")]
    (moved / "clip.mp4").unlink()
    with pytest.raises(MediaError, match="gone"):
        verify_sidecar(moved / "out.png.json", open_source=opener, detail_model=FakeDetail())


NO_SIDECARS = [b"", b"{}", b"[1]", b'{"format": 1}', b"\xff\xfe", b"[" * 100_000, b'{"format": "lorentz-zoom sidecar", "version": 2}',
               b'{"format": "lorentz-zoom sidecar", "version": 1}']


@pytest.mark.parametrize("content", NO_SIDECARS, ids=range(len(NO_SIDECARS)))
def test_what_is_no_sidecar_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png.json"
    path.write_bytes(content)
    with pytest.raises(EngineError) as told:
        verify_sidecar(path)
    assert "sidecar" in str(told.value) and "\n" not in str(told.value)
    with pytest.raises(MediaError):
        verify_sidecar(tmp_path / "gone.json")


@pytest.mark.parametrize("entries", [{"roi": [1, 2]}, {"roi": ["a", 1, 2, 3]}, {"magnify": 0}, {"samples": 0}, {"frame": 5},
                                     {"seed": True}])
def test_a_sidecar_that_asks_for_nonsense_is_one_clear_line(source: FakeSource, tmp_path: Path, entries: dict[str, Any]) -> None:
    export(source, tmp_path)
    changed(tmp_path / "out.png.json", True, **entries)
    try:
        assert not verify(source, tmp_path).match
    except EngineError as told:
        assert "\n" not in str(told)


def test_names_that_cannot_be(source: FakeSource, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    link = tmp_path / "link.png"
    link.symlink_to(tmp_path / "clip.mp4")
    for out, mask in (("out.jpg", None), ("out.png", tmp_path / "out.png"), ("folder.png", None), ("link.png", None),
                      ("out.png", tmp_path / "out.recorded.png"), ("nowhere/out.png", None)):
        with pytest.raises((JobError, MediaError)) as told:
            write_export(source, tmp_path / out, 0, ROI, 2, mask=mask, detail_model=FakeDetail())
        assert "\n" not in str(told.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip.mp4", "folder.png", "link.png"]
    assert (tmp_path / "clip.mp4").read_bytes() == b"a stand-in for the recording"


def test_nothing_half_written_stays(source: FakeSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(source, tmp_path, seed=1)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(Cancelled):
        export(source, tmp_path, cancelled=lambda: True)
    real = os.fsync

    def full(handle: int) -> None:
        real(handle)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MediaError, match="the disk is full"):
        export(source, tmp_path)
    monkeypatch.undo()

    def refuse(a: Path, b: Path) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(MediaError, match="permission denied"):
        write_export(source, tmp_path / "new.png", 0, ROI, 4, detail_model=FakeDetail())
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_an_export_does_not_land_in_a_source_folder(tmp_path: Path) -> None:
    source = FakeSource(noise_like(64, 48), path=str(tmp_path))
    with pytest.raises(JobError, match="source folder"):
        write_export(source, tmp_path / "out.png", 0, ROI, 2, detail_model=FakeDetail())
