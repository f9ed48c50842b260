"""zoom and predict: a picture (or clip) past what was recorded, its record beside it, and the check that makes it again."""
from __future__ import annotations

from argparse import Namespace

from engine.api import Look
from engine.cli.console import Console
from engine.controller import SystemController
from engine.jobs.runner import run_job


def zoom(args: Namespace, console: Console) -> int:
    """`lorentz zoom IN OUT.png --frame N --roi X,Y,W,H --magnify M`, or `lorentz zoom --from-sidecar OUT.png.json`"""
    with SystemController() as system, console.progress("zoom") as show:
        if args.from_sidecar is not None:
            facts = run_job(system.verify_export(args.from_sidecar), show).facts
            result = None
        else:
            signing = None
            if args.certificate is not None:
                from engine.zoom.credentials import Signing

                signing = Signing(args.certificate, args.key)
            job = system.export_roi(args.input, args.output, args.frame, args.roi, args.magnify, frames=args.frames,
                                    recorded_only=args.recorded_only, seed=args.seed, samples=args.samples, mask=args.mask,
                                    signing=signing, look=Look(args.contrast, args.gamma, args.sharpen, args.denoise),
                                    around=args.around)
            result = run_job(job, show)
            facts = result.facts
    if result is None:
        if not facts["match"]:
            return console.fail(f"{args.from_sidecar}: {facts['line']}", 1, facts=facts)
        console.result(facts, [facts["line"]])
        return 0
    for line in facts.get("notes", ()):
        console.note(f"note: {line}")
    console.result({**facts, "outputs": list(result.outputs)}, [f"written: {path}" for path in result.outputs])
    return 0


def predict(args: Namespace, console: Console) -> int:
    """`lorentz predict IN OUT`"""
    from engine.jobs.predict import predict_job

    with console.progress("predict") as show:
        result = run_job(predict_job(args.input, args.output, count=args.frames, at=args.after), show)
    for line in result.facts["notes"]:
        console.note(f"note: {line}")
    lines = [f"written: {path}" for path in result.outputs]
    lines.append(f"{args.frames} frames after frame {result.facts['request']['at']}: none of them was recorded")
    console.result({**result.facts, "outputs": list(result.outputs)}, lines)
    return 0
