"""The record of an export: facts about source, work, machine and picture, in the form the sidecar keeps them."""
from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from engine.api import FrameSource

from . import marking
from .render import Rendered

FORMAT, VERSION = "lorentz-zoom sidecar", 1
OTHER_MACHINE_TOLERANCE = 2  # grey steps; on the machine that made it the picture must be equal


def facts_of(source: FrameSource, made: Rendered, *, mark: bool) -> tuple[dict[str, Any], np.ndarray]:
    """The sidecar without the entries of written files, and the picture as it is to be written (marked where asked)."""
    info, given = source.info, dict(made.facts)
    given.pop("pixels")
    picture, burned = marking.burn(made.rgb) if mark else (made.rgb, None)
    if burned is not None:
        given["operations"] = [*given["operations"], {"op": "mark", **burned}]
    machine = machine_facts(given.pop("device"), given.pop("precision"))
    facts: dict[str, Any] = {
        "format": FORMAT, "version": VERSION, "program": {"name": "lorentz-zoom", "version": program_version()},
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": {"path": os.path.abspath(info.path), "name": os.path.basename(info.path), "kind": info.kind, "sha256": info.digest,
                   "width": info.width, "height": info.height, "frames": info.frames},
        **given, "machine": machine, "mark": burned, "uncertainty": None, "recorded_twin": None,
        "tolerance": {"same_machine": 0, "other_machine": OTHER_MACHINE_TOLERANCE, "unit": "grey steps"},
    }
    return facts, picture


def program_version() -> str:
    try:
        return metadata.version("lorentz-zoom")
    except metadata.PackageNotFoundError:
        return "unknown"


def machine_facts(device: str, precision: str) -> dict[str, Any]:
    """What can change the last bit of a floating-point result."""
    torch = sys.modules.get("torch")
    if not hasattr(torch, "get_num_threads"):  # another thread is only now importing it: nothing was computed with it
        torch = None
    return {"device": device, "precision": precision, "system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count(),
            "model": _processor(), "numpy": np.__version__, "torch": str(torch.__version__) if torch else None,
            "threads": int(torch.get_num_threads()) if torch else None}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.lower().startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()


def pixels_digest(rgb: np.ndarray) -> str:
    """SHA-256 over the size and the pixels of `[h, w, 3]` uint8, whatever file they are in."""
    return sha256(f"{rgb.shape[1]}x{rgb.shape[0]}:".encode() + np.ascontiguousarray(rgb).tobytes())


def self_digest(facts: dict[str, Any]) -> str:
    """SHA-256 of the sidecar without this entry, in a form that does not depend on layout."""
    return sha256(json.dumps({k: v for k, v in facts.items() if k != "sidecar_sha256"}, sort_keys=True, separators=(",", ":")).encode())


def sha256(data: bytes) -> str:
    """Hex digest of `data`."""
    return hashlib.sha256(data).hexdigest()
