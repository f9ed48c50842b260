"""What an export carries: the picture, its provenance mask, its uncertainty, a recorded-only twin, and the JSON that tells it all.

The JSON holds enough to make the picture again (`verify_sidecar`, `lorentz zoom --from-sidecar`).
"""
from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine.api import CancelCheck, FrameSource, JobError, Look, Provenance, Roi

from . import credentials, png, provenance
from .cache import TileCache
from .credentials import Signing
from .outputs import OutputSet, check_target
from .record import facts_of, pixels_digest, self_digest, sha256
from .render import render_zoom
from .tiles import Synthesiser
from .verify import VerifyReport, verify_sidecar

__all__ = ["Exported", "VerifyReport", "sidecar_path", "verify_sidecar", "write_export"]
SIGMA_STEPS = 256  # steps of the uncertainty file per grey step


class Exported(NamedTuple):
    """outputs: every file written, the picture first. facts: the sidecar's content."""

    outputs: tuple[str, ...]
    facts: dict[str, Any]


def sidecar_path(out: str | Path) -> Path:
    """OUT.png -> OUT.png.json"""
    return Path(f"{out}.json")


def write_export(source: FrameSource, out: str | Path, frame: int, roi: Roi, magnify: float, *, recorded_only: bool = False, seed: int = 0,
                 samples: int = 1, detail_model: Synthesiser | None = None, level: int | None = None, mask: str | Path | None = None,
                 mark: bool = True, twin: bool = True, signing: Signing | None = None, cache: TileCache | None = None,
                 cancelled: CancelCheck | None = None, on_progress: Callable[[int, int], None] | None = None,
                 look: Look | None = None, around: int = 0) -> Exported:
    """Renders (see `render_zoom`) and writes OUT.png, OUT.png.json, the mask (`mask`, else OUT.mask.png), and where there is
    synthesised detail OUT.recorded.png (with `twin`) and OUT.uncertainty.png (with samples > 1). All of them appear, or none.

    look: put on the picture, never on the twin.
    mark: burns "contains synthesised detail" into the corner of a picture that has any; the size stays. signing: puts Content Credentials
    into the picture (see `credentials`). Raises as `render_zoom`, JobError for names that cannot be, MediaError when the files cannot be
    written.
    """
    path = Path(out)
    info = source.info
    if path.suffix.lower() != ".png":
        raise JobError("a zoomed picture is written as PNG", where=str(out), hint="let the name end in .png")
    names = {"picture": path, "sidecar": sidecar_path(path), "mask": Path(mask) if mask else path.with_suffix(".mask.png"),
             "twin": path.with_suffix(".recorded.png"), "uncertainty": path.with_suffix(".uncertainty.png")}
    if len({os.path.realpath(name) for name in names.values()}) < len(names):
        raise JobError("two outputs would have one name", where=str(names["mask"]), hint="name the mask differently")
    for name in names.values():
        check_target(name, info.path)
    if signing is not None:  # what cannot be signed is said before the work, not after it
        credentials.library()
        credentials.read_signing(signing)
    cache = TileCache(256 << 20) if cache is None else cache
    made = render_zoom(source, frame, roi, magnify, recorded_only=recorded_only, seed=seed, samples=samples, detail_model=detail_model,
                       level=level, cache=cache, cancelled=cancelled, on_progress=on_progress, look=look, around=around)
    synthetic = provenance.has(made.provenance, Provenance.SYNTHESISED)
    facts, picture = facts_of(source, made, mark=mark and synthetic)
    note = {"Software": f"lorentz-zoom {facts['program']['version']}"}
    if synthetic:
        note["Comment"] = "contains synthesised detail; see the .json beside it"
    picture_bytes = recorded_bytes = png.encode(picture, text=note)
    plain = None
    if synthetic and (twin or signing is not None):
        plain = render_zoom(source, frame, roi, magnify, recorded_only=True, level=level, cache=cache, cancelled=cancelled)
        recorded_bytes = png.encode(plain.rgb, text={"Software": note["Software"]})
    if signing is not None:
        picture_bytes = credentials.sign_png(picture_bytes, recorded_bytes, facts, path.name, signing)
        found = credentials.read_back(picture_bytes)
        facts["credentials"] = {"state": found["state"], "signer": found["signer"], "problems": found["problems"]}
    with OutputSet() as files:
        files.add(path, picture_bytes)
        facts["output"] = {"file": path.name, "sha256": sha256(picture_bytes), "pixels_sha256": pixels_digest(picture)}
        mask_bytes = png.encode(made.provenance, palette=provenance.palette())
        files.add(names["mask"], mask_bytes)
        facts["provenance"] = {"file": _beside(names["mask"], path), "sha256": sha256(mask_bytes), "pixels": made.facts["pixels"],
                               "classes": {str(int(p)): name for p, name in provenance.NAMES.items()}}
        if made.uncertainty is not None:
            sigma = png.encode(np.clip(np.rint(made.uncertainty * SIGMA_STEPS), 0, 65535).astype(np.uint16))
            files.add(names["uncertainty"], sigma)
            facts["uncertainty"] = {"file": names["uncertainty"].name, "sha256": sha256(sigma), "steps_per_grey_step": SIGMA_STEPS,
                                    "meaning": "one standard deviation of luma; 90 % of the truth lies within 1.645 of it, as measured on "
                                    "unseen footage" if made.facts["calibrated"] else "one standard deviation of luma over the samples"}
        if twin and plain is not None:
            files.add(names["twin"], recorded_bytes)
            facts["recorded_twin"] = {"file": names["twin"].name, "sha256": sha256(recorded_bytes), "pixels": plain.facts["pixels"]}
        facts["sidecar_sha256"] = self_digest(facts)
        files.add(names["sidecar"], json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        return Exported(files.commit(), facts)


def _beside(path: Path, out: Path) -> str:
    """How the sidecar names a file: relative where it lies beside or below the picture."""
    try:
        return os.path.relpath(path.resolve(), out.resolve().parent)
    except ValueError:
        return str(path)
