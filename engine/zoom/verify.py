"""Makes an export again from its sidecar and says whether it matches."""
from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import CancelCheck, EngineError, FrameSource, MediaError

from . import looks, png
from .provenance import palette
from .record import FORMAT, OTHER_MACHINE_TOLERANCE, VERSION, facts_of, pixels_digest, self_digest, sha256
from .render import Rendered, render_zoom
from .tiles import Synthesiser

_MAX_BYTES = 4 << 20
# parts of the record that follow from the source and the request: made again, they must be the same
_FOLLOWS = ("time_s", "pts", "time_base", "size", "samples", "level", "depth", "levels_used", "recorded_limit", "models", "operations",
            "mark", "tolerance")


@dataclass(frozen=True)
class VerifyReport:
    """match: the picture, made again, is the one in the file. line: that in one sentence. problems: what differs, one line each.
    facts: JSON-able, with "max_difference" in grey steps and the tolerance that was applied."""

    match: bool
    line: str
    problems: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def verify_sidecar(path: str | Path, *, source: FrameSource | None = None, detail_model: Synthesiser | None = None,
                   open_source: Callable[[str], FrameSource] | None = None, cancelled: CancelCheck | None = None,
                   on_progress: Callable[[int, int], None] | None = None) -> VerifyReport:
    """Renders again what OUT.png.json describes and compares it with OUT.png beside it.

    The same machine (processor, libraries, threads) must give equal pixels; another one may differ by the tolerance stated in the
    sidecar. The source is looked for where it was, then beside the sidecar. EngineError when the file is no sidecar, or the source
    is gone.
    """
    place = Path(path)
    record = _load(place)
    opened = source or _find_source(record, place, open_source)
    try:
        return _compare(record, place, opened, detail_model, cancelled, on_progress)
    finally:
        if source is None:
            opened.close()


def _load(path: Path) -> dict[str, Any]:
    broken = EngineError("this is not a sidecar of a zoomed picture", where=str(path), hint="name the .png.json beside the picture")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise broken
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise MediaError(error.strerror or "cannot be read", where=str(path), hint="check the name") from error
    except (ValueError, RecursionError):
        raise broken from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise broken
    if record.get("version") != VERSION:
        raise EngineError(f"this sidecar has version {record.get('version')!r}, which this program does not know", where=str(path),
                          hint="use a newer program")
    source, output = record.get("source"), record.get("output")
    sound = (isinstance(source, dict) and isinstance(source.get("path"), str) and isinstance(source.get("name"), str)
             and isinstance(output, dict) and isinstance(output.get("file"), str)
             and all(isinstance(record.get(k), int) for k in ("frame", "seed", "samples"))
             and isinstance(record.get("roi"), list) and isinstance(record.get("magnify"), int | float))
    if not sound:
        raise EngineError("this sidecar lacks what is needed to make the picture again", where=str(path), hint="it was changed or cut off")
    return record


def _find_source(record: dict[str, Any], path: Path, open_source: Callable[[str], FrameSource] | None) -> FrameSource:
    if open_source is None:
        from engine.opening import open_source as opener

        open_source = opener
    beside = path.parent / os.path.basename(record["source"]["name"])
    for candidate in (Path(record["source"]["path"]), beside):
        if "\0" not in str(candidate) and candidate.exists():
            return open_source(str(candidate))
    raise MediaError("the source of this picture is gone", where=record["source"]["path"], hint=f"put it beside {path.name}")


