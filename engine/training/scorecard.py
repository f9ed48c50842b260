"""Scorecards: what a trainer writes beside the weights it made, as JSON and as a page a person can read. Never by hand."""
from __future__ import annotations

import csv
import json
import os
import platform
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch


def hardware() -> dict[str, Any]:
    """Processor, cores, accelerator and framework versions of this run."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        name = names[0] if names else name
    return {"processor": name, "cores": os.cpu_count() or 1, "python": platform.python_version(), "torch": torch.__version__,
            "accelerator": torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"}


def data_facts(folder: Path, used: Iterable[Path]) -> list[dict[str, str]]:
    """Source, revision and licence of every file used, from the `MANIFEST.csv` beside the split folders where there is one."""
    manifest, known = folder / "MANIFEST.csv", {}
    if manifest.exists():
        with manifest.open(newline="", encoding="utf-8") as file:
            known = {row["path"]: row for row in csv.DictReader(file)}
    out = []
    for path in sorted(used):
        name = path.relative_to(folder).as_posix()
        row = known.get(name, {})
        out.append({"file": name, **{k: row.get(k, "") for k in ("source_repo", "commit", "licence", "attribution")}})
    return out


def write_atomically(path: Path, data: bytes) -> None:
    """All or nothing: a temporary name in the same folder, fsync, replace, fsync the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows])


def page(card: dict[str, Any]) -> str:
    """The card as a readable page: plain values as a list, `tables` (name -> header, rows) as tables, lists of text as bullets."""
    parts = [f"# {card['title']}", "", str(card.get("summary", "")), ""]
    facts = {k: v for k, v in card.items() if isinstance(v, (str, int, float)) and k not in ("title", "summary")}
    parts += [f"- {k.replace('_', ' ')}: {v:.4g}" if isinstance(v, float) else f"- {k.replace('_', ' ')}: {v}" for k, v in facts.items()]
    for name, (header, rows) in card.get("tables", {}).items():
        parts += ["", f"## {name}", "", table(header, rows)]
    for name in ("limits", "sources"):
        if card.get(name):
            parts += ["", f"## {name.capitalize()}", "", *[f"- {line}" for line in card[name]]]
    return "\n".join(parts) + "\n"


def write_scorecard(weights: Path, card: dict[str, Any]) -> tuple[Path, Path]:
    """Writes `<weights>.json` and `<weights>.md` next to the weights; returns both paths."""
    json_path, page_path = weights.with_suffix(".json"), weights.with_suffix(".md")
    write_atomically(json_path, (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())
    write_atomically(page_path, page(card).encode())
    return json_path, page_path
