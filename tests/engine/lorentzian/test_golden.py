"""Recordings made once must decode to the same symbols for ever, with the model it was made with."""
from __future__ import annotations

from pathlib import Path

import pytest

from engine.lorentzian.model import CodecModel, hashes, load_codec
from tests.golden.make_codec import FOLDER, NAMES, describe, make

ANEW = ("If the shipped codec (models/codec*.safetensors) was changed on purpose, every older recording needs the older model: make the "
        "golden recordings anew with `.venv/bin/python -m tests.golden.make_codec` and commit them with the model. If not, the decoder is "
        "broken.")


def compare(folder: Path, model: CodecModel, name: str = "codec") -> None:
    want, got = (folder / f"{name}.txt").read_text().splitlines(), describe(folder / f"{name}.lzc", model)
    assert [line for line in got if not line.startswith("frame")] == [line for line in want if not line.startswith("frame")], ANEW
    for a, b in zip((x.split() for x in want if x.startswith("frame")), (x.split() for x in got if x.startswith("frame")), strict=True):
        assert a[1] == b[1] and all(abs(float(x) - float(y)) < 0.5 for x, y in zip(a[2:], b[2:], strict=True)), f"{a} is now {b}. {ANEW}"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_golden_recording(shipped: CodecModel, precision: str, name: str) -> None:
    if not (FOLDER / f"{name}.lzc").exists():
        pytest.skip("no golden recording yet: `python -m tests.golden.make_codec` makes it once the shipped codec is final")
    made_with = [line.split()[1] for line in (FOLDER / f"{name}.txt").read_text().splitlines()[:2]]
    assert made_with == list(hashes()), f"The golden recording was made with another model. {ANEW}"
    compare(FOLDER, load_codec(precision=precision), name)


def test_the_golden_recording_can_be_made(shipped: CodecModel, tmp_path: Path) -> None:
    make(tmp_path, shipped)
    lines = (tmp_path / "codec.txt").read_text().splitlines()
    assert [x.split()[:4] for x in lines[2:4]] == [["chunk", "0", "8", "key"], ["chunk", "8", "2", "on"]] and len(lines) == 14
    deep = (tmp_path / "deep.txt").read_text().splitlines()
    assert [x.split()[3] for x in deep[2:5]] == ["key", "on", "on"] and len(deep) == 22
    for name in NAMES:
        compare(tmp_path, shipped, name)
    (tmp_path / "codec.txt").write_text((tmp_path / "codec.txt").read_text().replace("chunk 8 2 on ", "chunk 8 2 on 0"))
    with pytest.raises(AssertionError, match="make_codec"):
        compare(tmp_path, shipped)
