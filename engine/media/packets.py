"""The list of a video stream's packets, and what it says about the frames to come, without decoding.

Every packet has an ordinal: its place in the file's decoding order. Ordinals travel through the decoder with the packets, so a
decoded frame is recognised by where it came from and not by a time stamp that may be missing, repeated or rewritten.
"""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

# one packet gives one shown frame (vp8 and vp9: see `_hidden`)
ONE_TO_ONE = {"h264", "hevc", "mpeg4", "vp8", "vp9", "libdav1d", "av1", "ffv1", "mpeg1video", "mpeg2video", "h263", "flv", "theora",
              "msmpeg4v2", "msmpeg4", "wmv1", "wmv2", "gif", "png", "apng"}
# a packet marked as a key can be decoded from
KEYS_TRUSTED = ONE_TO_ONE - {"gif", "apng"} | {"vc1", "wmv3", "vvc"}
MAX_REORDER = 64
JOINED = Fraction(1, 4)  # seconds that time falls back by at least where recordings were joined: less is jitter


@dataclass
class PacketList:
    """Parallel lists, one entry per packet with data. `whole` is False where reading stopped at an error, said in `stop`."""

    pts: list[int | None] = field(default_factory=list)
    dts: list[int | None] = field(default_factory=list)
    place: list[tuple[int | None, int]] = field(default_factory=list)  # (byte position, size)
    key: list[bool] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    stop: str = ""
    cut_short: bool = False  # the last packet was not all there and has been left out

    def __len__(self) -> int:
        return len(self.pts)


def collect(packets: Iterable[Any], codec: str, limit: int, errors: tuple[type[Exception], ...], tick: Callable[[], None]) -> PacketList:
    """Read a stream's packets to the end, or to the first error."""
    out = PacketList()
    try:
        for packet in packets:
            if packet.size == 0:
                continue
            if len(out) >= limit:
                out.stop = f"more than {limit} packets"
                break
            out.pts.append(packet.pts)
            out.dts.append(packet.dts)
            out.place.append((packet.pos, packet.size))
            out.key.append(bool(packet.is_keyframe))
            out.shown.append(not packet.is_discard and not _hidden(packet, codec))
            out.cut_short = bool(packet.is_corrupt)
            if len(out) % 256 == 0:
                tick()
    except errors as error:
        out.stop = getattr(error, "strerror", None) or str(error)
    if out.cut_short and len(out):
        for column in (out.pts, out.dts, out.place, out.key, out.shown):
            column.pop()
    return out


def _hidden(packet: Any, codec: str) -> bool:
    """VP8 and VP9 packets that only prepare later frames (RFC 6386 section 9.1, VP9 bitstream section 6.2)."""
    if codec == "vp8":
        return not memoryview(packet)[0] >> 4 & 1
    if codec == "vp9":
        data = memoryview(packet)
        if data[-1] & 0xE0 == 0xC0:  # a superframe: holds a shown frame
            return False
        first = data[0]
        shift = 3 if first & 0x30 != 0x30 else 2  # profile 3 has one more bit
        return not (first >> shift & 1 or first >> (shift - 2) & 1)  # neither show_existing_frame nor show_frame
    return False


def display_order(packets: PacketList, codec: str, intra_only: bool) -> list[int] | None:
    """Ordinals in the order of showing, from time stamps alone, or None where only decoding can tell."""
    if packets.stop or not len(packets) or not (intra_only or codec in ONE_TO_ONE):
        return None
    shown = [n for n in range(len(packets)) if packets.shown[n]]
    stamps = [packets.pts[n] for n in shown]
    if not shown or any(t is None for t in stamps) or len(set(stamps)) != len(stamps):
        return None
    if not packets.key[shown[0]]:
        return None
    order = sorted(shown, key=lambda n: packets.pts[n] or 0)
    position = {n: i for i, n in enumerate(shown)}
    if any(abs(position[n] - i) > MAX_REORDER for i, n in enumerate(order)):
        return None  # time jumps back: pieces joined together
    return order


