"""Compile the codec's integer loops once, at installation, so that the first use does not wait: `python -m engine.lorentzian.warm`."""
from __future__ import annotations

import numpy as np

from engine.lorentzian import cells
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, ChunkEncoder, CodecSettings
from engine.lorentzian.mctf import TemporalFilter
from engine.lorentzian.model import untrained


def warm() -> None:
    """Code and decode two tiny chunks at two levels."""
    model = untrained()
    settings = CodecSettings(40)
    rng = np.random.default_rng(0)
    frames = [[rng.integers(0, 256, s).astype(np.uint8) for s in ((48, 48), (24, 24), (24, 24))] for _ in range(4)]
    clean = TemporalFilter(1)
    clean.show(frames)
    clean(frames[1], True, 20)
    encoder, reader = ChunkEncoder(48, 48, settings, model), SymbolReader(48, 48, 40, model)
    dark = [[p // 2 for p in frame] for frame in frames]
    chunks = [encoder.encode(part, key)[0] for part, key in ((frames, True), (dark, False))]
    for level in (0, 1):
        decoder = ChunkDecoder(48, 48, 40, model)
        for chunk in chunks:
            decoder.decode(reader.read(chunk, level), level)
        decoder.close()
    encoder.close()
    cells.reach(np.zeros((6, 6), np.int8), np.zeros((2, 6, 6, 2), np.int16), 0, np.ones((3, 3), np.bool_), 0)


if __name__ == "__main__":
    warm()
