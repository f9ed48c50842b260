"""Encode and decode speed and peak memory, each in a process of its own, with ordinary coders on the same frames beside them."""
from __future__ import annotations

import io
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from engine.resources import asset_path

from . import machine
from .child import call

if TYPE_CHECKING:
    from .run import Options

QUALITIES = (20, 32, 44)
PEERS = {"x264 medium": ("libx264", {"preset": "medium", "crf": "30"}), "x265 medium": ("libx265", {"preset": "medium", "crf": "32",
         "x265-params": "log-level=none"}), "SVT-AV1 preset 8": ("libsvtav1", {"preset": "8", "crf": "44"})}


def small(source: Path, out: Path, width: int, height: int, frames: int) -> None:
    """The first frames of an ordinary video as a Y4M of the given size."""
    with av.open(str(source)) as film, av.open(str(out), "w", format="yuv4mpegpipe") as target:
        stream = target.add_stream("wrapped_avframe", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for k, frame in enumerate(film.decode(video=0)):
            if k >= frames:
                break
            part = frame.reformat(width, height, format="yuv420p")
            part.pts, part.time_base = k, Fraction(1, 25)
            target.mux(stream.encode(part))
        target.mux(stream.encode())


def sample_film(folder: Path) -> Path:
    """The bundled sample as ordinary video."""
    from engine.jobs.restore import restore_job
    from engine.jobs.runner import run_job
    out = folder / "sample.y4m"
    run_job(restore_job(asset_path("sample.lzc"), out))
    return out


def peer(codec: str, options: dict[str, str], source: Path) -> dict[str, float]:
    """Frames per second of an ordinary coder through PyAV."""
    with av.open(str(source)) as film:
        frames = [f.to_ndarray(format="yuv420p") for f in film.decode(video=0)]
    buffer, start = io.BytesIO(), time.perf_counter()
    with av.open(buffer, "w", format="matroska") as target:
        stream = target.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0] * 2 // 3, "yuv420p"
        for frame in frames:  # made anew: a decoded frame remembers that it was a key frame, and would become one again
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="yuv420p")))
        target.mux(stream.encode())
    encoding = time.perf_counter() - start
    size = len(buffer.getvalue())
    buffer.seek(0)
    start = time.perf_counter()
    with av.open(buffer) as film:
        count = sum(1 for _ in film.decode(video=0))
    return {"encode_fps": len(frames) / encoding, "decode_fps": count / (time.perf_counter() - start), "bytes": size}


def run(options: Options) -> dict[str, Any]:
    """The sample, and a real clip where one is at hand, at 640x360; the sample at its own size for memory."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = sample_film(folder)
        sources = {"sample": film}
        for clip in machine.val_clips(("p5_crosswalk",)):
            sources[clip.stem] = clip
        for label, source in sources.items():
            half = folder / f"{label}.y4m"
            if half.exists():
                half = folder / f"{label}-640.y4m"
            small(source, half, 640, 360, options.frames)
            for quality in QUALITIES:
                figures[f"{label} 640x360 q{quality}"] = ours(half, folder, quality, "normal")
            for effort in ("fast", "high"):
                figures[f"{label} 640x360 q32 {effort}"] = ours(half, folder, 32, effort)
            for title, (codec, settings) in PEERS.items():
                figures[f"{label} 640x360 {title}"] = peer(codec, settings, half)
        figures["sample 1280x720 q32"] = ours(film, folder, 32, "normal")
        large = folder / "large.y4m"
        small(film, large, 1920, 1080, 16)
        figures["sample 1920x1080 q32 (16 frames)"] = ours(large, folder, 32, "normal")
    return {"figures": figures, "markdown": markdown(figures)}


def ours(source: Path, folder: Path, quality: int, effort: str) -> dict[str, float]:
    out = folder / "out.lzc"
    out.unlink(missing_ok=True)
    coded = call("encode", source, out, quality, effort)
    shown = call("decode", out)
    return {"encode_fps": coded["fps"], "decode_fps": shown["fps"], "steady_fps": shown["steady_fps"], "bytes": coded["bytes"],
            "first_ms": shown["first_ms"], "jump_ms": shown["jump_ms"], "encode_mb": coded["peak_mb"], "decode_mb": shown["peak_mb"],
            "encode_cpu": 1000 * coded["cpu_s"] / coded["frames"], "decode_cpu": 1000 * shown["cpu_s"] / shown["frames"]}


def markdown(figures: dict[str, Any]) -> str:
    keys = ("encode_fps", "decode_fps", "steady_fps", "encode_cpu", "decode_cpu", "first_ms", "jump_ms", "encode_mb", "decode_mb", "bytes")
    rows = [[label, *(round(f[k], 1) if k in f and k != "bytes" else f.get(k) for k in keys)] for label, f in figures.items()]
    text = ("Frames per second from opening the source to the finished file (encode) and from opening the file to its last frame (decode), "
            "both with the start of the networks; decode after the first eight frames; processor time of the whole process for each "
            "frame, which other load on the machine changes less (decoding: with three jumps); time to the first frame and to one far "
            "from those decoded before; peak memory of the process. Goals: 8 fps to encode and 25 fps to decode 640x360 on two cores. "
            "Other coders run inside the measuring process on decoded frames: their start is not counted.")
    head = ["what", "encode fps", "decode fps", "then fps", "encode CPU ms/frame", "decode CPU ms/frame", "first frame ms", "jump ms",
            "encode MB", "decode MB", "bytes"]
    return f"{text}\n\n{machine.table(head, rows)}"
