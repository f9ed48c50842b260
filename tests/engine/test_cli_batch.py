"""`lorentz batch` at work on small tables, which need no network."""
from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import engine.cli as cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    (place / "deeper").mkdir(parents=True)
    for n, name in enumerate(("t2.csv", "t10.csv", "deeper/t1.csv")):
        (place / name).write_text("time,a,b\n" + "".join(f"{i},{i * 3 + n},{i % 7}\n" for i in range(200)))
    return place


def test_many_there_and_back(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed, back = tmp_path / "packed", tmp_path / "back"
    assert cli.main(["batch", str(folder), str(packed), "--deep", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [Path(f["input"]).name for f in facts["files"]] == ["t2.csv", "t10.csv", "t1.csv"] and facts["done"] == 3
    assert sorted(p.name for p in packed.iterdir()) == ["t1.lzc", "t10.lzc", "t2.lzc"]
    assert cli.main(["batch", str(packed), str(back), "--restore", "mp4"]) == 0
    assert "3 files: 3 done, 0 left alone, 0 failed" in capsys.readouterr().out
    for name in ("t2.csv", "t10.csv"):
        assert (back / name).read_bytes() == (folder / name).read_bytes()
    assert cli.main(["batch", str(packed), str(back), "--restore", "mp4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["skipped"] == 3


def test_one_that_fails_does_not_stop_the_others(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = folder / "t3.csv"
    bad.write_bytes(b"")
    assert cli.main(["batch", str(folder), str(tmp_path / "out"), "--json"]) == 1
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert [f["state"] for f in facts["files"]] == ["done", "failed", "done"] and facts["failed"] == 1
    assert "this file is empty" in facts["files"][1]["error"] and "Traceback" not in err
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["t10.lzc", "t2.lzc"]


def test_nothing_to_do_and_nothing_there_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert cli.main(["batch", str(tmp_path / "empty"), str(tmp_path / "out")]) == 1
    assert "nothing to compress here" in capsys.readouterr().err
    assert cli.main(["batch", str(tmp_path / "gone.mp4"), str(tmp_path / "out")]) == 1
    assert "no such file" in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert cli.main(["batch", "only"]) == 2


def test_data_comes_back_nearer_where_its_file_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, packed = tmp_path / "in", tmp_path / "packed"
    place.mkdir()
    wave = [f"{i},{math.sin(i / 40):.5f},{math.sin(i / 40 + 0.1):.5f}" for i in range(3000)]
    (place / "wave.csv").write_text("time,a,b\n" + "\n".join(wave) + "\n")
    (place / "plain.csv").write_text("time,a\n" + "".join(f"{i},{i % 7}\n" for i in range(200)))
    assert cli.main(["batch", str(place), str(packed), "--max-error", "2%", "--effort", "high"]) == 0
    capsys.readouterr()
    read = {}
    for words in ((), ("--nearer",)):
        back = tmp_path / f"back{len(words)}"
        assert cli.main(["batch", str(packed), str(back), "--restore", "mp4", "--json", *words]) == 0
        assert json.loads(capsys.readouterr().out)["done"] == 2
        read[words] = {p.name: p.read_text() for p in back.iterdir()}
    assert read[()]["plain.csv"] == read[("--nearer",)]["plain.csv"] and read[()]["wave.csv"] != read[("--nearer",)]["wave.csv"]
    assert cli.main(["batch", str(packed), str(tmp_path / "no"), "--restore", "mp4", "--nearer", "--level", "1"]) == 1
    assert "coarser levels are not brought nearer" in capsys.readouterr().err and not (tmp_path / "no").exists()


def test_a_file_that_comes_later_is_not_taken_for_one_that_was_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, out = tmp_path / "in", tmp_path / "out"
    place.mkdir()

    def run() -> list[tuple[str, str, list[str]]]:
        assert cli.main(["batch", str(place), str(out), "--json"]) == 0
        files = json.loads(capsys.readouterr().out)["files"]
        return [(Path(f["input"]).name, f["state"], [Path(p).name for p in f["outputs"]]) for f in files]

    for number, name in enumerate(("a.csv", "a.tsv", "a.CSV")):
        (place / name).write_text("a,b\n" + f"{number},2\n" * 9)
    first = run()
    assert sorted(name for _, _, [name] in first) == ["a-2.lzc", "a-3.lzc", "a.lzc"] and {state for _, state, _ in first} == {"done"}
    np.save(place / "a.npy", np.arange(9))          # its name is before that of a.tsv
    (place / "b").mkdir()
    (place / "b" / "a.tsv").write_text("c,d\n9,9\n")
    second = run()
    assert [f for f in second if f[0] != "a.npy"] == [(name, "skipped", made) for name, _, made in first]
    assert [f for f in second if f[0] == "a.npy"] == [("a.npy", "done", ["a-4.lzc"])]
    assert cli.main(["batch", str(place), str(out), "--deep", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["done"], facts["skipped"]) == (1, 4) and Path(facts["files"][-1]["outputs"][0]).name == "a-5.lzc"
