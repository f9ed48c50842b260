"""A Matroska file of a few hundred bytes that describes one audio stream (RFC 9559, codec mappings of RFC 9559 and the codec registry).

A muxer wants an existing stream to copy the description of a codec from; this makes one from an `AudioTrack`. Its two or three packets
are there so that the library can find what the description leaves out.
"""
from __future__ import annotations

import struct

from engine.media.audio import AudioTrack

PLAIN = {"aac": "A_AAC", "mp3": "A_MPEG/L3", "mp2": "A_MPEG/L2", "ac3": "A_AC3", "eac3": "A_EAC3", "dts": "A_DTS", "opus": "A_OPUS",
         "vorbis": "A_VORBIS", "flac": "A_FLAC", "alac": "A_ALAC", "truehd": "A_TRUEHD", "tta": "A_TTA1"}
PCM = {"pcm_u8": ("A_PCM/INT/LIT", 8), "pcm_s16le": ("A_PCM/INT/LIT", 16), "pcm_s24le": ("A_PCM/INT/LIT", 24),
       "pcm_s32le": ("A_PCM/INT/LIT", 32),
       "pcm_s16be": ("A_PCM/INT/BIG", 16), "pcm_s24be": ("A_PCM/INT/BIG", 24), "pcm_f32le": ("A_PCM/FLOAT/IEEE", 32),
       "pcm_f64le": ("A_PCM/FLOAT/IEEE", 64)}
WAVE = {"pcm_alaw": (6, 8), "pcm_mulaw": (7, 8), "adpcm_ms": (2, 4), "wmav2": (0x161, 16)}


def can_describe(codec: str) -> bool:
    """Whether `describe` knows the codec."""
    return codec in PLAIN or codec in PCM or codec in WAVE


def _element(code: int, body: bytes) -> bytes:
    name = code.to_bytes((code.bit_length() + 7) // 8, "big")
    return name + (len(body) | 1 << 56).to_bytes(8, "big") + body


def _number(code: int, value: int) -> bytes:
    return _element(code, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def describe(track: AudioTrack, before: float = 0.0) -> bytes:
    """The bytes of the small file. before: seconds of run-in, which sound before time zero. KeyError for a codec that `can_describe` does
    not know."""
    rate, channels = int(track.params.get("sample_rate") or 48000), int(track.params.get("channels") or 2)
    private, bits = track.extradata, 0
    if track.codec in PCM:
        name, bits = PCM[track.codec]
    elif track.codec in WAVE:
        tag, bits = WAVE[track.codec]
        name = "A_MS/ACM"
        align = max(1, channels * bits // 8)
        private = struct.pack("<HHIIHHH", tag, channels, rate, rate * align, align, bits, len(track.extradata)) + track.extradata
    else:
        name = PLAIN[track.codec]
        if track.codec == "flac":
            private = b"fLaC" + bytes([0x80]) + len(private).to_bytes(3, "big") + private
        elif track.codec == "alac":
            private = private[12:]
    audio = _element(0xB5, struct.pack(">d", rate)) + _number(0x9F, channels) + (_number(0x6264, bits) if bits else b"")
    entry = b"".join((_number(0xD7, 1), _number(0x73C5, 1), _number(0x83, 2), _element(0x86, name.encode()),
                      _element(0x63A2, private) if private else b"", _element(0xE1, audio),
                      _number(0x56AA, round(before * 1e9)) if before > 0 else b""))
    blocks = b"".join(_element(0xA3, b"\x81" + struct.pack(">h", 20 * i) + b"\x80" + p[3]) for i, p in enumerate(track.packets[:3]))
    segment = b"".join((_element(0x1549A966, _number(0x2AD7B1, 1_000_000)), _element(0x1654AE6B, _element(0xAE, entry)),
                        _element(0x1F43B675, _number(0xE7, 0) + blocks)))
    head = b"".join((_number(0x4286, 1), _number(0x42F7, 1), _number(0x42F2, 4), _number(0x42F3, 8), _element(0x4282, b"matroska"),
                     _number(0x4287, 4), _number(0x4285, 2)))
    return _element(0x1A45DFA3, head) + _element(0x18538067, segment)
