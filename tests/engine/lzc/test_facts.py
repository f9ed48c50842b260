"""Source facts and model bindings come back from the header, or are refused."""
from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.api import Colour, LzcError, SourceInfo
from engine.lzc import ModelBinding, models_from, models_meta, source_info, source_meta
from engine.lzc.packed import pack_json, unpack_json

SHA = hashlib.sha256(b"x").hexdigest()
PLAIN = SourceInfo("/a/b/clip.mp4", "video", 640, 360, (0, 1, 3), Fraction(1, 12800), Fraction(25), digest=SHA)
FULL = replace(PLAIN, bit_depth=10, colour=Colour(True, 9, 9, 16), sample_aspect=Fraction(4, 3), rotation=90, has_audio=True,
               notes=("n", "m"))


@pytest.mark.parametrize("info", [PLAIN, FULL])
def test_facts_come_back(info: SourceInfo) -> None:
    meta = unpack_json(pack_json({"source": source_meta(info)}))
    assert source_info(meta, path=info.path, pts=info.pts, kind="video") == info
    assert meta["source"]["name"] == "clip.mp4"
    again = source_info(meta, path="x.lzc", pts=info.pts, levels=4, digest="d")
    assert (again.kind, again.levels, again.digest) == ("lzc", 4, "d")


@pytest.mark.parametrize("matrix", [1, 6])
def test_what_many_recordings_say_takes_three_bytes(matrix: int) -> None:
    note = f"colour matrix not stated: {'BT.709' if matrix == 1 else 'BT.601'} assumed"
    info = replace(PLAIN, notes=("n", note))
    meta = unpack_json(pack_json({"source": source_meta(info)}))
    assert source_info(meta, path="x", pts=info.pts).notes == info.notes
    spelled = {"source": {**meta["source"], "notes": ["n", note]}}
    assert source_info(spelled, path="x", pts=info.pts).notes == info.notes, "a file may say it in words"
    assert len(pack_json(meta)) <= len(pack_json({"source": source_meta(replace(info, notes=("n",)))})) + 3


def test_a_windows_path_leaves_only_its_name() -> None:
    assert source_meta(replace(PLAIN, path="C:\\films\\night.avi"))["name"] == "night.avi"


@pytest.mark.parametrize("wrong", [
    {"width": 0}, {"height": "360"}, {"width": True}, {"rate": [25, 0]}, {"rate": [0, 1]}, {"rate": 25}, {"time_base": [1, -5]},
    {"colour": [1, 1, 1, 1]}, {"colour": [False, 1, 1]}, {"colour": None}, {"bit_depth": 99}, {"rotation": 45}, {"notes": [2]},
    {"notes": [-1]}, {"notes": [True]}, {"notes": [None]},
    {"digest": 5}, {"has_audio": 1},
    {"sample_aspect": [1, 1, 1]}, {"width": 1 << 40}])
def test_wrong_facts_are_refused(wrong: dict) -> None:
    with pytest.raises(LzcError, match="source facts"):
        source_info({"source": {**source_meta(FULL), **wrong}}, path="x", pts=(0,))


@pytest.mark.parametrize("meta", [{}, {"source": []}, {"source": {}}, {"source": None}])
def test_missing_facts_are_refused(meta: dict) -> None:
    with pytest.raises(LzcError, match="source facts"):
        source_info(meta, path="x", pts=(0,))


def test_bindings_come_back_and_wrong_ones_are_refused() -> None:
    models = {"codec": ModelBinding("lorentz-1", SHA, SHA, "https://example.org"), "detail": ModelBinding("d", SHA, SHA)}
    assert models_from({"models": models_meta(models)}) == models
    assert models_from({}) == {}
    with pytest.raises(LzcError, match="SHA-256"):
        models_meta({"codec": ModelBinding("m", "abc", SHA)})
    for wrong in ({"models": []}, {"models": {"codec": {}}}, {"models": {"codec": {"name": "n", "weights": SHA, "tables": "x"}}}):
        with pytest.raises(LzcError, match="malformed"):
            models_from(wrong)


def test_the_stamp_is_that_of_the_file_itself(tmp_path: Path) -> None:
    file = tmp_path / "a.lzc"
    file.write_bytes(b"four")
    assert source_info({"source": source_meta(PLAIN)}, path=str(file), pts=(0,)).stamp == (file.stat().st_mtime_ns, 4)
    assert source_info({"source": source_meta(PLAIN)}, path=str(tmp_path / "none.lzc"), pts=(0,)).stamp == (0, 0)
