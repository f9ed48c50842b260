"""Recordings without colour stay without colour, exactly, at every level."""
from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, ChunkEncoder, CodecSettings
from engine.lorentzian.model import CodecModel
from engine.lorentzian.packing import pack, unpack


@pytest.mark.parametrize("colour", [False, True])
def test_grey_in_grey_out(shipped: CodecModel, colour: bool) -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 256, (56, 80)).astype(np.uint8)
    frames = [[np.roll(y, t, 1), np.full((28, 40), 128, np.uint8), np.full((28, 40), 128, np.uint8)] for t in range(8)]
    if colour:
        frames[5][1][3, 4] = 90
    encoder = ChunkEncoder(80, 56, CodecSettings(20), shipped)
    chunk, shown = encoder.encode(frames, True)
    encoder.close()
    assert chunk.grey is not colour
    held = {(k.level, k.tile): data for k, data in pack(chunk, 0, b"abcd")}
    back, _ = unpack(lambda level, tile: held[level, tile], 1, 0)
    assert dataclasses.replace(back, symbols=chunk.symbols) == chunk
    reader, decoder = SymbolReader(80, 56, 20, shipped), ChunkDecoder(80, 56, 20, shipped)
    got = decoder.decode(reader.read(back))
    decoder.close()
    for t in range(8):
        assert all((a == b).all() for a, b in zip(shown[t], got[t], strict=True))
        assert colour or all((p == 128).all() for p in got[t][1:])
