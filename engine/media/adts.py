"""AAC as transport streams carry it: a header (ADTS, ISO/IEC 13818-7 section 6.2) before every packet instead of one for the whole track.

Containers for files want the one header. FFmpeg's Matroska muxer, given the others, describes every track twice.
"""
from __future__ import annotations

from dataclasses import replace

from engine.media.audio import AudioTrack


def without_headers(track: AudioTrack) -> AudioTrack:
    """`track` with one header for all and the same sound; what is not AAC with such headers, or changes on its way, stays as it is."""
    if track.codec != "aac" or track.extradata or not track.packets:
        return track
    first = _described(track.packets[0][3])
    if first is None or any(_described(data) != first for *_, data in track.packets):
        return track
    # the low bit of byte 1 is 1 where no checksum follows the header
    packets = tuple((pts, dts, n, data[7 if data[1] & 1 else 9:]) for pts, dts, n, data in track.packets)
    return replace(track, extradata=first, packets=packets)


def _described(data: bytes) -> bytes | None:
    """The two bytes of an AudioSpecificConfig (ISO/IEC 14496-3, section 1.6.2.1) for one packet, None where it does not begin with a header
    of its own length, holds more than one frame, or keeps its channels in the sound itself."""
    if len(data) < 9 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return None
    kind, rate = (data[2] >> 6) + 1, data[2] >> 2 & 15
    channels = (data[2] & 1) << 2 | data[3] >> 6
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    if length != len(data) or data[6] & 3 or not channels or rate > 12:
        return None
    return bytes([kind << 3 | rate >> 1, (rate & 1) << 7 | channels << 3])
