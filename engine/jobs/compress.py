"""Compress: a source becomes one `.lzc` file, resumable after Ctrl-C or a crash."""
from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.api import Cancelled, EngineError, Frame, FrameSource, JobError, JobResult, MediaError, ModelError, Progress, SourceInfo
from engine.jobs.bitrate import SLOPE, find_quality, kilobits_per_second, likely_quality
from engine.jobs.checks import check_input, check_output, check_space, inside, is_lzc
from engine.jobs.faults import explain, one_clear_line
from engine.jobs.pieces import pieces_after
from engine.jobs.place import find_place
from engine.jobs.runner import Job
from engine.jobs.whole import left_out_before, without_lost

if TYPE_CHECKING:
    import numpy as np

    from engine.lorentzian import VideoStreamWriter
    from engine.lorentzian.adapted import Adapted
    from engine.lzc import ChunkKey
    from engine.restoring import Deciding

Keep = Literal["auto", "always", "never"]
LARGEST_SIDE, LARGEST_PICTURE = 16384, 1 << 28  # what `.lzc` version 1 holds
_LANDED = 0.08   # how far from the asked bit-rate a file may end, of it
_TRIES = 3


def compress_job(source: str | Path, out: str | Path, *, quality: int = 32, bitrate: float | None = None, effort: str = "normal",
                 key_interval: int = 32, device: str = "auto", keep_partial: Keep = "auto",
                 adapted: str | Path | None = None) -> Job:
    """Compresses `source` (video file or folder of pictures) to `out`.

    `bitrate` (1000 bits a second of the whole file, sound included) overrides `quality`; `adapted` is a `.lza` file of the
    camera, whose picture becomes part of `out`; without one, the place is looked for in the recording itself. Frames that cannot be
    decoded are left out, and a note says so. When stopped, the unfinished `<out>.part` stays unless `keep_partial` is "never", and the
    same call goes on from it; after an error it is removed unless "always". Raises `EngineError` for a person; nothing but a finished file
    ever has the name `out`.
    """
    given = check_input(source)
    target = check_output(out, given, endings=(".lzc",))
    if given.is_dir() and inside(target, given):
        raise JobError("the output lies in the folder that is to be compressed", where=str(out), hint="choose another folder")
    if is_lzc(given):
        raise JobError("this is a .lzc file already", where=str(source), hint="restore it first to compress it anew")
    from engine.opening import open_source

    began = time.monotonic()
    pictures = open_source(given)
    try:
        info = pictures.info
        _check_pictures(info, given)
        check_space(target.parent, least_bytes(info, quality if bitrate is None else 0))
        from engine.lorentzian import CodecSettings, load_codec

        model = load_codec(device=device)
        place = None if adapted is None else _place(Path(adapted), info)
        audio = _audio(given, info)
        begin = quality if bitrate is None else likely_quality(info, audio, bitrate)  # whether a place pays is decided there
        settings = CodecSettings(quality=begin, key_interval=key_interval, effort=effort)

        def record() -> Generator[Progress, None, dict[str, Any]]:
            found = place if place is not None else (yield from find_place(pictures, settings, model))
            if bitrate is None:
                return (yield from _write(pictures, target, settings, model, audio, keep_partial, found))
            return (yield from _write_at(pictures, target, settings, model, audio, keep_partial, bitrate, found))

        with one_clear_line(target.parent):
            if left_out_before(target):
                pictures = (yield from without_lost(pictures)) or pictures
            try:
                facts = yield from record()
            except MediaError:
                if info.kind != "video":
                    raise               # of a folder, who asks can take a picture out
                whole = yield from without_lost(pictures)
                check_input(given)      # a disk that is gone is no damage
                if whole is None:
                    raise
                pictures = whole
                facts = yield from record()
        info = pictures.info
        size = target.stat().st_size
        seconds = time.monotonic() - began
        return JobResult((str(target),), {
            **facts, "input": str(source), "output": str(out), "frames": info.frames, "width": info.width, "height": info.height,
            "bytes": size, "kbps": round(kilobits_per_second(info, size), 3),
            "bits_per_pixel": round(8 * size / (info.frames * info.width * info.height), 6),
            "effort": effort, "key_interval": key_interval, "seconds": round(seconds, 3), "notes": list(info.notes)})
    finally:
        pictures.close()


def least_bytes(info: SourceInfo, quality: int) -> int:
    """Bytes that the file will have at least: below this free space starting is pointless. Deliberately low."""
    pixels = info.width * info.height * info.frames
    return 2048 + int(pixels * 2e-5 * 2 ** (quality / 12))


def _check_pictures(info: SourceInfo, given: Path) -> None:
    if info.frames == 0:
        raise JobError("there are no frames in this video", where=str(given), hint="the recording may have been broken off")
    if max(info.width, info.height) > LARGEST_SIDE or info.width * info.height > LARGEST_PICTURE:
        raise JobError(f"the picture is {info.width}x{info.height}, larger than {LARGEST_SIDE} on a side or {LARGEST_PICTURE} pixels",
                       where=str(given), hint="scale it down first")


def _place(path: Path, info: SourceInfo) -> Adapted:
    from engine.lorentzian.adapted import load

    place = load(check_input(path))
    if (place.width, place.height) != (info.width, info.height):
        raise JobError(f"was made for a camera of {place.width}x{place.height}, the picture is {info.width}x{info.height}", where=str(path),
                       hint="adapt to a clip of this camera")
    return place


def _audio(given: Path, info: SourceInfo) -> Any:
    if not info.has_audio or info.kind != "video":
        return None
    from engine.media import audio_packets

    return audio_packets(given)


