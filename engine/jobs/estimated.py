"""Of damaged general data: what had to be restored without its finer levels, and so without its bound."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.hierarchical.dataset import DataFile

_MOST = 8


def estimated(data: DataFile, starts: list[int]) -> list[str]:
    """Says which lines (counted from 1), rows or values (from 0) came from coarser levels than were asked for. starts: the first line of
    each block of a table, and the one after them."""
    notes: list[str] = []
    if data.coarse and len(starts) > 1:
        spans = [(starts[n], starts[n + 1]) for n in data.coarse]
        notes = [f"lines {_runs(spans)} are estimates without words: what is finer is lost, and no bound is kept there"]
    elif data.coarse and data.lattice[1] > 1:
        spans = [(data.boxes[n][1].start, data.boxes[n][1].stop) for n in data.coarse]
        notes = [f"rows {_runs(spans)} are estimates: what is finer is lost, and no bound is kept there"]
    elif data.coarse:
        spans = [(data.boxes[n][2].start, data.boxes[n][2].stop) for n in data.coarse]
        notes = [f"values {_runs(spans)} are estimates: what is finer is lost, and no bound is kept there"]
    return notes


def _runs(spans: Iterable[tuple[int, int]]) -> str:
    """Half-open spans as "0-99, 200-299"; those that touch become one."""
    runs: list[tuple[int, int]] = []
    for first, stop in sorted(spans):
        if runs and first <= runs[-1][1]:
            before = runs.pop()
            first, stop = before[0], max(stop, before[1])
        runs.append((first, stop))
    return ", ".join(f"{first}-{stop - 1}" for first, stop in runs[:_MOST]) + (" ..." if len(runs) > _MOST else "")
