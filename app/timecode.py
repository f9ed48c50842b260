"""Positions as people write them: time codes and frame numbers, both ways. Frames count from 0, as on the command line."""
from __future__ import annotations

from bisect import bisect_right
from math import isfinite

from app.words import tr
from engine.api import SourceInfo


def format_time(seconds: float) -> str:
    """`72.48` -> `00:01:12.480`; rounded to the millisecond, never negative."""
    ms = max(0, round(seconds * 1000))
    s, ms = divmod(ms, 1000)
    m, s = divmod(s, 60)
    h, m = divmod(m, 60)
    return f"{h:02d}:{m:02d}:{s:02d}.{ms:03d}"


def frame_at(info: SourceInfo, seconds: float) -> int:
    """The frame on screen at `seconds` from the first one: the last whose time stamp is not later (variable rates included)."""
    # time codes are rounded to the millisecond: the one shown for a frame must lead back to that frame
    ticks = float(seconds / info.time_base) + info.pts[0]
    slack = 0.0006 / float(info.time_base)
    return min(max(bisect_right(info.pts, ticks + slack) - 1, 0), info.frames - 1)


class PositionError(ValueError):
    """What was typed is no position in this source; `str()` is one line for a person."""


def parse_position(text: str, info: SourceInfo) -> int:
    """Frame for `1812`, `#1812`, `12.5s`, `1:12`, `00:01:12.480`; PositionError with one line for a person otherwise."""
    t = text.strip().lower()
    try:
        if ":" in t or t.endswith("s"):
            seconds = 0.0
            for part in t.removesuffix("s").split(":", 2):
                if float(part) < 0:
                    raise ValueError
                seconds = seconds * 60 + float(part)
            return frame_at(info, _within(seconds, info))
        index = int(t.removeprefix("#"))
    except PositionError:
        raise
    except ValueError:
        raise PositionError(tr("“{a}” is no position: type a frame number like 120, or a time like 1:12.5 or 3.2s").format(
            a=text.strip())) from None
    if not 0 <= index < info.frames:
        raise PositionError(tr("frame {index} is outside 0 … {b}").format(index=index, b=info.frames - 1))
    return index


def _within(seconds: float, info: SourceInfo) -> float:
    end = info.seconds(info.frames - 1) + 1 / max(float(info.rate), 1e-6)
    if not isfinite(seconds):
        raise ValueError
    if seconds > end + 0.001:
        raise PositionError(tr("{a} is outside 00:00:00.000 … {b}").format(a=format_time(seconds), b=format_time(end)))
    return seconds
