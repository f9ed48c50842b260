"""Labels from a file never become paths."""
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lzc import safe_name

NASTY = st.text(st.one_of(st.sampled_from("./\\:\0 -~_conCON1.\u202e\u00a0\ud800ä"), st.characters()), max_size=300)


@pytest.mark.parametrize(("label", "name"), [
    ("clip.mp4", "clip.mp4"), ("two words.mov", "two words.mov"), ("", "unnamed"), (".", "unnamed"), ("..", "_"), ("   ", "unnamed"),
    ("../../etc/passwd", "____etc_passwd"), ("C:\\Windows\\x", "C__Windows_x"), ("a\0b", "a_b"), ("con", "_con"), ("NUL.txt", "_NUL.txt"),
    ("com1 .x", "_com1 .x"), ("LPT\u00b9", "_LPT\u00b9"), ("-rf", "_rf"), (".bashrc", "_bashrc"), ("name. .", "name"),
    ("evil\u202e4pm.exe", "evil_4pm.exe"),
    ("line\nbreak", "line_break"), ("ä.mp4", "ä.mp4"), ("a\u0308", "ä"), ("x" * 400 + ".mp4", "x" * 146 + ".mp4"), ("é" * 400, "é" * 75)])
def test_known_cases(label: str, name: str) -> None:
    assert safe_name(label) == name


@given(NASTY)
def test_any_label_is_made_harmless(label: str) -> None:
    name = safe_name(label)
    assert name and not set(name) & set('/\\\0<>:"|?*\n\r') and ".." not in name
    assert Path(name).name == name and name not in (".", "..") and not name.endswith((".", " ")) and name[0] not in ".- ~"
    assert name.split(".")[0].strip().lower() not in ("con", "nul", "aux", "prn", "com1", "lpt9", "com¹")
    assert len(name.encode("utf-8")) <= 151
    assert safe_name(name) == name
