"""What a command says: results on stdout (text, or one JSON object), everything else on stderr."""
from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from engine.api import JobError, Progress

ProgressCall = Callable[[Progress], None]


class Console:
    """One per run. With `json` set, stdout carries exactly one object, also for a failure: `{"error": "..."}`."""

    def __init__(self, json: bool = False, debug: bool = False) -> None:
        self.json, self.debug = json, debug

    def result(self, facts: dict[str, Any], lines: Iterable[str] = ()) -> None:
        """The outcome: `facts` with --json, else `lines` for a person."""
        if self.json:
            lines = [json.dumps(facts, default=_plain)]
        self.flush(*lines)

    def flush(self, *lines: str) -> None:
        """Prints now, so that a standard output that takes nothing is this command's failure and not the interpreter's."""
        try:
            for line in lines:
                print(line)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as fault:
            drop_stdout()
            raise JobError(f"cannot write the result: {fault.strerror}", where="standard output") from fault

    def note(self, line: str) -> None:
        """Something a person should know although the command succeeds; not part of the result."""
        with contextlib.suppress(OSError):
            print(line, file=sys.stderr)

    def fail(self, line: str, code: int, usage: str = "", facts: dict[str, Any] | None = None) -> int:
        """One clear line on stderr, the same in the JSON object; returns `code`."""
        if self.json:
            with contextlib.suppress(JobError):
                self.flush(json.dumps({"error": line, **(facts or {})}, default=_plain))
        with contextlib.suppress(OSError):
            if usage:
                print(usage.rstrip(), file=sys.stderr)
            print(f"error: {line}" if code != 130 else line, file=sys.stderr)
        return code

    @contextlib.contextmanager
    def progress(self, label: str) -> Iterator[ProgressCall]:
        """A callable for `run_job`; shows a bar when stderr is a terminal and nothing otherwise."""
        if not sys.stderr.isatty():
            yield lambda step: None
            return
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                   TimeRemainingColumn())
        with Bar(*columns, console=Terminal(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)

            def show(step: Progress) -> None:
                bar.update(task, completed=step.done, total=step.total or None, description=step.label or label)

            yield show


def open_streams() -> None:
    """Standard streams that take every name, and are there: a file opened in place of a closed one would get what is meant for a person."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_stdout() -> None:
    """What standard output did not take is given up; without this the interpreter would complain of it at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _plain(value: Any) -> Any:
    """JSON for what facts may hold besides plain values: numpy scalars, fractions, paths, tuples' kin."""
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
