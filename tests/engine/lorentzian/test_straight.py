"""Blocks that lie beside each other, as in what another codec recorded: found by the encoder, told apart, the same in every reading."""
from __future__ import annotations

import numpy as np
import pytest

from engine.lorentzian import likeness, overlap
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, ChunkEncoder, CodecSettings
from engine.lorentzian.model import untrained
from engine.lorentzian.motion import prepare
from engine.lorentzian.payload import TileState, symbol_hash
from engine.lorentzian.schedule import slices
from engine.lorentzian.slices import Field, Reference
from engine.lorentzian.worth import search_scale
from tests.engine.lorentzian.test_rough import texture

H, W = 64, 96


def pair(blocks: bool) -> tuple[np.ndarray, np.ndarray]:
    """(a picture, the one before): every 16x16 block taken from elsewhere, or all of it moved and turned a little."""
    before = texture(H, W, 2)
    if not blocks:
        y, x = np.mgrid[:H, :W].astype(np.float32)
        y, x = np.clip(y + (x - W / 2) / 20, 0, H - 1.01), np.clip(x - (y - H / 2) / 20, 0, W - 1.01)
        i, j = y.astype(int), x.astype(int)
        u, v = y - i, x - j
        return ((1 - u) * ((1 - v) * before[i, j] + v * before[i, j + 1])
                + u * ((1 - v) * before[i + 1, j] + v * before[i + 1, j + 1])).astype(np.float32), before
    rng, now = np.random.default_rng(1), np.empty_like(before)
    for i in range(0, H, 16):
        for j in range(0, W, 16):
            y, x = np.clip((i, j) + rng.integers(-3, 4, 2), 0, (H - 16, W - 16))
            now[i:i + 16, j:j + 16] = before[y:y + 16, x:x + 16]
    return now, before


def found(blocks: bool, quality: int) -> Field:
    now, before = pair(blocks)
    order, state = slices(1, False), TileState.blank(H // 8, W // 8)
    sides = Reference([before, *(np.full((H // 2, W // 2), 128, np.float32) for _ in range(2))]), None
    return likeness.find(now, sides, False, order[0], order, [{}], [((0, 0, H, W), state)], quality, 1)


def test_a_picture_made_of_blocks_is_seen_to_be() -> None:
    assert found(True, 50).straight.all()
    assert not found(False, 50).straight.any()


def test_a_second_look_makes_them_cheaper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "straighter", lambda s: 1e9)
    now, before = pair(False)
    ready, scale, made = prepare([before])[0], search_scale(50, 1), []
    for depth in (1, 2):
        monkeypatch.setattr(likeness, "AGAIN", (0, depth - 1, 1))
        f, none = found(False, 50), np.zeros((2, H // 16, W // 16, 2), np.int16)
        assert f.straight.all()
        rest = overlap.left_over(now, ready, ready, 0, 0, f.mode, f.mv, True)
        made.append(overlap.price(rest, scale, False, none, False, f.split, f.mode, f.mv))
    assert made[1] < 0.995 * made[0]


@pytest.mark.parametrize("key", [False, True])
def test_the_hash_tells_them_apart(key: bool) -> None:
    order, state = slices(2, key), TileState.blank(H // 8, W // 8)
    fields = {s.time: Field.empty(H, W) for s in order}
    plain = symbol_hash([state], [fields], order)
    next(f for s, f in ((s, fields[s.time]) for s in order) if s.kind).straight[:] = 1
    assert symbol_hash([state], [fields], order) != plain


def test_every_way_of_reading_shows_the_same() -> None:
    """What is checked elsewhere for overlapping blocks: here every slice says that its blocks lie beside each other."""
    model, said = untrained(), []
    film = [np.roll(texture(H, W, 3), n, 1) for n in range(5)]
    planes = [[np.clip(p, 0, 255), *(np.full((H // 2, W // 2), 100, np.float32) for _ in range(2))] for p in film]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "straighter", lambda s: 1e9)
        enc = ChunkEncoder(W, H, CodecSettings(40), model)
        enc.observer = lambda order, state, fields: said.extend(fields[s.time].straight.all() for s in order if s.kind)
        chunk, shown = enc.encode(planes, True)
        enc.close()
    assert said and all(said)
    symbols = SymbolReader(W, H, 40, model).read(chunk, check=True)
    decoder = ChunkDecoder(W, H, 40, model)
    for time, picture in decoder.decode(symbols).items():
        assert all(np.allclose(a, b, atol=0.02) for a, b in zip(picture, shown[time], strict=True))
    decoder.close()
