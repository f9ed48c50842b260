"""Several files, one after the other: what is left to do, what came of each, and one row for all of them in the list of jobs.

Every file is a job of its own, with its own progress; only the next one is queued, so the list of jobs stays short however many there
are. A file that fails, or is cancelled in its own row, is that one alone.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs_dock import result_line, size_text
from app.throttle import Throttle
from app.words import tr
from engine.api import EngineError, JobResult, Progress

_KEEP_MS = 2000  # between two notes of what is left: with many small files the disk would have more to do with these than with them
TITLES = {"compress": "Compress {n} files", "restore": "Restore {n} files", "frame": "Frames of {n} files",
          "region": "Regions of {n} files", "clip": "Clips of {n} files"}
ONE = {"compress": "Compress {a}", "restore": "Restore {a}", "frame": "Frame of {a}", "region": "Region of {a}", "clip": "Clip of {a}"}
OUTCOMES = {"": "waits", "running": "running", "done": "done", "skipped": "left alone", "failed": "failed", "cancelled": "cancelled"}


class State(Enum):
    """As the states of a job."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in (State.DONE, State.CANCELLED)


@dataclass(frozen=True)
class Item:
    """One file. `out` has no ending; `outcome` is a key of `OUTCOMES`, `line` says more of it; sizes are bytes, 0 where unknown."""

    source: str
    out: str
    outcome: str = ""
    line: str = ""
    output: str = ""
    before: int = 0
    after: int = 0


@dataclass(frozen=True)
class Orders:
    """What is done with every file; see `engine.jobs.batch.Task`."""

    what: str
    existing: str
    options: dict[str, Any]


class Batch(QObject):
    """Looks like the handle of a job to `JobsPanel`; everything here happens on the GUI thread. `changed` when anything did."""

    changed = Signal()
    steady = False  # a file may be a thousand times as large as the one before: nobody knows how long the rest takes
    _count = 0

    def __init__(self, window: Any, orders: Orders, items: list[Item]) -> None:
        super().__init__(window)
        Batch._count += 1
        self.id = -Batch._count  # jobs count from 1 upwards
        self.w, self.orders, self.items = window, orders, items
        self.title = (tr(TITLES[orders.what]).format(n=len(items)) if len(items) != 1 else
                      tr(ONE[orders.what]).format(a=Path(items[0].source).name))
        self.state = State.RUNNING
        self.result: JobResult | None = None
        self.error: EngineError | None = None
        self._at = -1             # of the item at work
        self._job: Any = None
        self._stopped = False
        self._keeping = Throttle(_KEEP_MS, self)

    @property
    def progress(self) -> Progress:
        done = sum(item.outcome not in ("", "running") for item in self.items)
        return Progress(done, len(self.items), Path(self.items[self._at].source).name if self._job is not None else "")

    def start(self) -> None:
        self.w.jobs.over.connect(self._job_over)
        self._keep()
        self.w.jobs.add(self)
        self._later()

    # -- what a person may ask of it --------------------------------------------------------------------------------

    def cancel(self) -> None:
        """The file at work is stopped like any job, the others are not begun."""
        self._stopped = True
        self._keep()  # the window may be closing
        if self._job is not None:
            self._job.cancel()
        else:
            self._later()

    def pause(self) -> None:
        self.state = State.PAUSED
        if self._job is not None:
            self._job.pause()
        self._tell()

    def resume(self) -> None:
        self.state = State.RUNNING
        if self._job is not None:
            self._job.resume()
        else:
            self._later()
        self._tell()

    def details(self) -> None:
        from app.batch_summary import Summary

        Summary(self, self.w).open()

    # -- one after the other ----------------------------------------------------------------------------------------

    def _later(self) -> None:
        QTimer.singleShot(0, self, self._next)  # never from within the end of the one before

    def _next(self) -> None:
        if self._job is not None or self.state.over or self.w.closed:
            return
        if self._stopped:
            self._finish()
            return
        if self.state is State.PAUSED:
            return
        self._at = next((n for n, item in enumerate(self.items) if not item.outcome), -1)
        if self._at < 0:
            self._finish()
            return
        item, orders = self.items[self._at], self.orders
        self.items[self._at] = replace(item, outcome="running")
        job = self.w.controller.one_of_many(orders.what, item.source, item.out, orders.existing, orders.options)
        self._job = handle = self.w.exports.start(tr(ONE[orders.what]).format(a=Path(item.source).name), job, quiet=True)
        if handle.state.over:  # before anyone could listen
            self._job_over(handle.id)
        self._tell()

    def _job_over(self, number: int) -> None:
        handle = self._job
        if handle is None or number != handle.id:
            return
        self._job = None
        self.items[self._at] = outcome(self.items[self._at], handle, self.orders.what in ("compress", "restore"))
        self.w.jobs.drop(number)
        self._keeping.call(self._keep)
        self._tell()
        self._later()

    def _finish(self) -> None:
        line = summary(self.items)
        failed = any(item.outcome == "failed" for item in self.items)
        if self._stopped:
            self.error = EngineError(tr("stopped: {summary}").format(summary=line))
        else:
            self.result = JobResult((), {"line": line, "ok": not failed})
        self.state = State.CANCELLED if self._stopped else State.DONE
        self.w.jobs.over.disconnect(self._job_over)
        self._tell()

    def _tell(self) -> None:
        self.w.jobs.on_event(self)
        self.changed.emit()

    def _keep(self) -> None:
        """What is left, for the next start of the program; the list of jobs says when it is over."""
        left = [[item.source, item.out] for item in self.items if item.outcome in ("", "running")]
        if left and not self.state.over:
            self.w.exports.unfinished.add(self.id, ("batch", [self.orders.what, self.orders.existing, self.orders.options, left]))


