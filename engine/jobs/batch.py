"""Many files, one after the other: which files are meant, what their outputs are called, and the work on one of them as a job.

There is no job for all of them: each is queued by itself, so that one that fails, or is cancelled, is that one alone.
"""
from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from threading import Event
from typing import Any, Literal, Protocol

from engine.api import EngineError, JobError, JobResult, Progress
from engine.jobs.checks import PICTURES, check_input, check_output, is_lzc
from engine.jobs.faults import one_clear_line
from engine.jobs.runner import Job

What = Literal["compress", "restore", "frame", "region", "clip"]
Existing = Literal["skip", "number", "replace"]

VIDEO = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".y4m", ".wmv", ".flv", ".gif",
                   ".apng", ".3gp", ".ogv", ".mxf", ".h264", ".hevc"})
# not text: what lies beside recordings is mostly about them
DATA = frozenset({".csv", ".tsv", ".npy", ".wav", ".flac", ".hdr", ".parquet"})
RECORDING = ".lzc"
RESTORED = {"table": ".csv", "text": ".txt", "audio": ".wav", "image": ".png", "array": ".npy", "cube": ".npy"}
# what else `restore` writes as it was: tags of tif, headers of raw files
AS_IT_WAS = {"table": {".csv", ".tsv", ".txt", ".dat"}, "text": {".md", ".log", ".json", ".xml"}, "image": {".png", ".tif", ".tiff"},
             "cube": {".tif", ".tiff", ".raw", ".img", ".dat"}}
_MOST = 100_000


class Engine(Protocol):
    """What of the `SystemController` a file needs."""

    @property
    def content(self) -> Callable[..., Any]: ...
    @property
    def compress(self) -> Callable[..., Job]: ...
    @property
    def restore(self) -> Callable[..., Job]: ...
    @property
    def nearer(self) -> Callable[..., float | None]: ...
    @property
    def export_frame(self) -> Callable[..., Job]: ...
    @property
    def export_roi(self) -> Callable[..., Job]: ...


@dataclass(frozen=True)
class Task:
    """One file of a batch. `out` has no ending yet: which one it gets may depend on what is in the file.

    options: for "compress" quality, effort and, for data, max_error ("1%"), for video adapted (a `.lza` file); for "restore" level,
    ending (of video) and nearer (of data whose file says how); for "frame" frame; for "region" and "clip" frame, roi, magnify,
    recorded_only, seed, and count (frames of the clip).
    """

    what: What
    source: str
    out: str
    existing: Existing = "skip"
    options: dict[str, Any] = field(default_factory=dict)


def wanted(what: What) -> frozenset[str]:
    """Endings of the files that are looked for in folders."""
    if what == "restore":
        return frozenset({RECORDING})
    return VIDEO | PICTURES | (DATA if what == "compress" else frozenset({RECORDING}))


def inputs(paths: Iterable[str | Path], what: What, deep: bool = False) -> list[Path]:
    """The files meant by `paths`, each once, in the order that people count in.

    A file stands for itself, whatever its ending. A folder stands for what is in it (with `deep`, also in the folders in it); one with
    pictures and nothing else is one clip. JobError for a path that is not there or a folder that cannot be read.
    """
    found: dict[str, Path] = {}
    for given in map(Path, paths):
        with one_clear_line(given):
            if not given.exists():
                raise JobError("no such file", where=str(given), hint="check the name")
            for path in _inside(given, wanted(what), what, deep) if given.is_dir() else (given,):
                found.setdefault(os.path.realpath(path), path)
                if len(found) > _MOST:
                    raise JobError(f"more than {_MOST} files", where=str(given), hint="choose a folder further down")
    return list(found.values())


def _inside(folder: Path, endings: frozenset[str], what: What, deep: bool) -> Iterator[Path]:
    entries = sorted((e for e in os.scandir(folder) if not e.name.startswith(".")), key=lambda e: counted(e.name))
    files = [Path(e.path) for e in entries if e.is_file() and Path(e.name).suffix.lower() in endings]
    pictures = [p for p in files if p.suffix.lower() in PICTURES]
    if len(pictures) > 1 and len(pictures) == len(files):
        yield folder
    else:
        yield from files
    if deep:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _inside(Path(entry.path), endings, what, deep)


