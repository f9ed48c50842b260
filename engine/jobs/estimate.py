"""How large a compressed file will be, from a part of the frames, before hours are spent on all of them."""
from __future__ import annotations

from pathlib import Path

from engine.api import JobResult, Progress
from engine.jobs.checks import check_input, human_bytes
from engine.jobs.place import find_place
from engine.jobs.runner import Job

_FRAMES = 32


def estimate_job(source: str | Path, *, quality: int = 32, effort: str = "normal", key_interval: int = 32, device: str = "auto") -> Job:
    """Compresses runs of frames spread over `source` into a temporary folder. facts: `bytes` expected in all, `line` for a person,
    `sampled` frames. Sound is counted as it is. Raises `EngineError`; nothing is left behind."""
    given = check_input(source)
    from engine.jobs.bitrate import extrapolated_bytes, kilobits_per_second, segments, sound_bytes
    from engine.opening import open_source

    pictures = open_source(given)
    try:
        from engine.lorentzian import CodecSettings, load_codec
        from engine.media import audio_packets

        info = pictures.info
        yield Progress(0, 1, "try a part")
        audio = audio_packets(given) if info.has_audio and info.kind == "video" else None
        settings = CodecSettings(quality=quality, key_interval=key_interval, effort=effort)
        runs = segments(info.frames, key_interval, _FRAMES)
        model = load_codec(device=device)
        place = yield from find_place(pictures, settings, model)
        size = (yield from extrapolated_bytes(pictures, runs, settings, model, 0, place)) + sound_bytes(audio)
        sampled = sum(stop - start for start, stop in runs)
        now = given.stat().st_size if given.is_file() else 0
        beside = f", {100 * size / now:.0f} % of the {human_bytes(now)} there are now" if now else ""
        return JobResult((), {
            "bytes": round(size), "sampled": sampled, "quality": quality,
            "line": f"about {human_bytes(size)} at quality {quality} ({kilobits_per_second(info, size):.0f} kbit/s{beside}), "
                    f"from {sampled} of {info.frames} frames"})
    finally:
        pictures.close()
