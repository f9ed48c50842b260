"""Agreed names inside `Header.meta`: what is known of the source, and which models a file is bound to."""
from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine.api import Colour, LzcError, SourceInfo
from engine.lzc.names import safe_name

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class ModelBinding:
    """A model that a file cannot be read without: SHA-256 (hex) of its weights and of its integer entropy tables, its
    name, and in words where to get it."""

    name: str
    weights: str
    tables: str
    where: str = ""


def models_meta(models: Mapping[str, ModelBinding]) -> dict[str, Any]:
    """For `meta["models"]`: role ("codec", ...) to binding. LzcError when a digest is not 64 hexadecimal digits."""
    result = {}
    for role, m in models.items():
        if not (_DIGEST.fullmatch(m.weights) and _DIGEST.fullmatch(m.tables)):
            raise LzcError(f"the digests of model {m.name!r} are not SHA-256 in hexadecimal")
        result[role] = {"name": m.name, "weights": m.weights, "tables": m.tables, **({"where": m.where} if m.where else {})}
    return result


def models_from(meta: Mapping[str, Any]) -> dict[str, ModelBinding]:
    """The bindings of a file, by role. LzcError when malformed."""
    models = meta.get("models", {})
    if not isinstance(models, dict):
        raise LzcError("the models of the file are malformed")
    return {role: _binding(entry) for role, entry in models.items()}


def _binding(entry: Any) -> ModelBinding:
    if isinstance(entry, dict):
        values = [entry.get("name"), entry.get("weights"), entry.get("tables"), entry.get("where", "")]
        if all(isinstance(v, str) for v in values) and _DIGEST.fullmatch(values[1]) and _DIGEST.fullmatch(values[2]):
            return ModelBinding(*values)
    raise LzcError("the models of the file are malformed")


# Sentences that many recordings have among their notes: a file names them by number, which takes 3 bytes instead of 30.
USUAL_NOTES = ("colour matrix not stated: BT.601 assumed", "colour matrix not stated: BT.709 assumed")


def source_meta(info: SourceInfo) -> dict[str, Any]:
    """For `meta["source"]`: facts of the source, usual values left out. Time stamps go into a TIME chunk."""
    name = re.split(r"[/\\]", info.path.rstrip("/\\"))[-1]
    facts: dict[str, Any] = {
        "name": safe_name(name), "digest": info.digest, "kind": info.kind, "width": info.width, "height": info.height,
        "time_base": _pair(info.time_base), "rate": _pair(info.rate)}
    colour = info.colour
    optional = {
        "bit_depth": (info.bit_depth, 8), "sample_aspect": (_pair(info.sample_aspect), [1, 1]), "rotation": (info.rotation, 0),
        "has_audio": (info.has_audio, False), "notes": ([_number(n) for n in info.notes], []),
        "colour": ([colour.full, colour.matrix, colour.primaries, colour.transfer], [False, 2, 2, 2])}
    facts.update({key: value for key, (value, usual) in optional.items() if value != usual})
    return facts


def source_info(meta: Mapping[str, Any], *, path: str, pts: tuple[int, ...], kind: str = "lzc", levels: int = 1,
                digest: str | None = None) -> SourceInfo:
    """SourceInfo from `meta["source"]`. `digest` None takes the recorded source's. LzcError when a fact has the wrong type or size."""
    try:
        facts = meta["source"]
        colour = facts.get("colour", [False, 2, 2, 2])
        full, *points = colour
        depth, rotation = facts.get("bit_depth", 8), facts.get("rotation", 0)
        numbers = [facts["width"], facts["height"], depth, rotation, *points]
        texts = [facts["digest"], *map(_sentence, facts.get("notes", []))]
        sound = (len(points) == 3 and type(full) is bool and type(facts.get("has_audio", False)) is bool
                 and all(type(n) is int and 0 <= n < 1 << 31 for n in numbers) and all(isinstance(t, str) for t in texts)
                 and numbers[0] > 0 and numbers[1] > 0 and 1 <= depth <= 16 and rotation in (0, 90, 180, 270))
        if not sound:
            raise ValueError("wrong type or range")
        return SourceInfo(
            path=path, kind=kind, width=numbers[0], height=numbers[1], pts=pts, time_base=_fraction(facts["time_base"]),
            rate=_fraction(facts["rate"]), bit_depth=depth, colour=Colour(full, *points),
            sample_aspect=_fraction(facts.get("sample_aspect", [1, 1])), rotation=rotation, has_audio=facts.get("has_audio", False),
            digest=texts[0] if digest is None else digest, notes=tuple(texts[1:]), levels=levels,
            stamp=_stamp(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LzcError(f"the source facts in the header are malformed ({error})") from error


def _number(note: str) -> str | int:
    return USUAL_NOTES.index(note) if note in USUAL_NOTES else note


def _sentence(note: Any) -> Any:
    return USUAL_NOTES[note] if type(note) is int and 0 <= note < len(USUAL_NOTES) else note


def _stamp(path: str) -> tuple[int, int]:
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


def _pair(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]


def _fraction(pair: Any) -> Fraction:
    top, bottom = pair
    if type(top) is not int or type(bottom) is not int or not 0 < top < 1 << 62 or not 0 < bottom < 1 << 62:
        raise ValueError("a fraction is out of range")
    return Fraction(top, bottom)
