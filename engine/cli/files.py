"""info, verify and repair: what a file is, whether it is whole, and what can be saved of it."""
from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from engine.api import SourceInfo
from engine.cli.console import Console
from engine.controller import SystemController
from engine.jobs.checks import check_input, check_output, human_bytes
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import run_job


def info(args: Namespace, console: Console) -> int:
    """`lorentz info FILE`: of a `.lzc` file what its header says (no network is loaded), of others what probing finds."""
    with SystemController() as system:
        kind = system.kind(args.input)
        if kind == "lzc":
            from engine.jobs.data import cube_of, nearer_of
            from engine.lzc import info as container_info

            facts = {"kind": "lzc", **cube_of(args.input), **container_info(args.input), **nearer_of(args.input)}
        elif kind in ("table", "text", "array", "audio", "cube"):
            from engine.jobs.data import describe

            facts = describe(args.input, kind)
        else:
            facts = _facts(system.describe(args.input))
    console.result(facts, _lines(facts))
    return 0


def verify(args: Namespace, console: Console) -> int:
    """`lorentz verify FILE`: exit 0 when the container is whole and every chunk decodes to the symbols that were written."""
    with SystemController() as system, console.progress("verify") as show:
        facts = run_job(system.verify(args.input), show).facts
    if facts["ok"]:
        console.result(facts, [f"{args.input}: whole, and every chunk decodes to the symbols that were written"])
        return 0
    first, *more = facts["problems"] or ["damaged"]
    rest = f" (and {len(more)} more: --json lists them)" if more and not console.json else ""
    return console.fail(f"{args.input}: {first}{rest}", 1, facts=facts)


def repair(args: Namespace, console: Console) -> int:
    """`lorentz repair IN OUT`"""
    given = check_input(args.input)
    target = check_output(args.output, given, endings=(".lzc",))
    from engine.lzc import repair as container_repair

    with one_clear_line(target.parent):
        report = container_repair(given, target)
    facts = {"input": str(args.input), "output": str(args.output), **_report(report)}
    console.result(facts, [f"{args.output}: written"] + [f"  {line}" for line in report.lost])
    return 0


def _report(report: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(report).items() if not name.startswith("_")}


def _facts(found: SourceInfo) -> dict[str, Any]:
    seconds = round(found.seconds(found.frames - 1), 6) if found.frames else 0.0
    return {
        "kind": found.kind, "path": found.path, "width": found.width, "height": found.height, "frames": found.frames,
        "rate": str(found.rate), "time_base": str(found.time_base), "seconds": seconds,
        "bit_depth": found.bit_depth, "rotation": found.rotation, "sample_aspect": str(found.sample_aspect), "has_audio": found.has_audio,
        "colour": vars(found.colour), "levels": found.levels, "sha256": found.digest, "notes": list(found.notes)}


def _lines(facts: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in facts.items():
        label = f"{indent}{name.replace('_', ' ')}"
        if isinstance(value, (list, tuple)) and any(isinstance(part, dict) for part in value):
            value = {str(n): part for n, part in enumerate(value)}
        if isinstance(value, dict):
            yield f"{label}:" if value else f"{label}: -"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, (list, tuple)):
            short = ", ".join(map(str, value[:8])) + (f", ... ({len(value)} in all)" if len(value) > 8 else "")
            yield f"{label}: {short or '-'}"
        else:
            yield f"{label}: {human_bytes(value)}" if name == "bytes" else f"{label}: {value}"
