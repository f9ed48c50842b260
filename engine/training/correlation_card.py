"""The scorecard of the correlation network, from what was measured when it was shipped."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.correlation import CorrelationModel
from engine.training.codec_data import SUFFIXES
from engine.training.scorecard import data_facts, hardware

Rows = list[tuple[str, int, dict[str, float]]]


def by_quality(rows: Rows) -> list[list[str]]:
    """One line a quality: PSNR of the decoder, gains over it, what the bits cost."""
    out = []
    for quality in sorted({r[1] for r in rows}):
        found = [r[2] for r in rows if r[1] == quality]
        def mean(key: str, found: list[dict[str, float]] = found) -> float:
            return sum(f[key] for f in found) / len(found)
        base = mean("decoder")
        out.append([str(quality), f"{base:.2f}", *(f"{mean(way) - base:+.3f}" for way in ("sets", "bits", "random", "one")),
                    f"{100 * mean('tiles_kept'):.0f} %", f"{mean('bytes'):.1f}"])
    return out


HEADER = ["quality", "decoder dB", "sets", "sets with bits", "random groups", "sets of one", "tiles restored", "bytes a frame"]


def make_card(model: CorrelationModel, steps: int, seconds: float, rows: Rows, data: Path, used: list[str]) -> dict[str, Any]:
    """JSON-able, see `scorecard.page`."""
    clips = sorted({r[0] for r in rows})
    qualities = sorted({r[1] for r in rows})
    gain = {r[:2]: r[2]["sets"] - r[2]["decoder"] for r in rows}
    table = [[clip, *(f"{gain[clip, q]:+.3f}" for q in qualities)] for clip in clips]
    files = {name.split("/")[0] for name in used}
    card: dict[str, Any] = {
        "title": "Correlation network", "task": "correlation", "sha256": model.hash, "version": "2",
        "summary": "Restores what compression lost, from sets of tiles that show the same thing: patterns of residuals, which the "
                   "writer of a recording weighs (docs/correlation.md).",
        "parameters": sum(p.numel() for p in model.net.parameters()), "steps": steps, "hours": round(seconds / 3600, 3),
        **hardware(), "tiles_per_step": 32, "optimiser": "AdamW", "crops": len(used),
        "command": "lorentz train correlation DATA --out OUT", "measure_again": "python -m benchmarks.run --only correlation",
        "tables": {"gain in dB on val clips, PSNR (6Y+U+V)/8, by quality": [HEADER, by_quality(rows)],
                   "gain of sets in dB by clip": [["clip", *(f"q{q}" for q in qualities)], table]},
        "limits": ["the bounds of the given patterns and the price of a bit were chosen by looking at these validation clips",
                   "full size only: coarser levels are shown as decoded",
                   "windows of up to eight frames; what moves further than about 32 pixels from one frame to the next is not followed",
                   "trained on a shared CPU for the hours above: far from what this design can reach"],
        "files": data_facts(data, [p for p in sorted((data / "train").rglob("*")) if p.suffix in SUFFIXES and p.name in files]),
    }
    card["sources"] = [f"{f['file']}: {f['source_repo']} {f['commit'][:12]} ({f['licence']})" for f in card["files"]]
    return card
