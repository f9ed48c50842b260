"""Which files a batch means, what their outputs are called, and what is done with each."""
from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from engine.api import EngineError, JobError, JobResult, Progress
from engine.controller import SystemController
from engine.jobs.batch import Task, counted, inputs, outputs, task_job
from engine.jobs.runner import Job, run_job


class System:
    """Writes what it was asked for into the output."""

    def __init__(self, kind: str = "video") -> None:
        self.kind = kind
        self.calls: list[tuple[Any, ...]] = []

    def content(self, path: str | Path) -> str:
        return self.kind

    def nearer(self, path: str | Path) -> float | None:
        return 2.5 if self.kind == "table" else None

    def __getattr__(self, name: str) -> Any:
        def job(source: Path, out: Path, *words: Any, **options: Any) -> Job:
            self.calls.append((name, out.name, *words, options))
            yield Progress(0, 1)
            out.write_text(name)
            return JobResult((str(out),), {"bytes": 1})
        return job


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def names(folder: Path, found: list[Path]) -> list[str]:
    return [str(p.relative_to(folder)) for p in found]


def test_a_folder_stands_for_what_is_in_it(tmp_path: Path) -> None:
    touch(tmp_path, "cam10.mp4", "cam2.MKV", "old.lzc", "notes.txt", "t.csv", ".hidden.mp4", "one.png", "x.mp4.marks.json",
          "deeper/cam1.mov", "deeper/clip/1.png", "deeper/clip/2.png")
    assert names(tmp_path, inputs([tmp_path], "compress")) == ["cam2.MKV", "cam10.mp4", "one.png", "t.csv"]
    assert names(tmp_path, inputs([tmp_path], "compress", deep=True))[4:] == ["deeper/cam1.mov", "deeper/clip"]
    assert names(tmp_path, inputs([tmp_path], "restore")) == ["old.lzc"]
    assert names(tmp_path, inputs([tmp_path], "region")) == ["cam2.MKV", "cam10.mp4", "old.lzc", "one.png"]


def test_each_file_once_and_those_that_are_named_whatever_their_ending(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "b.dat")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "a.mp4")
    assert names(tmp_path, inputs([tmp_path / "b.dat", tmp_path / "a.mp4", tmp_path], "compress")) == ["b.dat", "a.mp4"]


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no such file"):
        inputs([tmp_path / "gone.mp4"], "compress")


def test_people_count_two_before_ten() -> None:
    assert sorted(["b", "a10", "a2", "A1", "a02"], key=counted) == ["A1", "a02", "a2", "a10", "b"]


def test_no_two_outputs_have_one_name(tmp_path: Path) -> None:
    found = outputs([tmp_path / "a.mp4", tmp_path / "A.mov", tmp_path / "b" / "a.mp4"], tmp_path / "out")
    assert [p.name for p in found] == ["a", "A-2", "a-3"] and {p.parent for p in found} == {tmp_path / "out"}
    assert outputs([tmp_path / "a.mp4", tmp_path / "b" / "a.mp4"]) == [tmp_path / "a", tmp_path / "b" / "a"]
    (tmp_path / "v1.2").mkdir()
    assert outputs([tmp_path / "v1.2"])[0].name == "v1.2"


@pytest.mark.parametrize(("kind", "what", "options", "out", "call"), [
    ("video", "compress", {"quality": 20, "effort": "fast", "max_error": "1%"}, "a.lzc",
     ("compress", "a.lzc", {"quality": 20, "effort": "fast"})),
    ("image", "compress", {"quality": 20, "max_error": "1%"}, "a.lzc", ("compress", "a.lzc", {"quality": 20})),
    ("table", "compress", {"quality": 20, "max_error": "1%"}, "a.lzc", ("compress", "a.lzc", {"max_error": "1%"})),
    ("cube", "compress", {"quality": 20, "effort": "high", "max_error": "1%"}, "a.lzc",
     ("compress", "a.lzc", {"effort": "high", "max_error": "1%"})),
    ("table", "compress", {"quality": 20, "max_error": None}, "a.lzc", ("compress", "a.lzc", {"lossless": True})),
    ("lzc", "restore", {"ending": ".mkv", "level": 1}, "a.mkv", ("restore", "a.mkv", {"level": 1})),
    ("audio", "restore", {"ending": ".mkv", "level": 0}, "a.wav", ("restore", "a.wav", {"level": 0})),
    ("table", "restore", {"ending": ".mkv", "level": 0, "nearer": True}, "a.csv", ("restore", "a.csv", {"level": 0, "nearer": True})),
    ("lzc", "restore", {"ending": ".mkv", "level": 0, "nearer": True}, "a.mkv", ("restore", "a.mkv", {"level": 0})),
    ("video", "frame", {"frame": 7}, "a-frame7.png", ("export_frame", "a-frame7.png", 7, {})),
    ("video", "region", {"frame": 7, "roi": [1, 2, 3, 4], "magnify": 2, "seed": 5}, "a-frame7-zoom.png",
     ("export_roi", "a-frame7-zoom.png", 7, (1, 2, 3, 4), 2.0, {"seed": 5})),
    ("lzc", "clip", {"frame": 7, "roi": [1, 2, 3, 4], "magnify": 2, "count": 25}, "a-frame7-zoom.mp4",
     ("export_roi", "a-frame7-zoom.mp4", 7, (1, 2, 3, 4), 2.0, {"frames": (7, 32)})),
])
def test_what_is_done_depends_on_what_is_in_the_file(tmp_path: Path, kind: str, what: Any, options: dict[str, Any], out: str,
                                                     call: tuple[Any, ...]) -> None:
    name = "a.lzc" if what == "restore" else "a.bin"
    touch(tmp_path, name)
    system = System(kind)
    result = run_job(task_job(system, Task(what, str(tmp_path / name), str(tmp_path / "new" / "a"), "skip", options)))
    assert system.calls == [call] and result.outputs == (str(tmp_path / "new" / out),) and (tmp_path / "new" / out).is_file()


