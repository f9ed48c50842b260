"""Exports: a frame or a region as a picture, with the sidecar that says how it was made; and the check that makes it again."""
from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api import JobError, JobResult, Look, Progress, Roi
from engine.jobs.checks import check_input, check_output, check_space, same_file
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import Job
from engine.jobs.stepped import Report, stepped

if TYPE_CHECKING:
    from engine.zoom import Exported, VerifyReport
    from engine.zoom.credentials import Signing

CLIPS = (".mp4", ".mkv")


def export_frame_job(source: str | Path, out: str | Path, frame: int, *, recorded_only: bool = True, mask: str | Path | None = None) -> Job:
    """Writes frame `frame`, whole and at its own size, to `out` (`.png`) with its sidecar and mask."""
    return _picture(source, out, frame, None, 1.0, {"recorded_only": recorded_only, "mask": mask})


def export_roi_job(source: str | Path, out: str | Path, frame: int, roi: Roi, magnify: float, *,
                   frames: tuple[int, int | None] | None = None, recorded_only: bool = False, seed: int = 0, samples: int = 1,
                   mask: str | Path | None = None, mark: bool = True, twin: bool = True, signing: Signing | None = None,
                   look: Look | None = None, around: int | None = None) -> Job:
    """Writes region `roi` (x, y, w, h in source pixels) magnified to `out`, beside it the sidecar `<out>.json`, the mask and the twin.

    look: put on the picture and said in the sidecar, never put on the twin. around: frames on each side that steady made detail where
    nothing moves (default: 1 for clips, else 0).
    `.png` takes frame `frame`; `.mp4` and `.mkv` take `frames[0] <= i < frames[1]` (default: from `frame` to the end).
    signing: Content Credentials in a picture. Raises `EngineError`; nothing half-written ever has the name `out`.
    """
    options: dict[str, Any] = {"recorded_only": recorded_only, "seed": seed, "samples": samples, "mask": mask, "mark": mark, "twin": twin,
                               "look": look, "around": around}
    if Path(out).suffix.lower() in CLIPS:
        if signing is not None:
            raise JobError("only pictures can carry Content Credentials here", where=str(out), hint="let the name end in .png")
        from engine.jobs.clip import export_clip_job

        return export_clip_job(source, out, frames or (frame, None), roi, magnify, **options)
    if frames is not None and frames != (frame, frame + 1):
        raise JobError("a picture holds one frame", where=str(out), hint="let the name end in .mp4 or .mkv")
    return _picture(source, out, frame, roi, magnify, options | {"signing": signing, "around": around or 0})


def verify_export_job(sidecar: str | Path) -> Job:
    """Makes an exported picture or clip again from its sidecar. `facts["match"]` says whether it is the same, `facts["line"]` in words."""
    given = check_input(sidecar)
    from engine.jobs.clip import CLIP_FORMAT, verify_clip
    from engine.jobs.predict import PREDICTION_FORMAT, verify_prediction

    def work(report: Report) -> VerifyReport:
        def told(done: int, total: int) -> None:
            report(Progress(done, total, "zoom again"))

        if _format(given) == CLIP_FORMAT:
            return verify_clip(given, told)
        if _format(given) == PREDICTION_FORMAT:
            return verify_prediction(given)
        from engine.zoom import verify_sidecar

        return verify_sidecar(given, on_progress=told)

    made = yield from stepped(work)
    return JobResult((), {"sidecar": str(sidecar), "match": made.match, "line": made.line, **made.facts})


def _format(sidecar: Path) -> object:
    try:
        with sidecar.open(encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None  # the check of pictures says what is wrong with it
    return record.get("format") if isinstance(record, dict) else None


def _picture(source: str | Path, out: str | Path, frame: int, roi: Roi | None, magnify: float, options: dict[str, Any]) -> Job:
    given = check_input(source)
    target = check_output(out, given, endings=(".png",))
    if options.get("mask"):
        mask = check_output(options["mask"], given, endings=(".png",))
        if same_file(mask, target):
            raise JobError("the mask and the picture would have one name", where=str(mask), hint="name the mask differently")
    from engine.opening import open_source
    from engine.zoom import write_export

    pictures = open_source(given)
    try:
        info = pictures.info
        region: Roi = (0.0, 0.0, float(info.width), float(info.height)) if roi is None else roi
        check_space(target.parent, int(min(region[2] * magnify * region[3] * magnify, 1 << 28) / 50))

        def work(report: Report) -> Exported:
            return write_export(pictures, target, frame, region, magnify, **options,
                                on_progress=lambda done, total: report(Progress(done, total, "zoom")))

        yield Progress(0, 0, "zoom")
        with one_clear_line(target.parent):
            made = yield from stepped(work)
        return JobResult(made.outputs, made.facts)
    finally:
        pictures.close()
