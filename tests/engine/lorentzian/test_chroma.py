"""How fine colour is coded: finer where there is little of it, the same for all that builds on a key chunk, and known to every reader."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.api import Frame, LzcError
from engine.lorentzian import packing, structure, turning
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, ChunkEncoder, CodecSettings
from engine.lorentzian.model import untrained
from engine.lorentzian.schedule import CHROMA, Grain
from engine.lorentzian.source import LzcSource
from engine.lzc import ChunkKey, Header, LzcReader, LzcWriter
from tests.engine.lorentzian.clips import write
from tests.engine.lorentzian.reading import read_every_way

SIZE = (64, 48)
SETTINGS = CodecSettings(30, key_interval=16, effort="fast", fresh_every=1)


def colours(frames: int, strength: float) -> list[Frame]:
    rng = np.random.default_rng(1)
    w, h = SIZE
    luma = np.kron(rng.normal(0, 40, (h // 4, (w + 80) // 4)), np.ones((4, 4))) + rng.normal(0, 6, (h, w + 80))
    tint = rng.normal(0, strength, (2, h // 2, (w + 80) // 2))
    out = []
    for n in range(frames):
        p = [luma[:, 2 * n:2 * n + w] + 128, *(t[:, n:n + w // 2] + 128 for t in tint)]
        y, u, v = (np.clip(np.rint(a), 0, 255).astype(np.uint8) for a in p)
        out.append(Frame(y, u, v, n, 40 * n, 8))
    return out


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faint colour, then, after a cut at frame 24, strong."""
    film = colours(24, 1)
    film += [Frame(f.y, f.u, f.v, 24 + f.index, 40 * (24 + f.index), 8) for f in colours(16, 60)]
    return write(tmp_path_factory.mktemp("rec") / "c.lzc", film, SETTINGS, untrained(), cuts=(24,))


def test_faint_colour_gets_finer_steps_and_all_that_builds_on_them_has_them(recording: Path) -> None:
    with LzcSource(recording, untrained()) as opened:
        by_start = {e.start: e.grain.chroma for e in opened.entries}
    assert by_start[0] == by_start[8] and by_start[24] == by_start[32]
    assert by_start[0] > by_start[24] + 1, "higher numbers are finer"


def test_every_way_of_reading(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_every_way(recording, untrained(), (30, 5, 24, 19), monkeypatch)


@pytest.mark.parametrize("chroma", range(len(CHROMA)))
def test_each_of_them_round_trip(chroma: int) -> None:
    frames = [[f.y, f.u, f.v] for f in colours(8, 20)]
    model = untrained()
    encoder, reader, decoder = ChunkEncoder(*SIZE, SETTINGS, model), SymbolReader(*SIZE, 30, model), ChunkDecoder(*SIZE, 30, model)
    for key in (True, False):
        chunk, shown = encoder.encode(frames, key, grain=Grain(chroma))
        stored = {(k.level, k.tile): data for k, data in packing.pack(chunk, 0, bytes(4))}
        again, _ = packing.unpack(lambda level, tile, stored=stored: stored[level, tile], 1, 0)
        assert not key or again.grain.chroma == chroma
        got = decoder.decode(reader.read(again))
        assert all(np.array_equal(a, b) for t in range(8) for a, b in zip(got[t], shown[t], strict=True))
    encoder.close()
    decoder.close()


def test_finer_steps_leave_less_error_in_colour_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turning, "choose", lambda *a: None)  # a basis of its own changes luma, and the choice need not be the same twice
    frames = [[f.y, f.u, f.v] for f in colours(8, 20)]
    errors = []
    for chroma in (0, 6):
        encoder = ChunkEncoder(*SIZE, SETTINGS, untrained())
        _, shown = encoder.encode(frames, True, grain=Grain(chroma))
        encoder.close()
        errors.append([np.mean([(s[k] - f[k].astype(np.float32)) ** 2 for s, f in zip(shown, frames, strict=True)]) for k in range(3)])
    assert errors[1][1] < 0.5 * errors[0][1] and errors[1][2] < 0.5 * errors[0][2] and errors[1][0] == pytest.approx(errors[0][0], rel=0.1)


def test_no_colour_changes_nothing() -> None:
    frames = [[f.y, np.full_like(f.u, 128), np.full_like(f.v, 128)] for f in colours(8, 0)]
    encoder = ChunkEncoder(*SIZE, SETTINGS, untrained())
    made = [encoder.encode(frames, True)]
    encoder.close()
    assert structure.chroma(frames, made, 5) == 5


@pytest.mark.parametrize("number", [len(CHROMA), 200])
def test_a_number_that_names_no_steps_costs_its_interval(recording: Path, tmp_path: Path, number: int) -> None:
    with pytest.raises(LzcError, match="steps"):
        packing.grain(bytes([8 | packing.KEY]) + bytes(8) + packing.varint(number))
    with LzcReader(recording) as reader:
        writer = LzcWriter(tmp_path / "h.lzc", Header(reader.header.meta, reader.header.streams))
        for e in reader.entries:
            if e.key.type in ("VIDC", "TIME"):
                data = reader.read(e.key)
                if e.key == ChunkKey("VIDC", 0, 3, 24):
                    data = data[:9] + packing.varint(number) + data[10:]
                writer.add(e.key, data)
        writer.finish()
    with LzcSource(tmp_path / "h.lzc", untrained()) as opened:
        assert opened.info.frames == 24 and opened.damage and opened.read(23).index == 23
