"""The estimate is near what compressing really gives, and leaves nothing behind."""
from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from engine.api import Cancelled, JobError
from engine.jobs.compress import compress_job
from engine.jobs.estimate import estimate_job
from engine.jobs.runner import run_job
from engine.resources import model_path
from tests.engine.media.clips import encode

pytestmark = pytest.mark.skipif(not model_path("codec.safetensors").is_file(), reason="the weights of the codec are not here")


def test_it_is_near_the_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    clip = encode(tmp_path / "clip.mp4", "libx264", frames=48)
    said = run_job(estimate_job(clip, quality=30, effort="fast"))
    real = run_job(compress_job(clip, tmp_path / "clip.lzc", quality=30, effort="fast"))
    assert said.facts["bytes"] == pytest.approx(real.facts["bytes"], rel=0.35) and said.facts["sampled"] == 32
    assert "quality 30" in said.facts["line"] and "32 of 48 frames" in said.facts["line"]
    with pytest.raises(Cancelled):
        run_job(estimate_job(clip), cancelled=lambda: True)
    assert not list((tmp_path / "tmp").iterdir())


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(JobError):
        run_job(estimate_job(tmp_path / "gone.mp4"))
