"""What the child tells of an open video: the facts that become a `SourceInfo`. Runs in the child process only."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

from engine.media import convert, packets

STILL = ("gif", "apng", "webp", "ico", "tiff", "jpegxl_anim")


def facts(frame: Any, stream: Any, container: Any, codec: str, stamps: list[int | None],
          losses: list[str]) -> tuple[list[int], dict[str, Any]]:
    """Time stamps (strictly rising) and the JSON-able facts, from the first whole frame and the stream's description."""
    kind, turn = convert.kind_of(frame), convert.orientation_of(frame)
    width, height = (frame.height, frame.width) if turn[0] else (frame.width, frame.height)
    colour, assumed = convert.colour_of(frame, kind, width, height)
    base = Fraction(stream.time_base or Fraction(1, 1000))
    rate = packets.nominal_rate((stream.average_rate, stream.guessed_rate, stream.base_rate), stamps, base)
    pts, base, said = packets.even_stamps(stamps, base, rate)
    notes = [said, kind.note]
    if assumed:
        notes.append(f"colour matrix not stated: {'BT.709' if colour.matrix == 1 else 'BT.601'} assumed")
    if packets.is_variable(pts, base):
        notes.append("variable frame rate")
    if any(turn[:3]):
        notes.append(f"turned upright by {turn[3]} degrees" + (" and mirrored" if sum(turn[:3]) % 2 else ""))
    if frame.interlaced_frame:
        notes.append("interlaced: both fields shown together")
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not Fraction(1, 1000) < aspect < 1000:
        aspect = Fraction(1)
    if turn[0]:
        aspect = 1 / aspect
    name = container.format.name
    still = name.endswith("_pipe") or (len(pts) == 1 and name in STILL)
    return pts, {
        "kind": "images" if still else "video", "width": width, "height": height, "depth": kind.depth, "frames": len(pts),
        "time_base": [base.numerator, base.denominator], "rate": [rate.numerator, rate.denominator],
        "colour": [colour.full, colour.matrix, colour.primaries, colour.transfer], "rotation": turn[3],
        "aspect": [aspect.numerator, aspect.denominator], "audio": len(container.streams.audio) > 0,
        "notes": [n for n in notes + losses if n], "codec": codec, "format": name,
    }
