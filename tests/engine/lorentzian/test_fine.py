"""The first slice of a screen recording is finer: who gets it, and that every way of reading knows of it."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.api import Frame
from engine.lorentzian import packing
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.schedule import USUAL, Grain
from engine.lorentzian.source import LzcSource
from engine.lorentzian.structure import SCREEN, _unchanged
from tests.engine.lorentzian.clips import film, lively, psnr, write
from tests.engine.lorentzian.reading import read_every_way

SIZE = (64, 48)
SETTINGS = CodecSettings(24, key_interval=16, effort="fast", fresh_every=1)


def screen(frames: int = 20, noise: float = 0.0) -> list[Frame]:
    """Rows of letters, and a cursor that moves."""
    rng = np.random.default_rng(3)
    w, h = SIZE
    page = np.where(rng.random((h, w)) < 0.3, 30, 235).astype(np.float64)
    page[::6] = 235
    out = []
    for n in range(frames):
        y = page + rng.normal(0, noise, page.shape) if noise else page.copy()
        y[2:6, 2 * n:2 * n + 4] = 120
        grey = np.full((h // 2, w // 2), 128, np.uint8)
        out.append(Frame(np.clip(np.rint(y), 0, 255).astype(np.uint8), grey, grey.copy(), n, 40 * n, 8))
    return out


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("rec") / "s.lzc", screen(), SETTINGS, lively())


def fine_starts(path: Path) -> list[int]:
    with LzcSource(path, lively()) as opened:
        return [e.start for e in opened.entries if e.grain.fine]


def test_screens_have_it_and_cameras_do_not(recording: Path, tmp_path: Path) -> None:
    assert fine_starts(recording) == [0], "the last chunk is too short to tell"
    assert not fine_starts(write(tmp_path / "n.lzc", screen(noise=2.0), SETTINGS, lively()))
    assert not fine_starts(write(tmp_path / "f.lzc", film(20, *SIZE), SETTINGS, lively()))


def test_what_counts_as_unchanged() -> None:
    a, b = screen()[0].y, screen()[7].y
    assert SCREEN < _unchanged(a, b) < 1 and _unchanged(a, a) == 1 and _unchanged(a, 255 - a) == 0
    assert _unchanged(a[:8], b[:8]) == 0, "smaller than one block"


@pytest.mark.parametrize("grey", [False, True])
def test_its_first_picture_is_better_and_the_decoder_agrees(grey: bool) -> None:
    frames = [[f.y, f.u if grey else f.u + 9, f.v] for f in screen(8)]
    shown = {}
    for fine in (False, True):
        encoder = ChunkEncoder(*SIZE, SETTINGS, lively())
        encoder.fits = False  # a filter brings the two nearer to each other
        chunk, pictures = encoder.encode(frames, True, grain=Grain(USUAL, fine))
        assert chunk.grain.fine == fine and chunk.grey == grey
        shown[fine] = psnr(pictures[0][0][:SIZE[1], :SIZE[0]], frames[0][0])
        encoder.close()
    assert shown[True] > shown[False] + 2


def test_every_way_of_reading(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    want = read_every_way(recording, lively(), (9, 0, 5), monkeypatch)
    with LzcSource(recording, lively()) as opened:
        assert psnr(opened.read_level(0, 3).y, want[0].y.reshape(6, 8, 8, 8).mean((1, 3))) > 34


def test_the_byte_that_says_so() -> None:
    key, later = packing.head(bytes([8 | packing.KEY | packing.MORE])), packing.head(bytes([8 | packing.MORE]))
    assert (key.key, key.fine, key.anchored) == (True, True, False) and (later.key, later.fine, later.anchored) == (False, False, True)
