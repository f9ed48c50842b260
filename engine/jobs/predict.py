"""Predict: the pictures after a frame, as they would be if everything moved on as it did. Marked, with a record, and never mixed with
recorded ones."""
from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import Frame, FrameSource, JobError, Progress, Provenance
from engine.jobs.checks import check_input, check_output, check_space
from engine.jobs.clip_record import ClipRecord, Written, clip_job
from engine.jobs.runner import Job
from engine.jobs.stepped import Report

PREDICTION_FORMAT = "lorentz-zoom prediction sidecar"
_RECORD = ClipRecord("predicted clip", PREDICTION_FORMAT, 1, 4 << 20)
ENDINGS, MOST = (".mp4", ".mkv", ".y4m"), 64


def predict_job(source: str | Path, out: str | Path, *, count: int = 8, at: int | None = None, mark: bool = True) -> Job:
    """Writes the `count` frames after frame `at` (default: the last one) to `out` by its ending, and `<out>.json` beside it.

    Every pixel is synthesised, and every frame says so (`mark`). Raises `EngineError`; no half-written file has the name `out`.
    """
    given = check_input(source)
    target = check_output(out, given, endings=ENDINGS)
    record = check_output(Path(f"{target}.json"), given)
    if not 1 <= count <= MOST:
        raise JobError(f"{count} frames cannot be predicted", hint=f"choose 1 to {MOST}")
    from engine.opening import open_source

    pictures = open_source(given)
    try:
        info = pictures.info
        place = info.frames - 1 if at is None else at
        if not 1 <= place < info.frames:
            raise JobError(f"nothing can be predicted from frame {place}", where=str(source),
                           hint=f"two frames are needed: choose 1 to {info.frames - 1}" if info.frames > 1 else "one picture has no motion")
        check_space(target.parent, info.width * info.height * count // 100)
        request = {"at": place, "frames": count, "marked": mark}
        return (yield from clip_job(target.parent, lambda report: _write(pictures, target, record, request, report)))
    finally:
        pictures.close()


def verify_prediction(sidecar: Path) -> Any:
    """Predicts again and compares; a `VerifyReport` as for zoomed pictures."""
    return _RECORD.verify(sidecar, lambda request: int(request["at"]) + 1,
                          lambda source, request: (_digest(f) for f in _predicted(source, request)[1]))


def _predicted(source: FrameSource, request: dict[str, Any]) -> tuple[str, list[Frame]]:
    """(hash of the network, frames with time stamps that go on at the pace of the last two)."""
    from engine.diffusor.ahead import load_ahead

    model, at = load_ahead(), request["at"]
    before, last = source.read(at - 1), source.read(at)
    pts = source.info.pts
    step = max(1, pts[at] - pts[at - 1])
    made = [replace(f, pts=pts[at] + step * n) for n, f in enumerate(model.after(before, last, request["frames"]), 1)]
    return model.hash, [_marked(f) for f in made] if request["marked"] else made


def _marked(frame: Frame) -> Frame:
    """The visible mark in the corner of a frame that was predicted."""
    from engine.zoom.marking import burn

    shift = frame.bit_depth - 8
    grey = np.repeat((frame.y >> shift).astype(np.uint8)[..., None], 3, axis=2)
    burned, facts = burn(grey)
    rect: Any = facts["rect"]
    x, y, w, h = rect
    planes = frame.y.copy(), frame.u.copy(), frame.v.copy()
    planes[0][:] = np.where((burned != grey).any(2), burned.mean(2).astype(frame.y.dtype) << shift, frame.y)
    if facts["text"]:
        for plane in planes[1:]:
            plane[y // 2:(y + h + 1) // 2, x // 2:(x + w + 1) // 2] = 128 << shift
    return replace(frame, y=planes[0], u=planes[1], v=planes[2])


def _digest(frame: Frame) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in (frame.y, frame.u, frame.v))).hexdigest()


def _write(source: FrameSource, target: Path, record: Path, request: dict[str, Any], report: Report) -> Written:
    from engine.media import write_video
    from engine.zoom.outputs import OutputSet
    from engine.zoom.record import sha256

    digest, frames = _predicted(source, request)

    def passing() -> Iterator[Frame]:
        for n, frame in enumerate(frames, 1):
            yield frame
            report(Progress(n, len(frames), "predict"))

    written = write_video(target, passing(), replace(source.info, has_audio=False))
    text, facts = _RECORD.ended(_RECORD.begun(source, request) | {
        "models": {"ahead": digest}, "mark": request["marked"], "notes": list(written.notes),
        "output": {"file": target.name, "sha256": sha256(target.read_bytes()), "frames": len(frames)},
        "provenance": {"class": Provenance.SYNTHESISED.name.lower(), "meaning": "every pixel of every frame: none of it was recorded"}},
        [_digest(f) for f in frames])
    with OutputSet() as files:
        files.add(record, text)
        outputs = files.commit()
    return (str(target), *outputs), facts
