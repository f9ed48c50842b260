"""Verify a coded video: every chunk must decode to the symbols that were written, and to pictures like those the writer saw."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.api import LzcError
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder
from engine.lorentzian.contents import path as path_to
from engine.lorentzian.packing import signature
from engine.lorentzian.source import LzcSource

TOLERANCE = 2  # grey steps of a quadrant's mean


def check_stream(path: Path | str, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Problems in words, empty when all is well. LzcError or ModelError when the file cannot be opened."""
    problems: list[str] = []
    with LzcSource(path) as source:
        info = source.info
        problems += source.damage
        reader = SymbolReader(info.width, info.height, source.quality, source.model, source.camera is not None)
        pixels = ChunkDecoder(info.width, info.height, source.quality, source.model)
        if source.camera is not None:
            pixels.camera = source.camera.reference
        lost = {n for n, e in enumerate(source.entries) if not e.whole}
        for n, e in enumerate(source.entries):
            if e.whole:
                span = f"frames {e.start} to {e.start + e.frames - 1}"
                try:
                    if not lost.isdisjoint(path_to(source.entries, n)):
                        raise LzcError("cannot be checked, a part of the file that they build on is damaged")
                    chunk, sig = source.coded(e)
                    symbols = reader.read(chunk, check=True)
                    planes = pixels.decode(symbols)
                    if symbols.hash[:4] != chunk.symbols[:4]:
                        problems.append(f"{span}: the decoded symbols are not the ones that were written (damage)")
                    else:
                        seen = signature(planes[e.frames - 1][0][:info.height, :info.width])
                        if max(abs(a - b) for a, b in zip(seen, sig, strict=True)) > TOLERANCE:
                            problems.append(f"{span}: the pictures drift from what the writer saw")
                except LzcError as fault:
                    lost.add(n)
                    problems.append(f"{span}: {fault}")
            if progress is not None:
                progress(n + 1, len(source.entries))
        pixels.close()
    return problems