def test_data_comes_back_as_what_it_was_made_from(tmp_path: Path) -> None:
    x = np.arange(5 * 30 * 40).reshape(5, 30, 40).astype("<u2")
    (tmp_path / "cube.img").write_bytes(x.tobytes())
    (tmp_path / "cube.hdr").write_text("ENVI\nsamples = 40\nlines = 30\nbands = 5\ndata type = 12\ninterleave = bsq\n")
    tifffile.imwrite(tmp_path / "bands.tif", x, photometric="minisblack", extratags=[(34737, "s", 0, "WGS 84|", True)])
    (tmp_path / "t.tsv").write_text("a\tb\n" + "".join(f"{i}\t{i * i}\n" for i in range(200)))
    (tmp_path / "words.md").write_text("some words\n" * 20)
    np.save(tmp_path / "x.npy", x)
    expected = {"cube.hdr": ["cube.hdr", "cube.raw"], "bands.tif": ["bands.tif"], "t.tsv": ["t.tsv"], "words.md": ["words.md"],
                "x.npy": ["x.npy"]}
    if find_spec("pyarrow") is not None:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table({"a": pyarrow.array(range(200), pyarrow.int16())}), tmp_path / "p.parquet")
        expected["p.parquet"] = ["p.parquet"]
    for name, found in expected.items():
        back = tmp_path / f"back of {name}"
        with SystemController() as system:
            run_job(task_job(system, Task("compress", str(tmp_path / name), str(tmp_path / "o" / Path(name).stem), "replace")))
            run_job(task_job(system, Task("restore", str(tmp_path / "o" / f"{Path(name).stem}.lzc"), str(back / Path(name).stem))))
        assert sorted(p.name for p in back.iterdir()) == found
    assert (tmp_path / "back of cube.hdr" / "cube.raw").read_bytes() == x.tobytes()
    with tifffile.TiffFile(tmp_path / "back of bands.tif" / "bands.tif") as file:
        assert file.pages[0].tags[34737].value == "WGS 84|" and (file.asarray() == x).all()
    assert (tmp_path / "back of t.tsv" / "t.tsv").read_bytes() == (tmp_path / "t.tsv").read_bytes()


def test_what_is_there_is_left_numbered_or_replaced(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "a.lzc", "a-2.lzc")
    system = System()

    def run(existing: Any) -> JobResult:
        return run_job(task_job(system, Task("compress", str(tmp_path / "a.mp4"), str(tmp_path / "a"), existing)))

    left = run("skip")
    assert left.facts["skipped"] and not left.outputs and not system.calls and (tmp_path / "a.lzc").read_text() == "a.lzc"
    assert run("number").outputs == (str(tmp_path / "a-3.lzc"),)
    assert run("replace").outputs == (str(tmp_path / "a.lzc"),) and (tmp_path / "a.lzc").read_text() == "compress"


def test_what_is_of_the_other_kind_is_left_alone(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "a.lzc")
    system = System()
    for what, name, line in (("compress", "a.lzc", "a.lzc is a .lzc file already"), ("restore", "a.mp4", "a.mp4 is no .lzc file")):
        result = run_job(task_job(system, Task(what, str(tmp_path / name), str(tmp_path / "b"))))  # type: ignore[arg-type]
        assert result.facts["skipped"] and result.facts["line"] == line and not result.outputs
    assert not system.calls


def test_nothing_is_looked_at_before_the_first_step_and_faults_are_one_line(tmp_path: Path) -> None:
    job = task_job(System(), Task("compress", str(tmp_path / "gone.mp4"), str(tmp_path / "a")))
    assert next(job).label == "looking at the file"
    with pytest.raises(JobError, match="no such file"):
        next(job)
    touch(tmp_path, "t.csv", "a.lzc")
    with pytest.raises(EngineError, match="no pictures in this file"):
        run_job(task_job(System("table"), Task("frame", str(tmp_path / "t.csv"), str(tmp_path / "a"), options={"frame": 0})))
    with pytest.raises(EngineError, match="the output is the input"):
        run_job(task_job(System("video"), Task("restore", str(tmp_path / "a.lzc"), str(tmp_path / "a"), "replace", {"ending": ".lzc"})))
    touch(tmp_path, "file")
    with pytest.raises(JobError, match=r"not a folder|exists"):
        run_job(task_job(System(), Task("compress", str(tmp_path / "t.csv"), str(tmp_path / "file" / "a"))))
