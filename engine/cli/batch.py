"""batch: many files, one after the other; one that fails does not stop the others."""
from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from engine.api import Cancelled, JobError
from engine.cli.console import Console
from engine.controller import Settings, SystemController
from engine.jobs.batch import Task, What, inputs, outputs, task_job
from engine.jobs.checks import check_input, human_bytes
from engine.jobs.faults import explain
from engine.jobs.runner import run_job


def batch(args: Namespace, console: Console) -> int:
    """`lorentz batch IN... OUTDIR`: exit 0 when every file is done or was left alone, 1 when one failed."""
    what: What = "restore" if args.restore else "compress"
    if args.nearer and args.level:
        raise JobError("coarser levels are not brought nearer to the source", hint="leave --nearer or --level away")
    for path in args.inputs:
        if not path.is_dir():
            check_input(path)
    sources = inputs(args.inputs, what, args.deep)
    if not sources:
        raise JobError("there is nothing to " + what + " here", where=", ".join(map(str, args.inputs)),
                       hint="" if args.deep else "--deep also looks into the folders in it")
    options: dict[str, Any] = {"quality": args.quality, "effort": args.effort, "max_error": args.max_error}
    if args.adapted is not None:
        options["adapted"] = str(check_input(args.adapted))
    if args.restore:
        options = {"ending": f".{args.restore}", "level": args.level, "nearer": args.nearer}
    tasks = [Task(what, str(source), str(out), args.existing, options) for source, out in zip(sources, outputs(sources, args.output))]
    files: list[dict[str, Any]] = []
    with SystemController(Settings(device=args.device)) as system:
        for number, task in enumerate(tasks, 1):
            files.append(_one(system, task, f"{number} of {len(tasks)}", console))
    count = {state: sum(f["state"] == state for f in files) for state in ("done", "skipped", "failed")}
    facts = {"files": files, **count}
    line = f"{len(files)} files: {count['done']} done, {count['skipped']} left alone, {count['failed']} failed"
    if count["failed"]:
        return console.fail(line, 1, facts=facts)
    console.result(facts, [line])
    return 0


def _one(system: SystemController, task: Task, place: str, console: Console) -> dict[str, Any]:
    """Does one file, says in a line what came of it, and returns that as facts. `Cancelled` and `KeyboardInterrupt` end all."""
    name = Path(task.source).name
    made: dict[str, Any] = {"input": task.source, "outputs": [], "state": "failed"}
    try:
        with console.progress(f"{name} ({place})") as show:
            result = run_job(task_job(system, task), show)
    except Cancelled:
        raise
    except Exception as fault:
        known = explain(fault)
        if known is None or console.debug:
            raise
        console.note(f"{place}: {known}")
        return {**made, "error": str(known)}
    size = sum(Path(path).stat().st_size for path in result.outputs if Path(path).is_file())
    if result.facts.get("skipped"):
        console.note(f"{place}: {name}: {result.facts['line']}")
        return {**made, "state": "skipped", "outputs": [result.facts["output"]]}
    console.note(f"{place}: {name}: written: {', '.join(result.outputs[:1])}" + (f", {human_bytes(size)}" if size else ""))
    return {**made, "state": "done", "outputs": list(result.outputs), "bytes": size}
