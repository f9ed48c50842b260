"""Makes the golden recording of the shipped codec: `python -m tests.golden.make_codec` from the root of the project.

Writes `codec.lzc` (96x64, 10 frames, quality 30) and `codec.txt` beside this script: the model's two hashes, the hash of the symbols of
every chunk, and the mean grey of every frame. Run it when the shipped model has changed for good, and commit both files with the model.
An older pair is only of use together with its own model.
"""
from __future__ import annotations

import argparse
from pathlib import Path

from engine.lorentzian.codec import CodecSettings, SymbolReader
from engine.lorentzian.model import CodecModel, load_codec
from engine.lorentzian.source import LzcSource
from tests.engine.lorentzian.clips import film, write

FOLDER = Path(__file__).resolve().parent
SIZE, FRAMES, QUALITY = (96, 64), 10, 30


def describe(recording: Path, model: CodecModel) -> list[str]:
    """What `codec.txt` holds, from decoding `recording`."""
    lines = [f"weights {model.weights_hash}", f"tables {model.tables_hash}"]
    with LzcSource(recording, model) as source:
        reader = SymbolReader(source.info.width, source.info.height, source.quality, model)
        for e in source.entries:
            symbols = reader.read(source.coded(e)[0], check=True)
            lines.append(f"chunk {e.start} {e.frames} {'key' if e.key else 'on'} {symbols.hash.hex()}")
        lines += [f"frame {f.index} {f.y.mean():.2f} {f.u.mean():.2f} {f.v.mean():.2f}" for f in source.frames()]
    return lines


def make(folder: Path, model: CodecModel) -> None:
    recording = write(folder / "codec.lzc", film(FRAMES, *SIZE), CodecSettings(QUALITY), model)
    (folder / "codec.txt").write_text("\n".join(describe(recording, model)) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="another folder")
    out = parser.parse_args().out
    make(out, load_codec())
    print((out / "codec.txt").read_text(), end="")
