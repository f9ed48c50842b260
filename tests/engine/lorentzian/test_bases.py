"""Blocks with a basis of their own: what bases are, who gets one, and that every way of reading a recording knows of them."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.api import Frame
from engine.lorentzian import codec, packing, payload, source, turning
from engine.lorentzian.bases import COUNT, FOUR, HAAR, LUMA, RELATED, Turned, rotation
from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.planes import from_blocks
from engine.lorentzian.source import LzcSource
from engine.lorentzian.transform import CHANNELS, GROUP_START, LEVEL_END
from tests.engine.lorentzian.clips import decode, lively, write

SIZE = (784, 48)


def text(frames: int, width: int = SIZE[0], height: int = SIZE[1]) -> list[Frame]:
    """Letters of one pixel's breadth on white, some of which change; the same for every call."""
    rng = np.random.default_rng(5)
    page = np.full((height, width), 235.0)
    for y in range(3, height - 6, 8):
        for x in range(2, width - 5, 6):
            glyph = rng.random((5, 4)) < 0.45
            page[y:y + 5, x:x + 4][glyph] = 20
    out = []
    for n in range(frames):
        y = page.copy()
        y[:, 8 * n:8 * n + 16] = np.roll(page, 3, 1)[:, 8 * n:8 * n + 16]
        grey = np.full((height // 2, width // 2), 128, np.uint8)
        out.append(Frame(y.astype(np.uint8), grey, grey.copy(), n, 40 * n, 8))
    return out


def planes(f: Frame) -> list[np.ndarray]:
    return [f.y, f.u, f.v]


@pytest.mark.parametrize("kind", [FOUR, HAAR])
@pytest.mark.parametrize("size", [2, 4, 8])
def test_bases_are_orthonormal_and_alike_at_2x2(kind: int, size: int) -> None:
    r = rotation(kind, size)
    assert torch.allclose(r @ r.T, torch.eye(size * size - 1), atol=1e-5)
    assert (size == 2) == torch.allclose(r, torch.eye(len(r)), atol=1e-5)


@pytest.mark.parametrize("kind", [FOUR, HAAR])
def test_a_level_of_a_basis_is_the_reduced_picture(kind: int) -> None:
    """A block that is flat in every 2x2 square: its first 4x4 coefficients, turned back at level 1, are the squares."""
    squares = torch.rand(4, 4) * 200
    small = [squares[None], torch.full((1, 2, 2), 128.0), torch.full((1, 2, 2), 128.0)]
    big = [p.repeat_interleave(2, 1).repeat_interleave(2, 2) for p in small]
    target = codec.to_blocks(big[0], big[1], big[2], 0)
    kinds = torch.full((1, 1), kind)
    coded = Turned(kinds, torch.zeros_like(target)).target(target)
    for level, want in ((0, big[0]), (1, small[0])) if kind == HAAR else ((0, big[0]),):
        end = LEVEL_END[level]
        turned, value = Turned(kinds, torch.zeros(1, end, 1, 1)), coded[:, :end].clone()
        for a, b in ((3, 6), (6, 24), (24, 96)):
            if b <= end:
                part = value[:, a:b]
                turned.back(part, a, b, 0)
        turned.finish(value, level)
        assert torch.allclose(from_blocks(value, level)[0], want, atol=0.01)


def test_contexts_look_at_what_is_already_coded() -> None:
    group = np.searchsorted(GROUP_START, np.arange(CHANNELS), side="right")
    assert all(int(r) == CHANNELS or (int(r) < c and group[int(r)] <= group[c])
               for kind in range(COUNT) for c in LUMA for related in RELATED for r in related[kind, c])


def kinds_of(chunk: CodedChunk, width: int, height: int, quality: int) -> dict[int, np.ndarray]:
    got = SymbolReader(width, height, quality, lively()).read(chunk)
    return {s.kind: got.q[s.time][..., -1] for s in got.order}


def encoded(frames: list[list[np.ndarray]], quality: int) -> tuple[CodedChunk, list[list[np.ndarray]]]:
    h, w = frames[0][0].shape
    encoder = ChunkEncoder(w, h, CodecSettings(quality), lively())
    out = encoder.encode(frames, True)
    encoder.close()
    return out


def test_text_has_bases_of_its_own_and_a_camera_has_none() -> None:
    page = [planes(f) for f in text(3, 96)]
    kinds = kinds_of(encoded(page, 44)[0], 96, 48, 44)
    assert np.count_nonzero(kinds[0]) > kinds[0].size / 3 and not kinds[3].any()
    smooth = [[np.clip(np.add.outer(np.arange(48), 2 * np.arange(96)), 0, 255).astype(np.uint8), *f[1:]] for f in page]
    assert not kinds_of(encoded(smooth, 44)[0], 96, 48, 44)[0].any()


def test_text_costs_less_and_looks_better(monkeypatch: pytest.MonkeyPatch) -> None:
    page = [planes(f) for f in text(1, 240)]

    def cost() -> tuple[int, float]:
        chunk, shown = encoded(page, 44)
        return sum(map(len, chunk.payloads[0])), float(np.mean((shown[0][0][:48, :240] - page[0][0]) ** 2))
    own = cost()
    monkeypatch.setattr(turning, "choose", lambda *a: None)
    usual = cost()
    assert own[0] < 0.95 * usual[0] and own[1] < 1.02 * usual[1], (own, usual)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_writer_and_reader_are_in_step(level: int) -> None:
    page = [planes(f) for f in text(5, 96)]
    chunk, shown = encoded(page, 40)
    got = decode([chunk], 96, 48, 40, lively(), level)
    if level == 0:
        assert max(float(np.abs(a - b).max()) for p, q in zip(got, shown, strict=True) for a, b in zip(p, q, strict=True)) < 0.01
    else:  # the first slice: nothing has drifted yet
        n = 1 << level
        small = page[0][0].astype(np.float64).reshape(48 // n, n, 96 // n, n).mean((1, 3))
        assert np.abs(got[0][0] - small).mean() < 6


@pytest.mark.parametrize("level", [0, 1])
def test_a_region_is_the_crop(level: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "LARGE", 0)
    monkeypatch.setattr(packing, "SMALL", 0)
    monkeypatch.setattr(source, "MOST_OF", 1)
    path = write(tmp_path / "t.lzc", text(10), CodecSettings(40, effort="fast"), lively())
    with LzcSource(path, lively()) as opened:
        whole = opened.read_level(9, level)
        x, y, w, h = 40, 8, 64, 16
        part = opened.read_region(9, (x, y, w, h), level)
        assert np.abs(part.y.astype(int) - whole.y[y:y + h, x:x + w]).max() <= 1
        assert float(np.std(part.y)) > 20


def test_hash_knows_of_bases() -> None:
    order = codec.slices(1, True)
    state = payload.TileState.blank(2, 2)
    q = np.ones((2, 2, CHANNELS), np.int16)
    hashes = set()
    for kinds in (0, FOUR, HAAR):
        payload.put(state, order[0], q, kinds)
        hashes.add(payload.symbol_hash([state], [{0: codec.Field.empty(16, 16)}], order))
    assert len(hashes) == 3

