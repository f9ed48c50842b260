"""Marks as data: what they measure, undo, and the file beside the source, which damage cannot destroy."""
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.marks import Mark, Marks, MarksError, Scale, corner, dump, length, load, measured, parse, save, sidecar
from engine.api import MediaError
from tests.app.fakes import make_info


def test_undo_and_redo_walk_through_every_change() -> None:
    changes: list[int] = []
    marks = Marks(lambda: changes.append(1))
    a = marks.add("bookmark", 5)
    b = marks.add("arrow", 2, ((0, 0), (3, 4)))
    marks.change(a.id, text="here")
    marks.remove(b.id)
    marks.set_scale(Scale(0.5, "m"))
    assert [m.id for m in marks.all] == [a.id] and len(changes) == 5
    states = [marks.state]
    while marks.can_undo:
        marks.undo()
        states.append(marks.state)
    assert len(states) == 6 and states[-1] == ((), None) and [m.frame for m in states[2][0]] == [2, 5], "kept in order of frames"
    for state in states[-2::-1]:
        marks.redo()
        assert marks.state == state
    assert not marks.can_redo
    marks.undo()
    marks.add("bookmark", 9)
    assert not marks.can_redo, "a new change closes the way forward"


def test_what_changes_nothing_is_no_step() -> None:
    marks = Marks()
    a = marks.add("bookmark", 5, text="x")
    marks.change(a.id, text="x")
    marks.remove(99)
    marks.undo()
    assert not marks.can_undo


def test_distances_and_angles() -> None:
    assert length((1, 1), (4, 5)) == 5 and length((0, 0), (3, 4), Fraction(2)) == pytest.approx((36 + 16) ** 0.5)
    assert corner((1, 0), (0, 0), (0, 1)) == pytest.approx(90) and corner((1, 0), (0, 0), (-1, 1e-9)) == pytest.approx(180)
    assert corner((0, 0), (0, 0), (1, 1)) == 0
    line = Mark(1, "distance", 0, 0, ((0.0, 0.0), (30.0, 40.0)))
    assert measured(line, None) == "50.0 px" and measured(line, Scale(0.1, "m")) == "5 m"
    assert measured(Mark(1, "angle", 0, 0, ((1, 0), (0, 0), (1, 1))), None) == "45.0°"
    assert measured(Mark(1, "region", 0, 0, ((9, 9), (4, 2))), None) == "5 × 7 px" and measured(Mark(1, "bookmark", 0, 0), None) == ""


def test_the_nearest_mark_in_each_direction() -> None:
    marks = Marks()
    for frame in (3, 9, 9, 20):
        marks.add("bookmark", frame)
    assert [getattr(marks.next_from(f, w), "frame", None) for f, w in ((0, 1), (3, 1), (9, 1), (20, 1), (20, -1), (3, -1))] == [
        3, 9, 20, None, 9, None]


texts = st.text(max_size=20)
spots = st.tuples(st.floats(0, 1e5), st.floats(0, 1e5))


@given(st.lists(st.tuples(st.sampled_from(["bookmark", "note", "arrow", "angle", "track"]), st.integers(0, 1000), texts, st.data())),
       st.none() | st.tuples(st.floats(1e-6, 1e6), texts))
def test_what_is_kept_comes_back(items: list[tuple[str, int, str, st.DataObject]], scale: tuple[float, str] | None) -> None:
    marks = Marks()
    for kind, frame, text, data in items:
        count = {"bookmark": 0, "note": 1, "arrow": 2, "angle": 3, "track": 4}[kind]
        marks.add(kind, frame, tuple(data.draw(spots) for _ in range(count)), text, frame + 3)
    marks.set_scale(None if scale is None else Scale(*scale))
    state, digest = parse(dump(marks.state, make_info(digest="ab" * 32)))
    assert state == marks.state and digest == "ab" * 32


@pytest.mark.parametrize("wrong", [
    b"", b"[]", b"{}", b"\xff\xfe", b"null", b"[" * 100000, b'{"format": "other"}',
    json.dumps({"format": "lorentz-marks", "version": 1, "scale": None, "source": {"sha256": ""}, "marks": [{"kind": "arrow"}]}).encode(),
    json.dumps({"format": "lorentz-marks", "version": 1, "scale": {"per_pixel": float("nan"), "unit": "m"}, "source": {"sha256": ""},
                "marks": []}).encode()])
def test_what_is_no_file_of_marks_is_one_line(wrong: bytes) -> None:
    with pytest.raises(MarksError) as said:
        parse(wrong)
    assert "\n" not in str(said.value)


def test_a_newer_file_is_not_misread() -> None:
    with pytest.raises(MarksError, match="newer"):
        parse(json.dumps({"format": "lorentz-marks", "version": 99}).encode())


def test_it_lies_beside_the_source_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "clip.mp4"
    assert load(str(source)) is None
    path = sidecar(str(source))
    assert path.name == "clip.mp4.marks.json"
    marks = Marks()
    marks.add("bookmark", 5, text="ß")
    save(path, dump(marks.state, make_info(str(source))))
    assert load(str(source)) == (marks.state, "")
    before = path.read_bytes()

    def full(path: Path) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.media.atomic.open_new", full)
    with pytest.raises(MediaError, match="disk is full"):
        save(path, b"something else")
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1
