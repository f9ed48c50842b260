"""train and models: how weights come to be, and which there are."""
from __future__ import annotations

import hashlib
import inspect
import json
from argparse import Namespace
from importlib import import_module
from pathlib import Path
from typing import Any

from engine.api import JobError, JobResult, ModelError
from engine.cli.console import Console
from engine.cli.parser import UsageError
from engine.controller import SystemController
from engine.jobs.checks import human_bytes
from engine.jobs.runner import run_job
from engine.resources import models_dir

TRAINERS = {"codec": "engine.training.codec", "correlation": "engine.training.correlation",
            "correlation_data": "engine.training.rows", "joint": "engine.training.joint",
            "diffusor": "engine.training.detail", "hierarchical": "engine.training.hierarchical"}


def train(args: Namespace, console: Console) -> int:
    """`lorentz train codec|correlation|correlation_data|joint|diffusor|hierarchical`: runs the trainer; Ctrl-C saves a checkpoint, --resume
    goes on from it (not of joint, which begins anew)."""
    if not args.data.is_dir():
        raise JobError("no such folder of footage", where=str(args.data), hint="it needs train/ and val/ folders of clips or pictures")
    trainer = import_module(TRAINERS[args.network]).train
    options = {name: getattr(args, name) for name in ("out", "minutes", "steps", "threads", "seed", "resume", "device", "part")
               if getattr(args, name) is not None}
    known = inspect.signature(trainer).parameters
    if "steps" in options and "steps" not in known and "total" in known:
        options["total"] = options.pop("steps")
    for name in options:
        if name not in known:
            raise UsageError(f"train {args.network} has no --{name}")
    for name, parameter in list(known.items())[1:]:
        if parameter.default is parameter.empty and name not in options:
            raise UsageError(f"train {args.network} needs --{name}")
    with console.progress(f"train {args.network}") as show:
        made: Any = run_job(trainer(args.data, **options), show)
    result = made if isinstance(made, JobResult) else JobResult((str(made),))
    facts = {"network": args.network, "outputs": list(result.outputs), **result.facts}
    console.result(facts, [f"{name}: {value}" for name, value in facts.items() if not isinstance(value, (dict, list))]
                   + [f"written: {path}" for path in result.outputs])
    return 0


def models(args: Namespace, console: Console) -> int:
    """`lorentz models list`, `lorentz models card NAME` and `lorentz models adapt CLIP... --out CAMERA.lza`"""
    if args.what == "adapt":
        return _adapt(args, console)
    if args.what == "list":
        found = [_describe(path) for path in _weights()]
        console.result({"folder": str(models_dir()), "models": found},
                       [f"{m['name']}: {m['title']}, {human_bytes(m['bytes'])}, sha256 {m['sha256'][:16]}" for m in found]
                       or [f"no weights in {models_dir()}"])
        return 0
    names = {path.stem: path for path in _weights()}
    path = names.get(args.names[0].removesuffix(".safetensors"))
    if path is None:
        raise ModelError(f"there are no weights called {args.names[0]!r}", where=str(models_dir()),
                         hint="there are " + (", ".join(names) or "none"))
    card = _card(path)
    if not card:
        raise ModelError("these weights have no scorecard", where=str(path), hint="`lorentz train` writes one")
    page = path.with_suffix(".md")
    console.result({"name": path.stem, "card": card}, [page.read_text(encoding="utf-8").rstrip()] if page.is_file()
                   else [json.dumps(card, indent=1, ensure_ascii=False)])
    return 0


def _adapt(args: Namespace, console: Console) -> int:
    with SystemController() as system, console.progress("adapt") as show:
        facts = run_job(system.adapt(args.names, args.out, device=args.device), show).facts
    after = "" if facts["pays_after_seconds"] is None else f", pays from {facts['pays_after_seconds']:g} s of recording on"
    console.result(facts, [
        f"{facts['output']}: learnt from {facts['frames']} frames of {facts['width']}x{facts['height']}",
        f"on {facts['kept_back_frames']} frames kept back {facts['saved_percent']:.1f} % fewer bits at equal quality once the picture "
        f"is there ({facts['saved_counted_percent']:.1f} % with it counted); it takes {human_bytes(facts['picture_bytes'])}{after}",
        f"use it: lorentz compress IN --adapted {facts['output']} OUT.lzc"])
    return 0


def _weights() -> list[Path]:
    return sorted(models_dir().glob("*.safetensors")) if models_dir().is_dir() else []


def _describe(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"name": path.stem, "file": str(path), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "title": str(_card(path).get("title", "no scorecard")), "scorecard": bool(_card(path))}


def _card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}
