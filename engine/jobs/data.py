"""Compress, restore and verify general data: tables, text, arrays, sound, pictures, band cubes."""
from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.api import Cancelled, JobError, JobResult, LzcError, Progress, located
from engine.jobs.checks import check_input, check_output, check_space
from engine.jobs.estimated import estimated
from engine.jobs.faults import explain, one_clear_line
from engine.jobs.runner import Job

if TYPE_CHECKING:
    from engine.hierarchical.bounds import Bound
    from engine.hierarchical.dataset import DataFile
    from engine.hierarchical.table import Seen
    from engine.lzc import Header, LzcWriter
    from engine.nearer import Look, Reading, Writing

T = TypeVar("T")
R = TypeVar("R")
KINDS = {"table": "table", "text": "text", "array": "array", "audio": "sound", "image": "picture", "cube": "band cube"}
_WORKERS = max(1, min(8, os.cpu_count() or 1))


def compress_data_job(source: str | Path, out: str | Path, *, max_error: str | None = None, quality: int | None = None,
                      effort: str = "normal") -> Job:
    """Compresses `source` to `out`; every value within `max_error` ("0.5", "1%"), without loss when None. Text is never changed.
    quality 0..63: sound only, for the ear; nothing is promised of single samples then. effort "fast": pictures, arrays and cubes
    twice as fast, somewhat larger; "high": the file also says how values come nearer to the source, see `engine.nearer`.

    Raises `EngineError` for a person; nothing but a finished file ever has the name `out`.
    """
    given = check_input(source)
    target = check_output(out, given, endings=(".lzc",))
    from engine.hierarchical import kinds
    from engine.hierarchical.bounds import Bound, parse

    bound = parse(max_error) if max_error is not None else Bound()
    began = time.monotonic()
    kind = kinds.sniff(given)
    if kind is None or given.is_dir():
        raise JobError("this is neither a table, text, an array, sound, a picture nor a band cube", where=str(source),
                       hint="video is compressed with --quality or --bitrate")
    check_space(target.parent, 4096)
    with one_clear_line(target.parent), located(source):
        if quality is not None and kind == kinds.AUDIO:
            facts = yield from _sound_job(given, target, quality)
        else:
            facts = yield from (_lines_job(given, target, kind, bound, effort) if kind in (kinds.TABLE, kinds.TEXT)
                                else _tensor_job(given, target, kind, bound, effort))
    size, raw = target.stat().st_size, _source_bytes(given)
    return JobResult((str(target),), {
        "input": str(source), "output": str(out), **facts, "bytes": size, "source_bytes": raw, "ratio": round(raw / size, 3),
        "max_error": bound.value, "relative": bound.relative, "lossless": bound.lossless and "quality" not in facts,
        "seconds": round(time.monotonic() - began, 3)})


def _source_bytes(given: Path) -> int:
    from engine.hierarchical.kinds import header_of

    header = header_of(given)
    return given.stat().st_size + (header.stat().st_size if header is not None else 0)


def _source(given: Path, kind: str) -> dict[str, Any]:
    from engine.lzc import safe_name

    total = hashlib.sha256()
    with given.open("rb") as file:
        while part := file.read(1 << 20):
            total.update(part)
    return {"name": safe_name(given.name), "digest": total.hexdigest(), "kind": kind}


def _settings(bound: Bound) -> dict[str, Any]:
    return {"lossless": True} if bound.lossless else {"max_error": bound.value, "relative": bound.relative}


def _ahead(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """`work` of each item in order, a few at a time on threads of their own; what runs has ended when this is closed."""
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="lorentz-data") as pool:
        waiting: list[Future[R]] = []
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > _WORKERS:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def _write(target: Path, header: Header, coded: Iterator[Any], total: int, each: Callable[[LzcWriter, int, Any], None],
           trailer: Callable[[], dict[str, Any]], nearer: Writing | None = None) -> Generator[Progress, None, int]:
    from engine.lzc import LzcWriter

    writer = LzcWriter(target, header)
    count = 0
    try:
        yield Progress(0, total, "compress")
        for result in coded:
            each(writer, count, result)
            count += 1
            yield Progress(count, max(total, count), "compress", writer.size)
        if nearer is not None:
            nearer.finish(writer)
        writer.finish(trailer() or None)
    except (Cancelled, GeneratorExit, KeyboardInterrupt) as stop:
        writer.abort()
        if isinstance(stop, GeneratorExit):
            raise
        raise Cancelled("cancelled; nothing was written") from stop
    except BaseException as fault:
        writer.abort()
        line = explain(fault, target.parent)
        if line is not None and line is not fault:
            raise line from fault
        raise
    return count


