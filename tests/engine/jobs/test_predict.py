"""A clip goes on past its end: marked, with a record from which it can be made again."""
import json
from pathlib import Path

import av
import numpy as np
import pytest

from engine.api import EngineError, JobError
from engine.jobs.export import verify_export_job
from engine.jobs.predict import predict_job
from engine.jobs.runner import run_job
from tests.synthetic import film, write_mp4


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("clip") / "in.mp4", film(10, 96, 64))


def luma(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as opened:
        return [f.to_ndarray(format="yuv420p")[:64].astype(int) for f in opened.decode(video=0)]


def predict(clip: Path, out: Path, **more: object) -> dict[str, object]:
    return run_job(predict_job(clip, out, **more), lambda p: None).facts  # type: ignore[arg-type]


def test_the_clip_goes_on(clip: Path, tmp_path: Path) -> None:
    facts = predict(clip, tmp_path / "out.y4m", count=4, at=5, mark=False)
    true, made = luma(clip), luma(tmp_path / "out.y4m")
    assert len(made) == 4 and facts["request"] == {"at": 5, "frames": 4, "marked": False}
    for n, picture in enumerate(made):
        inner = np.s_[8:-8, 16:-16]
        assert np.abs(picture[inner] - true[6 + n][inner]).mean() < 0.6 * np.abs(true[5][inner] - true[6 + n][inner]).mean()


def test_time_goes_on_at_the_pace_of_the_clip(clip: Path, tmp_path: Path) -> None:
    predict(clip, tmp_path / "out.mp4", count=3)
    with av.open(str(tmp_path / "out.mp4")) as opened:
        times = [float(f.pts * f.time_base) for f in opened.decode(video=0)]
    assert np.allclose(np.diff(times), 0.04, atol=1e-3)


def test_the_record_makes_it_again_and_says_so(clip: Path, tmp_path: Path) -> None:
    predict(clip, tmp_path / "out.mp4", count=2)
    record = json.loads((tmp_path / "out.mp4.json").read_text())
    assert record["provenance"]["class"] == "synthesised" and record["mark"] and record["models"]["ahead"]
    again = run_job(verify_export_job(tmp_path / "out.mp4.json"), lambda p: None).facts
    assert again["match"] and str(again["line"]).startswith("match")
    record["request"]["at"] -= 1
    (tmp_path / "out.mp4.json").write_text(json.dumps(record))
    changed = run_job(verify_export_job(tmp_path / "out.mp4.json"), lambda p: None).facts
    assert not changed["match"] and "changed after the export" in str(changed["line"]) and "2 frames differ" in str(changed["line"])


def test_every_frame_carries_the_mark(clip: Path, tmp_path: Path) -> None:
    predict(clip, tmp_path / "a.y4m", count=2)
    predict(clip, tmp_path / "b.y4m", count=2, mark=False)
    for marked, plain in zip(luma(tmp_path / "a.y4m"), luma(tmp_path / "b.y4m"), strict=True):
        changed = marked != plain
        assert changed[-9:].mean() > 0.3 and not changed[:-12].any()


@pytest.mark.parametrize(("options", "said"), [({"at": 0}, "two frames are needed"), ({"at": 10}, "nothing can be predicted"),
                                               ({"count": 0}, "0 frames"), ({"count": 65}, "65 frames")])
def test_what_cannot_be_is_one_clear_line(clip: Path, tmp_path: Path, options: dict[str, int], said: str) -> None:
    with pytest.raises(JobError, match=said) as caught:
        predict(clip, tmp_path / "out.mp4", **options)
    assert "\n" not in str(caught.value) and not list(tmp_path.iterdir())


def test_a_broken_record_is_one_clear_line(clip: Path, tmp_path: Path) -> None:
    predict(clip, tmp_path / "out.mp4", count=1)
    record = json.loads((tmp_path / "out.mp4.json").read_text())
    for wrong in ({"request": 5}, {"version": 9}, {"request": {"at": "x", "frames": 1, "marked": True}}):
        (tmp_path / "out.mp4.json").write_text(json.dumps(record | wrong))
        with pytest.raises(EngineError):
            run_job(verify_export_job(tmp_path / "out.mp4.json"), lambda p: None)
