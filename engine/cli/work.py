"""compress and restore."""
from __future__ import annotations

from argparse import Namespace
from typing import Any

from engine.api import JobError
from engine.cli.console import Console
from engine.controller import Settings, SystemController
from engine.jobs.checks import human_bytes
from engine.jobs.runner import run_job


def compress(args: Namespace, console: Console) -> int:
    """`lorentz compress IN OUT.lzc`"""
    with SystemController(Settings(device=args.device)) as system, console.progress("compress") as show:
        if args.quality is not None and system.kind(args.input) in ("table", "text", "array", "cube"):
            raise JobError("only video, pictures and sound have a quality", where=str(args.input),
                           hint="use --max-error, or neither for every value as it was")
        of_video = {"key_interval": args.key_interval, "keep_partial": args.keep_partial}
        of_video = {name: value for name, value in of_video.items() if value is not None}
        if of_video and system.goes_as_data(args.input, args.max_error, args.lossless):
            named = [f"--{name.replace('_', '-')}" for name in of_video]
            raise JobError(f"only video has {' and '.join(named)}", where=str(args.input),
                           hint=f"leave {'it' if len(named) == 1 else 'them'} away")
        result = run_job(system.compress(args.input, args.output, quality=args.quality, bitrate=args.bitrate, effort=args.effort,
                                         max_error=args.max_error, lossless=args.lossless, adapted=args.adapted, **of_video), show)
    facts = result.facts
    _notes(facts, console)
    if "kind_said" in facts:
        most = f"{facts['max_error'] * 100:g} % of the range" if facts["relative"] else f"{facts['max_error']:g}"
        kept = ("without loss" if facts["lossless"] else f"quality {facts['quality']}, {facts['kbps']:.1f} kbit/s" if "quality" in facts
                else f"no value further off than {most}")
        kept += (f"; {facts['nearer_db']:.2f} dB nearer with restore --nearer, for {human_bytes(facts['nearer_bytes'])} of it"
                 if "nearer_db" in facts else "")
        console.result(facts, [f"{facts['output']}: {facts['kind_said']} of {' x '.join(map(str, facts['shape']))}, "
                               f"{human_bytes(facts['bytes'])} of {human_bytes(facts['source_bytes'])} ({facts['ratio']:.1f} to 1), "
                               f"{kept}, {facts['seconds']:.1f} s"])
        return 0
    if "camera_bytes" in facts:
        console.note(f"note: {human_bytes(facts['camera_bytes'])} of it are a picture of the place, "
                     f"{f'from {args.adapted}' if args.adapted else 'learnt from the recording itself'}")
    resumed = f", went on from frame {facts['resumed_from']}" if facts.get("resumed_from") else ""
    console.result(facts, [f"{facts['output']}: {facts['frames']} frames, {human_bytes(facts['bytes'])}, {facts['kbps']:.1f} kbit/s, "
                           f"quality {facts['quality']}, {facts['seconds']:.1f} s{resumed}"])
    return 0


def restore(args: Namespace, console: Console) -> int:
    """`lorentz restore IN.lzc OUT`"""
    with SystemController() as system, console.progress("restore") as show:
        if (args.frames != (0, None) or args.no_correlation) and system.holds_data(args.input):
            if args.no_correlation:
                raise JobError("only video is restored by correlation", where=str(args.input), hint="leave --no-correlation away")
            raise JobError("general data has no frames", where=str(args.input), hint="leave --frames away")
        result = run_job(system.restore(args.input, args.output, level=args.level, frames=args.frames,
                                        correlation=not args.no_correlation, nearer=args.nearer), show)
    facts = result.facts
    _notes(facts, console)
    if "kind_said" in facts:
        better = f", {facts['nearer_db']:.2f} dB nearer to the source than its bound alone" if "nearer_db" in facts else ""
        console.result(facts, [f"{facts['output']}: {facts['kind_said']}, {human_bytes(facts['bytes'])}{better}"])
        return 0
    console.result(facts, [f"{facts['output']}: {facts['frames']} frames of {facts['width']}x{facts['height']}"
                           + (", with sound" if facts["sound"] else "")])
    return 0


def _notes(facts: dict[str, Any], console: Console) -> None:
    # what a recording lost is among its notes, too
    for line in dict.fromkeys((*facts.get("notes", ()), *facts.get("damage", ()), *([facts["warning"]] if "warning" in facts else ()))):
        console.note(f"note: {line}")
