"""A report: one file that shows what was found, with pictures, measurements, parameters and hashes, in the order it was done.

Every picture comes from the same code as an export, with its record (see `engine.zoom.sidecar`): each can be made again and compared.
Marks are drawn into the overview only; enlarged pictures stay as they are.
"""
from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import Frame, FrameSource, JobResult, Progress, Roi
from engine.jobs.checks import check_input, check_output
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import Job
from engine.jobs.stepped import Report as Told
from engine.jobs.stepped import stepped

Rgb = tuple[int, int, int]
_OVERVIEW = 960  # most pixels across the picture of the whole frame


@dataclass(frozen=True)
class Finding:
    """One thing to show. `shapes` are lines through source pixels with a colour, for the overview; `made`: also with synthesised detail."""

    title: str
    frame: int
    roi: Roi
    magnify: float
    rows: tuple[tuple[str, str], ...] = ()
    shapes: tuple[tuple[tuple[tuple[float, float], ...], Rgb], ...] = ()
    made: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Picture:
    """A PNG with its words, the SHA-256 of its bytes, and the record that makes it again ("" for an overview)."""

    caption: str
    png: bytes
    record: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.png).hexdigest()


@dataclass
class Section:
    title: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


@dataclass
class ReportData:
    """All that a page shows; `html` lays it out."""

    title: str
    author: str
    made: str
    source: list[tuple[str, str]]
    sections: list[Section]
    log: list[tuple[str, str]]

    def html(self, image: Callable[[int, bytes], str] | None = None, records: bool = True) -> str:
        """The page; see `engine.jobs.report_page.page`."""
        from engine.jobs.report_page import inline, page

        return page(self, image or inline, records)


Tick = Callable[[int, int], None]
Render = Callable[[ReportData], bytes]


def report_job(source: str | Path, out: str | Path, findings: tuple[Finding, ...], *, title: str = "", author: str = "",
               log: tuple[tuple[str, str], ...] = (), render: Render | None = None) -> Job:
    """Writes the report to `out` (`.html`; any other ending with a `render` that makes its bytes). Raises `EngineError`.

    log: (time, what) of what was done, in order. Nothing half-written ever has the name `out`.
    """
    given = check_input(source)
    target = check_output(out, given, endings=(".html", ".htm") if render is None else ())
    from engine.media.atomic import whole_file
    from engine.opening import open_source

    pictures = open_source(given)
    try:
        data = ReportData(title or given.name, author, datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"), _facts(pictures, given), [],
                          list(log))
        total = len(findings) + 1
        yield Progress(0, total, "pictures")
        for number, finding in enumerate(findings):
            def work(told: Told, finding: Finding = finding, number: int = number) -> Section:
                return _section(pictures, finding, lambda *_: told(Progress(number, total, "pictures")))

            data.sections.append((yield from stepped(work)))
            yield Progress(number + 1, total, "pictures")
        content = data.html().encode() if render is None else render(data)
        with one_clear_line(target.parent), whole_file(target) as (file, _):
            file.write(content)
        yield Progress(total, total, "written", len(content))
        return JobResult((str(target),), {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                                          "findings": len(findings), "source_sha256": dict(data.source).get("SHA-256", "")})
    finally:
        pictures.close()


def _facts(source: FrameSource, path: Path) -> list[tuple[str, str]]:
    info = source.info
    rows = [("File", path.name), ("SHA-256", file_digest(source, path)), ("Kind", info.kind),
            ("Picture", f"{info.width} x {info.height}, {info.bit_depth} bit"),
            ("Frames", f"{info.frames}, {float(info.rate):.3f} per second"),
            ("Sample aspect", str(info.sample_aspect)), ("Turned", f"{info.rotation} degrees clockwise")]
    if path.is_file():
        rows.insert(1, ("Size", f"{path.stat().st_size} bytes"))
    rows += [("Lost", str(line)) for line in getattr(source, "damage", ())]
    return rows + [("Note", note) for note in info.notes]


def file_digest(source: FrameSource, path: Path) -> str:
    """SHA-256 of the file as it lies there now: for a `.lzc` that of the `.lzc`, not of what it was made from."""
    if not path.is_file():
        return source.info.digest + " (of the listing of the folder)"
    total = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            total.update(part)
    return total.hexdigest()


