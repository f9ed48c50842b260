"""A zoomed clip: every frame drawn like a zoomed picture, with one sidecar that lets all of them be made again and compared."""
from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import EngineError, Frame, FrameSource, JobError, JobResult, MediaError, Progress, Provenance, Roi
from engine.jobs.checks import check_input, check_output, check_space
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import Job
from engine.jobs.stepped import Report, stepped

CLIP_FORMAT, CLIP_VERSION = "lorentz-zoom clip sidecar", 1
_SIDECAR_MAX = 64 << 20
Drawn = tuple[Any, np.ndarray]  # (what render_zoom gave, the picture as written, marked where asked)


def export_clip_job(source: str | Path, out: str | Path, frames: tuple[int, int | None], roi: Roi, magnify: float, *, recorded_only: bool,
                    seed: int, samples: int, mask: str | Path | None, mark: bool, twin: bool) -> Job:
    """Frames `frames[0] <= i < frames[1]` (None: to the end) of `roi` as H.264 in `out`. The mask is one picture for the whole clip:
    of each pixel the class furthest from the record that it has in any frame. See `export_roi_job`."""
    given = check_input(source)
    target = check_output(out, given, endings=(".mp4", ".mkv"))
    names = {"clip": target, "sidecar": Path(f"{target}.json"), "mask": Path(mask) if mask else target.with_suffix(".mask.png"),
             "twin": target.with_suffix(f".recorded{target.suffix}")}
    for name in names.values():
        check_output(name, given)
    if len({os.path.realpath(name) for name in names.values()}) < len(names):
        raise JobError("two outputs would have one name", where=str(names["mask"]), hint="name the mask differently")
    from engine.opening import open_source

    pictures = open_source(given)
    try:
        count = pictures.info.frames
        first, stop = frames[0], count if frames[1] is None else min(frames[1], count)
        if not 0 <= first < stop:
            raise JobError(f"there are no frames {first} to {stop - 1}", where=str(source), hint=f"frames are 0 to {count - 1}")
        check_space(target.parent, int((stop - first) * min(roi[2] * magnify * roi[3] * magnify, 1 << 28) / 1000))
        request = {"roi": [float(v) for v in roi], "magnify": float(magnify), "seed": seed, "samples": samples,
                   "recorded_only": recorded_only, "frames": [first, stop], "marked": mark}

        def work(report: Report) -> tuple[tuple[str, ...], dict[str, Any]]:
            return _write(pictures, names, request, twin, report)

        with one_clear_line(target.parent):
            outputs, facts = yield from stepped(work)
        return JobResult(outputs, facts)
    finally:
        pictures.close()


def verify_clip(sidecar: Path, told: Callable[[int, int], None]) -> Any:
    """Draws all frames again; a `VerifyReport` as for pictures. Pixels are compared before video coding, the coded file by its hash."""
    from engine.zoom import VerifyReport
    from engine.zoom.record import self_digest, sha256

    record = _load(sidecar)
    source = _find(record, sidecar)
    problems = [] if record.get("sidecar_sha256") == self_digest(record) else ["the sidecar was changed after the export"]
    try:
        if record["source"].get("sha256") != source.info.digest:
            problems.append("the source is not the file the clip was made from")
        first, stop = record["request"]["frames"]
        wrong = []
        for number, digest in enumerate(_digests(source, record["request"], told), first):
            if digest != record["frames_sha256"][number - first]:
                wrong.append(number)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise EngineError("this sidecar asks for what cannot be", where=str(sidecar), hint="it was changed or cut off") from None
    finally:
        source.close()
    if wrong:
        problems.append(f"made again, {len(wrong)} of {stop - first} frames differ, the first is frame {wrong[0]}")
    clip = sidecar.parent / os.path.basename(record["output"]["file"])
    if clip.is_file() and sha256(clip.read_bytes()) != record["output"]["sha256"]:
        problems.append("the clip was changed after the export")
    line = "no match: " + "; ".join(problems) if problems else f"match: {clip.name} was made again, pixel for pixel before video coding"
    return VerifyReport(not problems, line, tuple(problems), {"problems": problems, "frames": stop - first})


def _draw(source: FrameSource, request: dict[str, Any], recorded_only: bool) -> Iterator[Drawn]:
    from engine.zoom import TileCache, provenance, render_zoom
    from engine.zoom.marking import burn

    cache = TileCache(128 << 20)
    for frame in range(*request["frames"]):
        made = render_zoom(source, frame, tuple(request["roi"]), request["magnify"], recorded_only=recorded_only, seed=request["seed"],
                           samples=request["samples"], cache=cache)
        synthetic = provenance.has(made.provenance, Provenance.SYNTHESISED)
        yield made, burn(made.rgb)[0] if synthetic and request["marked"] else made.rgb


def _digests(source: FrameSource, request: dict[str, Any], told: Callable[[int, int], None]) -> Iterator[str]:
    from engine.zoom.record import pixels_digest

    first, stop = request["frames"]
    for done, (_, picture) in enumerate(_draw(source, request, request["recorded_only"]), 1):
        told(done, stop - first)
        yield pixels_digest(picture)


class _Account:
    """What the frames of a clip add up to while they pass by."""

    def __init__(self) -> None:
        self.digests: list[str] = []
        self.mask: np.ndarray | None = None
        self.facts: dict[str, Any] = {}

    def add(self, made: Any, picture: np.ndarray) -> None:
        from engine.zoom import provenance
        from engine.zoom.record import pixels_digest

        self.digests.append(pixels_digest(picture))
        self.mask = made.provenance if self.mask is None else provenance.combined(self.mask, made.provenance)
        if not self.facts:
            self.facts = dict(made.facts)
        elif made.facts["notes"]:
            self.facts["notes"] = list(dict.fromkeys([*self.facts["notes"], *made.facts["notes"]]))