def outcome(item: Item, handle: Any, sized: bool) -> Item:
    """What the job over one file came to; `sized` where the sizes before and after say something."""
    state, result = str(handle.state.value), handle.result
    if state != "done" or result is None:
        return replace(item, outcome=state, line=str(handle.error) if handle.error is not None else "")
    if result.facts.get("skipped"):
        return replace(item, outcome="skipped", line=str(result.facts.get("line", "")), output=str(result.facts.get("output", "")))
    output = str(result.outputs[0]) if result.outputs else ""
    return replace(item, outcome="done", line=result_line(result), output=output, before=_size(item.source) if sized else 0,
                   after=_size(output) if sized else 0)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size if path and Path(path).is_file() else 0
    except OSError:
        return 0


def summary(items: list[Item]) -> str:
    """All of them in one line."""
    parts = [f"{n} {tr(word)}" for state, word in OUTCOMES.items() if state not in ("", "running")
             and (n := sum(item.outcome == state for item in items))]
    left = sum(item.outcome in ("", "running") for item in items)
    if left:
        parts.append(tr("{n} not begun").format(n=left))
    line = ", ".join(parts)
    both = [item for item in items if item.before and item.after]
    if both:
        line += f" · {size_text(sum(i.before for i in both))} → {size_text(sum(i.after for i in both))}"
    return line


class Batches:
    """Begins them: from a form, and again what was left."""

    def __init__(self, window: Any) -> None:
        self.w = window
        self.last: Batch | None = None

    def ask(self, paths: list[str]) -> None:
        """Opens the form with these in it: recordings are offered to be restored, all else to be compressed."""
        from app.batch_form import BatchForm

        packed = bool(paths) and all(path.lower().endswith(".lzc") for path in paths)
        self.w.exports.show_form(BatchForm(self.w, paths, "restore" if packed else "compress"))

    def begin(self, orders: Orders, paths: list[str], folder: str, deep: bool, then: Callable[[], None] = lambda: None) -> None:
        """Finds the files in the background, then starts. `EngineError`s of that come as messages."""
        controller = self.w.controller

        def work() -> list[Item]:
            sources = controller.batch_inputs(paths, orders.what, deep)
            if not sources:
                raise EngineError(tr("no files of this kind were found"), hint=tr("choose others, or look into the folders too"))
            return [Item(str(source), str(out)) for source, out in zip(sources, controller.batch_outputs(sources, folder))]

        def found(items: list[Item]) -> None:
            self.start(orders, items)
            then()

        self.w.background.do("batch", work, found)

    def start(self, orders: Orders, items: list[Item]) -> Batch:
        self.last = Batch(self.w, orders, items)
        self.last.start()
        self.w.show_jobs_dock()
        return self.last

    def again(self, what: str, existing: str, options: dict[str, Any], left: list[list[str]]) -> Batch:
        """What was left when the program ended: a compression that was under way goes on from where it stopped."""
        if what not in TITLES or not left:
            raise ValueError(what)
        return self.start(Orders(what, existing, dict(options)), [Item(str(source), str(out)) for source, out in left])
