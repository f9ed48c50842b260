import errno
import os
from pathlib import Path

import pytest

from engine.api import EngineError, JobError, LzcError
from engine.jobs.checks import check_input, check_output, check_space, human_bytes, inside, same_file
from engine.jobs.faults import explain, one_clear_line


def test_input_missing_empty_or_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "readme.txt").write_text("x")
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "gone.mp4")
    for name, word in (("none.mp4", "no such file"), ("empty.mp4", "empty"), ("folder", "no pictures"), ("dangling.mp4", "link")):
        with pytest.raises(JobError, match=word):
            check_input(tmp_path / name)
    with pytest.raises(JobError):
        check_input("a\0b")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(JobError, match="neither"):
        check_input(tmp_path / "pipe")


def test_input_that_is_fine(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "1.PNG").write_bytes(b"x")
    assert check_input(tmp_path / "a.mp4") == tmp_path / "a.mp4"
    assert check_input(tmp_path / "pics") == tmp_path / "pics"


def test_output_equals_input_by_name_symlink_hard_link_and_detour(tmp_path: Path) -> None:
    source = tmp_path / "a.lzc"
    source.write_bytes(b"x")
    (tmp_path / "soft.lzc").symlink_to(source)
    (tmp_path / "hard.lzc").hardlink_to(source)
    (tmp_path / "sub").mkdir()
    for name in ("a.lzc", "soft.lzc", "hard.lzc", "sub/../a.lzc"):
        with pytest.raises(JobError, match="output is the input"):
            check_output(tmp_path / name, source)
    assert check_output(tmp_path / "b.lzc", source).name == "b.lzc"


def test_output_folder_missing_wrong_ending_and_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="folder does not exist"):
        check_output(tmp_path / "no" / "a.lzc")
    with pytest.raises(JobError, match="unknown ending"):
        check_output(tmp_path / "a.avi", endings=(".mp4", ".mkv"))
    with pytest.raises(JobError, match="needs an ending"):
        check_output(tmp_path / "a", endings=(".mp4",))
    (tmp_path / "d.lzc").mkdir()
    with pytest.raises(JobError, match="this is a folder"):
        check_output(tmp_path / "d.lzc")
    with pytest.raises(JobError, match="file name"):
        check_output("a\0.lzc")
    (tmp_path / "file").touch()
    with pytest.raises(JobError, match="not a folder"):
        check_output(tmp_path / "file" / "a.lzc")
    assert not [p for p in tmp_path.iterdir() if p.name.startswith("tmp")]


def test_output_checks_leave_the_folder_as_it_was(tmp_path: Path) -> None:
    check_output(tmp_path / "a.lzc")
    assert list(tmp_path.iterdir()) == []


def test_space(tmp_path: Path) -> None:
    check_space(tmp_path, 1000)
    with pytest.raises(JobError, match="not enough free space"):
        check_space(tmp_path, 1 << 60)


def test_same_file_of_names_that_do_not_exist(tmp_path: Path) -> None:
    assert same_file(tmp_path / "x" / ".." / "a", tmp_path / "a")
    assert not same_file(tmp_path / "a", tmp_path / "b")
    assert inside(tmp_path / "a" / "b", tmp_path) and not inside(tmp_path, tmp_path / "a")


def test_faults_become_one_line_that_names_the_place() -> None:
    line = explain(OSError(errno.ENOSPC, "No space left on device"), "out.lzc")
    assert isinstance(line, JobError) and "disk is full" in str(line) and str(line).startswith("out.lzc")
    assert "\n" not in str(explain(OSError("several\nlines"), "x"))
    assert explain(KeyError("defect")) is None
    bad = LzcError("damaged")
    assert explain(bad) is bad
    assert "memory" in str(explain(MemoryError(), "x"))


def test_a_full_disk_is_seen_through_a_wrapping_error() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as fault:
            raise LzcError("cannot write") from fault
    except LzcError as wrapped:
        assert "disk is full" in str(explain(wrapped, "out.lzc"))
    with pytest.raises(EngineError, match="disk is full"), one_clear_line("out"):
        raise OSError(errno.ENOSPC, "x")
    with pytest.raises(KeyError), one_clear_line("out"):
        raise KeyError("x")


def test_bytes_for_a_person() -> None:
    assert [human_bytes(n) for n in (0, 999, 1000, 150_000, 4_100_000, 5e12)] == ["0 B", "999 B", "1.0 kB", "150 kB", "4.1 MB", "5000 GB"]
