"""A comparison as a picture: what is on screen, at its own size, and beside it in words what the two sides are."""
from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

from PySide6.QtGui import QImage, QPainter

from app.dialogs import JobForm
from app.exports import beside, named
from app.file_dialog import pick_save
from app.other_side import OtherSide
from app.words import tr
from engine.api import JobError, JobResult, Progress, Provenance, SourceInfo

Job = Generator[Progress, None, JobResult]
FORMAT = "lorentz-comparison 1"


def shown(compare: Any) -> QImage:
    """Both views as they are, with their names, in device pixels; hints and messages are no part of it."""
    views = [compare.w.zoom_view, compare.view] if compare.mode == "side" else [compare.w.zoom_view]
    parts = [view.grab().toImage() for view in views]
    out = QImage(sum(p.width() for p in parts) + 4 * (len(parts) - 1), max(p.height() for p in parts), QImage.Format.Format_RGB32)
    out.fill(0)
    painter, x = QPainter(out), 0
    for part in parts:
        part.setDevicePixelRatio(1.0)
        painter.drawImage(x, 0, part)
        x += part.width() + 4
    painter.end()
    return out


def _side(info: SourceInfo, frame: int, roi: Any, view: Any, **made: Any) -> dict[str, Any]:
    canvas, shares = view.canvas, {}
    if canvas is not None:
        counts = {kind.name.lower(): int((canvas.provenance == kind).sum()) for kind in Provenance}
        total = canvas.provenance.size
        shares = {name: round(count / total, 6) for name, count in {**counts, "not_there_yet": total - sum(counts.values())}.items()}
    return {"file": str(Path(info.path).absolute()), "sha256": info.digest, "frame": frame, "region": [round(float(v), 4) for v in roi],
            "share_of_pixels": shares, **made}


def record(compare: Any) -> dict[str, Any]:
    """What the sidecar says: both sides with their hashes, frames, regions, and which share of their pixels is what."""
    w, side = compare.w, compare.side
    assert isinstance(side, OtherSide)
    info, steering = w.player.info, w.steering
    recorded = steering.recorded_only or w.zoom_view.hard
    a = _side(info, w.player.index, w.state.roi, w.zoom_view, recorded_only=recorded, seed=steering.seed)
    b = _side(side.info, side.index(info, w.player.index), compare.state.roi, compare.view, kind=side.kind, level=side.level,
              recorded_only=recorded or side.kind == "recorded", seed=side.seed if side.kind == "seed" else steering.seed)
    return {"format": FORMAT, "how": compare.mode, "line_at": round(compare.wipe, 4) if compare.mode == "wipe" else None,
            "difference_times": compare.gain if compare.mode == "difference" else None, "a": a, "b": b}


def write(image: QImage, facts: dict[str, Any], out: str) -> Job:
    """The picture (`.png`) and `<out>.json`, whole or not at all."""
    target = Path(named(out, tr("where to write"))).absolute()
    if target.suffix.lower() != ".png":
        raise JobError(tr("a comparison is written as .png"), where=str(target), hint=tr("name another ending"))
    return _steps(image, facts, target)


def _steps(image: QImage, facts: dict[str, Any], target: Path) -> Job:
    yield Progress(0, 1, "write")
    side, parts = target.with_name(target.name + ".json"), []
    try:
        for path in (target, side):
            part = path.with_name(f".{path.name}.part")
            parts.append(part)
            if path is target and not image.save(str(part), "PNG"):  # type: ignore[call-overload]
                raise JobError(tr("it cannot be written"), where=str(target), hint=tr("is there room, and may you write there?"))
            if path is side:
                part.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for part, path in zip(parts, (target, side), strict=True):
            os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return JobResult((str(target), str(side)), {"output": str(target), "bytes": target.stat().st_size})


def ask(w: Any) -> None:
    """The form; what is on screen when it is opened is what is written."""
    compare = w.compare
    if compare.side is None or not compare.mode:
        w.message_bar.say("info", tr("there is nothing compared: choose a side B in the Compare menu first"))
        return
    w.player.pause()
    image, facts = shown(compare), record(compare)
    form = JobForm(tr("Export comparison"), tr("Export"), w)
    out = form.path_row(tr("To"), beside(w.player.info, f"-frame{w.player.index}-compared", ".png"), pick_save(tr("Picture (*.png)")))
    form.note.setText(tr("As on screen, {a} × {b} pixels. Beside it: both sides with their hashes, frames and regions, and what share "
                         "of their pixels was made.").format(a=image.width(), b=image.height()))
    title = tr("Comparison of {a}").format(a=Path(facts["a"]["file"]).name)
    form.on_start = lambda: w.exports.start(title, write(image, facts, out.text()))
    w.exports.show_form(form)