class KeyPoints:
    """Where decoding may start. `ranks` maps an ordinal to the display index of its frame."""

    def __init__(self, packets: PacketList, codec: str, intra_only: bool, ranks: dict[int, int]) -> None:
        self.ordinals = [0]
        self._ranks = [-1]
        for n in range(1, len(packets)):
            if (intra_only or (packets.key[n] and codec in KEYS_TRUSTED)) and n in ranks and ranks[n] > self._ranks[-1]:
                self.ordinals.append(n)
                self._ranks.append(ranks[n])
        self.all_keys = sorted({0, *(n for n in range(len(packets)) if packets.key[n])}) if not intra_only else list(range(len(packets)))

    def before(self, index: int, back: int = 0) -> int:
        """The ordinal to start from for display index `index`, `back` key points earlier than the nearest."""
        return self.ordinals[max(0, bisect_right(self._ranks, index) - 1 - back)]

    def frames(self, most: int = 1 << 14) -> list[int]:
        """Display indices to which a seek goes, none where there are more than `most`."""
        found = sorted({0, *(rank for rank in self._ranks if rank > 0)})
        return found if len(found) <= most else []

    def next_key(self, ordinal: int) -> int:
        """The first key packet after `ordinal` (past the end where there is none)."""
        at = bisect_right(self.all_keys, ordinal)
        return self.all_keys[at] if at < len(self.all_keys) else 1 << 62


def even_stamps(stamps: list[int | None], time_base: Fraction, rate: Fraction) -> tuple[list[int], Fraction, str]:
    """Strictly rising time stamps, their time base, and what had to be done ("" for nothing). Where time falls back by more than
    JOINED (and a frame), recordings were joined: all that follows goes on behind what was before."""
    missing = sum(t is None for t in stamps)
    if missing > len(stamps) // 10:
        return list(range(len(stamps))), 1 / rate, f"no time stamps in the file: an even rate of {float(rate):g} frames per second assumed"
    step = max(1, round(1 / (rate * time_base)))
    known = _filled(stamps, step) if missing else [t for t in stamps if t is not None]
    repaired, joined, shift, back = 0, 0, 0, max(step, round(JOINED / time_base))
    for i in range(1, len(known)):
        known[i] += shift
        if known[i] <= known[i - 1] - back:
            gap = known[i - 1] + step - known[i]
            known[i], shift, joined = known[i] + gap, shift + gap, joined + 1
        elif known[i] <= known[i - 1]:
            known[i] = known[i - 1] + (step if repaired == 0 else 1)
            repaired += 1
    said = ""
    if joined:
        said = f"joined recordings: where time falls back ({joined} x) it goes on instead"
    elif missing:
        said = f"{missing} frames without a time stamp were set between their neighbours"
    elif repaired:
        said = f"{repaired} time stamps that did not rise were set after the one before"
    return known, time_base, said


def _filled(stamps: list[int | None], step: int) -> list[int]:
    """The stamps that are missing (damage took them) evenly between those beside them, at the ends `step` apart."""
    there = [(i, t) for i, t in enumerate(stamps) if t is not None]
    out = [there[0][1] - step * (there[0][0] - i) for i in range(there[0][0])]
    for (i, a), (j, b) in pairwise(there):
        out += [a + (b - a) * n // (j - i) if b > a else a + step * n for n in range(j - i)]
    last, t = there[-1]
    return out + [t + step * n for n in range(len(stamps) - last)]


def nominal_rate(candidates: Iterable[Any], stamps: list[int | None], time_base: Fraction) -> Fraction:
    """The first sensible rate (0.01 to 10,000 frames per second), else one over the usual step, else 25."""
    for rate in candidates:
        if rate and Fraction(1, 100) <= rate <= 10000:
            return Fraction(rate)
    known = [t for t in stamps if t is not None]
    if len(known) > 1:
        step = float(np.median(np.diff(np.asarray(sorted(known), np.int64))))
        if step > 0:
            rate = (1 / (Fraction(step) * time_base)).limit_denominator(1001)
            if Fraction(1, 100) <= rate <= 10000:
                return rate
    return Fraction(25)


def is_variable(stamps: list[int], time_base: Fraction) -> bool:
    """Whether the steps between frames differ by more than a quarter (and more than 2 ms) from the usual one."""
    if len(stamps) < 3:
        return False
    steps = np.diff(np.asarray(stamps, np.int64))
    usual = float(np.median(steps))
    return bool(np.any(np.abs(steps.astype(np.float64) - usual) > max(usual / 4, 0.002 / float(time_base))))