def _nearer(height: int, bound: Bound, effort: str) -> Writing | None:
    """What says how values come nearer to the source: of what is compressed within a bound, with an effort that may double its time."""
    if bound.lossless or effort != "high":
        return None
    from engine.nearer import Writing

    return Writing(height)


def _nearer_facts(nearer: Writing | None) -> dict[str, Any]:
    if nearer is None or not nearer.bytes:
        return {}
    return {"nearer_db": round(nearer.nearer, 2), "nearer_bytes": nearer.bytes}


def _looked(nearer: Writing | None, encode: Callable[[Seen | None], R]) -> tuple[R, Look | None]:
    """What `encode` makes of a block, and what is said of it."""
    found: list[Look] = []
    made = encode(None if nearer is None else lambda groups: found.append(nearer.look(groups)))
    return made, found[0] if found else None


def _lines_job(given: Path, target: Path, kind: str, bound: Bound, effort: str) -> Generator[Progress, None, dict[str, Any]]:
    from engine.hierarchical import dataset, kinds, lines, parquet, table
    from engine.hierarchical.text import PART

    size = given.stat().st_size
    source = _source(given, kind)
    if kind == kinds.TEXT:
        head = dataset.header(kind, size, {"blocks": -(-size // PART)}, source, {"lossless": True})
        with given.open("rb") as file:
            parts = iter(lambda: file.read(PART), b"")
            yield from _write(target, head, _ahead(dataset.encode_words, parts), -(-size // PART), dataset.add, dict)
        notes = [] if bound.lossless else ["text is always kept as it is"]
        return {"kind": kind, "kind_said": KINDS[kind], "shape": [size], "notes": notes}
    survey = lines.look(given)
    bounds: list[float] | None = None
    if not bound.lossless:
        for line in lines.ranges(given, survey):
            yield Progress(0, 0, f"look at line {line}")
        bounds = [bound.absolute(a, b) for a, b in zip(survey.low, survey.high)]
        if survey.arrow:
            bounds = parquet.tightened(survey.arrow, bounds, survey.low, survey.high)
    found: dict[str, Any] = {"rows": 0, "kept_as_text": 0, "clocks": 1}
    params = dataset.table_params(survey)
    view = lines.Clock(survey)

    nearer = _nearer(1, bound, effort)

    def work(item: tuple[int, bytes]) -> Any:
        return _looked(nearer, lambda see: table.encode(item[1], survey.layout, bounds, item[0], see))

    def each(writer: LzcWriter, number: int, result: Any) -> None:
        (payloads, facts), look = result
        found["rows"] += facts["rows"]
        found["kept_as_text"] += facts.get("kept_as_text", 0)
        found["clocks"] = max(found["clocks"], facts.get("clocks", 1))
        dataset.add(writer, number, payloads)
        if nearer is not None and look is not None:
            nearer.add(writer, number, look)

    head = dataset.header(kind, size, params, source, _settings(bound))
    yield from _write(target, head, _ahead(work, view.watch(lines.blocks(given, survey, bounds))), 0, each,
                      lambda: {"clock": view.facts()["clock"]} if "clock" in view.facts() else {}, nearer)
    rows = found["rows"] + found["kept_as_text"]
    notes = [f"{found['kept_as_text']} lines do not fit the table's form and are kept as text"] if found["kept_as_text"] else []
    if survey.commas:
        notes.append(f"columns of numbers with a decimal comma: {survey.commas}, kept as they are")
    return {"kind": kind, "kind_said": KINDS[kind], "shape": [rows, survey.layout.columns], "names": survey.names,
            "clocks": found["clocks"], "organiser": view.facts(), "notes": notes, **_nearer_facts(nearer)}


def _tensor_job(given: Path, target: Path, kind: str, bound: Bound, effort: str) -> Generator[Progress, None, dict[str, Any]]:
    from engine.hierarchical import arrays, dataset, kinds
    from engine.hierarchical.bounds import span
    from engine.hierarchical.tiles import boxes

    tensor, fast = arrays.read(given, kind), effort == "fast"
    x = tensor.data
    absolute = bound.absolute(*span(x)) if bound.relative else bound.value
    shape = (int(x.shape[0]), int(x.shape[1]), int(x.shape[2]))
    cut = boxes(shape)
    params: dict[str, Any] = {"lattice": list(shape), "dtype": x.dtype.newbyteorder("=").name, "facts": tensor.facts}
    in_order = kind == kinds.AUDIO and x.dtype.kind != "f" and not absolute
    if in_order:
        params["in_order"], cut = True, dataset.sound_boxes(shape)
    elif fast:
        params["fast"], cut = True, boxes(shape, True)
    head = dataset.header(kind, x.size * x.dtype.itemsize, params, _source(given, kind),
                          {**_settings(bound), **({} if bound.lossless else {"absolute": absolute})})
    nearer = _nearer(shape[1], bound, effort)

    def work(box: Any) -> tuple[dataset.Payloads, Look | None]:
        if in_order:
            return dataset.encode_whole_sound(x, box), None
        return _looked(nearer, lambda see: dataset.encode_box(x[box], absolute, fast, see))

    def each(writer: LzcWriter, number: int, result: Any) -> None:
        payloads, look = result
        dataset.add(writer, number, payloads)
        if nearer is not None and look is not None:
            nearer.add(writer, number, look)

    yield from _write(target, head, _ahead(work, cut), len(cut), each, dict, nearer)
    return {"kind": kind, "kind_said": KINDS[kind], "shape": tensor.facts.get("shape") or [shape[2], shape[0]], "dtype": x.dtype.name,
            "absolute_error": absolute, "notes": [], **_nearer_facts(nearer)}


def _sound_job(given: Path, target: Path, quality: int) -> Generator[Progress, None, dict[str, Any]]:
    from engine.hierarchical import arrays, dataset, kinds

    tensor = arrays.read(given, kinds.AUDIO)
    x = tensor.data
    lattice = (int(x.shape[0]), 1, int(x.shape[2]))
    cut = dataset.sound_boxes(lattice)
    params = {"lattice": list(lattice), "dtype": x.dtype.newbyteorder("=").name, "facts": tensor.facts, "quality": quality}
    head = dataset.header(kinds.AUDIO, x.size * x.dtype.itemsize, params, _source(given, kinds.AUDIO), {"quality": quality})
    coded = _ahead(lambda box: dataset.encode_sound(x, box, tensor.facts, quality), cut)
    yield from _write(target, head, coded, len(cut), dataset.add, dict)
    seconds = lattice[2] / int(tensor.facts["rate"])
    return {"kind": kinds.AUDIO, "kind_said": KINDS[kinds.AUDIO], "shape": [lattice[2], lattice[0]], "dtype": x.dtype.name,
            "quality": quality, "kbps": round(target.stat().st_size * 8 / 1000 / seconds, 1), "notes": []}


def restore_data_job(source: str | Path, out: str | Path, *, level: int = 0, nearer: bool = False) -> Job:
    """Writes what the `.lzc` file `source` holds to `out`, by its ending; with `level` above 0 from the coarser levels alone. nearer:
    values nearer to the source in the mean, of which single ones may be up to twice the promised bound off."""
    given = check_input(source)
    from engine.hierarchical import arrays, kinds
    from engine.hierarchical.dataset import DataFile
    from engine.hierarchical.lattice import LEVELS
    from engine.media.atomic import whole_file

    with DataFile(given, lenient=True) as data:
        if not 0 <= level < LEVELS:
            raise JobError(f"there is no level {level}: general data has levels 0 to {LEVELS - 1}", where=str(source), hint="name another")
        if nearer and level:
            raise JobError("coarser levels are not brought nearer to the source", where=str(source), hint="leave --nearer or --level away")
        flat = data.kind in (kinds.TABLE, kinds.TEXT)
        read = _reading(given, data, nearer)
        change = read.block if read is not None else _as_decoded
        arrow = data.params.get("arrow")
        allowed = {kinds.TABLE: (".csv", ".tsv", ".txt", ".dat", *((".parquet",) if arrow else ())), kinds.TEXT: ()}.get(
            data.kind, (".wav", ".png", ".tif", ".tiff", ".npy", ".raw", ".img"))
        target = check_output(out, given, endings=allowed)
        check_space(target.parent, data.reader.header.streams[0].size)
        beside = None if flat else arrays.header_beside(dict(data.params.get("facts", {})), target)
        total, starts = data.blocks, [1]      # the first line of each block
        with one_clear_line(target.parent):
            if flat and target.suffix.lower() == ".parquet":
                from engine.hierarchical import parquet

                with whole_file(target) as (file, _), parquet.Writer(file, arrow or []) as columns:
                    for number, text in enumerate(_ahead(lambda n: data.lines(n, level, change(n)), range(total))):
                        columns.add(text)
                        starts.append(starts[-1] + text.count(b"\n"))
                        yield Progress(number + 1, total, "restore", file.tell())
            elif flat:
                with whole_file(target) as (file, _):
                    file.write(data.head)
                    starts[0] += data.head.count(b"\n")
                    for number, text in enumerate(_ahead(lambda n: data.lines(n, level, change(n)), range(total))):
                        file.write(text)
                        starts.append(starts[-1] + text.count(b"\n"))
                        yield Progress(number + 1, total, "restore", file.tell())
            else:
                import numpy as np

                x = np.zeros(data.lattice, data.dtype)
                for number, part in enumerate(_ahead(lambda n: data.box(n, level, change(n)), range(total))):
                    x[data.boxes[number]] = part
                    yield Progress(number + 1, total, "restore")
                tensor = arrays.Tensor(x, data.kind, dict(data.params.get("facts", {})))
                with whole_file(target) as (file, _):
                    arrays.write(tensor, file, target.suffix.lower())
                if beside is not None:
                    with whole_file(beside[0]) as (file, _):
                        file.write(beside[1])
        said = KINDS.get(data.kind, data.kind)
        better = {"nearer_db": read.decibels} if read is not None and read.decibels is not None else {}
        outputs = (str(target), *([str(beside[0])] if beside is not None else []))
        notes = [*data.reader.losses, *estimated(data, starts), *(read.notes if read is not None else ())]
        return JobResult(outputs, {"input": str(source), "output": str(out), "kind": data.kind, "kind_said": said, "level": level,
                                   "bytes": target.stat().st_size, **better, "notes": notes})


def _as_decoded(number: int) -> None:
    """What changes the values of a block where nobody asked for it."""


def _reading(given: Path, data: DataFile, nearer: bool) -> Reading | None:
    if not nearer:
        return None
    from engine.nearer import Reading

    return Reading(given, 1 if data.kind in ("table", "text") else data.lattice[1])


def nearer_of(path: str | Path) -> dict[str, Any]:
    """What a `.lzc` file says of values nearer to its source; nothing where it says nothing."""
    from engine.hierarchical.near import said_of

    found = said_of(Path(path))
    return {} if found is None else {"nearer": f"restore --nearer brings its values {found:.2f} dB nearer to the source"}


def cube_of(path: str | Path) -> dict[str, Any]:
    """What the cube in a `.lzc` file consists of; nothing for all else. LzcError when the file cannot be read."""
    from engine.lzc import LzcReader

    with LzcReader(Path(path)) as reader:
        streams = reader.header.streams
        said = streams[0].params if streams and streams[0].kind == "data" else {}
    try:
        if said.get("kind") == "cube":
            from engine.hierarchical import arrays  # takes a compiler along, which no other file needs here
            return {"holds": arrays.layout(said["lattice"], said["facts"])}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        pass            # whoever opens it says what is wrong
    return {}


def check_data(given: Path, report: Callable[[int, int], None]) -> list[str]:
    """Every block decoded and compared with the sum that was written; lines for a person, empty when all is well."""
    from engine.hierarchical.dataset import DataFile

    problems: list[str] = []
    try:
        with DataFile(given) as data:
            for number in range(data.blocks):
                report(number, data.blocks)
                try:
                    _decode(data, number)
                except LzcError as fault:
                    problems.append(str(fault))
    except LzcError as fault:
        problems.append(str(fault))
    return problems


def _decode(data: DataFile, number: int) -> None:
    if data.kind in ("table", "text"):
        data.lines(number)
    else:
        data.box(number)


def describe(path: str | Path, kind: str) -> dict[str, Any]:
    """What is known of a file of general data before it is compressed. `EngineError` when it cannot be read."""
    with located(path):
        return _describe(path, kind)


def _describe(path: str | Path, kind: str) -> dict[str, Any]:
    given = check_input(path)
    from engine.hierarchical import arrays, kinds, lines

    facts: dict[str, Any] = {"kind": kind, "path": str(path), "bytes": given.stat().st_size}
    if kind == kinds.TEXT:
        return facts
    if kind == kinds.TABLE:
        survey = lines.look(given)
        clock = lines.Clock(survey)
        next(clock.watch(lines.blocks(given, survey)), None)
        return {**facts, "columns": survey.names, "delimiter": chr(survey.layout.delimiter), **clock.facts()}
    tensor = arrays.read(given, kind)
    shape = tensor.facts.get("shape") or [int(tensor.data.shape[2]), int(tensor.data.shape[0])]
    known: dict[str, Any] = {name: tensor.facts[name] for name in ("rate", "bits") if name in tensor.facts}
    if kind == kinds.CUBE:
        known["layout"] = arrays.layout(tensor.data.shape, tensor.facts)
    return {**facts, "shape": shape, "dtype": tensor.data.dtype.name, **known}
