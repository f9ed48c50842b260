"""What all clips made here have in common: how the job that makes one goes, and the sidecar from which it can be made again.

Pixels are compared before video coding, by one digest per frame; the coded file by its hash.
"""
from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.api import EngineError, FrameSource, JobResult, MediaError
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import Job
from engine.jobs.stepped import Report, stepped

Written = tuple[tuple[str, ...], dict[str, Any]]  # (files, the facts to be told)


def clip_job(folder: Path, work: Callable[[Report], Written]) -> Job:
    """`work` in steps; faults of the system name `folder`."""
    with one_clear_line(folder):
        outputs, facts = yield from stepped(work)
    return JobResult(outputs, facts)


@dataclass(frozen=True)
class ClipRecord:
    """One kind of sidecar. name: what it is of ("zoomed clip"), as a person is told; limit: bytes of the largest."""

    name: str
    format: str
    version: int
    limit: int

    def begun(self, source: FrameSource, request: dict[str, Any]) -> dict[str, Any]:
        """The first facts: what made it, from what, and what was asked for. `request` with the source makes the pictures again."""
        from engine.zoom.record import program_version

        info = source.info
        return {"format": self.format, "version": self.version, "program": {"name": "lorentz-zoom", "version": program_version()},
                "source": {"path": os.path.abspath(info.path), "name": os.path.basename(info.path), "kind": info.kind,
                           "sha256": info.digest, "width": info.width, "height": info.height},
                "request": request}

    def ended(self, facts: dict[str, Any], digests: list[str]) -> tuple[bytes, dict[str, Any]]:
        """(the sidecar, what of it is told) of all facts and one digest per frame."""
        from engine.zoom.record import self_digest

        whole = facts | {"frames_sha256": digests}
        whole["sidecar_sha256"] = self_digest(whole)
        told = {k: v for k, v in whole.items() if k != "frames_sha256"}
        return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n", told

    def verify(self, sidecar: Path, first: Callable[[dict[str, Any]], int],
               again: Callable[[FrameSource, dict[str, Any]], Iterable[str]]) -> Any:
        """A `VerifyReport` as for pictures. first: number of the first frame of a request; again: digests of its frames, made anew."""
        from engine.zoom import VerifyReport
        from engine.zoom.record import self_digest, sha256

        record = self._load(sidecar)
        problems = [] if record.get("sidecar_sha256") == self_digest(record) else ["the sidecar was changed after the export"]
        source, known = self._source(record, sidecar), record["frames_sha256"]
        try:
            if record["source"].get("sha256") != source.info.digest:
                problems.append("the source is not the file the clip was made from")
            start = first(record["request"])
            pairs = zip(again(source, record["request"]), known, strict=True)
            wrong = [number for number, (made, digest) in enumerate(pairs, start) if made != digest]
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            raise EngineError("this sidecar asks for what cannot be", where=str(sidecar), hint="it was changed or cut off") from None
        finally:
            source.close()
        if wrong:
            problems.append(f"made again, {len(wrong)} of {len(known)} frames differ, the first is frame {wrong[0]}")
        clip = sidecar.parent / os.path.basename(record["output"]["file"])
        if clip.is_file() and sha256(clip.read_bytes()) != record["output"]["sha256"]:
            problems.append("the clip was changed after the export")
        line = "no match: " + "; ".join(problems) if problems else f"match: {clip.name} was made again, pixel for pixel before video coding"
        return VerifyReport(not problems, line, tuple(problems), {"problems": problems, "frames": len(known)})

    def _load(self, sidecar: Path) -> dict[str, Any]:
        broken = EngineError(f"this is not the sidecar of a {self.name}", where=str(sidecar), hint="name the .json beside the clip")
        if sidecar.stat().st_size > self.limit:
            raise broken
        record: dict[str, Any] = json.loads(sidecar.read_text(encoding="utf-8"))
        if record.get("version") != self.version:
            raise EngineError(f"this sidecar has version {record.get('version')!r}, which this program does not know", where=str(sidecar),
                              hint="use a newer program")
        source, output, request = (record.get(k) for k in ("source", "output", "request"))
        if not (isinstance(source, dict) and isinstance(source.get("path"), str) and isinstance(source.get("name"), str)
                and isinstance(output, dict) and isinstance(output.get("file"), str) and isinstance(output.get("sha256"), str)
                and isinstance(request, dict) and isinstance(record.get("frames_sha256"), list)):
            raise broken
        return record

    def _source(self, record: dict[str, Any], sidecar: Path) -> FrameSource:
        from engine.opening import open_source

        for candidate in (Path(record["source"]["path"]), sidecar.parent / os.path.basename(record["source"]["name"])):
            if "\0" not in str(candidate) and candidate.exists():
                return open_source(candidate)
        raise MediaError(f"the source of this {self.name} is gone", where=record["source"]["path"], hint=f"put it beside {sidecar.name}")