def counted(name: str) -> tuple[Any, ...]:
    """A key that sorts cam2 before cam10."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part.lower()) for part in re.split(r"(\d+)", name)), name


def outputs(sources: Sequence[str | Path], folder: str | Path | None = None) -> list[Path]:
    """Where each source is written, without an ending: beside it, or in `folder`. No two are the same, whatever the ending will be."""
    taken: set[str] = set()
    out: list[Path] = []
    for source in map(Path, sources):
        stem = source.name if source.is_dir() else source.stem
        place = Path(folder) if folder else source.absolute().parent
        path, n = place / stem, 1
        while os.path.normcase(path).lower() in taken:
            n += 1
            path = place / f"{stem}-{n}"
        taken.add(os.path.normcase(path).lower())
        out.append(path)
    return out


def task_job(system: Engine, task: Task) -> Job:
    """The work on one file. Nothing is looked at before the first step. `facts["skipped"]` is True when it was left alone: there was
    something already, or it is of the other kind (a recording among what is compressed).

    The folder of the output is made when it is not there. Raises `EngineError` like the job that it becomes.
    """
    yield Progress(0, 0, "looking at the file")
    source = check_input(task.source)
    if task.what in ("compress", "restore") and is_lzc(source) == (task.what == "compress"):
        which = "a .lzc file already" if task.what == "compress" else "no .lzc file"
        return JobResult((), {"skipped": True, "output": str(source), "line": f"{source.name} is {which}"})
    options = dict(task.options)
    kind = str(system.content(source))
    ending = _ending(task, kind, options)
    out = Path(f"{task.out}{ending}")
    if task.what == "compress" and task.existing == "skip":
        made, out = _made(out, source)
        if made is not None:
            return JobResult((), {"skipped": True, "output": str(made), "line": f"{made.name} is there already"})
    elif out.exists():
        if task.existing == "skip":
            return JobResult((), {"skipped": True, "output": str(out), "line": f"{out.name} is there already"})
        if task.existing == "number":
            out = _free(out)
    with one_clear_line(out.parent):
        out.parent.mkdir(parents=True, exist_ok=True)
    check_output(out, source)
    return (yield from _job(system, task.what, source, out, kind, options))


def _made(out: Path, source: Path) -> tuple[Path | None, Path]:
    """The recording of `source` that is there already, if there is one, and the name for a new one.

    Which number a name gets depends on what else is in the batch; the file that has it may be that of another source."""
    if out.exists() and _source_of(out).get("name", _safe(source)) == _safe(source):
        return out, out
    plain = out.with_name((source.name if source.is_dir() else source.stem) + RECORDING)
    row = (plain if n == 1 else plain.with_name(f"{plain.stem}-{n}{RECORDING}") for n in range(1, _MOST))
    for path in takewhile(Path.exists, row):
        said = _source_of(path)
        if said.get("name") == _safe(source) and said.get("digest") == _digest(source):
            return path, out
    return None, _free(plain) if out.exists() else out


def _source_of(path: Path) -> dict[str, Any]:
    """What a recording says of its source; nothing where it cannot be read."""
    from engine.lzc import LzcReader

    try:
        with LzcReader(path) as reader:
            return dict(reader.header.meta.get("source") or {})
    except (EngineError, TypeError, ValueError):
        return {}


def _safe(source: Path) -> str:
    from engine.lzc import safe_name

    return safe_name(source.name)


def _digest(source: Path) -> str:
    from engine.media.files import hash_file, hash_listing, list_images

    with one_clear_line(source):
        return hash_listing(list_images(source), Event()) if source.is_dir() else hash_file(str(source), Event())


def _ending(task: Task, kind: str, options: dict[str, Any]) -> str:
    video = str(options.pop("ending", ".mp4"))
    if task.what == "compress":
        return RECORDING
    if task.what == "restore":
        return _ending_of_data(Path(task.source), kind) if kind in RESTORED else video
    if kind in RESTORED and kind != "image":
        raise JobError("there are no pictures in this file", where=task.source, hint="leave it out")
    zoom = "" if task.what == "frame" else "-zoom"
    return f"-frame{options['frame']}{zoom}" + (".mp4" if task.what == "clip" else ".png")


def _ending_of_data(recording: Path, kind: str) -> str:
    """The ending of what general data was made from, where it can be written again with all that belongs to it."""
    from engine.lzc import LzcReader

    try:
        with LzcReader(recording) as reader:
            name = str((reader.header.meta.get("source") or {}).get("name", ""))
            params = dict(reader.header.streams[0].params)
    except (EngineError, AttributeError, IndexError, TypeError, ValueError):
        return RESTORED[kind]
    ending = Path(name).suffix.lower()
    if kind == "table" and params.get("arrow"):
        return ".parquet" if find_spec("pyarrow") is not None else RESTORED[kind]
    facts = params.get("facts")
    if kind == "cube" and isinstance(facts, dict) and "header" in facts and ending not in AS_IT_WAS[kind]:
        return ".raw"       # named after its header
    return ending if ending in AS_IT_WAS.get(kind, ()) else RESTORED[kind]


def _job(system: Engine, what: What, source: Path, out: Path, kind: str, options: dict[str, Any]) -> Job:
    if what == "compress":
        error, adapted = options.pop("max_error", None), options.pop("adapted", None)
        if kind in RESTORED and kind != "image":
            effort = {"effort": options["effort"]} if "effort" in options else {}
            return system.compress(source, out, **effort, **({"max_error": error} if error else {"lossless": True}))
        return system.compress(source, out, **options, **({"adapted": adapted} if adapted and kind in ("video", "images") else {}))
    if what == "restore":
        if options.pop("nearer", False) and system.nearer(source) is not None:
            options["nearer"] = True
        return system.restore(source, out, **options)
    frame = int(options.pop("frame"))
    if what == "frame":
        return system.export_frame(source, out, frame)
    roi, magnify, count = options.pop("roi"), float(options.pop("magnify")), int(options.pop("count", 1))
    x, y, w, h = roi
    if what == "clip":
        options["frames"] = (frame, frame + count)
    return system.export_roi(source, out, frame, (x, y, w, h), magnify, **options)


def _free(path: Path) -> Path:
    return next(p for n in range(2, _MOST) if not (p := path.with_name(f"{path.stem}-{n}{path.suffix}")).exists())