def _section(source: FrameSource, finding: Finding, tick: Tick) -> Section:
    info = source.info
    frame = source.read(finding.frame)
    x, y, w, h = finding.roi
    section = Section(finding.title, [
        ("Frame", f"{finding.frame}, {info.seconds(finding.frame):.3f} s from the first"),
        ("Time stamp", f"{frame.pts} x {info.time_base} s"),
        ("Region", f"{x:.2f}, {y:.2f}, {w:.2f} x {h:.2f} px"), ("Magnification", f"{finding.magnify:g}"), *finding.rows])
    section.pictures.append(Picture(f"Frame {finding.frame}, whole, reduced for the page; the marks are drawn over it",
                                    _overview(source, frame, finding)))
    for made in (False, True) if finding.made else (False,):
        section.pictures += _zoomed(source, finding, made, tick)
    return section


def _overview(source: FrameSource, frame: Frame, finding: Finding) -> bytes:
    from engine.media.colour import to_rgb
    from engine.media.resize import resize_area
    from engine.zoom import png

    rgb = to_rgb(frame, source.info.colour)
    k = min(1.0, _OVERVIEW / rgb.shape[1])
    if k < 1:
        rgb = resize_area(rgb, max(1, round(rgb.shape[0] * k)), round(rgb.shape[1] * k))
    rgb = np.ascontiguousarray(rgb)
    x, y, w, h = finding.roi
    box = ((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y))
    shown = ((box, (90, 169, 240)),) if w < frame.width or h < frame.height else ()
    for points, colour in (*shown, *finding.shapes):
        stroke(rgb, tuple((px * k, py * k) for px, py in points), colour)
    return png.encode(rgb)


def _zoomed(source: FrameSource, finding: Finding, made: bool, tick: Tick) -> list[Picture]:
    from engine.zoom import write_export

    with tempfile.TemporaryDirectory(prefix="lorentz-report-") as folder:
        out = Path(folder) / "picture.png"
        done = write_export(source, out, finding.frame, finding.roi, finding.magnify, recorded_only=not made, seed=finding.seed,
                            twin=False, on_progress=tick)
        record = json.dumps(done.facts, indent=1, ensure_ascii=False, sort_keys=True)
        shares = _shares(done.facts)
        what = "With synthesised detail: not evidence" if made else "Recorded pixels only, nothing added"
        pictures = [Picture(f"{what}. {shares}", out.read_bytes(), record)]
        if made:
            mask = Path(folder) / str(done.facts["provenance"]["file"])
            pictures.append(Picture("Where the pixels of the picture before come from: green coded, blue restored, yellow interpolated, "
                                    "magenta synthesised", mask.read_bytes()))
        return pictures


def _shares(facts: dict[str, Any]) -> str:
    pixels: dict[str, int] = facts["provenance"]["pixels"]
    total = max(1, sum(pixels.values()))
    return ", ".join(f"{name} {100 * count / total:.1f} %" for name, count in pixels.items() if count)


def stroke(rgb: np.ndarray, points: tuple[tuple[float, float], ...], colour: Rgb) -> None:
    """Draws a line through `points` into `[h, w, 3]` uint8: two pixels of `colour` with a dark rim."""
    h, w = rgb.shape[:2]
    if len(points) == 1:
        x, y = points[0]
        points = ((x - 6, y), (x + 6, y), (x, y), (x, y - 6), (x, y + 6))
    for radius, tone in ((2, (0, 0, 0)), (1, colour)):
        for (ax, ay), (bx, by) in pairwise(points):
            t = np.linspace(0, 1, int(max(abs(bx - ax), abs(by - ay))) + 2)
            xs, ys = np.rint(ax + (bx - ax) * t).astype(int), np.rint(ay + (by - ay) * t).astype(int)
            for dy in range(1 - radius, radius + 1):
                for dx in range(1 - radius, radius + 1):
                    px, py = xs + dx, ys + dy
                    kept = (px >= 0) & (px < w) & (py >= 0) & (py < h)
                    rgb[py[kept], px[kept]] = tone
