from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.timecode import PositionError, format_time, frame_at, parse_position
from tests.app.fakes import make_info


def test_format() -> None:
    assert format_time(72.48) == "00:01:12.480"
    assert format_time(3600 * 11 + 59.9996) == "11:01:00.000"
    assert format_time(-3) == "00:00:00.000"


@given(st.lists(st.integers(1, 5), min_size=1, max_size=60), st.data())
def test_the_time_code_of_a_frame_leads_back_to_it(steps: list[int], data: st.DataObject) -> None:
    pts = [7]
    for s in steps:
        pts.append(pts[-1] + s)
    info = make_info(frames=len(pts), pts=tuple(pts))
    index = data.draw(st.integers(0, info.frames - 1))
    assert parse_position(format_time(info.seconds(index)), info) == index


@pytest.mark.parametrize(("text", "frame"), [
    ("12", 12), ("#12", 12), (" 0 ", 0), ("1s", 25), ("0:01", 25), ("0:0:1.2", 30), ("1.19s", 29), ("39", 39)])
def test_what_people_type(text: str, frame: int) -> None:
    assert parse_position(text, make_info()) == frame


@pytest.mark.parametrize("text", ["", "abc", "40", "-1", "9:99:99:1", "1:-2", "nans", "infs", "2.0s", "1e400s", "#", "12.5"])
def test_what_will_not_do_is_said_in_one_line(text: str) -> None:
    with pytest.raises(PositionError) as wrong:
        parse_position(text, make_info())
    assert "\n" not in str(wrong.value) and len(str(wrong.value)) > 10


def test_a_moment_between_two_frames_shows_the_earlier() -> None:
    info = make_info(frames=3, pts=(0, 10, 50))
    assert [frame_at(info, s) for s in (0, 0.39, 0.40, 1.9, 2.0, 99)] == [0, 0, 1, 1, 2, 2]