def _compare(record: dict[str, Any], place: Path, source: FrameSource, detail_model: Synthesiser | None, cancelled: CancelCheck | None,
             on_progress: Callable[[int, int], None] | None) -> VerifyReport:
    problems: list[str] = []
    if record.get("sidecar_sha256") != self_digest(record):
        problems.append("the sidecar was changed after the export")
    if record["source"].get("sha256") != source.info.digest:
        problems.append("the source is not the file the picture was made from")
    level = record.get("locked_level")
    try:
        made = render_zoom(source, record["frame"], tuple(record["roi"]), record["magnify"], seed=record["seed"], samples=record["samples"],
                           recorded_only=bool(record.get("recorded_only")), level=level if isinstance(level, int) else None,
                           detail_model=detail_model, cancelled=cancelled, on_progress=on_progress,
                           look=looks.from_facts(record.get("look")), around=record.get("around", 0))
    except (ValueError, TypeError, OverflowError):
        raise EngineError("this sidecar asks for what cannot be", where=str(place), hint="it was changed or cut off") from None
    facts, picture = facts_of(source, made, mark=record.get("mark") is not None and bool(made.facts["depth"]))
    remade = json.loads(json.dumps(facts))
    problems += [f"{name}: the sidecar says {_short(record.get(name))}, made again it is {_short(remade[name])}"
                 for name in _FOLLOWS if record.get(name) != remade[name]]
    if (record.get("provenance") or {}).get("pixels") != made.facts["pixels"]:
        problems.append("the counts of recorded and synthesised pixels differ")
    allowed = 0 if _same_machine(record.get("machine"), remade["machine"], made.facts["depth"]) else OTHER_MACHINE_TOLERANCE
    largest, found = _picture(record, place, picture, allowed)
    problems += found + _side_files(record, place, made)
    result = {"sidecar": str(place), "match": not problems, "max_difference": largest, "tolerance": allowed, "problems": problems,
              "source": record["source"]["path"], "size": remade["size"]}
    exact = "pixel for pixel" if largest == 0 else f"within {allowed} grey steps"
    line = f"match: {place.stem} was made again, {exact}" if not problems else "no match: " + "; ".join(problems)
    return VerifyReport(not problems, line, tuple(problems), result)


def _same_machine(then: object, now: dict[str, Any], depth: int) -> bool:
    if not isinstance(then, dict):
        return False
    leave = set() if depth else {"torch", "threads", "device"}  # without synthesis only numpy has worked
    return all(then.get(key) == value for key, value in now.items() if key not in leave)


def _picture(record: dict[str, Any], place: Path, picture: np.ndarray, allowed: int) -> tuple[int | None, list[str]]:
    """(largest difference in grey steps, or None where there are no pixels to compare; what is wrong)."""
    output = record["output"]
    path = place.parent / os.path.basename(output["file"])
    if not path.is_file():
        if output.get("pixels_sha256") == pixels_digest(picture):
            return 0, []
        return None, [f"the picture {path.name} is gone, and made again it is not the one the sidecar names"]
    try:
        pixels = png.read_rgb(path, (picture.shape[1], picture.shape[0]))
        digest = sha256(path.read_bytes())
    except MediaError as error:
        return None, [str(error)]
    except OSError as error:
        return None, [f"{path.name}: {error.strerror or 'cannot be read'}"]
    problems = []
    # a file with other bytes but the exported pixels (stored anew by another program) is still the picture
    if digest != output.get("sha256") and pixels_digest(pixels) != output.get("pixels_sha256"):
        problems.append("the picture was changed after the export")
    largest = int(np.abs(pixels.astype(np.int16) - picture.astype(np.int16)).max())
    if largest > allowed:
        problems.append(f"made again, the picture differs by up to {largest} grey steps ({allowed} allowed)")
    return largest, problems


def _side_files(record: dict[str, Any], place: Path, made: Rendered) -> list[str]:
    """The mask must be the one made again; twin and uncertainty must be the files that were exported. Files that are gone are left out."""
    problems: list[str] = []
    for name, title in (("provenance", "mask"), ("recorded_twin", "recorded-only twin"), ("uncertainty", "uncertainty")):
        entry = record.get(name)
        if not isinstance(entry, dict) or not isinstance(entry.get("file"), str) or "\0" in entry["file"]:
            continue
        path = place.parent / entry["file"]
        try:
            if path.is_file() and sha256(path.read_bytes()) != entry.get("sha256"):
                problems.append(f"the {title} {path.name} was changed after the export")
            elif path.is_file() and name == "provenance":
                height, width = made.provenance.shape
                if not np.array_equal(png.read_rgb(path, (width, height)), np.array(palette(), np.uint8)[made.provenance]):
                    problems.append(f"the {title} {path.name} does not say where the pixels come from")
        except MediaError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"{path.name}: {error.strerror or 'cannot be read'}")
    return problems


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


