"""What the child tells of an open video: the facts that become a `SourceInfo`. Runs in the child process only."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import av

from engine.media import convert, packets
from engine.media.exif import Turn

HDR = {"MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", "DYNAMIC_HDR_PLUS", "DOVI_METADATA", "DOVI_RPU_BUFFER", "DYNAMIC_HDR_VIVID"}
STILL = ("gif", "apng", "webp", "ico", "tiff", "jpegxl_anim")


def facts(frame: Any, stream: Any, container: Any, codec: str, stamps: list[int | None],
          losses: list[str], turn: Turn) -> tuple[list[int], dict[str, Any]]:
    """Time stamps (strictly rising) and the JSON-able facts, from the first whole frame and the stream's description."""
    kind = convert.kind_of(frame)
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
    if not still:
        notes += left_out(container, frame)
    if stream.metadata.get("alpha_mode") == "1" and "transparency" not in kind.note:      # WebM: a picture of its own beside each packet
        notes.append("transparency dropped")
    return pts, {
        "kind": "images" if still else "video", "width": width, "height": height, "depth": kind.depth, "frames": len(pts),
        "time_base": [base.numerator, base.denominator], "rate": [rate.numerator, rate.denominator],
        "colour": [colour.full, colour.matrix, colour.primaries, colour.transfer], "rotation": turn[3],
        "aspect": [aspect.numerator, aspect.denominator], "audio": len(container.streams.audio) > 0,
        "notes": [n for n in notes + losses if n], "codec": codec, "format": name,
    }


def left_out(container: Any, frame: Any) -> list[str]:
    """What is in the file, or comes with its pictures, besides one track of pictures and one of sound, in words."""
    notes = []
    beside = av.stream.Disposition.attached_pic | av.stream.Disposition.still_image | av.stream.Disposition.dependent
    pictures = sum(1 for s in container.streams.video if not s.disposition & beside)
    sounds = len(container.streams.audio)
    if pictures > 1:
        notes.append(f"only one of {pictures} picture tracks is kept")
    if sounds > 1:
        notes.append(f"only one of {sounds} sound tracks is kept")
    if container.streams.subtitles:
        notes.append("subtitles left out")
    if hasattr(container, "chapters") and container.chapters():      # not in every version of PyAV
        notes.append("chapters left out")
    try:
        beside_it = {side.type.name for side in frame.side_data}
    except ValueError:      # a kind that is newer than PyAV
        beside_it = set()
    if beside_it & HDR:
        notes.append("HDR data besides the colours left out: mastering display and light levels")
    if "A53_CC" in beside_it:
        notes.append("closed captions left out")
    return notes
