"""Adapting to a camera from films on the disk to a smaller recording, and what is said where that cannot be."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.api import Cancelled, EngineError, JobError, ModelError, Progress
from engine.controller import SystemController
from engine.jobs import adapt
from engine.jobs.adapt import adapt_job, difference
from engine.jobs.bitrate import find_quality
from engine.jobs.compress import compress_job
from engine.jobs.runner import run_job
from engine.lorentzian import CodecSettings, LzcSource, adapted, load_codec
from engine.lorentzian.check import check_stream
from engine.opening import open_source
from tests.synthetic import film, write_mp4

W, H = 96, 64


def room(frames: int, seed: int = 0) -> list[np.ndarray]:
    """A wall with texture, before which something bright walks up and down."""
    rng = np.random.default_rng(seed)
    wall = np.kron(rng.integers(40, 180, (H // 4, W // 4, 3)), np.ones((4, 4, 1)))
    out = []
    for n in range(frames):
        picture = wall + rng.normal(0, 2, wall.shape)
        x = abs((5 * n) % (2 * (W - 24)) - (W - 24))
        picture[20:44, x:x + 24] = 235
        out.append(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    return out


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("camera") / "room.mp4", room(64))


@pytest.fixture(scope="module")
def camera(footage: Path) -> Path:
    run_job(adapt_job([footage], footage.with_name("c.lza")))
    return footage.with_name("c.lza")


def test_it_helps_on_frames_kept_back_and_on_others(footage: Path, camera: Path, tmp_path: Path) -> None:
    facts = adapted.load(camera).facts
    assert facts["frames"] == 48 and facts["kept_back_frames"] == 16 and facts["saved_percent"] > 10 and facts["pays_after_seconds"] > 0
    later = write_mp4(tmp_path / "later.mp4", room(120)[80:])
    sizes = {}
    for name, lza in (("plain", None), ("adapted", camera)):
        made = run_job(compress_job(later, tmp_path / f"{name}.lzc", quality=28, effort="fast", adapted=lza))
        sizes[name] = made.facts["bytes"] - made.facts.get("camera_bytes", 0)
        assert check_stream(tmp_path / f"{name}.lzc") == []
    assert sizes["adapted"] < 0.85 * sizes["plain"]
    with LzcSource(tmp_path / "adapted.lzc") as opened:
        assert opened.camera is not None and opened.info.frames == 40 and all(e.camera for e in opened.entries if e.begins)


def test_bitrate_is_looked_for_with_the_picture(footage: Path, camera: Path, tmp_path: Path) -> None:
    later = write_mp4(tmp_path / "later.mp4", room(120)[80:])
    made = run_job(compress_job(later, tmp_path / "o.lzc", quality=28, effort="fast", adapted=camera))
    with open_source(later) as pictures:
        search = find_quality(pictures, CodecSettings(28, effort="fast"), load_codec(), None, made.facts["kbps"], adapted.load(camera))
        assert {p.done for p in search} == {0}  # the first look agrees with the file


def test_where_it_does_not_help_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapt, "QUALITIES", (16, 28))
    moving = write_mp4(tmp_path / "m.mp4", [np.roll(p, 9 * n, 1) for n, p in enumerate(room(64))])
    with pytest.raises(JobError, match=r"cannot be adapted to.*16 frames.*nothing was written"):
        run_job(adapt_job([moving], tmp_path / "c.lza"))
    assert [p.name for p in tmp_path.iterdir()] == ["m.mp4"]


def test_several_clips_are_one_camera(footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapt, "measure", lambda unseen, *_: _told(unseen))
    first = write_mp4(tmp_path / "a.mp4", room(20))
    made = run_job(adapt_job([first, footage], tmp_path / "c.lza"))
    assert made.facts["clips"] == ["a.mp4", "room.mp4"] and made.facts["frames"] == 68
    other = write_mp4(tmp_path / "b.mp4", film(20, 64, 48))
    with pytest.raises(JobError, match=r"b\.mp4.*64x48 is not the size"):
        run_job(adapt_job([first, other], tmp_path / "d.lza"))
    with pytest.raises(JobError, match="too few"):
        run_job(adapt_job([footage, first], tmp_path / "d.lza"))


def _told(unseen: list[object]):  # type: ignore[no-untyped-def]
    yield Progress(1, 1, "measuring")
    return {"kept_back_frames": len(unseen), "saved_percent": 50.0, "saved_counted_percent": 1.0, "picture_bytes": 1,
            "pays_after_seconds": 1.0}


def test_cancelled_it_leaves_nothing(footage: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    with pytest.raises(Cancelled):
        run_job(adapt_job([footage], tmp_path / "c.lza"), seen.append, lambda: len(seen) > 3)
    assert not list(tmp_path.iterdir())


def test_a_camera_of_another_size_is_refused(camera: Path, tmp_path: Path) -> None:
    other = write_mp4(tmp_path / "o.mp4", film(9, 64, 48))
    with pytest.raises(JobError, match=r"96x64.*64x48"):
        run_job(compress_job(other, tmp_path / "o.lzc", adapted=camera))
    assert not (tmp_path / "o.lzc").exists()
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with SystemController() as system, pytest.raises(JobError, match="only video"):
        system.compress(tmp_path / "t.csv", tmp_path / "t.lzc", adapted=camera)


def test_difference_is_of_bits_at_equal_quality() -> None:
    plain = [(100.0, 30.0), (200.0, 34.0), (400.0, 38.0)]
    assert difference(plain, [(n / 2, p) for n, p in plain]) == pytest.approx(np.log(0.5))
    assert difference(plain, [(n, p + 2) for n, p in plain]) == pytest.approx(-np.log(2) / 2)
    assert difference(plain, [(50.0, 40.0), (100.0, 50.0), (200.0, 60.0)]) == pytest.approx(-np.log(2)), "nowhere as bad: settings compared"
    assert difference(plain, [(1.0, 10.0), (2.0, 20.0), (4.0, 29.0)]) == np.inf


# ------------------------------------------------------------ hostile files

META = {"task": "camera", "version": "1", "facts": "{}"}
GOOD = {"y": np.zeros((4, 6), np.uint16), "u": np.zeros((2, 3), np.uint16), "v": np.zeros((2, 3), np.uint16)}


@pytest.mark.parametrize(("change", "meta", "why"), [
    ({"u": np.zeros((2, 2), np.uint16)}, META, "colour"),
    ({"y": np.zeros((4, 6), np.float32)}, META, "picture of a place"),
    ({"y": np.full((4, 6), np.nan, np.float16)}, META, "picture of a place"),
    ({"y": np.zeros((0, 6), np.uint16)}, META, "colour"),
    ({"w": np.zeros(1, np.uint16)}, META, "4 tensors"),
    ({}, {**META, "task": "codec"}, "not of a camera"),
    ({}, {**META, "version": "2"}, "not of a camera"),
    ({}, {**META, "facts": "[" * 60000}, "sensible"),
    ({}, {**META, "facts": "7"}, "sensible"),
])
def test_files_that_are_no_camera_are_refused_in_one_line(change: dict[str, np.ndarray], meta: dict[str, str], why: str,
                                                          tmp_path: Path) -> None:
    save_file({**GOOD, **change}, str(tmp_path / "c.lza"), meta)
    with pytest.raises(ModelError, match=why) as caught:
        adapted.load(tmp_path / "c.lza")
    assert "\n" not in str(caught.value)


def test_damaged_and_too_large_files(camera: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file(GOOD, str(tmp_path / "g.lza"), META)
    assert adapted.load(tmp_path / "g.lza").width == 6
    data, rng = camera.read_bytes(), np.random.default_rng(3)
    for n in range(40):
        bad = bytearray(data[:rng.integers(len(data))] if n % 2 else data)
        for at in rng.integers(0, min(400, len(bad)) or 1, 3):
            bad[at:at + 1] = bytes([rng.integers(256)])
        (tmp_path / "b.lza").write_bytes(bad)
        try:
            got = adapted.load(tmp_path / "b.lza")
        except EngineError as error:
            assert "\n" not in str(error)
        else:
            assert got.planes[0].ndim == 2 and isinstance(json.dumps(got.facts), str)
    monkeypatch.setattr(adapted, "MOST_PIXELS", 20)
    with pytest.raises(ModelError, match="picture of a place"):
        adapted.load(tmp_path / "g.lza")
