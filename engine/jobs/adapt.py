"""Adapt: learn the place that one camera looks at, and find out on frames that it has not seen whether that helps."""
from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api import Frame, FrameSource, JobError, JobResult, Progress
from engine.jobs.bitrate import duration
from engine.jobs.checks import check_input, check_output, check_space
from engine.jobs.faults import one_clear_line
from engine.jobs.place import coded, look
from engine.jobs.runner import Job

if TYPE_CHECKING:
    from engine.lorentzian.adapted import Adapted
    from engine.lorentzian.model import CodecModel

CHUNK, INTERVAL = 8, 32
LEAST = 48                   # frames
KEPT_BACK, MOST_BACK = 4, 96  # one frame in so many is kept back, at the end of the last clip, and at most so many are coded
QUALITIES = (16, 28, 40)
WORTH = 2.0                  # percent of the bits that must be saved
USUAL = 600                  # frames of the recordings to come, for how finely the picture is coded in the trial


def adapt_job(clips: Sequence[str | Path], out: str | Path, *, device: str = "auto") -> Job:
    """Makes `out` (.lza) from clips of one camera. JobError when that saves nothing on the frames kept back: then nothing is written."""
    given = [check_input(c) for c in clips]
    if not given:
        raise JobError("name at least one clip of the camera")
    from engine.lorentzian import load_codec
    from engine.lorentzian.adapted import ENDING, MOST_PIXELS, Adapted, median, save
    from engine.opening import open_source

    target = check_output(out, *given, endings=(ENDING,))
    opened: list[FrameSource] = []
    try:
        for path in given:
            opened.append(open_source(path))
        first = opened[0].info
        for path, source in zip(given, opened, strict=True):
            if (source.info.width, source.info.height) != (first.width, first.height):
                raise JobError(f"{source.info.width}x{source.info.height} is not the size of the first clip, {first.width}x{first.height}",
                               where=str(path), hint="clips of one camera have one size")
        if first.width * first.height > MOST_PIXELS:
            raise JobError(f"a picture of {first.width}x{first.height} is too large to adapt to", where=str(given[0]))
        check_space(target.parent, 4 * first.width * first.height)
        counts = [source.info.frames for source in opened]
        back = counts[-1] // KEPT_BACK
        if sum(counts) < LEAST or back < CHUNK:
            raise JobError(f"{sum(counts)} frames are too few to learn a place from and to keep some back", where=str(given[-1]),
                           hint=f"at least {LEAST} are needed, and {KEPT_BACK * CHUNK} of them in the last clip")
        model = load_codec(device=device)
        counts[-1] -= back
        adapted = Adapted(median((yield from look(opened, counts))), {})
        unseen = list(opened[-1].frames(counts[-1], counts[-1] + min(back, MOST_BACK)))
        gain = yield from measure(unseen, adapted, model, opened[-1])
        facts = {"clips": [p.name for p in given], "frames": sum(counts), "width": first.width, "height": first.height, **gain}
        if not gain["saved_percent"] >= WORTH:
            saved = gain["saved_percent"]
            found = "it is far worse" if not math.isfinite(saved) else f"{-saved:.1f} % more bits were needed" if saved < 0 else (
                f"only {saved:.1f} % of the bits are saved")
            raise JobError(f"this camera cannot be adapted to: on {len(unseen)} frames that were kept back {found}; nothing was written",
                           where=str(given[0]),
                           hint="it helps where the camera stands still and most of the place stays as it is")
        with one_clear_line(target.parent):
            save(target, Adapted(adapted.planes, facts))
        return JobResult((str(target),), {**facts, "output": str(out), "bytes": target.stat().st_size})
    finally:
        for source in opened:
            source.close()


def measure(unseen: list[Frame], adapted: Adapted, model: CodecModel, source: FrameSource) -> Generator[Progress, None, dict[str, Any]]:
    """What it saves on frames that it has not seen, in percent of the bits at equal PSNR: of key intervals after the first
    (`saved_percent`), and of all with the picture counted (`saved_counted_percent`); seconds of recording that pay for the picture."""
    from engine.lorentzian import CodecSettings

    scale = np.float32(1 / (1 << (unseen[0].bit_depth - 8)))
    planes = [[p.astype(np.float32) * scale for p in (f.y, f.u, f.v)] for f in unseen]
    interval = INTERVAL if len(unseen) >= 2 * INTERVAL else max(CHUNK, len(unseen) // 2 // CHUNK * CHUNK)
    done, total = 0, 2 * len(QUALITIES) * -(-len(unseen) // CHUNK)
    later: list[list[tuple[float, float]]] = [[], []]
    whole: list[list[tuple[float, float]]] = [[], []]
    cost = spent = 0.0
    for quality in QUALITIES:
        camera = adapted.camera(quality, USUAL, model)
        for which, use in enumerate((None, camera)):
            size: list[int] = []
            error: list[float] = []
            for _, n, err in coded(planes, CodecSettings(quality), interval, model, use):
                size.append(n)
                error += err
                done += 1
                yield Progress(done, total, "measuring")
            skip = interval // CHUNK if len(size) > interval // CHUNK else 0
            later[which].append((sum(size[skip:]), float(np.mean(error[skip * CHUNK:]))))
            picture = len(camera.to_bytes()) if use is not None else 0
            whole[which].append((sum(size) + picture, float(np.mean(error))))
            if quality == QUALITIES[1]:
                cost += picture
                spent += 0 if use is not None else sum(size[skip:]) / max(1, len(error) - skip * CHUNK)
    saved = -100 * math.expm1(difference(*later))
    rate = len(source.info.pts) / max(duration(source.info), 1e-6)
    pays = cost / (spent * rate * saved / 100) if saved > 0 else math.inf
    return {"kept_back_frames": len(unseen), "saved_percent": round(saved, 2), "picture_bytes": int(cost),
            "saved_counted_percent": round(-100 * math.expm1(difference(*whole)), 2),
            "pays_after_seconds": round(pays, 1) if math.isfinite(pays) else None}


def difference(plain: list[tuple[float, float]], other: list[tuple[float, float]]) -> float:
    """Mean logarithm of what `other` needs over what `plain` does at equal PSNR; points (bytes, PSNR). Where all of `other` is better than
    all of `plain`, at equal settings instead, which is less than it gains; infinite where all of it is worse."""
    (xa, ya), (xb, yb) = ((np.array([p for _, p in c]), np.log([n for n, _ in c])) for c in (sorted(plain), sorted(other)))
    low, high = max(xa[0], xb[0]), min(xa[-1], xb[-1])
    if not low < high:
        return float(np.mean(yb - ya)) if xb[0] >= xa[-1] else math.inf
    grid = np.linspace(low, high, 64)
    return float(np.mean(np.interp(grid, xb, yb) - np.interp(grid, xa, ya)))
