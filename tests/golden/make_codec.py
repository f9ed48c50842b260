"""Makes the golden recordings of the shipped codec: `python -m tests.golden.make_codec` from the root of the project.

Writes `codec.lzc` (96x64, 10 frames that grow dark, quality 30) and `deep.lzc` (10 bit, odd sizes, two tiles, a screen that is coded
anew on its key chunk), and for each a `.txt` beside this script: the model's two hashes, the hash of the symbols of every chunk, and the
mean grey of every frame on the scale of 8 bits. Run it when the shipped model has changed for good, and commit all of them with the
model. Older ones are only of use together with their own model.
"""
from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.model import CodecModel, load_codec
from engine.lorentzian.source import LzcSource
from tests.engine.lorentzian.clips import film, write

FOLDER = Path(__file__).resolve().parent
NAMES = "codec", "deep"
SIZE, FRAMES, QUALITY = (96, 64), 10, 30
DEEP, DEEP_FRAMES, DEEP_QUALITY = (1041, 19), 17, 44


def describe(recording: Path, model: CodecModel) -> list[str]:
    """What the `.txt` of `recording` holds, from decoding it."""
    lines = [f"weights {model.weights_hash}", f"tables {model.tables_hash}"]
    with LzcSource(recording, model) as source:
        reader = SymbolReader(source.info.width, source.info.height, source.quality, model)
        for e in source.entries:
            symbols = reader.read(source.coded(e)[0], check=True)
            lines.append(f"chunk {e.start} {e.frames} {'key' if e.key else 'on'} {symbols.hash.hex()}")
        for f in source.frames():
            scale = 1 << (f.bit_depth - 8)
            lines.append(f"frame {f.index} {f.y.mean() / scale:.2f} {f.u.mean() / scale:.2f} {f.v.mean() / scale:.2f}")
    return lines


def make(folder: Path, model: CodecModel) -> None:
    still = film(1, *DEEP, bits=10)[0]
    fade = [replace(f, y=np.rint(f.y * (1 - 0.04 * f.index)).astype(np.uint8)) for f in film(FRAMES, *SIZE)]
    films = fade, [replace(still, index=n, pts=40 * n) for n in range(DEEP_FRAMES)]
    for name, pictures, settings in zip(NAMES, films, (CodecSettings(QUALITY, effort="fast"), CodecSettings(DEEP_QUALITY, key_interval=8))):
        recording = write(folder / f"{name}.lzc", pictures, settings, model)
        (folder / f"{name}.txt").write_text("\n".join(describe(recording, model)) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="another folder")
    out = parser.parse_args().out
    make(out, load_codec())
    print(*((out / f"{name}.txt").read_text() for name in NAMES), sep="", end="")
