"""A zoomed clip: every frame drawn like a zoomed picture, with one sidecar that lets all of them be made again and compared."""
from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import Frame, FrameSource, JobError, Look, Progress, Provenance, Roi
from engine.jobs.checks import check_input, check_output, check_space
from engine.jobs.clip_record import ClipRecord, Written, clip_job
from engine.jobs.runner import Job
from engine.jobs.stepped import Report

CLIP_FORMAT = "lorentz-zoom clip sidecar"
_RECORD = ClipRecord("zoomed clip", CLIP_FORMAT, 1, 64 << 20)
Drawn = tuple[Any, np.ndarray]  # (what render_zoom gave, the picture as written, marked where asked)


def export_clip_job(source: str | Path, out: str | Path, frames: tuple[int, int | None], roi: Roi, magnify: float, *, recorded_only: bool,
                    seed: int, samples: int, mask: str | Path | None, mark: bool, twin: bool, look: Look | None = None,
                    around: int | None = None) -> Job:
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
    from engine.zoom import looks

    pictures = open_source(given)
    try:
        count = pictures.info.frames
        first, stop = frames[0], count if frames[1] is None else min(frames[1], count)
        if not 0 <= first < stop:
            raise JobError(f"there are no frames {first} to {stop - 1}", where=str(source), hint=f"frames are 0 to {count - 1}")
        check_space(target.parent, int((stop - first) * min(roi[2] * magnify * roi[3] * magnify, 1 << 28) / 1000))
        request = {"roi": [float(v) for v in roi], "magnify": float(magnify), "seed": seed, "samples": samples,
                   "recorded_only": recorded_only, "frames": [first, stop], "marked": mark}
        if not recorded_only:
            request["around"] = 1 if around is None else around
        if look is not None and look != Look():
            request["look"] = looks.to_facts(looks.check_look(look))
        return (yield from clip_job(target.parent, lambda report: _write(pictures, names, request, twin, report)))
    finally:
        pictures.close()


def verify_clip(sidecar: Path, told: Callable[[int, int], None]) -> Any:
    """Draws all frames again; a `VerifyReport` as for pictures."""
    return _RECORD.verify(sidecar, lambda request: request["frames"][0], lambda source, request: _digests(source, request, told))


def _draw(source: FrameSource, request: dict[str, Any], twin: bool = False) -> Iterator[Drawn]:
    from engine.zoom import TileCache, looks, provenance, render_zoom
    from engine.zoom.marking import burn

    cache, look = TileCache(128 << 20), looks.from_facts(None if twin else request.get("look"))
    recorded_only = twin or request["recorded_only"]
    for frame in range(*request["frames"]):
        made = render_zoom(source, frame, tuple(request["roi"]), request["magnify"], recorded_only=recorded_only, seed=request["seed"],
                           samples=request["samples"], cache=cache, look=look, around=0 if recorded_only else request.get("around", 0))
        synthetic = provenance.has(made.provenance, Provenance.SYNTHESISED)
        yield made, burn(made.rgb)[0] if synthetic and request["marked"] else made.rgb


def _digests(source: FrameSource, request: dict[str, Any], told: Callable[[int, int], None]) -> Iterator[str]:
    from engine.zoom.record import pixels_digest

    first, stop = request["frames"]
    for done, (_, picture) in enumerate(_draw(source, request), 1):
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


def _frames(source: FrameSource, request: dict[str, Any], twin: bool, account: _Account, report: Report, label: str,
            done: int, total: int) -> Iterator[Frame]:
    from engine.media import from_rgb

    for number, (made, picture) in enumerate(_draw(source, request, twin)):
        account.add(made, picture)
        index = request["frames"][0] + number
        yield from_rgb(picture, _colour(source), index=index, pts=source.info.pts[index])
        report(Progress(done + number + 1, total, label))


def _colour(source: FrameSource) -> Any:
    from dataclasses import replace

    # limited range and a stated matrix: what every player shows right
    known = source.info.colour
    return replace(known, full=False, matrix=known.matrix if known.matrix in (1, 5, 6, 9) else 1)


def _write(source: FrameSource, names: dict[str, Path], request: dict[str, Any], twin: bool, report: Report) -> Written:
    from dataclasses import replace

    from engine.media import write_video
    from engine.zoom import png, provenance
    from engine.zoom.record import sha256

    target = names["clip"]
    count = request["frames"][1] - request["frames"][0]
    info = replace(source.info, colour=_colour(source), bit_depth=8, has_audio=False, sample_aspect=source.info.sample_aspect)
    account = _Account()
    # everything is made in a folder beside the target and named at the end: all of it appears, or nothing
    folder = Path(tempfile.mkdtemp(prefix=f".{target.stem[:80]}.", suffix=".part", dir=target.parent))
    try:
        made: dict[str, Path] = {"clip": folder / target.name}
        written = write_video(made["clip"], _frames(source, request, False, account, report, "zoom", 0, count), info)
        assert account.mask is not None
        synthetic = provenance.has(account.mask, Provenance.SYNTHESISED)
        made["mask"] = folder / "mask.png"
        made["mask"].write_bytes(png.encode(account.mask, palette=provenance.palette()))
        if twin and synthetic:
            made["twin"] = folder / names["twin"].name
            write_video(made["twin"], _frames(source, request, True, _Account(), report, "zoom, recorded only", 0, count), info)
        facts = _RECORD.begun(source, request) | {
            "size": account.facts["size"], "levels_used": account.facts["levels_used"],
            "depth": account.facts["depth"], "recorded_limit": account.facts["recorded_limit"], "models": account.facts["models"],
            "device": account.facts["device"], "precision": account.facts["precision"], "operations": account.facts["operations"],
            "notes": [*account.facts["notes"], *written.notes], "mark": request["marked"] and synthetic,
            "output": {"file": target.name, "sha256": sha256(made["clip"].read_bytes()), "frames": count},
            "provenance": {"file": names["mask"].name, "sha256": sha256(made["mask"].read_bytes()),
                           "pixels": provenance.counts(account.mask),
                           "meaning": "of each pixel, the class furthest from the record in any frame"},
            "recorded_twin": {"file": names["twin"].name, "sha256": sha256(made["twin"].read_bytes())} if "twin" in made else None}
        text, facts = _RECORD.ended(facts, account.digests)
        made["sidecar"] = folder / "sidecar.json"
        made["sidecar"].write_bytes(text)
        _place(made, names)
        return tuple(str(names[kind]) for kind in made), facts
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
