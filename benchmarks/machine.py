"""What a figure was measured on, and small helpers that the sections share."""
from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """The folder of real footage, which need not exist: `$LORENTZ_DATA`, else `../shared/data` beside the repository."""
    return Path(os.environ.get("LORENTZ_DATA") or ROOT.parent / "shared" / "data")


def val_clips(names: Sequence[str] = ()) -> list[Path]:
    """Validation clips in order of name; with `names`, those whose file name (with or without ending) is among them."""
    return _clips("val", names)


def train_clips(names: Sequence[str] = ()) -> list[Path]:
    """The same of training clips."""
    return _clips("train", names)


def _clips(part: str, names: Sequence[str]) -> list[Path]:
    clips = sorted((data_dir() / part / "video").glob("*.*"))
    return [c for c in clips if not names or c.name in names or c.stem in names]


def merged(new: dict[str, Any], old: dict[str, Any], markdown: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    """A section's new rows beside those that it keeps of earlier runs."""
    figures = {**old["figures"], **new["figures"]}
    return {"figures": figures, "markdown": markdown(figures)}


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "engine", "app", "models")
        return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def describe() -> dict[str, Any]:
    """Date, processor, memory, versions and commit (with a + where files differ from it), as JSON-able facts."""
    import psutil
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _cpu(), "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9), "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}", "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in ("torch", "numba", "av", "PySide6-Essentials")},
        "commit": _commit(),
    }


def line(m: dict[str, Any]) -> str:
    """`describe()` as one line for a person."""
    versions = ", ".join(f"{k} {v}" for k, v in m["versions"].items())
    return (f"{m['date']}; {m['cpu']}, {m['cores']} cores, {m['memory_gb']} GB, load {m['load']} at the start; {m['system']}, "
            f"Python {m['python']}, {versions}; commit {m['commit']}")


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table: first column to the left, the others to the right; floats to four figures at most."""
    def cell(value: Any) -> str:
        if value is None or value != value:
            return "-"
        return f"{value:.4g}" if isinstance(value, float) else str(value)
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(cell(v) for v in row) + " |" for row in rows])
