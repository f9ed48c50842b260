"""Predict: the pictures after a frame, as they would be if everything moved on as it did. Marked, with a record, and never mixed with
recorded ones."""
from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import EngineError, Frame, FrameSource, JobError, JobResult, MediaError, Progress, Provenance
from engine.jobs.checks import check_input, check_output, check_space
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import Job
from engine.jobs.stepped import Report, stepped

PREDICTION_FORMAT, PREDICTION_VERSION = "lorentz-zoom prediction sidecar", 1
ENDINGS, MOST = (".mp4", ".mkv", ".y4m"), 64
_MAX_BYTES = 4 << 20


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

        def work(report: Report) -> tuple[tuple[str, ...], dict[str, Any]]:
            return _write(pictures, target, record, request, report)

        with one_clear_line(target.parent):
            outputs, facts = yield from stepped(work)
        return JobResult(outputs, facts)
    finally:
        pictures.close()


def verify_prediction(sidecar: Path) -> Any:
    """Predicts again and compares; a `VerifyReport` as for zoomed pictures."""
    from engine.opening import open_source
    from engine.zoom import VerifyReport
    from engine.zoom.record import self_digest, sha256

    record = _load(sidecar)
    candidates = (Path(record["source"]["path"]), sidecar.parent / os.path.basename(record["source"]["name"]))
    found = next((p for p in candidates if "\0" not in str(p) and p.exists()), None)
    if found is None:
        raise MediaError("the source of this prediction is gone", where=record["source"]["path"], hint=f"put it beside {sidecar.name}")
    problems = [] if record.get("sidecar_sha256") == self_digest(record) else ["the sidecar was changed after the export"]
    source = open_source(found)
    try:
        if record["source"].get("sha256") != source.info.digest:
            problems.append("the source is not the file the prediction was made from")
        digests = [_digest(f) for f in _predicted(source, record["request"])[1]]
        if digests != record["frames_sha256"]:
            problems.append(f"made again, {sum(a != b for a, b in zip(digests, record['frames_sha256'], strict=False))} frames differ")
    except (KeyError, TypeError, ValueError, IndexError):
        raise EngineError("this sidecar asks for what cannot be", where=str(sidecar), hint="it was changed or cut off") from None
    finally:
        source.close()
    clip = sidecar.parent / os.path.basename(record["output"]["file"])
    if clip.is_file() and sha256(clip.read_bytes()) != record["output"]["sha256"]:
        problems.append("the clip was changed after the export")
    line = "no match: " + "; ".join(problems) if problems else f"match: {clip.name} was predicted again, pixel for pixel"
    return VerifyReport(not problems, line, tuple(problems), {"problems": problems})


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


def _write(source: FrameSource, target: Path, record: Path, request: dict[str, Any],
           report: Report) -> tuple[tuple[str, ...], dict[str, Any]]:
    from engine.media import write_video
    from engine.zoom.outputs import OutputSet
    from engine.zoom.record import program_version, self_digest, sha256

    digest, frames = _predicted(source, request)
    info = source.info

    def passing(told: Callable[[Progress], None]) -> Iterator[Frame]:
        for n, frame in enumerate(frames, 1):
            yield frame
            told(Progress(n, len(frames), "predict"))

    written = write_video(target, passing(report), replace(info, has_audio=False))
    facts: dict[str, Any] = {
        "format": PREDICTION_FORMAT, "version": PREDICTION_VERSION, "program": {"name": "lorentz-zoom", "version": program_version()},
        "source": {"path": os.path.abspath(info.path), "name": os.path.basename(info.path), "kind": info.kind, "sha256": info.digest,
                   "width": info.width, "height": info.height},
        "request": request, "models": {"ahead": digest}, "mark": request["marked"], "notes": list(written.notes),
        "output": {"file": target.name, "sha256": sha256(target.read_bytes()), "frames": len(frames)},
        "provenance": {"class": Provenance.SYNTHESISED.name.lower(), "meaning": "every pixel of every frame: none of it was recorded"},
        "frames_sha256": [_digest(f) for f in frames]}
    facts["sidecar_sha256"] = self_digest(facts)
    with OutputSet() as files:
        files.add(record, json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        outputs = files.commit()
    return (str(target), *outputs), {k: v for k, v in facts.items() if k != "frames_sha256"}


def _load(sidecar: Path) -> dict[str, Any]:
    broken = EngineError("this is not the sidecar of a prediction", where=str(sidecar), hint="name the .json beside the clip")
    if sidecar.stat().st_size > _MAX_BYTES:
        raise broken
    record = json.loads(sidecar.read_text(encoding="utf-8"))
    source, output, request = (record.get(k) for k in ("source", "output", "request"))
    if record.get("version") != PREDICTION_VERSION or not (
            isinstance(source, dict) and isinstance(source.get("path"), str) and isinstance(source.get("name"), str)
            and isinstance(output, dict) and isinstance(output.get("file"), str) and isinstance(request, dict)
            and isinstance(record.get("frames_sha256"), list)):
        raise broken
    loaded: dict[str, Any] = record
    return loaded