def _frames(source: FrameSource, request: dict[str, Any], recorded_only: bool, account: _Account, report: Report, label: str,
            done: int, total: int) -> Iterator[Frame]:
    from engine.media import from_rgb

    for number, (made, picture) in enumerate(_draw(source, request, recorded_only)):
        account.add(made, picture)
        index = request["frames"][0] + number
        yield from_rgb(picture, _colour(source), index=index, pts=source.info.pts[index])
        report(Progress(done + number + 1, total, label))


def _colour(source: FrameSource) -> Any:
    from dataclasses import replace

    # limited range and a stated matrix: what every player shows right
    known = source.info.colour
    return replace(known, full=False, matrix=known.matrix if known.matrix in (1, 5, 6, 9) else 1)


def _write(source: FrameSource, names: dict[str, Path], request: dict[str, Any], twin: bool,
           report: Report) -> tuple[tuple[str, ...], dict[str, Any]]:
    from dataclasses import replace

    from engine.media import write_video
    from engine.zoom import png, provenance
    from engine.zoom.record import program_version, self_digest, sha256

    target = names["clip"]
    count = request["frames"][1] - request["frames"][0]
    info = replace(source.info, colour=_colour(source), bit_depth=8, has_audio=False, sample_aspect=source.info.sample_aspect)
    account = _Account()
    # everything is made in a folder beside the target and named at the end: all of it appears, or nothing
    folder = Path(tempfile.mkdtemp(prefix=f".{target.stem[:80]}.", suffix=".part", dir=target.parent))
    try:
        made: dict[str, Path] = {"clip": folder / target.name}
        written = write_video(made["clip"], _frames(source, request, request["recorded_only"], account, report, "zoom", 0, count), info)
        assert account.mask is not None
        synthetic = provenance.has(account.mask, Provenance.SYNTHESISED)
        made["mask"] = folder / "mask.png"
        made["mask"].write_bytes(png.encode(account.mask, palette=provenance.palette()))
        if twin and synthetic:
            made["twin"] = folder / names["twin"].name
            write_video(made["twin"], _frames(source, request, True, _Account(), report, "zoom, recorded only", 0, count), info)
        facts: dict[str, Any] = {
            "format": CLIP_FORMAT, "version": CLIP_VERSION, "program": {"name": "lorentz-zoom", "version": program_version()},
            "source": {"path": os.path.abspath(source.info.path), "name": os.path.basename(source.info.path), "kind": source.info.kind,
                       "sha256": source.info.digest, "width": source.info.width, "height": source.info.height},
            "request": request, "size": account.facts["size"], "levels_used": account.facts["levels_used"],
            "depth": account.facts["depth"], "recorded_limit": account.facts["recorded_limit"], "models": account.facts["models"],
            "device": account.facts["device"], "precision": account.facts["precision"], "operations": account.facts["operations"],
            "notes": [*account.facts["notes"], *written.notes], "mark": request["marked"] and synthetic,
            "output": {"file": target.name, "sha256": sha256(made["clip"].read_bytes()), "frames": count},
            "provenance": {"file": names["mask"].name, "sha256": sha256(made["mask"].read_bytes()),
                           "pixels": provenance.counts(account.mask),
                           "meaning": "of each pixel, the class furthest from the record in any frame"},
            "recorded_twin": {"file": names["twin"].name, "sha256": sha256(made["twin"].read_bytes())} if "twin" in made else None,
            "frames_sha256": account.digests}
        facts["sidecar_sha256"] = self_digest(facts)
        made["sidecar"] = folder / "sidecar.json"
        made["sidecar"].write_text(json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
        _place(made, names)
        return tuple(str(names[kind]) for kind in made), {k: v for k, v in facts.items() if k != "frames_sha256"}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place(made: dict[str, Path], names: dict[str, Path]) -> None:
    for path in made.values():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    fresh: list[Path] = []
    try:
        for kind, path in made.items():
            new = not names[kind].exists()
            os.replace(path, names[kind])
            if new:
                fresh.append(names[kind])
    except OSError:
        for path in fresh:
            path.unlink(missing_ok=True)
        raise
    for folder in {name.parent for name in names.values()}:
        with contextlib.suppress(OSError):  # some file systems cannot sync a folder
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _load(sidecar: Path) -> dict[str, Any]:
    broken = EngineError("this is not the sidecar of a zoomed clip", where=str(sidecar), hint="name the .json beside the clip")
    if sidecar.stat().st_size > _SIDECAR_MAX:
        raise broken
    record = json.loads(sidecar.read_text(encoding="utf-8"))
    if record.get("version") != CLIP_VERSION:
        raise EngineError(f"this sidecar has version {record.get('version')!r}, which this program does not know", where=str(sidecar),
                          hint="use a newer program")
    source, output, request = record.get("source"), record.get("output"), record.get("request")
    if not (isinstance(source, dict) and isinstance(source.get("path"), str) and isinstance(source.get("name"), str)
            and isinstance(output, dict) and isinstance(output.get("file"), str) and isinstance(output.get("sha256"), str)
            and isinstance(request, dict) and isinstance(record.get("frames_sha256"), list)):
        raise broken
    loaded: dict[str, Any] = record
    return loaded


def _find(record: dict[str, Any], sidecar: Path) -> FrameSource:
    from engine.opening import open_source

    for candidate in (Path(record["source"]["path"]), sidecar.parent / os.path.basename(record["source"]["name"])):
        if "\0" not in str(candidate) and candidate.exists():
            return open_source(candidate)
    raise MediaError("the source of this clip is gone", where=record["source"]["path"], hint=f"put it beside {sidecar.name}")
