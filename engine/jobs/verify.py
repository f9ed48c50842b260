"""Verify: is the container whole, and does every chunk decode to the symbols that were written?"""
from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.api import JobResult, LzcError, Progress
from engine.jobs.checks import check_input
from engine.jobs.runner import Job
from engine.jobs.stepped import Report, stepped


def verify_job(source: str | Path, *, decode: bool = True) -> Job:
    """`facts`: `ok`, `problems` (lines), `container` (what the container check counted). Raises only when `source` is no `.lzc`."""
    given = check_input(source)
    from engine.lzc import verify

    report = verify(given)
    yield Progress(0, 0, "verify")
    problems = list(report.lines) if not report.ok else []
    if decode:
        problems += [line for line in (yield from _decode(given)) if line not in problems]
    return JobResult((), {"input": str(source), "ok": report.ok and not problems, "problems": problems, "decoded": decode,
                          "container": report.facts})


def _decode(given: Path) -> Generator[Progress, None, list[str]]:
    from engine.hierarchical.dataset import holds_data
    from engine.jobs.data import check_data
    from engine.lorentzian.check import check_stream

    check = check_data if holds_data(given) else check_stream

    def work(report: Report) -> list[str]:
        return check(given, lambda done, total: report(Progress(done, total, "verify")))

    try:
        return (yield from stepped(work))
    except LzcError as fault:
        return [str(fault)]
