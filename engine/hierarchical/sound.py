"""Flac sound and pictures other than plain PNG, decoded by PyAV in a process of its own: a broken file may end that, never the program.

`python -m engine.hierarchical.sound flac|picture PATH MEMORY` writes one line of JSON and the samples to standard output.
"""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import MediaError

_MEMORY = 4 << 30
_SECONDS = 600
_DEEP = ("16le", "16be", "48le", "48be", "64le", "64be", "10le", "12le", "14le")


def decode_flac(path: Path) -> tuple[np.ndarray, int, int]:
    """(samples `[channels, n]` int16 or int32, rate, bits). MediaError when it is damaged."""
    facts, samples = _ask("flac", path)
    return samples, int(facts["rate"]), int(facts["bits"])


def decode_picture(path: Path) -> np.ndarray:
    """`[h, w, c]` uint8 or uint16 in the picture's own grey or RGB, with alpha where it has that."""
    return _ask("picture", path)[1]


def _ask(what: str, path: Path) -> tuple[dict[str, Any], np.ndarray]:
    done = subprocess.run([sys.executable, "-m", "engine.hierarchical.sound", what, str(path.absolute()), str(_MEMORY)],
                          capture_output=True, timeout=_SECONDS, check=False, cwd=Path(__file__).resolve().parents[2])
    line, _, body = done.stdout.partition(b"\n")
    try:
        facts = json.loads(line)
        shape = [int(n) for n in facts["shape"]]
        samples = np.frombuffer(body, np.dtype(facts["dtype"])).reshape(shape)
    except (ValueError, KeyError, TypeError):
        raise MediaError("this file cannot be decoded", where=str(path),
                         hint="it is damaged, cut off, or of a kind that is not known") from None
    if samples.size == 0:
        raise MediaError("there is nothing in this file", where=str(path))
    return facts, samples


def _child(what: str, path: str, memory: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from engine.media import convert
    from engine.media.opening import open_container

    with open_container(path) as box:
        if what == "flac":
            stream = box.streams.audio[0]
            extra = stream.codec_context.extradata or b""
            bits = ((extra[12] & 1) << 4 | extra[13] >> 4) + 1 if len(extra) >= 18 else 16
            parts = []
            for frame in box.decode(stream):
                x = frame.to_ndarray()
                parts.append(x.reshape(-1, frame.layout.nb_channels).T if x.shape[0] == 1 else x)
            samples = np.concatenate(parts, 1)
            if samples.dtype == np.int32:
                samples = samples >> (32 - bits)
            facts: dict[str, Any] = {"rate": stream.rate, "bits": 16 if bits <= 16 else 24 if bits <= 24 else 32}
        else:
            frame = next(box.decode(video=0))
            name = frame.format.name
            grey, deep = name.startswith("gray") or name.startswith("mono"), name.endswith(_DEEP)
            alpha = name == "pal8" or any(part.is_alpha for part in frame.format.components)
            samples = frame.to_ndarray(format=("rgba64le" if deep else "rgba") if alpha else ("gray16le" if deep else "gray") if grey
                                       else ("rgb48le" if deep else "rgb24"))
            samples = samples.reshape(*samples.shape[:2], -1)
            if name == "pal8" and (samples[..., 3] == 255).all():
                samples = samples[..., :3]
            elif name.startswith("ya"):
                samples = samples[..., ::3]
            # nothing of Exif is kept: as it is looked at
            samples, facts = convert.upright(samples, convert.orientation_of(frame, path)), {}
    samples = np.ascontiguousarray(samples)
    sys.stdout.buffer.write(json.dumps({**facts, "shape": samples.shape, "dtype": samples.dtype.str}).encode() + b"\n")
    sys.stdout.buffer.write(samples.tobytes())


if __name__ == "__main__":
    _child(sys.argv[1], sys.argv[2], int(sys.argv[3]))