def _write(pictures: FrameSource, target: Path, settings: Any, model: Any, audio: Any,
           keep: Keep, place: Adapted | None = None) -> Generator[Progress, None, dict[str, Any]]:
    from engine.lorentzian import VideoStreamWriter

    info = pictures.info
    part = Path(f"{target}.part")
    had_part = part.exists()
    try:
        camera = None if place is None else place.camera(settings.quality, info.frames, model)
        writer = VideoStreamWriter(target, info, settings, model, audio=audio, resume=True, camera=camera)
    except BaseException:
        if not had_part:  # what was there before belongs to earlier work; what is new is only the failure's
            part.unlink(missing_ok=True)
        raise
    resumed = done = writer.committed_frames
    deciding = _decide(writer, info, settings)
    try:
        yield Progress(done, info.frames, "compress")
        for piece in pieces_after(pictures, done, settings.key_interval):
            writer.write_chunk(*piece)
            done += len(piece.frames)
            yield Progress(done, info.frames, "compress", _size(target))
        facts = writer.finish()
        if deciding is not None:
            facts["restoration"] = {"tiles": deciding.tiles, "kept": deciding.kept, "bytes": deciding.bytes}
    except (Cancelled, GeneratorExit, KeyboardInterrupt) as stop:
        # the journal tells of a stop that came while the very first frames were made safe
        kept = keep != "never" and (writer.committed_frames > 0 or Path(f"{target}.part.json").exists())
        safe = f"{writer.committed_frames} of {info.frames} frames" if writer.committed_frames else "the first frames"
        _abort(writer, kept)
        if isinstance(stop, GeneratorExit):
            raise
        raise Cancelled(f"cancelled; {safe} are safe in {target.name}.part: the same command goes on from there"
                        if kept else "cancelled; nothing was written") from stop
    except BaseException as fault:
        _abort(writer, keep == "always")
        line = explain(fault, target.parent)
        if line is not None and line is not fault:
            raise line from fault
        raise
    picture = {} if camera is None else {"camera_bytes": len(camera.to_bytes())}
    return {**facts, **picture, "quality": settings.quality, "resumed_from": resumed}


def _decide(writer: VideoStreamWriter, info: SourceInfo, settings: Any) -> Deciding | None:
    """Lets the file say how it is to be restored. Not with effort fast, which has no time for it, nor without the network: then nothing
    is restored, and that is all. What the network learnt has time at effort high."""
    from engine.restoring import MOST_WINDOWS, Deciding, factors_of, halves, load_installed

    if settings.effort == "fast":
        return None
    try:
        network = load_installed()
    except ModelError:
        return None  # whoever restores is told; the recording is as good without
    if network is None:
        return None
    deciding = Deciding(settings.quality, info.bit_depth, network, learned=settings.effort == "high")
    deciding.named = writer.holds(deciding.name()[0])

    def beside(at: int, frames: list[Frame], shown: list[list[np.ndarray]],
               coded: list[tuple[int, bool]]) -> Iterator[tuple[ChunkKey, bytes]]:
        factors = [f for count, key in coded for f in factors_of(count, key)]
        for part in halves(len(frames)):
            yield from deciding.chunks(MOST_WINDOWS)
            deciding.see(at + part.start, [[f.y, f.u, f.v] for f in frames[part]], shown[part], factors[part])

    writer.beside, writer.held = beside, deciding.chunks
    return deciding


def _write_at(pictures: FrameSource, target: Path, settings: Any, model: Any, audio: Any, keep: Keep,
              bitrate: float, place: Adapted | None = None) -> Generator[Progress, None, dict[str, Any]]:
    """Finds the quality on a sample, writes, and writes again when the whole file lands elsewhere than the sample said.

    It writes under a name of its own, so that a file that missed never has the name that was asked for.
    """
    attempt = target.with_name(f"{target.stem}.rate.lzc")
    quality = yield from find_quality(pictures, settings, model, audio, bitrate, place)
    tried: dict[int, float] = {}
    try:
        while True:
            facts = yield from _write(pictures, attempt, replace(settings, quality=quality), model, audio, keep, place)
            tried[quality] = kilobits_per_second(pictures.info, attempt.stat().st_size)
            following = next_quality(tried, quality, bitrate)
            if following == quality:
                break
            quality = following
        os.replace(attempt, target)
        _sync_folder(target.parent)
    finally:
        attempt.unlink(missing_ok=True)
    landed = tried[quality]
    if abs(landed / bitrate - 1) > 0.1:
        # said, never hidden: a video has a least and a most, and between two neighbouring qualities lies nothing
        end = {0: "the least that this video takes", 63: "the most that this video takes"}.get(quality, "as close as it gets")
        facts = {**facts, "warning": f"{landed:.1f} kbit/s is {end}; {bitrate:g} was asked for"}
    return {**facts, "bitrate": bitrate}


def next_quality(tried: dict[int, float], last: int, bitrate: float) -> int:
    """The quality to write next, given the bit-rate that each of `tried` came to; `last` itself = keep what was written last."""
    best = min(tried, key=lambda q: abs(tried[q] / bitrate - 1))
    if abs(tried[last] / bitrate - 1) <= _LANDED:
        return last
    if len(tried) < _TRIES:
        step = round(math.log(bitrate / tried[last]) / SLOPE) or (1 if bitrate > tried[last] else -1)
        new = min(63, max(0, last + step))
        if new not in tried:
            return new
    return best


def _size(target: Path) -> int:
    with contextlib.suppress(OSError):
        return Path(f"{target}.part").stat().st_size
    return 0


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _abort(writer: Any, keep: bool) -> None:
    # the first fault is the one to report; a second one while cleaning up would hide it
    with contextlib.suppress(EngineError, OSError):
        writer.abort(keep=keep)
