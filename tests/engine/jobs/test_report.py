"""The report job: pictures that can be made again, honest words beside them, hashes that fit, whole or not at all."""
from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from engine.api import Cancelled, Colour, EngineError, Frame, JobError, SourceInfo
from engine.jobs.report import Finding, ReportData, Section, report_job, stroke
from engine.jobs.runner import run_job

W, H, N = 96, 64, 5


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from engine.media import write_video

    def frames() -> Iterator[Frame]:
        for i in range(N):
            y = np.tile(np.linspace(30, 220, W).astype(np.uint8), (H, 1))
            c = np.full((H // 2, W // 2), 128, np.uint8)
            yield Frame(y, c, c.copy(), i, i)

    path = tmp_path_factory.mktemp("report") / "ramp.mkv"
    info = SourceInfo(str(path), "video", W, H, tuple(range(N)), Fraction(1, 25), Fraction(25), colour=Colour(False, 1, 1, 1))
    write_video(path, frames(), info)
    return path


SHAPE = (((10.0, 10.0), (40.0, 30.0)), (240, 115, 106))
FINDING = Finding("arrow: <plate>", 2, (8.0, 8.0, 32.0, 24.0), 4.0, (("Measured", "36.1 px"),), (SHAPE,))


def test_one_file_with_everything_in_it(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    done = run_job(report_job(clip, out, (FINDING,), title="Case 7 & more", author="A. Nalyst", log=(("10:00", "opened"),)))
    text = out.read_text()
    digest = hashlib.sha256(clip.read_bytes()).hexdigest()
    assert done.outputs == (str(out),) and done.facts["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    for part in (digest, "Case 7 &amp; more", "A. Nalyst", "arrow: &lt;plate&gt;", "36.1 px", "8.00, 8.00, 32.00 x 24.00 px", "10:00",
                 "Recorded pixels only, nothing added", "interpolated 100.0 %"):
        assert part in text, part
    assert "http" not in text.lower() and "<script" not in text
    pictures = [base64.b64decode(b) for b in re.findall(r"base64,([A-Za-z0-9+/=]+)", text)]
    said = re.findall(r"SHA-256 <code>([0-9a-f]{64})</code>", text)
    assert len(pictures) == 2 and said == [hashlib.sha256(p).hexdigest() for p in pictures]


def test_the_record_of_a_picture_makes_it_again(clip: Path, tmp_path: Path) -> None:
    from engine.zoom import verify_sidecar

    out = clip.parent / "again.html"
    run_job(report_job(clip, out, (FINDING,)))
    text = out.read_text()
    record = json.loads(unescape(re.findall(r"<pre>(.*?)</pre>", text, re.DOTALL)[0]))
    picture = base64.b64decode(re.findall(r"base64,([A-Za-z0-9+/=]+)", text)[1])
    (clip.parent / record["output"]["file"]).write_bytes(picture)
    sidecar = clip.parent / "record.json"
    sidecar.write_text(json.dumps(record))
    assert verify_sidecar(sidecar).match


def test_a_renderer_makes_other_kinds(clip: Path, tmp_path: Path) -> None:
    seen: list[ReportData] = []

    def render(data: ReportData) -> bytes:
        seen.append(data)
        return b"%PDF-something"

    out = tmp_path / "r.pdf"
    run_job(report_job(clip, out, (), render=render))
    assert out.read_bytes() == b"%PDF-something" and seen[0].sections == [] and dict(seen[0].source)["File"] == "ramp.mkv"


def test_nothing_half_written(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "r.html"
    with pytest.raises(Cancelled):
        run_job(report_job(clip, out, (FINDING, FINDING)), cancelled=iter([False, False, True]).__next__)
    assert not list(tmp_path.iterdir())

    def full(path: Path) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.media.atomic.open_new", full)
    with pytest.raises(EngineError, match="full"):
        run_job(report_job(clip, out, ()))
    assert not list(tmp_path.iterdir())


def test_names_that_cannot_be(clip: Path, tmp_path: Path) -> None:
    for wrong in (clip, tmp_path / "r.txt", tmp_path / "gone" / "r.html"):
        with pytest.raises(JobError):
            run_job(report_job(clip, wrong, ()))


def test_strokes_stay_inside_and_leave_the_rest_alone() -> None:
    rgb = np.full((20, 30, 3), 99, np.uint8)
    stroke(rgb, ((-5.0, 10.0), (40.0, 10.0)), (255, 0, 0))
    assert (rgb[10, :, 0] == 255).all() and (rgb[:8] == 99).all() and (rgb[14:] == 99).all()
    stroke(rgb, ((3.0, 3.0),), (0, 255, 0))
    assert rgb[3, 3].tolist() == [0, 255, 0]


def test_the_page_escapes_what_people_write() -> None:
    data = ReportData("<b>", "", "now", [("Note", "<img src=x>")], [Section("</h2><script>", [("a", "<i>")])], [])
    text = data.html()
    assert "<script>" not in text and "<img src=x>" not in text and "<i>" not in text and "<b>" not in text
