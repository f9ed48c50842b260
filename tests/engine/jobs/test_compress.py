from pathlib import Path

import pytest

from engine.api import Cancelled, EngineError, Frame, JobError, JobResult, MediaError, Progress
from engine.jobs.bitrate import kilobits_per_second, segments
from engine.jobs.compress import compress_job, least_bytes, next_quality
from engine.jobs.runner import run_job
from engine.jobs.whole import WholeFrames
from tests.engine.jobs import fakes
from tests.engine.jobs.fakes import Pictures, StreamWriter


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    source = Pictures()
    fakes.install(monkeypatch, source)
    return source


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_compress_writes_the_whole_source_and_says_what_it_made(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    steps: list[Progress] = []
    result = run_job(compress_job(film, tmp_path / "o.lzc", quality=10, key_interval=16, effort="fast"), steps.append)
    assert result.outputs == (str(tmp_path / "o.lzc"),)
    facts = result.facts
    assert (facts["frames"], facts["quality"], facts["key_interval"], facts["effort"]) == (40, 10, 16, "fast")
    assert facts["bytes"] == (tmp_path / "o.lzc").stat().st_size
    assert facts["kbps"] == pytest.approx(8 * facts["bytes"] / 1000 / (40 / 25), rel=1e-4)
    assert [step.done for step in steps] == sorted(step.done for step in steps) and steps[-1].done == steps[-1].total == 40
    assert steps[-1].bytes_out > 0
    assert sum(StreamWriter.made[0].sizes) == 40 and StreamWriter.made[0].cuts == [0]
    assert pictures.closed and names(tmp_path) == {"film.mp4", "o.lzc"}


class Damaged(Pictures):
    """Of which some frames are lost."""

    def read(self, index: int) -> Frame:
        if index in (17, 18, 30):
            raise MediaError(f"frame {index} cannot be decoded: its data is damaged", where="film.mp4")
        return super().read(index)


@pytest.mark.parametrize("bitrate", [None, 90.0])
def test_frames_that_are_lost_are_left_out_and_told(bitrate: float | None, monkeypatch: pytest.MonkeyPatch, film: Path,
                                                    tmp_path: Path) -> None:
    fakes.install(monkeypatch, source := Damaged())
    facts = run_job(compress_job(film, tmp_path / "o.lzc", bitrate=bitrate)).facts
    assert facts["frames"] == 37 and facts["notes"] == ["3 frames cannot be decoded and are left out, the first is frame 17"]
    made = StreamWriter.made[-1]
    assert sum(made.sizes) == 37 and made.info.pts == tuple(i for i in range(40) if i not in (17, 18, 30))
    assert source.closed and names(tmp_path) == {"film.mp4", "o.lzc"}


def test_a_stopped_compress_of_what_is_damaged_goes_on(monkeypatch: pytest.MonkeyPatch, film: Path, tmp_path: Path) -> None:
    fakes.install(monkeypatch, Damaged())
    out, whole = tmp_path / "o.lzc", tmp_path / "whole.lzc"
    run_job(compress_job(film, whole))
    seen: list[Progress] = []

    def told(step: Progress) -> None:
        seen.append(step)
        if step.total == 37 and step.done > 20:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        run_job(compress_job(film, out), told)
    assert (tmp_path / "o.lzc.part").exists()
    facts = run_job(compress_job(film, out)).facts
    assert facts["resumed_from"] > 0 and out.read_bytes() == whole.read_bytes()


def test_a_source_of_which_nothing_is_left_says_why(monkeypatch: pytest.MonkeyPatch, film: Path, tmp_path: Path) -> None:
    source = Pictures()
    fakes.install(monkeypatch, source)

    def lost(index: int) -> Frame:
        raise MediaError("the file has changed since it was opened", where="film.mp4")

    monkeypatch.setattr(source, "read", lost)
    with pytest.raises(MediaError, match="has changed"):
        run_job(compress_job(film, tmp_path / "o.lzc"))
    assert names(tmp_path) == {"film.mp4"}


def test_frames_of_what_is_left_are_numbered_anew() -> None:
    whole = WholeFrames(Damaged(), [17, 18, 30])
    found = list(whole.frames())
    assert [f.index for f in found] == list(range(37)) and [f.pts for f in found] == list(whole.info.pts)
    assert [f.pts for f in whole.frames(15, 19)] == [15, 16, 19, 20] and whole.read(17).pts == 19
    with pytest.raises(IndexError):
        whole.read(37)


@pytest.mark.parametrize("keep", ["auto", "always"])
def test_a_stopped_compress_goes_on_where_it_stood(keep: str, pictures: Pictures, film: Path, tmp_path: Path) -> None:
    out, whole = tmp_path / "o.lzc", tmp_path / "whole.lzc"
    run_job(compress_job(film, whole))
    seen: list[int] = []
    with pytest.raises(Cancelled, match=r"17 of 40 frames are safe in o\.lzc\.part"):
        run_job(compress_job(film, out, keep_partial=keep), lambda p: seen.append(p.done), lambda: 17 in seen)  # type: ignore[arg-type]
    assert pictures.closed and names(tmp_path) == {"film.mp4", "whole.lzc", "o.lzc.part", "o.lzc.part.json"}
    result = run_job(compress_job(film, out))
    assert result.facts["resumed_from"] == 17 and StreamWriter.made[-1].sizes == [8, 7, 8] and StreamWriter.made[-1].cuts == []
    assert out.read_bytes() == whole.read_bytes() and names(tmp_path) == {"film.mp4", "whole.lzc", "o.lzc"}


def test_other_settings_start_afresh(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    with pytest.raises(Cancelled):
        run_job(compress_job(film, tmp_path / "o.lzc", quality=3), lambda p: seen.append(p.done), lambda: 17 in seen)
    assert run_job(compress_job(film, tmp_path / "o.lzc", quality=4)).facts["resumed_from"] == 0


def test_nothing_is_kept_when_asked_or_when_there_is_nothing(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    with pytest.raises(Cancelled, match="nothing was written"):
        run_job(compress_job(film, tmp_path / "o.lzc", keep_partial="never"), lambda p: seen.append(p.done), lambda: 17 in seen)
    assert names(tmp_path) == {"film.mp4"}
    with pytest.raises(Cancelled):
        run_job(compress_job(film, tmp_path / "o.lzc"), cancelled=lambda: True)
    assert names(tmp_path) == {"film.mp4"}


def test_ctrl_c_in_the_middle_of_a_chunk_is_a_cancellation(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    StreamWriter.fault_at, StreamWriter.fault = 20, KeyboardInterrupt()
    with pytest.raises(Cancelled, match="17 of 40"):
        run_job(compress_job(film, tmp_path / "o.lzc"))
    assert names(tmp_path) == {"film.mp4", "o.lzc.part", "o.lzc.part.json"}
    StreamWriter.fault_at = None
    assert run_job(compress_job(film, tmp_path / "o.lzc")).facts["resumed_from"] == 17


def test_a_stop_while_the_first_frames_are_made_safe_keeps_them(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    from engine.lzc import LzcWriter
    checkpoint = LzcWriter.checkpoint

    def interrupted(self: LzcWriter, note: dict[str, object]) -> None:
        checkpoint(self, note)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LzcWriter, "checkpoint", interrupted)
        with pytest.raises(Cancelled, match="first frames are safe"):
            run_job(compress_job(film, tmp_path / "o.lzc"))
    assert run_job(compress_job(film, tmp_path / "o.lzc")).facts["resumed_from"] == 9


def test_a_closed_job_keeps_what_is_safe(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    job = compress_job(film, tmp_path / "o.lzc")
    for _ in range(3):
        next(job)
    job.close()
    assert "o.lzc.part" in names(tmp_path) and pictures.closed


@pytest.mark.parametrize("keep", ["auto", "always"])
def test_a_full_disk_is_one_line_and_leaves_nothing(keep: str, pictures: Pictures, film: Path, tmp_path: Path) -> None:
    StreamWriter.fault_at = 20
    with pytest.raises(JobError, match="the disk is full") as caught:
        run_job(compress_job(film, tmp_path / "o.lzc", keep_partial=keep))  # type: ignore[arg-type]
    assert str(tmp_path) in str(caught.value)
    assert names(tmp_path) == ({"film.mp4"} if keep == "auto" else {"film.mp4", "o.lzc.part", "o.lzc.part.json"})
    assert film.read_bytes() == b"film"


def test_a_fault_of_the_program_is_not_hidden_but_cleaned_up(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    StreamWriter.fault_at, StreamWriter.fault = 20, KeyError("x")
    with pytest.raises(KeyError):
        run_job(compress_job(film, tmp_path / "o.lzc"))
    assert names(tmp_path) == {"film.mp4"}


def test_an_older_file_stays_until_the_new_one_is_whole(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.lzc"
    out.write_bytes(b"older")
    StreamWriter.fault_at = 20
    with pytest.raises(JobError):
        run_job(compress_job(film, out))
    assert out.read_bytes() == b"older"


def test_what_cannot_be_compressed(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    (tmp_path / "a.lzc").write_bytes(b"x")
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "1.png").write_bytes(b"x")
    for source, out, word in ((film, tmp_path / "o.mp4", "unknown ending"), (tmp_path / "a.lzc", tmp_path / "o.lzc", "already"),
                              (tmp_path / "pics", tmp_path / "pics" / "o.lzc", "lies in the folder")):
        with pytest.raises(JobError, match=word):
            run_job(compress_job(source, out))
    with pytest.raises(EngineError, match="being written by another job"):
        first = compress_job(film, tmp_path / "o.lzc")
        for _ in range(3):
            next(first)
        try:
            run_job(compress_job(film, tmp_path / "o.lzc"))
        finally:
            first.close()
    assert "o.lzc.part" in names(tmp_path)  # the other job's work is untouched


def test_no_room_is_said_before_any_work(pictures: Pictures, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 1000})())
    with pytest.raises(JobError, match="not enough free space"):
        run_job(compress_job(film, tmp_path / "o.lzc"))
    assert StreamWriter.made == [] and pictures.reads == 0 and pictures.closed


def test_the_least_size_is_far_below_what_files_take() -> None:
    assert least_bytes(Pictures(100, 640, 360).info, 32) < 100 * 640 * 360 * 0.01 / 8


# -- bit-rate ----------------------------------------------------------------------------------------------------


def rate_of(result: JobResult) -> float:
    return kilobits_per_second(Pictures(300).info, Path(result.outputs[0]).stat().st_size)


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    source = Pictures(300)
    fakes.install(monkeypatch, source)
    return source


@pytest.mark.parametrize("wanted", [40.0, 150.0, 600.0])
def test_bitrate_lands_within_a_tenth(wanted: float, long: Pictures, film: Path, tmp_path: Path) -> None:
    result = run_job(compress_job(film, tmp_path / "o.lzc", bitrate=wanted))
    assert abs(rate_of(result) / wanted - 1) < 0.1
    assert result.facts["bitrate"] == wanted and "warning" not in result.facts
    assert [writer.info.frames for writer in StreamWriter.made].count(300) == 1  # an honest sample needs one pass
    assert StreamWriter.made[0].info.frames == 96 and StreamWriter.made[0].cuts == [0, 32, 64]
    assert names(tmp_path) == {"film.mp4", "o.lzc"}


def test_bitrate_lands_also_when_the_sample_misleads(long: Pictures, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # frames written as part of the whole film cost 40 % more than the sample says
    def size(quality: int, start: int) -> int:
        return int(40 * 1.08 ** quality * (1.4 if StreamWriter.made[-1].info.frames == 300 else 1))

    monkeypatch.setattr(StreamWriter, "size", staticmethod(size))
    result = run_job(compress_job(film, tmp_path / "o.lzc", bitrate=150.0))
    assert abs(rate_of(result) / 150 - 1) < 0.1
    assert sum(writer.info.frames == 300 for writer in StreamWriter.made) == 2


@pytest.mark.parametrize(("wanted", "quality", "word"), [(0.5, 0, "least"), (1e6, 63, "most")])
def test_bitrate_out_of_reach_gives_the_nearest_and_says_so(wanted: float, quality: int, word: str, long: Pictures, film: Path,
                                                            tmp_path: Path) -> None:
    result = run_job(compress_job(film, tmp_path / "o.lzc", bitrate=wanted))
    assert result.facts["quality"] == quality and word in result.facts["warning"]


def test_bitrate_search_can_be_stopped(long: Pictures, film: Path, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        run_job(compress_job(film, tmp_path / "o.lzc", bitrate=100.0), cancelled=lambda: len(StreamWriter.made) == 2)
    assert names(tmp_path) == {"film.mp4"} and not StreamWriter.made[0].out.parent.exists()


def test_sample_runs_cover_the_clip_and_hold_their_share_of_key_frames() -> None:
    assert segments(40, 32) == [(0, 40)]
    runs = segments(1000, 32)
    assert runs[0][0] == 0 and runs[-1][1] == 1000 and all(stop - start == 32 for start, stop in runs) and len(runs) == 3
    assert segments(1000, 500) == [(0, 500)]
    assert segments(100, 1) == [(start, start + 8) for start in sorted({round(i * 92 / 11) for i in range(12)})]


def test_next_quality_corrects_then_keeps_the_best() -> None:
    assert next_quality({30: 100.0}, 30, 104.0) == 30
    assert next_quality({30: 100.0}, 30, 200.0) == 39
    assert next_quality({30: 100.0, 39: 215.0}, 39, 200.0) == 39
    assert next_quality({30: 95.0, 31: 112.0}, 31, 101.0) == 30   # neighbours: nothing lies between them
    assert next_quality({30: 91.0, 31: 112.0}, 30, 101.0) == 30   # never back and forth
    assert next_quality({30: 90.0, 31: 118.0, 32: 130.0}, 32, 101.0) == 30
    assert next_quality({63: 10.0}, 63, 100.0) == 63


def test_a_recording_under_another_name_is_not_compressed_again(pictures: Pictures, film: Path, tmp_path: Path) -> None:
    run_job(compress_job(film, tmp_path / "o.lzc", effort="fast"))
    (tmp_path / "o.lzc").rename(tmp_path / "x.bin")
    with pytest.raises(JobError, match=r"a \.lzc file already"):
        run_job(compress_job(tmp_path / "x.bin", tmp_path / "o.lzc"))
    assert names(tmp_path) == {"film.mp4", "x.bin"}
