"""`--bitrate`: the quality whose file comes out at the asked size, found on a sample of the frames."""
from __future__ import annotations

import math
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api import Frame, FrameSource, JobError, Progress, SourceInfo
from engine.jobs.pieces import with_surroundings

if TYPE_CHECKING:
    from engine.lorentzian.adapted import Adapted

SLOPE = 0.08        # natural log of the bit-rate per quality step: what a trained codec shows, only a first guess
_MIDDLE, _BITS = 24, 0.085  # a quality, and bits a pixel that it takes in the mean of eleven clips
_PROBES = 7         # enough for plain bisection of 64 qualities
_SAMPLE = 96        # frames looked at
_SHORTEST = 8       # frames of a run
_CLOSE = 0.03


def duration(info: SourceInfo) -> float:
    """Seconds that the pictures are shown: up to the last frame's start, plus one nominal frame."""
    last = float((info.pts[-1] - info.pts[0]) * info.time_base) if info.pts else 0.0
    return last + (1 / float(info.rate) if info.rate else 0.0)


def kilobits_per_second(info: SourceInfo, size: float) -> float:
    """Bit-rate of `size` bytes over the whole source; 0 for a source without duration."""
    seconds = duration(info)
    return 8 * size / 1000 / seconds if seconds > 0 else 0.0


def sound_bytes(audio: Any) -> int:
    """Bytes of all sound packets; 0 without sound."""
    return 0 if audio is None else sum(len(packet[3]) for packet in audio.packets)


def likely_quality(info: SourceInfo, audio: Any, bitrate: float) -> int:
    """The quality 0..63 that an average recording has at `bitrate` (1000 bits a second, sound included): where a search begins."""
    bits = 1000 * bitrate * duration(info) - 8 * sound_bytes(audio)
    pixels = info.width * info.height * max(1, info.frames)
    return min(63, max(0, round(_MIDDLE + math.log(max(bits, 1) / pixels / _BITS) / SLOPE)))


def segments(frames: int, key_interval: int, wanted: int = _SAMPLE) -> list[tuple[int, int]]:
    """Runs `(start, stop)` spread evenly over the clip, each one key interval long so that key frames have their true share."""
    run = min(frames, max(_SHORTEST, key_interval))
    count = max(1, min(wanted // run, frames // run))
    if frames <= wanted:
        return [(0, frames)]
    return [(start, start + run) for start in (round(i * (frames - run) / max(1, count - 1)) for i in range(count))]


def find_quality(pictures: FrameSource, settings: Any, model: Any, audio: Any, bitrate: float,
                 place: Adapted | None = None) -> Generator[Progress, None, int]:
    """The quality 0..63 that lands nearest to `bitrate` (1000 bits a second, sound and the camera's picture included). Yields while it
    searches. place: what the recording's camera looks at, where it is known.

    Bisection, sped up by following the measured slope of log(bytes) over quality. JobError when the sound alone is larger.
    """
    info = pictures.info
    budget = bitrate * 1000 / 8 * duration(info) - sound_bytes(audio)
    if budget <= 0:
        sound = kilobits_per_second(info, sound_bytes(audio))
        raise JobError(f"--bitrate {bitrate:g} leaves nothing for the pictures: the sound alone takes {sound:.0f} kbit/s",
                       hint="ask for more")
    runs = segments(info.frames, settings.key_interval)
    measured: dict[int, float] = {}
    low, high = 0, 63
    quality = min(63, max(0, settings.quality))
    for probe in range(_PROBES):
        yield Progress(probe, _PROBES, "look for the quality")
        if quality not in measured:
            measured[quality] = yield from extrapolated_bytes(pictures, runs, replace(settings, quality=quality), model, probe, place)
        error = math.log(measured[quality] / budget)
        if abs(error) < _CLOSE:
            return quality
        low, high = (low, quality - 1) if error > 0 else (quality + 1, high)
        if low > high:
            break
        guess = quality - round(error / _slope(measured))
        # following the slope is faster than halving while its guesses stay inside the bracket
        quality = min(max(guess, low), high) if probe < _PROBES // 2 else (low + high) // 2
    return min(measured, key=lambda q: abs(math.log(measured[q] / budget)))


def _slope(measured: dict[int, float]) -> float:
    if len(measured) < 2:
        return SLOPE
    (q0, b0), *_, (q1, b1) = sorted(measured.items())
    return max(0.01, (math.log(b1) - math.log(b0)) / (q1 - q0))


def _sampled(pictures: FrameSource, runs: list[tuple[int, int]], key_interval: int) -> Iterator[tuple[list[Frame], bool]]:
    """Frames of the runs as one recording, in chunks, each with whether it begins a run: nothing may be predicted across."""
    from engine.lorentzian import schedule

    at = 0
    for start, stop in runs:
        frames = pictures.frames(start, stop)
        for begin, end in schedule.runs(stop - start, key_interval):
            batch = [replace(frame, index=at + n, pts=pictures.info.pts[at + n]) for n, frame in enumerate(islice(frames, end - begin))]
            at += len(batch)
            if batch:
                yield batch, begin == 0


def extrapolated_bytes(pictures: FrameSource, runs: list[tuple[int, int]], settings: Any, model: Any, probe: int,
                       place: Adapted | None = None) -> Generator[Progress, None, float]:
    """Bytes of the whole clip's pictures at `settings`, extrapolated from `runs`; probe: which look it is, for the progress. Works in
    the system's temporary folder."""
    from engine.lorentzian import VideoStreamWriter

    info = pictures.info
    count = sum(stop - start for start, stop in runs)
    camera = None if place is None else place.camera(settings.quality, info.frames, model)
    with tempfile.TemporaryDirectory(prefix="lorentz-sample-") as folder:
        out = Path(folder) / "sample.lzc"
        writer = VideoStreamWriter(out, replace(info, pts=info.pts[:count], has_audio=False), settings, model, resume=False,
                                   camera=camera)
        try:
            for piece in with_surroundings(_sampled(pictures, runs, settings.key_interval)):
                writer.write_chunk(*piece)
                yield Progress(probe, _PROBES, f"look for the quality ({settings.quality}?)")
            writer.finish()
        except BaseException:
            writer.abort(keep=False)
            raise
        size = out.stat().st_size
    # header, index and trailer are paid once, not per frame; they are small against a sample of 96 frames, so a plain share will do
    once = 0 if camera is None else len(camera.to_bytes())
    return (size - once) * info.frames / count + once
